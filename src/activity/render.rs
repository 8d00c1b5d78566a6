//! Who was active, as a table, as JSON and as CSV.

use std::io::{self, Write};

use super::{Overview, csv, picture, table};
use crate::report::Surroundings;

/// Writes the table: a picture of all activity, then the first `top` of each kind.
pub fn table(overview: &Overview, top: usize, around: Surroundings, out: &mut dyn Write) -> io::Result<()> {
    picture::render(overview, around, out)?;
    table::render(overview, top, around, out)
}

/// Writes one JSON document.
pub fn json(overview: &Overview, out: &mut dyn Write) -> io::Result<()> {
    crate::report::document(overview, out)
}

/// Writes one row each, for spreadsheets.
pub fn csv(overview: &Overview, out: &mut dyn Write) -> io::Result<()> {
    csv::render(overview, out)
}
