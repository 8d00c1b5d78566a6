//! One self-contained page for the person who must decide tonight: it works from a USB stick, without network, and
//! without scripts as well.
//!
//! The program writes the page whole; the script only hides, sorts into pages and draws anew what stands there. What
//! is not shown at once stands in `<noscript>`, which a browser with scripts leaves unparsed: so ten thousand findings
//! cost nothing until they are looked at, and a browser without scripts shows them all. Everything from a log passes
//! through one hand ([`page`]), and the policy ([`policy`]) names all that may run.

mod detail;
mod finding;
mod findings;
mod overview;
mod page;
mod policy;
mod read;
mod timeline;
mod told;
mod tree;

use std::io::{self, Write};

use super::Surroundings;
use super::actors::Actors;
use crate::finding::View;
use page::{Page, put};
use policy::{Asset, policy};

/// Findings beyond these, of the lowest levels, are counted: a page has to open on any machine.
const MOST: usize = 20_000;

/// The whole page.
pub(super) fn render(view: &View, _: Surroundings, out: &mut dyn Write) -> io::Result<()> {
    let (style, script) = (Asset::style(), Asset::script());
    let actors = Actors::of(view);
    let page = &mut Page::new(out);
    put!(page,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"" (policy(&style, &script)) "\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n"
        "<title>trailsift report</title>\n<style>"
    );
    page.asset(&style)?;
    put!(page,
        "</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#findings\">Skip to the findings</a>\n"
        "<header class=\"top\"><p class=\"brand\">trailsift</p><nav aria-label=\"Sections\">"
        "<a href=\"#told\">What happened</a><a href=\"#chain\">Identities</a><a href=\"#timeline\">Timeline</a>"
        "<a href=\"#findings\">Findings</a><a href=\"#read\">What was read</a></nav>"
        "<button type=\"button\" id=\"theme\" hidden>Theme: system</button></header>\n<main>\n"
    );
    overview::write(view, &actors, page)?;
    told::write(view, &actors, page)?;
    tree::write(view, &actors, page)?;
    timeline::write(view, &actors, page)?;
    findings::write(view, &actors, page)?;
    read::write(view, page)?;
    put!(page, "</main>\n<script>");
    page.asset(&script)?;
    put!(page, "</script>\n</body>\n</html>\n");
    Ok(())
}
