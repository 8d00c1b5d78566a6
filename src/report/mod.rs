//! Renderers: functions from one finished view to one output. They know nothing of rules, files or terminals.
//!
//! To add a format: one file with a `render`, one line in [`Format`], one arm in [`render`].

mod json;
pub mod summary;
mod table;
pub mod untrusted;
mod wrap;

use std::fmt;
use std::io::{self, Write};
use std::str::FromStr;

use crate::finding::View;

/// The output formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// For people at a terminal.
    Table,
    /// One document: run, summary, findings.
    Json,
    /// The findings alone, one a line.
    Jsonl,
}

impl Format {
    /// All formats.
    pub const ALL: [Format; 3] = [Format::Table, Format::Json, Format::Jsonl];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Format::Table => "table",
            Format::Json => "json",
            Format::Jsonl => "jsonl",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that is no format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected one of {}", Format::ALL.map(Format::name).join(", "))]
pub struct UnknownFormat;

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Format, UnknownFormat> {
        Format::ALL.into_iter().find(|format| format.name() == text).ok_or(UnknownFormat)
    }
}

/// What the surroundings allow.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings {
    /// Columns of the terminal.
    pub width: usize,
    /// Whether escape sequences for colour may be written.
    pub color: bool,
}

/// Writes a view in a format.
pub fn render(view: &View, format: Format, around: Surroundings, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Table => table::render(view, around, out),
        Format::Json => json::render_document(view, out),
        Format::Jsonl => json::render_lines(view, out),
    }
}
