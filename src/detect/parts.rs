//! What of an event decides a field's value.

use super::candidates::KeyFields;
use super::field::{Event, FieldRef};
use crate::derive::Derived;
use crate::event::{FieldId, Layout, Mix};

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
    /// How the field begins: of a key's id, these four letters tell its kind.
    Start(FieldId),
    /// A derived field, which blurs what is volatile.
    Derived(Derived),
}

impl Part {
    /// All that a field says.
    pub(crate) fn of(field: FieldRef) -> Option<Part> {
        match field {
            FieldRef::Raw(id) => Some(Part::Raw(id)),
            FieldRef::Derived(derived) => Some(Part::Derived(derived)),
            // The key tells it.
            FieldRef::Name => None,
        }
    }

    /// Takes in what the event says of it.
    pub(crate) fn mix(self, event: &mut Event<'_, '_>, mix: Mix) -> Mix {
        match self {
            Part::Raw(field) => event.record.mix(field, mix),
            Part::There(field) => mix.byte(u8::from(event.record.first(field).is_some())),
            Part::Start(field) => match event.record.plain(field) {
                Some(text) => mix.text(&text[..text.len().min(4)]),
                None => event.record.mix(field, mix.byte(u8::MAX)),
            },
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

/// The access key id of a call.
const KEY: &str = "userIdentity.accessKeyId";

/// What each field depends on.
#[derive(Debug)]
pub(crate) struct Parts {
    /// By number of the field: whether its values hardly repeat.
    volatile: Vec<bool>,
    /// Of each derived field.
    derived: Vec<Box<[Part]>>,
    /// Those of every behaviour.
    pub(crate) always: Box<[Part]>,
}

impl Parts {
    pub(crate) fn of(layout: &Layout, key: &KeyFields) -> Parts {
        Parts {
            volatile: layout.names().map(|(_, name)| is_volatile(name)).collect(),
            derived: Derived::ALL.iter().map(|field| of_derived(*field, layout, key)).collect(),
            always: ALWAYS.iter().filter_map(|path| layout.id(path)).map(Part::Raw).collect(),
        }
    }

    /// What some fields depend on besides the key's; `None` when that is volatile.
    pub(crate) fn of_all(&self, key: &KeyFields, fields: &[FieldRef]) -> Option<Vec<Part>> {
        let mut parts = Vec::new();
        for field in fields.iter().filter(|field| !key.tell(**field)) {
            match field {
                FieldRef::Name => {}
                FieldRef::Raw(id) if self.volatile[id.index()] => return None,
                FieldRef::Raw(id) => parts.push(Part::Raw(*id)),
                // It is what is volatile.
                FieldRef::Derived(Derived::Credential) => return None,
                FieldRef::Derived(derived) => parts.extend(&self.derived[*derived as usize]),
            }
        }
        Some(parts)
    }
}

fn of_derived(derived: Derived, layout: &Layout, key: &KeyFields) -> Box<[Part]> {
    // Of the key, its kind is all that matters to these two.
    let kind = matches!(derived, Derived::KeyKind | Derived::Console);
    let matters = |path: &&&str| !(kind && **path == KEY);
    let of_kind = layout.id(KEY).filter(|_| kind).map(Part::Start);
    if derived.inputs().iter().filter(matters).any(|path| is_volatile(path)) {
        return of_kind.into_iter().chain([Part::Derived(derived)]).collect();
    }
    let inputs = derived.inputs().iter().filter(matters).filter_map(|path| layout.id(path));
    let inputs = inputs.filter(|id| !key.tell(FieldRef::Raw(*id))).map(Part::Raw);
    of_kind.into_iter().chain(inputs).collect()
}

fn is_volatile(path: &str) -> bool {
    VOLATILE.iter().any(|start| path.starts_with(start))
}
