//! The order in which rules are judged: those that others refer to first, everything else by whoever is free.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;

use super::super::firing::Firing;
use super::super::plan::Plan;
use super::super::state::State;
use super::court::UNKNOWN;
use super::{Case, Court, after, counts, documents, episodes, gaps, hits, links, numbers, panic_text};
use super::{spikes, steps, terms, travel};
use crate::crew;
use crate::rule::{Body, CorrelationKind, RuleIndex};

/// All that is to be judged.
pub(super) struct Docket<'d> {
    pub(super) court: Court<'d>,
    /// Rules that failed before, and why.
    pub(super) failed: &'d BTreeMap<RuleIndex, String>,
    /// Threads.
    pub(super) jobs: usize,
}

/// Rules and why their history is too short.
type Noted = Vec<(RuleIndex, String)>;

/// Fewer entries than this are judged before another thread has begun.
const FEW: usize = 2_000;

impl Docket<'_> {
    /// Judges every rule. What each says, what is noted of their histories, and who failed, all in the order of rules.
    pub(super) fn judge(&self, mut states: Vec<State>, failed: &mut Noted) -> (Vec<Vec<Firing>>, Noted) {
        let mut fired: Vec<Vec<Firing>> = vec![Vec::new(); states.len()];
        let mut noted = Vec::new();
        for mut rules in levels(self.court.plan) {
            // The largest first, so that none is begun when the others are about to finish.
            rules.sort_by_key(|rule| std::cmp::Reverse(states[*rule].len()));
            let few = rules.iter().map(|rule| states[*rule].len()).sum::<usize>() < FEW;
            let cases = rules.iter().map(|rule| (*rule, std::mem::take(&mut states[*rule]))).collect();
            let attempt = |(rule, state)| self.attempt(rule, state, &fired);
            let judged = crew::share(if few { 1 } else { self.jobs }, cases, attempt);
            for (rule, (said, of_history)) in rules.into_iter().zip(judged) {
                noted.extend(of_history.map(|reason| (rule, reason)));
                match said {
                    Ok(firings) => fired[rule] = firings,
                    Err(reason) => failed.push((rule, format!("failed: {reason}"))),
                }
            }
        }
        noted.sort_by_key(|(rule, _)| *rule);
        failed.sort_by_key(|(rule, _)| *rule);
        (fired, noted)
    }

    /// What a rule says, or why it cannot; and why its history is too short, if it is.
    fn attempt(
        &self,
        rule: RuleIndex,
        state: State,
        fired: &[Vec<Firing>],
    ) -> (Result<Vec<Firing>, String>, Option<String>) {
        if let Some(reason) = self.failed.get(&rule) {
            return (Err(reason.clone()), None);
        }
        let mut insufficient = None;
        let judge = AssertUnwindSafe(|| self.court.of(rule).judge(rule, state, fired, &mut insufficient));
        let said = std::panic::catch_unwind(judge).map_err(|panic| panic_text(&*panic));
        (said, insufficient)
    }
}

/// The rules in levels: each refers only to correlations of levels before its own. What detections say of their own is
/// nothing to those that refer to them, which are fed with the same events.
fn levels(plan: &Plan) -> Vec<Vec<RuleIndex>> {
    let mut of: Vec<usize> = Vec::with_capacity(plan.set.rules.len());
    let mut levels: Vec<Vec<RuleIndex>> = Vec::new();
    for (rule, body) in plan.set.rules.iter().map(|rule| &rule.body).enumerate() {
        let level = match body {
            Body::Correlation(correlation) => {
                let parts = correlation.rules.iter().filter(|other| !is_detection(plan, **other));
                let parts = parts.flat_map(|other| episodes::parts(plan, *other));
                parts.map(|part| of[part] + 1).max().unwrap_or(0)
            }
            Body::Detection(_) => 0,
        };
        of.push(level);
        levels.resize_with(levels.len().max(level + 1), Vec::new);
        levels[level].push(rule);
    }
    levels
}

fn is_detection(plan: &Plan, rule: RuleIndex) -> bool {
    matches!(plan.set.rules[rule].body, Body::Detection(_))
}

impl Court<'_> {
    /// What a rule says, given what those before it said; and why its history is `insufficient`, if it is.
    pub(super) fn judge(
        &mut self,
        rule: RuleIndex,
        mut state: State,
        fired: &[Vec<Firing>],
        insufficient: &mut Option<String>,
    ) -> Vec<Firing> {
        let plan = self.plan;
        if let Body::Correlation(correlation) = &plan.set.rules[rule].body {
            self.inject(rule, correlation, &mut state, fired);
            let case = Case { court: self, rule, correlation };
            return match (&correlation.kind, state) {
                (CorrelationKind::EventCount(_) | CorrelationKind::ValueCount(_), State::Counts(state)) => {
                    counts::finish(case, state)
                }
                (CorrelationKind::Temporal { ordered }, State::Steps(state)) => {
                    steps::finish(case, *ordered, state)
                }
                (CorrelationKind::Numeric { figure, limits, .. }, State::Numbers(state)) => {
                    numbers::finish(case, *figure, limits, state)
                }
                (CorrelationKind::NewTerms(terms), State::Terms(state)) => {
                    terms::finish(case, terms, state, insufficient)
                }
                (CorrelationKind::Spike(spike), State::Buckets(state)) => {
                    spikes::finish(case, spike, state, insufficient)
                }
                (CorrelationKind::PolicyWeakened(_), State::Documents(state)) => {
                    documents::finish(case, state)
                }
                (CorrelationKind::RoleChain(chain), State::Links(state)) => links::finish(case, chain, state),
                (CorrelationKind::After(after), State::Phases(state)) => {
                    if self.without_history.contains(&rule) {
                        *insufficient = Some(UNKNOWN.to_owned());
                    }
                    after::finish(case, after, state)
                }
                (CorrelationKind::Travel(travel), State::Places(state)) => {
                    travel::finish(case, travel, state, insufficient)
                }
                (CorrelationKind::LogGap(gap), _) => gaps::finish(case, gap),
                _ => Vec::new(),
            };
        }
        match state {
            State::Hits(state) => hits::finish(self, rule, state),
            _ => Vec::new(),
        }
    }
}
