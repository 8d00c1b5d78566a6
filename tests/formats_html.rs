//! The HTML report as it is written: the chains it draws, the names it gives, and where it stops.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod common;

use common::views::{hostile, many, rendered};
use trailsift::finding::{ChainLink, Finding, View};
use trailsift::report::Format;
use trailsift::time::{Timespan, Timestamp};

fn role(name: &str) -> String {
    format!("arn:aws:iam::111122223333:role/{name}")
}

fn at(minute: u32) -> Timestamp {
    Timestamp::parse("2026-03-28T02:00:00Z").unwrap().ahead(Timespan::from_secs(minute * 60))
}

/// One finding of a principal that others led to.
fn chained(principal: &str, minute: u32, chain: &[(&str, u32)]) -> Finding {
    let mut finding = many(1).findings.remove(0);
    finding.id = format!("{principal}{minute}").bytes().map(|byte| format!("{byte:02x}")).collect();
    finding.title = format!("{principal} did something");
    finding.principal.canonical = Some(role(principal));
    finding.principal.kind = Some("role".to_owned());
    finding.principal.chain = chain
        .iter()
        .map(|(name, minute)| ChainLink {
            principal: Some(role(name)),
            access_key_id: Some(format!("ASIA{}", name.to_uppercase())),
            time: Some(at(*minute)),
            ip: Some("198.51.100.23".to_owned()),
            event_name: Some("AssumeRole".to_owned()),
            ..ChainLink::default()
        })
        .collect();
    finding.evidence.clear();
    (finding.first_seen, finding.last_seen) = (Some(at(minute)), Some(at(minute)));
    finding
}

fn view(findings: Vec<Finding>) -> View {
    let View { run, summary, .. } = many(0);
    View::new(run, summary, findings)
}

/// The drawn tree with a pair of braces for each list, and the names alone.
fn drawn(view: &View) -> String {
    let html = rendered(view, Format::Html);
    let tree = &html[html.find("<ul class=\"tree\">").unwrap()..];
    let tree = &tree[..tree.find("</section>").unwrap()];
    let mut out = String::new();
    let mut rest = tree;
    while let Some(open) = rest.find('<') {
        rest = &rest[open..];
        let (tag, after) = rest.split_at(rest.find('>').unwrap() + 1);
        match tag {
            tag if tag.starts_with("<ul") => out.push('{'),
            "</ul>" => out.push('}'),
            tag if tag.starts_with("<a href=\"#q=") => {
                let text = &after[..after.find('<').unwrap()];
                // Names of identities here are one letter, keys and addresses are longer.
                if text.len() <= 3 {
                    out.push_str(text);
                    out.push(' ');
                }
            }
            _ => {}
        }
        rest = after;
    }
    out
}

#[test]
fn chains_are_drawn_from_their_origin() {
    let view = view(vec![
        chained("c", 30, &[("a", 10), ("b", 20)]),
        chained("d", 40, &[("a", 10), ("b", 25)]),
        chained("z", 5, &[]),
    ]);
    assert_eq!(drawn(&view), "{a {b {c d }}z }");
    let html = rendered(&view, Format::Html);
    assert!(html.contains("28 March 2026, 02:20</time> <b>assumed</b>"), "the step has its time");
    assert!(html.contains("<a href=\"#q=ASIAB\">ASIAB</a>"), "and its key");
    assert!(html.contains("<ol class=\"chain\"><li>"), "and the finding tells its chain");
}

#[test]
fn circles_and_long_chains_end() {
    let circle = view(vec![chained("a", 30, &[("b", 20)]), chained("b", 20, &[("a", 30)])]);
    let tree = drawn(&circle);
    assert!(tree.len() < 40 && tree.contains('a') && tree.contains('b'), "{tree}");
    let same: Vec<(&str, u32)> = vec![("a", 1), ("b", 1), ("a", 1), ("c", 1), ("b", 1)];
    assert!(drawn(&view(vec![chained("d", 1, &same)])).len() < 60);

    let names: Vec<String> = (0..100).map(|number| number.to_string()).collect();
    let links: Vec<(&str, u32)> =
        names.iter().zip(0..).map(|(name, minute)| (name.as_str(), minute)).collect();
    let tree = drawn(&view(vec![chained("end", 400, &links)]));
    let depth = tree.chars().scan(0_i32, |depth, c| {
        *depth += i32::from(c == '{') - i32::from(c == '}');
        Some(*depth)
    });
    assert!(depth.max().unwrap() < 20, "{tree}");
    assert!(tree.starts_with("{0 ") && tree.contains("99 "), "nobody is lost: {tree}");
}

#[test]
fn what_an_identity_did_before_it_was_assumed_is_its_own() {
    // x stepped to y long before a became x.
    let view = view(vec![chained("y", 2, &[("x", 1)]), chained("x", 1, &[]), chained("x", 50, &[("a", 40)])]);
    assert_eq!(drawn(&view), "{x {y }a {x }}");
}

#[test]
fn vendors_are_named_where_their_accounts_are() {
    let mut finding = chained("a", 1, &[]);
    finding.principal.canonical = Some("account:464622532012".to_owned());
    finding.principal.kind = Some("account".to_owned());
    finding.principal.account = Some("464622532012".to_owned());
    let mut view = view(vec![finding]);
    view.summary.vendors.insert("464622532012".to_owned(), "Datadog".to_owned());
    for format in [Format::Html, Format::Markdown, Format::Csv, Format::Ocsf, Format::Sarif, Format::Json] {
        let out = rendered(&view, format);
        assert!(out.contains("Datadog"), "{format} does not say whose account it is");
    }
}

#[test]
fn a_page_stops_at_twenty_thousand_findings_and_says_so() {
    let html = rendered(&many(20_010), Format::Html);
    assert_eq!(html.matches("<article").count(), 20_000);
    assert!(html.contains("10 findings of the lowest levels are not on this page"));
}

#[test]
fn a_hostile_page_stays_small() {
    let html = rendered(&hostile(), Format::Html);
    assert!(html.len() < 1_000_000, "{} bytes", html.len());
}
