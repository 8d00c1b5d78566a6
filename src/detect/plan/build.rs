//! What each detection feeds.

use super::super::field::FieldRef;
use super::super::predicate::Node;
use super::super::residual::Residual;
use super::{Feed, Phase, PlanError, ScopeKind, Tuple, What, is_minimum, limits, scope_rules};
use crate::derive::Derived;
use crate::event::Layout;
use crate::rule::{Body, Correlation, CorrelationKind, Expr, Limit, RuleIndex, RuleSet, When};

pub(super) struct Builder<'p> {
    set: &'p RuleSet,
    layout: &'p Layout,
    scopes: &'p [ScopeKind],
    /// For each rule, the correlations that its matches feed.
    feeds: Vec<Vec<(RuleIndex, &'p Correlation)>>,
    /// For each rule, whether another one asks if it fired.
    referred: Vec<bool>,
    pub(super) keys: Vec<Vec<FieldRef>>,
    /// Lists of fields of which feeds take the values together.
    pub(super) tuples: Vec<Vec<FieldRef>>,
}

impl<'p> Builder<'p> {
    /// A builder for the rules whose firings are needed.
    pub(super) fn new(
        set: &'p RuleSet,
        layout: &'p Layout,
        scopes: &'p [ScopeKind],
        fired: &[bool],
    ) -> Builder<'p> {
        let mut feeds = vec![Vec::new(); set.rules.len()];
        let mut referred = vec![false; set.rules.len()];
        for (i, rule) in set.rules.iter().enumerate().filter(|(i, _)| fired[*i]) {
            match &rule.body {
                Body::Detection(_) => {}
                Body::Correlation(of) if matches!(of.kind, CorrelationKind::LogGap(_)) => {}
                Body::Correlation(of) if of.kind == CorrelationKind::Any => {
                    of.rules.iter().for_each(|other| referred[*other] = true);
                }
                Body::Correlation(of) => {
                    let mut fed: Vec<RuleIndex> =
                        of.rules.iter().chain(scope_rules(&of.kind)).copied().collect();
                    fed.sort_unstable();
                    fed.dedup();
                    fed.into_iter().for_each(|other| feeds[other].push((i, of)));
                }
            }
            for when in rule.extension.escalate.iter().flat_map(|escalation| &escalation.when) {
                if let When::Rule { rule, .. } = when {
                    referred[*rule] = true;
                }
            }
        }
        Builder { set, layout, scopes, feeds, referred, keys: Vec::new(), tuples: Vec::new() }
    }

    fn field(&self, name: &str) -> FieldRef {
        FieldRef::find(name, self.layout)
    }

    fn fields(&self, names: &[String]) -> Vec<FieldRef> {
        names.iter().map(|name| self.field(name)).collect()
    }

    fn key(&mut self, fields: Vec<FieldRef>) -> usize {
        number(&mut self.keys, fields)
    }

    fn tuple(&mut self, names: &[String]) -> Tuple {
        let fields = self.fields(names);
        Tuple { number: number(&mut self.tuples, fields.clone()), fields }
    }

    /// The conditions by which events raise a rule's level, compiled.
    pub(super) fn escalations(&self, rule: RuleIndex) -> Vec<Vec<Option<Node>>> {
        let compile = |when: &When| match when {
            When::Event(expr) => Some(Node::compile(expr, self.layout)),
            When::Count(_) | When::Rule { .. } => None,
        };
        let escalate = &self.set.rules[rule].extension.escalate;
        escalate.iter().map(|escalation| escalation.when.iter().map(compile).collect()).collect()
    }

    /// What a detection's states must keep to decide its condition, and its escalations by events, in the end.
    /// `node` is the condition compiled: most need no second one.
    pub(super) fn residual(&self, rule: RuleIndex, expr: &Expr, node: &Node) -> Option<Residual> {
        let when = self.set.rules[rule].extension.escalate.iter().flat_map(|escalation| &escalation.when);
        let raising = when.filter_map(|when| match when {
            When::Event(expr) => Some(expr),
            When::Count(_) | When::Rule { .. } => None,
        });
        let roots: Vec<&Expr> = std::iter::once(expr).chain(raising).collect();
        let needed = roots.len() > 1 || node.needs_facts();
        needed.then(|| Residual::of(roots.iter().map(|expr| Node::compile(expr, self.layout)).collect()))
    }

    pub(super) fn feeds(&mut self, detection: RuleIndex, reported: bool) -> Result<Vec<Feed>, PlanError> {
        let mut feeds = Vec::new();
        let set = self.set;
        if reported || self.referred[detection] {
            let mut fields = vec![
                FieldRef::Derived(Derived::Principal),
                FieldRef::Derived(Derived::Account),
                FieldRef::Derived(Derived::Outcome),
            ];
            fields.extend(self.fields(&set.rules[detection].extension.split_by));
            let group = self.key(fields);
            feeds.push(Feed { rule: detection, group, whole_group: false, what: What::Hit });
        }
        for (i, correlation) in self.feeds[detection].clone() {
            for (step, _) in correlation.rules.iter().enumerate().filter(|(_, other)| **other == detection) {
                let paths: Vec<FieldRef> =
                    correlation.group_by.iter().map(|group| self.field(&group.paths[step])).collect();
                let group = self.key(paths);
                let what = self.what(i, correlation, step);
                feeds.push(Feed { rule: i, group, whole_group: true, what });
            }
            if let CorrelationKind::PolicyWeakened(weakened) = &correlation.kind
                && scope_rules(&correlation.kind).contains(&detection)
                && !correlation.group_by.is_empty()
            {
                let fields = correlation.group_by.iter().map(|group| self.field(&group.name)).collect();
                let group = self.key(fields);
                let what = What::Document(self.fields(&weakened.fields), false);
                feeds.push(Feed { rule: i, group, whole_group: true, what });
            }
        }
        for (number, kind) in (0u16..).zip(self.scopes).filter(|(_, kind)| kind.by.contains(&detection)) {
            let fields = self.fields(&kind.fields);
            let group = self.key(fields);
            feeds.push(Feed { rule: kind.rules[0], group, whole_group: true, what: What::Scope(number) });
        }
        feeds.iter().try_for_each(|feed| self.refuse_waiting(feed))?;
        Ok(feeds)
    }

    /// What depends on facts of the whole data set has no value when events are grouped.
    fn refuse_waiting(&self, feed: &Feed) -> Result<(), PlanError> {
        let mut fields = self.keys[feed.group].iter().chain(feed.what.fields());
        let waiting = fields.find_map(|field| match field {
            FieldRef::Derived(derived) if derived.needs_facts() => Some(derived.name()),
            _ => None,
        });
        match waiting {
            None => Ok(()),
            Some(name) => Err(PlanError {
                rule: self.set.rules[feed.rule].name.clone(),
                reason: format!(
                    "`{name}` is only known when all events are read: it can stand in a condition, but events \
                     cannot be grouped, counted or compared by it"
                ),
            }),
        }
    }

    fn what(&mut self, rule: RuleIndex, correlation: &Correlation, step: usize) -> What {
        match &correlation.kind {
            CorrelationKind::EventCount(_) | CorrelationKind::ValueCount(_) => {
                let all: Vec<&Limit> = limits(self.set, rule).collect();
                let events = all.iter().any(|limit| limit.fields.is_empty() || !is_minimum(limit));
                let values = all.iter().filter(|limit| !limit.fields.is_empty());
                What::Count { values: values.map(|limit| self.tuple(&limit.fields)).collect(), events }
            }
            // More steps than that cannot be written by hand.
            CorrelationKind::Temporal { .. } => What::Step(u8::try_from(step).unwrap_or(u8::MAX)),
            CorrelationKind::Numeric { field, .. } => What::Number(self.field(field)),
            CorrelationKind::NewTerms(terms) => What::Term(self.tuple(&terms.fields)),
            CorrelationKind::Spike(spike) => What::Bucket(spike.bucket),
            CorrelationKind::PolicyWeakened(weakened) => What::Document(self.fields(&weakened.fields), true),
            CorrelationKind::RoleChain(_) => What::Link,
            CorrelationKind::Travel(travel) => What::Place(self.field(&travel.field)),
            CorrelationKind::After(after) => {
                let phase = match step {
                    step if step < after.uses => Phase::Use,
                    step if step < after.uses + after.opens => Phase::Open,
                    _ => Phase::Close,
                };
                What::Phase(phase, self.fields(&after.differs))
            }
            // Neither is fed.
            CorrelationKind::Any | CorrelationKind::LogGap(_) => What::Hit,
        }
    }
}

/// The number of a list of fields among those that are known.
fn number(known: &mut Vec<Vec<FieldRef>>, fields: Vec<FieldRef>) -> usize {
    known.iter().position(|other| *other == fields).unwrap_or_else(|| {
        known.push(fields);
        known.len() - 1
    })
}
