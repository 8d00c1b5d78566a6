//! The committed demo trail: whole, small, told truly by its ground truth, and quiet where nothing happens.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its data has failed")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};

use flate2::bufread::GzDecoder;
use serde_json::Value;

/// A record and the file it was read from.
struct Record {
    file: String,
    value: Value,
}

impl Record {
    /// A text by its path, empty where there is none.
    fn text(&self, path: &str) -> &str {
        self.value.pointer(path).and_then(Value::as_str).unwrap_or_default()
    }

    fn id(&self) -> &str {
        self.text("/eventID")
    }

    /// Seconds into the month: the demo lies within one.
    fn seconds(&self) -> u32 {
        let number = |at: usize| self.text("/eventTime")[at..at + 2].parse::<u32>().unwrap();
        ((number(8) * 24 + number(11)) * 60 + number(14)) * 60 + number(17)
    }

    /// The identity that outlives a session: a role, with the person's or the instance's name where roles are shared.
    fn principal(&self) -> String {
        let issuer = self.text("/userIdentity/sessionContext/sessionIssuer/arn");
        let session = self.text("/userIdentity/principalId").rsplit(':').next().unwrap_or_default();
        match self.text("/userIdentity/type") {
            "AssumedRole" if session.contains('@') || session.starts_with("i-") => {
                format!("{issuer}/{session}")
            }
            "AssumedRole" => issuer.to_owned(),
            _ => self.text("/userIdentity/principalId").to_owned(),
        }
    }

    /// The first three bytes of a public address.
    fn network(&self) -> Option<&str> {
        let ip = self.text("/sourceIPAddress");
        let public = ip.bytes().all(|b| b.is_ascii_digit() || b == b'.') && !ip.starts_with("10.");
        if public { ip.rsplit_once('.').map(|(network, _)| network) } else { None }
    }

    fn by_service(&self) -> bool {
        self.text("/userIdentity/type") == "AWSService" || !self.text("/userIdentity/invokedBy").is_empty()
    }
}

fn testdata(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(name)
}

fn truth() -> Value {
    serde_json::from_slice(&fs::read(testdata("demo.truth.json")).unwrap()).unwrap()
}

