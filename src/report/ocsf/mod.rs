//! Detection Findings (class 2004) of the Open Cybersecurity Schema Framework, version 1.5.0, one a line.
//!
//! `time` is the first event's, not the clock's. The profiles `cloud` and `host` are used: they bring `cloud` and
//! `actor`. The class has no place for a source of its own, which is why the address stands in the evidence.

mod attack;
mod observables;

use std::io::{self, Write};
use std::net::IpAddr;

use serde_json::{Map, Value, json};

use super::Surroundings;
use super::identity::{Identity, vendors_in};
use super::json::write_line;
use crate::arn::Arn;
use crate::finding::{ChainLink, EvidenceItem, Finding, View};
use crate::level::Level;
use crate::time::Timestamp;

/// The version of the schema.
const VERSION: &str = "1.5.0";

/// One finding a line.
pub(super) fn render(view: &View, _: Surroundings, out: &mut dyn Write) -> io::Result<()> {
    view.findings.iter().try_for_each(|finding| write_line(&event(finding, view), out))
}

/// What is known, as an object; nothing when nothing is.
fn object<const N: usize>(pairs: [(&str, Option<Value>); N]) -> Option<Value> {
    let known: Map<String, Value> =
        pairs.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
    (!known.is_empty()).then_some(Value::Object(known))
}

fn list(values: Vec<Value>) -> Option<Value> {
    (!values.is_empty()).then_some(Value::Array(values))
}

fn text(value: &Option<String>) -> Option<Value> {
    value.as_ref().map(|value| json!(value))
}

/// Milliseconds since the epoch.
fn millis(time: Timestamp) -> u64 {
    u64::from(time.secs()) * 1000
}

fn event(finding: &Finding, view: &View) -> Value {
    // Required, and there may be none: then the end of the logs, by when it must have happened.
    let time = finding.first_seen.or(finding.last_seen).or(view.summary.last_event);
    let first = finding.first_seen.map(|time| json!(millis(time)));
    let last = finding.last_seen.map(|time| json!(millis(time)));
    let (severity, severity_id) = severity(finding.level);
    let (status, status_id) = if finding.suppressed.is_some() { ("Suppressed", 3) } else { ("New", 1) };
    object([
        ("activity_id", Some(json!(1))),
        ("activity_name", Some(json!("Create"))),
        ("category_uid", Some(json!(2))),
        ("category_name", Some(json!("Findings"))),
        ("class_uid", Some(json!(2004))),
        ("class_name", Some(json!("Detection Finding"))),
        ("type_uid", Some(json!(200_401))),
        ("type_name", Some(json!("Detection Finding: Create"))),
        ("time", Some(json!(time.map_or(0, millis)))),
        ("start_time", first.clone()),
        ("end_time", last.clone()),
        ("severity_id", Some(json!(severity_id))),
        ("severity", Some(json!(severity))),
        ("status_id", Some(json!(status_id))),
        ("status", Some(json!(status))),
        ("status_detail", finding.suppressed.as_ref().map(|s| json!(format!("{}: {}", s.by, s.reason)))),
        ("is_alert", Some(json!(finding.suppressed.is_none()))),
        ("count", Some(json!(finding.count))),
        ("message", Some(json!(finding.title))),
        ("metadata", Some(metadata(finding, view))),
        ("finding_info", finding_info(finding, first, last)),
        ("cloud", cloud(finding, view)),
        ("actor", actor(finding, view)),
        ("evidences", list(finding.evidence.iter().map(|item| evidence(finding, view, item)).collect())),
        ("resources", list(resources(finding))),
        ("observables", list(observables::observables(finding))),
        ("unmapped", unmapped(finding, view)),
    ])
    .unwrap_or_default()
}

fn severity(level: Level) -> (&'static str, u8) {
    match level {
        Level::Informational => ("Informational", 1),
        Level::Low => ("Low", 2),
        Level::Medium => ("Medium", 3),
        Level::High => ("High", 4),
        Level::Critical => ("Critical", 5),
    }
}

fn metadata(finding: &Finding, view: &View) -> Value {
    json!({
        "version": VERSION,
        "profiles": ["cloud", "host"],
        "product": {"name": view.run.tool, "vendor_name": view.run.tool, "version": view.run.version},
        "uid": finding.id,
        "event_code": finding.rule.name,
        "log_name": "AWS CloudTrail",
        "log_provider": "AWS",
    })
}

fn finding_info(finding: &Finding, first: Option<Value>, last: Option<Value>) -> Option<Value> {
    let rule = &finding.rule;
    let attacks = rule.attack.iter().filter_map(|id| attack::attack(id));
    object([
        ("uid", Some(json!(finding.id))),
        ("title", Some(json!(rule.title))),
        ("desc", Some(json!(finding.title))),
        ("types", Some(json!([finding.class.name()]))),
        (
            "analytic",
            object([
                ("uid", Some(json!(rule.id.as_deref().unwrap_or(&rule.name)))),
                ("name", Some(json!(rule.name))),
                ("desc", Some(json!(rule.title))),
                ("type_id", Some(json!(1))),
                ("type", Some(json!("Rule"))),
            ]),
        ),
        ("attacks", list(attacks.collect())),
        ("data_sources", Some(json!(["AWS CloudTrail"]))),
        ("first_seen_time", first),
        ("last_seen_time", last),
    ])
}

