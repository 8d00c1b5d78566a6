//! The findings as a table that fits the terminal.

use std::io::{self, Write};

use tabled::builder::Builder;
use tabled::settings::{Padding, Style};

use super::Surroundings;
use super::actors::{Actor, Actors};
use super::bounds;
use super::headline::told;
use super::identity::owner;
use super::story::{Line, lines, predicate};
use super::untrusted::{clipped, plain};
use super::when;
use super::wrap::wrap;
use crate::finding::{Finding, View};
use crate::level::Level;
use crate::text::few;

/// Columns that a row needs besides level and sentence: time, and the blank before each of the three.
const FIXED: usize = 20 + 3;
/// Addresses of an actor that its heading names.
const NAMED: usize = 3;

/// By actor, the gravest first; of each what it did in order of time. What rests on the very same events is one row.
/// Informational findings are counted in the last line, unless there is nothing else to show.
pub(super) fn render(view: &View, around: Surroundings, out: &mut dyn Write) -> io::Result<()> {
    let context = view.findings.iter().filter(|finding| finding.level == Level::Informational).count();
    let all = context == view.findings.len();
    if view.findings.is_empty() {
        let nothing = if view.judged_nothing() { "no findings: nothing was judged" } else { "no findings" };
        writeln!(out, "{nothing}")?;
        return notes(view, around, out);
    }
    let shown = |finding: &usize| all || view.findings[*finding].level > Level::Informational;
    let mut actors = Actors::of(view);
    let first = |actor: &Actor<'_>| actor.findings.iter().filter_map(|f| view.findings[*f].first_seen).min();
    actors.list.sort_by_key(|actor| (std::cmp::Reverse(actor.worst), first(actor)));
    let mut gap = "";
    let mut others: Vec<usize> = Vec::new();
    let grave = actors.list.first().is_some_and(|actor| actor.worst > Level::Low);
    for actor in &actors.list {
        let mut findings: Vec<usize> = actor.findings.iter().copied().filter(shown).collect();
        if grave && actor.worst <= Level::Low {
            others.extend(findings);
            continue;
        }
        if findings.is_empty() {
            continue;
        }
        findings.sort_by_key(|finding| (view.findings[*finding].first_seen, *finding));
        write!(out, "{gap}")?;
        gap = "\n";
        let heading = Heading::of(view, actor, &findings);
        block(view, Some(actor), &heading, &findings, around, out)?;
    }
    if !others.is_empty() {
        others.sort_by_key(|finding| (view.findings[*finding].first_seen, *finding));
        let heading = Heading { text: "others, with nothing above low".to_owned(), ..Heading::default() };
        write!(out, "{gap}")?;
        block(view, None, &heading, &others, around, out)?;
    }
    if context > 0 && !all {
        let plural = if context == 1 { "finding" } else { "findings" };
        writeln!(out, "\nand {context} informational {plural}, in -f json")?;
    }
    notes(view, around, out)
}

/// What is not told here because of how it was asked.
fn notes(view: &View, around: Surroundings, out: &mut dyn Write) -> io::Result<()> {
    for (at, note) in bounds::caveats(view).iter().enumerate() {
        let gap = if at == 0 { "\n" } else { "" };
        writeln!(out, "{gap}{}", wrap(&plain(note), around.width).join("\n"))?;
    }
    Ok(())
}

/// Who, where, from where; then a row for each thing done.
fn block(
    view: &View,
    actor: Option<&Actor<'_>>,
    heading: &Heading,
    findings: &[usize],
    around: Surroundings,
    out: &mut dyn Write,
) -> io::Result<()> {
    for line in wrap(&plain(&heading.text), around.width) {
        writeln!(out, "{}", around.bold(&line))?;
    }
    let levels = findings.iter().map(|finding| view.findings[*finding].level.name().len());
    let level_width = levels.max().unwrap_or(0).max(Level::Critical.name().len());
    let mut builder = Builder::default();
    for line in lines(view, findings) {
        let finding = &view.findings[line.finding];
        let time = finding.first_seen.map_or_else(|| "no time".to_owned(), when::stamp);
        let text = plain(&sentence(view, actor, heading, &line)).into_owned();
        builder.push_record([
            format!("{:level_width$}", finding.level.name()),
            format!("{time:20}"),
            wrap(&text, around.width.saturating_sub(FIXED + level_width)).join("\n"),
        ]);
    }
    let mut table = builder.build();
    table.with(Style::empty()).with(Padding::new(1, 0, 0, 0));
    for line in table.to_string().lines() {
        writeln!(out, "{}", painted(line.trim_end(), around))?;
    }
    Ok(())
}

