//! The first screen: how bad it is, when, how it began, who it was, and what nobody looked at.

use std::io;

use super::page::{Filter, Page, put};
use super::shell::caveats;
use crate::finding::View;
use crate::level::Level;
use crate::report::actors::Actors;
use crate::report::headline::{Headline, told};
use crate::report::summary::{counted, grouped};
use crate::report::when;
use crate::text::opening;

/// Characters of a sentence on the first screen.
const SHORT: usize = 130;

pub(super) fn write(view: &View, actors: &Actors<'_>, page: &mut Page<'_>) -> io::Result<()> {
    let headline = Headline::of(view, actors);
    put!(page, "<section class=\"overview\" aria-labelledby=\"headline\">\n<h1 id=\"headline\">"
        (headline.sentence) "</h1>\n");
    if let Some((began, time)) = headline.began.and_then(|finding| Some((finding, finding.first_seen?))) {
        put!(page, "<p class=\"lead\"><b>It began</b> on " (when::minute(time)) " UTC: <a href=\"#f-" (began.id) "\">"
            (opening(&told(began), SHORT)) "</a></p>\n");
    }
    put!(page, "<ul class=\"tiles\">");
    for level in Level::ALL.into_iter().rev() {
        let count = view.summary.findings.get(&level).copied().unwrap_or(0);
        put!(page, "<li class=\"tile " (level.name()) "\"><a href=\"#level=" (level.name()) "\"><b>" (grouped(count))
            "</b> " (level.name()) "</a></li>");
    }
    put!(page, "</ul>\n");
    gravest(&headline, page)?;
    who(view, &headline, page)?;
    caveats(&headline.caveats, "<p><a href=\"#read\">What was read and what was not</a></p>", page)?;
    put!(page, "</section>\n");
    Ok(())
}

fn gravest(headline: &Headline<'_>, page: &mut Page<'_>) -> io::Result<()> {
    if headline.gravest.is_empty() {
        return Ok(());
    }
    put!(page, "<h2>The gravest</h2><ul class=\"gravest\">");
    for finding in &headline.gravest {
        let time =
            finding.first_seen.map_or_else(|| "no time".to_owned(), |time| when::minute(time) + " UTC");
        put!(page, "<li><span class=\"badge " (finding.level.name()) "\">" (finding.level.name()) "</span> <a href=\"#f-"
            (finding.id) "\">" (opening(&told(finding), SHORT)) "</a> <span class=\"dim\">" (time) "</span></li>");
    }
    put!(page, "</ul>\n");
    Ok(())
}

fn who(view: &View, headline: &Headline<'_>, page: &mut Page<'_>) -> io::Result<()> {
    let (named, others) = &headline.actors;
    if named.is_empty() {
        return Ok(());
    }
    put!(page, "<h2>Who acted</h2><ul class=\"who\">");
    for actor in named {
        put!(page, "<li><span class=\"badge " (actor.worst.name()) "\">" (actor.worst.name()) "</span> <b>");
        page.named_link(Filter::Actor, actor.key, &actor.identity.label(&view.summary.vendors))?;
        put!(page, "</b> <span class=\"dim\">" (counted(actor.findings.len() as u64, "finding")) "</span></li>");
    }
    if *others > 0 {
        put!(page, "<li class=\"dim\">" (grouped(*others as u64)) " more, see <a href=\"#chain\">the identities</a></li>");
    }
    put!(page, "</ul>\n");
    Ok(())
}
