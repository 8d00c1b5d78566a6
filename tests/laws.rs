//! The one law: findings are a function of the set of events. Not of their order, copies, files, shapes, packing or
//! threads; nor of whether a baseline was learnt before or together with them.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod common;

use std::collections::BTreeSet;

use common::crowd::{self, Act, Crowd};
use common::{PACKINGS, Packing, Run, SHAPES, Shape, essence, plan, rules, scan, scan_with, sources, write};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use serde_json::{Value, json};
use trailsift::detect::Plan;
use trailsift::scan::{Options, Unopened, collect_with, conclude};
use trailsift::time::{Timespan, Timestamp};

/// A rule of every kind. A new kind belongs here.
const RULES: &str = include_str!("laws.yml");

const START: u32 = 1_772_000_000;

/// What may vary between events; small ranges, so that rules meet.
#[derive(Clone, Debug)]
struct Seed {
    id: u32,
    minute: u32,
    name: usize,
    user: u32,
    account: u32,
    error: usize,
    ip: u32,
    target: u32,
    size: u32,
    policy: usize,
}

const NAMES: [(&str, &str); 11] = [
    ("iam.amazonaws.com", "CreateUser"),
    ("iam.amazonaws.com", "AttachUserPolicy"),
    ("sts.amazonaws.com", "AssumeRole"),
    ("s3.amazonaws.com", "ListBuckets"),
    ("ec2.amazonaws.com", "DescribeInstances"),
    ("iam.amazonaws.com", "CreatePolicyVersion"),
    ("lambda.amazonaws.com", "ListFunctions20150331"),
    ("sts.amazonaws.com", "GetCallerIdentity"),
    ("sts.amazonaws.com", "AssumeRole"),
    ("iam.amazonaws.com", "CreateAccessKey"),
    ("iam.amazonaws.com", "UpdateAccessKey"),
];
const PLACES: [&str; 3] = ["Here (0.0, 0.0)", "Near (0.0, 3.0)", "Far (40.0, 90.0)"];
const ERRORS: [Option<&str>; 4] = [None, None, Some("AccessDenied"), Some("ThrottlingException")];
const POLICIES: [&str; 3] = [
    r#"{"Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}]}"#,
    r#"{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#,
    r#"{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"iam:*","Resource":"*"}]}"#,
];

fn event(seed: &Seed) -> Value {
    let (source, name) = NAMES[seed.name];
    let time = Timestamp::from_secs(START + seed.minute * 60 + seed.id % 3);
    let mut event = json!({
        "eventVersion": "1.09",
        "userIdentity": {
            "type": "IAMUser",
            "arn": format!("arn:aws:iam::11112222333{}:user/u{}", seed.account, seed.user),
            "accountId": format!("11112222333{}", seed.account),
            "userName": format!("u{}", seed.user),
            "accessKeyId": format!("AKIA{:016}", seed.user),
        },
        "eventTime": time.to_string(),
        "eventSource": source,
        "eventName": name,
        "awsRegion": "us-east-1",
        "sourceIPAddress": format!("203.0.113.{}", seed.ip),
        "requestParameters": {
            "userName": format!("t{}", seed.target),
            "policyArn": "arn:aws:iam::111122223330:policy/p",
            "size": seed.size,
            "policyDocument": POLICIES[seed.policy],
            "place": PLACES[seed.ip as usize],
            "roleArn": format!("arn:aws:iam::111122223330:role/r{}", seed.target),
            "roleSessionName": format!("s{}", seed.user),
            "accessKeyId": format!("AKIA{:016}", seed.target % 2),
            "status": if seed.size == 0 { "Active" } else { "Inactive" },
            "tags": [{"key": "a", "value": format!("v{}", seed.size)}, {"key": "b", "value": "\u{e9}\"\\"}],
        },
        "responseElements": null,
        "eventID": format!("{:08x}-0000-4000-8000-000000000000", seed.id),
        "recipientAccountId": "111122223330",
    });
    if seed.size >= 2 {
        event["userIdentity"] = session(seed);
    }
    match ERRORS[seed.error] {
        Some(error) => event["errorCode"] = json!(error),
        // Now and then the answer is not recorded.
        None if name == "AssumeRole" && seed.policy > 0 => {
            let key = format!("ASIA{:016}", seed.id % 6);
            event["responseElements"] = json!({"credentials": {"accessKeyId": key}});
        }
        None if name == "CreateAccessKey" => {
            let key = format!("AKIA{:016}", seed.target % 2);
            event["responseElements"] = json!({"accessKey": {"accessKeyId": key, "userName": "t"}});
        }
        None => {}
    }
    event
}

