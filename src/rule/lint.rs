//! Habits of good rules: what a rule should say of itself, and what it should not do.

use super::{Body, Correlation, CorrelationKind, Expr, Place, Rule, RuleSet, Test};

/// A habit that a rule does not follow.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lint {
    /// The rule's name.
    pub rule: String,
    /// Its file.
    pub file: String,
    /// Where the rule starts.
    pub place: Place,
    /// What to mend.
    pub message: String,
}

/// Fields whose values differ from session to session: every value is new.
const SESSION_FIELDS: [&str; 3] =
    ["userIdentity.arn", "userIdentity.principalId", "userIdentity.sessionContext.attributes.creationDate"];

/// Everything to mend in a set of rules.
pub fn lint(set: &RuleSet) -> Vec<Lint> {
    let mut lints: Vec<Lint> = set
        .rules
        .iter()
        .flat_map(|rule| {
            let messages = if rule.reports { reporting(rule) } else { Vec::new() };
            messages.into_iter().chain(any(rule)).map(|message| Lint {
                rule: rule.name.clone(),
                file: rule.file.clone(),
                place: rule.place,
                message,
            })
        })
        .collect();
    lints.sort();
    lints
}

/// What a rule that reports owes its reader.
fn reporting(rule: &Rule) -> Vec<String> {
    let mut lints = Vec::new();
    if rule.description.len() < 40 {
        lints.push(
            "says too little in `description`: what was seen, why it matters, what to look at next"
                .to_owned(),
        );
    }
    if rule.falsepositives.is_empty() {
        lints.push("names no `falsepositives`".to_owned());
    }
    if rule.references.is_empty() {
        lints.push("has no `references`".to_owned());
    }
    if !rule.tags.iter().any(|tag| tag.to_lowercase().starts_with("attack.t")) {
        lints.push("has no ATT&CK technique among its `tags`".to_owned());
    }
    if rule.id.is_none() {
        lints.push("has no `id`".to_owned());
    }
    lints
}

fn any(rule: &Rule) -> Vec<String> {
    let mut lints = Vec::new();
    match &rule.body {
        Body::Detection(expr) => {
            let mut fields = Vec::new();
            positive(expr, &mut fields);
            // A rule that only serves others may look wide; one that reports and names no call matches half of all.
            let narrow = [
                "eventname",
                "eventsource",
                "derived.event_name",
                "derived.action",
                "useragent",
                "errorcode",
                "eventtype",
            ];
            if rule.reports && !fields.iter().any(|field| narrow.contains(&field.to_lowercase().as_str())) {
                lints.push("asks for no call (eventName, eventSource, errorCode ...): it may match half of all events".to_owned());
            }
        }
        Body::Correlation(Correlation { kind: CorrelationKind::NewTerms(terms), group_by, .. }) => {
            let mut fields = terms.fields.iter().chain(group_by.iter().map(|group| &group.name));
            if let Some(field) = fields.find(|field| SESSION_FIELDS.contains(&field.as_str())) {
                lints.push(format!(
                    "learns by `{field}`, which differs in every session: use derived.principal"
                ));
            }
        }
        Body::Correlation(_) => {}
    }
    lints
}

/// The fields that a match must have a certain value in.
fn positive<'e>(expr: &'e Expr, fields: &mut Vec<&'e str>) {
    match expr {
        Expr::All(parts) | Expr::Any(parts) => parts.iter().for_each(|part| positive(part, fields)),
        Expr::Field { field, test } if !matches!(test, Test::Null | Test::Exists(_)) => fields.push(field),
        Expr::Field { .. } | Expr::Not(_) | Expr::Keyword(_) => {}
    }
}
