//! Sigma rules as trailsift understands them: a faithful tree, nothing folded or compiled in it.
//!
//! [`load`] turns YAML into a [`RuleSet`]; `detect` compiles it. The specification followed is Sigma 2.1; where it is
//! silent, the decision stands beside the code that makes it.

mod condition;
mod correlation;
mod detection;
mod document;
mod encode;
mod error;
mod extension;
mod files;
mod filter;
pub mod lint;
mod load;
mod modifier;
mod pattern;
mod reader;
mod settings;
mod yaml;

use std::fmt;

use ipnet::IpNet;

use crate::level::Level;
use crate::time::Timespan;

pub use error::{Code, Place, Problem, RuleError, RuleErrors};
pub use extension::{alternatives, placeholders};
pub use files::{RuleFile, builtin, read_paths};
pub use load::{Notice, Options, load};
pub use pattern::{Pattern, Piece};
pub use settings::RuleSettings;

/// The rule's number in its [`RuleSet`].
pub type RuleIndex = usize;

/// Rules that refer only to each other, the referred ones first.
#[derive(Clone, Debug, Default)]
pub struct RuleSet {
    /// The rules; a correlation stands behind every rule it refers to.
    pub rules: Vec<Rule>,
    /// Documents that were left out, and why.
    pub notices: Vec<Notice>,
}

impl RuleSet {
    /// The rule with this name or id.
    pub fn find(&self, name: &str) -> Option<(RuleIndex, &Rule)> {
        self.rules.iter().enumerate().find(|(_, rule)| {
            rule.name == name || rule.id.as_deref().is_some_and(|id| id.eq_ignore_ascii_case(name))
        })
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

/// A condition on one event.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// Every part holds; true when empty.
    All(Vec<Expr>),
    /// Some part holds; false when empty.
    Any(Vec<Expr>),
    /// The part does not hold.
    Not(Box<Expr>),
    /// Some value of the field fits.
    Field {
        /// The dotted path.
        field: String,
        /// What fits.
        test: Test,
    },
    /// Some string value anywhere in the record fits.
    Keyword(Test),
}

/// What a value is compared with.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// A string with wildcards; without `cased`, compared under simple case folding.
    Text {
        /// The wanted text.
        pattern: Pattern,
        /// Whether case matters.
        cased: bool,
    },
    /// A number, as a number or as its text.
    Number {
        /// As written.
        text: String,
        /// Its value.
        value: f64,
    },
    /// The key is absent, or its value is null.
    Null,
    /// The key is there (or not), whatever its value.
    Exists(bool),
    /// A regular expression found somewhere in the value.
    Regex {
        /// The expression.
        pattern: String,
        /// Flag `i`.
        ignore_case: bool,
        /// Flag `m`.
        multi_line: bool,
        /// Flag `s`.
        dot_all: bool,
    },
    /// An address in the network.
    Cidr(IpNet),
    /// A number on one side of a limit.
    Compare(Order, f64),
    /// A part of a time.
    TimePart(TimePart, Order, i64),
    /// Another field's value.
    SameAs {
        /// The other field's path.
        other: String,
        /// How the two relate.
        relation: Relation,
        /// Whether case matters.
        cased: bool,
    },
}

/// How two numbers relate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// `eq`
    Equal,
    /// `neq`
    NotEqual,
    /// `lt`
    Less,
    /// `lte`
    LessOrEqual,
    /// `gt`
    Greater,
    /// `gte`
    GreaterOrEqual,
}

impl Order {
    /// Whether `left` stands in this relation to `right`.
    pub fn holds<T: PartialOrd>(self, left: T, right: T) -> bool {
        match self {
            Order::Equal => left == right,
            Order::NotEqual => left != right,
            Order::Less => left < right,
            Order::LessOrEqual => left <= right,
            Order::Greater => left > right,
            Order::GreaterOrEqual => left >= right,
        }
    }

    /// Sigma's word for it.
    pub fn word(self) -> &'static str {
        match self {
            Order::Equal => "eq",
            Order::NotEqual => "neq",
            Order::Less => "lt",
            Order::LessOrEqual => "lte",
            Order::Greater => "gt",
            Order::GreaterOrEqual => "gte",
        }
    }
}

/// A part of a time value, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimePart {
    /// 0 to 59.
    Minute,
    /// 0 to 23.
    Hour,
    /// Day of the month, from 1.
    Day,
    /// ISO week, from 1.
    Week,
    /// From 1.
    Month,
    /// The year.
    Year,
}

