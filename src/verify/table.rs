//! What verification came to, for people at a terminal.

use std::io::{self, Write};

use tabled::builder::Builder;
use tabled::settings::object::Columns;
use tabled::settings::{Alignment, Modify, Padding, Style};

use super::report::{Problem, Report, Verdict};
use crate::report::summary::grouped;
use crate::report::untrusted::plain;

/// More problems of one kind than these are counted, not listed; `verbose` lists all.
const LISTED: usize = 10;

/// Writes the report.
pub fn render(report: &Report, verbose: bool, out: &mut dyn Write) -> io::Result<()> {
    if report.chains.is_empty() {
        writeln!(out, "no digest files: nothing can be verified")?;
    } else {
        chains(report, out)?;
    }
    let sections = [(Verdict::Failed, "changed, added or missing"), (Verdict::Unverified, "not verified")];
    for (verdict, title) in sections {
        let of_verdict: Vec<&Problem> =
            report.problems.iter().filter(|problem| problem.verdict == verdict).collect();
        if of_verdict.is_empty() {
            continue;
        }
        writeln!(out, "\n{title}:")?;
        for of_kind in of_verdict.chunk_by(|a, b| a.kind == b.kind) {
            let shown = if verbose { of_kind.len() } else { LISTED };
            of_kind.iter().take(shown).try_for_each(|found| problem(found, out))?;
            if let (Some(more @ 1..), Some(first)) = (of_kind.len().checked_sub(shown), of_kind.first()) {
                writeln!(out, "  and {more} more of {} (-v lists all)", first.kind.name())?;
            }
        }
    }
    if !report.gaps.is_empty() {
        writeln!(out, "\ntimes that no digest here covers:")?;
        for gap in &report.gaps {
            let place = format!("{} {} {}", gap.account, gap.region, gap.trail);
            writeln!(out, "  {}: {} to {}, {}", plain(&place), gap.from, gap.to, plain(&gap.reason))?;
        }
    }
    if !report.notes.is_empty() || report.logs_not_covered > 0 {
        writeln!(out, "\nwhat this copy cannot prove:")?;
    }
    let shown = if verbose { report.notes.len() } else { LISTED };
    for note in report.notes.iter().take(shown) {
        writeln!(out, "  {}: {}", plain(&note.file), plain(&note.reason))?;
    }
    if let Some(more @ 1..) = report.notes.len().checked_sub(shown) {
        writeln!(out, "  and {more} more like these (-v lists all)")?;
    }
    if report.logs_not_covered > 0 {
        let n = grouped(report.logs_not_covered);
        writeln!(out, "  log files delivered outside of what the digests here cover: {n}")?;
    }
    writeln!(
        out,
        "\n{}: {} of {} digests by signature, {} of {} log files by hash",
        report.verdict.name(),
        grouped(report.digests_signed),
        grouped(report.digests),
        grouped(report.logs_verified),
        grouped(report.logs)
    )
}

fn problem(problem: &Problem, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "  {}", problem.kind.name())?;
    if !problem.file.is_empty() {
        write!(out, " {}", plain(&problem.file))?;
    } else if let (Some(account), Some(region)) = (&problem.account, &problem.region) {
        write!(out, " {} {}", plain(account), plain(region))?;
    }
    writeln!(out, "\n      {}", plain(&problem.reason))?;
    match &problem.told_by {
        Some(digest) => writeln!(out, "      says {}", plain(digest)),
        None => Ok(()),
    }
}

fn chains(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut builder = Builder::default();
    builder.push_record(["ACCOUNT", "REGION", "TRAIL", "FROM", "TO", "DIGESTS", "SIGNED", "LOGS", "VERDICT"]);
    for chain in &report.chains {
        let trail = format!("{}{}", chain.trail, if chain.backfill { " (backfill)" } else { "" });
        let logs = format!("{}/{}", chain.logs_verified, chain.logs);
        builder.push_record([
            plain(&chain.account).into_owned(),
            plain(&chain.region).into_owned(),
            plain(&trail).into_owned(),
            chain.from.to_string(),
            chain.to.to_string(),
            chain.digests.to_string(),
            chain.digests_signed.to_string(),
            logs,
            chain.verdict.name().to_owned(),
        ]);
    }
    let mut table = builder.build();
    table.with(Style::blank()).with(Padding::new(0, 1, 0, 0));
    for column in 5..8 {
        table.with(Modify::new(Columns::one(column)).with(Alignment::right()));
    }
    table.to_string().lines().try_for_each(|line| writeln!(out, "{}", line.trim_end()))
}
