//! Patterns expanded: the paths that one matches. Names are matched as they are shown, so that none is passed over for
//! not being UTF-8.

use std::collections::{BTreeSet, HashSet};
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use glob::{MatchOptions, Pattern, PatternError};

use crate::text::is_hidden;

/// A path that a pattern matches, or a folder that could not be listed, and why.
pub(super) type Expanded = (PathBuf, Option<io::Error>);

/// What hidden names need is seen to before they are matched.
const OPTIONS: MatchOptions = MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: false,
};

/// What a part of a pattern between two slashes asks for.
enum Part {
    /// The name itself, whatever it is.
    Name(String),
    /// Names of this form.
    Like(Pattern),
    /// `**`: any number of folders, none among them.
    Deeper,
}

/// All that a pattern matches, in no order that means anything.
pub(super) fn expand(pattern: &str) -> Result<Vec<Expanded>, PatternError> {
    Pattern::new(pattern)?;
    let mut parts = Vec::new();
    for text in pattern.split('/').filter(|text| !text.is_empty()) {
        parts.push(match text {
            "**" => Part::Deeper,
            _ if text.contains(['*', '?', '[']) => Part::Like(Pattern::new(text)?),
            _ => Part::Name(text.to_owned()),
        });
    }
    let only_folders = pattern.ends_with('/');
    let mut found = Found::default();
    found.follow(if pattern.starts_with('/') { PathBuf::from("/") } else { PathBuf::new() }, &parts);
    let mut all: Vec<Expanded> = found
        .paths
        .into_iter()
        .filter(|path| !only_folders || path.is_dir())
        .map(|path| (path, None))
        .collect();
    all.extend(found.faults.into_iter().map(|(path, error)| (path, Some(error))));
    Ok(all)
}

#[derive(Default)]
struct Found {
    paths: BTreeSet<PathBuf>,
    faults: Vec<(PathBuf, io::Error)>,
}

impl Found {
    /// Goes on from a path that has been matched so far.
    fn follow(&mut self, path: PathBuf, parts: &[Part]) {
        match parts {
            [] => drop(self.paths.insert(path)),
            [Part::Name(name), rest @ ..] => {
                let next = path.join(name);
                if fs::symlink_metadata(&next).is_ok() {
                    self.follow(next, rest);
                }
            }
            [Part::Like(pattern), rest @ ..] => {
                for name in self.list(&path) {
                    if is_like(pattern, &name) {
                        self.follow(path.join(name), rest);
                    }
                }
            }
            [Part::Deeper, rest @ ..] => self.deeper(path, rest),
        }
    }

    /// Goes on from a folder and from all that lie in it, each once, whatever links lead there.
    fn deeper(&mut self, path: PathBuf, rest: &[Part]) {
        let (mut waiting, mut seen) = (vec![path], HashSet::new());
        while let Some(folder) = waiting.pop() {
            let is_new = fs::canonicalize(here(&folder)).is_ok_and(|canonical| seen.insert(canonical));
            if !is_new || !here(&folder).is_dir() {
                continue;
            }
            let names = self.list(&folder);
            waiting.extend(names.into_iter().filter(|name| !is_hidden(name)).map(|name| folder.join(name)));
            match rest {
                // Its own folder is not what is in it.
                [] if folder.as_os_str().is_empty() => {}
                rest => self.follow(folder, rest),
            }
        }
    }

    /// The names in a folder; none in what is no folder.
    fn list(&mut self, path: &Path) -> Vec<std::ffi::OsString> {
        if !here(path).is_dir() {
            return Vec::new();
        }
        let listed = fs::read_dir(here(path)).and_then(|entries| {
            entries.map(|entry| entry.map(|entry| entry.file_name())).collect::<io::Result<Vec<_>>>()
        });
        listed.unwrap_or_else(|error| {
            self.faults.push((path.to_owned(), error));
            Vec::new()
        })
    }
}

/// Where a path leads, as nothing is no path.
fn here(path: &Path) -> &Path {
    if path.as_os_str().is_empty() { Path::new(".") } else { path }
}

/// Hidden names are matched by patterns that begin with a dot, and by no others.
fn is_like(pattern: &Pattern, name: &OsStr) -> bool {
    (!is_hidden(name) || pattern.as_str().starts_with('.'))
        && pattern.matches_with(&name.to_string_lossy(), OPTIONS)
}
