//! The pages on paper: nothing that was folded or held back is missing, and nothing that needs a hand is there.
//!
//! Needs Chromium on the PATH; where there is none the tests say so and pass, unless `TESTS_REQUIRE_BROWSER=1`.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod common;

use common::binary::trailsift;
use common::browser::{Opened, after, between};
use common::demo;
use common::views::many;
use trailsift::report::{Format, Surroundings, render};

/// A page that the binary writes of the demo trail.
fn page(command: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("page.html");
    let target = format!("html={}", file.display());
    trailsift(folder.path()).args(command).arg(demo()).args(["-q", "-f", &target]).assert().success();
    std::fs::read_to_string(file).unwrap()
}

fn report() -> String {
    page(&["scan", "--raw"])
}

/// A page as it is printed: the rules for paper hold on the screen, the reader has chosen the dark theme and begins to
/// print. What `looks` writes into `out` comes back.
fn printed(html: &str, looks: &str) -> Option<String> {
    let html = html.replace("@media screen", "@media none").replace("@media print", "@media all");
    let script = format!(
        "document.documentElement.dataset.theme = 'dark'; dispatchEvent(new Event('beforeprint'));\
         const shown = (what) => [...document.querySelectorAll(what)].filter((e) => e.checkVisibility()).length;\
         const out = []; {looks}; document.title = out.join(' ');"
    );
    let dom = after(&html, &script)?;
    Some(between(&dom, "<title>", "</title>").to_owned())
}

#[test]
fn controls_stay_on_the_screen() {
    let looks = "out.push(shown('button, input, select, .top, .skip'), shown('h2, h3'), \
                 getComputedStyle(document.documentElement).colorScheme, \
                 getComputedStyle(document.body).backgroundColor)";
    for html in [report(), page(&["trace", "AKIAWO6CN5VODAWLOJM4", "--no-rules"])] {
        let Some(said) = printed(&html, looks) else { return };
        let words: Vec<&str> = said.splitn(3, ' ').collect();
        assert_eq!(words[0], "0", "{said}");
        assert!(words[1].parse::<u32>().unwrap() >= 5, "{said}");
        // Dark ink on no ground, whatever the reader has chosen for the screen.
        assert_eq!(words[2], "light rgba(0, 0, 0, 0)", "{said}");
        // On the screen they are there: the test can fail.
        let screen = printed(&html.replace("@media print", "@media none"), looks).unwrap();
        assert_ne!(screen.split(' ').next(), Some("0"), "{screen}");
    }
}

#[test]
fn what_was_folded_is_printed() {
    let html = report();
    let looks = "out.push(shown('article'), document.querySelectorAll('details:not(.raw):not([open])').length, \
                 shown('article tbody tr') > 150, shown('.raw'), document.getElementById('count').textContent)";
    let Some(said) = printed(&html, looks) else { return };
    let all = between(&html, "id=\"findings-title\">Findings <small>", "</small>");
    assert_eq!(said, format!("{all} 0 true 0 All {all} findings."));
    // What the filters leave out is not printed, and the paper says so.
    let filter = "document.querySelector('[value=low]').click(); dispatchEvent(new Event('beforeprint'));\
                  out.push(shown('article.low'), document.getElementById('count').textContent)";
    let said = printed(&html, filter).unwrap();
    assert!(said.starts_with("0 ") && said.ends_with(&format!(" of {all} findings.")), "{said}");
    // A browser without scripts opens what is folded as well: nothing but the style does it here.
    let bare = "for (const d of document.querySelectorAll('details')) d.open = false;\
                out.push(shown('article:first-of-type h4') > 2)";
    assert_eq!(printed(&html, bare).unwrap(), "true");
}

#[test]
fn too_many_findings_are_counted_on_paper() {
    let mut out = Vec::new();
    render(&many(3000), Format::Html, Surroundings { width: 100, color: false }, &mut out).unwrap();
    let looks = "out.push(shown('article'), document.getElementById('unprinted').textContent)";
    let Some(said) = printed(&String::from_utf8(out).unwrap(), looks) else { return };
    assert_eq!(said, "1000 2,000 more findings are not printed.");
}

/// The browser's own way to paper, which nothing above has gone.
#[test]
fn a_printer_gets_every_page() {
    let Some(opened) = Opened::new(&report()) else { return };
    let file = opened.folder.path().join("report.pdf");
    opened.run("", &[&format!("--print-to-pdf={}", file.display()), "--no-pdf-header-footer"]);
    let pdf = std::fs::read(file).unwrap();
    assert!(pdf.starts_with(b"%PDF-"));
    let pages = pdf.windows(11).filter(|text| text.starts_with(b"/Type /Page") && text[10] != b's').count();
    let pages = pages.max(pdf.windows(12).filter(|text| text == b"/Type /Page\n").count());
    // Folded and cut to the first fifty findings it would be a dozen.
    assert!(pages > 50, "{pages} pages");
}
