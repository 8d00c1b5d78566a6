//! The plan of a run: active rules compiled, with what each feeds.

mod build;
mod feed;
mod figures;
mod paths;
mod scopes;
mod select;
mod witness;

use std::collections::BTreeSet;
use std::sync::Arc;

use self::figures::width;
use super::candidates::KeyFields;
use super::field::FieldRef;
use super::issuing;
use super::parts::Parts;
use super::predicate::Node;
use super::residual::Residual;
use super::state::{Counts, State, Terms};
use crate::derive::Deriver;
use crate::event::Layout;
use crate::known::Known;
use crate::rule::{Body, Correlation, CorrelationKind, Outcomes, Rule, RuleIndex, RuleSet};

use crate::time::{Timespan, Timestamp};

pub use self::feed::Phase;
pub(crate) use self::feed::{Feed, Tuple, What, asks_for_first};
pub(crate) use self::figures::{is_minimum, limits, scope_rules};
pub(crate) use self::scopes::{ScopeKind, Sighted};

/// What narrows or bends a run, besides the rules themselves.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// The rules whose findings are wanted; all that report when `None`.
    pub rules: Option<BTreeSet<RuleIndex>>,
    /// In place of every `new_terms` rule's own timespan.
    pub lookback: Option<Timespan>,
    /// Fields to be read besides those that rules judge by.
    pub extra_fields: Vec<String>,
}

/// Compiled rules. Immutable and shared by all workers.
#[derive(Debug)]
pub struct Plan {
    pub(crate) set: Arc<RuleSet>,
    pub(crate) known: Arc<Known>,
    pub(crate) layout: Layout,
    pub(crate) deriver: Deriver,
    pub(crate) choice: Choice,
    /// The detections that take part, in the order of their rules, and what their matches feed.
    pub(crate) detections: Vec<Detection>,
    /// The rules whose own findings are reported.
    pub(crate) reported: Vec<bool>,
    /// The rules whose firings are needed, in their order.
    pub(crate) fired: Vec<bool>,
    /// Rules that were chosen but cannot be judged, and what they lack.
    pub(crate) lacking: Vec<(RuleIndex, String)>,
    /// Lists of fields that make a key, each once.
    pub(crate) keys: Vec<Vec<FieldRef>>,
    /// How many lists of fields there are of which feeds take the values together.
    pub(crate) tuples: usize,
    /// Compiled escalations by events, for rules that are not detections.
    pub(crate) escalations: Vec<Vec<Vec<Option<Node>>>>,
    /// For each rule, the width of its spans.
    pub(crate) widths: Vec<Timespan>,
    /// For each rule that looks back beyond `since` for the sake of others' levels, how far.
    pub(crate) witnesses: Vec<Option<Timespan>>,
    /// The scopes of which sightings are kept.
    pub(crate) scopes: Vec<ScopeKind>,
    /// The fields that tell most events apart.
    pub(crate) key: KeyFields,
    /// What each field depends on.
    pub(crate) parts: Parts,
    /// Where calls name the credentials they issue.
    pub(crate) issuing: issuing::Inputs,
    /// Whether hours with events are noted.
    pub(crate) notes_hours: bool,
}

/// A detection that takes part.
#[derive(Debug)]
pub(crate) struct Detection {
    /// Its number in the plan.
    pub(crate) number: u16,
    pub(crate) rule: RuleIndex,
    pub(crate) node: Node,
    /// What must be kept to decide condition and escalations in the end.
    pub(crate) residual: Option<Residual>,
    pub(crate) outcomes: Option<Outcomes>,
    pub(crate) feeds: Vec<Feed>,
    /// Whether a baseline remembers nothing of it. What a baseline remembers is decided in the end alone, so that it
    /// is the same whatever was read first.
    pub(crate) forgets: bool,
}

/// Why a plan cannot be made.
#[derive(Debug, thiserror::Error)]
#[error("rule `{rule}`: {reason}")]
pub struct PlanError {
    /// The rule's name.
    pub rule: String,
    /// What is wrong with it.
    pub reason: String,
}