/// How two texts relate under `fieldref`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// They are the same.
    Equals,
    /// The first begins with the second.
    StartsWith,
    /// The first ends with the second.
    EndsWith,
    /// The first contains the second.
    Contains,
}

/// A relation between events.
#[derive(Clone, Debug)]
pub struct Correlation {
    /// The rules whose matches are its events.
    pub rules: Vec<RuleIndex>,
    /// What the events must share.
    pub group_by: Vec<GroupField>,
    /// The window, lookback or bucket.
    pub timespan: Timespan,
    /// Which relation.
    pub kind: CorrelationKind,
}

/// A group-by field: one path for all rules, or, through an alias, one for each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupField {
    /// The name in `group-by`.
    pub name: String,
    /// The path in each of the correlation's rules, in their order.
    pub paths: Vec<String>,
}

/// The kinds of correlations.
#[derive(Clone, Debug, PartialEq)]
pub enum CorrelationKind {
    /// The number of events; every condition must hold in the same window.
    EventCount(Vec<Limit>),
    /// The number of distinct values; every condition must hold in the same window.
    ValueCount(Vec<Limit>),
    /// Every rule has matched.
    Temporal {
        /// In the order given.
        ordered: bool,
    },
    /// The sum, mean or percentile of a number.
    Numeric {
        /// Which figure.
        figure: Figure,
        /// The number's field.
        field: String,
        /// Which values of the figure match.
        limits: Vec<(Order, f64)>,
    },
    /// A value not seen for `timespan`.
    NewTerms(NewTerms),
    /// More events than ever in a bucket of the same width.
    Spike(Spike),
    /// A policy document that allows more than the one before it.
    PolicyWeakened(PolicyWeakened),
    /// Whatever any of the rules finds, told as this rule's own.
    Any,
}

/// What `new_terms` tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// A term that was never seen.
    NewTerm,
    /// A term that comes back after longer than the lookback.
    Returned,
    /// A scope that was never seen, with its terms.
    NewScope,
}

/// What a `policy_weakened` rule compares.
#[derive(Clone, Debug, PartialEq)]
pub struct PolicyWeakened {
    /// The fields that may hold the document; the first that does counts.
    pub fields: Vec<String>,
    /// Rules whose documents are compared as well, but of whose first document nothing is said: it may be the first
    /// that there ever was.
    pub scope_rules: Vec<RuleIndex>,
}

/// What `value_sum`, `value_avg` and `value_percentile` compute.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Figure {
    /// The sum.
    Sum,
    /// The arithmetic mean.
    Average,
    /// The value at this rank in percent (nearest rank).
    Percentile(f64),
}

/// One condition on a count.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    /// What is counted: distinct tuples of these fields' values; events when empty.
    pub fields: Vec<String>,
    /// Which counts match; every one must hold.
    pub bounds: Vec<(Order, u64)>,
}

/// What a `new_terms` rule learns.
#[derive(Clone, Debug, PartialEq)]
pub struct NewTerms {
    /// The term: 1 to 5 fields.
    pub fields: Vec<String>,
    /// No findings before this much history.
    pub learning: Timespan,
    /// Rules whose matches count as sightings of the scope besides the terms' own.
    pub scope_rules: Vec<RuleIndex>,
    /// Which classes are told: `new_term`, `returned`, `new_scope`.
    pub classes: Vec<Class>,
    /// Whether it reports even when the history is too short.
    pub bold: bool,
}

/// What a `spike` rule compares.
#[derive(Clone, Debug, PartialEq)]
pub struct Spike {
    /// The bucket's width.
    pub bucket: Timespan,
    /// How far back the own peak is looked for.
    pub lookback: Timespan,
    /// How many times the own peak.
    pub factor: f64,
    /// And at least this many.
    pub at_least: u64,
    /// And no more than this many in all of the lookback, if given: for groups that hardly ever do this.
    pub seldom: Option<u64>,
}

