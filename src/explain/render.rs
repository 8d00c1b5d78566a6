//! Why rules did or did not fire, as text and as JSON.

use std::io::{self, Write};

use super::{Around, Detection, Explanation, Part, Seen};
use crate::level::Level;
use crate::report::Surroundings;
use crate::report::summary::counted;
use crate::report::untrusted::{clipped, plain};
use crate::report::when;
use crate::report::wrap::wrap;

/// Detections told of one rule.
const DETAILS: usize = 3;
/// Values told in a test are cut here; the event's fields stand above in full.
const LONGEST: usize = 100;

/// Writes one JSON document.
pub fn json(explanation: &Explanation, out: &mut dyn Write) -> io::Result<()> {
    crate::report::document(explanation, out)
}

/// Writes the text; `all` lists rules for other calls, too.
pub fn table(
    explanation: &Explanation,
    all: bool,
    around: Surroundings,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut page = Page { around, out };
    page.heading(&format!("event {}", explanation.event_id))?;
    if explanation.partial {
        page.line(2, "interrupted: what was not read is not told")?;
    }
    for copy in &explanation.copies {
        let differs = if copy.differs { " (says something else)" } else { "" };
        page.line(2, &format!("in {}, record {}{differs}", copy.file, copy.record))?;
    }
    let wide = explanation.fields.iter().map(|field| field.field.len()).max().unwrap_or(0);
    let mut last = "";
    for field in &explanation.fields {
        let name = if field.field == last { "" } else { &field.field };
        page.line(2, &format!("{name:wide$}  {}", field.value))?;
        last = &field.field;
    }
    if !explanation.fired.is_empty() {
        page.heading(&format!("\nfired: {}", counted(explanation.fired.len() as u64, "rule")))?;
    }
    for fired in &explanation.fired {
        page.rule(fired.level, &fired.rule)?;
        for finding in &fired.findings {
            let times = if finding.count > 1 { format!(" ×{}", finding.count) } else { String::new() };
            page.line(4, &format!("{} finding {}: {}{times}", finding.level, finding.id, finding.title))?;
        }
        page.detections(&fired.detections)?;
        page.around(fired.around.as_ref())?;
    }
    if !explanation.matched.is_empty() {
        let count = counted(explanation.matched.len() as u64, "rule");
        page.heading(&format!("\nmatched, but did not report: {count}"))?;
    }
    for matched in &explanation.matched {
        page.rule(matched.level, &matched.rule)?;
        for reason in &matched.reasons {
            page.line(4, reason)?;
        }
        page.detections(&matched.detections)?;
        page.around(matched.around.as_ref())?;
    }
    if !explanation.not_matched.is_empty() {
        let count = counted(explanation.not_matched.len() as u64, "rule");
        page.heading(&format!("\nlooked at it, did not match: {count}"))?;
    }
    for not in &explanation.not_matched {
        page.rule(not.level, &not.rule)?;
        page.detections(&not.detections)?;
    }
    let elsewhere = explanation.elsewhere.len() as u64;
    if elsewhere > 0 {
        let hint = if all { ":" } else { " (-v lists them)" };
        page.heading(&format!("\nfor other calls: {}{hint}", counted(elsewhere, "rule")))?;
        if all {
            page.line(2, &explanation.elsewhere.join(", "))?;
        }
    }
    if !explanation.not_evaluated.is_empty() {
        let count = counted(explanation.not_evaluated.len() as u64, "rule");
        page.heading(&format!("\nnot evaluated: {count}"))?;
        for not in explanation.not_evaluated.iter().take(if all { usize::MAX } else { 5 }) {
            page.line(2, &format!("{}: {}", not.rule, not.reason))?;
        }
    }
    Ok(())
}

struct Page<'o> {
    around: Surroundings,
    out: &'o mut dyn Write,
}

impl Page<'_> {
    fn heading(&mut self, text: &str) -> io::Result<()> {
        let (gap, text) = text.strip_prefix('\n').map_or(("", text), |text| ("\n", text));
        write!(self.out, "{gap}")?;
        for line in wrap(&plain(text), self.around.width) {
            writeln!(self.out, "{}", self.around.bold(&line))?;
        }
        Ok(())
    }

    /// A line of log text, broken where it must be.
    fn line(&mut self, indent: usize, text: &str) -> io::Result<()> {
        let lines = wrap(&plain(text), self.around.width.saturating_sub(indent + 2));
        for (number, line) in lines.iter().enumerate() {
            let indent = if number == 0 { indent } else { indent + 2 };
            writeln!(self.out, "{}", format!("{:indent$}{line}", "").trim_end())?;
        }
        Ok(())
    }

    fn rule(&mut self, level: Level, name: &str) -> io::Result<()> {
        let word = level.name();
        let pad = Level::Informational.name().len().saturating_sub(word.len());
        let word = self.around.of_level(level, word);
        writeln!(self.out, "  {word}{:pad$} {name}", "")
    }

    fn detections(&mut self, detections: &[Detection]) -> io::Result<()> {
        for detection in detections.iter().take(DETAILS) {
            for part in &detection.verdict.parts {
                self.part(detection, part)?;
            }
        }
        if detections.len() > DETAILS {
            self.line(4, &format!("and {} more detections (-f json tells all)", detections.len() - DETAILS))?;
        }
        Ok(())
    }

    fn part(&mut self, detection: &Detection, part: &Part) -> io::Result<()> {
        let name = part.identifier.as_deref().unwrap_or("condition");
        let verb = match (part.holds, part.excluded) {
            (true, false) => "holds",
            (false, _) => "does not hold",
            (true, true) => "holds, and excludes the event",
        };
        let tests: Vec<String> = part.tests.iter().map(test).collect();
        self.line(4, &format!("{}, {name} {verb}: {}", detection.rule, tests.join("; ")))
    }

    fn around(&mut self, around: Option<&Around>) -> io::Result<()> {
        let Some(around) = around else { return Ok(()) };
        let group: Vec<String> =
            around.group.iter().map(|field| format!("{} {}", field.field, field.value)).collect();
        let of = if group.is_empty() { String::new() } else { format!(" for {}", group.join(", ")) };
        self.line(4, &format!("{} over {}{of}", around.kind, around.window))?;
        for state in &around.state {
            self.line(6, state)?;
        }
        for hit in &around.hits {
            let time = when::stamp(hit.time);
            self.line(6, &format!("{time} {} {}", hit.event_id, hit.rules.join(", ")))?;
        }
        let more = around.hits_total.saturating_sub(around.hits.len() as u64);
        if more > 0 {
            self.line(6, &format!("and {} more", counted(more, "event")))?;
        }
        Ok(())
    }
}

/// A test and the values it looked at; values that are no more than what was wanted are said once.
fn test(seen: &Seen) -> String {
    let values: Vec<_> = seen.values.iter().map(|value| clipped(value, LONGEST)).collect();
    let said = if values.is_empty() { "absent".to_owned() } else { values.join(", ") };
    match (seen.holds, values.as_slice()) {
        (true, [value]) if *value == seen.wanted => format!("{} is {said}", seen.field),
        (true, _) => format!("{} is {said} (wanted {})", seen.field, clipped(&seen.wanted, LONGEST)),
        (false, _) => format!("{} is {said}, wanted {}", seen.field, seen.wanted),
    }
}
