//! Chains, lives of keys, journeys and gaps against their definitions, written down without any cleverness.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::{Packing, Run, Shape, plan, rules, scan, write};
use proptest::prelude::*;
use serde_json::{Value, json};
use trailsift::finding::Finding;
use trailsift::input::Source;
use trailsift::known::geo::distance_km;
use trailsift::time::Timestamp;

/// The start of an hour.
const START: u32 = 1_772_000_000 / 3600 * 3600;

fn found(correlation: &str, events: &[Value]) -> Vec<Finding> {
    let rule = |name: &str| {
        format!(
            "title: {name}\nname: {name}\nreport: false\ndetection:\n  a: {{eventName: {name}}}\n  condition: a\n---\n"
        )
    };
    let helpers: String = ["Use", "Open", "Close"].into_iter().map(rule).collect();
    let text = format!("{helpers}title: t\nname: t\nlevel: high\ncorrelation:\n{correlation}");
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), "a.json", events, Shape::Records, Packing::Plain);
    let found = scan(&plan(rules(&text)), &[Source::file(&path)], &Run::default()).findings;
    found.into_iter().filter(|finding| finding.rule.name == "t").collect()
}

fn event(number: usize, name: &str, second: u32, rest: Value) -> Value {
    let mut event = json!({
        "eventVersion": "1.09", "eventName": name, "eventSource": "thing.amazonaws.com",
        "eventID": format!("{number:08x}-0000-4000-8000-000000000000"),
        "eventTime": Timestamp::from_secs(START + second).to_string(),
        "recipientAccountId": "111122223333", "awsRegion": "eu-west-1",
    });
    event.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    event
}

fn after_title(finding: &Finding) -> (String, u32) {
    let word = finding.title.rsplit(' ').next().unwrap().to_owned();
    let at = finding.why.iter().find_map(|why| why.split("after the event of ").nth(1)).unwrap();
    (word, Timestamp::parse(at.split(' ').next().unwrap()).unwrap().secs() - START)
}

/// What an event does, to which group, with which value, in which step of three hours.
type Act = (u8, u8, u8, u32);

const STEP: u32 = 3 * 3600;
const DAY: u32 = 86_400;

fn acts() -> impl Strategy<Value = Vec<Act>> {
    prop::collection::vec((0u8..5, 0u8..2, 0u8..2, 0u32..48), 0..30)
}

fn act_events(acts: &[Act]) -> Vec<Value> {
    let name = |kind: u8| ["Use", "Use", "Use", "Open", "Close"][usize::from(kind)];
    let one = |(number, (kind, group, value, step)): (usize, &Act)| {
        event(number, name(*kind), step * STEP, json!({"g": format!("g{group}"), "v": format!("v{value}")}))
    };
    acts.iter().enumerate().map(one).collect()
}

