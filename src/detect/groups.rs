//! To which groups of a correlation a record belongs, and with which values.

use super::field::FieldRef;
use super::firing::Named;
use super::key;
use super::replay::{Replay, event, holds};
use super::tuples::tuples;
use crate::event::Record;
use crate::rule::{Body, RuleIndex};

impl Replay<'_> {
    /// For each rule of a correlation, by its place there, that some detection of matches the record: the group that
    /// the match belongs to. Of rules that tell outcomes apart only what went through counts.
    pub fn groups(&mut self, record: &Record<'_>, rule: RuleIndex) -> Vec<(usize, Vec<Named>)> {
        let Body::Correlation(correlation) = &self.plan.set.rules[rule].body else { return Vec::new() };
        let mut groups = Vec::new();
        for number in self.base(rule) {
            let Replay { plan, facts, values, builder } = self;
            let detection = &plan.detections[number];
            let mut event = event(&plan.deriver, record, values);
            let offered =
                detection.outcomes.is_none_or(|outcomes| outcomes.offers(plan.deriver.outcome(record)));
            if !offered || !holds(plan, facts, &detection.node, &mut event) {
                continue;
            }
            for (step, _) in correlation.rules.iter().enumerate().filter(|(_, rule)| **rule == detection.rule)
            {
                builder.start();
                for group in &correlation.group_by {
                    let field = FieldRef::find(&group.paths[step], &plan.layout);
                    builder.value(|out| event.key_value(field, out));
                }
                let values = key::split(builder.bytes()).0;
                groups.push((
                    step,
                    correlation.group_by.iter().map(|group| group.name.clone()).zip(values).collect(),
                ));
            }
        }
        groups
    }

    /// The values of several fields together, as counts of values and new terms see them: one list for each
    /// combination.
    pub fn tuples(&mut self, record: &Record<'_>, fields: &[String]) -> Vec<Vec<String>> {
        let Replay { plan, values, builder, .. } = self;
        let fields: Vec<FieldRef> = fields.iter().map(|field| FieldRef::find(field, &plan.layout)).collect();
        let mut event = event(&plan.deriver, record, values);
        let mut all = Vec::new();
        tuples(&fields, &mut event, builder, &mut |bytes| {
            all.push(key::texts(bytes));
        });
        all
    }
}
