//! The generator's promises: the same bytes for the same arguments, and the sizes that were asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read;
use std::net::Ipv4Addr;
use std::path::Path;

use clap::Parser;
use flate2::read::GzDecoder;
use serde_json::Value;

use crate::args::Args;
use crate::run;

/// Runs the generator with `options` and returns the truth and all files by relative path, still compressed.
fn generated(options: &str) -> (Value, BTreeMap<String, Vec<u8>>) {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("trail");
    let words = ["generate"].into_iter().chain(options.split_whitespace()).chain([out.to_str().unwrap()]);
    let truth = run(&Args::parse_from(words).resolved()).unwrap();
    let written: Value =
        serde_json::from_slice(&fs::read(folder.path().join("trail.truth.json")).unwrap()).unwrap();
    assert_eq!(truth, written);
    (truth, read_tree(&out))
}

fn read_tree(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
                files.insert(name, fs::read(path).unwrap());
            }
        }
    }
    files
}

fn inflated(bytes: &[u8]) -> String {
    let mut text = String::new();
    GzDecoder::new(bytes).read_to_string(&mut text).unwrap();
    text
}

/// The records of each log file.
fn records(files: &BTreeMap<String, Vec<u8>>) -> Vec<Vec<Value>> {
    files
        .iter()
        .filter(|(name, _)| name.contains("/CloudTrail/"))
        .map(|(name, bytes)| {
            let text = if name.ends_with(".gz") {
                inflated(bytes)
            } else {
                String::from_utf8(bytes.clone()).unwrap()
            };
            let document: Value = serde_json::from_str(&text).unwrap();
            document["Records"].as_array().unwrap().clone()
        })
        .collect()
}

#[test]
fn the_same_arguments_give_the_same_bytes() {
    let options = "--events 3000 --days 26 --intrusion demo";
    let (truth, files) = generated(options);
    assert_eq!((&truth, &files), (&generated(options).0, &generated(options).1));
    assert_ne!(files, generated(&format!("{options} --seed 8")).1);
}

#[test]
fn the_committed_demo_is_what_the_generator_writes() {
    let testdata = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let committed = read_tree(&testdata.join("demo"));
    let (truth, files) = generated("--demo");
    let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&committed), names(&files));
    for (name, bytes) in &files {
        // What is in the files, so that a better compressor does not fail the test.
        assert!(inflated(bytes) == inflated(&committed[name]), "{name} differs");
    }
    let text = fs::read_to_string(testdata.join("demo.truth.json")).unwrap();
    assert_eq!(truth, serde_json::from_str::<Value>(&text).unwrap());
    // The story told to people is the one told to programs.
    let readme = fs::read_to_string(testdata.join("README.md")).unwrap();
    let named = |word: &str| readme.split(|c: char| c != '-' && !c.is_alphanumeric()).any(|w| w == word);
    for mark in truth["malicious"].as_array().unwrap() {
        assert!(mark["expect"] == "may" || named(mark["class"].as_str().unwrap()), "{mark}");
    }
}

#[test]
fn as_many_records_as_asked_for_and_a_fifth_of_them_copies() {
    // Below some thousands a day the people alone make more.
    for asked in [40_000, 80_000] {
        let (truth, files) = generated(&format!("--events {asked} --days 10"));
        let read: usize = records(&files).iter().map(Vec::len).sum();
        assert_eq!(truth["counts"]["records"], read);
        assert!((asked * 95 / 100..asked * 105 / 100).contains(&read), "{read} of {asked}");
        let mut ids: Vec<String> =
            records(&files).iter().flatten().map(|r| r["eventID"].to_string()).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(truth["counts"]["distinct_events"], ids.len());
        let copies = read - ids.len();
        assert!((15..25).contains(&(copies * 100 / read)), "{copies} copies of {read}");
        assert_eq!(truth["malicious_events"].as_array().unwrap().len(), 0);
    }
}

#[test]
fn an_organization_grows_slower_than_its_log() {
    let size = |options: &str| {
        let (truth, _) = generated(&format!("{options} --days 1"));
        let organization = truth["organization"].clone();
        (organization["accounts"].as_array().unwrap().len() as u64, organization["people"].as_u64().unwrap())
    };
    assert_eq!(size("--events 200"), (6, 10));
    assert_eq!(size("--events 20000"), (18, 94));
    assert_eq!(size("--events 20000 --accounts 7 --people 12"), (7, 12));
}

