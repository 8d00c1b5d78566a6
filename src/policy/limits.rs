//! Which conditions only ask who, when and from where, and which cut down what may be done.

use super::condition::{Comparison, Condition, SetQualifier};
use super::grant::Grant;
use super::statement::Statement;

/// The request a question is about, as far as conditions on it are understood.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request<'a> {
    pub(super) action: &'a str,
    /// The service a role is passed to, such as `lambda.amazonaws.com`, where the question is about one.
    pub(super) passed_to: Option<&'a str>,
}

/// How far an Allow that selects the request holds for it.
///
/// A condition on the caller or its surroundings (MFA, address, region, tags of the principal) leaves the power in the
/// policy: `Conditional`. A condition on the content of the request (`iam:PassedToService`, `iam:PermissionsBoundary`,
/// tags of the resource) takes it away: `No`.
pub(super) fn allowed(statement: &Statement, request: Request<'_>) -> Grant {
    let conditions = &statement.conditions;
    if conditions.is_empty() {
        Grant::Yes
    } else if conditions.iter().any(|condition| confines(condition, request)) {
        Grant::No
    } else {
        Grant::Conditional
    }
}

/// What a Deny that selects the request leaves of it.
///
/// A Deny "unless the request names X" leaves nothing to a request that does not name X.
pub(super) fn left_by_deny(statement: &Statement, request: Request<'_>) -> Grant {
    if statement.conditions.iter().all(|condition| excepts_named(condition, request)) {
        Grant::No
    } else {
        Grant::Conditional
    }
}

fn confines(condition: &Condition, request: Request<'_>) -> bool {
    let operator = &condition.operator;
    let judged = !operator.negated && !matches!(operator.comparison, Comparison::Null | Comparison::Unknown);
    // Such a test passes when the request has no such key.
    let lenient = operator.if_exists || operator.set == Some(SetQualifier::ForAllValues);
    judged
        && is_about_content(condition)
        && !condition.takes_anything()
        && (!lenient || has_key(request.action, &condition.key.to_ascii_lowercase()))
        && !names_receiver(condition, request)
}

fn excepts_named(condition: &Condition, request: Request<'_>) -> bool {
    condition.operator.negated
        && condition.operator.set != Some(SetQualifier::ForAnyValue)
        && is_about_content(condition)
        && !condition.takes_anything()
        && !names_receiver(condition, request)
}

fn names_receiver(condition: &Condition, request: Request<'_>) -> bool {
    condition.is_about("iam:PassedToService")
        && request.passed_to.is_some_and(|service| condition.names(service))
}

/// Global keys speak of the caller and its surroundings, but for tags; keys of a service speak of the request.
fn is_about_content(condition: &Condition) -> bool {
    let key = condition.key.to_ascii_lowercase();
    match key.strip_prefix("aws:") {
        Some(name) => ["resourcetag", "requesttag", "tagkeys"].iter().any(|tags| name.starts_with(tags)),
        None => true,
    }
}

/// Whether requests of `action` carry `key` (in lower case), from the Service Authorization Reference for the keys
/// that are used to confine IAM.
fn has_key(action: &str, key: &str) -> bool {
    let action = action.to_ascii_lowercase();
    let Some((service, name)) = action.split_once(':') else { return false };
    match key {
        "iam:passedtoservice" | "iam:associatedresourcearn" => action == "iam:passrole",
        "iam:policyarn" => service == "iam" && name.ends_with("policy") && !name.starts_with("put"),
        "iam:permissionsboundary" => service == "iam" && (name.contains("user") || name.contains("role")),
        "iam:awsservicename" => name == "createservicelinkedrole",
        _ => key.split_once(':').is_some_and(|(prefix, _)| prefix == service),
    }
}
