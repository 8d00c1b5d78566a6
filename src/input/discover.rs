//! Which files to read: paths, folders, patterns, lists and standard input become one sorted list.

use std::io;
use std::path::PathBuf;

use super::key::KeyFilter;
use super::report::Skipped;
use super::search::Search;
use super::source::Source;
use super::spool::{Spool, Streams};

/// What was found.
#[derive(Debug, Default)]
pub struct Discovery {
    /// The files, sorted by path, each once.
    pub sources: Vec<Source>,
    /// What could not be looked into.
    pub skipped: Vec<Skipped>,
    /// Hidden files and folders left out.
    pub hidden: u64,
    /// Files of no length left out.
    pub empty: u64,
    /// Copies of what can be read only once; gone when this is.
    pub(super) spools: Vec<Spool>,
}

/// Why there is nothing to read. All are mistakes in the arguments.
#[derive(Debug, thiserror::Error)]
pub enum DiscoverError {
    /// The path does not exist and is no pattern.
    #[error("{0}: no such file or folder")]
    NotFound(String),
    /// The pattern matches nothing.
    #[error("{0}: no file or folder matches this pattern")]
    NoMatch(String),
    /// The pattern is malformed.
    #[error("{pattern}: not a pattern: {reason}")]
    BadPattern {
        /// The argument.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A path named in the arguments, or a list of paths, cannot be read.
    #[error("{path}: {error}")]
    Unreadable {
        /// The argument.
        path: String,
        /// The system's reason.
        error: io::Error,
    },
    /// Standard input, or a pipe, cannot be copied to a temporary file.
    #[error("cannot keep a copy of {path} in a temporary file: {error}")]
    Spool {
        /// The argument.
        path: String,
        /// The system's reason.
        error: io::Error,
    },
    /// The folders hold nothing that could be read.
    #[error("nothing to read in {paths}{hidden}")]
    Nothing {
        /// The arguments.
        paths: String,
        /// How many hidden files and folders there were, in words.
        hidden: String,
    },
}

impl Discovery {
    /// Drops the files that `filter` need not see opened, and gives them.
    pub fn prune(&mut self, filter: &KeyFilter) -> Vec<Source> {
        // Names are taken apart when somebody asks.
        if *filter == KeyFilter::default() {
            return Vec::new();
        }
        let is_left_out = |source: &mut Source| source.key().is_some_and(|key| !filter.keeps(&key));
        self.sources.extract_if(.., is_left_out).collect()
    }
}

/// Finds the files that the arguments name: files, folders with all in them, patterns, `@LIST` with one of those
/// on each line (`@-` for a list from standard input), and `-` for standard input itself.
///
/// The list is sorted and each file is in it once, however often and by however many names it was given.
pub fn discover(arguments: &[PathBuf], streams: &mut dyn Streams) -> Result<Discovery, DiscoverError> {
    let mut arguments = arguments.to_vec();
    arguments.sort();
    arguments.dedup();
    let mut search = Search::new(streams);
    for argument in &arguments {
        match argument.to_str() {
            Some("-") => search.stdin()?,
            Some(text) => match text.strip_prefix('@') {
                Some(list) => search.list(list)?,
                None => search.argument(argument)?,
            },
            None => search.argument(argument)?,
        }
    }
    search.finish(&arguments)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::input::SkipKind;

    struct Folder(tempfile::TempDir);

    impl Folder {
        fn new(files: &[&str]) -> Folder {
            let folder = Folder(tempfile::tempdir().unwrap());
            for file in files {
                let path = folder.path(file);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, "{}").unwrap();
            }
            folder
        }

        fn path(&self, name: &str) -> PathBuf {
            self.0.path().join(name)
        }

        /// What is found, relative to the folder.
        fn find(&self, arguments: &[&str]) -> Result<(Vec<String>, Discovery), DiscoverError> {
            let base = self.0.path().to_str().unwrap();
            let paths: Vec<PathBuf> =
                arguments.iter().map(|path| path.replace("BASE", base).into()).collect();
            let found = discover(&paths, &mut &b"{}"[..])?;
            let names = found.sources.iter().map(|source| source.name().replace(&format!("{base}/"), ""));
            Ok((names.collect(), found))
        }
    }