/// What is said of an actor once, and so need not be said in each of its rows.
#[derive(Default)]
struct Heading {
    text: String,
    /// The one session that all of it was done in.
    session: Option<String>,
    /// The one address that all of it came from.
    address: Option<String>,
    /// The one account that all of it happened in.
    account: Option<String>,
}

impl Heading {
    fn of(view: &View, actor: &Actor<'_>, findings: &[usize]) -> Heading {
        let distinct = |value: fn(&Finding) -> Option<&str>| {
            let mut seen: Vec<&str> = Vec::new();
            for value in findings.iter().filter_map(|finding| value(&view.findings[*finding])) {
                if !seen.contains(&value) {
                    seen.push(value);
                }
            }
            seen
        };
        let addresses = distinct(|finding| finding.source.ip.as_deref());
        let accounts = distinct(|finding| finding.account.as_deref());
        let sessions: Vec<&str> = actor.sessions.iter().copied().collect();
        let only = |values: &[&str]| match values {
            [one] => Some((*one).to_owned()),
            _ => None,
        };
        let vendors = &view.summary.vendors;
        let mut text = actor.identity.label(vendors);
        let session = only(&sessions);
        if let Some(session) = session.as_deref().filter(|session| !text.contains(session)) {
            text.push_str(&format!(" (session {})", clipped(session, 64)));
        }
        let home = actor.identity.account.as_deref().filter(|_| actor.identity.kind != "account");
        let account = only(&accounts);
        let mut places = accounts.clone();
        places.sort_by_key(|account| Some(*account) != home);
        match (home, places.as_slice()) {
            (Some(home), [place]) if *place == home && text.contains(home) => {}
            (Some(home), [place]) if *place == home => {
                text.push_str(&format!(" in {}", owner(home, vendors)))
            }
            (home, places) => {
                if let Some(home) = home.filter(|home| !text.contains(home) && !places.contains(home)) {
                    text.push_str(&format!(" of {}", owner(home, vendors)));
                }
                if !places.is_empty() {
                    text.push_str(&format!(" in {}", listed(places)));
                }
            }
        }
        if !addresses.is_empty() {
            text.push_str(&format!(", from {}", listed(&addresses)));
        }
        Heading { text, session, address: only(&addresses), account }
    }
}

fn listed(values: &[&str]) -> String {
    few(values.iter(), NAMED)
}

/// What was done, then the rules that say so and what the heading does not.
fn sentence(view: &View, actor: Option<&Actor<'_>>, heading: &Heading, line: &Line) -> String {
    let finding = &view.findings[line.finding];
    let mut said =
        actor.map_or_else(|| told(finding), |actor| predicate(finding, actor, &view.summary.vendors));
    if let Some(session) = &heading.session {
        said = said.replacen(&format!("(session {session}) "), "", 1);
    }
    if let Some(address) = &heading.address {
        for form in [format!(", from {address}"), format!(" from {address}")] {
            if let Some(short) = said.strip_suffix(&form) {
                said = short.to_owned();
            }
        }
    }
    let mut tail = vec![finding.rule.name.as_str()];
    tail.extend(line.other_rules(view).into_iter().map(|rule| rule.name.as_str()));
    let mut text = format!("{said} [{}]", tail.join(", "));
    if !line.more.is_empty() {
        text.push_str(&format!(" and {} more like it", line.more.len()));
    }
    if finding.count > 1 {
        text.push_str(&format!(" \u{d7}{}", finding.count));
    }
    if heading.account.is_none() {
        text.extend(finding.account.iter().map(|account| format!(" in {account}")));
    }
    text.push_str(&known(view, line));
    text.extend(finding.suppressed.iter().map(|s| format!(" (suppressed: {})", s.reason)));
    text
}

/// Whether people have looked at what a row stands for.
fn known(view: &View, line: &Line) -> String {
    let all: Vec<usize> = line.findings().collect();
    let known = all.iter().filter_map(|finding| view.findings[*finding].known.as_ref());
    let reasons: Vec<&str> =
        known.map(|known| known.reason.as_deref().unwrap_or("no reason given")).collect();
    match reasons.first() {
        None => String::new(),
        Some(reason) if reasons.len() == all.len() => format!(" (known: {reason})"),
        Some(_) => format!(" ({} of {} known)", reasons.len(), all.len()),
    }
}

/// Colours the level where a row begins with one.
fn painted(line: &str, around: Surroundings) -> String {
    let row = line.strip_prefix(' ').unwrap_or(line);
    let level = Level::ALL.into_iter().find_map(|level| Some((level, row.strip_prefix(level.name())?)));
    match level {
        Some((level, rest)) => format!(" {}{rest}", around.of_level(level, level.name())),
        None => line.to_owned(),
    }
}
