//! Events handed over from one worker to others: whatever becomes of any of them, nobody waits for ever, and what was
//! begun is done.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod common;

use std::path::Path;
use std::sync::mpsc::channel;
use std::time::Duration;

use common::crowd::{Act, Crowd, Seen};
use common::{Packing, Shape, pack, plan, sources, write};
use serde_json::{Value, json};
use trailsift::scan::{Collected, Options, collect_with};

const EVENTS: usize = 300;

fn files(folder: &Path, count: usize) {
    let event = |number: usize| {
        json!({
            "eventVersion": "1.09", "eventTime": "2026-03-01T10:00:00Z", "eventSource": "iam.amazonaws.com",
            "eventName": "ListUsers", "eventID": format!("{number:08x}-0000-4000-8000-000000000000"),
        })
    };
    for file in 0..count {
        let events: Vec<Value> = (0..EVENTS).map(|number| event(file * EVENTS + number)).collect();
        write(folder, &format!("{file}.json"), &events, Shape::Lines, Packing::Gzip);
    }
}

/// A run, or what it panics with. A run without an end fails.
fn run(count: usize, jobs: usize, act: Act) -> Result<(Collected, Seen), String> {
    let folder = tempfile::tempdir().unwrap();
    files(folder.path(), count);
    let sources = sources(folder.path());
    let (send, done) = channel();
    let thread = std::thread::spawn(move || {
        let options = Options { jobs, large: 0, batch: 1_000, ..Options::default() };
        let crowd = Crowd::new(jobs, act);
        let run = std::panic::AssertUnwindSafe(|| {
            collect_with(&plan(pack()), &sources, &options, &crowd, &|| crowd.eye())
        });
        let result = std::panic::catch_unwind(run);
        let _ = send.send(result.map_err(|panic| *panic.downcast::<String>().unwrap()));
    });
    let result = done.recv_timeout(Duration::from_secs(120)).expect("it ends");
    thread.join().unwrap();
    result
}

#[test]
fn others_judge_what_one_reads() {
    let (collected, seen) = run(1, 3, Act::Nothing).unwrap();
    assert_eq!((collected.shard.tally.events, seen.records.len()), (EVENTS as u64, EVENTS));
    assert_eq!(seen.by.len(), 3);
    assert!(seen.by.iter().filter(|count| **count > 0).count() > 1, "{:?}", seen.by);
    assert_eq!((collected.reports.files, collected.interrupted), (1, false));
}

#[test]
fn no_more_workers_than_can_be_of_use_are_there() {
    let workers = |count, jobs, large| {
        let folder = tempfile::tempdir().unwrap();
        files(folder.path(), count);
        let options = Options { jobs, large, ..Options::default() };
        let crowd = Crowd::new(1, Act::Nothing);
        let plan = plan(trailsift::rule::RuleSet::default());
        collect_with(&plan, &sources(folder.path()), &options, &crowd, &|| crowd.eye()).1.by.len()
    };
    assert_eq!(workers(2, 50, 1 << 20), 2, "small files are read by one each");
    assert_eq!(workers(1, 3, 0), 3);
    assert!((3..30).contains(&workers(1, 50, 0)));
}

#[test]
fn whoever_panics_is_heard_and_not_waited_for() {
    for (act, words) in [(Act::FirstPanics, "as it was told"), (Act::OthersPanic, "as they were told")] {
        let heard = run(1, 3, act).map(|(_, seen)| seen.by).unwrap_err();
        assert!(heard.contains(words), "{act:?}: {heard}");
    }
}

#[test]
fn after_an_interruption_files_at_hand_are_read_to_their_ends() {
    let (collected, seen) = run(40, 3, Act::Stop).unwrap();
    assert!(collected.interrupted && (1..40).contains(&collected.reports.files));
    assert_eq!(seen.records.len() as u64, collected.reports.files * EVENTS as u64);
    assert_eq!(collected.shard.tally.events, seen.records.len() as u64);
}
