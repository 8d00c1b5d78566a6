//! The table of those who were active: two or more lines each, the numbers and then what is behind them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

use super::bars::{Scale, line};
use super::{Group, Kind, Names, Overview, Row};
use crate::level::Level;
use crate::report::Surroundings;
use crate::report::identity::{Identity, owner};
use crate::report::summary::grouped;
use crate::report::untrusted::{clipped, plain};
use crate::report::when;
use crate::report::wrap::wrap;
use crate::time::Timestamp;

/// The columns besides the name: title, width, and whether values stand to the left. Without findings, the first is
/// left out.
const COLUMNS: [(&str, usize, bool); 10] = [
    ("findings", 14, true),
    ("first seen", 11, true),
    ("last seen", 11, true),
    ("calls", 7, false),
    ("denied", 6, false),
    ("svc", 4, false),
    ("act", 4, false),
    ("reg", 4, false),
    ("net", 4, false),
    ("ua", 4, false),
];
/// Bars of one actor.
const BARS: usize = 24;
/// Names listed of a set.
const NAMED: usize = 3;
/// From these percentages on something is worth a word.
const NEW: u64 = 50;
const BROAD: u64 = 90;

pub(super) fn render(
    overview: &Overview,
    top: usize,
    around: Surroundings,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut told = false;
    for group in overview.groups.iter().filter(|group| !group.rows.is_empty()) {
        let shown = &group.rows[..top.min(group.rows.len())];
        writeln!(out)?;
        if !std::mem::replace(&mut told, true) {
            for line in wrap(&legend(overview), around.width) {
                writeln!(out, "{line}")?;
            }
            writeln!(out)?;
        }
        writeln!(out, "{}", head(overview, group, shown.len(), around))?;
        for row in shown {
            render_row(overview, group.kind, row, around, out)?;
        }
    }
    Ok(())
}

fn legend(overview: &Overview) -> String {
    let findings =
        if overview.with_findings { "findings by level (critical, high, medium, low), " } else { "" };
    format!(
        "{findings}svc services, act actions, reg regions, net networks, ua user agents; ~ is an estimate"
    )
}

/// The room that is left for names.
fn room(overview: &Overview, width: usize) -> usize {
    let taken: usize = COLUMNS[first_column(overview)..].iter().map(|(_, width, _)| width + 1).sum();
    width.saturating_sub(taken).max(16)
}

fn first_column(overview: &Overview) -> usize {
    usize::from(!overview.with_findings)
}

/// A row of the table: the name, then a value for each column.
fn aligned(overview: &Overview, room: usize, name: &str, values: &[String; COLUMNS.len()]) -> String {
    let mut line = format!("{name}{:pad$}", "", pad = room.saturating_sub(name.width()));
    for ((_, width, left), value) in COLUMNS.iter().zip(values).skip(first_column(overview)) {
        line.push(' ');
        line.push_str(&if *left { format!("{value:<width$}") } else { format!("{value:>width$}") });
    }
    line.trim_end().to_owned()
}

fn head(overview: &Overview, group: &Group, shown: usize, around: Surroundings) -> String {
    let of = if (shown as u64) < group.total { format!("{shown} of ") } else { String::new() };
    let title = format!("{of}{} {}", grouped(group.total), plural(group.kind));
    let line =
        aligned(overview, room(overview, around.width), &title, &COLUMNS.map(|(name, ..)| name.to_owned()));
    around.bold(&line).into_owned()
}

fn plural(kind: Kind) -> &'static str {
    match kind {
        Kind::Principal => "principals",
        Kind::Key => "access keys",
        Kind::Account => "accounts",
        Kind::Address => "addresses",
        Kind::Role => "roles",
    }
}

