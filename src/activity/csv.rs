//! One row for each who was active, of all kinds.

use std::borrow::Cow;
use std::io::{self, Write};

use super::{Kind, Names, Overview, Row};
use crate::level::Level;
use crate::report::csv::write_rows;

/// A column: its name and the value of a row.
type Column = (&'static str, fn(Kind, &Row) -> Cow<'_, str>);

/// The columns. New ones are added at the end, so that positions keep their meaning.
const COLUMNS: &[Column] = &[
    ("kind", |kind, _| kind.name().into()),
    ("id", |_, row| row.id.as_str().into()),
    ("principal_kind", |_, row| row.principal_kind.as_deref().unwrap_or_default().into()),
    ("vendor", |_, row| row.vendor.as_deref().unwrap_or_default().into()),
    ("critical", |_, row| found(row, Level::Critical)),
    ("high", |_, row| found(row, Level::High)),
    ("medium", |_, row| found(row, Level::Medium)),
    ("low", |_, row| found(row, Level::Low)),
    ("informational", |_, row| found(row, Level::Informational)),
    ("score", |_, row| row.unusual.score().to_string().into()),
    ("first_seen", |_, row| row.first_seen.map(|time| time.to_string()).unwrap_or_default().into()),
    ("last_seen", |_, row| row.last_seen.map(|time| time.to_string()).unwrap_or_default().into()),
    ("active_hours", |_, row| row.active_hours.to_string().into()),
    ("calls", |_, row| row.calls.to_string().into()),
    ("denied", |_, row| row.denied.to_string().into()),
    ("is_estimate", |_, row| row.is_estimate.to_string().into()),
    ("services", |_, row| row.services.count().to_string().into()),
    ("actions", |_, row| row.actions.count().to_string().into()),
    ("principals", |_, row| listed(&row.principals)),
    ("accounts", |_, row| listed(&row.accounts)),
    ("regions", |_, row| listed(&row.regions)),
    ("networks", |_, row| listed(&row.networks)),
    ("user_agents", |_, row| listed(&row.user_agents)),
];

pub(super) fn render(overview: &Overview, out: &mut dyn Write) -> io::Result<()> {
    let rows = overview.groups.iter().flat_map(|group| group.rows.iter().map(|row| (group.kind, row)));
    let cells = rows.map(|(kind, row)| COLUMNS.iter().map(move |(_, value)| value(kind, row)));
    write_rows(COLUMNS.iter().map(|(name, _)| *name), cells, out)
}

fn found(row: &Row, level: Level) -> Cow<'_, str> {
    row.findings.get(&level).copied().unwrap_or(0).to_string().into()
}

fn listed(names: &Names) -> Cow<'_, str> {
    names.iter().collect::<Vec<_>>().join(" | ").into()
}
