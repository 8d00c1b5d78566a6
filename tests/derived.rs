//! Each derived field is computed from its declared inputs and nothing else: remembering behaviours relies on it.
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test that cannot go on says where")]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use regex::Regex;
use serde_json::{Map, Value, json};
use trailsift::derive::{Derived, Deriver, Values};
use trailsift::event::{Layout, Record, Slots, naive, scanner};
use trailsift::input::Reader;
use trailsift::known::{Known, PrivilegedRoles};

/// Enough of each data set; they repeat themselves.
const MOST: usize = 3_000;

struct Lab {
    layout: Layout,
    deriver: Deriver,
    /// All inputs of all fields.
    paths: BTreeSet<&'static str>,
}

impl Lab {
    /// Everything that is optional is configured, so that nothing is absent for want of it.
    fn new() -> Lab {
        let paths: BTreeSet<&str> = Derived::ALL.iter().flat_map(|field| field.inputs()).copied().collect();
        let layout = Layout::new(paths.iter().copied());
        let mut known = Known {
            session_names: vec![Regex::new("^[a-z]+$").unwrap()],
            roles: PrivilegedRoles {
                patterns: vec![Regex::new("ops").unwrap()],
                ..PrivilegedRoles::default()
            },
            ..Known::default()
        };
        known.vpc_endpoints.insert("vpce-1".to_owned());
        known.accounts.own.insert("111122223333".to_owned());
        let deriver = Deriver::new(&layout, Arc::new(known));
        Lab { layout, deriver, paths }
    }

    fn derive(&self, record: &Value, field: Derived) -> (bool, Vec<String>) {
        let json = record.to_string();
        let mut slots = Slots::new(self.layout.len());
        let mut values = Values::new(Derived::ALL.len());
        let mut compute = |text: &str, end: usize, slots: &Slots| {
            self.deriver.compute(&Record::new(text, 0, end, slots), field, &mut values);
        };
        match scanner::read(&json, 0, &self.layout, &mut slots) {
            Ok(end) => compute(&json, end, &slots),
            // A text that holds an object is left to the slow reader.
            Err(_) => {
                let reading = naive::read(&json, 0, &self.layout, &mut slots).unwrap();
                compute(&reading.text, reading.end, &slots);
            }
        }
        let found = values.get(field as usize).map(str::to_owned).collect();
        (values.is_pending(field as usize), found)
    }
}

/// Real shapes, one record of each kind: the demo, and the shared data where it is there.
fn records() -> Vec<Value> {
    let mut folders = vec![common::demo()];
    if let Some(shared) = common::shared_data() {
        let sets = ["stratus-red-team", "CloudConsoleCartographer", "Security-Datasets"];
        folders.extend(sets.map(|name| shared.join(name)));
    }
    let layout = Layout::new([]);
    let mut kinds: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for folder in folders.iter().filter(|folder| folder.exists()) {
        for source in common::sources(folder) {
            Reader::new(&layout).read(&source, &mut |record, _| {
                let value: Value = serde_json::from_str(record.json()).unwrap();
                let kind = format!(
                    "{} {} {}",
                    value["eventName"], value["userIdentity"]["type"], value["errorCode"]
                );
                let of_kind = kinds.entry(kind).or_default();
                if of_kind.is_empty() {
                    of_kind.push(value);
                }
            });
        }
    }
    kinds.into_values().flatten().take(MOST).collect()
}

/// The parts of a record at or below these paths.
fn only(value: &Value, paths: &[&str]) -> Value {
    match value {
        Value::Array(items) => items.iter().map(|item| only(item, paths)).collect(),
        Value::Object(map) => {
            let mut kept = Map::new();
            for (key, value) in map {
                let below: Vec<&str> = paths
                    .iter()
                    .filter_map(|path| path.strip_prefix(key.as_str()))
                    .filter_map(|rest| if rest.is_empty() { Some("") } else { rest.strip_prefix('.') })
                    .collect();
                if below.contains(&"") {
                    kept.insert(key.clone(), value.clone());
                } else if !below.is_empty() {
                    kept.insert(key.clone(), only(value, &below));
                }
            }
            Value::Object(kept)
        }
        _ => Value::Null,
    }
}

