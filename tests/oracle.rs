//! The engine against its definitions, written down without any cleverness.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::{Packing, Run, Shape, plan, rules, scan, write};
use proptest::prelude::*;
use serde_json::{Value, json};
use trailsift::event::naive::walk;
use trailsift::input::Source;
use trailsift::rule::{Body, Expr, Order, Pattern, Piece, Relation, RuleSet, Test};
use trailsift::time::Timestamp;

const START: u32 = 1_772_000_000;

// ---------------------------------------------------------------------------------------------------------------
// Predicates: a walk of the parsed record.

/// The texts of a field: elements of arrays one by one, objects as compact JSON, numbers and booleans as written.
fn texts(record: &Value, field: &str) -> Vec<String> {
    fn of(value: &Value) -> Vec<String> {
        match value {
            Value::Null => Vec::new(),
            Value::String(text) => vec![text.clone()],
            Value::Array(items) => items.iter().flat_map(of).collect(),
            Value::Object(_) => vec![value.to_string()],
            other => vec![other.to_string()],
        }
    }
    walk(record, field).into_iter().flat_map(of).collect()
}

fn has_null(record: &Value, field: &str) -> bool {
    fn null(value: &Value) -> bool {
        value.is_null() || value.as_array().is_some_and(|items| items.iter().any(null))
    }
    let found = walk(record, field);
    found.is_empty() || found.into_iter().any(null)
}

fn fits(pattern: &[Piece], text: &[char], cased: bool) -> bool {
    let fold = |c: char| if cased { c } else { c.to_lowercase().next().unwrap() };
    match pattern.split_first() {
        None => text.is_empty(),
        Some((Piece::Any, rest)) => (0..=text.len()).any(|at| fits(rest, &text[at..], cased)),
        Some((Piece::One, rest)) => !text.is_empty() && fits(rest, &text[1..], cased),
        Some((Piece::Literal(literal), rest)) => {
            let literal: Vec<char> = literal.chars().map(fold).collect();
            let start: Vec<char> = text.iter().take(literal.len()).map(|c| fold(*c)).collect();
            start == literal && fits(rest, &text[literal.len()..], cased)
        }
    }
}

fn holds(expr: &Expr, record: &Value) -> bool {
    match expr {
        Expr::All(parts) => parts.iter().all(|part| holds(part, record)),
        Expr::Any(parts) => parts.iter().any(|part| holds(part, record)),
        Expr::Not(part) => !holds(part, record),
        Expr::Keyword(test) => {
            fn strings(value: &Value) -> Vec<String> {
                match value {
                    Value::String(text) => vec![text.clone()],
                    Value::Array(items) => items.iter().flat_map(strings).collect(),
                    Value::Object(map) => map.values().flat_map(strings).collect(),
                    _ => Vec::new(),
                }
            }
            strings(record).iter().any(|text| one(test, text))
        }
        Expr::Field { field, test } => match test {
            Test::Null => has_null(record, field),
            Test::Exists(there) => walk(record, field).is_empty() != *there,
            Test::SameAs { other, relation, cased } => {
                let fold = |text: String| if *cased { text } else { text.to_lowercase() };
                let theirs: Vec<String> = texts(record, other).into_iter().map(fold).collect();
                texts(record, field).into_iter().map(fold).any(|mine| {
                    theirs.iter().any(|other| match relation {
                        Relation::Equals => mine == *other,
                        Relation::StartsWith => mine.starts_with(other.as_str()),
                        Relation::EndsWith => mine.ends_with(other.as_str()),
                        Relation::Contains => mine.contains(other.as_str()),
                    })
                })
            }
            test => texts(record, field).iter().any(|text| one(test, text)),
        },
    }
}

fn one(test: &Test, text: &str) -> bool {
    match test {
        Test::Text { pattern, cased } => fits(&pattern.0, &text.chars().collect::<Vec<_>>(), *cased),
        Test::Number { text: wanted, value } => {
            text == wanted || text.parse::<f64>().is_ok_and(|n| n == *value)
        }
        Test::Compare(order, value) => text.parse::<f64>().is_ok_and(|n| order.holds(n, *value)),
        Test::Regex { pattern, .. } => regex::Regex::new(pattern).unwrap().is_match(text),
        _ => unreachable!("decided by the field"),
    }
}

fn a_field() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["a", "b", "a.b", "a.c", "b.a.c", "c", "d", "a.b.c"]).prop_map(str::to_owned)
}

