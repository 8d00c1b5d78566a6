//! A finding's sentence: the rule's message with its values filled in.

use super::evidence::Shown;
use super::told::Told;
use crate::detect::finish::human;
use crate::detect::firing::{FieldValue, NewTermDetail};
use crate::detect::replay::named;
use crate::detect::{Class, Detail, Firing};
use crate::finding::Principal;
use crate::known::Known;
use crate::outcome::Outcome;
use crate::rule::{Rule, alternatives};
use crate::text::{few, is_account_id, opening};

/// An account id with its vendor's name.
pub(super) fn label(known: &Known, value: &str) -> String {
    if is_account_id(value) { known.accounts.label(value) } else { value.to_owned() }
}

/// The values of one of the rule's own fields in the first event.
pub(super) fn value(first: Option<&Shown>, field: &str) -> Option<String> {
    let values = first?.values.get(field)?;
    if values.is_empty() { None } else { Some(values.join(", ")) }
}

/// The words of a message that are no fields.
pub const WORDS: [&str; 11] = [
    "principal",
    "account",
    "region",
    "source",
    "target",
    "count",
    "term",
    "scope",
    "novelty",
    "observed",
    "weakening",
];

/// Whether a name in a message is one of these, and no field.
pub(super) fn is_word(name: &str) -> bool {
    WORDS.contains(&name) || name.starts_with("observed.")
}

/// Fills values in.
pub(super) struct Filler<'f> {
    pub(super) known: &'f Known,
    pub(super) firing: &'f Firing,
    pub(super) first: Option<&'f Shown>,
    pub(super) target: Option<&'f str>,
    /// What the other calls say.
    pub(super) told: &'f Told,
}

impl Filler<'_> {
    pub(super) fn title(&self, rule: &Rule, outcome: Option<Outcome>) -> String {
        let sentence = match &rule.extension.message {
            Some(message) => self.fill(message),
            None => match self.get("principal") {
                Some(principal) => format!("{}: {principal}", rule.title),
                None => rule.title.clone(),
            },
        };
        match outcome {
            Some(Outcome::Denied) if rule.extension.outcomes.is_some() => format!("Denied: {sentence}"),
            Some(Outcome::Failed) if rule.extension.outcomes.is_some() => format!("Failed: {sentence}"),
            _ => sentence,
        }
    }

    fn fill(&self, message: &str) -> String {
        let mut out = String::with_capacity(message.len());
        let mut rest = message;
        while let Some((before, tail)) = rest.split_once('{') {
            out.push_str(before);
            let Some((names, after)) = tail.split_once('}') else {
                out.push('{');
                rest = tail;
                continue;
            };
            let literal = |name: &str| Some(name.strip_prefix('\'')?.strip_suffix('\'')?.to_owned());
            let found = alternatives(names).find_map(|name| literal(name).or_else(|| self.get(name)));
            let found = found.unwrap_or_else(|| "(unknown)".to_owned());
            let shown = |said: &str| label(self.known, &quoted(said));
            out.push_str(&self.told.at(names, found, self.firing.count, shown));
            rest = after;
        }
        out.push_str(rest);
        // The last value may be empty by the rule's will.
        out.truncate(out.trim_end().len());
        out
    }

    /// A sequence's sentence means the address of one step.
    fn address(&self, first: &str) -> String {
        if self.firing.class == Class::Sequence { first.to_owned() } else { self.told.from(first) }
    }

    /// What the condition of this number counted.
    fn observed(&self, number: usize) -> Option<String> {
        match &self.firing.detail {
            Detail::Threshold(detail) => Some(detail.counts.get(number)?.observed.to_string()),
            _ => None,
        }
    }

    fn new_term(&self) -> Option<&NewTermDetail> {
        match &self.firing.detail {
            Detail::NewTerm(detail) => Some(detail),
            Detail::Plain | Detail::Threshold(_) | Detail::Sequence(_) => None,
        }
    }

    /// The values of a term or a scope, those that are accounts with their vendors.
    fn joined(&self, fields: &[FieldValue]) -> String {
        let values: Vec<String> = fields.iter().map(|field| label(self.known, &field.value)).collect();
        values.join(" / ")
    }

    fn get(&self, name: &str) -> Option<String> {
        let first = self.first;
        let found = match name {
            "principal" => first.and_then(|shown| actor(&shown.principal)),
            "account" => named(&self.firing.group, "derived.account")
                .map(str::to_owned)
                .or_else(|| first?.account.clone()),
            "region" => first.and_then(|shown| shown.region.clone()),
            "source" => first.and_then(|shown| Some(self.address(shown.source.ip.as_deref()?))),
            "target" => self.target.map(quoted),
            "count" => Some(self.firing.count.to_string()),
            "term" => match self.new_term()?.terms.as_slice() {
                [] => Some(self.joined(&self.new_term()?.term)),
                terms => Some(few(terms.iter().map(|term| self.joined(term)), NewTermDetail::NAMED)),
            },
            "scope" => Some(self.joined(&self.new_term()?.scope)),
            "novelty" => Some(novelty(self.new_term()?)),
            "observed" => self.observed(0),
            // What was widened, or that it cannot be told.
            "weakening" => {
                let mut reasons = self.firing.why.iter().filter(|why| !why.starts_with("compared with"));
                reasons.next().cloned()
            }
            name if name.starts_with("observed.") => {
                let number: usize = name.strip_prefix("observed.")?.parse().ok()?;
                self.observed(number.checked_sub(1)?)
            }
            field => {
                let found =
                    named(&self.firing.group, field).map(str::to_owned).or_else(|| value(first, field));
                found.map(|text| quoted(&text))
            }
        };
        found.filter(|text| !text.is_empty()).map(|text| label(self.known, &text))
    }
}

/// How new a term is. Where there is hardly any history, being new says little, and whoever reads must know.
fn novelty(detail: &NewTermDetail) -> String {
    let history = detail.baseline_to.since(detail.baseline_from);
    match detail.last_seen_before {
        Some(last) => format!("for the first time since {last}"),
        None if history.secs() == 0 => "with no history before it".to_owned(),
        None => format!("for the first time in {} of history", human(history)),
    }
}

/// The most characters of a field's value that a sentence quotes; the whole value stands in the finding.
const QUOTED: usize = 120;

fn quoted(text: &str) -> String {
    opening(text, QUOTED)
}

/// Who acted: the identity, and of a role the session, which says more about the person.
fn actor(principal: &Principal) -> Option<String> {
    let name = principal.canonical.clone().or_else(|| principal.arn.clone())?;
    match &principal.session_name {
        Some(session) if !name.contains(session.as_str()) => Some(format!("{name} (session {session})")),
        _ => Some(name),
    }
}