fn render_row(
    overview: &Overview,
    kind: Kind,
    row: &Row,
    around: Surroundings,
    out: &mut dyn Write,
) -> io::Result<()> {
    let room = room(overview, around.width);
    let about = if row.is_estimate { "~" } else { "" };
    let values = [
        found(row),
        minute(row.first_seen),
        minute(row.last_seen),
        format!("{about}{}", grouped(row.calls)),
        some(row.denied),
        number(&row.services),
        number(&row.actions),
        number(&row.regions),
        number(&row.networks),
        number(&row.user_agents),
    ];
    let mut name = wrap(&label(kind, row), room);
    let rest = name.split_off(1.min(name.len()));
    let first = name.pop().unwrap_or_default();
    let text = aligned(overview, room, &first, &values);
    writeln!(out, "{}", painted(&text, row, around))?;
    for line in rest {
        writeln!(out, "{line}")?;
    }
    let (Some(start), Some(end)) = (overview.first_event, overview.last_event) else { return Ok(()) };
    let scale = Scale::of(start, end, BARS);
    let bars = line(&scale.sums(row.hours.iter().map(|hour| (*hour, 1))));
    let indent = scale.bars + 4;
    for (number, text) in wrap(&remarks(kind, row), around.width.saturating_sub(indent)).iter().enumerate() {
        let bars = if number == 0 { format!("{bars:<wide$}", wide = scale.bars) } else { String::new() };
        let line = format!("  {bars:<wide$}  {text}", wide = scale.bars);
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

fn found(row: &Row) -> String {
    let of = |level: Level| row.findings.get(&level).filter(|n| **n > 0).map(|n| (level, *n));
    let counts: Vec<String> = Level::ALL
        .into_iter()
        .rev()
        .filter(|level| *level > Level::Informational)
        .filter_map(of)
        .map(|(level, n)| format!("{n}{}", &level.name()[..1]))
        .collect();
    counts.join(" ")
}

/// Month, day, hour and minute; the year stands above.
fn minute(time: Option<Timestamp>) -> String {
    time.and_then(|time| Some(when::stamp(time).get(5..16)?.to_owned())).unwrap_or_default()
}

fn some(n: u64) -> String {
    if n == 0 { String::new() } else { grouped(n) }
}

fn number(names: &Names) -> String {
    if names.more() { format!("{}+", names.count()) } else { some(names.count()) }
}

fn label(kind: Kind, row: &Row) -> String {
    let label = match kind {
        Kind::Principal | Kind::Role => {
            let said = if kind == Kind::Role { Some("role") } else { row.principal_kind.as_deref() };
            let identity = Identity::of(&row.id, said);
            let label = identity.label(&BTreeMap::new());
            match identity.account.filter(|account| !label.contains(account.as_str())) {
                Some(account) => format!("{label} in {account}"),
                None => label,
            }
        }
        Kind::Account => {
            let vendors = row.vendor.iter().map(|vendor| (row.id.clone(), vendor.clone())).collect();
            owner(&row.id, &vendors)
        }
        Kind::Key | Kind::Address => clipped(&row.id, 120).into_owned(),
    };
    plain(&label).into_owned()
}

/// Who, from where, with what, and why it stands where it stands.
fn remarks(kind: Kind, row: &Row) -> String {
    let mut parts = Vec::new();
    if matches!(kind, Kind::Key | Kind::Address) {
        parts.push(listed(
            row.principals.iter().map(|id| Identity::of(id, None).label(&BTreeMap::new())),
            &row.principals,
        ));
    }
    if kind != Kind::Address {
        let networks = listed(row.networks.iter().map(str::to_owned), &row.networks);
        parts.push(if networks.is_empty() { networks } else { format!("from {networks}") });
    }
    parts.push(listed(row.user_agents.iter().map(str::to_owned), &row.user_agents));
    if row.unusual.newness >= NEW {
        parts.push("new".to_owned());
    }
    if row.unusual.breadth >= BROAD && row.actions.count() > 1 {
        parts.push(match row.unusual.breadth {
            100 => "more actions than any other".to_owned(),
            breadth => format!("more actions than {breadth} % of them"),
        });
    }
    parts.retain(|part| !part.is_empty());
    plain(&parts.join("; ")).into_owned()
}

fn listed(names: impl Iterator<Item = String>, of: &Names) -> String {
    let shown: Vec<String> = names.take(NAMED).map(|name| clipped(&name, 60).into_owned()).collect();
    let more = usize::try_from(of.count()).unwrap_or(usize::MAX).saturating_sub(shown.len());
    match more {
        0 => shown.join(", "),
        more => format!("{} and {more}{} more", shown.join(", "), if of.more() { "+" } else { "" }),
    }
}

/// Colours a row by the gravest of its findings.
fn painted<'l>(line: &'l str, row: &Row, around: Surroundings) -> Cow<'l, str> {
    let worst = row.findings.iter().filter(|(_, n)| **n > 0).map(|(level, _)| *level).max();
    match worst.filter(|level| *level >= Level::Medium) {
        Some(level) => around.of_level(level, line),
        None => Cow::Borrowed(line),
    }
}
