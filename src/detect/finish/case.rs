//! One correlation before the court, and what a judgement says of its firings.

use super::super::firing::{Class, Detail, Evidence, Firing, FiringKey, Named};
use super::{Court, escalate};
use crate::rule::{Correlation, Rule, RuleIndex};
use crate::time::{Timespan, Timestamp};

/// A correlation that is judged.
#[derive(Clone, Copy)]
pub(super) struct Case<'c> {
    pub(super) court: &'c Court<'c>,
    pub(super) rule: RuleIndex,
    pub(super) correlation: &'c Correlation,
}

/// What a judgement found: all of a firing that does not follow from its rule.
pub(super) struct Found {
    pub(super) class: Class,
    pub(super) first: Option<Timestamp>,
    pub(super) last: Option<Timestamp>,
    pub(super) moment: Timestamp,
    pub(super) count: u64,
    pub(super) why: Vec<String>,
    pub(super) detail: Detail,
    pub(super) key_event: String,
    pub(super) evidence: Evidence,
}

impl<'c> Case<'c> {
    pub(super) fn of(&self) -> &'c Rule {
        &self.court.plan.set.rules[self.rule]
    }

    /// How long the rule's states remember.
    pub(super) fn width(&self) -> Timespan {
        self.court.plan.widths[self.rule]
    }

    /// A firing for the group of these values.
    pub(super) fn firing(&self, values: &[Option<String>], found: Found) -> Firing {
        let names = self.correlation.group_by.iter().map(|group| group.name.clone());
        self.court.firing(self.rule, names.zip(values.iter().cloned()).collect(), found)
    }
}

impl Court<'_> {
    /// A firing at the rule's own level, which nothing has raised so far.
    pub(super) fn firing(&self, rule: RuleIndex, group: Vec<Named>, found: Found) -> Firing {
        let of = &self.plan.set.rules[rule];
        let Found { class, first, last, moment, count, why, detail, key_event, evidence } = found;
        Firing {
            rule,
            told_as: rule,
            group,
            class,
            first,
            last,
            moment,
            evidence,
            count,
            episodes: 1,
            thorough: false,
            base: of.level,
            raised_by: escalate::open(of),
            why,
            detail,
            key: FiringKey::Event(key_event),
        }
    }
}
