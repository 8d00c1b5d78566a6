//! Baselines and what two of them differ in, as tables for a review.

use std::io::{self, Write};

use sha2::{Digest, Sha256};
use tabled::builder::Builder;
use tabled::settings::{Padding, Style};

use super::{Change, Difference, Entry, OfRule, Overview};
use crate::report::summary::grouped;
use crate::report::untrusted::plain;
use crate::report::when::stamp;
use crate::text::{cut, hex};
use crate::time::Timestamp;

/// Writes a snapshot: what it covers, then what each rule has learnt.
pub fn render(overview: &Overview, out: &mut dyn Write) -> io::Result<()> {
    let learnt: usize = overview.rules.iter().map(|rule| rule.entries.len()).sum();
    writeln!(out, "from {} to {}", overview.from, overview.to)?;
    let plural = if overview.rules.len() == 1 { "rule" } else { "rules" };
    writeln!(out, "{} {plural}, {} entries", overview.rules.len(), grouped(learnt as u64))?;
    writeln!(out, "accounts: {}", plain(&overview.accounts.join(", ")))?;
    writeln!(out, "credentials that may still be used: {}", grouped(overview.credentials as u64))?;
    writeln!(out, "\ncovered:")?;
    let rows = overview.covered.iter().map(|place| {
        let days = format!("{} {}", place.days, if place.days == 1 { "day" } else { "days" });
        vec![place.account.clone(), place.region.clone(), days, place.first.date(), place.last.date()]
    });
    table(&["ACCOUNT", "REGION", "DAYS", "FIRST", "LAST"], rows, out)?;
    for rule in &overview.rules {
        of_rule(rule, out)?;
    }
    Ok(())
}

fn of_rule(rule: &OfRule, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n{} (lookback {}, hash {}):", plain(&rule.rule), rule.timespan, plain(&rule.hash))?;
    if rule.entries.is_empty() {
        return writeln!(out, "  nothing learnt");
    }
    let rows = rule.entries.iter().map(|entry| {
        let [kind, scope, term, first, last] = cells(entry);
        vec![kind, scope, term, first, last]
    });
    table(&["KIND", "SCOPE", "TERM", "FIRST SEEN (UTC)", "LAST SEEN (UTC)"], rows, out)
}

/// Writes what differs, rules first.
pub fn render_diff(difference: &Difference, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "old: from {} to {}", difference.old.0, difference.old.1)?;
    writeln!(out, "new: from {} to {}", difference.new.0, difference.new.1)?;
    for rule in &difference.rules {
        writeln!(out, "{} rule {}: {}", sign(rule.change), plain(&rule.rule), plain(&rule.reason))?;
    }
    let rules = difference.entries.chunk_by(|a, b| a.rule == b.rule);
    for entries in rules {
        let Some(first) = entries.first() else { continue };
        writeln!(out, "\n{}:", plain(&first.rule))?;
        let rows = entries.iter().map(|change| {
            let [kind, scope, term, first, last] = cells(&change.entry);
            vec![sign(change.change).to_owned(), kind, scope, term, first, last]
        });
        table(&["", "KIND", "SCOPE", "TERM", "FIRST SEEN (UTC)", "LAST SEEN (UTC)"], rows, out)?;
    }
    let count = |wanted: Change| difference.entries.iter().filter(|e| e.change == wanted).count() as u64;
    writeln!(
        out,
        "\n{} came, {} went, {} changed, {} in both",
        grouped(count(Change::Came)),
        grouped(count(Change::Went)),
        grouped(count(Change::Changed)),
        grouped(difference.unchanged)
    )
}

fn sign(change: Change) -> &'static str {
    match change {
        Change::Came => "+",
        Change::Went => "-",
        Change::Changed => "~",
    }
}

fn cells(entry: &Entry) -> [String; 5] {
    let scope: Vec<&str> =
        entry.what.scope.iter().map(|value| value.as_deref().unwrap_or("(none)")).collect();
    let term = match &entry.document {
        Some(text) => told_apart(text),
        None if entry.what.term.is_empty() && entry.rows > 1 => format!("{} times", grouped(entry.rows)),
        None => entry.what.term.join(" · "),
    };
    let time = |time: Option<Timestamp>| time.map_or_else(String::new, |time| stamp(time).replace('Z', ""));
    [
        entry.what.kind.name().to_owned(),
        scope.join(" · "),
        term,
        time(entry.first_seen),
        time(entry.last_seen),
    ]
}

/// Characters of a value. Every row is as wide as the widest, and log text is as long as whoever wrote it likes.
const MOST: usize = 500;

/// A value in one line. Those that are cut can still be told apart.
fn cell(text: &str) -> String {
    match cut(text, MOST) {
        Some(start) => format!("{}\u{2026} ({})", plain(start), told_apart(text)),
        None => plain(text).into_owned(),
    }
}

fn told_apart(text: &str) -> String {
    let hash = hex(&Sha256::digest(text.as_bytes())[..6]);
    format!("{} bytes, sha256 {hash}", grouped(text.len() as u64))
}

/// Columns as wide as they must be: a reviewer compares whole values, unless these are endless.
fn table(head: &[&str], rows: impl Iterator<Item = Vec<String>>, out: &mut dyn Write) -> io::Result<()> {
    let mut builder = Builder::default();
    builder.push_record(head.iter().copied());
    for row in rows {
        builder.push_record(row.iter().map(|text| cell(text)));
    }
    let mut table = builder.build();
    table.with(Style::blank()).with(Padding::new(0, 1, 0, 0));
    for line in table.to_string().lines() {
        writeln!(out, "  {}", line.trim_end())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endless_values_are_cut_and_still_told_apart() {
        let wide = |end: &str| format!("{}{end}", "x".repeat(200_000));
        let rows = [wide("a"), wide("b"), "short".to_owned()].map(|name| vec![name, "seen".to_owned()]);
        let mut out = Vec::new();
        table(&["TERM", "WHEN"], rows.into_iter(), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines.len() == 4 && lines.iter().all(|line| line.len() < 600), "{}", text.len());
        assert!(
            lines[1].contains("\u{2026} (200,001 bytes, sha256 ") && lines[1] != lines[2],
            "{}",
            lines[1]
        );
        assert_eq!(cell(&"y".repeat(MOST)), "y".repeat(MOST));
    }
}
