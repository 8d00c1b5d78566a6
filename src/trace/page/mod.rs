//! A trace as one self-contained page: who the id is, the tree of credentials, when each was used, all that was done,
//! what was found on the way.
//!
//! Shell, style and the hand that writes are those of the report: nothing from a log is markup here either.

mod calls;
mod overview;
mod times;
mod tree;

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::{self, Write};

use super::told::{alike, label, sentence};
use super::{Found, Node, Trace};
use crate::finding::View;
use crate::level::Level;
use crate::report::html::page::{Page, put};
use crate::report::html::read;
use crate::report::html::shell::Shell;
use crate::report::summary::{counted, grouped};
use crate::report::untrusted::clipped;

/// Credentials that are drawn, siblings alike as one.
const MOST: usize = 2_000;
/// Entries of a list.
const LISTED: usize = 200;

/// Writes the page; `view` is the run that the trace was made of.
pub fn page(trace: &Trace, view: &View, out: &mut dyn Write) -> io::Result<()> {
    let title = format!("trailsift trace of {}", clipped(&trace.id, 80));
    let shell = Shell {
        title: &title,
        skip: ("chain", "Skip to the chain"),
        sections: &[
            ("chain", "Chain"),
            ("times", "Times"),
            ("calls", "Calls"),
            ("findings", "Findings"),
            ("read", "What was read"),
        ],
        script: concat!(include_str!("page.js"), include_str!("../../report/html/shell.js")),
    };
    let drawn = Drawn::of(trace);
    shell.write(out, |page| {
        overview::write(trace, view, &drawn, page)?;
        tree::write(trace, &drawn, page)?;
        times::write(trace, &drawn, page)?;
        calls::write(trace, page)?;
        findings(trace, view, &drawn, page)?;
        read::write(view, page)
    })
}

/// The credentials in the order in which the page shows them.
struct Drawn<'t> {
    /// Siblings that are told as one stand together.
    groups: Vec<Vec<&'t Node>>,
    /// For each credential the number of its group.
    places: BTreeMap<&'t str, usize>,
}

impl<'t> Drawn<'t> {
    fn of(trace: &'t Trace) -> Drawn<'t> {
        let mut drawn = Drawn { groups: Vec::new(), places: BTreeMap::new() };
        drawn.take(&trace.roots);
        drawn
    }

    fn take(&mut self, nodes: &'t [Node]) {
        for group in alike(nodes) {
            let place = self.groups.len();
            self.places.extend(group.iter().map(|node| (node.credential.as_str(), place)));
            self.groups.push(group.clone());
            group.iter().for_each(|node| self.take(&node.children));
        }
    }

    fn nodes(&self) -> impl Iterator<Item = &'t Node> {
        self.groups.iter().flatten().copied()
    }

    /// A link to where a credential stands in the tree, if it is drawn.
    fn link(&self, node: &Node, name: &str, page: &mut Page<'_>) -> io::Result<()> {
        let place = self.places.get(node.credential.as_str()).filter(|place| **place < MOST);
        let Some(place) = place else { return page.text(name) };
        put!(page, "<a href=\"#c-" (place.to_string()) "\">" (name) "</a>");
        Ok(())
    }
}

/// The class of a level, or of nothing found.
fn class(level: Option<Level>) -> &'static str {
    level.map_or("none", Level::name)
}

fn worst<'n>(nodes: impl IntoIterator<Item = &'n Node>) -> Option<Level> {
    nodes.into_iter().flat_map(|node| &node.findings).map(|finding| finding.level).max()
}

/// What was found on what is traced, in order of time; what was found before stands in the tree.
fn findings(trace: &Trace, view: &View, drawn: &Drawn<'_>, page: &mut Page<'_>) -> io::Result<()> {
    let of = |traced: bool| drawn.nodes().filter(move |node| node.traced == traced);
    let mut found: Vec<(&Found, &Node)> =
        of(true).flat_map(|node| node.findings.iter().map(move |finding| (finding, node))).collect();
    let (all, before) = (found.len(), of(false).map(|node| node.findings.len()).sum::<usize>());
    found.sort_by_key(|(finding, _)| (finding.first_seen, Reverse(finding.level), &finding.id));
    put!(page, "<section id=\"findings\" aria-labelledby=\"findings-title\">\n<h2 id=\"findings-title\">Findings "
        "<small>" (grouped(all as u64)) ", all times UTC</small></h2>\n");
    match (view.run.rules, all) {
        (0, _) => put!(page, "<p>No rules were run.</p>\n"),
        (_, 0) => put!(page, "<p>No finding begins with a call of these credentials.</p>\n"),
        _ => {}
    }
    // Of too many, those of the lowest levels are left out.
    for level in Level::ALL {
        if found.len() > 10 * LISTED {
            found.retain(|(finding, _)| finding.level > level);
        }
    }
    put!(page, "<ol class=\"lines found\">\n");
    for (finding, node) in &found {
        put!(page, "<li class=\"" (finding.level.name()) "\">");
        page.moment(finding.first_seen)?;
        put!(page, " <span class=\"badge " (finding.level.name()) "\">" (finding.level.name()) "</span> <span>");
        drawn.link(node, &label(node, &trace.vendors, "of"), page)?;
        // Not every sentence begins with who did it.
        let what = sentence(node, &finding.title);
        put!(page, (if what == finding.title { ": " } else { " " }));
        put!(page, (what) " <span class=\"dim\">" (finding.rule) "</span></span></li>\n");
    }
    put!(page, "</ol>\n");
    if all > found.len() {
        put!(page, "<p class=\"dim\">" (counted((all - found.len()) as u64, "more finding"))
            " of the lowest levels: <code>-f json</code> has all.</p>\n");
    }
    if before > 0 {
        put!(page, "<p class=\"dim\">" (counted(before as u64, "finding"))
            " of what led there: see <a href=\"#chain\">the chain</a>.</p>\n");
    }
    put!(page, "</section>\n");
    Ok(())
}

/// Some values of a list, and how many more there are.
fn some<'v>(
    values: impl ExactSizeIterator<Item = &'v str>,
    most: usize,
    beyond: bool,
    page: &mut Page<'_>,
) -> io::Result<()> {
    let more = values.len().saturating_sub(most);
    for (number, value) in values.take(most).enumerate() {
        if number > 0 {
            put!(page, ", ");
        }
        put!(page, (value));
    }
    if more > 0 {
        let than = if beyond { "more than " } else { "" };
        put!(page, " and " (than) (grouped(more as u64)) " more");
    }
    Ok(())
}
