//! From states to firings. Counts, windows and order exist only here.

mod after;
mod counts;
mod court;
mod documents;
mod episodes;
mod escalate;
mod gaps;
mod habits;
mod hits;
#[cfg(test)]
mod isolation;
mod links;
mod numbers;
mod spikes;
mod steps;
mod sweep;
mod terms;
mod travel;

use std::collections::{BTreeMap, BTreeSet};

pub use habits::Days;

use super::chains::Chains;
use super::firing::{Evidence, Firing};
use super::hits::{Hit, Location};
use super::intern::Interner;
use super::issued::{self, Issued};
use super::key;
use super::plan::Plan;
use super::shard::Shard;
use super::state::State;
use crate::derive::Facts;
use crate::event::EventId;
use crate::rule::{Body, Correlation, CorrelationKind, RuleIndex};
use crate::time::{Timespan, Timestamp};

/// What to do with a rule whose history is too short.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColdStart {
    /// Its findings are left out; the summary says so.
    #[default]
    Skip,
    /// They are reported; the summary says so.
    Report,
    /// As skip, and the run counts as incomplete.
    Fail,
}

/// What bends the end of a run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Settings {
    /// Everything before this is baseline.
    pub since: Option<Timestamp>,
    /// What to do with a rule whose history is too short.
    pub cold_start: ColdStart,
}

/// Everything the rules say in the end.
#[derive(Debug, Default)]
pub struct Finished {
    /// The firings of reported rules, by rule and time.
    pub firings: Vec<Firing>,
    /// Rules that could not be judged, and why.
    pub not_evaluated: Vec<(RuleIndex, String)>,
    /// Rules whose history was too short or has holes, and why.
    pub insufficient: Vec<(RuleIndex, String)>,
    /// Of rules with habits: on which days who did it.
    pub habits: Days,
    /// The facts of the data set.
    pub facts: Facts,
    /// The credentials issued in the logs.
    pub chains: Chains,
    /// What was left out for want of room, in words.
    pub left_out: Vec<(&'static str, String)>,
}

/// What every rule's judgement needs.
pub(super) struct Court<'p> {
    pub(super) plan: &'p Plan,
    pub(super) interner: Interner,
    pub(super) facts: Facts,
    pub(super) issued: Issued,
    pub(super) hours: BTreeMap<(String, String), BTreeMap<u32, u32>>,
    pub(super) settings: Settings,
    /// The first and last event of the data set, baseline included.
    pub(super) first: Timestamp,
    pub(super) last: Timestamp,
    pub(super) without_history: BTreeSet<RuleIndex>,
}

/// Judges all rules, those that others refer to first. A rule that panics is reported as not evaluated; it takes no
/// other rule down.
pub fn finish(plan: &Plan, shard: Shard, settings: Settings) -> Finished {
    let mut states = shard.states;
    let mut court = Court {
        plan,
        interner: shard.interner,
        facts: shard.facts,
        issued: shard.issued,
        hours: shard.hours,
        settings,
        first: shard.first.unwrap_or(Timestamp::MIN),
        last: shard.last.unwrap_or(Timestamp::MIN),
        without_history: shard.without_history,
    };
    let mut past = shard.past;
    let mut habits = shard.habits;
    let mut finished = Finished { not_evaluated: plan.lacking.clone(), ..Finished::default() };
    let mut fired: Vec<Vec<Firing>> = Vec::with_capacity(states.len());
    for (rule, state) in states.iter_mut().enumerate() {
        let reason = shard.tally.failed.get(&rule).cloned();
        let state = std::mem::take(state);
        let judged = match reason {
            Some(reason) => Err(reason),
            None => {
                let attempt = std::panic::AssertUnwindSafe(|| {
                    court.judge(rule, state, &fired, &mut finished.insufficient)
                });
                std::panic::catch_unwind(attempt).map_err(|panic| panic_text(&*panic))
            }
        };
        fired.push(judged.unwrap_or_else(|reason| {
            finished.not_evaluated.push((rule, format!("failed: {reason}")));
            Vec::new()
        }));
    }
    escalate::by_rules(plan, &mut fired);
    habits::learn(&mut court, &mut past, &fired, &mut habits);
    habits::fold(&court, &habits, &mut fired);
    episodes::fold(plan, &mut fired);
    let reported: Vec<RuleIndex> = (0..fired.len()).filter(|rule| plan.reported[*rule]).collect();
    finished.firings = reported.iter().flat_map(|rule| episodes::of(plan, &fired, *rule)).collect();
    let noted = std::mem::take(&mut finished.insufficient);
    for rule in reported {
        let parts = episodes::parts(plan, rule);
        let of_parts = noted.iter().filter(|(part, _)| parts.contains(part));
        finished.insufficient.extend(of_parts.map(|(_, reason)| (rule, reason.clone())));
    }
    finished.habits = habits;
    finished.facts = court.facts;
    if court.issued.overflowed() {
        let reason = format!(
            "more than {} credentials were issued in these logs: some chains are not followed",
            issued::MOST
        );
        finished.left_out.push(("principal.chain", reason));
    }
    finished.chains = Chains { issued: court.issued, interner: court.interner };
    finished
}

/// What a panic said.
pub(crate) fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text =
        panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("an internal error without a message").to_owned()
}

