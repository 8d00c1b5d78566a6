//! `new_terms`: a term is new where a span of its sightings begins.

use std::collections::BTreeMap;

use super::super::firing::{Class, Detail, Evidence, FieldValue, Firing, NewTermDetail};
use super::super::hits::Hit;
use super::super::intern::KeyId;
use super::super::spans::{Span, Spans};
use super::super::state::{First, GroupValues, Map, Terms};
use super::scope::{RawScope, Scope, Term};
use super::{Case, Found};
use crate::rule::{NewTerms, Novelty};
use crate::text::few;
use crate::time::{Timespan, Timestamp};

pub(super) fn finish(
    case: Case<'_>,
    terms: &NewTerms,
    state: Terms,
    insufficient: &mut Option<String>,
) -> Vec<Firing> {
    let Case { court, rule, .. } = case;
    let width = case.width();
    let learning = terms.learning.min(width);
    let Some(from) = court.learnt(rule, learning, terms.bold, insufficient) else { return Vec::new() };
    let cut = court.horizon();
    let mut scopes: BTreeMap<GroupValues, RawScope<'_>> = BTreeMap::new();
    // Each scope is known by one key or a few, and has many terms.
    let mut by_key: Map<KeyId, Vec<(KeyId, &Spans<First>)>> = Map::default();
    for ((key, term), spans) in &state.terms {
        by_key.entry(*key).or_default().push((*term, spans));
    }
    for (key, terms) in by_key {
        let Some((values, _)) = court.admit(key) else { continue };
        scopes.entry(values).or_default().terms.extend(terms);
    }
    // A scope in which no term begins when findings are told has nothing to tell, whatever it is called.
    let tells = |spans: &Spans<First>| spans.iter().any(|span| span.last >= cut && span.first >= from);
    scopes.retain(|_, parts| parts.terms.iter().any(|(_, spans)| tells(spans)));
    let sightings = court.plan.sightings(rule, &state.scopes, court.scopes);
    for key in sightings.scopes() {
        if scopes.is_empty() {
            break;
        }
        let Some((values, _)) = court.admit(key) else { continue };
        if let Some(parts) = scopes.get_mut(&values) {
            parts.seen.push(sightings.of(key));
        }
    }
    let judge = Judge { case, terms, width, learning, from };
    let scope = |parts: &RawScope<'_>| parts.scope(|term| court.values(term), cut, width);
    scopes.iter().flat_map(|(values, parts)| judge.scope(values, &scope(parts))).collect()
}

/// When a scope came, and the terms that came with it.
type Arrival<'s> = (Timestamp, Vec<(&'s Term, &'s First)>);

struct Judge<'c> {
    case: Case<'c>,
    terms: &'c NewTerms,
    width: Timespan,
    learning: Timespan,
    from: Timestamp,
}

