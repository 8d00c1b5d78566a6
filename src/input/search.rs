//! The search for files: patterns expanded, folders walked, links followed once, pipes copied.

use std::collections::{BTreeMap, HashSet};
use std::fs::{self, FileType};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::discover::{DiscoverError, Discovery, Source};
use super::key::ObjectKey;
use super::report::{SkipKind, Skipped};

/// A search for files, argument by argument.
pub(super) struct Search<'i> {
    stdin: &'i mut dyn Read,
    /// By canonical path, the path it was found by and its size.
    found: BTreeMap<PathBuf, (PathBuf, u64)>,
    folders: HashSet<PathBuf>,
    out: Discovery,
}

impl<'i> Search<'i> {
    pub(super) fn new(stdin: &'i mut dyn Read) -> Search<'i> {
        Search { stdin, found: BTreeMap::new(), folders: HashSet::new(), out: Discovery::default() }
    }

    /// Standard input.
    pub(super) fn stdin(&mut self) -> Result<(), DiscoverError> {
        spool(&mut self.out, "-".to_owned(), self.stdin)
    }

    /// All that was found.
    pub(super) fn finish(self, arguments: &[PathBuf]) -> Result<Discovery, DiscoverError> {
        let mut out = self.out;
        for (path, size) in self.found.into_values() {
            if size == 0 {
                out.empty += 1;
            } else {
                let name = path.display().to_string();
                out.sources.push(Source { key: ObjectKey::parse(&name), path, name, size });
            }
        }
        out.sources.sort_by(|a, b| a.path.cmp(&b.path).then_with(|| a.name.cmp(&b.name)));
        out.skipped.sort();
        if out.sources.is_empty() && out.skipped.is_empty() && out.empty == 0 {
            let paths: Vec<String> = arguments.iter().map(|path| path.display().to_string()).collect();
            let hidden = match out.hidden {
                0 => String::new(),
                hidden => format!(" ({hidden} hidden left out)"),
            };
            return Err(DiscoverError::Nothing { paths: paths.join(", "), hidden });
        }
        Ok(out)
    }

    /// A path as it was typed: it exists, or it is a pattern.
    pub(super) fn argument(&mut self, path: &Path) -> Result<(), DiscoverError> {
        let name = path.display().to_string();
        match fs::metadata(path) {
            Ok(metadata) => return self.named(path, metadata.file_type(), metadata.len()),
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(DiscoverError::Unreadable { path: name, error });
            }
            Err(_) => {}
        }
        let Some(pattern) = path.to_str().filter(|text| text.contains(['*', '?', '['])) else {
            return Err(DiscoverError::NotFound(name));
        };
        let options = glob::MatchOptions {
            case_sensitive: true,
            require_literal_separator: true,
            require_literal_leading_dot: true,
        };
        let paths = glob::glob_with(pattern, options).map_err(|error| DiscoverError::BadPattern {
            pattern: name.clone(),
            reason: error.to_string(),
        })?;
        let mut any = false;
        for path in paths {
            any = true;
            match path {
                Ok(path) if self.is_folder(&path) => self.folder(&path),
                Ok(_) => {}
                Err(error) => self.unreadable(error.path(), error.error()),
            }
        }
        if any { Ok(()) } else { Err(DiscoverError::NoMatch(name)) }
    }

    /// A path that was named and exists. A pipe can be read only once, but is read again for evidence.
    fn named(&mut self, path: &Path, kind: FileType, size: u64) -> Result<(), DiscoverError> {
        let name = path.display().to_string();
        if kind.is_dir() {
            self.folder(path);
            return Ok(());
        }
        let unreadable = |error| DiscoverError::Unreadable { path: name.clone(), error };
        if kind.is_file() {
            self.file(path, fs::canonicalize(path).map_err(unreadable)?, size);
            return Ok(());
        }
        let mut pipe = fs::File::open(path).map_err(unreadable)?;
        spool(&mut self.out, name, &mut pipe)
    }

