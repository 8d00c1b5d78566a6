//! A file to be read, kept in few bytes: a bucket holds a million of them.

use std::cmp::Ordering;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::key::ObjectKey;

/// A file to be read.
#[derive(Clone, Debug)]
pub struct Source {
    /// The folder, once for all files in it; empty where the path is kept whole.
    folder: Arc<Path>,
    /// The rest of the path.
    file: Box<OsStr>,
    /// What it is called, if not by its path.
    called: Option<Box<str>>,
    /// How large it was when found.
    pub size: u64,
}

impl Source {
    /// The file at a path.
    pub fn file(path: &Path) -> Source {
        Source::whole(path.to_owned(), fs::metadata(path).map_or(0, |metadata| metadata.len()))
    }

    /// The file at a path, as it was written.
    pub(super) fn whole(path: PathBuf, size: u64) -> Source {
        Source::within(Path::new("").into(), path.into_os_string(), size)
    }

    /// A file of a folder.
    pub(super) fn within(folder: Arc<Path>, file: OsString, size: u64) -> Source {
        Source { folder, file: file.into_boxed_os_str(), called: None, size }
    }

    /// The same, called otherwise than by its path.
    pub(super) fn called(self, name: String) -> Source {
        Source { called: Some(name.into()), ..self }
    }

    /// Where its bytes are.
    pub fn path(&self) -> PathBuf {
        self.folder.join(&*self.file)
    }

    /// What it is called in every output; `-` for standard input.
    pub fn name(&self) -> String {
        match &self.called {
            Some(name) => name.to_string(),
            None => self.path().to_string_lossy().into_owned(),
        }
    }

    /// What its name tells, if it is named as CloudTrail names its files.
    pub fn key(&self) -> Option<ObjectKey> {
        if self.called.is_some() { None } else { ObjectKey::parse(&self.name()) }
    }

    /// The order of paths, then of names.
    pub(super) fn order(&self, other: &Source) -> Ordering {
        let paths = if Arc::ptr_eq(&self.folder, &other.folder) {
            Path::new(&self.file).cmp(Path::new(&other.file))
        } else {
            self.parts().cmp(other.parts())
        };
        paths.then_with(|| self.called.cmp(&other.called))
    }

    fn parts(&self) -> impl Iterator<Item = Component<'_>> {
        self.folder.components().chain(Path::new(&self.file).components())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn within(folder: &str, file: &str) -> Source {
        Source::within(Path::new(folder).into(), file.into(), 1)
    }

    proptest! {
        /// However a path is kept, it is the same path, and lies where paths lie.
        #[test]
        fn a_path_in_two_parts_is_that_path(
            paths in proptest::collection::vec(("(/|\\./|)([a-c.-]{1,2}/){0,3}", "[a-c-]{1,2}"), 2..6),
        ) {
            let mut sources = Vec::new();
            let mut expected = Vec::new();
            for (number, (folder, file)) in paths.iter().enumerate() {
                let path = Path::new(folder).join(file);
                let whole = number % 2 == 0;
                sources.push(if whole { Source::whole(path.clone(), 1) } else { within(folder, file) });
                expected.push(path);
            }
            let seen: Vec<PathBuf> = sources.iter().map(Source::path).collect();
            prop_assert_eq!(&seen, &expected);
            sources.sort_by(Source::order);
            expected.sort();
            let seen: Vec<PathBuf> = sources.iter().map(Source::path).collect();
            prop_assert_eq!(seen, expected);
        }
    }

    #[test]
    fn what_was_copied_goes_by_its_own_name() {
        let day = "AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/01";
        let file = within(day, "x.json");
        assert_eq!(file.name(), format!("{day}/x.json"));
        assert_eq!(file.key().map(|key| key.account), Some("111122223333".to_owned()));
        let copied = file.clone().called("-".to_owned());
        assert_eq!((copied.name(), copied.key(), copied.path()), ("-".to_owned(), None, file.path()));
    }

    #[test]
    fn a_file_takes_few_bytes_besides_its_name() {
        assert!(size_of::<Source>() <= 56);
    }
}