/// The openings of a group, each with its value and the time it opens: from its grace to before what ends it.
fn openings(acts: &[Act], group: u8, span: u32, grace: u32) -> Vec<(u32, u8, u32, u32)> {
    let mut opens: Vec<(u32, usize, u8)> = Vec::new();
    for (number, (kind, g, value, step)) in acts.iter().enumerate() {
        if *kind == 3 && *g == group {
            opens.push((step * STEP, number, *value));
        }
    }
    opens.sort_unstable();
    let closes = || acts.iter().filter(|(kind, g, ..)| *kind == 4 && *g == group).map(|act| act.3 * STEP);
    let mut all = Vec::new();
    for (at, (time, _, value)) in opens.iter().enumerate() {
        let ends =
            opens.get(at + 1).map(|next| next.0).into_iter().chain(closes().filter(|close| close >= time));
        let end = ends.min().unwrap_or(u32::MAX);
        if end > time + grace {
            all.push((*time, *value, time + grace, (end - 1).min(time + span)));
        }
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, ..ProptestConfig::default() })]

    /// A use in the time that an opening opened; in a time shorter than a day in the midst of uses (of the same value,
    /// where values are compared) nothing is said.
    #[test]
    fn uses_after(acts in acts(), span in 1u32..50, grace in 0u32..2, differs in any::<bool>()) {
        let (span, grace) = (span * STEP, grace * STEP / 2);
        let extra = if differs { "  differs: [v]\n" } else { "" };
        let got: BTreeSet<(String, u32)> = found(&format!(
            "  type: after\n  rules: [Use]\n  opened-by: [Open]\n  closed-by: [Close]\n  group-by: [g]\n  timespan: {span}s\n  grace: {grace}s\n{extra}message: 'x {{g}}'\n"
        ), &act_events(&acts)).iter().map(after_title).collect();
        let (mut certain, mut possible) = (BTreeSet::new(), BTreeSet::new());
        for group in 0..2u8 {
            for (time, value, from, to) in openings(&acts, group, span, grace) {
                for v in 0..2u8 {
                    let uses = || acts.iter().filter(|a| a.0 < 3 && a.1 == group && (a.2 == v || !differs)).map(|a| a.3 * STEP);
                    if (differs && v == value) || !uses().any(|at| at >= from && at <= to) {
                        continue;
                    }
                    let midst = uses().any(|at| at < from) && uses().any(|at| at > to) && to - from < DAY;
                    possible.insert((format!("g{group}"), time));
                    if !midst {
                        certain.insert((format!("g{group}"), time));
                    }
                }
            }
        }
        prop_assert!(certain.is_subset(&got), "missed {:?}", certain.difference(&got).collect::<Vec<_>>());
        prop_assert!(got.is_subset(&possible), "invented {:?}", got.difference(&possible).collect::<Vec<_>>());
    }

    /// The first use of all, if it is in the time and differs.
    #[test]
    fn first_uses(acts in acts(), span in 1u32..50) {
        let span = span * STEP;
        let got: BTreeSet<(String, u32)> = found(&format!(
            "  type: after\n  rules: [Use]\n  opened-by: [Open]\n  group-by: [g]\n  timespan: {span}s\n  differs: [v]\n  first: true\nmessage: 'x {{g}}'\n"
        ), &act_events(&acts)).iter().map(after_title).collect();
        let mut expected = BTreeSet::new();
        let without_closes: Vec<Act> = acts.iter().map(|a| if a.0 == 4 { (9, a.1, a.2, a.3) } else { *a }).collect();
        for group in 0..2u8 {
            let uses = acts.iter().enumerate().filter(|(_, a)| a.0 < 3 && a.1 == group);
            let Some((first, v)) = uses.map(|(number, a)| ((a.3 * STEP, number), a.2)).min() else { continue };
            for (time, value, from, to) in openings(&without_closes, group, span, 0) {
                if first.0 >= from && first.0 <= to && v != value {
                    expected.insert((format!("g{group}"), time));
                }
            }
        }
        prop_assert_eq!(got, expected);
    }

    /// Any two events, further apart than 500 km and than 1,000 km/h allow.
    #[test]
    fn journeys(visits in prop::collection::vec((0u8..2, 0usize..4, 0u32..150), 0..24)) {
        let places = [("A", (0.0, 0.0)), ("B", (0.0, 5.0)), ("C", (0.0, 3.0)), ("D", (0.0, 60.0))];
        let events: Vec<Value> = visits.iter().enumerate().map(|(number, (group, place, step))| {
            let (name, (lat, lon)) = places[*place];
            event(number, "Use", step * 600, json!({"g": format!("g{group}"), "p": format!("{name} ({lat:.4}, {lon:.4})")}))
        }).collect();
        let got: BTreeSet<String> = found(
            "  type: travel\n  rules: [Use]\n  group-by: [g]\n  field: p\n  timespan: 1d\n  learning: 0s\nmessage: 'x {g}'\n", &events,
        ).iter().map(|finding| finding.title.rsplit(' ').next().unwrap().to_owned()).collect();
        let mut expected = BTreeSet::new();
        for a in &visits {
            for b in &visits {
                let km = distance_km(places[a.1].1, places[b.1].1);
                let hours = f64::from(a.2.abs_diff(b.2)) / 6.0;
                if a.0 == b.0 && km > 500.0 && km > 1000.0 * hours {
                    expected.insert(format!("g{}", a.0));
                }
            }
        }
        prop_assert_eq!(got, expected);
    }

    /// Silent hours after busy ones.
    #[test]
    fn gaps(active in prop::collection::btree_set(0u32..60, 0..45), long in 2u32..6, steady in 0u32..2, learning in 0u32..8) {
        let events: Vec<Value> = active.iter().enumerate()
            .map(|(number, hour)| event(number, "Use", hour * 3600 + 1800, json!({}))).collect();
        let got: BTreeSet<u32> = found(&format!(
            "  type: log_gap\n  rules: [Use]\n  timespan: {long}h\n  steady: {steady}h\n  lookback: 12h\n  learning: {learning}h\n"
        ), &events).iter().map(|finding| (finding.first_seen.unwrap().secs() - START) / 3600).collect();
        let mut expected = BTreeSet::new();
        for before in active.iter().copied() {
            let Some(next) = active.iter().copied().find(|hour| *hour > before) else { continue };
            let silent = |from: u32, to: u32| (from..=to).collect::<BTreeSet<u32>>().difference(&active).count() as u32;
            let known: Vec<u32> = active.iter().copied().filter(|hour| *hour <= before && before - hour <= 12).collect();
            let busy = known.windows(2).all(|pair| silent(pair[0], pair[1]) <= steady);
            if silent(before, next) >= long && busy && before - known[0] >= learning {
                expected.insert(before + 1);
            }
        }
        prop_assert_eq!(got, expected);
    }

    /// A chain is followed from issue to issue; every hop is a session made out of a session.
    #[test]
    fn chains(issues in prop::collection::vec((0u8..6, 1u8..6, 0u32..40), 0..10), key in 1u8..6, hops in 1usize..4, reach in 1u32..40) {
        // Key 0 is a user's own, the others are sessions of the role of their number.
        let who = |key: u8| match key {
            0 => json!({"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/u", "accountId": "111122223333", "accessKeyId": "AKIA0"}),
            k => json!({
                "type": "AssumedRole", "arn": format!("arn:aws:sts::111122223333:assumed-role/r{k}/s"),
                "accountId": "111122223333", "accessKeyId": format!("ASIA{k}"),
            }),
        };
        let mut events: Vec<Value> = issues.iter().enumerate().map(|(number, (by, to, step))| event(number, "AssumeRole", step * 60, json!({
            "eventSource": "sts.amazonaws.com", "userIdentity": who(*by),
            "requestParameters": {"roleArn": format!("arn:aws:iam::111122223333:role/r{to}"), "roleSessionName": "s"},
            "responseElements": {"credentials": {"accessKeyId": format!("ASIA{to}")}},
        }))).collect();
        events.push(event(99, "Use", 40 * 60, json!({"userIdentity": who(key), "g": "g"})));
        let got = !found(&format!(
            "  type: role_chain\n  rules: [Use]\n  group-by: [g]\n  timespan: {}s\n  hops: {hops}\n", reach * 60
        ), &events).is_empty();
        // Of several issues of a key the first counts.
        let mut table: BTreeMap<u8, (u32, u8)> = BTreeMap::new();
        for (by, to, step) in &issues {
            let entry = table.entry(*to).or_insert((*step, *by));
            if *step < entry.0 { *entry = (*step, *by); }
        }
        let (mut at, mut seen, mut count) = (key, BTreeSet::new(), 0);
        while let Some((step, by)) = table.get(&at).filter(|(step, _)| *step + reach >= 40) {
            if !seen.insert(at) { break; }
            let _ = step;
            count += usize::from(*by > 0);
            at = *by;
        }
        prop_assert_eq!(got, !seen.is_empty() && count >= hops);
    }
}