/// A role's session, by one of a few keys, made at one of a few moments.
fn session(seed: &Seed) -> Value {
    let (role, account) = (format!("r{}", seed.ip), format!("11112222333{}", seed.account));
    let made = Timestamp::from_secs(START + 1440 * 60 + seed.id % 3);
    json!({
        "type": "AssumedRole",
        "principalId": format!("AROA{role}:s{}", seed.user),
        "arn": format!("arn:aws:sts::{account}:assumed-role/{role}/s{}", seed.user),
        "accountId": account,
        "accessKeyId": format!("ASIA{:016}", (seed.ip + 3 * seed.user) % 6),
        "sessionContext": {
            "sessionIssuer": {"type": "Role", "arn": format!("arn:aws:iam::{account}:role/{role}")},
            "attributes": {"creationDate": made.to_string()},
        },
    })
}

fn seed() -> impl Strategy<Value = Seed> {
    let first = (0u32..400, 0u32..2880, 0usize..NAMES.len(), 0u32..2, 0u32..3);
    let second = (0usize..ERRORS.len(), 0u32..3, 0u32..3, 0u32..5, 0usize..POLICIES.len());
    (first, second).prop_map(|((id, minute, name, user, account), (error, ip, target, size, policy))| Seed {
        id,
        // Bursts: most events lie close together.
        minute: if minute % 3 == 0 { minute } else { 1440 + minute % 40 },
        name,
        user,
        account,
        error,
        ip,
        target,
        size,
        policy,
    })
}

fn compiled() -> &'static Plan {
    static PLAN: std::sync::OnceLock<Plan> = std::sync::OnceLock::new();
    PLAN.get_or_init(|| plan(rules(RULES)))
}

/// Scans events laid out as told.
fn laid_out(files: &[(Vec<Value>, Shape, Packing)], run: &Run) -> String {
    let folder = tempfile::tempdir().unwrap();
    for (number, (events, shape, packing)) in files.iter().enumerate() {
        write(folder.path(), &format!("{number}.json"), events, *shape, *packing);
    }
    essence(&scan(compiled(), &sources(folder.path()), run))
}

fn plainly(events: &[Value]) -> String {
    laid_out(&[(events.to_vec(), Shape::Records, Packing::Plain)], &Run::default())
}

