//! The state of a rule around the event, from a second look at the logs: what else there was in its window, how far
//! counts were from their limits, when a term was seen before.

use std::collections::{BTreeMap, BTreeSet};

use super::Around;
use super::state::{begin, state};
use crate::detect::firing::Named;
use crate::detect::replay::{Replay, shortened};
use crate::detect::{Distinct, Hit, Location, Plan, time_of};
use crate::event::{EventId, Record, field};
use crate::rule::{Body, Correlation, CorrelationKind, Limit, RuleIndex};
use crate::scan::{Join, Onlooker};
use crate::time::Timestamp;

/// Events kept of a window: a count far above its limit need not be exact here.
const KEPT: usize = 20_000;

/// What is asked about one rule: its group at the event.
#[derive(Clone, Debug)]
pub struct Question {
    /// The rule.
    pub rule: RuleIndex,
    pub(super) group: Vec<Named>,
    /// For new terms: the event's.
    pub(super) term: Option<Vec<String>>,
    pub(super) time: Timestamp,
}

impl Question {
    /// The questions about a rule that matches the record.
    pub(super) fn of(
        plan: &Plan,
        replay: &mut Replay<'_>,
        record: &Record<'_>,
        hit: Hit,
        rule: RuleIndex,
    ) -> Vec<Question> {
        let Some(correlation) = correlation(plan, rule) else { return Vec::new() };
        let mut groups: Vec<Vec<Named>> =
            replay.groups(record, rule).into_iter().map(|(_, group)| group).collect();
        groups.sort();
        groups.dedup();
        let terms: Vec<Option<Vec<String>>> = match &correlation.kind {
            CorrelationKind::NewTerms(terms) => {
                replay.tuples(record, &terms.fields).into_iter().map(Some).collect()
            }
            _ => vec![None],
        };
        let question = |group: &Vec<Named>, term: &Option<Vec<String>>| Question {
            rule,
            group: group.clone(),
            term: term.clone(),
            time: hit.time,
        };
        groups.iter().flat_map(|group| terms.iter().map(move |term| question(group, term))).take(3).collect()
    }
}

fn correlation(plan: &Plan, rule: RuleIndex) -> Option<&Correlation> {
    match &plan.rules().rules.get(rule)?.body {
        Body::Correlation(correlation) => Some(correlation),
        Body::Detection(_) => None,
    }
}

/// One event that counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sighting {
    pub(super) event_id: String,
    pub(super) steps: BTreeSet<usize>,
    /// For each limit that counts values: those of this event.
    pub(super) values: Vec<BTreeSet<Vec<String>>>,
}

/// What was seen for one question.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// In the window around the event.
    pub(super) near: BTreeMap<(Timestamp, EventId), Sighting>,
    /// In all the logs: first, last before, first after, and how many.
    pub(super) first: Option<Timestamp>,
    pub(super) before: Option<Timestamp>,
    pub(super) after: Option<Timestamp>,
    pub(super) count: Distinct<10_000, 12>,
}

/// What was seen for each question.
#[derive(Debug, Default)]
pub struct Answers(Vec<Seen>);

/// One worker's second look.
pub struct Watch<'p> {
    plan: &'p Plan,
    replay: Replay<'p>,
    questions: &'p [Question],
    seen: Answers,
}

impl<'p> Watch<'p> {
    /// A look for the answers. The plan must hold the rules asked about.
    pub fn new(plan: &'p Plan, replay: Replay<'p>, questions: &'p [Question]) -> Watch<'p> {
        let seen = Answers(questions.iter().map(|_| Seen::default()).collect());
        Watch { plan, replay, questions, seen }
    }
}

impl Onlooker for Watch<'_> {
    type Seen = Answers;

    fn see(&mut self, record: &Record<'_>, _: Location) {
        let Some(time) = time_of(record) else { return };
        self.replay.start();
        for (question, seen) in self.questions.iter().zip(&mut self.seen.0) {
            let Some(correlation) = correlation(self.plan, question.rule) else { continue };
            let mut groups = self.replay.groups(record, question.rule);
            groups.retain(|(_, group)| *group == question.group);
            if groups.is_empty() {
                continue;
            }
            if let (Some(term), CorrelationKind::NewTerms(terms)) = (&question.term, &correlation.kind)
                && !self.replay.tuples(record, &terms.fields).contains(term)
            {
                continue;
            }
            let id = EventId::of(record);
            seen.count.see(id);
            let earliest = |mine: Option<Timestamp>| Some(mine.map_or(time, |mine| mine.min(time)));
            seen.first = earliest(seen.first);
            match time.cmp(&question.time) {
                std::cmp::Ordering::Less => seen.before = seen.before.max(Some(time)),
                std::cmp::Ordering::Equal => {}
                std::cmp::Ordering::Greater => seen.after = earliest(seen.after),
            }
            let width = correlation.timespan;
            if time < question.time.back(width)
                || time > question.time.ahead(width)
                || question.term.is_some()
            {
                continue;
            }
            let values = limits(correlation).iter().filter(|limit| !limit.fields.is_empty());
            let values =
                values.map(|limit| self.replay.tuples(record, &limit.fields).into_iter().collect()).collect();
            let event_id = record.text(field::EVENT_ID).map(|id| shortened(&id)).unwrap_or_default();
            let steps = groups.iter().map(|(step, _)| *step).collect();
            seen.near.insert((time, id), Sighting { event_id, steps, values });
            cut(&mut seen.near);
        }
    }

    fn seen(self) -> Answers {
        self.seen
    }
}

/// Keeps the first of too many.
fn cut(near: &mut BTreeMap<(Timestamp, EventId), Sighting>) {
    while near.len() > KEPT {
        near.pop_last();
    }
}

impl Join for Answers {
    fn join(&mut self, other: Answers) {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            mine.near.extend(theirs.near);
            cut(&mut mine.near);
            mine.first = [mine.first, theirs.first].into_iter().flatten().min();
            mine.before = mine.before.max(theirs.before);
            mine.after = [mine.after, theirs.after].into_iter().flatten().min();
            mine.count.merge(theirs.count);
        }
    }
}

fn limits(correlation: &Correlation) -> &[Limit] {
    match &correlation.kind {
        CorrelationKind::EventCount(limits) | CorrelationKind::ValueCount(limits) => limits,
        _ => &[],
    }
}

impl Answers {
    /// The state of a rule, if it was asked about.
    pub(super) fn of(&self, plan: &Plan, questions: &[Question], rule: RuleIndex) -> Option<Around> {
        let correlation = correlation(plan, rule)?;
        let asked = questions.iter().zip(&self.0).filter(|(question, _)| question.rule == rule);
        let mut around: Option<Around> = None;
        for (question, seen) in asked {
            let state = state(plan, correlation, question, seen);
            match &mut around {
                Some(around) => around.state.extend(state),
                None => around = Some(begin(plan, correlation, question, seen, state)),
            }
        }
        around
    }
}
