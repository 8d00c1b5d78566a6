//! What was done: calls with their counts, of one credential as a list, of all by service.

use std::collections::BTreeMap;
use std::io;

use crate::report::html::page::{Page, put};
use crate::report::summary::{counted, grouped};
use crate::trace::told::calls;
use crate::trace::{Action, Trace};

/// Rows of the whole.
const MOST: usize = 2_000;

const HEAD: &str = "<thead><tr><th scope=\"col\">Call</th><th scope=\"col\" class=\"n\">Done</th>\
    <th scope=\"col\" class=\"n\">Denied</th><th scope=\"col\" class=\"n\">Failed</th>\
    <th scope=\"col\">First</th><th scope=\"col\">Last</th></tr></thead>\n";

/// All calls of what is traced, the busiest service first.
pub(super) fn write(trace: &Trace, page: &mut Page<'_>) -> io::Result<()> {
    put!(page, "<section id=\"calls\" aria-labelledby=\"calls-title\">\n<h2 id=\"calls-title\">All that was done "
        "<small>by what was asked for and what came of it, all times UTC</small></h2>\n");
    if trace.actions.is_empty() {
        put!(page, "<p>No call is in the logs.</p></section>\n");
        return Ok(());
    }
    let mut services: BTreeMap<&str, Vec<&Action>> = BTreeMap::new();
    for action in trace.actions.iter().take(MOST) {
        let service = action.action.split_once(':').map_or("other", |(service, _)| service);
        services.entry(service).or_default().push(action);
    }
    let mut services: Vec<_> = services.into_iter().collect();
    services.sort_by_key(|(name, actions)| (std::cmp::Reverse(calls(actions.iter().copied())), *name));
    begin("All that was done", page)?;
    for (service, actions) in &services {
        put!(page, "<tbody><tr class=\"service\"><th scope=\"rowgroup\" colspan=\"6\">" (service) " <span class=\"dim\">"
            (counted(calls(actions.iter().copied()), "call")) " of " (counted(actions.len() as u64, "kind")) "</span></th></tr>\n");
        for action in actions {
            let name = action.action.split_once(':').map_or(action.action.as_str(), |(_, name)| name);
            row(name, action, page)?;
        }
        put!(page, "</tbody>\n");
    }
    put!(page, "</table></div>\n");
    more(trace.actions.len(), MOST, page)?;
    put!(page, "</section>\n");
    Ok(())
}

/// Calls of one credential, the most frequent first.
pub(super) fn table(actions: &[Action], most: usize, page: &mut Page<'_>) -> io::Result<()> {
    begin("Calls", page)?;
    put!(page, "<tbody>\n");
    for action in actions.iter().take(most) {
        row(&action.action, action, page)?;
    }
    put!(page, "</tbody></table></div>\n");
    more(actions.len(), most, page)
}

fn begin(name: &'static str, page: &mut Page<'_>) -> io::Result<()> {
    put!(page, "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"");
    page.markup(name)?;
    put!(page, "\"><table class=\"calls\">");
    page.markup(HEAD)
}

fn row(name: &str, action: &Action, page: &mut Page<'_>) -> io::Result<()> {
    put!(page, "<tr><th scope=\"row\">" (name) "</th>");
    for count in [action.succeeded, action.denied, action.failed] {
        put!(page, "<td class=\"n\">");
        if count > 0 {
            put!(page, (grouped(count)));
        }
        put!(page, "</td>");
    }
    put!(page, "<td>");
    page.moment(action.first_seen)?;
    put!(page, "</td><td>");
    if action.last_seen != action.first_seen {
        page.moment(action.last_seen)?;
    }
    put!(page, "</td></tr>\n");
    Ok(())
}

fn more(all: usize, most: usize, page: &mut Page<'_>) -> io::Result<()> {
    if all > most {
        put!(page, "<p class=\"dim\">and " (counted((all - most) as u64, "more kind")) ": <code>-f json</code> has all</p>\n");
    }
    Ok(())
}