#[test]
fn files_are_cut_as_asked() {
    let (_, files) = generated("--events 4000 --days 3 --small-files --format plain");
    assert!(files.keys().all(|name| name.ends_with(".json")));
    assert!(records(&files).iter().all(|file| (1..=8).contains(&file.len())));

    let times = |file: &[Value]| -> Vec<String> {
        file.iter().map(|record| record["eventTime"].as_str().unwrap().to_owned()).collect()
    };
    let (_, files) = generated("--events 4000 --days 3 --no-disorder");
    assert!(records(&files).iter().all(|file| times(file).is_sorted()));
    let (_, files) = generated("--events 4000 --days 3");
    assert!(!records(&files).iter().all(|file| times(file).is_sorted()));
}

/// What the records of a trail tell of, but for which event it is and when it happened: by the record without its
/// ids and time, the ids of its events.
fn terms(files: &BTreeMap<String, Vec<u8>>) -> BTreeMap<String, BTreeSet<String>> {
    let mut terms: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for mut record in records(files).into_iter().flatten() {
        let id = record["eventID"].take().to_string();
        for own in ["/eventTime", "/requestID", "/additionalEventData/x-amz-id-2"] {
            record.pointer_mut(own).map(Value::take);
        }
        // As many bytes as it happens to be.
        record.pointer_mut("/additionalEventData/bytesTransferredOut").map(Value::take);
        terms.entry(record.to_string()).or_default().insert(id);
    }
    terms
}

#[test]
fn more_events_of_the_same_terms() {
    let (_, few) = generated("--events 12000 --days 26 --intrusion demo");
    let (truth, many) = generated("--events 60000 --terms-of 12000 --days 26 --intrusion demo");
    assert_eq!(
        (&truth["arguments"]["events"], &truth["arguments"]["terms_of"]),
        (&60_000.into(), &12_000.into())
    );
    let (few, many) = (terms(&few), terms(&many));
    // Nothing but ids and times is new, and whatever was told is still told.
    assert!(few.keys().eq(many.keys()));
    assert!(few.iter().all(|(what, ids)| ids.is_subset(&many[what])));
    let count = |terms: &BTreeMap<String, BTreeSet<String>>| terms.values().map(BTreeSet::len).sum::<usize>();
    assert_eq!(truth["counts"]["distinct_events"], count(&many));
    let times = count(&many) as f64 / count(&few) as f64;
    assert!((4.8..5.2).contains(&times), "{times} times the events");
    // What issues credentials, changes something or is the intruder's comes once.
    for (what, ids) in &few {
        let record: Value = serde_json::from_str(what).unwrap();
        if record["readOnly"] == false || !record["responseElements"].is_null() {
            assert_eq!(ids.len(), many[what].len(), "{what}");
        }
    }
    for step in truth["malicious_events"].as_array().unwrap() {
        let id = step["eventID"].to_string();
        assert!(few.iter().any(|(what, ids)| ids.contains(&id) && ids == &many[what]), "{step}");
    }
}

#[test]
fn scattered_calls_share_no_address() {
    let options = "--events 6000 --days 26";
    let (_, gathered) = generated(options);
    let (truth, scattered) = generated(&format!("{options} --scattered"));
    assert_eq!(truth["arguments"]["scattered"], true);
    let addresses = |files: &BTreeMap<String, Vec<u8>>| {
        let records: Vec<Value> = records(files).into_iter().flatten().collect();
        let id = |record: &Value| record["eventID"].to_string();
        let public =
            |ip: &str| ip.starts_with("2001:db8:") || ip.parse().is_ok_and(|ip: Ipv4Addr| !ip.is_private());
        let with_address =
            records.iter().filter_map(|record| Some((id(record), record["sourceIPAddress"].as_str()?)));
        with_address
            .filter(|(_, ip)| public(ip))
            .map(|(id, ip)| (id, ip.to_owned()))
            .collect::<BTreeMap<_, _>>()
    };
    let (gathered, scattered) = (addresses(&gathered), addresses(&scattered));
    // The same calls, each from its own place.
    assert!(gathered.keys().eq(scattered.keys()) && gathered.len() > 1000);
    let distinct: BTreeSet<&String> = scattered.values().collect();
    assert_eq!(distinct.len(), scattered.len());
}

#[test]
fn what_cannot_be_is_refused() {
    let run = |options: &str| {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("trail");
        fs::create_dir(&out).unwrap();
        if options.contains("--seed") {
            fs::write(out.join("old"), "").unwrap();
        }
        let words = ["generate"].into_iter().chain(options.split_whitespace()).chain([out.to_str().unwrap()]);
        run(&Args::parse_from(words).resolved()).unwrap_err().to_string()
    };
    assert!(run("--intrusion demo --days 20").contains("--days 25 at least"));
    assert!(run("--start 1960-01-01").contains("calendar"));
    assert!(run("--terms-of 20001").contains("1 to 20000") && run("--terms-of 0").contains("1 to 20000"));
    assert!(run("--seed 7").ends_with("is not empty"));
}