fn a_test() -> impl Strategy<Value = Test> {
    let pattern = "[abAB*?1]{0,4}".prop_map(|text| Pattern::parse(&text));
    prop_oneof![
        (pattern, any::<bool>()).prop_map(|(pattern, cased)| Test::Text { pattern, cased }),
        (0i32..3).prop_map(|n| Test::Number { text: n.to_string(), value: f64::from(n) }),
        Just(Test::Null),
        any::<bool>().prop_map(Test::Exists),
        (0i32..3).prop_map(|n| Test::Compare(Order::GreaterOrEqual, f64::from(n))),
        Just(Test::Regex { pattern: "^a.?".into(), ignore_case: false, multi_line: false, dot_all: false }),
        (a_field(), any::<bool>()).prop_map(|(other, cased)| Test::SameAs {
            other,
            relation: Relation::Contains,
            cased
        }),
    ]
}

fn an_expr() -> impl Strategy<Value = Expr> {
    let leaf = prop_oneof![
        6 => (a_field(), a_test()).prop_map(|(field, test)| Expr::Field { field, test }),
        1 => "[abAB*?1]{1,3}".prop_map(|text| Expr::Keyword(Test::Text { pattern: Pattern::parse(&text), cased: false })),
        // Enough exact texts of one field to become one look-up.
        1 => (a_field(), prop::collection::vec("[abA1]{0,2}", 4..7)).prop_map(|(field, list)| {
            let test = |text: String| Test::Text { pattern: Pattern::literal(text), cased: false };
            Expr::Any(list.into_iter().map(|text| Expr::Field { field: field.clone(), test: test(text) }).collect())
        }),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Expr::All),
            prop::collection::vec(inner.clone(), 0..3).prop_map(Expr::Any),
            inner.prop_map(|part| Expr::Not(Box::new(part))),
        ]
    })
}

fn a_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        3 => "[abAB1]{0,3}".prop_map(Value::String),
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::Bool),
        1 => (0i32..3).prop_map(|n| json!(n)),
    ];
    leaf.prop_recursive(3, 10, 3, |inner| {
        let key = prop::sample::select(vec!["a", "b", "c", "a.b"]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::Array),
            prop::collection::btree_map(key.prop_map(str::to_owned), inner, 0..3).prop_map(|map| json!(map)),
        ]
    })
}

fn detection(expr: Expr) -> RuleSet {
    let mut set = rules("title: t\nname: t\ndetection:\n  a: {x: y}\n  condition: a\n");
    set.rules[0].body = Body::Detection(expr);
    set
}

fn findings(set: RuleSet, events: &[Value]) -> Vec<trailsift::finding::Finding> {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), "a.json", events, Shape::Records, Packing::Plain);
    scan(&plan(set), &[Source::file(&path)], &Run::default()).findings
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, ..ProptestConfig::default() })]

    #[test]
    fn compiled_conditions_mean_what_they_say(
        expr in an_expr(), record in prop::collection::btree_map(
            prop::sample::select(vec!["a", "b", "c", "d", "a.b", "a.b.c"]).prop_map(str::to_owned), a_value(), 0..5),
    ) {
        let mut record = json!(record);
        record["eventName"] = json!("GetThing");
        record["eventSource"] = json!("thing.amazonaws.com");
        record["eventID"] = json!("1");
        record["eventTime"] = json!(Timestamp::from_secs(START).to_string());
        let expected = holds(&expr, &record);
        let got = !findings(detection(expr.clone()), std::slice::from_ref(&record)).is_empty();
        prop_assert_eq!(got, expected, "{} on {}", expr, record);
    }
}

// ---------------------------------------------------------------------------------------------------------------
// States: every definition over the list of distinct events.

/// Minute, group, value, scope.
type Sighting = (u32, u8, u8);

fn sighting_event(number: usize, (second, group, value): Sighting) -> Value {
    json!({
        "eventVersion": "1.09", "eventName": "GetThing", "eventSource": "thing.amazonaws.com",
        "eventID": format!("{number:08x}-0000-4000-8000-000000000000"),
        "eventTime": Timestamp::from_secs(START + second).to_string(),
        "g": format!("g{group}"), "v": format!("v{value}"), "n": value,
    })
}

fn found(correlation: &str, sightings: &[Sighting]) -> Vec<trailsift::finding::Finding> {
    let text = format!(
        "title: base\nname: base\ndetection:\n  a: {{eventName: GetThing}}\n  condition: a\n---\ntitle: t\nname: t\ncorrelation:\n  rules: [base]\n  group-by: [g]\n{correlation}"
    );
    let events: Vec<Value> = sightings.iter().enumerate().map(|(i, s)| sighting_event(i, *s)).collect();
    if events.is_empty() { Vec::new() } else { findings(rules(&text), &events) }
}

