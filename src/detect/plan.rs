//! The plan of a run: active rules compiled, with what each feeds.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::field::{self, FieldRef};
use super::predicate::{Node, Residual};
use super::state::{Counts, State, Terms};
use crate::derive::{Derived, Deriver};
use crate::event::Layout;
use crate::known::{Geo, Known};
use crate::rule::{
    Body, Correlation, CorrelationKind, Expr, Limit, Need, Order, Outcomes, RuleIndex, RuleSet, When,
};
use crate::time::Timespan;

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
    /// The detections that take part, and what their matches feed.
    pub(crate) detections: Vec<Detection>,
    /// The rules whose own findings are reported.
    pub(crate) reported: Vec<bool>,
    /// The rules whose firings are needed, in their order.
    pub(crate) fired: Vec<bool>,
    /// Rules that were chosen but cannot be judged, and what they lack.
    pub(crate) lacking: Vec<(RuleIndex, String)>,
    /// Lists of fields that make a key, each once.
    pub(crate) keys: Vec<Vec<FieldRef>>,
    /// Compiled escalations by events, for rules that are not detections.
    pub(crate) escalations: Vec<Vec<Vec<Option<Node>>>>,
    /// For each rule, the width of its spans.
    pub(crate) widths: Vec<Timespan>,
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
}

/// A state that a detection's matches go to.
#[derive(Debug)]
pub(crate) struct Feed {
    /// The rule whose state it is.
    pub(crate) rule: RuleIndex,
    /// The key of the group, by its number in the plan.
    pub(crate) group: usize,
    /// Whether every field of the group must be there.
    pub(crate) whole_group: bool,
    pub(crate) what: What,
}

/// What a feed adds.
#[derive(Debug)]
pub(crate) enum What {
    Hit,
    /// The values of each limit that counts values, and whether events are kept too.
    Count {
        values: Vec<Vec<FieldRef>>,
        events: bool,
    },
    Step(u8),
    Number(FieldRef),
    Term(Vec<FieldRef>),
    Scope,
    Bucket(Timespan),
    /// A document, and whether something is said of it when none was there before.
    Document(Vec<FieldRef>, bool),
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
        let mut lacking = lacking(&set, &known);
        lacking.iter().for_each(|(rule, _)| reported[*rule] = false);
        let mut fired = closure(&set, &reported);
        // An escalation may refer to a rule that cannot be judged; then nothing is raised by it.
        lacking.iter().for_each(|(rule, _)| fired[*rule] = false);
        lacking.retain(|(rule, _)| rules[*rule].reports && wanted(*rule));
        let layout = layout(&set, &fired, &choice.extra_fields);
        let deriver = Deriver::new(&layout, known.clone());
        let mut builder = Builder { set: &set, layout: &layout, keys: Vec::new() };
        let mut detections = Vec::new();
        let mut escalations = Vec::new();
        for (i, rule) in rules.iter().enumerate() {
            let error = |reason: String| PlanError { rule: rule.name.clone(), reason };
            escalations.push(builder.escalations(i).map_err(error)?);
            if let (true, Body::Detection(expr)) = (fired[i], &rule.body) {
                let residual = builder.residual(i, expr).map_err(error)?;
                let node = Node::compile(expr, &layout).map_err(error)?;
                let feeds = builder.feeds(i, &reported, &fired);
                let outcomes = rule.extension.outcomes;
                let number = u16::try_from(detections.len())
                    .map_err(|_| error("more than 65,535 detections".to_owned()))?;
                detections.push(Detection { number, rule: i, node, residual, outcomes, feeds });
            }
        }
        let keys = builder.keys;
        let widths = rules.iter().map(|rule| width(&rule.body, choice.lookback)).collect();
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
            escalations,
            widths,
        })
    }

    /// The fields to be read.
    pub fn layout(&self) -> &Layout {
        &self.layout
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

    /// The longest time over which an active rule looks back.
    pub fn longest_lookback(&self) -> Timespan {
        let spans = self.set.rules.iter().enumerate().filter(|(i, _)| self.fired[*i]).map(|(i, rule)| {
            match &rule.body {
                Body::Correlation(Correlation { kind: CorrelationKind::NewTerms(terms), .. }) => {
                    self.widths[i].max(terms.learning)
                }
                Body::Correlation(Correlation { kind: CorrelationKind::Spike(spike), .. }) => spike.lookback,
                Body::Correlation(correlation) => correlation.timespan,
                Body::Detection(_) => rule.extension.fold.unwrap_or(super::FOLD),
            }
        });
        spans.max().unwrap_or(Timespan::from_secs(0))
    }

    /// An empty state for a rule.
    pub(crate) fn empty(&self, rule: RuleIndex) -> State {
        if !self.fired[rule] {
            return State::Nothing;
        }
        match &self.set.rules[rule].body {
            Body::Detection(_)
                if self
                    .detections
                    .iter()
                    .any(|d| d.rule == rule && d.feeds.iter().any(|f| f.rule == rule)) =>
            {
                State::Hits(Default::default())
            }
            Body::Detection(_) => State::Nothing,
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
                CorrelationKind::Any => State::Nothing,
            },
        }
    }
}

