//! All activity over time: calls, refusals and findings as three lines of bars.

use std::io::{self, Write};

use super::bars::{Scale, line};
use super::{Bin, Overview};
use crate::report::Surroundings;
use crate::report::summary::grouped;
use crate::report::when;

/// A line's name, and what it counts of an hour.
type Counted = (&'static str, fn(&Bin) -> u64);

const LINES: [Counted; 3] =
    [("calls", |bin| bin.calls), ("denied", |bin| bin.denied), ("findings", |bin| bin.findings)];

/// Columns beside the bars: the line's name, and how much the highest bar is.
const BESIDE: usize = 10 + 14;

pub(super) fn render(overview: &Overview, around: Surroundings, out: &mut dyn Write) -> io::Result<()> {
    let (Some(first), Some(last)) = (overview.first_event, overview.last_event) else {
        return writeln!(out, "no activity with a readable time");
    };
    let scale = Scale::of(first, last, around.width.saturating_sub(BESIDE).max(10));
    writeln!(out, "activity {}, a bar for each {}", when::span(first, last), scale.step())?;
    for (name, count) in LINES {
        let sums = scale.sums(overview.hours.iter().map(|bin| (bin.start, count(bin))));
        let most = sums.iter().copied().max().unwrap_or(0);
        if most > 0 {
            writeln!(out, "{name:<9} {:<bars$}  max {}", line(&sums), grouped(most), bars = scale.bars)?;
        }
    }
    writeln!(out, "{:<9} {}", "", scale.days())
}