impl Judge<'_> {
    fn scope(&self, values: &[Option<String>], scope: &Scope) -> Vec<Firing> {
        let mut firings = Vec::new();
        // New scopes that are reported, each with the terms that came with it.
        let mut arrivals: Vec<Arrival<'_>> = Vec::new();
        if !self.case.correlation.group_by.is_empty() {
            let begins = scope.seen.iter().map(|span| span.first).filter(|first| *first >= self.from);
            arrivals = begins.map(|first| (first, Vec::new())).collect();
        }
        let tells = |class| self.terms.classes.contains(&class);
        for (number, term) in scope.terms.iter().enumerate() {
            let mut before: Option<Timestamp> = None;
            for span in term.spans.iter() {
                let last_before = before.replace(span.last);
                if span.first < self.from {
                    continue;
                }
                let arrival = arrivals.iter_mut().rev().find(|(first, _)| *first <= span.first);
                match arrival.filter(|(first, _)| span.first.since(*first) <= self.learning) {
                    Some((_, with)) => with.push((term, &span.payload)),
                    None if tells(if last_before.is_some() {
                        Novelty::Returned
                    } else {
                        Novelty::NewTerm
                    }) =>
                    {
                        firings.push(self.term(values, (scope, number), span, last_before));
                    }
                    None => {}
                }
            }
        }
        firings.extend(
            arrivals
                .into_iter()
                .filter(|(_, with)| !with.is_empty() && tells(Novelty::NewScope))
                .map(|(first, with)| self.arrival(values, first, &with)),
        );
        firings
    }

    fn fields(&self, values: &[String]) -> Vec<FieldValue> {
        let pairs = self.terms.fields.iter().zip(values);
        pairs.map(|(field, value)| FieldValue { field: field.clone(), value: value.clone() }).collect()
    }

    fn scope_values(&self, values: &[Option<String>]) -> Vec<FieldValue> {
        let pairs = self.case.correlation.group_by.iter().zip(values);
        pairs
            .map(|(group, value)| FieldValue {
                field: group.name.clone(),
                value: value.clone().unwrap_or_default(),
            })
            .collect()
    }

    fn term(
        &self,
        values: &[Option<String>],
        (scope, number): (&Scope, usize),
        Span { first, payload, .. }: &Span<First>,
        last_before: Option<Timestamp>,
    ) -> Firing {
        let (first, term) = (*first, &scope.terms[number]);
        let detail = self.is_told().then(|| {
            let (baseline_from, baseline_to) = self.baseline(first);
            NewTermDetail {
                scope: self.scope_values(values),
                term: self.fields(&term.values),
                terms: Vec::new(),
                first_seen: first,
                last_seen_before: last_before,
                baseline_from,
                baseline_to,
                known_count: scope.known(first) as u64,
                nearest: scope.nearest(number, first),
                memory: self.width,
            }
        });
        let class = if last_before.is_some() { Class::Returned } else { Class::NewTerm };
        self.firing(values, (class, first), payload.0.to_vec(), Vec::new(), detail, &term.shown)
    }

    /// What nobody is told need not be put into words, nor compared with hundreds of others.
    fn is_told(&self) -> bool {
        self.case.court.tellers[self.case.rule] > 0
    }

    fn arrival(&self, values: &[Option<String>], first: Timestamp, with: &[(&Term, &First)]) -> Firing {
        let mut hits: Vec<_> = with.iter().flat_map(|(_, payload)| payload.0.iter().copied()).collect();
        hits.sort_by_key(|hit| hit.order());
        hits.dedup_by_key(|hit| hit.id);
        let mut why = Vec::new();
        let detail = self.is_told().then(|| {
            let scope = self.scope_values(values);
            let name: Vec<&str> = scope.iter().map(|pair| pair.value.as_str()).collect();
            let came = few(with.iter().map(|(term, _)| &term.shown), NewTermDetail::NAMED);
            why.push(format!("{} was never seen before in the logs", name.join(" / ")));
            why.push(format!("with it came {came}"));
            let (baseline_from, baseline_to) = self.baseline(first);
            NewTermDetail {
                scope,
                term: Vec::new(),
                terms: with.iter().map(|(term, _)| self.fields(&term.values)).collect(),
                first_seen: first,
                last_seen_before: None,
                baseline_from,
                baseline_to,
                known_count: 0,
                nearest: Vec::new(),
                memory: self.width,
            }
        });
        let firing = self.firing(values, (Class::NewScope, first), hits, why, detail, "");
        Firing { base: firing.base.lowered(), ..firing }
    }

    /// The part of time in which the term would have been seen, had it been there.
    fn baseline(&self, first: Timestamp) -> (Timestamp, Timestamp) {
        (self.case.court.first.max(first.back(self.width)), first)
    }

    /// A firing on these events, as far as they are known; `term` tells it apart from those of other terms.
    fn firing(
        &self,
        values: &[Option<String>],
        (class, moment): (Class, Timestamp),
        hits: Vec<Hit>,
        why: Vec<String>,
        detail: Option<NewTermDetail>,
        term: &str,
    ) -> Firing {
        let key = hits.first().map_or_else(|| moment.secs().to_string(), super::key_event);
        let found = Found {
            class,
            first: hits.first().map(|hit| hit.time).or(Some(moment)),
            last: hits.last().map(|hit| hit.time).or(Some(moment)),
            moment,
            count: hits.len() as u64,
            why,
            detail: detail.map_or(Detail::Plain, Detail::NewTerm),
            key_event: format!("{term} {key}"),
            evidence: Evidence::Hits(hits),
        };
        self.case.firing(values, found)
    }
}
