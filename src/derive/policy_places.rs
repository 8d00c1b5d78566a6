//! Policy documents at places that only one service uses.

use serde_json::Value;

use super::Deriver;
use super::parameters::parameters;
use crate::event::Record;

/// The calls that carry a policy document at a place of their own.
const POLICY_CALLS: [&str; 14] = [
    "CreateQueue",
    "SetQueueAttributes",
    "CreateTopic",
    "SetTopicAttributes",
    "PutDestinationPolicy",
    "PutResourcePolicy",
    "PutAccessGrantsInstanceResourcePolicy",
    "PutAccessPointPolicy",
    "PutAccessPointPolicyForObjectLambda",
    "PutMultiRegionAccessPointPolicy",
    "SetVaultAccessPolicy",
    "CreateDomain",
    "UpdateDomainConfig",
    "UpdateElasticsearchDomainConfig",
];

/// Those of a call.
pub(super) fn documents(deriver: &Deriver, record: &Record<'_>) -> Vec<String> {
    let Some((name, parameters)) = parameters(deriver, record, &POLICY_CALLS) else { return Vec::new() };
    let document = match name.as_str() {
        "CreateQueue" | "SetQueueAttributes" | "CreateTopic" => &parameters["attributes"]["Policy"],
        "SetTopicAttributes" if parameters["attributeName"] == "Policy" => &parameters["attributeValue"],
        "PutDestinationPolicy" => &parameters["accessPolicy"],
        // Glue's is the first, that of Organizations the second.
        "PutResourcePolicy" if parameters["policyInJson"].is_null() => &parameters["content"],
        "PutResourcePolicy" => &parameters["policyInJson"],
        "PutAccessPointPolicy"
        | "PutAccessPointPolicyForObjectLambda"
        | "PutAccessGrantsInstanceResourcePolicy" => &parameters[format!("{name}Request")]["Policy"],
        "PutMultiRegionAccessPointPolicy" => {
            &parameters["PutMultiRegionAccessPointPolicyRequest"]["Details"]["Policy"]
        }
        "SetVaultAccessPolicy" => &parameters["policy"]["policy"],
        "CreateDomain" | "UpdateDomainConfig" | "UpdateElasticsearchDomainConfig" => {
            &parameters["accessPolicies"]
        }
        _ => &Value::Null,
    };
    match document {
        Value::String(text) if !text.trim().is_empty() => vec![text.clone()],
        Value::Object(_) => vec![document.to_string()],
        _ => Vec::new(),
    }
}
