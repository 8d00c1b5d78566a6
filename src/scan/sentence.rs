//! A finding's sentence: the rule's message with its values filled in.

use super::evidence::Shown;
use super::history::Begun;
use super::told::Told;
use super::word::Word;
use crate::detect::firing::{FieldValue, NewTermDetail};
use crate::detect::{Class, Detail, Firing};
use crate::finding::Principal;
use crate::known::Known;
use crate::outcome::Outcome;
use crate::rule::{Rule, alternatives, conditional, literal};
use crate::text::{few, is_account_id, opening};
use crate::time::Timespan;

/// An account id with its vendor's name.
pub(super) fn label(known: &Known, value: &str) -> String {
    if is_account_id(value) { known.accounts.label(value) } else { value.to_owned() }
}

/// The values of one of the rule's own fields in the first event.
pub(super) fn value(first: Option<&Shown>, field: &str) -> Option<String> {
    let values = first?.values.get(field)?;
    if values.is_empty() { None } else { Some(values.join(", ")) }
}

/// Fills values in.
pub(super) struct Filler<'f> {
    pub(super) known: &'f Known,
    pub(super) firing: &'f Firing,
    pub(super) first: Option<&'f Shown>,
    pub(super) target: Option<&'f str>,
    /// What the other calls say.
    pub(super) told: &'f Told,
    /// How many calls were looked at, if not all, and how many of them were refused.
    pub(super) looked_at: u64,
    pub(super) refused: u64,
    /// When the records of the account begin, if it has much less of a history than others.
    pub(super) begun: Option<Begun>,
}

impl Filler<'_> {
    pub(super) fn title(&self, rule: &Rule, outcome: Option<Outcome>) -> String {
        let sentence = match &rule.extension.message {
            Some(message) => self.fill(message),
            None => match self.word(Word::Principal) {
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
            let found = alternatives(names).find_map(|name| match (literal(name), conditional(name)) {
                (Some(text), _) => Some(text.to_owned()),
                (_, Some((name, text))) => self.get(name).map(|_| text.to_owned()),
                _ => self.get(name),
            });
            let found = found.unwrap_or_else(|| "(unknown)".to_owned());
            let shown = |said: &str| label(self.known, &quoted(said));
            let all = self.looked_at >= self.firing.count;
            let calls = if all { self.firing.count } else { u64::MAX };
            out.push_str(&self.told.at(names, found, calls, shown));
            rest = after;
        }
        out.push_str(rest);
        // The last value may be empty by the rule's will.
        out.truncate(out.trim_end().len());
        out
    }

    /// A sequence's sentence means the address of one step, unless it says otherwise.
    fn address(&self, first: &str) -> String {
        if self.firing.class == Class::Sequence { first.to_owned() } else { self.told.from(first) }
    }

    /// What the condition of this number counted; where the events go on for longer than a window, in the one with the
    /// most.
    fn observed(&self, number: usize) -> Option<String> {
        let Detail::Threshold(detail) = &self.firing.detail else { return None };
        let observed = detail.counts.get(number)?.observed;
        let times = self.firing.first.zip(self.firing.last);
        let longer = times.is_some_and(|(first, last)| last.since(first) > detail.window);
        Some(if longer { format!("up to {observed}") } else { observed.to_string() })
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
        match Word::parse(name) {
            Some(word) => self.word(word),
            None => self.field(name),
        }
    }

    fn field(&self, name: &str) -> Option<String> {
        let found = self.firing.value(name).map(str::to_owned).or_else(|| value(self.first, name));
        self.labelled(quoted(&found?))
    }

    fn word(&self, word: Word) -> Option<String> {
        let first = self.first;
        let found = match word {
            Word::Principal => first.and_then(|shown| actor(&shown.principal, self.told)),
            Word::Account => {
                self.firing.value("derived.account").map(str::to_owned).or_else(|| first?.account.clone())
            }
            Word::Region => first.and_then(|shown| shown.region.clone()),
            Word::Source => first.and_then(|shown| Some(self.address(shown.source.ip.as_deref()?))),
            Word::Sources => first.and_then(|shown| Some(self.told.from(shown.source.ip.as_deref()?))),
            Word::Target => self.target.map(quoted),
            Word::Count => Some(self.firing.count.to_string()),
            Word::Term => match self.new_term()?.terms.as_slice() {
                [] => Some(self.joined(&self.new_term()?.term)),
                terms => Some(few(terms.iter().map(|term| self.joined(term)), NewTermDetail::NAMED)),
            },
            Word::Scope => Some(self.joined(&self.new_term()?.scope)),
            Word::Novelty => Some(novelty(self.new_term()?, self.begun)),
            Word::Observed(number) => self.observed(number),
            // What was widened, or that it cannot be told.
            Word::Weakening => {
                let mut reasons = self.firing.why.iter().filter(|why| !why.starts_with("compared with"));
                reasons.next().cloned()
            }
            // Where some were passed over, they may have ended otherwise.
            Word::Refused => match (self.refused, self.looked_at) {
                (0, _) | (_, 0) => None,
                (refused, all) if refused >= all => Some("; every call was refused".to_owned()),
                (refused, all) => Some(format!("; {refused} of {all} calls were refused")),
            },
            Word::Asked => (self.refused > 0).then(|| "asked for".to_owned()),
        };
        self.labelled(found?)
    }

    /// A text with the vendor of the account that it is; an empty one says nothing.
    fn labelled(&self, text: String) -> Option<String> {
        (!text.is_empty()).then(|| label(self.known, &text))
    }
}

/// How new a term is. Where there is hardly any history, being new says little, and whoever reads must know.
/// The account may be recorded for a shorter time than others are.
fn novelty(detail: &NewTermDetail, begun: Option<Begun>) -> String {
    let history = detail.baseline_to.since(begun.map_or(detail.baseline_from, |begun| begun.at));
    // When an account's records begin is known to the hour.
    let least = begun.map_or(Timespan::from_secs(1), |_| Timespan::HOUR);
    match detail.last_seen_before {
        Some(last) => format!("for the first time since {last}"),
        None if history < least => "with no history before it".to_owned(),
        None if begun.is_some() => {
            format!("for the first time in {} of the account's history", history.human())
        }
        None => format!("for the first time in {} of history", history.human()),
    }
}

/// The most characters of a field's value that a sentence quotes; the whole value stands in the finding.
const QUOTED: usize = 120;

fn quoted(text: &str) -> String {
    opening(text, QUOTED)
}

/// Who acted: the identity, and of a role the session, which says more about the person.
fn actor(principal: &Principal, told: &Told) -> Option<String> {
    let name = principal.canonical.clone().or_else(|| principal.arn.clone())?;
    match &principal.session_name {
        Some(session) if !name.contains(session.as_str()) => {
            let several = if told.sessions.len() > 1 { "sessions" } else { "session" };
            Some(format!("{name} ({several} {})", told.sessions(session)))
        }
        _ => Some(name),
    }
}