    #[test]
    fn folders_files_patterns_and_lists_become_one_sorted_list() {
        let folder =
            Folder::new(&["b/2.json", "b/1.gz", "a.json", "c/d/e.json", ".hidden", "b/.git/x", "c/x.txt"]);
        fs::write(folder.path("empty"), "").unwrap();
        let base = folder.0.path().to_str().unwrap();
        fs::write(folder.path("c/list"), format!("# files\n\n{base}/a.json\r\n  {base}/b/*.gz\n")).unwrap();
        let all = ["a.json", "b/1.gz", "b/2.json", "c/d/e.json", "c/list", "c/x.txt"];
        let (names, found) = folder.find(&["BASE"]).unwrap();
        assert_eq!((names, found.hidden, found.empty), (all.iter().map(|s| s.to_string()).collect(), 2, 1));
        let given: [(&[&str], &[&str]); 6] = [
            (&["@BASE/c/list"], &["a.json", "b/1.gz"]),
            (&["BASE/**/*.json"], &["a.json", "b/2.json", "c/d/e.json"]),
            (&["BASE/a.json", "BASE/a.json", "BASE/b/../a.json", "BASE/*.json"], &["a.json"]),
            (&["BASE/c/*"], &["c/d/e.json", "c/list", "c/x.txt"]),
            (&["BASE/.hidden"], &[".hidden"]),
            (&["BASE/b", "-", "-"], &["b/1.gz", "b/2.json"]),
        ];
        for (arguments, expected) in given {
            let (names, _) = folder.find(arguments).unwrap();
            let files: Vec<&str> = names.iter().map(String::as_str).filter(|name| *name != "-").collect();
            assert_eq!(files, expected, "{arguments:?}");
            assert_eq!(
                names.iter().filter(|name| *name == "-").count(),
                usize::from(arguments.contains(&"-"))
            );
        }
    }

    #[test]
    fn standard_input_is_kept_as_long_as_it_is_needed() {
        let found = discover(&["-".into()], &mut &b"[1]"[..]).unwrap();
        assert_eq!(fs::read(found.sources[0].path()).unwrap(), b"[1]");
        let path = found.sources[0].path();
        drop(found);
        assert!(!path.exists());
        let listed = discover(&["@-".into()], &mut &b"/no/such/file\n"[..]).unwrap_err();
        assert_eq!(listed.to_string(), "@-:1: /no/such/file: no such file or folder");
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_once() {
        let folder = Folder::new(&["a/1.json", "z/2.json"]);
        std::os::unix::fs::symlink(folder.path("."), folder.path("a/loop")).unwrap();
        std::os::unix::fs::symlink(folder.path("z"), folder.path("a/z")).unwrap();
        std::os::unix::fs::symlink(folder.path("z/2.json"), folder.path("a/same.json")).unwrap();
        std::os::unix::fs::symlink(folder.path("nowhere"), folder.path("a/broken")).unwrap();
        let (names, found) = folder.find(&["BASE"]).unwrap();
        assert_eq!(names, ["a/1.json", "a/same.json"]);
        assert_eq!(found.skipped.len(), 1);
        assert_eq!(found.skipped[0].kind, SkipKind::Unreadable);
        let (again, _) = folder.find(&["BASE/z", "BASE/a"]).unwrap();
        assert_eq!(again.len(), 2);
    }

    #[test]
    fn mistakes_are_told() {
        let folder = Folder::new(&["deep/.only"]);
        let error = |arguments: &[&str]| folder.find(arguments).unwrap_err();
        assert!(matches!(error(&["BASE/none"]), DiscoverError::NotFound(_)));
        assert!(matches!(error(&["BASE/*.none"]), DiscoverError::NoMatch(_)));
        assert!(matches!(error(&["BASE/[a"]), DiscoverError::BadPattern { .. }));
        assert!(matches!(error(&["@BASE/none"]), DiscoverError::Unreadable { .. }));
        let nothing = error(&["BASE/deep"]);
        assert!(nothing.to_string().ends_with("(1 hidden left out)"), "{nothing}");
        assert!(matches!(nothing, DiscoverError::Nothing { .. }));
    }

    #[test]
    fn pruning_is_counted() {
        let log = "AWSLogs/111122223333/CloudTrail/us-east-1/2024/02/29/x.json";
        let folder = Folder::new(&[log, "other.json"]);
        let (_, mut found) = folder.find(&["BASE"]).unwrap();
        let filter = KeyFilter { regions: vec!["eu-west-1".to_owned()], ..KeyFilter::default() };
        assert_eq!(found.prune(&filter).len(), 1);
        assert_eq!(found.sources.len(), 1);
    }
}