/// What trailsift adds to Sigma.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Extension {
    /// Which outcomes report, at which level.
    pub outcomes: Option<Outcomes>,
    /// What raises the level.
    pub escalate: Vec<Escalation>,
    /// Matches no further apart than this are one episode; `None` is the default hour.
    pub fold: Option<Timespan>,
    /// For a correlation with `fold`: the group's fields that firings must share to be one finding; all when empty.
    pub fold_by: Vec<String>,
    /// Fields whose values keep matches apart besides principal, account and outcome.
    pub split_by: Vec<String>,
    /// The finding's sentence, with `{field}` to be filled in.
    pub message: Option<String>,
    /// Fields that name what was acted upon, the first present wins.
    pub target: Vec<String>,
    /// Data without which the rule cannot be judged.
    pub needs: Vec<Need>,
    /// When a correlation's group does this as a habit.
    pub habit: Option<Habit>,
}

/// When what a rule sees is a habit of who does it: on at least `days` different days, the first and the last at least
/// `over` apart. A habit is one finding at `level`, unless another rule raises it.
#[derive(Clone, Debug, PartialEq)]
pub struct Habit {
    /// The group-by fields whose habit it is.
    pub by: Vec<String>,
    /// On how many days at least.
    pub days: u32,
    /// How far the first and the last of them are apart at least.
    pub over: Timespan,
    /// The level of the one finding.
    pub level: Level,
}

/// What a rule cannot be judged without.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// Known networks in the configuration.
    Networks,
    /// A geo database with countries.
    GeoCountry,
    /// A geo database with autonomous systems.
    GeoAsn,
    /// A database of anonymizing networks.
    GeoAnonymous,
    /// A geo database with coordinates.
    GeoCity,
    /// CI networks in the configuration.
    CiNetworks,
    /// Session-name conventions in the configuration.
    SessionNames,
}

/// The level of each outcome that reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcomes {
    /// The call went through.
    pub success: Option<Level>,
    /// The call was refused.
    pub denied: Option<Level>,
    /// The call failed for another reason.
    pub failed: Option<Level>,
}

/// Something that raises a finding's level.
#[derive(Clone, Debug, PartialEq)]
pub struct Escalation {
    /// To which level.
    pub level: Level,
    /// What must hold.
    pub when: Vec<When>,
}

/// A reason to raise a level.
#[derive(Clone, Debug, PartialEq)]
pub enum When {
    /// An event of the finding fits.
    Event(Expr),
    /// A count within the finding's window fits.
    Count(Limit),
    /// Another rule fired on an event of the finding, or for the same group within the time given.
    Rule {
        /// The other rule.
        rule: RuleIndex,
        /// How far apart, for the same group.
        within: Option<Timespan>,
    },
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

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let join = |f: &mut fmt::Formatter<'_>, parts: &[Expr], word: &str, empty: &str| {
            if parts.is_empty() {
                return f.write_str(empty);
            }
            f.write_str("(")?;
            for (i, part) in parts.iter().enumerate() {
                if i > 0 {
                    write!(f, " {word} ")?;
                }
                write!(f, "{part}")?;
            }
            f.write_str(")")
        };
        match self {
            Expr::All(parts) if parts.len() == 1 => write!(f, "{}", parts[0]),
            Expr::Any(parts) if parts.len() == 1 => write!(f, "{}", parts[0]),
            Expr::All(parts) => join(f, parts, "and", "true"),
            Expr::Any(parts) => join(f, parts, "or", "false"),
            Expr::Not(part) => write!(f, "not {part}"),
            Expr::Field { field, test } => write!(f, "{field} {test}"),
            Expr::Keyword(test) => write!(f, "any value {test}"),
        }
    }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Test::Text { pattern, cased: false } => write!(f, "= {pattern:}"),
            Test::Text { pattern, cased: true } => write!(f, "= {pattern:} (case matters)"),
            Test::Number { text, .. } => write!(f, "= {text}"),
            Test::Null => f.write_str("is null or absent"),
            Test::Exists(true) => f.write_str("exists"),
            Test::Exists(false) => f.write_str("does not exist"),
            Test::Regex { pattern, ignore_case, multi_line, dot_all } => {
                let flag = |on: bool, letter: &'static str| if on { letter } else { "" };
                let flags = [flag(*ignore_case, "i"), flag(*multi_line, "m"), flag(*dot_all, "s")].concat();
                write!(f, "matches /{pattern}/{flags}")
            }
            Test::Cidr(net) => write!(f, "in {net}"),
            Test::Compare(order, value) => write!(f, "{} {value}", order.word()),
            Test::TimePart(part, order, value) => write!(f, "{part:?} {} {value}", order.word()),
            Test::SameAs { other, relation, cased } => {
                write!(f, "{relation:?} field {other}{}", if *cased { " (case matters)" } else { "" })
            }
        }
    }
}
