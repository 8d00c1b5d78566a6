//! On which fields it depends what an event matches and feeds.

use super::field::{Event, FieldRef};
use super::judgements::Ask;
use super::matcher::Matcher;
use super::parts::Part;
use super::plan::{Detection, Plan, What};
use crate::derive::Derived;
use crate::event::{Mix, Span, Spelling};

/// The parts of a behaviour as records of one shape spell them.
#[derive(Debug)]
pub(crate) struct Spelled {
    /// Where the fields stand that are taken as they are.
    spans: Box<[Span]>,
    /// What shapes that spell them alike have in common.
    pub(crate) description: Vec<u8>,
    /// The number of that.
    pub(crate) way: u64,
    /// The derived ones.
    others: Box<[Part]>,
}

impl Spelled {
    /// The parts of a bundle in records of the event's shape.
    pub(crate) fn of(bundle: &Bundle<'_>, event: &Event<'_, '_>) -> Spelled {
        let raw = bundle.parts.iter().filter_map(|part| match part {
            Part::Raw(field) => Some(*field),
            _ => None,
        });
        let Spelling { spans, mut description } = event.record.spelling(raw).unwrap_or_default();
        // Whether a field is there is a matter of the shape.
        let there = bundle.parts.iter().filter_map(|part| match part {
            Part::There(field) => Some(u8::from(event.record.first(*field).is_some())),
            _ => None,
        });
        description.extend(there);
        let others = bundle.parts.iter().filter(|part| matches!(part, Part::Derived(_))).copied().collect();
        Spelled { spans, description, way: 0, others }
    }

    /// Takes in what the event says of them. What other shapes leave behind is another matter.
    #[inline]
    pub(crate) fn mix(&self, mix: Mix, event: &mut Event<'_, '_>) -> Mix {
        // No field has as many bytes: see `Record::mix`.
        let mix = event.record.mix_spans(&self.spans, mix.pair(self.way, u64::MAX));
        self.others.iter().fold(mix, |mix, part| part.mix(event, mix))
    }
}

/// The open detections of one combination of key fields, and what they depend on.
#[derive(Debug)]
pub(crate) struct Bundle<'p> {
    /// What the matches of `steady` depend on, besides the key fields, and what they feed.
    pub(crate) parts: Vec<Part>,
    /// What the conditions of `steady` ask of an event.
    pub(crate) asks: Vec<Ask<'p>>,
    /// The detections whose outcome can be remembered.
    pub(crate) steady: Vec<u16>,
    /// The others, which are judged each time.
    pub(crate) volatile: Vec<u16>,
    /// Feeds of `steady` ones that are fed each time.
    pub(crate) fed: Vec<Each>,
    /// Whether values that are only counted are counted each time, and tell no behaviours apart.
    pub(crate) counts: bool,
    /// Whether there are such values that still do.
    pub(crate) may_count: bool,
}

/// A feed that is fed each time, and what of it is the same each time.
#[derive(Debug)]
pub(crate) struct Each {
    /// The detection, and the feed's number in it.
    pub(crate) which: (u16, u16),
    /// What is known of the group.
    pub(crate) group: Steady,
    /// Whether the values it counts are the same.
    pub(crate) values: bool,
}

/// How much of a group is the same each time.
#[derive(Debug)]
pub(crate) enum Steady {
    All,
    /// Some of its fields, in their order.
    Fields(Box<[bool]>),
    Nothing,
}

impl Each {
    /// Adds to `parts` what the steady parts depend on.
    fn of(plan: &Plan, detection: &Detection, at: u16, counts: bool, parts: &mut Vec<Part>) -> Each {
        let feed = &detection.feeds[usize::from(at)];
        let mut steady = |fields: &[FieldRef]| match plan.parts.of_all(&plan.key, fields) {
            Some(further) => {
                parts.extend(further);
                true
            }
            None => false,
        };
        let fields = &plan.keys[feed.group];
        let group = match &detection.residual {
            Some(residual) => {
                let mut all = fields.clone();
                match residual.fields(&mut all).is_some() && steady(&all) {
                    true => Steady::All,
                    false => Steady::Nothing,
                }
            }
            None => {
                let each: Box<[bool]> = fields.iter().map(|field| steady(&[*field])).collect();
                if each.iter().all(|steady| *steady) { Steady::All } else { Steady::Fields(each) }
            }
        };
        let values = match &feed.what {
            What::Count { values, .. } if !counts => values.iter().all(|tuple| steady(&tuple.fields)),
            _ => false,
        };
        Each { which: (detection.number, at), group, values }
    }
}

