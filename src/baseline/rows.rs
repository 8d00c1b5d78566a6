//! States as rows, and rows as states.

use std::collections::{BTreeMap, BTreeSet};

use super::{BaselineError, Learnt, Row, Snapshot};
use crate::derive::Facts;
use crate::detect::{Learner, MemoryKey, Phase, Plan, Remembered, Shard};
use crate::time::{Timespan, Timestamp};

pub(super) fn of_shard(plan: &Plan, shard: &Shard) -> BTreeMap<String, Learnt> {
    let mut rules = BTreeMap::new();
    for Learner { rule, name, hash, timespan, reach } in plan.learners() {
        let rows = shard.remembered(plan, rule).into_iter();
        let rows = rows.map(|((group, kept), seen)| Row { group, kept, seen });
        let mut learnt = Learnt { hash, timespan, reach, rows: rows.collect() };
        if reach.is_some() {
            // What came before and after `since` was kept apart.
            let none = Learnt { rows: BTreeSet::new(), ..learnt.clone() };
            learnt = join(&learnt, none);
        }
        rules.insert(name, learnt);
    }
    rules
}

pub(super) fn into_shard(
    snapshot: Snapshot,
    plan: &Plan,
) -> Result<(Shard, BTreeSet<String>), BaselineError> {
    let mut shard = Shard::new(plan);
    let mut unknown = BTreeSet::new();
    let mut changed = Vec::new();
    for Learner { rule, name, hash, timespan, reach } in plan.learners() {
        // Of one that others asked less of, what they ask now may be gone.
        let Some(learnt) = snapshot.rules.get(&name).filter(|learnt| learnt.reach >= reach) else {
            shard.no_history(rule);
            unknown.insert(name);
            continue;
        };
        if learnt.hash != hash {
            changed.push(name);
            continue;
        }
        if learnt.timespan != timespan {
            return Err(BaselineError::OtherLookback {
                rule: name,
                learnt: learnt.timespan,
                wanted: timespan,
            });
        }
        for row in &learnt.rows {
            if !shard.remember(plan, rule, &row.group, row.kept.as_ref(), row.seen.clone()) {
                changed.push(name.clone());
                break;
            }
        }
    }
    if !changed.is_empty() {
        return Err(BaselineError::OtherRules { rules: changed });
    }
    shard.learn_span(snapshot.from, snapshot.to);
    let own_accounts = snapshot.accounts;
    shard.learn_facts(Facts { own_accounts, trail_buckets: snapshot.trail_buckets, ..Facts::default() });
    shard.learn_activity(snapshot.days, snapshot.hours);
    if snapshot.credentials.values().any(|handed| !shard.learn_handed(handed)) {
        return Err(BaselineError::OtherRules { rules: vec!["principal.chain".to_owned()] });
    }
    Ok((shard, unknown))
}

/// First and last.
type Sightings = (Timestamp, Timestamp);

/// When it was, which, and the values that are compared.
type LastEvent = (Timestamp, u128, Vec<Option<String>>);

/// What a span is of.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Seen {
    Term(Vec<String>),
    Scope,
    /// By number of the limit that counts it.
    Value(u16, Vec<String>),
}

