//! On which fields it depends what an event matches and feeds.

use super::field::{Event, FieldRef};
use super::matcher::Matcher;
use super::plan::{Detection, Plan, What};
use crate::derive::Derived;
use crate::event::{FieldId, Mix, Span, Spelling};

/// Fields whose values hardly repeat, by what their paths begin with. Nothing but speed depends on this list.
const VOLATILE: [&str; 9] = [
    "userIdentity.accessKeyId",
    "userIdentity.sessionContext.attributes.creationDate",
    "requestParameters.roleSessionName",
    "requestParameters.sourceIdentity",
    "requestParameters.key",
    "requestParameters.instanceId",
    "responseElements",
    "requestID",
    "tlsDetails",
];

/// Who calls from where: nearly every derived field is made from some of it.
const ALWAYS: [&str; 14] = [
    "userIdentity.arn",
    "userIdentity.accountId",
    "userIdentity.principalId",
    "userIdentity.userName",
    "userIdentity.identityProvider",
    "userIdentity.inScopeOf.issuerType",
    "userIdentity.onBehalfOf.userId",
    "userIdentity.onBehalfOf.identityStoreArn",
    "userIdentity.sessionContext.sessionIssuer.arn",
    "userIdentity.sessionContext.sessionIssuer.type",
    "userAgent",
    "sourceIPAddress",
    "awsRegion",
    "recipientAccountId",
];

/// A part of a behaviour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    /// The field as it stands.
    Raw(FieldId),
    /// Whether the field is there at all.
    There(FieldId),
    /// A derived field, which blurs what is volatile.
    Derived(Derived),
}

impl Part {
    /// Takes in what the event says of it.
    pub(crate) fn mix(self, event: &mut Event<'_, '_>, mix: Mix) -> Mix {
        match self {
            Part::Raw(field) => event.record.mix(field, mix),
            Part::There(field) => mix.byte(u8::from(event.record.first(field).is_some())),
            Part::Derived(field) => {
                event.deriver.compute(&event.record, field, event.values);
                let mix = mix.byte(u8::from(event.values.is_pending(field as usize)));
                let all = event.values.get(field as usize).map(str::as_bytes);
                // Behind the last one, so that it is known to be the last.
                all.fold(mix, Mix::text).byte(u8::MAX)
            }
        }
    }
}

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
    pub(crate) fn of(bundle: &Bundle, event: &Event<'_, '_>) -> Spelled {
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
pub(crate) struct Bundle {
    /// What the matches of `steady` depend on, besides the key fields.
    pub(crate) parts: Vec<Part>,
    /// The detections whose outcome can be remembered.
    pub(crate) steady: Vec<u16>,
    /// The others, which are judged each time.
    pub(crate) volatile: Vec<u16>,
    /// Feeds of `steady` ones that are fed each time.
    pub(crate) fed: Vec<Each>,
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
    fn of(plan: &Plan, detection: &Detection, at: u16, parts: &mut Vec<Part>) -> Each {
        let feed = &detection.feeds[usize::from(at)];
        let mut steady = |fields: &[FieldRef]| match parts_of(plan, fields) {
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
            What::Count { values, .. } => values.iter().all(|fields| steady(fields)),
            _ => false,
        };
        Each { which: (detection.number, at), group, values }
    }
}

impl Bundle {
    pub(crate) fn of(plan: &Plan, open: &[u16], event: &mut Event<'_, '_>) -> Bundle {
        let mut bundle =
            Bundle { parts: Vec::new(), steady: Vec::new(), volatile: Vec::new(), fed: Vec::new() };
        for number in open {
            let detection = &plan.detections[usize::from(*number)];
            match judged_by(plan, detection, event) {
                Some(parts) => {
                    bundle.steady.push(*number);
                    bundle.parts.extend(parts);
                    for (at, feed) in (0u16..).zip(&detection.feeds) {
                        match fed_by(plan, detection, &feed.what, feed.group) {
                            Some(parts) => bundle.parts.extend(parts),
                            None => {
                                let each = Each::of(plan, detection, at, &mut bundle.parts);
                                bundle.fed.push(each);
                            }
                        }
                    }
                }
                None => bundle.volatile.push(*number),
            }
        }
        if !bundle.steady.is_empty() {
            bundle.parts.extend(ALWAYS.iter().filter_map(|path| plan.layout.id(path)).map(Part::Raw));
        }
        bundle.parts.sort_unstable();
        bundle.parts.dedup();
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
    parts_of(plan, &fields).map(|parts| [parts, there].concat())
}

/// What decides which group, and which terms or values in it, a feed sees; `None` when that is volatile, or when it
/// is events that the state keeps.
fn fed_by(plan: &Plan, detection: &Detection, what: &What, group: usize) -> Option<Vec<Part>> {
    let mut fields = plan.keys[group].clone();
    match what {
        What::Term(term) => fields.extend(term),
        What::Scope => {}
        What::Count { values, events: false } => fields.extend(values.iter().flatten()),
        _ => return None,
    }
    if let Some(residual) = &detection.residual {
        residual.fields(&mut fields)?;
    }
    parts_of(plan, &fields)
}

fn parts_of(plan: &Plan, fields: &[FieldRef]) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    for field in fields.iter().filter(|field| !plan.key.tell(**field)) {
        match field {
            FieldRef::Name => {}
            FieldRef::Raw(id) if is_volatile(plan.layout.name(*id)) => return None,
            FieldRef::Raw(id) => parts.push(Part::Raw(*id)),
            // It is what is volatile.
            FieldRef::Derived(Derived::Credential) => return None,
            FieldRef::Derived(Derived::KeyKind) => parts.push(Part::Derived(Derived::KeyKind)),
            FieldRef::Derived(derived) => {
                // Of the key, its kind is all that matters to where a call was made.
                let kind = *derived == Derived::Console;
                let matters = |path: &&&str| !(kind && **path == "userIdentity.accessKeyId");
                if kind {
                    parts.push(Part::Derived(Derived::KeyKind));
                }
                if derived.inputs().iter().filter(matters).any(|path| is_volatile(path)) {
                    parts.push(Part::Derived(*derived));
                    continue;
                }
                let inputs = derived.inputs().iter().filter(matters).filter_map(|path| plan.layout.id(path));
                parts.extend(inputs.filter(|id| !plan.key.raw.contains(id)).map(Part::Raw));
            }
        }
    }
    Some(parts)
}

fn is_volatile(path: &str) -> bool {
    VOLATILE.iter().any(|start| path.starts_with(start))
}