impl<'p> Bundle<'p> {
    /// `counts` tells whether values that are only counted shall be counted each time.
    pub(crate) fn of(plan: &'p Plan, open: &[u16], counts: bool, event: &mut Event<'_, '_>) -> Bundle<'p> {
        let mut bundle = Bundle {
            parts: Vec::new(),
            asks: Vec::new(),
            steady: Vec::new(),
            volatile: Vec::new(),
            fed: Vec::new(),
            counts,
            may_count: false,
        };
        // What counts values, and what else these depend on.
        let mut counting = Vec::new();
        for number in open {
            let detection = &plan.detections[usize::from(*number)];
            let Some(parts) = judged_by(plan, detection, event) else {
                bundle.volatile.push(*number);
                continue;
            };
            bundle.steady.push(*number);
            bundle.parts.extend(parts);
            for (at, feed) in (0u16..).zip(&detection.feeds) {
                match (&feed.what, fed_by(plan, detection, &feed.what, feed.group)) {
                    (What::Count { .. }, Some(parts)) => counting.push((detection, at, parts)),
                    (_, Some(parts)) => bundle.parts.extend(parts),
                    (_, None) => {
                        bundle.fed.push(Each::of(plan, detection, at, counts, &mut bundle.parts));
                    }
                }
            }
        }
        if !bundle.steady.is_empty() {
            bundle.parts.extend(&plan.parts.always);
        }
        for (detection, at, parts) in counting {
            let group = &plan.keys[detection.feeds[usize::from(at)].group];
            let of_group = plan.parts.of_all(&plan.key, group).unwrap_or_default();
            let alone = |part: &Part| !bundle.parts.contains(part) && !of_group.contains(part);
            let alone = parts.iter().any(alone);
            bundle.may_count |= alone && !counts;
            match alone && counts {
                true => bundle.fed.push(Each::of(plan, detection, at, counts, &mut bundle.parts)),
                false => bundle.parts.extend(parts),
            }
        }
        bundle.parts.sort_unstable();
        bundle.parts.dedup();
        let steady = bundle.steady.iter().map(|number| &plan.detections[usize::from(*number)]);
        bundle.asks = Ask::all(plan, steady, event);
        bundle
    }
}

/// What decides whether a detection matches; `None` when that is volatile.
fn judged_by(plan: &Plan, detection: &Detection, event: &mut Event<'_, '_>) -> Option<Vec<Part>> {
    let (mut fields, mut there) = (Vec::new(), Vec::new());
    let known = |field| plan.key.tell(field);
    let whole_record =
        detection.node.open_fields(event, &known, &mut |field, matcher| match (field, matcher) {
            (FieldRef::Raw(id), Some(Matcher::Exists(_))) => there.push(Part::There(id)),
            _ => fields.push(field),
        });
    if detection.outcomes.is_some() {
        fields.push(FieldRef::Derived(Derived::Outcome));
    }
    if whole_record {
        return None;
    }
    plan.parts.of_all(&plan.key, &fields).map(|parts| [parts, there].concat())
}

/// What decides which group, and which terms or values in it, a feed sees; `None` when that is volatile, or when it
/// is events that the state keeps.
fn fed_by(plan: &Plan, detection: &Detection, what: &What, group: usize) -> Option<Vec<Part>> {
    let mut fields = plan.keys[group].clone();
    match what {
        What::Term(term) => fields.extend(&term.fields),
        What::Scope(_) => {}
        What::Count { values, events: false } => fields.extend(values.iter().flat_map(|tuple| &tuple.fields)),
        _ => return None,
    }
    if let Some(residual) = &detection.residual {
        residual.fields(&mut fields)?;
    }
    plan.parts.of_all(&plan.key, &fields)
}
