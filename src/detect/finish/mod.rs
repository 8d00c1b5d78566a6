//! From states to firings. Counts, windows and order exist only here.

mod after;
mod case;
mod counts;
mod court;
mod docket;
mod documents;
mod enough;
mod episodes;
mod escalate;
mod gaps;
mod habits;
mod hits;
mod inject;
#[cfg(test)]
mod isolation;
mod links;
mod numbers;
mod scope;
mod spikes;
mod steps;
mod sweep;
mod terms;
mod travel;

use std::collections::BTreeSet;

pub use habits::Days;

use self::case::{Case, Found};
use self::court::Court;
use self::docket::Docket;
use super::chains::Chains;
use super::firing::Firing;
use super::hits::Hit;
use super::intern::Overlay;
use super::issued;
use super::plan::Plan;
use super::shard::Shard;
use super::state::State;
use crate::derive::Facts;
use crate::rule::{Body, RuleIndex, When};
use crate::time::Timestamp;

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

/// Judges all rules on as many threads as `jobs` says, those that others refer to first. A rule that panics is reported
/// as not evaluated; it takes no other rule down.
pub fn finish(plan: &Plan, shard: Shard, settings: Settings, jobs: usize) -> Finished {
    let Shard {
        interner,
        mut states,
        scopes,
        mut past,
        mut habits,
        facts,
        issued: mut credentials,
        hours,
        without_history,
        tally,
        ..
    } = shard;
    let reported: Vec<RuleIndex> = (0..plan.reported.len()).filter(|rule| plan.reported[*rule]).collect();
    let tellers = episodes::tellers(plan, &reported);
    if let Some(since) = settings.since {
        credentials.settle(since, plan.horizon(since));
    }
    let court = Court {
        plan,
        keys: Overlay::new(&interner),
        facts: &facts,
        scopes: &scopes,
        issued: &credentials,
        hours: &hours,
        settings,
        first: shard.first.unwrap_or(Timestamp::MIN),
        last: shard.last.unwrap_or(Timestamp::MIN),
        without_history: &without_history,
        tellers: &tellers,
    };
    let mut finished = Finished { not_evaluated: plan.lacking.clone(), ..Finished::default() };
    let docket = Docket { court, failed: &tally.failed, jobs };
    if let Some(since) = settings.since {
        for (rule, (state, past)) in states.iter_mut().zip(&mut past).enumerate() {
            match (&plan.set.rules[rule].body, &mut *state, &mut *past) {
                (Body::Correlation(of), State::Phases(state), State::Phases(past)) => {
                    state.recall(past, &interner, since.back(of.timespan), since);
                }
                _ => {
                    if let Some(reach) = plan.witnesses[rule] {
                        let part = (since.back(reach), since);
                        state.recall(std::mem::take(past), part, plan.widths[rule]);
                    }
                }
            }
        }
    }
    let (mut fired, noted) = docket.judge(states, &mut finished.not_evaluated);
    escalate::by_rules(plan, docket.court.since(), &mut fired);
    habits::learn(&docket.court, past, &fired, &mut habits);
    habits::fold(&docket.court, &habits, &mut fired);
    episodes::fold(plan, &mut fired);
    for rule in &reported {
        let ingredients = episodes::ingredients(plan, *rule);
        let of_these = noted.iter().filter(|(part, _)| ingredients.contains(part));
        finished.insufficient.extend(of_these.map(|(_, reason)| (*rule, reason.clone())));
        finished.insufficient.extend(unasked(plan, &without_history, *rule).map(|reason| (*rule, reason)));
    }
    finished.firings = episodes::told(plan, fired, &reported, tellers);
    finished.habits = habits;
    if credentials.overflowed() {
        let reason = format!(
            "more than {} credentials were issued in these logs: some chains are not followed",
            issued::MOST
        );
        finished.left_out.push(("principal.chain", reason));
    }
    finished.facts = facts;
    finished.chains = Chains { issued: credentials, interner };
    finished
}

/// Why the level of a rule's findings may be wrong: the baseline file knows nothing of what those said that it asks.
fn unasked(plan: &Plan, unknown: &BTreeSet<RuleIndex>, rule: RuleIndex) -> Option<String> {
    let whens = plan.set.rules[rule].extension.escalate.iter().flat_map(|escalation| &escalation.when);
    let asked = whens.filter_map(|when| match when {
        When::Rule { rule, .. } => Some(*rule),
        When::Event(_) | When::Count(_) => None,
    });
    let mut asked = asked.flat_map(|other| episodes::ingredients(plan, other));
    let lacks = asked.find(|other| plan.has_past(*other) && unknown.contains(other))?;
    Some(format!(
        "the baseline file does not know what `{}`, which it asks, said before",
        plan.set.rules[lacks].name
    ))
}

/// What a panic said.
pub(crate) fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text =
        panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("an internal error without a message").to_owned()
}

/// An event's part in the stable id of a firing.
fn key_event(hit: &Hit) -> String {
    format!("{} {:032x}", hit.time.secs(), hit.id.bits())
}
