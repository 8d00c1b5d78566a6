//! Writes an invented CloudTrail bucket: the ordinary life of an organization, and an intrusion if asked for.
//!
//! `cargo run --release --example generate -- OUT_DIR`, or `-- --demo OUT_DIR` for the trail in `testdata/demo`.

mod args;
mod clock;
mod event;
mod failure;
mod files;
mod identity;
mod ids;
mod intrusion;
mod life;
mod notices;
mod org;
mod outbox;
mod pages;
mod people;
mod resources;
mod rng;
mod sts;
#[cfg(test)]
mod tests;
mod truth;
mod workloads;

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::Parser;
use serde_json::{Value, json};

use crate::args::{Args, Format, Intrusion};
use crate::clock::{Calendar, HOUR, MINUTE, Secs, Span, stamped};
use crate::files::{Cut, Files, Tally};
use crate::intrusion::Story;
use crate::life::apps::Apps;
use crate::org::{ORGANIZATION, Org, Size};
use crate::outbox::{Outbox, Repeats};

fn main() -> Result<()> {
    let args = Args::parse().resolved();
    let report = run(&args)?;
    summarize(&report, &truth_path(&args.out_dir)).context("cannot write to standard error")
}

/// Writes the trail and its truth, and returns the truth.
fn run(args: &Args) -> Result<Value> {
    let calendar = Calendar::new(args.start, args.days).context("--start and --days leave the calendar")?;
    let intrusion = args.intrusion == Intrusion::Demo;
    ensure!(
        !intrusion || args.days >= intrusion::LEAST_DAYS,
        "the intrusion needs --days {} at least: it comes after weeks of ordinary life",
        intrusion::LEAST_DAYS
    );
    let part = args.terms_of.is_none_or(|first_told| (1..=args.events).contains(&first_told));
    ensure!(part, "--terms-of is a part of --events: 1 to {}", args.events);
    make_room(&args.out_dir)?;
    let size = Size { events: args.first_told(), accounts: args.accounts, people: args.people };
    let org = Org::new(args.seed, calendar, &size);
    let cut = Cut {
        records: args.events_per_file as usize,
        minutes: args.minutes_per_file,
        gzip: args.format == Format::Gz,
    };
    let mut files = Files::new(&org, &args.out_dir, cut);
    let outcome = live(&org, args, &mut files).context("cannot write the trail")?;
    let report = report(&org, args, &files.tally, &outcome);
    let path = truth_path(&args.out_dir);
    let mut text = serde_json::to_string_pretty(&report)?;
    text.push('\n');
    fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(report)
}

/// An old trail and a new one in one folder would be neither.
fn make_room(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let empty = fs::read_dir(folder)?.next().is_none();
    ensure!(empty, "{} is not empty", folder.display());
    Ok(())
}

fn truth_path(folder: &Path) -> PathBuf {
    let mut name = folder.file_name().map_or_else(|| OsString::from("trail"), OsString::from);
    name.push(".truth.json");
    folder.with_file_name(name)
}

/// What came of it.
struct Outcome<'o> {
    distinct: u64,
    copies: u64,
    digests: u64,
    insights: u64,
    story: Option<Story<'o>>,
}

/// Memory holds the records of one window: an hour, or in a large organization ten minutes.
fn window(org: &Org) -> Secs {
    if org.pace < 400 { HOUR } else { 10 * MINUTE }
}