/// The limits of a counting rule: its conditions, then those that raise its level.
pub(crate) fn limits(set: &RuleSet, rule: RuleIndex) -> impl Iterator<Item = &Limit> {
    let rule = &set.rules[rule];
    let own: &[Limit] = match &rule.body {
        Body::Correlation(Correlation {
            kind: CorrelationKind::EventCount(limits) | CorrelationKind::ValueCount(limits),
            ..
        }) => limits,
        _ => &[],
    };
    let raising =
        rule.extension.escalate.iter().flat_map(|escalation| &escalation.when).filter_map(
            |when| match when {
                When::Count(limit) => Some(limit),
                When::Event(_) | When::Rule { .. } => None,
            },
        );
    own.iter().chain(raising)
}

/// Whether a limit can only become true as events are added.
pub(crate) fn is_minimum(limit: &Limit) -> bool {
    limit.bounds.iter().all(|(order, _)| matches!(order, Order::Greater | Order::GreaterOrEqual))
}

fn width(body: &Body, lookback: Option<Timespan>) -> Timespan {
    match body {
        Body::Detection(_) => Timespan::from_secs(0),
        Body::Correlation(correlation) => match correlation.kind {
            CorrelationKind::NewTerms(_) | CorrelationKind::PolicyWeakened(_) => {
                lookback.unwrap_or(correlation.timespan)
            }
            _ => correlation.timespan,
        },
    }
}

/// Rules that need data nobody gave, and those that build on them.
fn lacking(set: &RuleSet, known: &Known) -> Vec<(RuleIndex, String)> {
    let geo = known.geo.as_ref();
    let missing = |need: Need| -> Option<&'static str> {
        let (there, text) = match need {
            Need::Networks => {
                (!known.networks.known.is_empty(), "known networks: `[networks.known]` in trailsift.toml")
            }
            Need::CiNetworks => {
                (!known.networks.ci.is_empty(), "CI networks: `networks.ci` in trailsift.toml")
            }
            Need::SessionNames => {
                (!known.session_names.is_empty(), "conventions: `session_names` in trailsift.toml")
            }
            Need::GeoCountry => (geo.is_some_and(Geo::has_country), "a country database: --geoip FILE"),
            Need::GeoCity => (geo.is_some_and(Geo::has_location), "a city database: --geoip FILE"),
            Need::GeoAsn => (geo.is_some_and(Geo::has_asn), "an ASN database: --geoip FILE"),
            Need::GeoAnonymous => {
                (geo.is_some_and(Geo::has_anonymous), "an anonymous-IP database: --geoip FILE")
            }
        };
        (!there).then_some(text)
    };
    let mut lacking: Vec<(RuleIndex, String)> = Vec::new();
    // Referred rules come first, so one pass reaches every dependent rule.
    for (number, rule) in set.rules.iter().enumerate() {
        let needs: Vec<&str> = rule.extension.needs.iter().filter_map(|need| missing(*need)).collect();
        let inner = match &rule.body {
            Body::Correlation(correlation) => correlation.rules.as_slice(),
            Body::Detection(_) => &[],
        };
        let of = |other: &RuleIndex| lacking.iter().find(|(lacks, _)| lacks == other);
        let any = matches!(&rule.body, Body::Correlation(Correlation { kind: CorrelationKind::Any, .. }));
        // A rule that tells what any of several finds lives as long as one of them does.
        let dead = if any { inner.iter().all(|other| of(other).is_some()) } else { true };
        let through = inner.iter().find_map(of).filter(|_| dead).map(|(_, reason)| reason.clone());
        if !needs.is_empty() {
            lacking.push((number, format!("needs {}", needs.join(" and "))));
        } else if let Some(reason) = through {
            lacking.push((number, reason));
        }
    }
    lacking
}