fn account(uid: &str, view: &View) -> Value {
    let mut account = json!({"uid": uid, "type_id": 10, "type": "AWS Account"});
    if let Some(name) = view.summary.vendors.get(uid) {
        account["name"] = json!(name);
    }
    account
}

fn cloud(finding: &Finding, view: &View) -> Option<Value> {
    object([
        ("provider", Some(json!("AWS"))),
        ("account", finding.account.as_deref().map(|uid| account(uid, view))),
        ("region", text(&finding.region)),
    ])
}

fn actor(finding: &Finding, view: &View) -> Option<Value> {
    let principal = &finding.principal;
    let kind = principal.kind.as_deref();
    // Of users the schema knows persons, administrators and systems.
    let type_id = match kind {
        Some("user" | "sso-user" | "identity-center-user" | "saml" | "web-identity") => 1,
        Some("root") => 2,
        Some("service" | "instance") => 3,
        Some(_) => 99,
        None => 0,
    };
    let canonical = principal.canonical.as_ref().or(principal.arn.as_ref());
    let name = canonical.map(|uid| Identity::of(uid, kind).name);
    let user = object([
        ("uid", canonical.map(|uid| json!(uid))),
        ("name", name.map(|name| json!(name))),
        ("uid_alt", principal.arn.as_ref().filter(|arn| Some(*arn) != canonical).map(|arn| json!(arn))),
        ("account", principal.account.as_deref().map(|uid| account(uid, view))),
        ("credential_uid", text(&principal.access_key_id)),
    ]);
    let user = user.map(|mut user| {
        user["type_id"] = json!(type_id);
        user["type"] = json!(kind.unwrap_or("Unknown"));
        user
    });
    let session = principal.session_name.as_ref().map(|name| {
        let mut session = json!({"uid": name});
        if let Some(issuer) = canonical {
            session["issuer"] = json!(issuer);
        }
        session
    });
    object([("user", user), ("session", session)])
}

fn endpoint(finding: &Finding) -> Option<Value> {
    let source = &finding.source;
    let address = source.ip.as_deref().filter(|text| text.parse::<IpAddr>().is_ok());
    // AWS's own services stand with their name where an address would.
    let service = source.ip.as_deref().filter(|_| address.is_none());
    let system = object([("number", source.asn.map(|asn| json!(asn))), ("name", text(&source.org))]);
    object([
        ("ip", address.map(|ip| json!(ip))),
        ("svc_name", service.map(|name| json!(name))),
        ("location", object([("country", text(&source.country))])),
        ("autonomous_system", system),
    ])
}

fn evidence(finding: &Finding, view: &View, item: &EvidenceItem) -> Value {
    // What the finding says of actor and source is said of its first event.
    let first = finding.evidence.first().is_some_and(|first| std::ptr::eq(first, item));
    let service = object([("name", text(&item.event_source))]);
    let response = finding.error_code.as_ref().filter(|_| first).map(|error| json!({"error": error}));
    let api = object([
        ("operation", Some(json!(item.event_name.as_deref().unwrap_or("unknown")))),
        ("service", service),
        ("response", response),
    ]);
    let data = object([
        ("event_id", text(&item.event_id)),
        ("event_time", item.time.map(|time| json!(time))),
        ("file", Some(json!(item.file))),
        ("record", Some(json!(item.record))),
        ("user_agent", text(&finding.user_agent).filter(|_| first)),
        ("vpc_endpoint", text(&finding.source.vpc_endpoint).filter(|_| first)),
        ("raw", item.raw.as_ref().and_then(|raw| serde_json::from_str(raw.get()).ok())),
    ]);
    object([
        ("actor", actor(finding, view).filter(|_| first)),
        ("src_endpoint", endpoint(finding).filter(|_| first)),
        ("api", api),
        ("data", data),
    ])
    .unwrap_or_default()
}

fn resources(finding: &Finding) -> Vec<Value> {
    let others = finding.targets.iter().filter(|target| finding.target.as_ref() != Some(target));
    let resource = |target: &String| {
        let partition = Arn::split(target).map(|arn| arn.partition);
        object([
            ("uid", Some(json!(target))),
            ("cloud_partition", partition.map(|name| json!(name))),
            ("region", text(&finding.region)),
        ])
    };
    finding.target.iter().chain(others).filter_map(resource).collect()
}

/// What the class has no place for.
fn unmapped(finding: &Finding, view: &View) -> Option<Value> {
    let chain = finding.principal.chain.iter().map(|link: &ChainLink| json!(link)).collect();
    object([
        ("why", list(finding.why.iter().map(|why| json!(why)).collect())),
        ("outcome", finding.outcome.map(|outcome| json!(outcome))),
        ("source_class", text(&finding.source.class)),
        ("chain", list(chain)),
        ("vendors", list(vendors_in(finding, &view.summary.vendors).into_iter().map(Value::from).collect())),
        ("new_term", finding.new_term.as_ref().map(|detail| json!(detail))),
        ("threshold", finding.threshold.as_ref().map(|detail| json!(detail))),
        ("sequence", finding.sequence.as_ref().map(|detail| json!(detail))),
        ("evidence_total", Some(json!(finding.evidence_total))),
        ("false_positives", list(finding.false_positives.iter().map(|text| json!(text)).collect())),
        ("tags", list(finding.rule.tags.iter().map(|tag| json!(tag)).collect())),
        ("references", list(finding.rule.references.iter().map(|link| json!(link)).collect())),
    ])
}
