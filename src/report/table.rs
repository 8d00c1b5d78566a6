//! The findings as a table that fits the terminal.

use std::io::{self, Write};

use tabled::builder::Builder;
use tabled::settings::object::Columns;
use tabled::settings::{Alignment, Modify, Padding, Style};

use super::Surroundings;
use super::brief::brief;
use super::untrusted::plain;
use super::wrap::wrap;
use crate::finding::{Finding, View};
use crate::level::Level;

/// Columns that every row needs besides the sentence: level, time, events, and the gaps.
const FIXED: usize = 8 + 2 + 20 + 2 + 6 + 2;

/// Informational findings are counted in the last line, unless there is nothing else to show.
pub(super) fn render(view: &View, around: Surroundings, out: &mut dyn Write) -> io::Result<()> {
    let shown: Vec<&Finding> = view.findings.iter().collect();
    let (context, shown): (Vec<&Finding>, Vec<&Finding>) =
        shown.into_iter().partition(|finding| finding.level == Level::Informational);
    let shown = if shown.is_empty() { &context } else { &shown };
    if shown.is_empty() {
        return writeln!(out, "no findings");
    }
    let mut builder = Builder::default();
    builder.push_record(["LEVEL", "FIRST SEEN (UTC)", "EVENTS", "FINDING"]);
    for finding in shown {
        builder.push_record(row(finding, around.width.saturating_sub(FIXED)));
    }
    let mut table = builder.build();
    table
        .with(Style::blank())
        .with(Padding::new(0, 1, 0, 0))
        .with(Modify::new(Columns::one(2)).with(Alignment::right()));
    for line in table.to_string().lines() {
        writeln!(out, "{}", painted(line.trim_end(), around.color))?;
    }
    if !context.is_empty() && shown.len() != context.len() {
        let plural = if context.len() == 1 { "finding" } else { "findings" };
        writeln!(out, "\nand {} informational {plural}, in -f json", context.len())?;
    }
    Ok(())
}

fn row(finding: &Finding, room: usize) -> [String; 4] {
    let time =
        finding.first_seen.map_or_else(|| "no time".to_owned(), |time| time.to_string().replace('T', " "));
    let mut lines = wrap(&plain(&brief(&finding.title, finding.account.as_deref())), room);
    let mut where_from = vec![finding.rule.name.clone()];
    where_from.extend(finding.source.ip.clone());
    where_from.extend(finding.account.clone());
    where_from.extend(finding.region.clone());
    where_from
        .extend(finding.suppressed.as_ref().map(|suppressed| format!("suppressed: {}", suppressed.reason)));
    if let Some(known) = &finding.known {
        where_from.push(format!("known: {}", known.reason.as_deref().unwrap_or("no reason given")));
    }
    lines.extend(wrap(&plain(&format!("└ {}", where_from.join(" · "))), room));
    [
        finding.level.name().to_owned(),
        time.trim_end_matches('Z').to_owned(),
        finding.count.to_string(),
        lines.join("\n"),
    ]
}

/// Colours the level where a row begins with one.
fn painted(line: &str, color: bool) -> String {
    let level = Level::ALL.into_iter().find(|level| line.starts_with(level.name()));
    let Some(level) = level.filter(|_| color) else { return line.to_owned() };
    let code = match level {
        Level::Critical => "1;97;41",
        Level::High => "1;31",
        Level::Medium => "33",
        Level::Low => "36",
        Level::Informational => "2",
    };
    format!("\u{1b}[{code}m{}\u{1b}[0m{}", level.name(), &line[level.name().len()..])
}