/// Differs in order from what was given, the same way each time.
fn shuffled(events: &[Value], salt: u64) -> Vec<Value> {
    let mut keyed: Vec<(u64, &Value)> = events
        .iter()
        .enumerate()
        .map(|(i, event)| {
            ((i as u64 + 1).wrapping_mul(salt | 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20, event)
        })
        .collect();
    keyed.sort_by_key(|(key, _)| *key);
    keyed.into_iter().map(|(_, event)| event.clone()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn order_copies_files_shapes_packing_and_threads_do_not_matter(
        seeds in proptest::collection::vec(seed(), 1..60), salt in any::<u64>(), parts in 1usize..5,
    ) {
        let events: Vec<Value> = seeds.iter().map(event).collect();
        let expected = plainly(&events);
        prop_assert_eq!(&plainly(&shuffled(&events, salt)), &expected, "order");
        let copies: Vec<Value> = events.iter().chain(&shuffled(&events, salt)).cloned().collect();
        prop_assert_eq!(&plainly(&copies), &expected, "copies");
        let mut files = Vec::new();
        for (number, part) in shuffled(&copies, salt ^ 7).chunks(copies.len().div_ceil(parts)).enumerate() {
            let shape = SHAPES[(salt as usize).wrapping_add(number) % SHAPES.len()];
            let packing = PACKINGS[(salt as usize / 7).wrapping_add(number) % PACKINGS.len()];
            files.push((part.to_vec(), shape, packing));
        }
        for jobs in [1, 3] {
            prop_assert_eq!(&laid_out(&files, &Run { jobs, ..Run::default() }), &expected, "files {}", jobs);
        }
        let naive = laid_out(&files, &Run { naive: true, ..Run::default() });
        prop_assert_eq!(&naive, &expected, "the naive reader");
    }

    #[test]
    fn a_baseline_and_the_rest_are_all(
        seeds in proptest::collection::vec(seed(), 1..60), cut in 0u32..2880, joint in any::<bool>(),
    ) {
        let events: Vec<Value> = seeds.iter().map(event).collect();
        let cut = Timestamp::from_secs(START + cut * 60);
        let before = |event: &&Value| Timestamp::parse(event["eventTime"].as_str().unwrap()).unwrap() < cut;
        let (old, new): (Vec<&Value>, Vec<&Value>) = events.iter().partition(before);
        let folder = tempfile::tempdir().unwrap();
        let owned = |list: Vec<&Value>| list.into_iter().cloned().collect::<Vec<_>>();
        let all = write(folder.path(), "all.json", &events, Shape::Records, Packing::Plain);
        let old = write(folder.path(), "old.json", &owned(old), Shape::Lines, Packing::Gzip);
        let new = write(folder.path(), "new.json", &owned(new), Shape::Array, Packing::Plain);
        let (old, new, all) = (sources_of(&old), sources_of(&new), sources_of(&all));
        let since = Run { since: Some(cut), ..Run::default() };
        let expected = essence(&scan(compiled(), &all, &since));
        let (_, snapshot) = scan_with(compiled(), &old, &Run { until: Some(cut), ..Run::default() }, None);
        // Read back from its file, as a user would.
        let mut bytes = Vec::new();
        trailsift::baseline::write(&snapshot, &mut bytes).unwrap();
        let snapshot = trailsift::baseline::read(&mut bytes.as_slice()).unwrap();
        if old.is_empty() || snapshot.from == Timestamp::MIN {
            return Ok(());
        }
        let rest = if joint { &all } else { &new };
        let (view, _) = scan_with(compiled(), rest, &since, Some(snapshot));
        prop_assert_eq!(essence(&view), expected);
    }
}

fn sources_of(path: &std::path::Path) -> Vec<trailsift::input::Source> {
    vec![trailsift::input::Source::file(path)]
}

/// What may be wrong with a file, or unusual.
fn damaged(mut text: Vec<u8>, kind: u64) -> Vec<u8> {
    let replaced =
        |text: &[u8], from: &str, to: &str| String::from_utf8_lossy(text).replace(from, to).into_bytes();
    match kind % 7 {
        // The text ends early.
        1 => text.truncate(text.len() * 3 / 4),
        // Bytes that are no UTF-8.
        2 => (100..text.len()).step_by(997).for_each(|at| {
            if text[at].is_ascii_lowercase() {
                text[at] = 0xfe;
            }
        }),
        // Keys that come twice, and halves of surrogate pairs: also in texts within texts.
        3 => {
            text = replaced(&text, r#""size":1"#, r#""size":2,"size":1"#);
            text = replaced(&text, r#"\"size\":1"#, r#"\"size\":2,\"size\":1"#);
        }
        4 => text = replaced(&text, "\"t2", r#""\ud800t2"#),
        // What is no JSON, in the middle of a record, and between records.
        5 => text = replaced(&text, "ListBuckets\"", "ListBuckets"),
        6 => text = [&text[..], b"\n7\n{\"a\":1}\n", &text[..]].concat(),
        _ => {}
    }
    text
}

/// The findings and all that is told of the files. Here the same events lie in the same places, and nothing may differ.
fn told(path: &std::path::Path, options: &Options, crowd: &Crowd) -> (String, crowd::Seen) {
    let (plan, sources) = (compiled(), sources_of(path));
    let (collected, seen) = collect_with(plan, &sources, options, crowd, &|| crowd.eye());
    let events = collected.shard.tally.events;
    let concluded = conclude(plan, collected, &sources, Unopened::default(), &[], options, crowd).unwrap();
    let view = concluded.view;
    assert_eq!(events, seen.records.len() as u64);
    (serde_json::to_string_pretty(&(view.findings, view.summary)).unwrap(), seen)
}

/// Who judges the events of a file makes no difference: those who wait get them from the one that reads it.
#[test]
fn events_of_one_file_are_judged_by_whoever_waits() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let strategy = (proptest::collection::vec(seed(), 30..90), any::<u64>());
    let folder = tempfile::tempdir().unwrap();
    let (mut all, mut handed_over, mut unsound) = (0, 0, 0);
    for number in 0..49u64 {
        let (seeds, salt) = strategy.new_tree(&mut runner).unwrap().current();
        let events: Vec<Value> = seeds.iter().map(event).collect();
        let text = common::shaped(&events, SHAPES[number as usize % SHAPES.len()]);
        let bytes = common::packed(&damaged(text, number / 7), PACKINGS[(salt % 3) as usize]);
        let cut = if salt % 5 == 0 { bytes.len() - 9 } else { bytes.len() };
        let path = folder.path().join(format!("{number}.json"));
        std::fs::write(&path, &bytes[..cut]).unwrap();
        let naive = salt % 11 == 0;
        let alone = Options { jobs: 1, naive, ..Options::default() };
        let (expected, records) = told(&path, &alone, &Crowd::new(1, Act::Nothing));
        // One event at a time, a few, and all that there are; some events are larger than what is handed over at once.
        let batch = [700, 1_400, 5_000, 1 << 20][salt as usize / 64 % 4];
        let together = Options { jobs: 3, naive, large: 0, batch, ..Options::default() };
        let (got, seen) = told(&path, &together, &Crowd::new(3, Act::Nothing));
        same(&got, &expected);
        assert_eq!(seen.records, records.records, "{number}");
        all += seen.records.len();
        handed_over += seen.records.len() - seen.by.iter().max().unwrap_or(&0);
        unsound += usize::from(expected.contains("\"incomplete\": true"));
    }
    assert!(unsound > 15 && all > 1_500 && handed_over * 4 > all, "{unsound}, {handed_over} of {all}");
}

/// A law over events on which nothing fires would prove nothing.
#[test]
fn every_kind_of_rule_fires_on_some_of_these_events() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let strategy = proptest::collection::vec(seed(), 60..61);
    let mut fired: BTreeSet<String> = BTreeSet::new();
    for _ in 0..120 {
        let seeds = strategy.new_tree(&mut runner).unwrap().current();
        let events: Vec<Value> = seeds.iter().map(event).collect();
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "a.json", &events, Shape::Records, Packing::Plain);
        let view = scan(compiled(), &sources(folder.path()), &Run::default());
        fired.extend(view.findings.into_iter().map(|finding| finding.rule.name));
    }
    let set = rules(RULES);
    let silent: Vec<&str> = set
        .rules
        .iter()
        .filter(|rule| rule.reports && !fired.contains(&rule.name))
        .map(|rule| rule.name.as_str())
        .collect();
    assert!(silent.is_empty(), "never fired: {silent:?}");
}

/// The same law on the demo trail, with the whole pack: other files, other shapes, other threads.
#[test]
fn the_demo_trail_says_the_same_in_any_layout() {
    let plan = plan(common::pack());
    let demo = sources(&common::demo());
    let expected = essence(&scan(&plan, &demo, &Run { jobs: 2, ..Run::default() }));
    assert!(expected.len() > 10_000, "the demo has findings");
    let events = common::events(&demo);
    let folder = tempfile::tempdir().unwrap();
    for (number, part) in shuffled(&events, 12345).chunks(events.len().div_ceil(9)).enumerate() {
        let name = format!("{}.log", 9 - number);
        write(folder.path(), &name, part, SHAPES[number % SHAPES.len()], PACKINGS[number % PACKINGS.len()]);
    }
    let got = essence(&scan(&plan, &sources(folder.path()), &Run { jobs: 1, ..Run::default() }));
    same(&got, &expected);
    let naive = essence(&scan(&plan, &demo, &Run { naive: true, ..Run::default() }));
    same(&naive, &expected);
    // Learnt yesterday, judged today.
    let cut = Timestamp::parse("2026-03-27").unwrap();
    let since = Run { since: Some(cut), ..Run::default() };
    let (_, snapshot) = scan_with(&plan, &demo, &Run { until: Some(cut), ..Run::default() }, None);
    let all = essence(&scan(&plan, &demo, &since));
    let (rest, _) = scan_with(&plan, &demo, &since, Some(snapshot));
    same(&essence(&rest), &all);
    assert!(cut.since(Timestamp::MIN) > Timespan::from_days(1));
}

/// Shows where two long texts part, not both of them.
fn same(got: &str, expected: &str) {
    if let Some((number, (a, b))) = got.lines().zip(expected.lines()).enumerate().find(|(_, (a, b))| a != b) {
        let before: Vec<&str> = got.lines().take(number).collect();
        let context = before[number.saturating_sub(12)..].join("\n");
        panic!("{context}\n got: {a}\nwant: {b}");
    }
    assert_eq!(got.len(), expected.len());
}
