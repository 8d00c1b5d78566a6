//! What a run read and could not judge, in a few lines for the person who waits for it.

use std::io::{self, Write};

use super::untrusted::plain;
use crate::finding::{KnownEntry, Skipped, Summary, View};
use crate::level::Level;

/// More entries of one kind than these are counted, not listed; `verbose` lists all.
const LISTED: usize = 5;

/// Writes the summary.
pub fn render(view: &View, verbose: bool, out: &mut dyn Write) -> io::Result<()> {
    let s = &view.summary;
    read(s, out)?;
    let levels: Vec<String> = Level::ALL
        .into_iter()
        .rev()
        .filter_map(|level| Some(format!("{} {level}", s.findings.get(&level).filter(|n| **n > 0)?)))
        .collect();
    writeln!(out, "findings: {}", if levels.is_empty() { "none".to_owned() } else { levels.join(", ") })?;
    let suppressed: u64 = s.suppressed.values().sum();
    if suppressed > 0 {
        writeln!(out, "suppressed: {} (--show-suppressed shows them)", counted(suppressed, "finding"))?;
    }
    known(s, verbose, out)?;
    list(
        out,
        "suppressions that have ended",
        true,
        s.suppressions_expired.iter().map(|e| {
            format!(
                "{} (rule {}) ended on {}: {} reported again",
                e.by,
                e.rule,
                e.expired,
                counted(e.findings, "finding")
            )
        }),
    )?;
    not_read(s, verbose, out)?;
    if s.events == 0 {
        // "No findings" is not to be taken for peace.
        return writeln!(out, "nothing was judged: no event was read");
    }
    list(
        out,
        "rules not evaluated",
        verbose,
        s.not_evaluated.iter().map(|n| format!("{}: {}", n.rule, n.reason)),
    )?;
    baselines(view, verbose, out)?;
    if verbose {
        list(
            out,
            "matches left out for lack of a group-by field",
            true,
            s.left_out.iter().map(|l| format!("{}: {}", l.rule, l.records)),
        )?;
    }
    if view.run.partial {
        writeln!(out, "interrupted: this is what was found so far")?;
    }
    Ok(())
}

/// Writes what was read, and what was not.
pub fn render_reading(s: &Summary, verbose: bool, out: &mut dyn Write) -> io::Result<()> {
    read(s, out)?;
    not_read(s, verbose, out)
}

fn read(s: &Summary, out: &mut dyn Write) -> io::Result<()> {
    let approx = if s.distinct_is_estimate { "about " } else { "" };
    write!(out, "read {} ({}): ", counted(s.files, "file"), size(s.bytes))?;
    writeln!(out, "{}, {approx}{} distinct", counted(s.events, "event"), grouped(s.distinct_events))?;
    if let (Some(first), Some(last)) = (s.first_event, s.last_event) {
        writeln!(out, "from {first} to {last}, {}", counted(s.accounts.len() as u64, "account"))?;
    }
    let left = [(s.files_pruned, "pruned by name"), (s.files_hidden, "hidden"), (s.files_empty, "empty")];
    let left: Vec<String> = left
        .iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, why)| format!("{} {why}", counted(*n, "file")))
        .collect();
    if !left.is_empty() {
        writeln!(out, "left out: {}", left.join(", "))?;
    }
    if !s.not_logs.is_empty() {
        let kinds: Vec<String> =
            s.not_logs.iter().map(|(kind, n)| format!("{n} {}", kind.replace('_', " "))).collect();
        writeln!(out, "not logs: {}", kinds.join(", "))?;
    }
    if s.events_out_of_range > 0 {
        writeln!(out, "{} outside the time or place asked for", counted(s.events_out_of_range, "event"))?;
    }
    if s.events_without_time > 0 {
        writeln!(
            out,
            "{} without a readable eventTime: windows and baselines leave them out",
            counted(s.events_without_time, "event")
        )?;
    }
    Ok(())
}

/// Writes in one line that something was not read, for who wants to hear of nothing else.
pub fn render_lack(s: &Summary, out: &mut dyn Write) -> io::Result<()> {
    match s.skipped.as_slice() {
        [] => writeln!(out, "error: no event was read"),
        [one] => writeln!(out, "error: not read in full: {}", plain(&lack(one))),
        all => {
            writeln!(out, "error: {} not read in full; without -q they are listed", grouped(all.len() as u64))
        }
    }
}

