//! What a trace reads of each record.

use crate::derive::{Derived, Deriver, Values};
use crate::event::{FieldId, Layout, Record};

/// Of a call across accounts that each of them has recorded: the same in both records.
pub(super) const SHARED: &str = "sharedEventID";

/// What a run must read besides what its rules ask for.
pub const FIELDS: [&str; 19] = [
    "userIdentity.accessKeyId",
    "userIdentity.sessionContext.attributes.creationDate",
    "requestParameters.roleArn",
    "requestParameters.roleSessionName",
    "responseElements.credentials.accessKeyId",
    "responseElements.accessKey.accessKeyId",
    "responseElements.credentialSet.credentials.accessKeyId",
    "responseElements.accessKey.userName",
    "sourceIPAddress",
    "derived.principal",
    "derived.principal_kind",
    "derived.session_name",
    "derived.caller_role",
    "derived.caller_account",
    "derived.source_network",
    "derived.action",
    "derived.outcome",
    "derived.source_class",
    SHARED,
];

/// Where records name who called.
#[derive(Clone, Copy, Debug)]
pub(super) struct Caller {
    key: Option<FieldId>,
    pub(super) address: Option<FieldId>,
}

impl Caller {
    pub(super) fn find(layout: &Layout) -> Caller {
        Caller { key: layout.id("userIdentity.accessKeyId"), address: layout.id("sourceIPAddress") }
    }

    /// The credential that made a call, and whether it is a key: the access key; without one, the principal; of nobody,
    /// as guests of Cognito are, the address.
    pub(super) fn credential(
        self,
        deriver: &Deriver,
        record: &Record<'_>,
        values: &mut Values,
    ) -> Option<(String, bool)> {
        if let Some(key) = text(record, self.key) {
            return Some((key, true));
        }
        let principal = derived(deriver, record, values, Derived::Principal);
        let nobody = || text(record, self.address).map(|address| format!("unknown caller from {address}"));
        principal.or_else(nobody).map(|by| (by, false))
    }
}

/// The fields read besides derived ones and those that every run reads.
#[derive(Clone, Copy, Debug)]
pub(super) struct Inputs {
    pub(super) caller: Caller,
    pub(super) session_made: Option<FieldId>,
    pub(super) asked_role: Option<FieldId>,
    pub(super) asked_session: Option<FieldId>,
    pub(super) user: Option<FieldId>,
    /// Where the answers of calls that issue credentials name the key.
    pub(super) issued: [Option<FieldId>; 3],
}

impl Inputs {
    pub(super) fn find(layout: &Layout) -> Inputs {
        Inputs {
            caller: Caller::find(layout),
            session_made: layout.id("userIdentity.sessionContext.attributes.creationDate"),
            asked_role: layout.id("requestParameters.roleArn"),
            asked_session: layout.id("requestParameters.roleSessionName"),
            user: layout.id("responseElements.accessKey.userName"),
            issued: [
                layout.id("responseElements.credentials.accessKeyId"),
                layout.id("responseElements.accessKey.accessKeyId"),
                layout.id("responseElements.credentialSet.credentials.accessKeyId"),
            ],
        }
    }
}

/// The text of a field that is there and not empty.
pub(super) fn text(record: &Record<'_>, field: Option<FieldId>) -> Option<String> {
    record.text(field?).filter(|text| !text.is_empty()).map(|text| text.into_owned())
}

/// The first value of a derived field.
pub(super) fn derived(
    deriver: &Deriver,
    record: &Record<'_>,
    values: &mut Values,
    field: Derived,
) -> Option<String> {
    deriver.compute(record, field, values);
    values.get(field as usize).next().filter(|text| !text.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_looked_at_is_read() {
        let Inputs { caller, session_made, asked_role, asked_session, user, issued } =
            Inputs::find(&Layout::new(FIELDS));
        let asked = [caller.key, caller.address, session_made, asked_role, asked_session, user];
        assert!(asked.into_iter().chain(issued).all(|field| field.is_some()));
    }
}
