//! What trailsift adds to correlations, from rules and events to findings.

mod common;

use std::io::Write;

use trailsift::config::Suppression;
use trailsift::finding::View;
use trailsift::input::Source;
use trailsift::outcome::Outcome;
use trailsift::scan::{self, Options, Silent, Unopened};

/// Runs rules on events given as (hours since 2026-01-01, eventName, user); `Name!` was refused. Each hour has an address
/// of its own.
fn run(rules: &str, events: &[(u32, &str, &str)]) -> View {
    run_but(rules, events, &[])
}

/// The same with suppressions.
fn run_but(rules: &str, events: &[(u32, &str, &str)], suppressions: &[Suppression]) -> View {
    let plan = common::plan(common::rules(rules));
    let mut file = tempfile::Builder::new().suffix(".json").tempfile().expect("a file");
    for (number, (hours, name, user)) in events.iter().enumerate() {
        let time = format!("2026-01-{:02}T{:02}:00:00Z", 1 + hours / 24, hours % 24);
        let (name, error) = match name.strip_suffix('!') {
            Some(name) => (name, r#","errorCode":"AccessDenied""#),
            None => (*name, ""),
        };
        writeln!(
            file,
            r#"{{"eventTime":"{time}","eventID":"{number}","eventSource":"s3.amazonaws.com","eventName":"{name}","sourceIPAddress":"192.0.2.{hours}","recipientAccountId":"111122223333","userIdentity":{{"type":"IAMUser","userName":"{user}","arn":"arn:aws:iam::111122223333:user/{user}"}}{error}}}"#
        )
        .expect("written");
    }
    let sources = [Source::file(file.path())];
    let options = Options { jobs: 1, ..Options::default() };
    let collected = scan::collect(&plan, &sources, &options, &Silent);
    scan::conclude(&plan, collected, &sources, Unopened::default(), suppressions, &options, &Silent)
        .expect("a view")
        .view
}

const CALL: &str = "
title: call
name: call
report: false
detection: {a: {eventName|startswith: Get}, condition: a}
";

fn new_terms(keys: &str) -> String {
    format!(
        "
title: new
name: new
correlation:
  type: new_terms
  rules: [call]
  group-by: [userIdentity.userName]
  field: [eventName]
  timespan: 5d
  learning: 1d
{keys}
message: '{{term}} by {{userIdentity.userName}}'
---{CALL}"
    )
}

/// A rule that counts calls, with further keys or documents.
fn many(further: &str) -> String {
    format!(
        "
title: many
name: many
correlation:
  type: event_count
  rules: [call]
  group-by: [userIdentity.userName]
  timespan: 12h
  condition: {{gte: 2}}
{further}
---{CALL}"
    )
}

fn titles(view: &View) -> Vec<&str> {
    view.findings.iter().map(|finding| finding.title.as_str()).collect()
}

#[test]
fn firings_of_one_group_fold_into_one_finding() {
    let events = [(0, "GetA", "eve"), (30, "GetB", "eve"), (33, "GetC", "eve"), (60, "GetD", "eve")];
    assert_eq!(titles(&run(&new_terms(""), &events)), ["GetB by eve", "GetC by eve", "GetD by eve"]);
    let folded = run(&new_terms("fold: 4h"), &events);
    assert_eq!(titles(&folded), ["GetB, GetC by eve", "GetD by eve"]);
    let first = &folded.findings[0];
    assert_eq!((first.count, first.evidence.len()), (2, 2));
    assert!(first.why.iter().any(|reason| reason.contains("first of 2")), "{:?}", first.why);
    let counted = |keys: &str| {
        let rule = format!(
            "
title: many
name: many
correlation:
  type: event_count
  rules: [call]
  group-by: [userIdentity.userName, eventName]
  timespan: 1h
  condition: {{gte: 1}}
{keys}
---{CALL}"
        );
        run(&rule, &events).findings.len()
    };
    assert_eq!((counted(""), counted("fold: 2d")), (4, 4));
    assert_eq!(counted("fold: 27h\nfold-by: [userIdentity.userName]"), 2);
}

#[test]
fn only_the_classes_asked_for_are_told() {
    let events = [(0, "GetA", "eve"), (30, "GetB", "eve"), (200, "GetA", "eve"), (201, "GetA", "bob")];
    let classes = |keys: &str| {
        let rules = new_terms("").replace("learning: 1d", &format!("learning: 1d\n{keys}"));
        let view = run(&rules, &events);
        view.findings.iter().map(|finding| finding.class.name().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(classes("").len(), 3);
    assert_eq!(classes("  classes: [new_term]"), ["new_term"]);
    assert_eq!(classes("  classes: [new_scope]"), ["new_scope", "new_scope"]);
}

#[test]
fn a_rule_may_report_without_history() {
    let events = [(0, "GetA", "eve"), (1, "GetB", "eve")];
    let quiet = run(&new_terms(""), &events);
    assert!(quiet.findings.is_empty() && quiet.summary.insufficient_baseline.len() == 1);
    let bold = new_terms("").replace("learning: 1d", "learning: 1d\n  cold-start: report");
    let view = run(&bold, &events);
    assert_eq!(titles(&view), ["GetA, GetB by eve"]);
    assert_eq!(view.summary.insufficient_baseline.len(), 1);
}

#[test]
fn what_builds_on_a_rule_without_history_lacks_it_as_well() {
    let rules = format!(
        "
title: both
name: both
correlation:
  type: temporal
  rules: [new, call]
  group-by: [userIdentity.userName]
  timespan: 1h
---{}",
        new_terms("").replace("name: new\n", "name: new\nreport: false\n")
    );
    let view = run(&rules, &[(0, "GetA", "eve"), (1, "GetB", "eve")]);
    let short = view.summary.insufficient_baseline;
    assert_eq!(short.iter().map(|short| short.rule.as_deref()).collect::<Vec<_>>(), [Some("both")]);
    assert!(short[0].reason.starts_with("needs 24 hours of history"), "{}", short[0].reason);
}

#[test]
fn of_several_calls_one_that_succeeded_is_the_outcome() {
    let rules = many(
        "---
title: first A, then B
name: sequence
correlation:
  type: temporal_ordered
  rules: [a, b]
  group-by: [userIdentity.userName]
  timespan: 12h
---
title: a
name: a
report: false
detection: {a: {eventName: GetA}, condition: a}
---
title: b
name: b
report: false
detection: {a: {eventName: GetB}, condition: a}",
    );
    let outcomes = |events: &[(u32, &str, &str)]| {
        let view = run(&rules, events);
        let told = view.findings.iter().map(|finding| finding.outcome.map_or("", Outcome::name));
        told.collect::<Vec<_>>()
    };
    assert_eq!(outcomes(&[(0, "GetA!", "eve"), (1, "GetB!", "eve")]), ["denied", "denied"]);
    assert_eq!(outcomes(&[(0, "GetA!", "eve"), (1, "GetB", "eve")]), ["success", "success"]);
    assert_eq!(outcomes(&[(0, "GetA", "eve"), (1, "GetB!", "eve")]), ["success", "success"]);
}

#[test]
fn a_number_of_calls_tells_of_all_their_addresses() {
    let rules = many("message: 'from {source}'");
    let told = |hours: &[u32]| {
        let events: Vec<(u32, &str, &str)> = hours.iter().map(|hour| (*hour, "GetA", "eve")).collect();
        titles(&run(&rules, &events)).join("; ")
    };
    assert_eq!(told(&[1, 1]), "from 192.0.2.1");
    assert_eq!(told(&[1, 2, 2]), "from 192.0.2.1 and 192.0.2.2");
    assert_eq!(told(&[1, 2, 3]), "from 192.0.2.1 and 2 other addresses");
    // Of steps, the first one's.
    let steps = rules.replace("event_count", "temporal").replace("  condition: {gte: 2}\n", "");
    let steps = steps.replace("[call]", "[call, call]");
    assert_eq!(titles(&run(&steps, &[(1, "GetA", "eve"), (2, "GetA", "eve")])), ["from 192.0.2.1"]);
}

#[test]
fn any_tells_what_its_rules_find() {
    let rules = format!(
        "
title: either
name: either
level: high
correlation: {{type: any, rules: [new, put]}}
falsepositives: [none]
---
title: put
name: put
level: medium
detection: {{a: {{eventName: PutA}}, condition: a}}
message: '{{userIdentity.userName}} put'
---
{}",
        new_terms("level: low")
    );
    let view = run(&rules, &[(0, "GetA", "eve"), (2, "PutA", "eve"), (30, "GetB", "eve")]);
    let told: Vec<_> =
        view.findings.iter().map(|f| (f.rule.name.as_str(), f.level.name(), f.title.as_str())).collect();
    assert_eq!(told, [("either", "medium", "eve put"), ("either", "low", "GetB by eve")]);
    assert_eq!(view.findings[0].false_positives, ["none"]);
}

#[test]
fn what_is_raised_in_the_midst_of_a_habit_is_told_by_itself() {
    let rules = format!(
        "
title: daily
name: daily
correlation:
  type: event_count
  rules: [call]
  group-by: [derived.principal]
  timespan: 1h
  condition: {{gte: 1}}
level: medium
escalate: [{{level: high, rules: [odd], within: 1h}}]
fold: 26h
habit: {{by: [derived.principal], days: 5, over: 4d, level: low}}
---
title: odd
name: odd
report: false
detection: {{a: {{eventName: PutOdd}}, condition: a}}
---{CALL}"
    );
    let mut events: Vec<_> = (0..9).map(|day| (day * 24, "GetA", "eve")).collect();
    events.push((6 * 24, "PutOdd", "eve"));
    let view = run(&rules, &events);
    let told: Vec<_> = view
        .findings
        .iter()
        .map(|f| (f.level.name(), f.first_seen.map(|at| at.to_string()), f.count))
        .collect();
    let at = |day: &str| Some(format!("2026-01-{day}T00:00:00Z"));
    assert_eq!(told, [("high", at("07"), 1), ("low", at("01"), 8)]);
}

const MATCH: &str = "
title: deleted
name: deleted
detection: {a: {eventName|startswith: Delete}, condition: a}
level: medium
fold: 24h
message: '{userIdentity.userName} called {target|eventSource} from {source}'
target: [eventName]
";

#[test]
fn matches_that_are_told_as_one_tell_all_their_targets() {
    let view = run(MATCH, &[(1, "DeleteB", "eve"), (3, "DeleteA", "eve"), (2, "DeleteB", "eve")]);
    let finding = &view.findings[0];
    assert_eq!(finding.title, "eve called DeleteB and DeleteA from 192.0.2.1 and 2 other addresses");
    assert_eq!((finding.target.as_deref(), finding.count), (Some("DeleteB"), 3));
    assert_eq!(finding.targets, ["DeleteA", "DeleteB"]);
    assert_eq!(finding.addresses, ["192.0.2.1", "192.0.2.2", "192.0.2.3"]);
    // More than are looked at: what is named may not be all.
    let names: Vec<String> = (0..150).map(|number| format!("Delete{number:03}")).collect();
    let events: Vec<_> = names.iter().map(|name| (1, name.as_str(), "eve")).collect();
    let view = run(MATCH, &events);
    let finding = &view.findings[0];
    assert!(finding.title.contains(" and at least 95 more from 192.0.2.1"), "{}", finding.title);
    assert_eq!((finding.targets.len(), finding.count), (100, 150));
}

#[test]
fn what_is_known_of_one_target_or_address_suppresses_no_other() {
    let events = [(1, "DeleteA", "eve"), (2, "DeleteB", "eve")];
    for (field, pattern, covers) in [
        ("target", "DeleteA", false),
        ("target", "Delete?", true),
        ("source.ip", "192.0.2.1", false),
        ("source.ip", "192.0.2.*", true),
        ("account", "111122223333", true),
    ] {
        let entry = format!("rule = 'deleted'\nreason = 'known'\nmatch = {{ '{field}' = '{pattern}' }}");
        let view = run_but(MATCH, &events, &[toml::from_str(&entry).expect("a suppression")]);
        assert_eq!(view.findings[0].suppressed.is_some(), covers, "{field}: {pattern}");
    }
}