fn sightings() -> impl Strategy<Value = Vec<Sighting>> {
    prop::collection::vec((0u32..120, 0u8..2, 0u8..4), 0..24)
}

/// For each group, the windows `[end - width, end]` at every second for which `fits` holds, as runs of ends that
/// overlap.
fn runs(
    sightings: &[Sighting],
    group: u8,
    width: u32,
    fits: &dyn Fn(&[Sighting]) -> bool,
) -> Vec<(u32, u32)> {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for end in 0..=120 + width {
        let inside: Vec<Sighting> = sightings
            .iter()
            .filter(|(second, g, _)| *g == group && *second <= end && end - *second <= width)
            .copied()
            .collect();
        if fits(&inside) {
            match runs.last_mut() {
                Some((_, last)) if end.saturating_sub(width) <= *last => *last = end,
                _ => runs.push((end, end)),
            }
        }
    }
    runs
}

/// First and last event within the windows of each run, by group.
fn episodes(
    sightings: &[Sighting],
    width: u32,
    fits: &dyn Fn(&[Sighting]) -> bool,
) -> BTreeSet<(String, u32, u32, u64)> {
    let mut all = BTreeSet::new();
    for group in 0..2u8 {
        for (first, last) in runs(sightings, group, width, fits) {
            let inside = || {
                let of = sightings.iter().filter(|(second, g, _)| {
                    *g == group && *second >= first.saturating_sub(width) && *second <= last
                });
                of.map(|(second, ..)| *second)
            };
            let count = inside().count() as u64;
            all.insert((format!("g{group}"), inside().min().unwrap(), inside().max().unwrap(), count));
        }
    }
    all
}

fn shown(findings: &[trailsift::finding::Finding]) -> BTreeSet<(String, u32, u32, u64)> {
    findings
        .iter()
        .filter(|finding| finding.rule.name == "t")
        .map(|finding| {
            let second = |time: Option<Timestamp>| time.unwrap().secs() - START;
            (group_of(finding), second(finding.first_seen), second(finding.last_seen), finding.count)
        })
        .collect()
}