impl Court<'_> {
    fn judge(
        &mut self,
        rule: RuleIndex,
        mut state: State,
        fired: &[Vec<Firing>],
        insufficient: &mut Vec<(RuleIndex, String)>,
    ) -> Vec<Firing> {
        if let Body::Correlation(correlation) = &self.plan.set.rules[rule].body {
            let correlation = correlation.clone();
            self.inject(rule, &correlation, &mut state, fired);
            return match (&correlation.kind, state) {
                (CorrelationKind::EventCount(_) | CorrelationKind::ValueCount(_), State::Counts(state)) => {
                    counts::finish(self, rule, &correlation, state)
                }
                (CorrelationKind::Temporal { ordered }, State::Steps(state)) => {
                    steps::finish(self, rule, &correlation, *ordered, state)
                }
                (CorrelationKind::Numeric { figure, limits, .. }, State::Numbers(state)) => {
                    numbers::finish(self, rule, &correlation, *figure, limits, state)
                }
                (CorrelationKind::NewTerms(terms), State::Terms(state)) => {
                    terms::finish(self, rule, &correlation, terms, state, insufficient)
                }
                (CorrelationKind::Spike(spike), State::Buckets(state)) => {
                    spikes::finish(self, rule, &correlation, spike, state, insufficient)
                }
                (CorrelationKind::PolicyWeakened(_), State::Documents(state)) => {
                    documents::finish(self, rule, &correlation, state)
                }
                (CorrelationKind::RoleChain(chain), State::Links(state)) => {
                    links::finish(self, rule, &correlation, chain, state)
                }
                (CorrelationKind::After(after), State::Phases(state)) => {
                    after::finish(self, rule, &correlation, after, state)
                }
                (CorrelationKind::Travel(travel), State::Places(state)) => {
                    travel::finish(self, rule, &correlation, travel, state, insufficient)
                }
                (CorrelationKind::LogGap(gap), _) => gaps::finish(self, rule, &correlation, gap),
                _ => Vec::new(),
            };
        }
        match state {
            State::Hits(state) => hits::finish(self, rule, state),
            _ => Vec::new(),
        }
    }

    /// Firings of correlations that this one refers to become events of its own: at the moment each began to hold,
    /// with its group's values.
    fn inject(
        &mut self,
        rule: RuleIndex,
        correlation: &Correlation,
        state: &mut State,
        fired: &[Vec<Firing>],
    ) {
        for (step, other) in correlation.rules.iter().enumerate() {
            if matches!(self.plan.set.rules[*other].body, Body::Detection(_)) {
                continue;
            }
            for firing in &episodes::of(self.plan, fired, *other) {
                let value = |path: &str| {
                    firing.group.iter().find(|(name, _)| name == path).and_then(|(_, value)| value.as_deref())
                };
                let values: Vec<Option<&str>> =
                    correlation.group_by.iter().map(|group| value(&group.paths[step])).collect();
                if values.iter().any(Option::is_none) {
                    continue;
                }
                let group = self.interner.intern(&key::of(&values));
                let hit = self.stand_in(firing);
                let width = self.plan.widths[rule];
                match state {
                    State::Counts(counts) => {
                        counts.events.entry(group).or_default().insert(hit);
                        let limits = super::plan::limits(&self.plan.set, rule)
                            .filter(|limit| !limit.fields.is_empty());
                        for (limit, map) in limits.zip(&mut counts.values) {
                            let values: Vec<Option<&str>> =
                                limit.fields.iter().map(|field| value(field)).collect();
                            if values.iter().all(Option::is_some) {
                                let value = self.interner.intern(&key::of(&values));
                                map.entry((group, value)).or_default().see(hit.time, width, ());
                            }
                        }
                    }
                    State::Steps(steps) => {
                        steps.entry((group, u8::try_from(step).unwrap_or(u8::MAX))).or_default().insert(hit);
                    }
                    // New terms, figures and documents are read from events, not from what rules say of them.
                    _ => {}
                }
            }
        }
    }

    /// The event that stands for a firing in an outer correlation.
    fn stand_in(&self, firing: &Firing) -> Hit {
        let (digest, at) = match &firing.evidence {
            Evidence::Hits(hits) => hits.first().map_or((0, Location::NOWHERE), |hit| (hit.digest, hit.at)),
            Evidence::Window { .. } => (0, Location::NOWHERE),
        };
        let seed =
            format!("{} {:?} {}", self.plan.set.rules[firing.rule].name, firing.group, firing.key_event);
        Hit { time: firing.moment, id: EventId::of_text(&seed), digest, at }
    }
}

/// A span in the largest unit that keeps it readable.
pub(crate) fn human(span: Timespan) -> String {
    match span.secs() {
        s if s >= 2 * 86_400 => format!("{:.1} days", f64::from(s) / 86_400.0).replace(".0 ", " "),
        s if s >= 2 * 3600 => format!("{:.1} hours", f64::from(s) / 3600.0).replace(".0 ", " "),
        s if s >= 120 => format!("{:.1} minutes", f64::from(s) / 60.0).replace(".0 ", " "),
        1 => "1 second".to_owned(),
        s => format!("{s} seconds"),
    }
}

/// An event's part in the stable id of a firing.
fn key_event(hit: &Hit) -> String {
    format!("{} {:032x}", hit.time.secs(), hit.id.bits())
}