impl Plan {
    /// Compiles the chosen rules of a set and all that they refer to.
    pub fn new(set: Arc<RuleSet>, known: Arc<Known>, choice: Choice) -> Result<Plan, PlanError> {
        let rules = &set.rules;
        let wanted = |i: RuleIndex| choice.rules.as_ref().is_none_or(|chosen| chosen.contains(&i));
        let mut reported: Vec<bool> =
            rules.iter().enumerate().map(|(i, rule)| rule.reports && wanted(i)).collect();
        let mut lacking = select::lacking(&set, &known);
        lacking.iter().for_each(|(rule, _)| reported[*rule] = false);
        let mut fired = select::closure(&set, &reported);
        // An escalation may refer to a rule that cannot be judged; then nothing is raised by it.
        lacking.iter().for_each(|(rule, _)| fired[*rule] = false);
        lacking.retain(|(rule, _)| rules[*rule].reports && wanted(*rule));
        let layout = paths::layout(&set, &fired, &choice.extra_fields);
        let deriver = Deriver::new(&layout, known.clone());
        let widths: Vec<Timespan> = rules.iter().map(|rule| width(&rule.body, choice.lookback)).collect();
        let scopes = scopes::kinds(&set, &fired, &widths);
        let witnesses = witness::witnesses(&set);
        let mut builder = build::Builder::new(&set, &layout, &scopes, &fired);
        let mut detections = Vec::new();
        let mut escalations = Vec::new();
        for (i, rule) in rules.iter().enumerate() {
            let error = |reason: String| PlanError { rule: rule.name.clone(), reason };
            escalations.push(builder.escalations(i));
            if let (true, Body::Detection(expr)) = (fired[i], &rule.body) {
                let node = Node::compile(expr, &layout);
                let residual = builder.residual(i, expr, &node);
                let feeds = builder.feeds(i, reported[i])?;
                let outcomes = rule.extension.outcomes;
                let number = u16::try_from(detections.len())
                    .map_err(|_| error("more than 65,535 detections".to_owned()))?;
                let forgets = !feeds.iter().any(|feed| feed.learns(&set, &witnesses));
                detections.push(Detection { number, rule: i, node, residual, outcomes, feeds, forgets });
            }
        }
        let (keys, tuples) = (builder.keys, builder.tuples.len());
        let key = KeyFields::of(&layout);
        let parts = Parts::of(&layout, &key);
        let issuing = issuing::Inputs::find(&layout);
        let gaps = |(i, rule): (usize, &Rule)| {
            let kind =
                matches!(&rule.body, Body::Correlation(of) if matches!(of.kind, CorrelationKind::LogGap(_)));
            fired[i] && kind
        };
        let notes_hours = rules.iter().enumerate().any(gaps);
        Ok(Plan {
            set: set.clone(),
            known,
            layout,
            deriver,
            choice,
            detections,
            reported,
            fired,
            lacking,
            keys,
            tuples,
            escalations,
            widths,
            witnesses,
            scopes,
            key,
            parts,
            issuing,
            notes_hours,
        })
    }

    /// The fields to be read.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// What computes derived fields.
    pub fn deriver(&self) -> &Deriver {
        &self.deriver
    }

    /// The rules.
    pub fn rules(&self) -> &RuleSet {
        &self.set
    }

    /// What is configured.
    pub fn known(&self) -> &Known {
        &self.known
    }

    /// Rules and configuration, to be compiled once more.
    pub fn parts(&self) -> (Arc<RuleSet>, Arc<Known>) {
        (self.set.clone(), self.known.clone())
    }

    /// What was chosen of them.
    pub fn choice(&self) -> &Choice {
        &self.choice
    }

    /// Whether a rule's findings are wanted.
    pub fn reports(&self, rule: RuleIndex) -> bool {
        self.reported[rule]
    }

    /// The earliest moment that matters to what is told from `since` on.
    pub fn horizon(&self, since: Timestamp) -> Timestamp {
        since.back(self.longest_lookback())
    }