/// The group's value, which the sentence ends with.
fn group_of(finding: &trailsift::finding::Finding) -> String {
    finding.title.rsplit(' ').next().unwrap_or_default().to_owned()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn event_counts(sightings in sightings(), width in 0u32..20, least in 1usize..5) {
        let got = found(&format!("  type: event_count\n  timespan: {width}s\n  condition: {{gte: {least}}}\nmessage: 'x {{g}}'\n"), &sightings);
        prop_assert_eq!(shown(&got), episodes(&sightings, width, &|inside| inside.len() >= least));
    }

    #[test]
    fn value_counts(sightings in sightings(), width in 0u32..20, least in 1usize..4) {
        let got = found(&format!("  type: value_count\n  timespan: {width}s\n  condition: {{field: v, gte: {least}}}\nmessage: 'x {{g}}'\n"), &sightings);
        let distinct = |inside: &[Sighting]| inside.iter().map(|(.., v)| *v).collect::<BTreeSet<_>>().len();
        prop_assert_eq!(shown(&got), episodes(&sightings, width, &|inside| distinct(inside) >= least));
    }

    #[test]
    fn both_counts_in_the_same_window(sightings in sightings(), width in 0u32..20, events in 1usize..5, values in 1usize..4) {
        let got = found(&format!(
            "  type: event_count\n  timespan: {width}s\n  condition:\n    - {{gte: {events}}}\n    - {{field: v, gte: {values}}}\nmessage: 'x {{g}}'\n"
        ), &sightings);
        let distinct = |inside: &[Sighting]| inside.iter().map(|(.., v)| *v).collect::<BTreeSet<_>>().len();
        let fits = |inside: &[Sighting]| inside.len() >= events && distinct(inside) >= values;
        prop_assert_eq!(shown(&got), episodes(&sightings, width, &fits));
    }

    /// Other limits than minimums are judged at windows that end at an event.
    #[test]
    fn exact_counts(sightings in sightings(), width in 0u32..20, exactly in 1usize..4) {
        let got = found(&format!("  type: event_count\n  timespan: {width}s\n  condition: {{eq: {exactly}}}\n"), &sightings);
        let fires = (0..2u8).any(|group| {
            let of: Vec<u32> = sightings.iter().filter(|(_, g, _)| *g == group).map(|(s, ..)| *s).collect();
            of.iter().any(|end| of.iter().filter(|s| **s <= *end && end - **s <= width).count() == exactly)
        });
        prop_assert_eq!(got.iter().any(|finding| finding.rule.name == "t"), fires);
    }

    #[test]
    fn sums(sightings in sightings(), width in 0u32..20, least in 1u32..9) {
        let got = found(&format!("  type: value_sum\n  timespan: {width}s\n  condition: {{field: n, gte: {least}}}\n"), &sightings);
        let fires = (0..2u8).any(|group| {
            let of: Vec<(u32, u32)> =
                sightings.iter().filter(|(_, g, _)| *g == group).map(|(s, _, v)| (*s, u32::from(*v))).collect();
            of.iter().any(|(end, _)| {
                of.iter().filter(|(s, _)| s <= end && end - s <= width).map(|(_, v)| v).sum::<u32>() >= least
            })
        });
        prop_assert_eq!(got.iter().any(|finding| finding.rule.name == "t"), fires);
    }

    /// The definition in the design, word by word: new at t iff no sighting in [t - timespan, t); reported iff
    /// t >= start + learning; a scope itself unseen takes the terms first seen within learning of it.
    #[test]
    fn new_terms(sightings in sightings(), width in 1u32..60, learning in 0u32..60) {
        let learning = learning.min(width);
        let got = found(&format!(
            "  type: new_terms\n  field: [v]\n  timespan: {width}s\n  learning: {learning}s\nmessage: 'x {{term}} {{scope}}'\n"
        ), &sightings);
        let times = || sightings.iter().map(|(second, ..)| *second);
        let (Some(start), Some(end)) = (times().min(), times().max()) else { return Ok(()) };
        let unseen = |at: u32, of: &dyn Fn(&Sighting) -> bool| {
            !sightings.iter().any(|s| of(s) && s.0 < at && at - s.0 <= width)
        };
        let mut expected: BTreeSet<(String, u32, String)> = BTreeSet::new();
        if end - start >= learning {
            for (at, group, value) in &sightings {
                let is_new = unseen(*at, &|s| s.1 == *group && s.2 == *value) && *at >= start + learning;
                if !is_new {
                    continue;
                }
                // The latest moment, up to this one, at which the scope came (back) and was reported.
                let arrivals = sightings.iter().filter(|s| s.1 == *group && s.0 <= *at && s.0 >= start + learning);
                let arrival = arrivals.map(|s| s.0).filter(|t| unseen(*t, &|s| s.1 == *group)).max();
                match arrival.filter(|arrival| at - arrival <= learning) {
                    Some(arrival) => expected.insert(("new_scope".into(), arrival, format!("g{group}"))),
                    None => {
                        let before = sightings.iter().any(|s| s.1 == *group && s.2 == *value && s.0 < *at);
                        let class = if before { "returned" } else { "new_term" };
                        expected.insert((class.into(), *at, format!("v{value}")))
                    }
                };
            }
        }
        let got: BTreeSet<(String, u32, String)> = got
            .iter()
            .filter(|finding| finding.rule.name == "t")
            .map(|finding| {
                let detail = finding.new_term.as_ref().unwrap();
                let name = detail.term.first().or(detail.scope.first()).map(|pair| pair.value.clone()).unwrap();
                (finding.class.name().to_owned(), detail.first_seen.secs() - START, name)
            })
            .collect();
        prop_assert_eq!(got, expected);
    }

    /// Buckets against the group's own past.
    #[test]
    fn spikes(sightings in sightings(), factor in 1u32..3, least in 1u64..4) {
        let got = found(&format!(
            "  type: spike\n  timespan: 10s\n  lookback: 40s\n  factor: {factor}\n  condition: {{gte: {least}}}\n"
        ), &sightings);
        let times = || sightings.iter().map(|(second, ..)| START + *second);
        let (Some(start), Some(end)) = (times().min(), times().max()) else { return Ok(()) };
        let mut fires = false;
        for group in 0..2u8 {
            let mut buckets: BTreeMap<u32, u64> = BTreeMap::new();
            sightings.iter().filter(|(_, g, _)| *g == group).for_each(|(s, ..)| *buckets.entry((START + s) / 10).or_default() += 1);
            for (bucket, count) in &buckets {
                let peak = buckets.iter().filter(|(b, _)| *b < bucket && bucket - *b <= 4).map(|(_, c)| *c).max().unwrap_or(0);
                let learnt = end - start >= 40 && bucket * 10 >= start + 40;
                fires |= learnt && *count >= least && *count > u64::from(factor) * peak;
            }
        }
        prop_assert_eq!(got.iter().any(|finding| finding.rule.name == "t"), fires);
    }
}
