//! Views for the tests of renderers: nothing, an attacker's worst, and very much of the ordinary.

use serde_json::value::RawValue;
use trailsift::detect::Class;
use trailsift::detect::firing::{Counted, FieldValue, NewTermDetail, SequenceDetail, Step, ThresholdDetail};
use trailsift::finding::{
    ChainLink, EvidenceItem, Expired, Finding, Insufficient, KnownBefore, LeftOut, NotEvaluated, Origin,
    Principal, RuleInfo, Run, Skipped, Summary, Suppressed, View,
};
use trailsift::level::Level;
use trailsift::outcome::Outcome;
use trailsift::report::{Format, Surroundings, render};
use trailsift::time::{Timespan, Timestamp};

/// What the hostile title of the page would become, if any payload were run.
pub(crate) const PWNED: &str = "PWNED";

/// A view as a format writes it, plain and of one width.
pub(crate) fn rendered(view: &View, format: Format) -> String {
    let mut out = Vec::new();
    render(view, format, Surroundings { width: 100, color: false }, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Texts that mean something to one of the outputs. Each is found again by its number, `payload-0` and so on.
pub(crate) fn payloads() -> Vec<String> {
    let texts = [
        "<script>document.title='PWNED'</script>",
        "</script><script>document.title='PWNED'</script>",
        "</style><script>document.title='PWNED'</script><!--",
        "<img src=x onerror=\"document.title='PWNED'\">",
        "\"onfocus=\"document.title='PWNED'\"autofocus=\"",
        "' onmouseover='document.title=\"PWNED\"",
        "<svg/onload=document.title='PWNED'>",
        "<iframe srcdoc=\"<script>parent.document.title='PWNED'</script>\">",
        "<link rel=stylesheet href=https://evil.example/x.css>",
        "<base href=https://evil.example/><meta http-equiv=refresh content='0;url=https://evil.example'>",
        "javascript:document.title='PWNED'",
        "]]><!DOCTYPE html><title>PWNED</title>",
        "{{constructor.constructor('document.title=`PWNED`')()}} ${document.title='PWNED'}",
        "=cmd|' /C calc'!A0",
        "+1;-1;@SUM(A1:A9)",
        "; =HYPERLINK(\"https://evil.example\",\"click\")",
        "[click](https://evil.example) ![x](https://evil.example/x.png) @team #12",
        "| a | b |\n| --- | --- |\n# head",
        "`code` ``` fence",
        "a\u{1b}[2J\u{1b}]0;PWNED\u{7}b",
        "gpj.\u{202e}exe \u{2066}isolated\u{2069}",
        "zero\u{200b}width\u{feff}and\u{2028}lines\u{2029}",
        "nul\0, bell\u{7}, c1\u{9b}31m, tag\u{e0041}",
        "line\r\nset-cookie: a=b\ttab",
        "{0} {placeholder} [link](0) %s %n",
        "__proto__",
    ];
    texts.iter().enumerate().map(|(number, text)| format!("{text} payload-{number}")).collect()
}

pub(crate) fn empty() -> View {
    View::new(Run { tool: "trailsift", version: "0.0.0", ..Run::default() }, Summary::default(), Vec::new())
}

/// Every text of every finding and of the summary is a payload; one is a megabyte long.
pub(crate) fn hostile() -> View {
    let mut findings: Vec<Finding> =
        payloads().iter().enumerate().map(|(number, text)| all_of(text, number)).collect();
    findings.push(long());
    let text = |i: usize| payloads()[i % payloads().len()].clone();
    let mut summary = Summary {
        files: 2,
        events: 90,
        distinct_events: 90,
        accounts: payloads(),
        incomplete: true,
        ..Summary::default()
    };
    for i in 0..payloads().len() {
        summary.vendors.insert(text(i), text(i + 1));
        summary.not_logs.insert(text(i), 1);
        summary.skipped.push(Skipped {
            path: text(i),
            kind: text(i + 1),
            reason: text(i + 2),
            offset: Some(7),
            record: Some(3),
        });
        summary.not_evaluated.push(NotEvaluated { rule: text(i), reason: text(i + 1) });
        summary.insufficient_baseline.push(Insufficient {
            rule: Some(text(i)),
            account: Some(text(i + 1)),
            region: Some(text(i + 2)),
            reason: text(i + 3),
        });
        summary.suppressions_expired.push(Expired {
            by: text(i),
            rule: text(i),
            expired: text(i),
            findings: 1,
        });
        summary.left_out.push(LeftOut { rule: text(i), records: 2 });
    }
    View::new(Run { tool: "trailsift", version: "0.0.0", partial: true, ..Run::default() }, summary, findings)
}

/// A finding with a megabyte in each place that is shown first.
fn long() -> Finding {
    let text = format!("{} payload-long", "<b>\u{202e}&".repeat(150_000));
    let mut finding = all_of("payload-long", 90);
    finding.level = Level::Critical;
    finding.user_agent = Some(text.clone());
    finding.principal.canonical = Some(text.clone());
    finding.why[0].clone_from(&text);
    finding.title = text;
    finding
}

/// Its actor.
fn principal_of(text: &str, time: Timestamp) -> Principal {
    let some = || Some(text.to_owned());
    Principal {
        canonical: some(),
        kind: some(),
        arn: some(),
        account: some(),
        session_name: some(),
        access_key_id: some(),
        chain: vec![ChainLink {
            principal: some(),
            access_key_id: some(),
            time: Some(time),
            ip: some(),
            kind: some(),
            account: some(),
            session_name: some(),
            event_name: some(),
            role: some(),
        }],
        chain_end: some(),
    }
}

/// A finding with one text wherever there is room for a text.
fn all_of(text: &str, number: usize) -> Finding {
    let some = || Some(text.to_owned());
    let time = Timestamp::parse("2026-03-28T02:14:07Z").unwrap();
    let class = [Class::Match, Class::NewTerm, Class::Threshold, Class::Sequence][number % 4];
    let value = || FieldValue { field: text.to_owned(), value: text.to_owned() };
    let raw = serde_json::json!({"eventName": text, text: [text]}).to_string();
    Finding {
        id: format!("{number:024x}"),
        rule: RuleInfo {
            name: text.to_owned(),
            id: some(),
            title: text.to_owned(),
            level: Level::High,
            attack: vec!["T1098.003".to_owned()],
            tags: vec![text.to_owned()],
            references: vec![text.to_owned(), "https://attack.mitre.org/techniques/T1098/".to_owned()],
        },
        level: Level::ALL[number % Level::ALL.len()],
        class,
        outcome: Some(Outcome::ALL[number % Outcome::ALL.len()]),
        title: text.to_owned(),
        why: vec![text.to_owned(), text.to_owned()],
        first_seen: (number % 5 != 4).then_some(time),
        last_seen: (number % 5 != 4).then(|| time.ahead(Timespan::from_hours(1))),
        count: 2,
        account: some(),
        region: some(),
        principal: principal_of(text, time),
        target: some(),
        targets: vec![text.to_owned(), format!("{text} too")],
        addresses: vec![text.to_owned(), format!("{text} too")],
        access_keys: vec![text.to_owned(), format!("{text} too")],
        sessions: vec![text.to_owned(), format!("{text} too")],
        source: Origin {
            ip: some(),
            class: some(),
            country: some(),
            asn: Some(64_496),
            org: some(),
            vpc_endpoint: some(),
        },
        user_agent: some(),
        error_code: some(),
        new_term: (class == Class::NewTerm).then(|| NewTermDetail {
            scope: vec![value()],
            term: vec![value()],
            terms: vec![vec![value()]],
            first_seen: time,
            last_seen_before: None,
            baseline_from: time,
            baseline_to: time,
            known_count: 1,
            nearest: vec![text.to_owned()],
            memory: Timespan::from_secs(0),
        }),
        threshold: (class == Class::Threshold).then(|| ThresholdDetail {
            counts: vec![Counted {
                what: text.to_owned(),
                observed: 12.0,
                limit: text.to_owned(),
                values: vec![text.to_owned()],
                fields: Vec::new(),
            }],
            window: Timespan::from_hours(1),
            peak_before: Some(1),
        }),
        sequence: (class == Class::Sequence).then(|| SequenceDetail {
            steps: vec![Step { rule: text.to_owned(), time }],
            order_ambiguous: true,
            window: Timespan::from_hours(1),
        }),
        evidence: vec![EvidenceItem {
            time: Some(time),
            event_id: some(),
            event_name: some(),
            event_source: some(),
            error_code: some(),
            file: text.to_owned(),
            record: 3,
            raw: RawValue::from_string(raw).ok(),
        }],
        evidence_total: 2,
        false_positives: vec![text.to_owned()],
        known: (number % 5 == 4).then(|| KnownBefore { reason: some(), expires: some() }),
        suppressed: (number % 7 == 6).then(|| Suppressed {
            by: text.to_owned(),
            reason: text.to_owned(),
            expires: some(),
        }),
    }
}

/// So many findings of the ordinary kind, spread over a month, forty actors and twenty rules.
pub(crate) fn many(count: usize) -> View {
    let start = Timestamp::parse("2026-03-01T00:00:00Z").unwrap();
    let findings = (0..count).map(|number| {
        let step = 30 * 86_400 / u32::try_from(count).unwrap_or(u32::MAX).max(1);
        let time = start.ahead(Timespan::from_secs(u32::try_from(number).unwrap_or(0) * step));
        let account = format!("{:012}", 111_100_001_111_u64 + (number % 3) as u64 * 111_100_001_111);
        let user = format!("arn:aws:iam::{account}:user/person-{}", number % 40);
        let mut finding = all_of("ordinary", number);
        finding.level = match number % 100 {
            0 => Level::Critical,
            1..10 => Level::High,
            10..40 => Level::Medium,
            40..80 => Level::Low,
            _ => Level::Informational,
        };
        finding.title = format!("{user} created an access key for user-{number} from 198.51.100.23");
        finding.rule.name = format!("rule-{}", number % 20);
        finding.rule.title = format!("Rule number {}", number % 20);
        finding.rule.attack = vec!["T1098".to_owned()];
        finding.principal = Principal {
            canonical: Some(user.clone()),
            kind: Some("user".to_owned()),
            arn: Some(user),
            account: Some(account.clone()),
            access_key_id: Some(format!("AKIAEXAMPLE{:09}", number % 40)),
            ..Principal::default()
        };
        finding.account = Some(account);
        finding.region = Some("us-east-1".to_owned());
        finding.source.ip = Some("198.51.100.23".to_owned());
        finding.outcome = Some(Outcome::Success);
        (finding.first_seen, finding.last_seen) = (Some(time), Some(time));
        finding.suppressed = None;
        finding.known = None;
        finding.evidence[0].event_id = Some(format!("{number:08x}-0000-4000-8000-000000000000"));
        finding
    });
    let summary = Summary { files: 9, events: 100_000, distinct_events: 90_000, ..Summary::default() };
    View::new(Run { tool: "trailsift", version: "0.0.0", ..Run::default() }, summary, findings.collect())
}
