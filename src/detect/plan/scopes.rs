//! Sightings of scopes, kept once for all `new_terms` rules that ask for the same.

use super::super::spans::Spans;
use super::super::state::Map;
use super::{Plan, scope_rules};
use crate::detect::intern::KeyId;
use crate::rule::{Body, CorrelationKind, RuleIndex, RuleSet};
use crate::time::Timespan;

/// Whose sightings are noted, and by which detections.
#[derive(Debug)]
pub(crate) struct ScopeKind {
    /// The detections.
    pub(super) by: Vec<RuleIndex>,
    /// The fields that make the scope.
    pub(super) fields: Vec<String>,
    /// The narrowest width that one of the rules has for its spans: wider ones are put together of these.
    pub(crate) width: Timespan,
    /// The rules that ask for it.
    pub(crate) rules: Vec<RuleIndex>,
}

/// All kinds that the active rules ask for.
pub(super) fn kinds(set: &RuleSet, fired: &[bool], widths: &[Timespan]) -> Vec<ScopeKind> {
    let mut kinds: Vec<ScopeKind> = Vec::new();
    for (rule, body) in set.rules.iter().map(|rule| &rule.body).enumerate().filter(|(rule, _)| fired[*rule]) {
        let Body::Correlation(correlation) = body else { continue };
        let is_kept = matches!(correlation.kind, CorrelationKind::NewTerms(_));
        if !is_kept || scope_rules(&correlation.kind).is_empty() || correlation.group_by.is_empty() {
            continue;
        }
        let mut by = scope_rules(&correlation.kind).to_vec();
        by.sort_unstable();
        by.dedup();
        let fields: Vec<String> = correlation.group_by.iter().map(|group| group.name.clone()).collect();
        match kinds.iter_mut().find(|kind| kind.by == by && kind.fields == fields) {
            Some(kind) => {
                kind.width = kind.width.min(widths[rule]);
                kind.rules.push(rule);
            }
            None => kinds.push(ScopeKind { by, fields, width: widths[rule], rules: vec![rule] }),
        }
    }
    kinds
}

/// The sightings of the scopes of each kind.
pub(crate) type Sighted = Vec<Map<KeyId, Spans<()>>>;

impl Plan {
    /// The sightings of a rule's scopes, each as wide as the rule's spans: those that are kept for all, joined with
    /// those that a baseline knew of, `own`.
    pub(crate) fn sightings<'s>(
        &self,
        rule: RuleIndex,
        own: &'s Map<KeyId, Spans<()>>,
        sighted: &'s Sighted,
    ) -> impl Iterator<Item = (KeyId, Spans<()>)> + 's {
        let width = self.widths[rule];
        let shared = self.scopes.iter().zip(sighted).find(|(kind, _)| kind.rules.contains(&rule));
        let shared = shared.map(|(_, scopes)| scopes);
        let widened = move |(key, spans): (&KeyId, &Spans<()>)| {
            let mut all = own.get(key).cloned().unwrap_or_default();
            spans.iter().for_each(|span| all.insert(span.clone(), width));
            (*key, all)
        };
        let alone = own.iter().filter(move |(key, _)| !shared.is_some_and(|all| all.contains_key(*key)));
        shared.into_iter().flatten().map(widened).chain(alone.map(|(key, spans)| (*key, spans.clone())))
    }
}
