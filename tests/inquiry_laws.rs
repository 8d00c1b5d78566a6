//! The one law for summaries and traces: they are a function of the set of events.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod common;

use std::path::Path;

use common::{PACKINGS, SHAPES, demo, sources, write};
use serde_json::Value;
use trailsift::activity::{FIELDS, Overview, Watch};
use trailsift::detect::{Choice, Plan};
use trailsift::known::Known;
use trailsift::scan::{Options, Silent, collect_with};
use trailsift::trace;

fn bare(fields: &[&str]) -> Plan {
    let extra_fields = fields.iter().map(|field| (*field).to_owned()).collect();
    let choice = Choice { extra_fields, ..Choice::default() };
    Plan::new(std::sync::Arc::default(), std::sync::Arc::new(Known::default()), choice).unwrap()
}

/// The summary and a trace.
fn overview(folder: &Path, jobs: usize, shared: bool) -> String {
    let mut options = Options { jobs, ..Options::default() };
    if shared {
        (options.large, options.batch) = (0, 10_000);
    }
    let sources = sources(folder);
    let plan = bare(&FIELDS);
    let (_, activity) = collect_with(&plan, &sources, &options, &Silent, &|| Watch::new(&plan, None));
    let overview = Overview::new(activity, None, &plan.known().accounts);
    let plan = bare(&trace::FIELDS);
    let (_, ledger) =
        collect_with(&plan, &sources, &options, &Silent, &|| trace::Write::new(&plan, "444400004444"));
    let forest = trace::Forest::grow(&ledger, "444400004444");
    let (_, deeds) =
        collect_with(&plan, &sources, &options, &Silent, &|| trace::Collect::new(&plan, &forest.all));
    let trace = forest.told("444400004444", &ledger, &deeds, &[], &plan.known().accounts);
    assert!(trace.roots.len() > 100);
    serde_json::to_string_pretty(&(overview, trace)).unwrap()
}

/// The one law holds for summaries and traces, too: order, copies, files, shapes, packing and threads do not matter.
#[test]
fn activity_is_a_function_of_the_set_of_events() {
    let expected = overview(&demo(), 2, false);
    let mut events = common::events(&sources(&demo()));
    assert!(expected.matches("\"id\"").count() > 1000 && events.len() > 6000);
    events.sort_by_key(|event| event["eventID"].as_str().map(|id| id.bytes().rev().collect::<Vec<_>>()));
    let copies: Vec<Value> = events.iter().step_by(3).rev().cloned().collect();
    let all: Vec<Value> = copies.into_iter().chain(events).collect();
    let folder = tempfile::tempdir().unwrap();
    for (number, part) in all.chunks(all.len().div_ceil(11)).enumerate() {
        let name = format!("{}.log", 20 - number);
        write(folder.path(), &name, part, SHAPES[number % SHAPES.len()], PACKINGS[number % PACKINGS.len()]);
    }
    for (jobs, shared) in [(1, false), (20, true)] {
        let got = overview(folder.path(), jobs, shared);
        let differs = got.lines().zip(expected.lines()).find(|(a, b)| a != b);
        assert_eq!(differs, None, "{jobs} threads");
        assert_eq!(got.len(), expected.len());
    }
}
