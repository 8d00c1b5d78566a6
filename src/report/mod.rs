//! Renderers: functions from one finished view to one output. They know nothing of rules, files or terminals.
//!
//! To add a format: one file with a `render`, one line in [`Format`]. Help, completions, errors and the tests that
//! every format must pass follow from [`Format::ALL`].

mod actors;
pub mod bounds;
mod brief;
mod chains;
mod color;
pub(crate) mod csv;
mod files;
mod headline;
pub(crate) mod html;
pub(crate) mod identity;
mod json;
mod markdown;
mod ocsf;
mod sarif;
mod story;
pub mod summary;
pub(crate) mod table;
pub mod untrusted;
pub(crate) mod when;
pub(crate) mod wrap;

use std::fmt;
use std::io::{self, Write};

use crate::finding::View;

/// Writes the enum, its list, its names and the way to each renderer from one line a format.
macro_rules! formats {
    ($($(#[$doc:meta])* $variant:ident = $name:literal by $render:path,)*) => {
        /// The output formats.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Format {
            $($(#[$doc])* $variant,)*
        }

        impl Format {
            /// All formats.
            pub const ALL: &[Format] = &[$(Format::$variant),*];

            /// The name on the command line.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Format::$variant => $name,)*
                }
            }
        }

        /// Writes a view in a format.
        pub fn render(view: &View, format: Format, around: Surroundings, out: &mut dyn Write) -> io::Result<()> {
            match format {
                $(Format::$variant => $render(view, around, out),)*
            }
        }
    };
}

formats! {
    /// For people at a terminal.
    Table = "table" by table::render,
    /// One document: run, summary, findings.
    Json = "json" by json::render_document,
    /// The findings alone, one a line.
    Jsonl = "jsonl" by json::render_lines,
    /// One row a finding, for spreadsheets.
    Csv = "csv" by csv::render,
    /// For a ticket.
    Markdown = "markdown" by markdown::render,
    /// One self-contained page, for the person who must decide.
    Html = "html" by html::render,
    /// Detection Findings of the Open Cybersecurity Schema Framework, one a line.
    Ocsf = "ocsf" by ocsf::render,
    /// Static Analysis Results Interchange Format 2.1.0, for continuous integration.
    Sarif = "sarif" by sarif::render,
}

impl Format {
    /// The names of all formats.
    pub fn names() -> impl Iterator<Item = &'static str> {
        Format::ALL.iter().map(|format| format.name())
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
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

/// Writes any value as an indented JSON document, with treacherous characters escaped.
pub fn document(value: &impl serde::Serialize, out: &mut dyn Write) -> io::Result<()> {
    json::write_document(value, out)
}

/// Writes any value as one line of JSON, with treacherous characters escaped.
pub fn line(value: &impl serde::Serialize, out: &mut dyn Write) -> io::Result<()> {
    json::write_line(value, out)
}