    /// A file with an argument on each line.
    pub(super) fn list(&mut self, list: &str) -> Result<(), DiscoverError> {
        let mut text = String::new();
        let read = match list {
            "-" => self.stdin.read_to_string(&mut text),
            path => fs::File::open(path).and_then(|mut file| file.read_to_string(&mut text)),
        };
        read.map_err(|error| DiscoverError::Unreadable { path: format!("@{list}"), error })?;
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            self.argument(Path::new(line))?;
        }
        Ok(())
    }

    /// All in a folder, at any depth. A folder that links lead back to is looked into once.
    fn folder(&mut self, path: &Path) {
        let mut waiting = vec![path.to_owned()];
        while let Some(folder) = waiting.pop() {
            match self.entries(&folder) {
                // Sorted, so that of two ways to a folder the same one is taken each time.
                Ok(mut folders) => {
                    folders.sort_by(|a, b| b.cmp(a));
                    waiting.append(&mut folders);
                }
                Err(error) => self.unreadable(&folder, &error),
            }
        }
    }

    /// Takes the files of a folder and gives the folders in it.
    fn entries(&mut self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        let canonical = fs::canonicalize(folder)?;
        if !self.folders.insert(canonical.clone()) {
            return Ok(Vec::new());
        }
        let mut folders = Vec::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let (path, name) = (entry.path(), entry.file_name());
            if name.as_encoded_bytes().starts_with(b".") {
                self.out.hidden += 1;
                continue;
            }
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(path),
                Ok(kind) if kind.is_file() => match entry.metadata() {
                    // What is no link has its folder's canonical path: looking it up would take a system call for
                    // each part of it.
                    Ok(metadata) => self.file(&path, canonical.join(name), metadata.len()),
                    Err(error) => self.unreadable(&path, &error),
                },
                Ok(_) if self.is_folder(&path) => folders.push(path),
                Ok(_) => {}
                Err(error) => self.unreadable(&path, &error),
            }
        }
        Ok(folders)
    }

    /// Whether a path leads to a folder. Where it leads to a file, that is taken.
    fn is_folder(&mut self, path: &Path) -> bool {
        match fs::metadata(path).and_then(|metadata| Ok((metadata, fs::canonicalize(path)?))) {
            Ok((metadata, _)) if metadata.is_dir() => return true,
            Ok((metadata, canonical)) if metadata.is_file() => self.file(path, canonical, metadata.len()),
            Ok(_) => self.skip(path, SkipKind::NotAFile, "neither a file nor a folder".to_owned()),
            Err(error) => self.unreadable(path, &error),
        }
        false
    }

    fn file(&mut self, path: &Path, canonical: PathBuf, size: u64) {
        let known = self.found.entry(canonical).or_insert_with(|| (path.to_owned(), size));
        // Of several names the smallest, so that the order of the arguments does not matter.
        if path < known.0.as_path() {
            path.clone_into(&mut known.0);
        }
    }

    fn unreadable(&mut self, path: &Path, error: &io::Error) {
        self.skip(path, SkipKind::Unreadable, error.to_string());
    }

    fn skip(&mut self, path: &Path, kind: SkipKind, reason: String) {
        let path = path.display().to_string();
        self.out.skipped.push(Skipped { path, kind, reason, offset: None, record: None });
    }
}

/// Copies what can be read only once: evidence is read again at the end of a run.
fn spool(out: &mut Discovery, name: String, from: &mut dyn Read) -> Result<(), DiscoverError> {
    let copied = NamedTempFile::new().and_then(|mut file| {
        let size = io::copy(from, &mut file)?;
        Ok((file, size))
    });
    let (file, size) = match copied {
        Ok(copied) => copied,
        Err(error) => return Err(DiscoverError::Spool { path: name, error }),
    };
    if size == 0 {
        out.empty += 1;
    } else {
        out.sources.push(Source { path: file.path().to_owned(), key: None, name, size });
    }
    out.spools.push(file);
    Ok(())
}
