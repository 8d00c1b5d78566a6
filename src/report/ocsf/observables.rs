//! What of a finding one would look for elsewhere.

use std::net::IpAddr;

use serde_json::{Value, json};

use crate::finding::Finding;

/// What one would look for elsewhere: the types are the schema's.
pub(super) fn observables(finding: &Finding) -> Vec<Value> {
    let mut out: Vec<Value> = Vec::new();
    let mut add = |name: &str, type_id: u8, kind: &str, value: &str| {
        let new = json!({"name": name, "type_id": type_id, "type": kind, "value": value});
        if !out.contains(&new) {
            out.push(new);
        }
    };
    let source = &finding.source;
    if let Some(ip) = source.ip.as_deref().filter(|text| text.parse::<IpAddr>().is_ok()) {
        add("evidences[].src_endpoint.ip", 2, "IP Address", ip);
    }
    if let Some(country) = &source.country {
        add("evidences[].src_endpoint.location.country", 14, "Country", country);
    }
    if let Some(endpoint) = &source.vpc_endpoint {
        add("evidences[].data.vpc_endpoint", 10, "Resource UID", endpoint);
    }
    if let Some(principal) = &finding.principal.canonical {
        add("actor.user.uid", 10, "Resource UID", principal);
    }
    for key in &finding.access_keys {
        add("actor.user.credential_uid", 19, "User Credential ID", key);
    }
    if let Some(agent) = &finding.user_agent {
        add("evidences[].data.user_agent", 16, "HTTP User-Agent", agent);
    }
    for ip in finding.addresses.iter().filter(|text| text.parse::<IpAddr>().is_ok()) {
        add("evidences[].src_endpoint.ip", 2, "IP Address", ip);
    }
    for target in finding.target.iter().chain(&finding.targets) {
        add("resources[].uid", 10, "Resource UID", target);
    }
    out
}
