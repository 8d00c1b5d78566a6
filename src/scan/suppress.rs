//! Findings that are known to be harmless, by configuration.

use super::told::MOST;
use crate::config::Suppression;
use crate::detect::TextTest;
use crate::event::naive::walk;
use crate::finding::{Expired, Finding, Suppressed};
use crate::rule::{Pattern, Rule};

/// Of what a field of a suppression must be true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asks {
    /// Of every event: a finding lists under this name what they all say. What is known of one bucket, address, key or
    /// session says nothing of the others.
    Events(&'static str),
    /// Of every event, though a finding has only the first one's, which ends in its session: it speaks for all of them
    /// where they are of one session.
    Session,
    /// Of the finding.
    Finding,
}

impl Asks {
    fn by(field: &str) -> Asks {
        match field {
            "target" | "targets" => Asks::Events("targets"),
            "source.ip" | "addresses" => Asks::Events("addresses"),
            "principal.access_key_id" | "access_keys" => Asks::Events("access_keys"),
            "principal.session_name" | "sessions" => Asks::Events("sessions"),
            "principal.arn" => Asks::Session,
            _ => Asks::Finding,
        }
    }
}

/// Whether some suppression asks what all events of a rule's findings say.
pub(super) fn ask_of_all(suppressions: &[Suppression], rule: &Rule) -> bool {
    let of_rule =
        suppressions.iter().filter(|suppression| names(suppression, &rule.name, rule.id.as_deref()));
    of_rule.flat_map(|suppression| suppression.fields.keys()).any(|field| Asks::by(field) != Asks::Finding)
}

/// Whether a suppression is for a rule of this name and id.
fn names(suppression: &Suppression, name: &str, id: Option<&str>) -> bool {
    let wanted = &suppression.rule;
    wanted == "*" || wanted == name || id.is_some_and(|id| id.eq_ignore_ascii_case(wanted))
}

/// Marks what a suppression covers. One that has ended covers nothing that was seen since; what it would have
/// covered is told.
pub(super) fn apply(findings: &mut [Finding], suppressions: &[Suppression]) -> Vec<Expired> {
    let mut expired: Vec<Expired> = Vec::new();
    for (number, suppression) in suppressions.iter().enumerate() {
        let by = format!("suppress entry {}", number + 1);
        let ends = suppression.expires.as_ref().map(|day| day.text());
        let end = suppression.expires.as_ref().and_then(|day| day.begins());
        let tests: Vec<(&String, TextTest)> = suppression
            .fields
            .iter()
            .map(|(field, pattern)| (field, TextTest::compile(&Pattern::parse(pattern), false)))
            .collect();
        let mut would_have = 0;
        for finding in findings.iter_mut().filter(|finding| finding.suppressed.is_none()) {
            if !covers(suppression, &tests, finding) {
                continue;
            }
            // Judged by the finding's own time, so that the same logs give the same findings on any day.
            if end.is_some_and(|end| finding.last_seen.is_none_or(|last| last >= end)) {
                would_have += 1;
                continue;
            }
            finding.suppressed = Some(Suppressed {
                by: by.clone(),
                reason: suppression.reason.clone(),
                expires: ends.clone(),
            });
        }
        if let (Some(ended), 1..) = (ends, would_have) {
            expired.push(Expired {
                by,
                rule: suppression.rule.clone(),
                expired: ended,
                findings: would_have,
            });
        }
    }
    expired
}

fn covers(suppression: &Suppression, tests: &[(&String, TextTest)], finding: &Finding) -> bool {
    let named = names(suppression, &finding.rule.name, finding.rule.id.as_deref());
    if !named || tests.is_empty() {
        return named;
    }
    // The fields are those of the published form.
    let Ok(value) = serde_json::to_value(finding) else { return false };
    tests.iter().all(|(field, test)| {
        let texts = |field: &str| walk(&value, field).into_iter().flat_map(texts).collect::<Vec<_>>();
        let fits = |text: &String| test.fits(text);
        match Asks::by(field) {
            Asks::Events(list) => every(&texts(list), fits),
            Asks::Session if finding.sessions.len() > 1 => false,
            Asks::Session | Asks::Finding => texts(field).iter().any(fits),
        }
    })
}

fn every(texts: &[String], fits: impl FnMut(&String) -> bool) -> bool {
    // Of more than are named the others are not known.
    !texts.is_empty() && texts.len() < MOST && texts.iter().all(fits)
}

fn texts(value: &serde_json::Value) -> Vec<String> {
    match value {
        serde_json::Value::String(text) => vec![text.clone()],
        serde_json::Value::Array(items) => items.iter().flat_map(texts).collect(),
        serde_json::Value::Null | serde_json::Value::Object(_) => Vec::new(),
        other => vec![other.to_string()],
    }
}
