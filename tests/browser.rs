//! The HTML report in a real browser: what it shows, what it filters, and that nothing from a log ever runs.
//!
//! Needs Chromium on the PATH; where there is none the tests say so and pass, unless `TESTS_REQUIRE_BROWSER=1`.
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test that cannot go on says where")]

mod common;

use std::sync::OnceLock;
use std::time::Instant;

use common::browser::{Opened, between, elements, only_ours};
use common::views::{PWNED, empty, hostile, many, payloads};
use common::{Run, pack, plan, scan, sources};
use trailsift::finding::{Finding, View};
use trailsift::level::Level;
use trailsift::report::{Format, Surroundings, render};

fn page_of(view: &View) -> String {
    let mut out = Vec::new();
    render(view, Format::Html, Surroundings { width: 100, color: false }, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn count(dom: &str) -> &str {
    between(dom, "<p id=\"count\" role=\"status\">", "</p>")
}

/// The list as it is shown; what the page holds back stands in `noscript`.
fn articles(dom: &str) -> Vec<&str> {
    between(dom, "<div id=\"list\">", "<p id=\"next\"")
        .split("<noscript")
        .next()
        .unwrap()
        .split("<article")
        .skip(1)
        .collect()
}

fn demo() -> &'static View {
    static DEMO: OnceLock<View> = OnceLock::new();
    DEMO.get_or_init(|| scan(&plan(pack()), &sources(&common::demo()), &Run { raw: true, ..Run::default() }))
}

/// Whether a finding is to be shown.
type Wanted = Box<dyn Fn(&Finding) -> bool>;

#[test]
fn the_demo_is_all_there_and_filters_by_its_address() {
    let Some(page) = Opened::new(&page_of(demo())) else { return };
    let all = demo().findings.len();
    let dom = page.dom("");
    assert_eq!(count(&dom), format!("All {all} findings."));
    assert_eq!(articles(&dom).len(), all.min(50));
    assert!(dom.contains(&format!("Show {} more of {}", (all - 50).min(50), all - 50)), "the next button");
    assert!(!dom.contains(
        "id=\"filters\" class=\"filters\" role=\"search\" aria-label=\"Filter the findings\" hidden"
    ));

    let first = &demo().findings[0];
    let (rule, account) = (first.rule.name.clone(), first.account.clone().unwrap());
    let actor = first.principal.canonical.clone().unwrap();
    let event = first.evidence[0].event_id.clone().unwrap();
    let (from, to) = (first.first_seen.unwrap(), first.last_seen.unwrap());
    let within = move |f: &Finding| f.first_seen.is_some_and(|time| time >= from && time <= to);
    let encoded = actor.replace(':', "%3A").replace('/', "%2F");
    let filters: [(String, Wanted); 7] = [
        ("level=high".into(), Box::new(|f| f.level == Level::High)),
        ("level=critical,low".into(), Box::new(|f| matches!(f.level, Level::Critical | Level::Low))),
        (format!("rule={rule}"), Box::new(move |f| f.rule.name == rule)),
        (
            format!("account={account}&level=medium"),
            Box::new(move |f| f.level == Level::Medium && f.account.as_deref() == Some(&account)),
        ),
        (format!("actor={encoded}"), Box::new(move |f| f.principal.canonical.as_deref() == Some(&actor))),
        (
            format!("q={}", event.to_uppercase()),
            Box::new(move |f| f.evidence.iter().any(|e| e.event_id.as_deref() == Some(&event))),
        ),
        (format!("from={from}&to={to}"), Box::new(within)),
    ];
    for (hash, wanted) in filters {
        let wanted: Vec<&Finding> = demo().findings.iter().filter(|finding| wanted(finding)).collect();
        assert!(!wanted.is_empty() && wanted.len() < all, "{hash} is no test: {} findings", wanted.len());
        let dom = page.dom(&format!("#{hash}"));
        assert_eq!(count(&dom), format!("{} of {all} findings.", wanted.len()), "#{hash}");
        let shown = articles(&dom);
        assert_eq!(shown.len(), wanted.len().min(50), "#{hash}");
        for (article, finding) in shown.iter().zip(&wanted) {
            assert!(article.contains(&format!("id=\"f-{}\"", finding.id)), "#{hash}: {article:.200}");
        }
    }
    assert_eq!(count(&page.dom("#level=none")), format!("0 of {all} findings."));
}

#[test]
fn a_link_to_a_finding_opens_it_wherever_it_stands() {
    let Some(page) = Opened::new(&page_of(demo())) else { return };
    let last = demo().findings.last().unwrap();
    let dom = page.dom(&format!("#f-{}", last.id));
    let article =
        *articles(&dom).iter().find(|article| article.contains(&format!("id=\"f-{}\"", last.id))).unwrap();
    assert!(article.contains("<details open=\"\"><summary>Reasons and evidence"), "{article:.600}");
    assert!(
        article.contains("class=\"finding informational here\"") || article.contains(" here\""),
        "{article:.200}"
    );
}

#[test]
fn nothing_from_a_log_runs_or_is_markup() {
    let Some(page) = Opened::new(&page_of(&hostile())) else { return };
    let log = page.folder.path().join("net.json");
    let dom = page.run("", &["--dump-dom", &format!("--log-net-log={}", log.display())]);
    assert_eq!(between(&dom, "<title>", "</title>"), "trailsift report");
    assert_eq!(count(&dom), format!("All {} findings.", payloads().len() + 1));
    assert_eq!(articles(&dom).len(), payloads().len() + 1);
    only_ours(&dom);
    assert!(dom.contains("characters in all"), "a megabyte is cut with a notice");
    assert!(
        !std::fs::read_to_string(log).unwrap().contains("evil.example"),
        "the browser went to the network"
    );
    // They are found again as text.
    for number in [1, 13, 20] {
        let dom = page.dom(&format!("#q=payload-{number}"));
        assert!(!count(&dom).starts_with('0'), "{} is not found", payloads()[number]);
    }
}

/// If a text did get through as markup one day, the policy would still stand in its way.
#[test]
fn the_policy_holds_by_itself() {
    let inject = "<script>document.title='PWNED'</script><img src=x onerror=\"document.title='PWNED'\">\
                  <img src=\"https://evil.example/x.png\"><style>body{display:none}</style>\
                  <iframe srcdoc=\"<script>parent.document.title='PWNED'</script>\"></iframe>";
    let html = page_of(demo());
    let Some(page) = Opened::new(&html.replace("<main>", &format!("<main>{inject}"))) else { return };
    let log = page.folder.path().join("net.json");
    let dom = page.run("", &["--dump-dom", &format!("--log-net-log={}", log.display())]);
    assert!(dom.contains("<iframe"), "the injection is there");
    assert_eq!(between(&dom, "<title>", "</title>"), "trailsift report");
    assert!(
        !std::fs::read_to_string(log).unwrap().contains("evil.example"),
        "the browser went to the network"
    );
    // Without a policy the same would have run: the test can fail.
    let bare =
        html.replace("Content-Security-Policy", "X-Nothing").replace("<main>", &format!("<main>{inject}"));
    let dom = Opened::new(&bare).unwrap().dom("");
    assert_eq!(between(&dom, "<title>", "</title>"), PWNED);
}

#[test]
fn ten_thousand_findings_open_at_once() {
    let html = page_of(&many(10_000));
    let Some(page) = Opened::new(&html) else { return };
    let begun = Instant::now();
    let dom = page.dom("");
    eprintln!("{} bytes, opened and written out again in {:?}", html.len(), begun.elapsed());
    // How long that takes depends on who else works on the machine; how much a browser has to hold does not.
    let held = elements(&dom).len();
    assert!(held < 22_000, "{held} elements");
    assert_eq!(count(&dom), "All 10,000 findings.");
    assert_eq!(articles(&dom).len(), 50);
    assert_eq!(count(&page.dom("#level=critical")), "100 of 10,000 findings.");
    assert_eq!(count(&page.dom("#q=user-9999%20198.51.100.23")), "1 of 10,000 findings.");
}

/// `DOMParser` reads a page as a browser without scripts does.
#[test]
fn without_scripts_the_page_has_every_finding() {
    let quoted = serde_json::to_string(&page_of(&many(300))).unwrap().replace('<', "\\u003c");
    let reader = format!(
        "<!DOCTYPE html><p id=n></p><script>const d = new DOMParser().parseFromString({quoted}, 'text/html');\
         n.textContent = [d.querySelectorAll('article').length, d.querySelectorAll('form:not([hidden])').length, \
         d.querySelectorAll('.lines li').length > 20]</script>"
    );
    let Some(page) = Opened::new(&reader) else { return };
    // Every finding, the story, and no form that would do nothing.
    assert_eq!(between(&page.dom(""), "<p id=\"n\">", "</p>"), "300,0,true");
}

/// The demo's page after a reader did something.
fn after(what_the_reader_does: &str) -> Option<String> {
    common::browser::after(&page_of(demo()), what_the_reader_does)
}

#[test]
fn dragging_across_the_timeline_chooses_findings() {
    let drag = "const lanes = document.getElementById('lanes'), lane = lanes.querySelector('svg');\
        const box = lane.getBoundingClientRect(), at = (part) => box.left + box.width * part;\
        lanes.setPointerCapture = () => {};\
        const send = (kind, part) => lane.dispatchEvent(new PointerEvent(kind, \
            {bubbles: true, button: 0, pointerId: 1, clientX: at(part), clientY: box.top + 5}));";
    let Some(dom) =
        after(&format!("{drag} send('pointerdown', .8); send('pointermove', 1); send('pointerup', 1);"))
    else {
        return;
    };
    let times = demo().findings.iter().filter_map(|finding| finding.first_seen);
    let (first, last) = (times.clone().min().unwrap().secs(), times.clone().max().unwrap().secs());
    let room = (last - first) / 50;
    let from = f64::from(first - room) + f64::from(last - first + 2 * room) * 0.8;
    let chosen = times.filter(|time| f64::from(time.secs()) >= from).count();
    assert_eq!(count(&dom), format!("{chosen} of {} findings.", demo().findings.len()));
    assert!(dom.contains(" UTC chosen</output>"));
    // A click gives everything back; the sliders do the same for the keyboard.
    let dom = after(&format!(
        "{drag} send('pointerdown', .8); send('pointermove', 1); send('pointerup', 1); \
         send('pointerdown', .5); send('pointerup', .5);"
    ));
    assert!(count(&dom.unwrap()).starts_with("All "));
    let slide = "const from = document.getElementById('from'); from.value = 800; from.dispatchEvent(new Event('input'));";
    let sliders = after(slide).unwrap();
    assert_eq!(count(&sliders), format!("{chosen} of {} findings.", demo().findings.len()));
    // Looking closer moves the bars: the ticks tell of another time.
    let closer = after(&format!("{slide} document.getElementById('closer').click();")).unwrap();
    assert_ne!(
        between(&closer, "class=\"ticks\">", "</div>"),
        between(&sliders, "class=\"ticks\">", "</div>")
    );
}

#[test]
fn buttons_do_what_they_say() {
    let Some(dom) = after("document.getElementById('show-more').click()") else { return };
    assert_eq!(articles(&dom).len(), demo().findings.len().min(100));
    let dom = after("document.getElementById('open-all').click()").unwrap();
    assert!(articles(&dom).iter().all(|article| article.contains("<details open=\"\"><summary>Reasons")));
    let dom = after("const t = document.getElementById('theme'); t.click(); t.click()").unwrap();
    assert!(dom.contains("data-theme=\"dark\"") && dom.contains(">Theme: dark</button>"));
    let dom =
        after("document.querySelector('[value=low]').click(); document.getElementById('clear').click()");
    assert!(count(&dom.unwrap()).starts_with("All "));
}

#[test]
fn nothing_found_is_a_page_too() {
    let Some(page) = Opened::new(&page_of(&empty())) else { return };
    let dom = page.dom("#level=high");
    assert_eq!(count(&dom), "All 0 findings.");
    assert!(dom.contains("No findings."));
}

#[test]
fn light_and_dark_follow_the_system() {
    let Some(page) = Opened::new(&page_of(demo())) else { return };
    assert_eq!(page.corner("1"), [0xff, 0xff, 0xff]);
    assert_eq!(page.corner("0"), [0x17, 0x1c, 0x23]);
}
