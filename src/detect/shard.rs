//! One worker's view: events go in, states come out, and shards join in any order.

use std::collections::{BTreeMap, BTreeSet};

use super::intern::{Interner, KeyId};
use super::issued::Issued;
use super::plan::{Plan, Sighted};
use super::sketch::Distinct;
use super::state::State;
use super::worker::time_of;
use crate::crew;
use crate::derive::Facts;
use crate::event::{Record, field};
use crate::time::{Timespan, Timestamp};

/// The part of time that a run looks at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Range {
    /// Events before this are not looked at.
    pub from: Option<Timestamp>,
    /// Events before this are only learnt from: rules without a memory do not see them.
    pub since: Option<Timestamp>,
    /// Nor are events at or after this.
    pub until: Option<Timestamp>,
    /// Nor those that other accounts received; all are looked at when empty.
    pub accounts: Vec<String>,
    /// Nor those of other regions; all are looked at when empty.
    pub regions: Vec<String>,
}

impl Range {
    /// Whether a moment is looked at. Of an event without a readable time it cannot be told.
    pub(crate) fn holds(&self, time: Option<Timestamp>) -> bool {
        match time {
            Some(time) => {
                self.from.is_none_or(|from| time >= from) && self.until.is_none_or(|until| time < until)
            }
            None => self.from.is_none() && self.since.is_none() && self.until.is_none(),
        }
    }

    /// Whether a record lies within the time and places looked at.
    pub fn wants(&self, record: &Record<'_>) -> bool {
        let place = || {
            let (account, region) = (record.text(field::RECIPIENT), record.text(field::REGION));
            self.includes(account.as_deref(), region.as_deref())
        };
        *self == Range::default() || (self.holds(time_of(record)) && place())
    }

    /// Whether a place is looked at.
    pub(crate) fn includes(&self, account: Option<&str>, region: Option<&str>) -> bool {
        let listed = |list: &[String], value: Option<&str>| {
            list.is_empty() || value.is_some_and(|value| list.iter().any(|wanted| wanted == value))
        };
        listed(&self.accounts, account) && listed(&self.regions, region)
    }
}

/// Events without a readable time that are named one by one.
pub(crate) const ODD_TIMES: usize = 5;

/// Counters of a run. Unlike states they count records, copies included.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Records read as events.
    pub events: u64,
    /// Events outside the part of time and the places looked at.
    pub out_of_range: u64,
    /// Events whose time cannot be read: single-event rules judge them, windows and baselines cannot.
    pub without_time: u64,
    /// The first few of them, and what stood in place of the time.
    pub odd_times: BTreeSet<(u32, u32, String)>,
    /// By rule: matches left out because a group-by field was absent.
    pub left_out: BTreeMap<usize, u64>,
    /// By rule: why it was taken out of the run.
    pub failed: BTreeMap<usize, String>,
    /// By file: its first and last moment.
    pub times: BTreeMap<u32, (Timestamp, Timestamp)>,
}

/// Fewer entries than this are joined before another thread has begun.
const FEW: usize = 5_000;

/// The states of all rules, over the records one worker has seen.
#[derive(Debug)]
pub struct Shard {
    pub(crate) interner: Interner,
    pub(crate) states: Vec<State>,
    /// The sightings of scopes.
    pub(crate) scopes: Sighted,
    /// Of rules with habits, and of those that others ask what they said: the states over the events that are only
    /// learnt from.
    pub(crate) past: Vec<State>,
    /// Of rules with habits: on which days who did it, as a baseline file remembers.
    pub(crate) habits: BTreeMap<(usize, Vec<Option<String>>), BTreeSet<u32>>,
    pub(crate) facts: Facts,
    pub(crate) issued: Issued,
    pub(crate) first: Option<Timestamp>,
    pub(crate) last: Option<Timestamp>,
    /// For each account and region, the days with an event.
    pub(crate) days: BTreeMap<(String, String), BTreeSet<u32>>,
    /// For each account and region, the hours of each day with an event, as bits; noted when a rule asks for it.
    pub(crate) hours: BTreeMap<(String, String), BTreeMap<u32, u32>>,
    /// Rules that a baseline was read for which does not know them.
    pub(crate) without_history: BTreeSet<usize>,
    /// How many distinct events there are.
    pub distinct: Distinct,
    /// Counters.
    pub tally: Tally,
}

impl Shard {
    /// An empty shard for a plan.
    pub fn new(plan: &Plan) -> Shard {
        Shard {
            interner: Interner::default(),
            states: (0..plan.set.rules.len()).map(|rule| plan.empty(rule)).collect(),
            scopes: plan.scopes.iter().map(|_| Default::default()).collect(),
            past: (0..plan.set.rules.len()).map(|rule| plan.empty_past(rule)).collect(),
            habits: BTreeMap::new(),
            facts: Facts::default(),
            issued: Issued::default(),
            first: None,
            last: None,
            days: BTreeMap::new(),
            hours: BTreeMap::new(),
            without_history: BTreeSet::new(),
            distinct: Distinct::default(),
            tally: Tally::default(),
        }
    }

    /// The first and last moment seen.
    pub fn span(&self) -> (Option<Timestamp>, Option<Timestamp>) {
        (self.first, self.last)
    }

    /// The accounts that received records which were looked at.
    pub fn accounts(&self) -> impl Iterator<Item = &str> {
        self.facts.own_accounts.iter().map(String::as_str)
    }

