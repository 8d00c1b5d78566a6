//! One YAML document: its metadata, and which of detection, correlation and filter it is.

use super::correlation;
use super::detection;
use super::error::{Code, Place, Problem};
use super::extension::{self, DraftEscalation};
use super::load::Scope;
use super::reader::Keys;
use super::yaml::Node;
use super::{Expr, Extension};
use crate::level::Level;

/// A reference to another rule, and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Name {
    pub(super) text: String,
    pub(super) place: Place,
}

/// A document whose references are still names.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    /// File and place of the document.
    pub(super) file: usize,
    pub(super) place: Place,
    pub(super) meta: Meta,
    pub(super) body: DraftBody,
    pub(super) extension: Extension,
    pub(super) escalate: Vec<DraftEscalation>,
    pub(super) reports: bool,
    pub(super) not_portable: Vec<(String, Place)>,
}

#[derive(Clone, Debug)]
pub(super) enum DraftBody {
    Detection(Expr),
    Correlation(correlation::Draft),
    Filter { rules: Vec<Name>, expr: Expr },
}

impl Draft {
    /// Whether it is no rule, but narrows others.
    pub(super) fn is_filter(&self) -> bool {
        matches!(self.body, DraftBody::Filter { .. })
    }
}

/// What a rule says about itself.
#[derive(Clone, Debug, Default)]
pub(super) struct Meta {
    pub(super) name: Option<Name>,
    pub(super) id: Option<String>,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) status: Option<String>,
    pub(super) level: Option<Level>,
    pub(super) tags: Vec<String>,
    pub(super) references: Vec<String>,
    pub(super) falsepositives: Vec<String>,
    pub(super) author: Option<String>,
    pub(super) fields: Vec<String>,
    pub(super) logsource: LogSource,
    pub(super) identifiers: detection::Identifiers,
}

/// Sigma's `logsource`, as far as it decides anything here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct LogSource {
    pub(super) product: Option<String>,
    pub(super) service: Option<String>,
    pub(super) category: Option<String>,
}

impl LogSource {
    /// Whether rules for this source look at CloudTrail. An absent source looks at whatever there is.
    pub(super) fn is_cloudtrail(&self) -> bool {
        let is = |value: &Option<String>, wanted: &str| {
            value.as_deref().is_none_or(|v| v.eq_ignore_ascii_case(wanted))
        };
        is(&self.product, "aws")
            && is(&self.service, "cloudtrail")
            && (self.category.is_none() || self.product.is_some())
    }

    /// Whether a filter for this source concerns a rule for the other.
    pub(super) fn covers(&self, rule: &LogSource) -> bool {
        let fits = |filter: &Option<String>, rule: &Option<String>| match (filter, rule) {
            (None, _) => true,
            (Some(filter), Some(rule)) => filter.eq_ignore_ascii_case(rule),
            (Some(_), None) => false,
        };
        fits(&self.product, &rule.product)
            && fits(&self.service, &rule.service)
            && fits(&self.category, &rule.category)
    }

    /// The source in words.
    pub(super) fn words(&self) -> String {
        let parts = [&self.product, &self.service, &self.category];
        let parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
        parts.join(" ")
    }
}