fn live<'o>(org: &'o Org, args: &Args, files: &mut Files<'_>) -> io::Result<Outcome<'o>> {
    let mut story = (args.intrusion == Intrusion::Demo).then(|| Story::new(org));
    let mut apps = Apps::new(org, left_for_apps(org, args));
    // What lies in one file has no order, nor has what comes within half an hour.
    let mixed = (!args.no_disorder).then_some(args.minutes_per_file.min(30) * MINUTE);
    let mut out = Outbox::new(org, mixed);
    out.repeats = args.terms_of.map(|first_told| Repeats::new(org.seed, args.events, first_told));
    out.scattered = args.scattered;
    if let Some(story) = &story {
        out.second_trail_until = story.silenced_at();
    }
    for span in windows(org) {
        life::act(org, span, &mut out);
        apps.act(org, span, &mut out);
        if let Some(story) = &mut story {
            // What an intruder does is told event by event.
            let repeats = out.repeats.take();
            story.act(span, &mut out);
            out.repeats = repeats;
        }
        out.deliver(span.to, files)?;
    }
    out.deliver(Secs::MAX, files)?;
    files.finish()?;
    let digests = notices::digests(org, files)?;
    let insights = notices::insight(org, files)?;
    Ok(Outcome { distinct: out.distinct + out.repeated, copies: out.copies, digests, insights, story })
}

fn windows(org: &Org) -> impl Iterator<Item = Span> {
    let (length, end) = (window(org), org.calendar.end());
    (org.calendar.start..end)
        .step_by(length as usize)
        .map(move |from| Span { from, to: (from + length).min(end) })
}

/// What the workloads have to add to the rest of ordinary life: a rehearsal of two weeks tells how much that is.
fn left_for_apps(org: &Org, args: &Args) -> u64 {
    let mut out = Outbox::new(org, None);
    let weeks = 14.min(org.calendar.days);
    let until = org.calendar.utc(weeks, 0);
    for span in windows(org).take_while(|span| span.from < until) {
        life::act(org, span, &mut out);
        out.discard();
    }
    let others = out.distinct * u64::from(org.calendar.days) / u64::from(weeks);
    // Four of five records are first copies.
    let wanted = args.first_told() * 4 / 5;
    wanted.saturating_sub(others).max(wanted / 10)
}

fn report(org: &Org, args: &Args, tally: &Tally, outcome: &Outcome<'_>) -> Value {
    let account = |account: &org::Account| json!({"id": account.id, "name": account.name});
    let novelty = |(day, actor, what): &(u32, &str, &str)| json!({"from": stamped(org.calendar.utc(*day, 0)), "actor": actor, "what": what});
    let novelties = life::NOVELTIES.iter().filter(|(day, ..)| *day < org.calendar.days);
    let truth = outcome.story.as_ref().map(|story| &story.truth);
    let mut report = json!({
        "arguments": {
            "seed": args.seed,
            "days": args.days,
            "start": args.start.to_string(),
            "events": args.events,
            "intrusion": if truth.is_some() { "demo" } else { "none" },
        },
        "counts": {
            "records": tally.records,
            "distinct_events": outcome.distinct,
            "copies": outcome.copies,
            "files": tally.files,
            "digest_files": outcome.digests,
            "insight_files": outcome.insights,
            "malicious_events": truth.map_or(0, |truth| truth.steps.len()),
            "json_bytes": tally.json_bytes,
        },
        "organization": {
            "id": ORGANIZATION,
            "accounts": org.accounts.iter().map(account).collect::<Vec<_>>(),
            "people": org.people.len(),
            "workloads": org.apps.len(),
            "vendors": [org::MONITORING.account, org::SAVINGS.account],
            "stranger": intrusion::STRANGER,
        },
        "malicious": truth.map_or(json!([]), truth::Truth::marks_json),
        "malicious_events": truth.map_or(json!([]), truth::Truth::steps_json),
        "new_but_harmless": novelties.map(novelty).collect::<Vec<_>>(),
    });
    if let Some(first_told) = args.terms_of {
        report["arguments"]["terms_of"] = json!(first_told);
    }
    if args.scattered {
        report["arguments"]["scattered"] = json!(true);
    }
    report
}

fn summarize(report: &Value, truth: &Path) -> io::Result<()> {
    let counts = &report["counts"];
    writeln!(
        io::stderr(),
        "{} records of {} events in {} files, {} bytes of JSON\nground truth: {}",
        counts["records"],
        counts["distinct_events"],
        counts["files"],
        counts["json_bytes"],
        truth.display()
    )
}
