//! The page of a trace in a real browser: what it shows, what can be done with it, and that nothing from a log runs.
//!
//! Needs Chromium on the PATH; where there is none the tests say so and pass, unless `TESTS_REQUIRE_BROWSER=1`.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod common;

use std::path::Path;

use common::binary::trailsift;
use common::browser::{Opened, after, between, elements, only_ours};
use common::views::{PWNED, payloads};
use common::{Packing, Shape, write};
use serde_json::{Value, json};

/// The page and the JSON document of one run.
fn trace(id: &str, path: &Path, more: &[&str]) -> (String, Value) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("trace.html");
    let target = format!("html={}", file.display());
    let mut command = trailsift(folder.path());
    command.args(["trace", id]).arg(path).args(["-q", "-f", "json", "-f", &target]).args(more);
    let output = command.assert().success().get_output().stdout.clone();
    (std::fs::read_to_string(file).unwrap(), serde_json::from_slice(&output).unwrap())
}

fn demo(id: &str, more: &[&str]) -> (String, Value) {
    trace(id, &common::demo(), more)
}

/// The text of a piece of a page.
fn text(dom: &str) -> String {
    let parts = dom.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text));
    parts.collect::<Vec<_>>().join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// All nodes of a trace, in the order of the tree.
fn nodes(trace: &Value) -> Vec<&Value> {
    fn walk<'t>(node: &'t Value, out: &mut Vec<&'t Value>) {
        out.push(node);
        node["children"].as_array().unwrap().iter().for_each(|child| walk(child, out));
    }
    let mut out = Vec::new();
    trace["roots"].as_array().unwrap().iter().for_each(|root| walk(root, &mut out));
    out
}

#[test]
fn a_stolen_key_and_where_it_came_from() {
    let (html, json) = demo("AKIAWO6CN5VODAWLOJM4", &[]);
    let Some(page) = Opened::new(&html) else { return };
    let dom = page.dom("#c-2");
    assert_eq!(between(&dom, "<title>", "</title>"), "trailsift trace of AKIAWO6CN5VODAWLOJM4");
    let overview = text(between(&dom, "<h2>How it came to be</h2>", "<dl"));
    assert_eq!(
        overview,
        "user svc-backup-onprem of 444400004444 role OrganizationAdmin of 444400004444 (session x7Qm=tmp) \
         user svc-monitoring of 444400004444"
    );
    // The tree: each credential within the one that issued it, with its issue, key, times and networks.
    let tree = between(&dom, "<ul class=\"tree\">", "</section>");
    let depth = |id: &str| {
        let before = &tree[..tree.find(&format!("id=\"{id}\"")).unwrap()];
        before.matches("<ul>").count() - before.matches("</ul>").count()
    };
    assert_eq!(["c-0", "c-1", "c-2"].map(depth), [0, 1, 2]);
    let last = text(&tree[tree.find("id=\"c-2\"").unwrap()..]);
    for part in [
        "2026-03-28 03:25:43 CreateAccessKey from 198.51.100.23",
        "user svc-monitoring of 444400004444 asked for critical",
        "key AKIAWO6CN5VODAWLOJM4",
        "used 2026-03-28 03:54:27 to 2026-03-30 02:52:07",
        "addresses 192.0.2.77 networks 192.0.2.0/24",
        "38 calls of 14 kinds, 1 denied",
    ] {
        assert!(last.contains(part), "no {part:?} in {last:.600}");
    }
    assert_eq!(tree.matches("led there").count(), 2);
    // Whom a link leads to is marked and has the focus's place.
    assert!(dom.contains("<li id=\"c-2\" tabindex=\"-1\" class=\"here\">"));
    // Calls and findings are those of the document.
    let calls = between(&dom, "<section id=\"calls\"", "</section>");
    assert_eq!(calls.matches("<th scope=\"row\">").count(), json["actions"].as_array().unwrap().len());
    assert!(text(calls).contains("secretsmanager 25 calls of 2 kinds GetSecretValue 24"));
    let meant = *nodes(&json).last().unwrap();
    let findings = between(&dom, "<section id=\"findings\"", "</section>");
    assert_eq!(findings.matches("<li ").count(), meant["findings"].as_array().unwrap().len());
    assert!(findings.contains("stopped the trail"));
    assert_eq!(between(&dom, "<section id=\"times\"", "</section>").matches("<svg").count(), 3);
    assert!(dom.contains("id=\"read\"") && dom.contains("174, 1.2 MiB"));
}

#[test]
fn accounts_have_their_vendors_names_and_issues_alike_are_one() {
    let (html, json) = demo("454464851268", &["--no-rules"]);
    assert_eq!(json["vendors"]["454464851268"], "Cloudhealth");
    let Some(page) = Opened::new(&html) else { return };
    let dom = page.dom("");
    let tree = text(between(&dom, "<ul class=\"tree\">", "</section>"));
    assert!(tree.starts_with("account Cloudhealth (454464851268) asked for"), "{tree:.200}");
    assert!(tree.contains("AssumeRole and 19 more times role CloudHealthRole of 444400004444 came of it"));
    assert!(dom.contains("No rules were run.") && !dom.contains("class=\"tiles\""));
}

#[test]
fn everything_opens_with_one_button() {
    let (html, _) = demo("198.51.100.23", &["--no-rules"]);
    let closed = "<details><summary>";
    assert!(html.matches(closed).count() > 2);
    let Some(dom) = after(&html, "document.getElementById('open-all').click()") else { return };
    assert_eq!(dom.matches(closed).count(), 0);
    assert!(dom.contains(">Open all</button>") || dom.contains(">Fold all</button>"));
    let twice = "const b = document.getElementById('open-all'); b.click(); b.click()";
    assert!(after(&html, twice).unwrap().matches(closed).count() > 2);
}

