//! What lies in folders, listed on several threads: most of it is waiting for the system.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::crew;
use crate::text::is_hidden;

/// More than most machines have cores, as a disk or a network that is slow to answer can answer several at a time.
const THREADS: usize = 8;

/// What lies in one folder, by name. Nothing of it tells when it was listed, or by whom.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// Files and their sizes.
    pub(super) files: Vec<(OsString, u64)>,
    pub(super) folders: Vec<OsString>,
    /// What is neither: links, above all.
    pub(super) others: Vec<OsString>,
    /// What there is nothing to learn of.
    pub(super) unreadable: Vec<(OsString, io::Error)>,
    pub(super) hidden: u64,
    /// Why the list is not whole, if it is not.
    pub(super) fault: Option<io::Error>,
}

/// Lists a folder and all folders in it, at any depth, but those that are known already. No link is followed, so that
/// each is met once.
pub(super) fn tree(root: &Path, known: impl Fn(&Path) -> bool) -> HashMap<PathBuf, Listing> {
    let mut all = HashMap::new();
    let mut level = vec![root.to_owned()];
    while !level.is_empty() {
        let mut next = Vec::new();
        for (folder, listing) in
            level.iter().zip(crew::share(THREADS, level.iter().collect(), |folder| list(folder)))
        {
            let inner = listing.folders.iter().map(|name| folder.join(name));
            next.extend(inner.filter(|folder| !known(folder)));
            all.insert(folder.clone(), listing);
        }
        level = next;
    }
    all
}

fn list(folder: &Path) -> Listing {
    let mut listing = Listing::default();
    if let Err(error) = read(folder, &mut listing) {
        listing.fault = Some(error);
        // Without all of them none: of two ways to a folder the same one must be taken each time.
        listing.folders.clear();
    }
    listing.files.sort_unstable();
    listing
}

fn read(folder: &Path, listing: &mut Listing) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if is_hidden(&name) {
            listing.hidden += 1;
            continue;
        }
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => listing.folders.push(name),
            Ok(kind) if kind.is_file() => match entry.metadata() {
                Ok(metadata) => listing.files.push((name, metadata.len())),
                Err(error) => listing.unreadable.push((name, error)),
            },
            Ok(_) => listing.others.push(name),
            Err(error) => listing.unreadable.push((name, error)),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_listed_whole_but_for_what_is_known() {
        let base = tempfile::tempdir().unwrap();
        for folder in 0..40 {
            let folder = base.path().join(format!("a/{folder}/b"));
            fs::create_dir_all(&folder).unwrap();
            for name in ["2", "1", ".3"] {
                fs::write(folder.join(name), name).unwrap();
            }
        }
        let known = base.path().join("a/7");
        let all = tree(base.path(), |folder| folder == known);
        assert_eq!(all.len(), 2 + 2 * 39);
        assert!(!all.contains_key(&known) && !all.contains_key(&known.join("b")));
        for folder in (0..40).filter(|folder| *folder != 7) {
            let listing = &all[&base.path().join(format!("a/{folder}/b"))];
            assert_eq!(listing.files, [("1".into(), 1), ("2".into(), 1)]);
            assert_eq!((listing.hidden, listing.folders.len(), listing.fault.is_none()), (1, 0, true));
        }
        let none = tree(&base.path().join("none"), |_| false);
        assert!(none[&base.path().join("none")].fault.is_some());
    }
}
