//! When each credential was used: a lane each, from its first call to its last.

use std::io;

use super::{Drawn, MOST, class, worst};
use crate::report::html::page::{Page, put};
use crate::report::summary::counted;
use crate::report::when;
use crate::time::{Timespan, Timestamp};
use crate::trace::told::{label, used};
use crate::trace::{Node, Trace};

/// Lanes that are drawn: of what is asked for and came of it first, then of what led there.
const LANES: usize = 40;

/// A lane: the credentials that it tells of, and when they were used.
struct Lane<'t> {
    nodes: &'t [&'t Node],
    first: Timestamp,
    last: Timestamp,
}

pub(super) fn write(trace: &Trace, drawn: &Drawn<'_>, page: &mut Page<'_>) -> io::Result<()> {
    put!(page, "<section id=\"times\" aria-labelledby=\"times-title\">\n<h2 id=\"times-title\">Times "
        "<small>UTC; from the first call of each to its last</small></h2>\n");
    let mut lanes: Vec<Lane<'_>> = drawn.groups.iter().take(MOST).filter_map(|group| lane(group)).collect();
    let all = lanes.len();
    if all > LANES {
        lanes.sort_by_key(|lane| !lane.nodes.iter().any(|node| node.traced));
        lanes.truncate(LANES);
    }
    lanes.sort_by_key(|lane| (lane.first, lane.last));
    let ends = lanes.iter().map(|lane| lane.first).min().zip(lanes.iter().map(|lane| lane.last).max());
    let Some((from, to)) = ends else {
        put!(page, "<p>No call made with them is in the logs.</p></section>\n");
        return Ok(());
    };
    let length = to.since(from).secs().max(1);
    put!(page, "<div class=\"lanes\">\n");
    for lane in &lanes {
        let Some(node) = lane.nodes.first() else { continue };
        let who = label(node, &trace.vendors, "of");
        put!(page, "<div class=\"lane\"><span class=\"who\" title=\"" (who) "\">");
        drawn.link(node, &who, page)?;
        if lane.nodes.len() > 1 {
            put!(page, " ×"(lane.nodes.len().to_string()));
        }
        let share = |time: Timestamp| f64::from(time.since(from).secs()) / f64::from(length) * 0.99;
        let level = worst(lane.nodes.iter().copied());
        put!(page, "</span><svg role=\"img\" height=\"24\" aria-label=\"" (when::span(lane.first, lane.last)) "\">"
            "<rect class=\"" (class(level)) "\" x=\"");
        page.percent(share(lane.first))?;
        put!(page, "\" y=\"6\" height=\"12\" width=\"");
        page.percent((share(lane.last) - share(lane.first)).max(0.005))?;
        put!(page, "\"></rect></svg></div>\n");
    }
    put!(
        page,
        "<div class=\"lane axis\" aria-hidden=\"true\"><span class=\"who\"></span><span class=\"ticks\">"
    );
    for tick in 0..5 {
        let at = from.ahead(Timespan::from_secs(length / 4 * tick));
        put!(page, "<span>" (when::minute(at)) "</span>");
    }
    put!(page, "</span></div>\n</div>\n");
    if all > lanes.len() {
        put!(page, "<p class=\"dim\">" (counted((all - lanes.len()) as u64, "more lane")) " not drawn.</p>\n");
    }
    put!(page, "</section>\n");
    Ok(())
}

fn lane<'t>(group: &'t [&'t Node]) -> Option<Lane<'t>> {
    let (first, last) = used(group.iter().copied())?;
    Some(Lane { nodes: group, first, last })
}