/// A record with a text wherever a trace looks, and the issue of a session by it.
fn hostile(text: &str, number: usize) -> [Value; 2] {
    let event = |name: &str, more: Value| {
        let mut event = json!({
            "eventTime": "2026-03-01T10:00:00Z", "eventSource": format!("{text}.amazonaws.com"), "eventName": name,
            "awsRegion": text, "sourceIPAddress": text, "userAgent": text,
            "userIdentity": {"type": "IAMUser", "userName": text, "accountId": "111122223333", "accessKeyId": text,
                "arn": format!("arn:aws:iam::111122223333:user/{text}")},
            "eventID": format!("{text}-{name}-{number}"), "recipientAccountId": "111122223333",
        });
        event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        event
    };
    let issue = json!({
        "eventSource": "sts.amazonaws.com",
        "requestParameters": {"roleArn": format!("arn:aws:iam::111122223333:role/{text}"), "roleSessionName": text},
        "responseElements": {"credentials": {"accessKeyId": format!("{text}-issued")}},
    });
    [event(text, json!({})), event("AssumeRole", issue)]
}

const EVERYTHING: &str = "
title: Everything
id: 00000000-0000-4000-8000-00000000000a
name: everything
description: Every record.
logsource: {product: aws, service: cloudtrail}
detection: {call: {recipientAccountId: '111122223333'}, condition: call}
level: high
message: '{principal} called {eventName} from {sourceIPAddress}'
";

#[test]
fn nothing_from_a_log_runs_or_is_markup() {
    let folder = tempfile::tempdir().unwrap();
    let mut texts = payloads();
    texts.push(format!("{} payload-long", "<b>\u{202e}&".repeat(20_000)));
    let events: Vec<Value> =
        texts.iter().enumerate().flat_map(|(number, text)| hostile(text, number)).collect();
    let log = write(folder.path(), "log.json", &events, Shape::Records, Packing::Plain);
    let rule = folder.path().join("everything.yml");
    std::fs::write(&rule, EVERYTHING).unwrap();
    let rules = ["--no-builtin-rules", "--rules", rule.to_str().unwrap()];
    // What is asked for is shown as well: an id may be copied from a log without a look at it.
    for id in ["111122223333", &payloads()[1], &payloads()[8]] {
        let (html, _) = trace(id, &log, &rules);
        let Some(page) = Opened::new(&html) else { return };
        let log = page.folder.path().join("net.json");
        let dom = page.run("", &["--dump-dom", &format!("--log-net-log={}", log.display())]);
        assert!(between(&dom, "<title>", "</title>").starts_with("trailsift trace of "));
        only_ours(&dom);
        let treacherous = |c: &char| trailsift::report::untrusted::is_treacherous(*c) && *c != '\n';
        assert_eq!(dom.chars().find(treacherous), None);
        assert!(!std::fs::read_to_string(log).unwrap().contains("evil.example"), "it went to the network");
        if id == "111122223333" {
            for number in 0..payloads().len() {
                assert!(dom.contains(&format!("payload-{number}")), "{}", payloads()[number]);
            }
            assert!(dom.contains("characters in all"), "what is too long is cut with a notice");
            assert!(html.len() < 2_000_000, "{} bytes", html.len());
        }
    }
}

/// If a text did get through as markup one day, the policy would still stand in its way.
#[test]
fn the_policy_holds_by_itself() {
    let (html, _) = demo("AKIAWO6CN5VODAWLOJM4", &["--no-rules"]);
    let inject =
        "<main><script>document.title='PWNED'</script><img src=x onerror=\"document.title='PWNED'\">";
    let open = |html: &str| Some(Opened::new(&html.replace("<main>", inject))?.dom(""));
    let Some(dom) = open(&html) else { return };
    assert_ne!(between(&dom, "<title>", "</title>"), PWNED);
    let bare = open(&html.replace("Content-Security-Policy", "X-Nothing")).unwrap();
    assert_eq!(between(&bare, "<title>", "</title>"), PWNED);
}

#[test]
fn thousands_of_credentials_are_a_page_too() {
    let folder = tempfile::tempdir().unwrap();
    let one = |number: usize| {
        let mut event = hostile("x", number)[0].clone();
        event["userIdentity"]["accessKeyId"] = json!(format!("AKIA{number:08}"));
        event
    };
    let log = write(
        folder.path(),
        "log.json",
        &(0..3000).map(one).collect::<Vec<_>>(),
        Shape::Lines,
        Packing::Plain,
    );
    let (html, json) = trace("111122223333", &log, &["--no-rules"]);
    assert_eq!(json["credentials"], 3000);
    let Some(page) = Opened::new(&html) else { return };
    let dom = page.dom("");
    assert!(dom.contains("1,000 credentials more are not on this page"));
    let held = elements(&dom).len();
    assert!(held < 100_000, "{held} elements");
    assert_eq!(dom.matches("<svg").count(), 40);
}

#[test]
fn light_and_dark_follow_the_system() {
    let (html, _) = demo("AKIAWO6CN5VODAWLOJM4", &["--no-rules"]);
    let Some(page) = Opened::new(&html) else { return };
    assert_eq!(page.corner("1"), [0xff, 0xff, 0xff]);
    assert_eq!(page.corner("0"), [0x17, 0x1c, 0x23]);
}
