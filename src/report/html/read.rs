//! What was read, what was skipped, and what could not be judged.

use std::io;

use super::page::{Page, put};
use crate::finding::{KnownEntry, View};
use crate::report::identity::owner;
use crate::report::summary::{counted, grouped, size};

/// Entries of a list.
const LISTED: usize = 500;

pub(crate) fn write(view: &View, page: &mut Page<'_>) -> io::Result<()> {
    let (s, run) = (&view.summary, &view.run);
    put!(
        page,
        "<section id=\"read\" aria-labelledby=\"read-title\">\n<h2 id=\"read-title\">What was read</h2>\n<dl class=\"facts\">"
    );
    let about = if s.distinct_is_estimate { "about " } else { "" };
    let span = s.first_event.zip(s.last_event).map(|(first, last)| format!("{first} to {last}"));
    let accounts: Vec<String> =
        s.accounts.iter().take(LISTED).map(|account| owner(account, &s.vendors)).collect();
    let left = [(s.files_pruned, "pruned by name"), (s.files_hidden, "hidden"), (s.files_empty, "empty")];
    let left: Vec<String> =
        left.iter().filter(|(n, _)| *n > 0).map(|(n, why)| format!("{} {why}", grouped(*n))).collect();
    let not_logs: Vec<String> =
        s.not_logs.iter().map(|(kind, n)| format!("{} {}", grouped(*n), kind.replace('_', " "))).collect();
    let baseline = run.baseline.map(|(from, to)| format!("{from} to {to}"));
    let facts = [
        ("Files", Some(format!("{}, {}", grouped(s.files), size(s.bytes)))),
        ("Events", Some(format!("{}, {about}{} distinct", grouped(s.events), grouped(s.distinct_events)))),
        ("Time", span),
        ("Accounts", (!accounts.is_empty()).then(|| accounts.join(", "))),
        ("Files left out", (!left.is_empty()).then(|| left.join(", "))),
        ("Not logs", (!not_logs.is_empty()).then(|| not_logs.join(", "))),
        ("Outside the time or place asked for", some(s.events_out_of_range)),
        ("Without a readable time", some(s.events_without_time)),
        ("Reported since", run.since.map(|time| time.to_string())),
        ("Looked at until", run.until.map(|time| time.to_string())),
        ("Lookback", run.lookback.map(|span| span.to_string())),
        ("Baseline file", baseline),
        ("Configuration", (!run.config.is_empty()).then(|| run.config.join(" over "))),
        ("Rules", Some(format!("{}, {}", grouped(run.rules as u64), run.rules_hash))),
        ("Written by", Some(format!("{} {}", run.tool, run.version))),
    ];
    for (name, value) in facts {
        let Some(value) = value else { continue };
        put!(page, "<dt>" (name) "</dt><dd>" (value) "</dd>");
    }
    put!(page, "</dl>\n");
    if run.partial {
        put!(
            page,
            "<p class=\"caveats\" role=\"note\">The run was interrupted: this is what was found until then.</p>\n"
        );
    }
    let skipped = s.skipped.iter().map(|skipped| {
        let at = skipped.offset.map_or_else(String::new, |offset| format!(", byte {offset}"));
        let record = skipped.record.map_or_else(String::new, |record| format!(", record {record}"));
        (format!("{}{at}{record}", skipped.path), format!("{} ({})", skipped.reason, skipped.kind))
    });
    list("Not read in full", skipped, "Nothing: every file was read to its end.", page)?;
    let unjudged = s.not_evaluated.iter().map(|entry| (entry.rule.clone(), entry.reason.clone()));
    list("Rules not evaluated", unjudged, "None: every rule could be judged.", page)?;
    let short = s.insufficient_baseline.iter().map(|entry| {
        let of: Vec<&str> =
            [&entry.rule, &entry.account, &entry.region].into_iter().flatten().map(String::as_str).collect();
        (of.join(" "), entry.reason.clone())
    });
    list("Insufficient baseline", short, "None: every rule had the history it needs.", page)?;
    let expired = s.suppressions_expired.iter().map(|entry| {
        let again =
            format!("ended on {}: {} reported again", entry.expired, counted(entry.findings, "finding"));
        (format!("{} (rule {})", entry.by, entry.rule), again)
    });
    list("Suppressions that have ended", expired, "", page)?;
    let known = s.known.as_ref();
    let entry = |entry: &KnownEntry| (entry.id.clone(), format!("of {}", entry.rule));
    let ended = known.map_or(&[][..], |known| &known.expired).iter().map(entry);
    list("Known findings whose time has ended", ended, "", page)?;
    let gone = known.map_or(&[][..], |known| &known.unmatched).iter().map(entry);
    list("Known findings that are not in these logs", gone, "", page)?;
    let without = s.left_out.iter().map(|entry| {
        (
            entry.rule.clone(),
            format!("{} lacked a field that the rule groups by", counted(entry.records, "record")),
        )
    });
    list("Matches left out", without, "", page)?;
    put!(page, "</section>\n");
    Ok(())
}

fn some(n: u64) -> Option<String> {
    (n > 0).then(|| counted(n, "event"))
}

/// A list of names and reasons; `none` is said of an empty one, unless that goes without saying.
fn list(
    title: &'static str,
    entries: impl ExactSizeIterator<Item = (String, String)>,
    none: &'static str,
    page: &mut Page<'_>,
) -> io::Result<()> {
    let total = entries.len();
    if total == 0 && none.is_empty() {
        return Ok(());
    }
    put!(page, "<h3>");
    page.markup(title)?;
    put!(page, "</h3>\n");
    if total == 0 {
        put!(page, "<p>");
        page.markup(none)?;
        put!(page, "</p>\n");
        return Ok(());
    }
    put!(page, "<ul class=\"entries\">");
    for (name, reason) in entries.take(LISTED) {
        put!(page, "<li><code>" (name) "</code>: " (reason) "</li>\n");
    }
    if total > LISTED {
        put!(page, "<li>and " (grouped((total - LISTED) as u64)) " more: <code>-f json</code> has all</li>");
    }
    put!(page, "</ul>\n");
    Ok(())
}
