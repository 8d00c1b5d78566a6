//! Looking at a record again, once it is known to matter: why it matched, and to which firing it belongs.

use super::field::{Event, FieldRef};
use super::firing::Firing;
use super::hits::{Hit, Location};
use super::key::KeyBuilder;
use super::matcher::Matcher;
use super::plan::Plan;
use super::predicate::{Node, Truth};
use super::worker::time_of;
use crate::derive::{Derived, Deriver, Facts, Values};
use crate::event::{EventId, Record, digest};
use crate::outcome::Outcome;
use crate::rule::{Body, RuleIndex};
use crate::text::cut;

/// Values longer than this are cut in reasons.
const LONGEST: usize = 200;
/// Reasons shown of one match.
const MOST_REASONS: usize = 8;

/// Looks at records again. Made from a plan whose layout also reads what findings show.
pub struct Replay<'p> {
    pub(super) plan: &'p Plan,
    pub(super) facts: &'p Facts,
    pub(super) values: Values,
    pub(super) builder: KeyBuilder,
}

impl<'p> Replay<'p> {
    /// A replay with the facts that `finish` found.
    pub fn new(plan: &'p Plan, facts: &'p Facts) -> Replay<'p> {
        Replay { plan, facts, values: Values::new(Derived::ALL.len()), builder: KeyBuilder::default() }
    }

    /// Begins with a record. Must be called before anything else is asked about it.
    pub fn start(&mut self) {
        self.values.clear();
    }

    /// The reference to a record.
    pub fn hit(record: &Record<'_>, at: Location) -> Hit {
        let time = time_of(record).unwrap_or(crate::time::Timestamp::MIN);
        Hit { time, id: EventId::of(record), digest: digest::of(record) as u64, at }
    }

    /// The values of a field as rules name it, pending ones resolved.
    pub fn field(&mut self, record: &Record<'_>, name: &str) -> Vec<String> {
        let field = match Derived::find(name) {
            None if self.plan.layout.id(name).is_none() => return Vec::new(),
            _ => FieldRef::find(name, &self.plan.layout),
        };
        let Replay { plan, facts, values, .. } = self;
        texts(plan, facts, &mut event(&plan.deriver, record, values), field)
    }

    /// The fields and values by which a detection, or the detection among a correlation's that fits, matched.
    pub fn reasons(&mut self, record: &Record<'_>, rule: RuleIndex) -> Vec<(String, String)> {
        let mut reasons = Vec::new();
        for detection in self.base(rule) {
            let Replay { plan, facts, values, .. } = self;
            let mut event = event(&plan.deriver, record, values);
            let node = &plan.detections[detection].node;
            if holds(plan, facts, node, &mut event) {
                explain(plan, facts, node, &mut event, &mut reasons);
                break;
            }
        }
        reasons.truncate(MOST_REASONS);
        reasons
    }

    /// Whether some detection that a rule is built on matches a record, in a group of these values.
    pub fn belongs<'v>(
        &mut self,
        record: &Record<'_>,
        rule: RuleIndex,
        wanted: impl Iterator<Item = Option<&'v str>>,
    ) -> bool {
        let wanted: Vec<Option<&str>> = wanted.collect();
        let groups = self.groups(record, rule);
        groups
            .iter()
            .any(|(_, group)| group.iter().map(|(_, value)| value.as_deref()).eq(wanted.iter().copied()))
    }

    /// Decides on a record what raises a firing's level by events, where that is still open; `raised` is what is known.
    pub fn raise(&mut self, record: &Record<'_>, firing: &Firing, raised: &mut [Vec<Option<bool>>]) {
        // A habit has the level that its rule gives habits, whatever its events are like.
        if firing.is_habit() {
            return;
        }
        let Replay { plan, facts, values, .. } = self;
        let mut event = event(&plan.deriver, record, values);
        for (nodes, known) in plan.escalations[firing.rule].iter().zip(raised) {
            for (node, known) in nodes.iter().zip(known) {
                if let (Some(node), None | Some(false)) = (node, &known) {
                    *known = Some(known.unwrap_or(false) | holds(plan, facts, node, &mut event));
                }
            }
        }
    }

    /// How the recorded call ended.
    pub fn outcome(&self, record: &Record<'_>) -> Outcome {
        self.plan.deriver.outcome(record)
    }

    /// Whether raising this firing's level needs a look at its events.
    pub fn needs_events(&self, firing: &Firing) -> bool {
        let open = |(nodes, known): (&Vec<Option<Node>>, &Vec<Option<bool>>)| {
            nodes.iter().zip(known).any(|(node, known)| node.is_some() && known.is_none())
        };
        self.plan.escalations[firing.rule].iter().zip(&firing.raised_by).any(open)
    }

    /// What an event made hold among the conditions of an escalation, for its reasons.
    pub fn raising_reasons(
        &mut self,
        record: &Record<'_>,
        rule: RuleIndex,
        escalation: usize,
    ) -> Vec<(String, String)> {
        let Replay { plan, facts, values, .. } = self;
        let mut event = event(&plan.deriver, record, values);
        let mut reasons = Vec::new();
        for node in plan.escalations[rule][escalation].iter().flatten() {
            if holds(plan, facts, node, &mut event) {
                explain(plan, facts, node, &mut event, &mut reasons);
            }
        }
        reasons.truncate(MOST_REASONS);
        reasons
    }

    /// The detections, by number in the plan, that a rule is built on.
    pub(super) fn base(&self, rule: RuleIndex) -> Vec<usize> {
        let mut rules = vec![rule];
        let mut found = Vec::new();
        while let Some(rule) = rules.pop() {
            match &self.plan.set.rules[rule].body {
                Body::Detection(_) => found.extend(self.plan.detections.iter().position(|d| d.rule == rule)),
                Body::Correlation(correlation) => rules.extend(correlation.rules.iter().copied()),
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

pub(super) fn event<'r, 'w>(
    deriver: &'w Deriver,
    record: &Record<'r>,
    values: &'w mut Values,
) -> Event<'r, 'w> {
    Event { record: *record, deriver, values, early: false }
}

fn texts(plan: &Plan, facts: &Facts, event: &mut Event<'_, '_>, field: FieldRef) -> Vec<String> {
    let mut list = Vec::new();
    event.any_text(field, |text| {
        list.push(text.to_owned());
        list.len() >= 20
    });
    match field {
        FieldRef::Derived(derived) if event.is_pending(field) => {
            let kept: Vec<&str> = list.iter().map(String::as_str).collect();
            facts.resolve(&plan.known, derived, &kept)
        }
        _ => list,
    }
}

/// Judges with all facts at hand.
pub(super) fn holds(plan: &Plan, facts: &Facts, node: &Node, event: &mut Event<'_, '_>) -> bool {
    match node {
        Node::All(parts) => parts.iter().all(|part| holds(plan, facts, part, event)),
        Node::Any(parts) => parts.iter().any(|part| holds(plan, facts, part, event)),
        Node::Not(part) => !holds(plan, facts, part, event),
        Node::Field(field, matcher) if event.is_pending(*field) => {
            let values = texts(plan, facts, event, *field);
            match matcher {
                Matcher::Null => values.is_empty(),
                Matcher::Exists(there) => values.is_empty() != *there,
                _ => values.iter().any(|value| matcher.fits(value)),
            }
        }
        other => other.judge(event) == Truth::True,
    }
}

/// The fields and values that make a condition hold.
fn explain(
    plan: &Plan,
    facts: &Facts,
    node: &Node,
    event: &mut Event<'_, '_>,
    reasons: &mut Vec<(String, String)>,
) {
    match node {
        Node::All(parts) => parts.iter().for_each(|part| explain(plan, facts, part, event, reasons)),
        Node::Any(parts) => {
            if let Some(part) = parts.iter().find(|part| holds(plan, facts, part, event)) {
                explain(plan, facts, part, event, reasons);
            }
        }
        // What is not there is no reason to show.
        Node::Not(_) => {}
        Node::Field(field, matcher) => {
            let values = texts(plan, facts, event, *field);
            let value = match matcher {
                Matcher::Null => "absent".to_owned(),
                Matcher::Exists(false) => "absent".to_owned(),
                Matcher::SameAs { .. } => values.join(", "),
                Matcher::Exists(true) => values.first().cloned().unwrap_or_else(|| "present".to_owned()),
                matcher => values.into_iter().find(|value| matcher.fits(value)).unwrap_or_default(),
            };
            let name = match field {
                FieldRef::Raw(id) => plan.layout.name(*id).to_owned(),
                FieldRef::Name => "eventName".to_owned(),
                FieldRef::Derived(derived) => derived.name().to_owned(),
            };
            let reason = (name, shortened(&value));
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
        Node::Keyword(_) => reasons.push(("any value".to_owned(), "holds a keyword of the rule".to_owned())),
    }
}

/// A value short enough to be shown.
pub fn shortened(value: &str) -> String {
    cut(value, LONGEST).map_or_else(|| value.to_owned(), |head| format!("{head}…"))
}
