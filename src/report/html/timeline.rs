//! When it happened: one lane an actor, one bar a moment; the higher the bar, the higher the level.
//!
//! The script moves the bars when a reader looks closer, and reads their times from them.

use std::collections::BTreeMap;
use std::io;

use super::page::{Page, put};
use crate::finding::View;
use crate::level::Level;
use crate::report::actors::{Actor, Actors};
use crate::report::summary::counted;
use crate::report::when;
use crate::time::{Timespan, Timestamp};

/// Actors with a lane of their own.
const LANES: usize = 12;
/// Moments that are told apart: as many as a wide screen has points, and again as many when one looks closer.
const MOMENTS: u32 = 20_000;
/// Height of a lane.
const HEIGHT: u32 = 24;

/// From when to when, with some room on both sides.
#[derive(Clone, Copy, Debug)]
struct Axis {
    from: Timestamp,
    to: Timestamp,
}

impl Axis {
    fn of(view: &View) -> Option<Axis> {
        let from = view.findings.iter().filter_map(|finding| finding.first_seen).min()?;
        let to = view.findings.iter().filter_map(|finding| finding.first_seen).max()?;
        let room = Timespan::from_secs((to.since(from).secs() / 50).max(60));
        Some(Axis { from: from.back(room), to: to.ahead(room) })
    }

    fn length(self) -> u32 {
        self.to.since(self.from).secs().max(1)
    }

    fn share(self, time: Timestamp) -> f64 {
        f64::from(time.since(self.from).secs()) / f64::from(self.length())
    }

    /// The beginning of the moment that a time lies in.
    fn moment(self, time: Timestamp) -> Timestamp {
        let width = (self.length() / MOMENTS).max(1);
        Timestamp::from_secs(time.secs() / width * width).max(self.from)
    }
}

pub(super) fn write(view: &View, actors: &Actors<'_>, page: &mut Page<'_>) -> io::Result<()> {
    put!(page, "<section id=\"timeline\" aria-labelledby=\"timeline-title\">\n<h2 id=\"timeline-title\">Timeline "
        "<small>UTC; the higher the bar, the higher the level</small></h2>\n");
    let Some(axis) = Axis::of(view) else {
        put!(page, "<p>No finding has a readable time.</p></section>\n");
        return Ok(());
    };
    put!(page, "<div id=\"lanes\" class=\"lanes\" data-from=\"");
    page.number(axis.from.secs())?;
    put!(page, "\" data-to=\"");
    page.number(axis.to.secs())?;
    put!(page, "\">\n");
    let (own, others) = actors.list.split_at(actors.list.len().min(LANES));
    for (number, actor) in own.iter().enumerate() {
        let label = actor.identity.label(&view.summary.vendors);
        put!(page, "<div class=\"lane\"><span class=\"who\" title=\"" (actor.key) "\">" (label));
        let same = |other: &&Actor<'_>| other.identity.label(&view.summary.vendors) == label;
        if let Some(account) =
            actor.identity.account.as_deref().filter(|_| own.iter().filter(same).count() > 1)
        {
            put!(page, " <span class=\"dim\">of " (account) "</span>");
        }
        put!(page, "</span>");
        lane(view, axis, &[actor], Some(number), page)?;
        put!(page, "</div>\n");
    }
    if !others.is_empty() {
        put!(page, "<div class=\"lane\"><span class=\"who\">" (counted(others.len() as u64, "other actor")) "</span>");
        lane(view, axis, &others.iter().collect::<Vec<_>>(), None, page)?;
        put!(page, "</div>\n");
    }
    put!(
        page,
        "<div class=\"lane axis\" aria-hidden=\"true\"><span class=\"who\"></span><span class=\"ticks\">"
    );
    for tick in 0..5 {
        let at = axis.from.ahead(Timespan::from_secs(axis.length() / 4 * tick));
        put!(page, "<span>" (when::minute(at)) "</span>");
    }
    put!(page, "</span></div>\n</div>\n"
        "<form id=\"brush\" class=\"brush\" hidden>"
        "<label>From <input type=\"range\" id=\"from\" min=\"0\" max=\"1000\" value=\"0\"></label>"
        "<label>to <input type=\"range\" id=\"to\" min=\"0\" max=\"1000\" value=\"1000\"></label>"
        "<button type=\"button\" id=\"closer\">Look closer</button>"
        "<button type=\"button\" id=\"grave\">Critical and high</button>"
        "<button type=\"button\" id=\"whole\">Whole time</button>"
        "<output id=\"range\" for=\"from to\"></output></form>\n"
        "<p class=\"dim script-only\" hidden>Drag across the lanes to choose a part of time; the findings below follow.</p>\n"
        "</section>\n");
    Ok(())
}

/// The bars of a lane, the lower levels first so that the higher ones lie on top.
fn lane(
    view: &View,
    axis: Axis,
    actors: &[&Actor<'_>],
    number: Option<usize>,
    page: &mut Page<'_>,
) -> io::Result<()> {
    let mut bars: BTreeMap<(Level, Timestamp), u64> = BTreeMap::new();
    let mut worst = Level::Informational;
    for finding in actors.iter().flat_map(|actor| &actor.findings) {
        let finding = &view.findings[*finding];
        worst = worst.max(finding.level);
        if let Some(time) = finding.first_seen {
            *bars.entry((finding.level, axis.moment(time))).or_default() += 1;
        }
    }
    let all: usize = actors.iter().map(|actor| actor.findings.len()).sum();
    put!(page, "<svg role=\"img\" height=\"24\"");
    if let Some(number) = number {
        put!(page, " data-actor=\"" (number.to_string()) "\"");
    }
    put!(page, " aria-label=\"" (counted(all as u64, "finding")) ", the highest level is " (worst.name()) "\">"
        "<rect class=\"chosen\" width=\"0\" height=\"100%\"></rect>");
    for ((level, time), count) in bars {
        let height = 5 + 4 * level as u32;
        put!(page, "<rect class=\"" (level.name()) "\" data-t=\"");
        page.number(time.secs())?;
        put!(page, "\" x=\"");
        page.percent(axis.share(time))?;
        put!(page, "\" y=\"");
        page.number(HEIGHT - 1 - height)?;
        put!(page, "\" width=\"");
        page.number(if count > 4 { 5 } else { 3 })?;
        put!(page, "\" height=\"");
        page.number(height)?;
        put!(page, "\"></rect>");
    }
    put!(page, "</svg>");
    Ok(())
}