fn not_read(s: &Summary, verbose: bool, out: &mut dyn Write) -> io::Result<()> {
    list(out, "not read in full", verbose, s.skipped.iter().map(lack))
}

fn lack(skipped: &Skipped) -> String {
    let at = skipped.offset.map_or_else(String::new, |offset| format!(" at byte {offset}"));
    let record = skipped.record.map_or_else(String::new, |record| format!(", record {record}"));
    format!("{}{at}{record}: {} ({})", skipped.path, skipped.reason, skipped.kind)
}

/// Findings triaged before: how many, and what is wrong with the list of them.
fn known(s: &Summary, verbose: bool, out: &mut dyn Write) -> io::Result<()> {
    let Some(known) = &s.known else { return Ok(()) };
    let total: u64 = known.findings.values().sum();
    let (all, verb) = (s.findings.values().sum::<u64>(), if total == 1 { "is" } else { "are" });
    writeln!(out, "known: {} of {} {verb} known from before", grouped(total), counted(all, "finding"))?;
    let named = |entry: &KnownEntry| {
        let who = entry.principal.as_ref().map_or_else(String::new, |who| format!(", {who}"));
        format!("{} ({}{who})", entry.id, entry.rule)
    };
    list(
        out,
        "known entries that have ended: the findings are new again",
        true,
        known.expired.iter().map(|entry| {
            format!("{} ended on {}", named(entry), entry.expires.as_deref().unwrap_or_default())
        }),
    )?;
    let title = "known entries whose findings have grown since they were looked at: they are new again";
    list(out, title, true, known.grown.iter().map(named))?;
    list(out, "known entries without a reason", verbose, known.without_reason.iter().map(named))?;
    if verbose {
        let title = "known entries that match no finding in these logs";
        list(out, title, true, known.unmatched.iter().map(named))?;
    }
    Ok(())
}

/// Rules with the same lack are told of together.
fn baselines(view: &View, verbose: bool, out: &mut dyn Write) -> io::Result<()> {
    let mut by_reason: Vec<(String, Vec<&str>)> = Vec::new();
    for entry in &view.summary.insufficient_baseline {
        let place =
            [&entry.account, &entry.region].into_iter().flatten().cloned().collect::<Vec<_>>().join(" ");
        let reason =
            if place.is_empty() { entry.reason.clone() } else { format!("{place}: {}", entry.reason) };
        let rule = entry.rule.as_deref();
        match by_reason.iter_mut().find(|(other, _)| *other == reason) {
            Some((_, rules)) => rules.extend(rule),
            None => by_reason.push((reason, rule.into_iter().collect())),
        }
    }
    list(
        out,
        "insufficient baseline",
        verbose,
        by_reason.iter().map(|(reason, rules)| match rules.as_slice() {
            [] => reason.clone(),
            rules if verbose || rules.len() <= 3 => format!("{}: {reason}", rules.join(", ")),
            rules => format!("{} and {} more rules: {reason}", rules[..2].join(", "), rules.len() - 2),
        }),
    )
}

fn list(
    out: &mut dyn Write,
    title: &str,
    all: bool,
    entries: impl ExactSizeIterator<Item = String>,
) -> io::Result<()> {
    let total = entries.len();
    if total == 0 {
        return Ok(());
    }
    writeln!(out, "{title}:")?;
    for entry in entries.take(if all { total } else { LISTED }) {
        writeln!(out, "  {}", plain(&entry))?;
    }
    if !all && total > LISTED {
        writeln!(out, "  and {} more (-v lists all)", total - LISTED)?;
    }
    Ok(())
}

/// A number and what it counts, in the plural where it must be.
pub fn counted(n: u64, what: &str) -> String {
    format!("{} {what}{}", grouped(n), if n == 1 { "" } else { "s" })
}

/// A number with its thousands apart.
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Bytes in the largest unit that leaves a whole number.
#[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
pub(super) fn size(bytes: u64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < units.len() {
        value /= 1024.0;
        unit += 1;
    }
    if unit == 0 { format!("{bytes} B") } else { format!("{value:.1} {}", units[unit]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_readable() {
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(grouped(999), "999");
        assert_eq!(size(1536), "1.5 KiB");
        assert_eq!(counted(1, "file"), "1 file");
    }
}
