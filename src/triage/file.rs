//! The file of known findings: JSON Lines, or TOML with a `[[known]]` an entry.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{Triage, Triaged};
use crate::report::untrusted::is_treacherous;
use crate::time::Timestamp;

/// How entries are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// One JSON object a line.
    Lines,
    /// TOML.
    Toml,
}

impl Form {
    /// The form that a file's name tells: TOML for `.toml`, else JSON Lines.
    pub fn of(path: &Path) -> Form {
        match path.extension() {
            Some(extension) if extension.eq_ignore_ascii_case("toml") => Form::Toml,
            _ => Form::Lines,
        }
    }
}

/// What is wrong with a file of known findings.
#[derive(Debug, thiserror::Error)]
pub enum TriageError {
    /// It cannot be read.
    #[error("{}: {error}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        error: io::Error,
    },
    /// It is not TOML, or has keys that mean nothing.
    #[error("{}: {reason}", path.display())]
    Toml {
        /// The file.
        path: PathBuf,
        /// Place, and what was expected.
        reason: String,
    },
    /// An entry is not what it should be.
    #[error("{}, {place}: {reason}", path.display())]
    Entry {
        /// The file.
        path: PathBuf,
        /// The line, or the entry's number.
        place: String,
        /// What was expected.
        reason: String,
    },
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    known: Vec<Triaged>,
}

/// Reads a file of known findings.
pub fn read(path: &Path) -> Result<Triage, TriageError> {
    let text =
        std::fs::read_to_string(path).map_err(|error| TriageError::Io { path: path.to_owned(), error })?;
    // Some editors put a byte order mark before what they save.
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let wrong = |place: String, reason: String| TriageError::Entry { path: path.to_owned(), place, reason };
    let mut entries = Vec::new();
    match Form::of(path) {
        Form::Toml => {
            let document: Document = toml::from_str(text).map_err(|error| TriageError::Toml {
                path: path.to_owned(),
                reason: error.to_string().trim_end().to_owned(),
            })?;
            let numbered = document.known.into_iter().enumerate();
            entries.extend(numbered.map(|(i, entry)| (format!("entry {}", i + 1), entry)));
        }
        Form::Lines => {
            let lines = text.lines().enumerate().map(|(i, line)| (format!("line {}", i + 1), line.trim()));
            for (place, line) in lines.filter(|(_, line)| !line.is_empty()) {
                let entry = serde_json::from_str(line).map_err(|error| {
                    wrong(place.clone(), format!("expected an entry as --known-out writes it: {error}"))
                })?;
                entries.push((place, entry));
            }
        }
    }
    for (place, entry) in &entries {
        check(entry).map_err(|reason| wrong(place.clone(), reason))?;
    }
    Ok(Triage::new(entries.into_iter().map(|(_, entry)| entry).collect()))
}

fn check(entry: &Triaged) -> Result<(), String> {
    if entry.id.trim().is_empty() {
        return Err("`id` is empty: expected the id of a finding, as in -f jsonl".to_owned());
    }
    let no_time = |text: &Option<String>| text.clone().filter(|text| Timestamp::parse(text).is_none());
    if let Some(day) = no_time(&entry.expires) {
        return Err(format!("`expires: {day}` is no date: expected one such as 2027-01-31"));
    }
    match no_time(&entry.last_seen) {
        Some(time) => {
            Err(format!("`last_seen: {time}` is no time: expected that of the finding, as in -f jsonl"))
        }
        None => Ok(()),
    }
}

/// Writes entries, sorted by rule and id.
pub fn write(triage: &Triage, form: Form, out: &mut dyn Write) -> io::Result<()> {
    match form {
        Form::Lines => {
            for entry in triage.entries() {
                crate::report::line(entry, out)?;
            }
            Ok(())
        }
        Form::Toml => {
            for (i, entry) in triage.entries().into_iter().enumerate() {
                writeln!(out, "{}[[known]]", if i == 0 { "" } else { "\n" })?;
                let text = |text: &String| quoted(text);
                let fields = [
                    ("id", Some(text(&entry.id))),
                    ("rule", Some(text(&entry.rule))),
                    ("level", entry.level.as_ref().map(text)),
                    ("principal", entry.principal.as_ref().map(text)),
                    ("title", entry.title.as_ref().map(text)),
                    ("count", entry.count.map(|count| count.to_string())),
                    ("last_seen", entry.last_seen.as_ref().map(text)),
                    ("reason", Some(text(&entry.reason))),
                    ("expires", entry.expires.as_ref().map(text)),
                ];
                for (key, value) in fields.into_iter().filter_map(|(key, value)| Some((key, value?))) {
                    writeln!(out, "{key} = {value}")?;
                }
            }
            Ok(())
        }
    }
}

/// A TOML string in which nothing can steer a reader's eye.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if is_treacherous(c) => out.push_str(&format!("\\U{:08x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(name: &str, text: &str) -> Result<Triage, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        read(&path).map_err(|error| error.to_string().replace(&path.display().to_string(), "FILE"))
    }

    #[test]
    fn what_is_written_is_read_in_both_forms() {
        let lines = "\u{feff}{\"id\":\"b\",\"rule\":\"z\",\"reason\":\"ticket 4711\",\"expires\":\"2027-01-31\",\
                     \"count\":3,\"last_seen\":\"2026-03-01T10:00:00Z\"}\n\n\
                     {\"id\":\"a\",\"rule\":\"z\",\"title\":\"x\\u202ey\"}\n";
        let triage = parsed("known.jsonl", lines).unwrap();
        assert_eq!(triage.entries().iter().map(|entry| entry.id.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        for (form, name) in [(Form::Lines, "k.jsonl"), (Form::Toml, "k.toml")] {
            let mut bytes = Vec::new();
            write(&triage, form, &mut bytes).unwrap();
            let text = String::from_utf8(bytes).unwrap();
            assert!(!text.contains('\u{202e}'), "{text}");
            assert_eq!(parsed(name, &text).unwrap(), triage, "{text}");
        }
    }

    #[test]
    fn slips_are_pointed_at() {
        for (name, text, expected) in [
            ("k.jsonl", "{\"id\":\"a\"}\n{\"id\":\"\"}", "FILE, line 2: `id` is empty"),
            ("k.jsonl", "{\"id\":\"a\",\"expires\":\"soon\"}", "FILE, line 1: `expires: soon` is no date"),
            (
                "k.jsonl",
                "{\"id\":\"a\",\"last_seen\":\"then\"}",
                "FILE, line 1: `last_seen: then` is no time",
            ),
            (
                "k.jsonl",
                "{\"id\":\"a\",\"raeson\":\"x\"}",
                "line 1: expected an entry as --known-out writes it: unknown field `raeson`",
            ),
            ("k.jsonl", "nonsense", "FILE, line 1: expected an entry"),
            ("k.toml", "[[known]]\nid = ''", "FILE, entry 1: `id` is empty"),
            ("k.toml", "[[knwon]]\nid = 'a'", "unknown field `knwon`"),
        ] {
            let error = parsed(name, text).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }
}