/// Writes a value at a path, unless something that is no object is in the way.
fn put(record: &mut Value, path: &str, value: &Value) {
    let (mut at, mut rest) = (record, path);
    while let Some(map) = at.as_object_mut() {
        match rest.split_once('.') {
            Some((key, below)) => {
                at = map.entry(key).or_insert_with(|| json!({}));
                rest = below;
            }
            None => {
                map.insert(rest.to_owned(), value.clone());
                return;
            }
        }
    }
}

fn touch(a: &str, b: &str) -> bool {
    let within =
        |a: &str, b: &str| a.strip_prefix(b).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    within(a, b) || within(b, a)
}

#[test]
fn nothing_but_declared_inputs_counts() {
    let lab = Lab::new();
    let records = records();
    assert!(records.len() > 100, "{} records", records.len());
    let admin = r#"{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Principal":"*"}]}"#;
    let noise = [
        json!("true"),
        json!("AccessDenied"),
        json!("ASIAEXAMPLE"),
        json!("arn:aws:iam::444455556666:role/ops-admin"),
        json!("iam.amazonaws.com"),
        json!("AWSService"),
        json!("CreateUser"),
        json!("444455556666"),
        json!(admin),
    ];
    let mut wrong: BTreeMap<String, String> = BTreeMap::new();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for record in &records {
        for field in Derived::ALL.iter().copied() {
            let inputs = field.inputs();
            let expected = lab.derive(record, field);
            if !expected.1.is_empty() {
                seen.insert(field.name());
            }
            let bare = only(record, inputs);
            if lab.derive(&bare, field) != expected {
                wrong
                    .entry(format!("{} without the rest", field.name()))
                    .or_insert_with(|| record.to_string());
            }
        }
    }
    // Whatever else stands in the others makes no difference either.
    for (number, record) in records.iter().enumerate().step_by(5) {
        for field in Derived::ALL.iter().copied() {
            let inputs = field.inputs();
            let expected = lab.derive(record, field);
            let mut noisy = only(record, inputs);
            for (at, path) in lab.paths.iter().enumerate() {
                if !inputs.iter().any(|input| touch(input, path)) {
                    put(&mut noisy, path, &noise[(at + number / 5) % noise.len()]);
                }
            }
            if lab.derive(&noisy, field) != expected {
                wrong.entry(format!("{} with noise", field.name())).or_insert_with(|| noisy.to_string());
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(seen.len() * 3 > Derived::ALL.len(), "only {seen:?} were ever computed");
}

/// The memory of behaviours tells keys apart by their kind alone where it is asked for the console.
#[test]
fn of_a_key_its_kind_alone_tells_the_console() {
    let lab = Lab::new();
    let mut known = [0, 0];
    for record in records() {
        let Some(key) = record["userIdentity"]["accessKeyId"].as_str() else { continue };
        let Some(kind) = key.get(..4) else { continue };
        let mut other = record.clone();
        other["userIdentity"]["accessKeyId"] = json!(format!("{kind}ANOTHER"));
        if lab.derive(&record, Derived::KeyKind) == lab.derive(&other, Derived::KeyKind) {
            let console = lab.derive(&record, Derived::Console);
            assert_eq!(console, lab.derive(&other, Derived::Console), "{record}");
            known[usize::from(console.1 == ["true"])] += 1;
        }
    }
    assert!(known.iter().all(|count| *count > 0), "{known:?}");
}

#[test]
fn a_missing_input_is_noticed() {
    // The check itself: a field judged by less than it declares comes out differently.
    let lab = Lab::new();
    let record = json!({"eventName": "GetObject20150331", "readOnly": true});
    let bare = only(&record, &["readOnly"]);
    assert_ne!(lab.derive(&bare, Derived::EventName), lab.derive(&record, Derived::EventName));
    assert_eq!(only(&json!({"a": [{"b": 1, "c": 2}]}), &["a.b"]), json!({"a": [{"b": 1}]}));
}