/// Marks the chosen rules and everything they refer to.
fn closure(set: &RuleSet, reported: &[bool]) -> Vec<bool> {
    let mut fired = reported.to_vec();
    // Escalations may point forward, so once is not enough.
    loop {
        let before = fired.iter().filter(|on| **on).count();
        for i in (0..fired.len()).rev().filter(|i| fired[*i]).collect::<Vec<_>>() {
            let rule = &set.rules[i];
            if let Body::Correlation(correlation) = &rule.body {
                correlation.rules.iter().for_each(|other| fired[*other] = true);
                scope_rules(&correlation.kind).iter().for_each(|other| fired[*other] = true);
            }
            for when in rule.extension.escalate.iter().flat_map(|escalation| &escalation.when) {
                if let When::Rule { rule, .. } = when {
                    fired[*rule] = true;
                }
            }
        }
        if fired.iter().filter(|on| **on).count() == before {
            return fired;
        }
    }
}

/// The rules that only add to what a correlation remembers.
pub(crate) fn scope_rules(kind: &CorrelationKind) -> &[RuleIndex] {
    match kind {
        CorrelationKind::NewTerms(terms) => &terms.scope_rules,
        CorrelationKind::PolicyWeakened(weakened) => &weakened.scope_rules,
        _ => &[],
    }
}

/// Every path that some active rule names.
fn layout(set: &RuleSet, fired: &[bool], extra: &[String]) -> Layout {
    let mut names: BTreeSet<&str> = Derived::Principal.inputs().iter().copied().collect();
    for always in [Derived::Account, Derived::Outcome, Derived::EventName] {
        names.extend(always.inputs());
    }
    extra.iter().for_each(|name| names.extend(field::paths(name)));
    for (i, rule) in set.rules.iter().enumerate().filter(|(i, _)| fired[*i]) {
        let mut fields: Vec<&str> = rule.extension.split_by.iter().map(String::as_str).collect();
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
        fields.into_iter().for_each(|field| names.extend(field::paths(field)));
    }
    Layout::new(names)
}

fn named<'e>(expr: &'e Expr, fields: &mut Vec<&'e str>) {
    match expr {
        Expr::All(parts) | Expr::Any(parts) => parts.iter().for_each(|part| named(part, fields)),
        Expr::Not(part) => named(part, fields),
        Expr::Field { field, test } => {
            fields.push(field);
            if let crate::rule::Test::SameAs { other, .. } = test {
                fields.push(other);
            }
        }
        Expr::Keyword(_) => {}
    }
}

struct Builder<'p> {
    set: &'p RuleSet,
    layout: &'p Layout,
    keys: Vec<Vec<FieldRef>>,
}

