//! Rules judged side by side: none disturbs another, whoever judges it, and one's failure takes no other down.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::sync::Arc;

use super::super::hits::{Hit, Hits, Location};
use super::super::key;
use super::super::plan::Choice;
use super::super::state::State;
use super::super::{Plan, Shard};
use super::{Settings, finish};
use crate::derive::FIELDS;
use crate::event::EventId;
use crate::known::Known;
use crate::rule::{self, RuleFile};
use crate::time::Timestamp;

const RULES: &str = "
title: One
name: one
detection: {a: {eventName: A}, condition: a}
level: high
---
title: Other
name: other
detection: {a: {eventName: B}, condition: a}
level: high
---
title: Burst
name: burst
correlation:
  {type: event_count, rules: [one], group-by: [derived.principal], timespan: 1h, condition: {gte: 1}, generate: true}
level: high
---
title: Again
name: again
correlation:
  {type: event_count, rules: [burst], group-by: [derived.principal], timespan: 1h, condition: {gte: 1}, generate: true}
level: high
";

fn plan() -> Plan {
    let derived = FIELDS.iter().map(|field| field.name).collect();
    let options = rule::Options { derived, ..rule::Options::default() };
    let file = RuleFile::new("test.yml", RULES);
    let set = rule::load(&[vec![file]], &options).unwrap();
    Plan::new(Arc::new(set), Arc::new(Known::default()), Choice::default()).unwrap()
}

fn hit(id: u32) -> Hit {
    let time = Timestamp::from_secs(1 + id % 7);
    Hit { time, id: EventId::from_bits(u128::from(id)), digest: 0, at: Location::NOWHERE }
}

/// A worker's shard: each rule fired for some people, of whom other workers know others.
fn shard(plan: &Plan, worker: u32) -> Shard {
    let mut shard = Shard::new(plan);
    for person in (worker * 400)..(worker * 400 + 4_000) {
        let name = person.to_string();
        let whole = shard.interner.intern(&key::of(&[Some(&name), None, Some("success")]));
        let group = shard.interner.intern(&key::of(&[Some(&name)]));
        for (rule, state) in plan.set.rules.iter().zip(&mut shard.states) {
            match state {
                State::Hits(groups) => groups.entry(whole).or_default().insert(hit(person)),
                State::Counts(counts) if rule.name == "burst" => {
                    counts.events.entry(group).or_default().insert(hit(person));
                }
                // The other one is only fed by what is judged before it.
                _ => {}
            }
        }
    }
    shard
}

#[test]
fn threads_make_no_difference() {
    let plan = plan();
    let mut one_by_one = shard(&plan, 0);
    (1..4).for_each(|worker| one_by_one.merge(shard(&plan, worker), &plan));
    let alone = finish(&plan, one_by_one, Settings::default(), 1).firings;
    let of = |name: &str| {
        let rule = plan.set.rules.iter().position(|rule| rule.name == name).unwrap();
        alone.iter().filter(|firing| firing.rule == rule).count()
    };
    assert_eq!(["one", "other", "burst", "again"].map(of), [5_200; 4]);
    for jobs in [2, 5] {
        let shards = (0..4).rev().map(|worker| shard(&plan, worker)).collect();
        let joined = Shard::joined(shards, &plan, jobs);
        let together = finish(&plan, joined, Settings::default(), jobs).firings;
        assert!(format!("{together:?}") == format!("{alone:?}"), "with {jobs} threads");
    }
}

#[test]
fn a_rule_that_panics_is_not_evaluated_and_the_others_are() {
    let plan = plan();
    let index = |name: &str| plan.set.rules.iter().position(|rule| rule.name == name).unwrap();
    let (one, other) = (index("one"), index("other"));
    let mut shard = Shard::new(&plan);
    for rule in [one, other] {
        let mut id = shard.interner.intern(&key::of(&[Some("someone")]));
        if rule == one {
            // The key of another worker's table: nothing lies there.
            let mut elsewhere = crate::detect::intern::Interner::default();
            for other in 0..1000u32 {
                id = elsewhere.intern(&other.to_le_bytes());
            }
        }
        let mut hits = Hits::default();
        hits.insert(hit(1));
        shard.states[rule] = State::Hits([(id, hits)].into_iter().collect());
    }
    let finished = finish(&plan, shard, Settings::default(), 2);
    let fired: Vec<usize> = finished.firings.iter().map(|firing| firing.rule).collect();
    assert_eq!(fired, [other]);
    assert_eq!(finished.not_evaluated.len(), 1);
    let (rule, reason) = &finished.not_evaluated[0];
    assert_eq!(*rule, one);
    assert!(reason.starts_with("failed: ") && reason.contains("index out of bounds"), "{reason}");
}
