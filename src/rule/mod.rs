//! Sigma rules as trailsift understands them: a faithful tree, nothing folded or compiled in it.
//!
//! [`load()`] turns YAML into a [`RuleSet`]; `detect` compiles it. The specification followed is Sigma 2.1; where it is
//! silent, the decision stands beside the code that makes it.

mod condition;
mod correlation;
mod detection;
mod document;
mod encode;
mod error;
mod expr;
mod extended;
mod extension;
mod files;
mod filter;
mod link;
pub mod lint;
mod load;
mod modifier;
mod names;
mod pack;
mod packed;
mod pattern;
mod reader;
mod relation;
mod settings;
pub mod slips;
#[cfg(test)]
mod slips_tests;
pub(crate) mod spelling;
mod vain;
mod yaml;

use crate::level::Level;

pub use error::{Code, Place, Problem, RuleError, RuleErrors};
pub use expr::{Expr, Order, Relation, Test, TimePart};
pub use extended::{Escalation, Extension, Habit, Need, Outcomes, When};
pub use extension::{alternatives, conditional, literal, placeholders, places};
pub use files::{RuleFile, builtin, read_paths};
pub use load::{Notice, Options, Replaced, load};
pub use pattern::{Pattern, Piece};
pub use relation::{
    After, Correlation, CorrelationKind, Figure, GroupField, Limit, LogGap, NewTerms, Novelty,
    PolicyWeakened, RoleChain, Spike, Travel, bounds,
};
pub use settings::{Bent, RuleSettings};

/// The rule's number in its [`RuleSet`].
pub type RuleIndex = usize;

/// Rules that refer only to each other, the referred ones first.
#[derive(Clone, Debug, Default)]
pub struct RuleSet {
    /// The rules; a correlation stands behind every rule it refers to.
    pub rules: Vec<Rule>,
    /// Documents that were left out, and why.
    pub notices: Vec<Notice>,
    /// Rules of an earlier layer that others stand in for.
    pub replaced: Vec<Replaced>,
}

impl RuleSet {
    /// The rule with this name or id.
    pub fn find(&self, name: &str) -> Option<(RuleIndex, &Rule)> {
        self.rules.iter().enumerate().find(|(_, rule)| {
            rule.name == name || rule.id.as_deref().is_some_and(|id| id.eq_ignore_ascii_case(name))
        })
    }

    /// What to do about a name that no rule has: the nearest, or where the names stand.
    pub fn hint(&self, name: &str) -> String {
        names::hint(name, self.rules.iter().map(|rule| rule.name.as_str()))
    }
}

/// One rule: what it is called, and what it looks for.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The unique handle: Sigma's `name`, else the file's stem.
    pub name: String,
    /// Sigma's UUID.
    pub id: Option<String>,
    /// A brief title.
    pub title: String,
    /// What is seen, why it matters, what to look at next.
    pub description: String,
    /// Sigma's `status`.
    pub status: Option<String>,
    /// The level of a plain finding. Sigma leaves it optional; medium stands in.
    pub level: Level,
    /// ATT&CK and other tags, as written.
    pub tags: Vec<String>,
    /// Where to read more.
    pub references: Vec<String>,
    /// What else looks like this.
    pub falsepositives: Vec<String>,
    /// Who wrote it.
    pub author: Option<String>,
    /// Fields worth showing beside a match.
    pub fields: Vec<String>,
    /// The file, as the user named it or as `builtin:` path.
    pub file: String,
    /// Where the document starts in the file.
    pub place: Place,
    /// Whether its matches are findings; false for rules that only serve a correlation.
    pub reports: bool,
    /// What it looks for.
    pub body: Body,
    /// Of a detection: the search identifiers, by which explanations tell the parts of its condition apart.
    pub identifiers: Vec<(String, Expr)>,
    /// Keys of ours.
    pub extension: Extension,
    /// The keys that other Sigma tools would not understand, and where they stand.
    pub not_portable: Vec<(String, Place)>,
}

/// What a rule looks for.
#[derive(Clone, Debug)]
pub enum Body {
    /// Single events.
    Detection(Expr),
    /// Relations between events.
    Correlation(Correlation),
}

/// What of a rule other Sigma tools would not understand: the key, where it stands, and what they make of it.
pub fn not_portable(rule: &Rule) -> Vec<(String, Place, String)> {
    let mut all: Vec<(String, Place, String)> = Vec::new();
    for (key, place) in &rule.not_portable {
        let why = extension::KEYS
            .iter()
            .find(|(name, _)| name == key)
            .map_or("other tools refuse it", |(_, why)| why);
        all.push((key.clone(), *place, why.to_owned()));
    }
    let mut fields = Vec::new();
    named_fields(rule, &mut fields);
    fields.retain(|field| field.starts_with("derived."));
    fields.sort_unstable();
    fields.dedup();
    all.extend(
        fields
            .into_iter()
            .map(|field| (field.to_owned(), rule.place, "other tools do not compute it".to_owned())),
    );
    all
}

/// Every field a rule judges by.
fn named_fields<'r>(rule: &'r Rule, fields: &mut Vec<&'r str>) {
    fn of_expr<'e>(expr: &'e Expr, fields: &mut Vec<&'e str>) {
        match expr {
            Expr::All(parts) | Expr::Any(parts) => parts.iter().for_each(|part| of_expr(part, fields)),
            Expr::Not(part) => of_expr(part, fields),
            Expr::Field { field, .. } => fields.push(field),
            Expr::Keyword(_) => {}
        }
    }
    match &rule.body {
        Body::Detection(expr) => of_expr(expr, fields),
        Body::Correlation(correlation) => {
            fields.extend(correlation.group_by.iter().flat_map(|group| &group.paths).map(String::as_str));
            if let CorrelationKind::EventCount(limits) | CorrelationKind::ValueCount(limits) =
                &correlation.kind
            {
                fields.extend(limits.iter().flat_map(|limit| &limit.fields).map(String::as_str));
            }
        }
    }
}