/// Reads one document. `None` when problems made it unreadable.
pub(super) fn parse(
    node: &Node,
    file: usize,
    scope: &Scope<'_>,
    problems: &mut Vec<Problem>,
) -> Option<Draft> {
    let keys = match Keys::of(node, "a rule") {
        Ok(keys) => keys,
        Err(problem) => {
            problems
                .push(problem.help("a rule is a mapping with title, detection or correlation, and level"));
            return None;
        }
    };
    let mut meta = meta(&keys, problems);
    let mut not_portable = Vec::new();
    for (key, _) in extension::KEYS {
        if let Some((node, _)) = keys.entry(key) {
            not_portable.push((key.to_owned(), node.place));
        }
    }
    let bodies = ["detection", "correlation", "filter"];
    let present: Vec<&str> = bodies.into_iter().filter(|key| keys.get(key).is_some()).collect();
    // What is not meant for CloudTrail may use fields and modifiers of other worlds.
    if !meta.logsource.is_cloudtrail() && present != ["correlation"] {
        let body = DraftBody::Detection(Expr::Any(Vec::new()));
        return Some(Draft {
            file,
            place: keys.place,
            meta,
            body,
            extension: Extension::default(),
            escalate: Vec::new(),
            reports: false,
            not_portable,
        });
    }
    let body = match present.as_slice() {
        ["detection"] => {
            detection::parse(keys.get("detection")?, scope, problems).map(|(expr, identifiers)| {
                meta.identifiers = identifiers;
                DraftBody::Detection(expr)
            })
        }
        ["correlation"] => correlation::parse(keys.get("correlation")?, scope, &mut not_portable, problems)
            .map(|mut draft| {
                // Sigma 2.0 had `generate` beside `correlation`.
                draft.generate |= keys.flag("generate", problems).unwrap_or(false);
                DraftBody::Correlation(draft)
            }),
        ["filter"] => filter(keys.get("filter")?, scope, problems),
        [] => {
            problems.push(keys.missing("detection", "a rule needs `detection`, `correlation` or `filter`"));
            None
        }
        several => {
            let message = format!("{} in one document", several.join(" and "));
            let problem = Problem::new(Code::WrongShape, keys.place, message);
            problems.push(problem.help("separate the documents by a line `---`"));
            None
        }
    };
    let (extension, escalate) = extension::parse(&keys, scope, problems);
    let reports = keys.flag("report", problems).unwrap_or(true);
    Some(Draft { file, place: keys.place, meta, body: body?, extension, escalate, reports, not_portable })
}

fn meta(keys: &Keys<'_>, problems: &mut Vec<Problem>) -> Meta {
    let owned =
        |texts: Vec<(&str, Place)>| texts.into_iter().map(|(text, _)| text.to_owned()).collect::<Vec<_>>();
    let mut text = |key: &str| keys.text(key, problems).map(|(text, _)| text.trim().to_owned());
    let mut meta = Meta {
        title: text("title").unwrap_or_default(),
        id: text("id"),
        description: text("description").unwrap_or_default(),
        status: text("status"),
        author: text("author"),
        ..Meta::default()
    };
    meta.name = keys.text("name", problems).map(|(text, place)| Name { text: text.to_owned(), place });
    if meta.title.is_empty() {
        problems.push(keys.missing("title", "add a brief `title`"));
    }
    if let Some((text, place)) = keys.text("level", problems) {
        meta.level = extension::level(text, place, problems);
    }
    meta.tags = owned(keys.texts("tags", problems));
    meta.references = owned(keys.texts("references", problems));
    meta.falsepositives = owned(keys.texts("falsepositives", problems));
    meta.fields = owned(keys.texts("fields", problems));
    if let Some(node) = keys.get("logsource").filter(|node| !node.is_null()) {
        match Keys::of(node, "a log source") {
            Ok(source) => {
                let mut text = |key: &str| source.text(key, problems).map(|(text, _)| text.to_owned());
                meta.logsource = LogSource {
                    product: text("product"),
                    service: text("service"),
                    category: text("category"),
                };
            }
            Err(problem) => problems.push(problem),
        }
    }
    meta
}

fn filter(node: &Node, scope: &Scope<'_>, problems: &mut Vec<Problem>) -> Option<DraftBody> {
    let keys = Keys::of(node, "a filter").map_err(|problem| problems.push(problem)).ok()?;
    let rules = keys
        .texts("rules", problems)
        .into_iter()
        .filter(|(text, _)| !text.eq_ignore_ascii_case("any"))
        .map(|(text, place)| Name { text: text.to_owned(), place })
        .collect();
    let (expr, _) = detection::parse(node, scope, problems)?;
    Some(DraftBody::Filter { rules, expr })
}