fn all_files() -> Vec<PathBuf> {
    let (mut files, mut folders) = (Vec::new(), vec![testdata("demo")]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    files
}

/// Every record of every log file, copies too.
fn records() -> Vec<Record> {
    let mut records = Vec::new();
    for path in all_files() {
        let file = path.to_str().unwrap().replace('\\', "/");
        if file.contains("/CloudTrail/") {
            let gzip = GzDecoder::new(BufReader::new(File::open(&path).unwrap()));
            let mut document: Value = serde_json::from_reader(BufReader::new(gzip)).unwrap();
            let list = document["Records"].as_array_mut().unwrap();
            records.extend(list.drain(..).map(|value| Record { file: file.clone(), value }));
        }
    }
    records
}

/// Each event once, by time, and whether it is the intruder's.
fn events() -> Vec<(Record, bool)> {
    let truth = truth();
    let malicious: BTreeSet<&str> = truth["malicious_events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["eventID"].as_str().unwrap())
        .collect();
    let mut seen = BTreeSet::new();
    let mut events: Vec<(Record, bool)> = records()
        .into_iter()
        .filter(|record| seen.insert(record.id().to_owned()))
        .map(|record| {
            let bad = malicious.contains(record.id());
            (record, bad)
        })
        .collect();
    events.sort_by_key(|(record, _)| (record.seconds(), record.id().to_owned()));
    events
}

#[test]
fn it_is_small() {
    let files = all_files();
    let blocks: u64 = files.iter().map(|path| fs::metadata(path).unwrap().len().div_ceil(4096)).sum();
    assert!(files.len() <= 400, "{} files", files.len());
    assert!(blocks * 4096 <= 1_600_000, "{} bytes on disk", blocks * 4096);
}

#[test]
fn every_record_is_one_that_cloudtrail_writes() {
    const TEXTS: [&str; 12] = [
        "/eventVersion",
        "/userIdentity/type",
        "/eventTime",
        "/eventSource",
        "/eventName",
        "/awsRegion",
        "/sourceIPAddress",
        "/userAgent",
        "/eventID",
        "/eventType",
        "/recipientAccountId",
        "/eventCategory",
    ];
    for record in records() {
        for path in TEXTS {
            assert!(!record.text(path).is_empty(), "{path} is missing in {}", record.value);
        }
        for key in ["requestParameters", "responseElements", "readOnly", "managementEvent"] {
            assert!(record.value.get(key).is_some(), "{key} is missing in {}", record.value);
        }
        assert_eq!((record.id().len(), record.text("/eventTime").len()), (36, 20));
        assert!(record.file.contains(&format!("/{}/CloudTrail/", record.text("/recipientAccountId"))));
        // A policy is a JSON document in a string.
        for path in ["policyDocument", "assumeRolePolicyDocument"] {
            let policy = record.text(&format!("/requestParameters/{path}"));
            assert!(policy.is_empty() || serde_json::from_str::<Value>(policy).is_ok(), "{policy}");
        }
    }
}

#[test]
fn the_counts_are_true_and_copies_are_copies() {
    let (truth, records) = (truth(), records());
    let mut by_id: BTreeMap<&str, Vec<&Record>> = BTreeMap::new();
    for record in &records {
        by_id.entry(record.id()).or_default().push(record);
    }
    let kind = |name: &str| all_files().iter().filter(|file| file.to_str().unwrap().contains(name)).count();
    let counts = &truth["counts"];
    assert_eq!(counts["records"], records.len());
    assert_eq!(counts["distinct_events"], by_id.len());
    assert_eq!(counts["copies"], records.len() - by_id.len());
    assert_eq!(counts["files"], kind("/CloudTrail/"));
    assert_eq!(counts["digest_files"], kind("/CloudTrail-Digest/"));
    assert_eq!(counts["insight_files"], kind("/CloudTrail-Insight/"));
    assert!(by_id.values().all(|copies| copies.iter().all(|copy| copy.value == copies[0].value)));
    // Most copies lie in another file, some of them in another Region's.
    let elsewhere =
        by_id.values().filter(|copies| copies.iter().any(|copy| copy.file != copies[0].file)).count();
    assert!(elsewhere * 2 > records.len() - by_id.len(), "{elsewhere} copies in other files");
}

#[test]
fn the_truth_tells_of_events_that_are_there() {
    let (truth, events) = (truth(), events());
    let by_id: BTreeMap<&str, &Record> = events.iter().map(|(record, _)| (record.id(), record)).collect();
    let steps = truth["malicious_events"].as_array().unwrap();
    for step in steps {
        let record = by_id[step["eventID"].as_str().unwrap()];
        assert_eq!(step["eventTime"], record.text("/eventTime"));
        assert_eq!(step["eventName"], record.text("/eventName"));
    }
    let marks = truth["malicious"].as_array().unwrap();
    for id in marks.iter().flat_map(|mark| mark["eventIDs"].as_array().unwrap()) {
        assert!(steps.iter().any(|step| step["eventID"] == *id), "{id} is not the intruder's");
    }
    assert!(marks.len() > 60 && steps.len() > 150);
}

#[test]
fn the_intruder_comes_from_elsewhere() {
    for (record, malicious) in events() {
        let strange = matches!(record.network(), Some("198.51.100" | "192.0.2"));
        // The savings vendor's account is abused too, and one call comes through an endpoint of the intruder's.
        let odd = ["44.199.201.6", "10.201.7.19"].contains(&record.text("/sourceIPAddress"));
        assert!(!strange || malicious, "{}", record.value);
        assert!(!malicious || strange || odd, "{}", record.value);
    }
}

#[test]
fn ordinary_life_gives_no_reason_to_speak() {
    let mut session_seconds: BTreeMap<u32, u32> = BTreeMap::new();
    for (record, malicious) in events() {
        *session_seconds.entry(record.seconds()).or_default() += 1;
        if malicious {
            continue;
        }
        let text = record.value.to_string();
        assert_ne!(record.text("/userIdentity/type"), "Root");
        assert!(!text.contains("AdministratorAccess"), "{text}");
        assert!(!text.contains(r#"\"Action\":\"*\""#) && !text.contains(r#"\"Resource\":\"*\""#), "{text}");
        let foreign = record.text("/userIdentity/accountId") != record.text("/recipientAccountId");
        let vendor = ["464622532012", "454464851268"].contains(&record.text("/userIdentity/accountId"));
        if record.text("/eventName") == "AssumeRole" && foreign && vendor {
            assert!(!record.text("/requestParameters/externalId").is_empty(), "{text}");
        }
        if record.text("/eventName") == "CreateAccessKey" {
            let made = record.text("/responseElements/accessKey/userName");
            assert_eq!(made, record.text("/userIdentity/userName"));
        }
    }
    let together: u32 = session_seconds.values().filter(|&&n| n > 1).sum();
    let all: u32 = session_seconds.values().sum();
    assert!(together * 10 > all * 8, "{together} of {all} share their second");
}

/// What a detector of novelty looks at.
fn terms(record: &Record) -> Vec<(&'static str, String)> {
    let mut terms =
        vec![("Region", format!("{} {}", record.text("/recipientAccountId"), record.text("/awsRegion")))];
    let role = record.text("/requestParameters/roleArn");
    if record.text("/userIdentity/type") == "AWSService" {
        terms.push(("role of a service", format!("{} {role}", record.text("/userIdentity/invokedBy"))));
    }
    // Identity Center's own records tell of sign-ins that the accounts record too.
    if record.by_service() || record.text("/userIdentity/type") == "IdentityCenterUser" {
        return terms;
    }
    let principal = record.principal();
    terms.push(("service", format!("{principal} {}", record.text("/eventSource"))));
    if let Some(network) = record.network() {
        terms.push(("network", format!("{principal} {network}")));
        terms.push((
            "address",
            format!("{} {}", record.text("/recipientAccountId"), record.text("/sourceIPAddress")),
        ));
    }
    if !role.is_empty() && record.text("/eventName").starts_with("AssumeRole") {
        let present = record.value.pointer("/requestParameters/sourceIdentity").is_some();
        terms.push(("caller of a role", format!("{principal} {role}")));
        terms.push(("network of a role", format!("{role} {}", record.network().unwrap_or("private"))));
        terms.push(("source identity", format!("{role} {present}")));
    }
    terms
}

#[test]
fn after_a_week_hardly_anything_is_new() {
    const WEEK: u32 = 7 * 86_400;
    // Whoever is new to the organization, somewhere new, or does something for the first time.
    const KNOWN: [&str; 7] = [
        "felix.moreau",
        "grace.ndiaye",
        "refunds-worker",
        "storefront-web/i-",
        "185.180.12",
        "priya.raman",
        "24.61.242",
    ];
    let events = events();
    let start = events[0].0.seconds();
    let mut last: BTreeMap<(&str, String), u32> = BTreeMap::new();
    let mut surprises = 0;
    for (record, malicious) in &events {
        let now = record.seconds();
        for term in terms(record) {
            let before = last.insert(term.clone(), now);
            if now < start + WEEK || before.is_some_and(|before| now - before <= WEEK) {
                continue;
            }
            surprises += u32::from(*malicious);
            let text = record.value.to_string();
            let explained = *malicious || KNOWN.iter().any(|known| text.contains(known));
            assert!(explained, "{term:?} is new at {}", record.text("/eventTime"));
        }
    }
    assert!(surprises > 80, "the intruder is new in {surprises} ways");
}
