//! One rule's failure takes no other rule down: a state that cannot be read is the fault of its rule alone.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::hits::{Hit, Hits, Location};
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
";

#[test]
fn a_rule_that_panics_is_not_evaluated_and_the_others_are() {
    let options =
        rule::Options { lists: BTreeMap::new(), derived: FIELDS.iter().map(|field| field.name).collect() };
    let file = RuleFile::new("test.yml", RULES);
    let set = rule::load(&[vec![file]], &options).unwrap();
    let index = |name: &str| set.rules.iter().position(|rule| rule.name == name).unwrap();
    let (one, other) = (index("one"), index("other"));
    let plan = Plan::new(Arc::new(set), Arc::new(Known::default()), Choice::default()).unwrap();
    let mut shard = Shard::new(&plan);
    for rule in [one, other] {
        let mut id = shard.interner.intern(&super::super::key::of(&[Some("someone")]));
        if rule == one {
            // The key of another worker's table: nothing lies there.
            let mut elsewhere = crate::detect::intern::Interner::default();
            for other in 0..1000u32 {
                id = elsewhere.intern(&other.to_le_bytes());
            }
        }
        let hit = Hit {
            time: Timestamp::from_secs(1),
            id: EventId::from_bits(1),
            digest: 0,
            at: Location::NOWHERE,
        };
        let mut hits = Hits::default();
        hits.insert(hit);
        shard.states[rule] = State::Hits([(id, hits)].into_iter().collect());
    }
    let finished = finish(&plan, shard, Settings::default());
    let fired: Vec<usize> = finished.firings.iter().map(|firing| firing.rule).collect();
    assert_eq!(fired, [other]);
    assert_eq!(finished.not_evaluated.len(), 1);
    let (rule, reason) = &finished.not_evaluated[0];
    assert_eq!(*rule, one);
    assert!(reason.starts_with("failed: ") && reason.contains("index out of bounds"), "{reason}");
}