    /// Those, and the accounts that received what was left out for its place.
    pub fn own_accounts(&self) -> BTreeSet<String> {
        self.facts.own_accounts.union(&self.facts.elsewhere).cloned().collect()
    }

    /// For each account and region, the hours of each day with an event, as bits; empty unless a rule asks for it.
    pub fn hours(&self) -> &BTreeMap<(String, String), BTreeMap<u32, u32>> {
        &self.hours
    }

    /// The buckets that trails write to.
    pub fn trail_buckets(&self) -> impl Iterator<Item = &str> {
        self.facts.trail_buckets.iter().map(String::as_str)
    }

    /// For each account and region, the days with an event.
    pub fn days(&self) -> &BTreeMap<(String, String), BTreeSet<u32>> {
        &self.days
    }

    /// Adds a sighting of a scope of the kind with this number.
    pub(crate) fn see_scope(&mut self, kind: u16, scope: KeyId, time: Timestamp, width: Timespan) {
        self.scopes[usize::from(kind)].entry(scope).or_default().see(time, width, ());
    }

    /// Joins another worker's shard.
    pub fn merge(&mut self, other: Shard, plan: &Plan) {
        self.take_in(vec![other], plan, 1);
    }

    /// Joins the shards of all workers, the states of different rules at the same time.
    pub fn joined(mut shards: Vec<Shard>, plan: &Plan, jobs: usize) -> Shard {
        // Whoever knows most need not learn it from the others.
        let largest = (0..shards.len()).max_by_key(|at| shards[*at].interner.len());
        let mut first = largest.map_or_else(|| Shard::new(plan), |at| shards.swap_remove(at));
        first.take_in(shards, plan, jobs);
        first
    }

    fn take_in(&mut self, others: Vec<Shard>, plan: &Plan, jobs: usize) {
        let rules = self.states.len();
        // Of each rule what all know, with the number of each one's table of keys.
        let mut states: Vec<Vec<(usize, State)>> = Vec::new();
        states.resize_with(2 * rules, Vec::new);
        let mut tables: Vec<Vec<KeyId>> = Vec::with_capacity(others.len());
        for (number, mut other) in others.into_iter().enumerate() {
            let keys = self.interner.absorb(&other.interner);
            let theirs = std::mem::take(&mut other.states).into_iter().chain(std::mem::take(&mut other.past));
            for (all, state) in states.iter_mut().zip(theirs).filter(|(_, state)| state.len() > 0) {
                all.push((number, state));
            }
            self.take_rest(other, &keys, plan);
            tables.push(keys);
        }
        let mine = self.states.iter_mut().chain(&mut self.past).enumerate();
        let mut joins: Vec<_> = mine
            .zip(states)
            .filter(|(_, theirs)| !theirs.is_empty())
            .map(|((number, mine), theirs)| (plan.widths[number % rules], mine, theirs))
            .collect();
        let size = |theirs: &[(usize, State)]| theirs.iter().map(|(_, state)| state.len()).sum::<usize>();
        // The largest first, so that none is begun when the others are about to finish.
        joins.sort_by_key(|(.., theirs)| std::cmp::Reverse(size(theirs)));
        let all: usize = joins.iter().map(|(.., theirs)| size(theirs)).sum();
        crew::share(if all < FEW { 1 } else { jobs }, joins, |(width, mine, theirs)| {
            for (number, state) in theirs {
                mine.merge(state, &tables[number], width);
            }
        });
    }

    /// Takes in what is no rule's state.
    fn take_rest(&mut self, other: Shard, keys: &[KeyId], plan: &Plan) {
        for ((mine, theirs), kind) in self.scopes.iter_mut().zip(other.scopes).zip(&plan.scopes) {
            let width = plan.widths[kind.rules[0]];
            for (scope, spans) in theirs {
                mine.entry(keys[scope.index()]).or_default().merge(spans, width);
            }
        }
        for (who, days) in other.habits {
            self.habits.entry(who).or_default().extend(days);
        }
        self.facts.merge(other.facts);
        self.issued.merge(other.issued, keys);
        self.first = [self.first, other.first].into_iter().flatten().min();
        self.last = self.last.max(other.last);
        for (place, days) in other.days {
            self.days.entry(place).or_default().extend(days);
        }
        for (place, days) in other.hours {
            let mine = self.hours.entry(place).or_default();
            days.into_iter().for_each(|(day, hours)| *mine.entry(day).or_default() |= hours);
        }
        self.without_history.extend(other.without_history);
        self.distinct.merge(other.distinct);
        self.tally.merge(other.tally);
    }
}

impl Tally {
    fn merge(&mut self, other: Tally) {
        self.events += other.events;
        self.out_of_range += other.out_of_range;
        self.without_time += other.without_time;
        self.odd_times.extend(other.odd_times);
        while self.odd_times.len() > ODD_TIMES {
            self.odd_times.pop_last();
        }
        for (rule, count) in other.left_out {
            *self.left_out.entry(rule).or_default() += count;
        }
        for (rule, reason) in other.failed {
            // The smallest reason, so that it does not depend on who came first.
            let entry = self.failed.entry(rule).or_insert_with(|| reason.clone());
            if reason < *entry {
                *entry = reason;
            }
        }
        for (file, (first, last)) in other.times {
            let times = self.times.entry(file).or_insert((first, last));
            *times = (times.0.min(first), times.1.max(last));
        }
    }
}
