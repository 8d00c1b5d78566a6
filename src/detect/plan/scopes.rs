//! Sightings of scopes, kept once for all `new_terms` rules that ask for the same.

use super::super::intern::KeyId;
use super::super::spans::Spans;
use super::super::state::Map;
use super::Plan;
use crate::rule::{Body, Correlation, CorrelationKind, RuleIndex, RuleSet};
use crate::time::Timespan;

/// Whose sightings are noted, and by which detections.
#[derive(Debug)]
pub(crate) struct ScopeKind {
    /// The detections.
    pub(super) by: Vec<RuleIndex>,
    /// The fields that make the scope.
    pub(super) fields: Vec<String>,
    /// The rules that ask for it, the one with the narrowest spans first: its width is that of the sightings' spans, as
    /// wider ones are put together of narrow ones.
    pub(crate) rules: Vec<RuleIndex>,
}

/// All kinds that the active rules ask for.
pub(super) fn kinds(set: &RuleSet, fired: &[bool], widths: &[Timespan]) -> Vec<ScopeKind> {
    let mut kinds: Vec<ScopeKind> = Vec::new();
    for (rule, body) in set.rules.iter().map(|rule| &rule.body).enumerate().filter(|(rule, _)| fired[*rule]) {
        let Body::Correlation(Correlation { kind: CorrelationKind::NewTerms(terms), group_by, .. }) = body
        else {
            continue;
        };
        if terms.scope_rules.is_empty() || group_by.is_empty() {
            continue;
        }
        let mut by = terms.scope_rules.clone();
        by.sort_unstable();
        by.dedup();
        let fields: Vec<String> = group_by.iter().map(|group| group.name.clone()).collect();
        match kinds.iter_mut().find(|kind| kind.by == by && kind.fields == fields) {
            Some(kind) => kind.rules.push(rule),
            None => kinds.push(ScopeKind { by, fields, rules: vec![rule] }),
        }
    }
    kinds.iter_mut().for_each(|kind| kind.rules.sort_by_key(|rule| widths[*rule]));
    kinds
}

/// The sightings of the scopes of each kind.
pub(crate) type Sighted = Vec<Map<KeyId, Spans<()>>>;

/// The sightings of one rule's scopes.
pub(crate) struct Sightings<'s> {
    /// Those that a baseline knew of.
    own: &'s Map<KeyId, Spans<()>>,
    /// Those that are kept for all who ask for them.
    shared: Option<&'s Map<KeyId, Spans<()>>>,
    /// The width of the rule's spans.
    width: Timespan,
}

impl Plan {
    /// The sightings of a rule's scopes: `own` ones, and what it shares with others of all that are `sighted`.
    pub(crate) fn sightings<'s>(
        &self,
        rule: RuleIndex,
        own: &'s Map<KeyId, Spans<()>>,
        sighted: &'s Sighted,
    ) -> Sightings<'s> {
        let shared = self.scopes.iter().zip(sighted).find(|(kind, _)| kind.rules.contains(&rule));
        Sightings { own, shared: shared.map(|(_, scopes)| scopes), width: self.widths[rule] }
    }
}

impl Sightings<'_> {
    /// The scopes.
    pub(crate) fn scopes(&self) -> impl Iterator<Item = KeyId> + '_ {
        let alone = self.own.keys().filter(|key| !self.shared.is_some_and(|all| all.contains_key(*key)));
        self.shared.into_iter().flat_map(Map::keys).chain(alone).copied()
    }

    /// When a scope was seen, in spans as wide as the rule's.
    pub(crate) fn of(&self, scope: KeyId) -> Spans<()> {
        let mut all = self.own.get(&scope).cloned().unwrap_or_default();
        if let Some(spans) = self.shared.and_then(|shared| shared.get(&scope)) {
            spans.iter().for_each(|span| all.insert(span.clone(), self.width));
        }
        all
    }
}
