//! What was called and how it ended.

use super::field::Derived;
use super::{Deriver, Values};
use crate::event::Record;
use crate::outcome::Outcome;

/// `eventName` without the API version that some services append: `AddPermission20150331v2` is `AddPermission`.
pub(crate) fn without_version(name: &str) -> &str {
    let bytes = name.as_bytes();
    let digits = |range: std::ops::Range<usize>| {
        bytes.get(range).is_some_and(|part| part.iter().all(u8::is_ascii_digit))
    };
    // CreateDistribution2020_05_31
    if let Some(date) = bytes.len().checked_sub(10).filter(|at| *at > 0) {
        let dashed = bytes[date + 4] == b'_' && bytes[date + 7] == b'_';
        if dashed && digits(date..date + 4) && digits(date + 5..date + 7) && digits(date + 8..date + 10) {
            return &name[..date];
        }
    }
    // AddPermission20150331v2, CreateFunction20150331
    let tail = bytes.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    let end = match bytes.len().checked_sub(tail + 1) {
        Some(v) if tail > 0 && tail < 8 && bytes[v] == b'v' => v,
        _ => bytes.len(),
    };
    match end.checked_sub(8).filter(|at| *at > 0 && !bytes[*at - 1].is_ascii_digit()) {
        Some(date) if digits(date..end) && matches!(&bytes[date..date + 2], b"19" | b"20") => &name[..date],
        _ => name,
    }
}

pub(super) fn event_name(deriver: &Deriver, record: &Record<'_>, field: Derived, values: &mut Values) {
    let name = deriver.text(record, deriver.inputs.event_name);
    values.set(field as usize, name.as_deref().map(without_version));
}

pub(super) fn action(deriver: &Deriver, record: &Record<'_>, field: Derived, values: &mut Values) {
    let name = deriver.text(record, deriver.inputs.event_name);
    let source = deriver.text(record, deriver.inputs.event_source);
    match (name, source) {
        (Some(name), Some(source)) => {
            let service = source.split('.').next().unwrap_or_default();
            values.set_joined(field as usize, &[service, ":", without_version(&name)]);
        }
        _ => values.set(field as usize, None::<&str>),
    }
}

/// Beginnings of names of calls that read.
const READS: [&str; 15] = [
    "Get",
    "List",
    "Describe",
    "Head",
    "Lookup",
    "Search",
    "Scan",
    "Query",
    "BatchGet",
    "Select",
    "View",
    "Check",
    "Simulate",
    "Discover",
    "BatchDescribe",
];

pub(super) fn read_action(deriver: &Deriver, record: &Record<'_>, field: Derived, values: &mut Values) {
    let name = deriver.text(record, deriver.inputs.event_name);
    let by_name = name.is_some_and(|name| READS.iter().any(|read| name.starts_with(read)));
    let reads = match deriver.inputs.read_only.and_then(|field| record.text(field)) {
        Some(text) if text.eq_ignore_ascii_case("true") => true,
        // Old versions of some services say false of Get and List calls, and most of them say nothing.
        _ => by_name,
    };
    values.set(field as usize, Some(truth(reads)));
}

/// Whether an error code says that the caller may not do this. Services spell refusals in many ways; throttling and
/// failed validation are no refusals.
fn is_denial(code: &str) -> bool {
    let lower = code.to_ascii_lowercase();
    let words = [
        "accessdenied",
        "access denied",
        "unauthorized",
        "notauthorized",
        "forbidden",
        "authorizationerror",
        "authfailure",
    ];
    words.iter().any(|word| lower.contains(word))
}

/// What stands in place of an error where there was none: from services, and from tables that logs went through.
const NO_ERROR: [&str; 5] = ["success", "nosucherror", "none", "null", "-"];

pub(super) fn outcome_of(deriver: &Deriver, record: &Record<'_>) -> Outcome {
    let inputs = &deriver.inputs;
    if let Some(code) = deriver.text(record, inputs.error_code)
        && !NO_ERROR.iter().any(|none| code.eq_ignore_ascii_case(none))
    {
        return if is_denial(&code) { Outcome::Denied } else { Outcome::Failed };
    }
    // Sign-in events carry their outcome in the response instead.
    let sign_in = [
        inputs.console_login,
        inputs.switch_role,
        inputs.check_mfa,
        inputs.idp_login,
        inputs.credential_verification,
    ];
    let refused = sign_in
        .into_iter()
        .any(|field| deriver.text(record, field).is_some_and(|t| t.eq_ignore_ascii_case("failure")));
    if refused { Outcome::Denied } else { Outcome::Success }
}

impl Deriver {
    /// How the recorded call ended.
    pub fn outcome(&self, record: &Record<'_>) -> Outcome {
        outcome_of(self, record)
    }
}

pub(super) fn outcome(deriver: &Deriver, record: &Record<'_>, field: Derived, values: &mut Values) {
    values.set(field as usize, Some(outcome_of(deriver, record).name()));
}

pub(super) fn denied(deriver: &Deriver, record: &Record<'_>, field: Derived, values: &mut Values) {
    values.set(field as usize, Some(truth(outcome_of(deriver, record) == Outcome::Denied)));
}

pub(super) fn console(deriver: &Deriver, record: &Record<'_>, field: Derived, values: &mut Values) {
    let inputs = &deriver.inputs;
    let text = |input| deriver.text(record, input);
    let is = |input, wanted: &str| text(input).is_some_and(|t| t.eq_ignore_ascii_case(wanted));
    let marked = is(inputs.from_console, "true");
    let event = text(inputs.event_type).is_some_and(|t| t == "AwsConsoleSignIn" || t == "AwsConsoleAction");
    // A user agent is the caller's to choose: it counts only for credentials that the console could have.
    let long_term = text(inputs.identity_key).is_some_and(|key| key.starts_with("AKIA"));
    let agent = text(inputs.user_agent).is_some_and(|agent| values.once.agent(&agent).console);
    let internal = is(inputs.identity_invoked_by, "aws internal") || is(inputs.source_ip, "aws internal");
    values.set(field as usize, Some(truth(marked || event || (!long_term && (agent || internal)))));
}

/// A fact as rules compare it.
pub(super) fn truth(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_cut_off() {
        for (name, plain) in [
            ("AddPermission20150331v2", "AddPermission"),
            ("UpdateFunctionCode20150331v2", "UpdateFunctionCode"),
            ("CreateFunction20150331", "CreateFunction"),
            ("ListFunctions20150331", "ListFunctions"),
            ("CreateDistribution2020_05_31", "CreateDistribution"),
            ("GetDistribution2020_05_31", "GetDistribution"),
            ("DescribeInstances", "DescribeInstances"),
            ("GetV2", "GetV2"),
            ("20150331", "20150331"),
            ("v2", "v2"),
            ("", ""),
        ] {
            assert_eq!(without_version(name), plain, "{name}");
        }
    }

    #[test]
    fn refusals_have_many_names_and_throttling_is_none() {
        for code in [
            "AccessDenied",
            "AccessDeniedException",
            "Client.UnauthorizedOperation",
            "UnauthorizedException",
            "ForbiddenException",
            "VpceAccessDenied",
            "UnauthorizedOperation",
            "AuthorizationError",
            "Client.AuthFailure",
            "NotAuthorizedException",
        ] {
            assert!(is_denial(code), "{code}");
        }
        for code in
            ["ThrottlingException", "Client.RequestLimitExceeded", "NoSuchEntityException", "ValidationError"]
        {
            assert!(!is_denial(code), "{code}");
        }
    }
}