/// Joins the rows of two snapshots of one rule: spans that touch become one, and of documents the last stays.
pub(super) fn join(mine: &Learnt, other: Learnt) -> Learnt {
    let width = mine.timespan;
    let mut spans: BTreeMap<(MemoryKey, Seen), Vec<Sightings>> = BTreeMap::new();
    let mut rows = BTreeSet::new();
    let mut habits: BTreeMap<MemoryKey, BTreeSet<u32>> = BTreeMap::new();
    let mut buckets: BTreeMap<(MemoryKey, u32), BTreeSet<u64>> = BTreeMap::new();
    let mut documents: BTreeMap<MemoryKey, (Timestamp, u128, String)> = BTreeMap::new();
    let mut phases: BTreeMap<(MemoryKey, Phase), LastEvent> = BTreeMap::new();
    for row in mine.rows.iter().cloned().chain(other.rows) {
        let place = (row.group, row.kept);
        match row.seen {
            Remembered::Value { limit, value, first, last } => {
                spans.entry((place, Seen::Value(limit, value))).or_default().push((first, last))
            }
            Remembered::Event { .. } => {
                rows.insert(Row { group: place.0, kept: place.1, seen: row.seen });
            }
            Remembered::Term { term, first, last } => {
                spans.entry((place, Seen::Term(term))).or_default().push((first, last))
            }
            Remembered::Scope { first, last } => {
                spans.entry((place, Seen::Scope)).or_default().push((first, last))
            }
            Remembered::Days(days) => habits.entry(place).or_default().extend(days),
            Remembered::Bucket { bucket, events } => {
                buckets.entry((place, bucket)).or_default().extend(events)
            }
            Remembered::Phase { phase, time, event, values } => {
                keep_last(&mut phases, (place, phase), (time, event, values));
            }
            Remembered::Document { time, event, text } => {
                keep_last(&mut documents, place, (time, event, text));
            }
        }
    }
    for (((group, kept), what), spans) in spans {
        for (first, last) in joined(spans, width) {
            let seen = match what.clone() {
                Seen::Term(term) => Remembered::Term { term, first, last },
                Seen::Scope => Remembered::Scope { first, last },
                Seen::Value(limit, value) => Remembered::Value { limit, value, first, last },
            };
            rows.insert(Row { group: group.clone(), kept: kept.clone(), seen });
        }
    }
    for ((group, kept), days) in habits {
        rows.insert(Row { group, kept, seen: Remembered::Days(days) });
    }
    for (((group, kept), bucket), events) in buckets {
        rows.insert(Row { group, kept, seen: Remembered::Bucket { bucket, events } });
    }
    for (((group, kept), phase), (time, event, values)) in phases {
        rows.insert(Row { group, kept, seen: Remembered::Phase { phase, time, event, values } });
    }
    for ((group, kept), (time, event, text)) in documents {
        rows.insert(Row { group, kept, seen: Remembered::Document { time, event, text } });
    }
    Learnt { hash: mine.hash.clone(), timespan: width, reach: mine.reach.min(other.reach), rows }
}

fn keep_last<K: Ord, V: Ord + Clone>(all: &mut BTreeMap<K, V>, of: K, new: V) {
    let kept = all.entry(of).or_insert_with(|| new.clone());
    if *kept < new {
        *kept = new;
    }
}

impl Learnt {
    /// Leaves out events and counted values that no longer matter at `to`. What is left is the same, whether parts forgot
    /// before they were joined or not: of what a value was seen before, the last may join what another part knows.
    pub(super) fn forget(&mut self, to: Timestamp) {
        let Some(reach) = self.reach else { return };
        let cut = to.back(reach);
        let near = cut.back(self.timespan);
        let mut kept: BTreeSet<Row> = BTreeSet::new();
        let mut before: Option<Row> = None;
        for mut row in std::mem::take(&mut self.rows) {
            match &mut row.seen {
                Remembered::Value { first, last, .. } if *last >= cut => *first = cut.max(*first),
                Remembered::Value { first, last, .. } if *last >= near => {
                    *first = *last;
                    let other = before.take().filter(|before| !before.is_value_of(&row));
                    kept.extend(other);
                    before = Some(row);
                    continue;
                }
                Remembered::Event { time, .. } | Remembered::Phase { time, .. } if *time >= cut => {}
                Remembered::Value { .. } | Remembered::Event { .. } | Remembered::Phase { .. } => continue,
                _ => {}
            }
            kept.insert(row);
        }
        kept.extend(before);
        self.rows = kept;
    }
}

impl Row {
    /// Whether both are of one value.
    fn is_value_of(&self, other: &Row) -> bool {
        let same = (&self.group, &self.kept) == (&other.group, &other.kept);
        match (&self.seen, &other.seen) {
            (
                Remembered::Value { limit, value, .. },
                Remembered::Value { limit: other_limit, value: other_value, .. },
            ) => same && (limit, value) == (other_limit, other_value),
            _ => false,
        }
    }
}

fn joined(mut spans: Vec<Sightings>, width: Timespan) -> Vec<Sightings> {
    spans.sort_unstable();
    let mut out: Vec<Sightings> = Vec::new();
    for (first, last) in spans {
        match out.last_mut() {
            Some((_, end)) if first <= end.ahead(width) => *end = (*end).max(last),
            _ => out.push((first, last)),
        }
    }
    out
}