    /// The longest time over which an active rule looks back.
    pub fn longest_lookback(&self) -> Timespan {
        let spans = self.set.rules.iter().enumerate().filter(|(i, _)| self.fired[*i]).map(|(i, rule)| {
            match &rule.body {
                Body::Correlation(Correlation { kind: CorrelationKind::NewTerms(terms), .. }) => {
                    let asked = self.witnesses[i].map_or(0, Timespan::secs);
                    Timespan::from_secs(self.widths[i].max(terms.learning).secs().saturating_add(asked))
                }
                Body::Correlation(Correlation { kind: CorrelationKind::Spike(spike), .. }) => spike.lookback,
                // A day more, so that what reaches across its edge is judged alike wherever it is cut.
                Body::Correlation(Correlation { kind: CorrelationKind::Travel(travel), .. }) => {
                    Timespan::from_secs(travel.learning.secs().saturating_add(2 * Timespan::DAY.secs()))
                }
                Body::Correlation(Correlation { kind: CorrelationKind::LogGap(gap), timespan, .. }) => {
                    let all = gap.lookback.secs().saturating_add(timespan.secs());
                    Timespan::from_secs(all.saturating_add(Timespan::DAY.secs()))
                }
                Body::Correlation(correlation) => self.witnesses[i].unwrap_or(correlation.timespan),
                Body::Detection(_) => rule.extension.fold.unwrap_or(super::FOLD),
            }
        });
        spans.max().unwrap_or(Timespan::from_secs(0))
    }

    /// Whether what came before `since` is kept apart from the rest: for rules with habits, for those that others ask
    /// what they said then, and for `after`. `new_terms` keeps both together.
    pub(crate) fn has_past(&self, rule: RuleIndex) -> bool {
        let asked = self.witnesses[rule].is_some();
        let Rule { body: Body::Correlation(correlation), extension, .. } = &self.set.rules[rule] else {
            return asked;
        };
        extension.habit.is_some()
            || matches!(correlation.kind, CorrelationKind::After(_))
            || asked && !matches!(correlation.kind, CorrelationKind::NewTerms(_))
    }

    /// An empty state for what a rule only learns from.
    pub(crate) fn empty_past(&self, rule: RuleIndex) -> State {
        if self.has_past(rule) { self.empty(rule) } else { State::Nothing }
    }

    /// An empty state for a rule.
    pub(crate) fn empty(&self, rule: RuleIndex) -> State {
        if !self.fired[rule] {
            return State::Nothing;
        }
        match &self.set.rules[rule].body {
            Body::Detection(_) => match self.detections.binary_search_by_key(&rule, |of| of.rule) {
                Ok(at) if self.detections[at].feeds.iter().any(|feed| feed.rule == rule) => {
                    State::Hits(Default::default())
                }
                _ => State::Nothing,
            },
            Body::Correlation(correlation) => match &correlation.kind {
                CorrelationKind::EventCount(_) | CorrelationKind::ValueCount(_) => {
                    let limits = limits(&self.set, rule).filter(|limit| !limit.fields.is_empty()).count();
                    State::Counts(Counts {
                        values: (0..limits).map(|_| Default::default()).collect(),
                        ..Counts::default()
                    })
                }
                CorrelationKind::Temporal { .. } => State::Steps(Default::default()),
                CorrelationKind::Numeric { .. } => State::Numbers(Default::default()),
                CorrelationKind::NewTerms(_) => State::Terms(Terms::default()),
                CorrelationKind::Spike(_) => State::Buckets(Default::default()),
                CorrelationKind::PolicyWeakened(_) => State::Documents(Default::default()),
                CorrelationKind::RoleChain(_) => State::Links(Default::default()),
                CorrelationKind::After(_) => State::Phases(Default::default()),
                CorrelationKind::Travel(_) => State::Places(Default::default()),
                // Hours with events are noted beside the rules' states.
                CorrelationKind::Any | CorrelationKind::LogGap(_) => State::Nothing,
            },
        }
    }
}
