//! What happened, as sentences in time order: by day, and within a day by who acted.

use std::io;

use super::page::{Filter, Page, put};
use crate::finding::View;
use crate::level::Level;
use crate::report::actors::Actors;
use crate::report::identity::owner;
use crate::report::story::{Block, Day, Line, Story, predicate};
use crate::report::summary::counted;
use crate::report::when;
use crate::time::Timestamp;

/// Findings that are told; the others are in the list.
const MOST: usize = 300;

pub(super) fn write(view: &View, actors: &Actors<'_>, page: &mut Page<'_>) -> io::Result<()> {
    // Context is left out of the story, unless there is nothing else.
    let grave = view.findings.iter().filter(|finding| finding.level > Level::Informational).count();
    let story = Story::of(view, actors, if grave == 0 { MOST } else { grave.min(MOST) });
    put!(page, "<section id=\"told\" aria-labelledby=\"told-title\">\n<h2 id=\"told-title\">What happened "
        "<small>all times UTC</small></h2>\n");
    if story.days.is_empty() {
        put!(page, "<p>Nothing that any rule reports.</p>\n");
    }
    let worst = |day: &Day| day.blocks.iter().filter_map(|block| block.worst(view)).max();
    // What nobody is woken up for is a line to open: quiet days that follow each other are one.
    let is_loud = |day: &Day| worst(day) >= Some(Level::Medium);
    for days in story.days.chunk_by(|a, b| !is_loud(a) && !is_loud(b) && b.time.is_some()) {
        let (Some(first), Some(last)) = (days.first(), days.last()) else { continue };
        put!(page, "<details class=\"day\"");
        if is_loud(first) {
            put!(page, " open");
        }
        let of = |day: &Day| {
            day.blocks.iter().flat_map(|block| &block.lines).flat_map(Line::findings).count() as u64
        };
        let count = counted(days.iter().map(of).sum(), "finding");
        put!(page, "><summary><h3>"(named(first.time)));
        if days.len() > 1 {
            put!(page, " to "(named(last.time)));
        }
        put!(page, "</h3> <span class=\"dim\">"(count));
        if !is_loud(first) {
            put!(page, ", none above low");
        }
        put!(page, "</span></summary>\n");
        for day in days {
            if days.len() > 1 {
                put!(page, "<p class=\"date\">" (named(day.time)) "</p>\n");
            }
            for block in &day.blocks {
                write_block(view, actors, block, page)?;
            }
        }
        put!(page, "</details>\n");
    }
    if story.untold > 0 {
        put!(page, "<p class=\"dim\">" (counted(story.untold as u64, "finding")) " of the lowest levels "
            "not told here; <a href=\"#findings\">the list</a> has them.</p>\n");
    }
    put!(page, "</section>\n");
    Ok(())
}

fn named(time: Option<Timestamp>) -> String {
    time.map_or_else(|| "No readable time".to_owned(), when::weekday)
}

fn write_block(view: &View, actors: &Actors<'_>, block: &Block, page: &mut Page<'_>) -> io::Result<()> {
    let actor = &actors.list[block.actor];
    let vendors = &view.summary.vendors;
    put!(page, "<div class=\"block\"><h4>");
    page.named_link(Filter::Actor, actor.key, &actor.identity.label(vendors))?;
    if let Some(account) = &actor.identity.account
        && !matches!(actor.identity.kind.as_str(), "account" | "root")
    {
        put!(page, " <span class=\"dim\">of " (owner(account, vendors)) "</span>");
    }
    put!(page, "</h4><ol class=\"lines\">\n");
    for line in &block.lines {
        let finding = &view.findings[line.finding];
        put!(page, "<li class=\"" (finding.level.name()) "\">");
        match finding.first_seen {
            Some(time) => {
                put!(page, "<time datetime=\"" (time.to_string()) "\">" (when::clock(time)) "</time>")
            }
            None => put!(page, "<time>no time</time>"),
        }
        put!(page, " <span class=\"badge " (finding.level.name()) "\">" (finding.level.name()) "</span> <span><a href=\"#f-"
            (finding.id) "\">" (predicate(finding, actor, vendors)) "</a>");
        let also: Vec<&str> = line.other_rules(view).into_iter().map(|rule| rule.title.as_str()).collect();
        if !also.is_empty() {
            put!(page, " <span class=\"dim\">also: " (also.join(", ")) "</span>");
        }
        if !line.more.is_empty() {
            put!(page, " <span class=\"dim\">and " (line.more.len().to_string()) " more like it</span>");
        }
        put!(page, "</span></li>\n");
    }
    put!(page, "</ol></div>\n");
    Ok(())
}