impl Builder<'_> {
    fn field(&self, name: &str) -> FieldRef {
        FieldRef::find(name, self.layout)
    }

    fn fields(&self, names: &[String]) -> Vec<FieldRef> {
        names.iter().map(|name| self.field(name)).collect()
    }

    fn key(&mut self, fields: Vec<FieldRef>) -> usize {
        match self.keys.iter().position(|known| *known == fields) {
            Some(at) => at,
            None => {
                self.keys.push(fields);
                self.keys.len() - 1
            }
        }
    }

    /// The conditions by which events raise a rule's level, compiled.
    fn escalations(&self, rule: RuleIndex) -> Result<Vec<Vec<Option<Node>>>, String> {
        let compile = |when: &When| match when {
            When::Event(expr) => Node::compile(expr, self.layout).map(Some),
            When::Count(_) | When::Rule { .. } => Ok(None),
        };
        let escalate = &self.set.rules[rule].extension.escalate;
        escalate.iter().map(|escalation| escalation.when.iter().map(compile).collect()).collect()
    }

    /// What a detection's states must keep to decide its condition, and its escalations by events, in the end.
    fn residual(&self, rule: RuleIndex, expr: &Expr) -> Result<Option<Residual>, String> {
        let mut roots = vec![Node::compile(expr, self.layout)?];
        for when in self.set.rules[rule].extension.escalate.iter().flat_map(|escalation| &escalation.when) {
            if let When::Event(expr) = when {
                roots.push(Node::compile(expr, self.layout)?);
            }
        }
        Ok(Residual::of(roots))
    }

    fn feeds(&mut self, detection: RuleIndex, reported: &[bool], fired: &[bool]) -> Vec<Feed> {
        let mut feeds = Vec::new();
        let set = self.set;
        let referred = set.rules.iter().enumerate().filter(|(i, _)| fired[*i]).any(|(_, rule)| {
            let mut when = rule.extension.escalate.iter().flat_map(|escalation| &escalation.when);
            let told = matches!(&rule.body, Body::Correlation(of)
                if of.kind == CorrelationKind::Any && of.rules.contains(&detection));
            told || when.any(|when| matches!(when, When::Rule { rule, .. } if *rule == detection))
        });
        if reported[detection] || referred {
            let mut fields = vec![
                FieldRef::Derived(Derived::Principal),
                FieldRef::Derived(Derived::Account),
                FieldRef::Derived(Derived::Outcome),
            ];
            fields.extend(self.fields(&set.rules[detection].extension.split_by));
            let group = self.key(fields);
            feeds.push(Feed { rule: detection, group, whole_group: false, what: What::Hit });
        }
        for (i, rule) in set.rules.iter().enumerate().filter(|(i, _)| fired[*i]) {
            let Body::Correlation(correlation) = &rule.body else { continue };
            if correlation.kind == CorrelationKind::Any {
                continue;
            }
            for (step, _) in correlation.rules.iter().enumerate().filter(|(_, other)| **other == detection) {
                let paths: Vec<FieldRef> =
                    correlation.group_by.iter().map(|group| self.field(&group.paths[step])).collect();
                let group = self.key(paths);
                let what = self.what(i, correlation, step);
                feeds.push(Feed { rule: i, group, whole_group: true, what });
            }
            if scope_rules(&correlation.kind).contains(&detection) && !correlation.group_by.is_empty() {
                let names: Vec<String> =
                    correlation.group_by.iter().map(|group| group.name.clone()).collect();
                let fields = self.fields(&names);
                let group = self.key(fields);
                let what = match &correlation.kind {
                    CorrelationKind::PolicyWeakened(weakened) => {
                        What::Document(self.fields(&weakened.fields), false)
                    }
                    _ => What::Scope,
                };
                feeds.push(Feed { rule: i, group, whole_group: true, what });
            }
        }
        feeds
    }

    fn what(&self, rule: RuleIndex, correlation: &Correlation, step: usize) -> What {
        match &correlation.kind {
            CorrelationKind::EventCount(_) | CorrelationKind::ValueCount(_) => {
                let all: Vec<&Limit> = limits(self.set, rule).collect();
                let events = all.iter().any(|limit| limit.fields.is_empty() || !is_minimum(limit));
                let values = all.iter().filter(|limit| !limit.fields.is_empty());
                What::Count { values: values.map(|limit| self.fields(&limit.fields)).collect(), events }
            }
            // More steps than that cannot be written by hand.
            CorrelationKind::Temporal { .. } => What::Step(u8::try_from(step).unwrap_or(u8::MAX)),
            CorrelationKind::Numeric { field, .. } => What::Number(self.field(field)),
            CorrelationKind::NewTerms(terms) => What::Term(self.fields(&terms.fields)),
            CorrelationKind::Spike(spike) => What::Bucket(spike.bucket),
            CorrelationKind::PolicyWeakened(weakened) => What::Document(self.fields(&weakened.fields), true),
            CorrelationKind::Any => What::Hit,
        }
    }
}
