//! Which fields are read.

use foldhash::fast::FixedState;
use hashbrown::HashSet;

use super::super::field;
use super::limits;
use crate::derive::Derived;
use crate::event::Layout;
use crate::rule::{Body, CorrelationKind, Expr, RuleSet, When};

/// Every path that some active rule names.
pub(super) fn layout(set: &RuleSet, fired: &[bool], extra: &[String]) -> Layout {
    let mut fields: Vec<&str> = extra.iter().map(String::as_str).collect();
    for (i, rule) in set.rules.iter().enumerate().filter(|(i, _)| fired[*i]) {
        fields.extend(rule.extension.split_by.iter().map(String::as_str));
        match &rule.body {
            Body::Detection(expr) => named(expr, &mut fields),
            Body::Correlation(correlation) => {
                correlation
                    .group_by
                    .iter()
                    .for_each(|group| fields.extend(group.paths.iter().map(String::as_str)));
                match &correlation.kind {
                    CorrelationKind::Numeric { field, .. } => fields.push(field),
                    CorrelationKind::NewTerms(terms) => {
                        fields.extend(terms.fields.iter().map(String::as_str))
                    }
                    CorrelationKind::PolicyWeakened(weakened) => {
                        fields.extend(weakened.fields.iter().map(String::as_str))
                    }
                    CorrelationKind::Travel(travel) => fields.push(&travel.field),
                    CorrelationKind::After(after) => fields.extend(after.differs.iter().map(String::as_str)),
                    CorrelationKind::RoleChain(_) | CorrelationKind::LogGap(_) => {}
                    CorrelationKind::EventCount(_)
                    | CorrelationKind::ValueCount(_)
                    | CorrelationKind::Temporal { .. }
                    | CorrelationKind::Any
                    | CorrelationKind::Spike(_) => {}
                }
            }
        }
        limits(set, i).for_each(|limit| fields.extend(limit.fields.iter().map(String::as_str)));
        for when in rule.extension.escalate.iter().flat_map(|escalation| &escalation.when) {
            if let When::Event(expr) = when {
                named(expr, &mut fields);
            }
        }
    }
    // Hundreds of conditions ask for the same few fields: most are passed without comparing texts.
    let mut known = HashSet::with_hasher(FixedState::default());
    fields.retain(|field| known.insert(*field));
    let mut names: Vec<&str> = fields.into_iter().flat_map(field::paths).collect();
    for always in [Derived::Principal, Derived::Account, Derived::Outcome, Derived::EventName] {
        names.extend(always.inputs());
    }
    names.extend(super::super::issuing::PATHS);
    names.sort_unstable();
    names.dedup();
    Layout::new(names)
}

fn named<'e>(expr: &'e Expr, fields: &mut Vec<&'e str>) {
    match expr {
        Expr::All(parts) | Expr::Any(parts) => parts.iter().for_each(|part| named(part, fields)),
        Expr::Not(part) => named(part, fields),
        Expr::Field { field, test } => {
            // A list of values is as many conditions on one field.
            if fields.last() != Some(&field.as_str()) {
                fields.push(field);
            }
            if let crate::rule::Test::SameAs { other, .. } = test {
                fields.push(other);
            }
        }
        Expr::Keyword(_) => {}
    }
}
