//! SARIF 2.1.0, for continuous integration that scans sample logs: rules, results, and where in which file each one is.
//!
//! A log has no lines worth pointing at: the location is the file, the logical location the record in it. The
//! fingerprint is the finding's id, which stays the same when more logs are added.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde_json::{Map, Value, json};

use super::Surroundings;
use super::files::uri;
use super::identity::vendors_in;
use super::json::write_document;
use super::untrusted::{clipped, plain};
use crate::finding::{EvidenceItem, Finding, RuleInfo, Skipped, View};
use crate::level::Level;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// Longer messages are cut.
const MOST: usize = 4_000;

/// The whole run as one log.
pub(super) fn render(view: &View, _: Surroundings, out: &mut dyn Write) -> io::Result<()> {
    let rules: BTreeMap<&str, &RuleInfo> =
        view.findings.iter().map(|finding| (finding.rule.name.as_str(), &finding.rule)).collect();
    let places: BTreeMap<&str, usize> = rules.keys().enumerate().map(|(at, name)| (*name, at)).collect();
    let results: Vec<Value> = view.findings.iter().map(|finding| result(finding, view, &places)).collect();
    let descriptors: Vec<Value> = rules.values().map(|rule| descriptor(rule)).collect();
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": view.run.tool,
                "version": view.run.version,
                "rules": descriptors,
                "properties": {"rulesHash": view.run.rules_hash},
            }},
            "invocations": [{
                "executionSuccessful": !view.summary.incomplete && !view.run.partial,
                "toolExecutionNotifications": view.summary.skipped.iter().map(lost).collect::<Vec<_>>(),
                "toolConfigurationNotifications": unjudged(view),
            }],
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    write_document(&log, out)
}

/// SARIF's three levels.
fn level(level: Level) -> &'static str {
    match level {
        Level::Critical | Level::High => "error",
        Level::Medium => "warning",
        Level::Low | Level::Informational => "note",
    }
}

/// The middle of the band that code hosts show under the same name.
fn severity(level: Level) -> &'static str {
    match level {
        Level::Critical => "9.5",
        Level::High => "8.0",
        Level::Medium => "5.5",
        Level::Low => "2.5",
        Level::Informational => "0.5",
    }
}

/// A plain text message. Brackets would make links and braces placeholders.
fn message(text: &str) -> Value {
    let text: Vec<_> = text.lines().map(plain).collect();
    let text = text.join("\n").replace('[', "\\[").replace(']', "\\]").replace('{', "(").replace('}', ")");
    json!({"text": clipped(&text, MOST)})
}

fn descriptor(rule: &RuleInfo) -> Value {
    let mut tags = rule.tags.clone();
    tags.push("security".to_owned());
    let mut out = Map::new();
    out.insert("id".into(), json!(rule.name));
    out.insert("shortDescription".into(), message(&rule.title));
    if let Some(reference) = rule.references.iter().find(|link| link.starts_with("https://")) {
        out.insert("helpUri".into(), json!(reference));
    }
    out.insert("defaultConfiguration".into(), json!({"level": level(rule.level)}));
    out.insert(
        "properties".into(),
        json!({
            "tags": tags,
            "security-severity": severity(rule.level),
            "problem.severity": if rule.level >= Level::High { "error" } else { "warning" },
            "attack": rule.attack,
            "references": rule.references,
            "sigmaId": rule.id,
        }),
    );
    Value::Object(out)
}

fn result(finding: &Finding, view: &View, places: &BTreeMap<&str, usize>) -> Value {
    let text = std::iter::once(finding.title.as_str()).chain(finding.why.iter().map(String::as_str));
    let mut out = Map::new();
    out.insert("ruleId".into(), json!(finding.rule.name));
    out.insert("ruleIndex".into(), json!(places[finding.rule.name.as_str()]));
    out.insert("level".into(), json!(level(finding.level)));
    out.insert("message".into(), message(&text.collect::<Vec<_>>().join("\n")));
    let mut places = finding.evidence.iter().map(location);
    out.insert("locations".into(), places.next().into_iter().collect());
    let others: Vec<Value> = places.collect();
    if !others.is_empty() {
        out.insert("relatedLocations".into(), Value::Array(others));
    }
    out.insert("occurrenceCount".into(), json!(finding.count.max(1)));
    out.insert("partialFingerprints".into(), json!({"trailsiftFindingId/v1": finding.id}));
    if view.summary.known.is_some() {
        let state = if finding.known.is_some() { "unchanged" } else { "new" };
        out.insert("baselineState".into(), json!(state));
    }
    if let Some(suppressed) = &finding.suppressed {
        let reason = clipped(&suppressed.reason, MOST).into_owned();
        out.insert("suppressions".into(), json!([{"kind": "external", "justification": reason}]));
    }
    out.insert(
        "properties".into(),
        json!({
            "level": finding.level,
            "security-severity": severity(finding.level),
            "class": finding.class,
            "outcome": finding.outcome,
            "firstSeen": finding.first_seen,
            "lastSeen": finding.last_seen,
            "account": finding.account,
            "region": finding.region,
            "principal": finding.principal.canonical,
            "accessKeyId": finding.principal.access_key_id,
            "target": finding.target,
            "targets": finding.targets,
            "sourceIp": finding.source.ip,
            "addresses": finding.addresses,
            "accessKeys": finding.access_keys,
            "sessions": finding.sessions,
            "vendors": vendors_in(finding, &view.summary.vendors),
            "falsePositives": finding.false_positives,
        }),
    );
    Value::Object(out)
}

fn location(item: &EvidenceItem) -> Value {
    json!({
        "physicalLocation": {
            "artifactLocation": {"uri": uri(&item.file)},
            "region": {"startLine": 1},
        },
        "logicalLocations": [{
            "fullyQualifiedName": format!("Records[{}]", item.record),
            "kind": "object",
        }],
        "properties": {
            "eventId": item.event_id,
            "eventName": item.event_name,
            "eventSource": item.event_source,
            "time": item.time,
        },
    })
}

fn lost(skipped: &Skipped) -> Value {
    json!({
        "level": "warning",
        "message": message(&format!("{} ({})", skipped.reason, skipped.kind)),
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri(&skipped.path)}}}],
    })
}

fn unjudged(view: &View) -> Vec<Value> {
    let note =
        |rule: &str, reason: &str| json!({"level": "note", "message": message(&format!("{rule}: {reason}"))});
    let not_evaluated = view.summary.not_evaluated.iter().map(|entry| note(&entry.rule, &entry.reason));
    let short = view.summary.insufficient_baseline.iter().map(|entry| {
        let of = [&entry.rule, &entry.account, &entry.region];
        let of: Vec<&str> = of.into_iter().flatten().map(String::as_str).collect();
        note(&of.join(" "), &entry.reason)
    });
    not_evaluated.chain(short).collect()
}
