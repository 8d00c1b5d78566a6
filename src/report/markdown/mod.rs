//! Markdown for a ticket: what happened, then the findings by level with their reasons and evidence.
//!
//! Tickets have limits and readers have less: the gravest findings are told in full, the next in a line each, and the
//! rest is counted. Log text becomes code wherever it could mean something (see [`super::untrusted`]).

mod findings;

use std::io::{self, Write};

use super::Surroundings;
use super::actors::Actors;
use super::headline::{Headline, told};
use super::identity::owner;
use super::story::{Story, predicate};
use super::summary::{counted, grouped, size};
use super::untrusted::{clipped, markdown, markdown_code, plain};
use super::when;
use crate::finding::View;
use crate::level::Level;

/// Findings in the story.
const IN_STORY: usize = 80;
/// Longer texts are cut.
const MOST: usize = 600;
/// Entries of a list.
const LISTED: usize = 20;

/// The whole report.
pub(super) fn render(view: &View, _: Surroundings, out: &mut dyn Write) -> io::Result<()> {
    let actors = Actors::of(view);
    head(view, &actors, out)?;
    story(view, &actors, out)?;
    findings::write(view, out)?;
    read(view, out)
}

/// A text within a line, of bounded length.
fn prose(text: &str) -> String {
    markdown(&clipped(&plain(text), MOST))
}

fn code(text: &str) -> String {
    markdown_code(&clipped(&plain(text), MOST))
}

fn head(view: &View, actors: &Actors<'_>, out: &mut dyn Write) -> io::Result<()> {
    let headline = Headline::of(view, actors);
    writeln!(out, "# {}\n", headline.sentence)?;
    if let Some((began, time)) = headline.began.and_then(|f| Some((f, f.first_seen?))) {
        writeln!(out, "It began on {} UTC: {}.\n", when::minute(time), prose(&told(began)))?;
    }
    let (named, others) = &headline.actors;
    if !named.is_empty() {
        let names = named.iter().map(|actor| {
            let count = counted(actor.findings.len() as u64, "finding");
            format!("{} ({count})", prose(&actor.identity.label(&view.summary.vendors)))
        });
        let mut names: Vec<String> = names.collect();
        if *others > 0 {
            names.push(format!("{} more", grouped(*others as u64)));
        }
        writeln!(out, "Who acted: {}.\n", names.join(", "))?;
    }
    let levels: Vec<(Level, u64)> =
        view.summary.findings.iter().rev().map(|(level, n)| (*level, *n)).collect();
    let names: Vec<&str> = levels.iter().map(|(level, _)| level.name()).collect();
    let counts: Vec<String> = levels.iter().map(|(_, n)| grouped(*n)).collect();
    writeln!(out, "| {} |", names.join(" | "))?;
    writeln!(out, "|{}", " ---: |".repeat(names.len()))?;
    writeln!(out, "| {} |\n", counts.join(" | "))?;
    for caveat in &headline.caveats {
        writeln!(out, "> {}\n", prose(caveat))?;
    }
    Ok(())
}

/// Context is left out of the story, unless there is nothing else.
fn story(view: &View, actors: &Actors<'_>, out: &mut dyn Write) -> io::Result<()> {
    let grave = view.findings.iter().filter(|finding| finding.level > Level::Informational).count();
    let most = if grave == 0 { IN_STORY } else { grave.min(IN_STORY) };
    let story = Story::of(view, actors, most);
    if story.days.is_empty() {
        return Ok(());
    }
    writeln!(out, "## What happened (UTC)\n")?;
    for day in &story.days {
        writeln!(out, "### {}\n", day.time.map_or_else(|| "No readable time".to_owned(), when::weekday))?;
        for block in &day.blocks {
            let identity = &actors.list[block.actor].identity;
            let account = match &identity.account {
                Some(account) if identity.kind != "account" && identity.kind != "root" => {
                    format!(" of {}", prose(&owner(account, &view.summary.vendors)))
                }
                _ => String::new(),
            };
            writeln!(out, "**{}**{account}\n", prose(&identity.label(&view.summary.vendors)))?;
            for line in &block.lines {
                let finding = &view.findings[line.finding];
                let time = finding.first_seen.map_or_else(|| "no time".to_owned(), when::clock);
                write!(
                    out,
                    "- {time} {}: {}",
                    finding.level,
                    prose(&predicate(finding, &actors.list[block.actor], &view.summary.vendors))
                )?;
                let rules: Vec<&str> =
                    line.other_rules(view).into_iter().map(|rule| rule.title.as_str()).collect();
                if !rules.is_empty() {
                    write!(out, " (also: {})", prose(&rules.join(", ")))?;
                }
                if !line.more.is_empty() {
                    write!(out, " (and {} more like it)", line.more.len())?;
                }
                writeln!(out)?;
            }
            writeln!(out)?;
        }
    }
    if story.untold > 0 {
        writeln!(out, "{} of lower levels are not told here.\n", counted(story.untold as u64, "finding"))?;
    }
    Ok(())
}

fn read(view: &View, out: &mut dyn Write) -> io::Result<()> {
    let (s, run) = (&view.summary, &view.run);
    writeln!(out, "## What was read\n")?;
    let about = if s.distinct_is_estimate { "about " } else { "" };
    writeln!(
        out,
        "{} ({}), {}, {about}{} distinct; {}.\n",
        counted(s.files, "file"),
        size(s.bytes),
        counted(s.events, "event"),
        grouped(s.distinct_events),
        counted(run.rules as u64, "rule"),
    )?;
    if let (Some(first), Some(last)) = (s.first_event, s.last_event) {
        writeln!(out, "From {first} to {last}.\n")?;
    }
    list("Configuration:", run.config.iter().map(|file| code(file)).collect(), out)?;
    let accounts = s.accounts.iter().map(|account| code(&owner(account, &s.vendors))).collect();
    list("Accounts:", accounts, out)?;
    let skipped = s.skipped.iter().map(|skipped| {
        let at = skipped.offset.map_or_else(String::new, |offset| format!(" at byte {offset}"));
        let record = skipped.record.map_or_else(String::new, |record| format!(", record {record}"));
        format!("{}{at}{record}: {}", code(&skipped.path), prose(&skipped.reason))
    });
    list("Not read in full:", skipped.collect(), out)?;
    let unjudged = s.not_evaluated.iter().map(|n| format!("{}: {}", code(&n.rule), prose(&n.reason)));
    list("Rules not evaluated:", unjudged.collect(), out)?;
    let short = s.insufficient_baseline.iter().map(|entry| {
        let of = [&entry.rule, &entry.account, &entry.region];
        let of: Vec<String> = of.into_iter().flatten().map(|text| code(text)).collect();
        format!("{}: {}", of.join(" "), prose(&entry.reason))
    });
    list("Insufficient baseline:", short.collect(), out)?;
    writeln!(
        out,
        "{} {}, rules {}{}",
        plain(run.tool),
        plain(run.version),
        code(run.rules_hash.as_str()),
        if run.partial { ", interrupted" } else { "" }
    )
}

fn list(title: &str, entries: Vec<String>, out: &mut dyn Write) -> io::Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    if !title.is_empty() {
        writeln!(out, "{title}\n")?;
    }
    for entry in entries.iter().take(LISTED) {
        writeln!(out, "- {entry}")?;
    }
    if entries.len() > LISTED {
        writeln!(out, "- and {} more", grouped((entries.len() - LISTED) as u64))?;
    }
    writeln!(out)
}
