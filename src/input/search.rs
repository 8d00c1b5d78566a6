//! The search for files: patterns expanded, folders walked, links followed once, pipes copied.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ffi::OsString;
use std::fs::{self, FileType};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::discover::{DiscoverError, Discovery};
use super::listing::{self, Listing};
use super::report::{SkipKind, Skipped};
use super::source::Source;
use super::spool::{Spool, Streams};

/// A search for files, argument by argument.
pub(super) struct Search<'i> {
    streams: &'i mut dyn Streams,
    /// Files that were named, or found by a link: by canonical path, the path and the size.
    named: BTreeMap<PathBuf, (PathBuf, u64)>,
    /// Folders in the order they were looked into, and which one a canonical path is.
    folders: Vec<Folder>,
    numbers: HashMap<PathBuf, usize>,
    /// What has been listed and not looked into, by canonical path.
    listed: HashMap<PathBuf, Listing>,
    out: Discovery,
}

/// A folder that has been looked into.
struct Folder {
    path: PathBuf,
    /// Its files by name, with their sizes. Most are found by no other way, so their paths are not made before they
    /// are needed.
    files: Vec<(OsString, u64)>,
    /// Those that have been found by another path, which they go by.
    elsewhere: HashSet<usize>,
}

impl<'i> Search<'i> {
    pub(super) fn new(streams: &'i mut dyn Streams) -> Search<'i> {
        Search {
            streams,
            named: BTreeMap::new(),
            folders: Vec::new(),
            numbers: HashMap::new(),
            listed: HashMap::new(),
            out: Discovery::default(),
        }
    }

    /// Standard input.
    pub(super) fn stdin(&mut self) -> Result<(), DiscoverError> {
        spool(&mut self.out, "-".to_owned(), self.streams.stdin())
    }

    /// All that was found.
    pub(super) fn finish(mut self, arguments: &[PathBuf]) -> Result<Discovery, DiscoverError> {
        for (canonical, (path, size)) in std::mem::take(&mut self.named) {
            if self.is_the_name(&canonical, &path) {
                found(&mut self.out, Source::whole(path, size));
            }
        }
        let mut out = self.out;
        out.sources.reserve_exact(self.folders.iter().map(|folder| folder.files.len()).sum());
        for folder in self.folders {
            let path: Arc<Path> = folder.path.into();
            let files = folder.files.into_iter().enumerate();
            for (_, (name, size)) in files.filter(|(at, _)| !folder.elsewhere.contains(at)) {
                found(&mut out, Source::within(path.clone(), name, size));
            }
        }
        // Next to sorted already, which this sort makes use of.
        out.sources.sort_by(Source::order);
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
        let expanded = super::expand::expand(pattern).map_err(|error| DiscoverError::BadPattern {
            pattern: name.clone(),
            reason: error.to_string(),
        })?;
        let any = !expanded.is_empty();
        for (path, fault) in expanded {
            match fault {
                Some(error) => self.unreadable(&path, &error),
                None => {
                    if let Some(canonical) = self.followed(&path) {
                        self.folder(path, canonical);
                    }
                }
            }
        }
        if any { Ok(()) } else { Err(DiscoverError::NoMatch(name)) }
    }

    /// A path that was named and exists. A pipe can be read only once, but is read again for evidence.
    fn named(&mut self, path: &Path, kind: FileType, size: u64) -> Result<(), DiscoverError> {
        let name = path.display().to_string();
        if kind.is_dir() {
            match fs::canonicalize(path) {
                Ok(canonical) => self.folder(path.to_owned(), canonical),
                Err(error) => self.unreadable(path, &error),
            }
            return Ok(());
        }
        let unreadable = |error| DiscoverError::Unreadable { path: name.clone(), error };
        if kind.is_file() {
            self.file(path, fs::canonicalize(path).map_err(unreadable)?, size);
            return Ok(());
        }
        let mut pipe = self.streams.open(path).map_err(unreadable)?;
        spool(&mut self.out, name, &mut pipe)
    }

    /// A file with an argument on each line, or with a NUL behind each, as `find -print0` writes them.
    pub(super) fn list(&mut self, list: &str) -> Result<(), DiscoverError> {
        let mut text = Vec::new();
        let read = match list {
            "-" => self.streams.stdin().read_to_end(&mut text),
            path => self.streams.open(Path::new(path)).and_then(|mut file| file.read_to_end(&mut text)),
        };
        let unreadable = |error| DiscoverError::Unreadable { path: format!("@{list}"), error };
        read.map_err(unreadable)?;
        let by_nul = text.contains(&0);
        for (at, line) in text.split(|byte| *byte == if by_nul { 0 } else { b'\n' }).enumerate() {
            // Any name may stand before a NUL, one of blanks or lines as well.
            let line = if by_nul { line } else { line.trim_ascii() };
            if line.is_empty() || (!by_nul && line.starts_with(b"#")) {
                continue;
            }
            self.argument(&path_of(line).map_err(unreadable)?).map_err(|error| match error {
                DiscoverError::NotFound(name) => {
                    DiscoverError::NotFound(format!("@{list}:{}: {name}", at + 1))
                }
                DiscoverError::NoMatch(name) => DiscoverError::NoMatch(format!("@{list}:{}: {name}", at + 1)),
                other => other,
            })?;
        }
        Ok(())
    }

    /// All in a folder, at any depth. A folder that links lead back to is looked into once.
    fn folder(&mut self, path: PathBuf, canonical: PathBuf) {
        let mut waiting = vec![(path, canonical)];
        while let Some((folder, canonical)) = waiting.pop() {
            if self.numbers.contains_key(&canonical) {
                continue;
            }
            let mut folders = self.look_into(&folder, &canonical);
            // Sorted, so that of two ways to a folder the same one is taken each time.
            folders.sort_by(|a, b| b.cmp(a));
            waiting.append(&mut folders);
        }
    }

    /// Takes the files of a folder and gives the folders in it, each with its canonical path.
    fn look_into(&mut self, folder: &Path, canonical: &Path) -> Vec<(PathBuf, PathBuf)> {
        if !self.listed.contains_key(canonical) {
            let numbers = &self.numbers;
            self.listed.extend(listing::tree(canonical, |inner| numbers.contains_key(inner)));
        }
        let listing = self.listed.remove(canonical).unwrap_or_default();
        self.numbers.insert(canonical.to_owned(), self.folders.len());
        let path = folder.to_owned();
        self.folders.push(Folder { path, files: listing.files, elsewhere: HashSet::new() });
        self.out.hidden += listing.hidden;
        for (name, error) in &listing.unreadable {
            self.unreadable(&folder.join(name), error);
        }
        // What is no link has its folder's canonical path: looking it up would take a system call for each part of it.
        let mut folders: Vec<_> =
            listing.folders.iter().map(|name| (folder.join(name), canonical.join(name))).collect();
        for path in listing.others.iter().map(|name| folder.join(name)) {
            if let Some(canonical) = self.followed(&path) {
                folders.push((path, canonical));
            }
        }
        if let Some(error) = &listing.fault {
            self.unreadable(folder, error);
            folders.clear();
        }
        folders
    }

    /// Where a path leads, if that is a folder. If it is a file, it is taken.
    fn followed(&mut self, path: &Path) -> Option<PathBuf> {
        match fs::metadata(path).and_then(|metadata| Ok((metadata, fs::canonicalize(path)?))) {
            Ok((metadata, canonical)) if metadata.is_dir() => return Some(canonical),
            Ok((metadata, canonical)) if metadata.is_file() => self.file(path, canonical, metadata.len()),
            Ok(_) => self.skip(path, SkipKind::NotAFile, "neither a file nor a folder".to_owned()),
            Err(error) => self.unreadable(path, &error),
        }
        None
    }

    fn file(&mut self, path: &Path, canonical: PathBuf, size: u64) {
        let known = self.named.entry(canonical).or_insert_with(|| (path.to_owned(), size));
        // Of several names the smallest, so that the order of the arguments does not matter.
        if path < known.0.as_path() {
            path.clone_into(&mut known.0);
        }
    }

    /// Whether a file goes by this path, as it was found by none that is smaller. Then it does not go by the other.
    fn is_the_name(&mut self, canonical: &Path, path: &Path) -> bool {
        let (Some(parent), Some(name)) = (canonical.parent(), canonical.file_name()) else { return true };
        let Some(number) = self.numbers.get(parent) else { return true };
        let folder = &mut self.folders[*number];
        let Ok(at) = folder.files.binary_search_by(|(other, _)| other.as_os_str().cmp(name)) else {
            return true;
        };
        let smaller = path < folder.path.join(name).as_path();
        if smaller {
            folder.elsewhere.insert(at);
        }
        smaller
    }

    fn unreadable(&mut self, path: &Path, error: &io::Error) {
        self.skip(path, SkipKind::Unreadable, error.to_string());
    }

    fn skip(&mut self, path: &Path, kind: SkipKind, reason: String) {
        let path = path.display().to_string();
        self.out.skipped.push(Skipped { path, kind, reason, offset: None, record: None });
    }
}

fn found(out: &mut Discovery, source: Source) {
    if source.size == 0 {
        out.empty += 1;
    } else {
        out.sources.push(source);
    }
}

/// A path as a list has it.
#[cfg(unix)]
fn path_of(line: &[u8]) -> io::Result<PathBuf> {
    use std::os::unix::ffi::OsStrExt;
    Ok(std::ffi::OsStr::from_bytes(line).into())
}

#[cfg(not(unix))]
fn path_of(line: &[u8]) -> io::Result<PathBuf> {
    let path =
        std::str::from_utf8(line).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
    Ok(path.into())
}

/// Copies what can be read only once: evidence is read again at the end of a run.
fn spool(out: &mut Discovery, name: String, from: &mut dyn Read) -> Result<(), DiscoverError> {
    let (copy, size) = match Spool::of(from) {
        Ok(copied) => copied,
        Err(error) => return Err(DiscoverError::Spool { path: name, error }),
    };
    found(out, Source::whole(copy.path().to_owned(), size).called(name));
    out.spools.push(copy);
    Ok(())
}
