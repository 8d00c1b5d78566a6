//! The search for files against a slow and obvious one, on trees with links that lead anywhere.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use trailsift::input::discover;

/// What is found, one folder after another, every path looked up.
#[derive(Default)]
struct Naive {
    found: BTreeMap<PathBuf, PathBuf>,
    folders: HashSet<PathBuf>,
    hidden: u64,
    broken: Vec<PathBuf>,
}

impl Naive {
    fn folder(&mut self, folder: &Path) {
        if !self.folders.insert(fs::canonicalize(folder).unwrap()) {
            return;
        }
        let mut paths: Vec<PathBuf> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        for path in paths {
            match fs::canonicalize(&path) {
                _ if path.file_name().unwrap().as_encoded_bytes().starts_with(b".") => self.hidden += 1,
                Ok(canonical) if canonical.is_dir() => self.folder(&path),
                Ok(canonical) => {
                    let name = self.found.entry(canonical).or_insert_with(|| path.clone());
                    *name = path.min(name.clone());
                }
                Err(_) => self.broken.push(path),
            }
        }
    }
}

/// Makes a folder, a file or a link at a path, unless something is in the way.
fn make(base: &Path, (kind, at, to): (u8, [usize; 3], [usize; 3])) {
    const NAMES: [&str; 5] = ["a", "b", "c-", ".d", ""];
    let path = |parts: [usize; 3]| parts.iter().fold(base.to_owned(), |path, part| path.join(NAMES[*part]));
    let (at, to) = (path(at), path(to));
    let _ = fs::create_dir_all(at.parent().unwrap());
    let _ = match kind {
        0 => fs::create_dir(&at),
        1..=4 => fs::File::create_new(&at).and_then(|mut file| std::io::Write::write_all(&mut file, b"{}")),
        _ => std::os::unix::fs::symlink(to, &at),
    };
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_same_is_found_as_by_looking_at_one_path_after_another(
        made in prop::collection::vec((0..9u8, [0..5usize, 0..5, 0..5], [0..5usize, 0..5, 0..5]), 1..40),
        arguments in prop::collection::vec(0..4usize, 0..3),
    ) {
        let outer = tempfile::tempdir().unwrap();
        let base = outer.path().join("base");
        fs::create_dir(&base).unwrap();
        fs::write(base.join("x"), "{}").unwrap();
        for entry in made {
            make(&base, entry);
        }
        // What is named by itself as well changes nothing but, now and then, which way a folder is reached first.
        let mut paths: Vec<PathBuf> = vec![base.clone()];
        paths.extend(arguments.iter().map(|at| base.join(["x", "a", "b/c-", "c-"][*at])).filter(|path| path.exists()));
        paths.sort();
        paths.dedup();
        let mut naive = Naive::default();
        for path in &paths {
            if path.is_dir() {
                naive.folder(path);
            } else {
                let canonical = fs::canonicalize(path).unwrap();
                let name = naive.found.entry(canonical).or_insert_with(|| path.clone());
                *name = path.clone().min(name.clone());
            }
        }
        let mut expected: Vec<PathBuf> = naive.found.into_values().collect();
        expected.sort();
        naive.broken.sort();
        let found = discover(&paths, &mut &b""[..]).unwrap();
        let seen: Vec<PathBuf> = found.sources.iter().map(|source| source.path()).collect();
        prop_assert_eq!(seen, expected);
        let broken: Vec<PathBuf> = found.skipped.iter().map(|skipped| skipped.path.clone().into()).collect();
        prop_assert_eq!((broken, found.hidden), (naive.broken, naive.hidden));
    }
}

/// Names as files have them, some of them no UTF-8.
#[cfg(target_os = "linux")]
#[test]
fn patterns_match_names_of_any_bytes() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let outer = tempfile::tempdir().unwrap();
    let base = outer.path();
    let odd = OsStr::from_bytes(b"caf\xe9.json");
    fs::create_dir_all(base.join("a/.git")).unwrap();
    fs::create_dir(base.join(OsStr::from_bytes(b"d\xe9"))).unwrap();
    std::os::unix::fs::symlink(base, base.join("a/loop")).unwrap();
    let inner = base.join(OsStr::from_bytes(b"d\xe9")).join("x.json");
    let files = [base.join("b.json"), base.join(odd), base.join("a").join(odd), inner];
    for path in files.iter().chain(&[base.join(".c.json"), base.join("a/.git/d.json")]) {
        fs::write(path, "{}").unwrap();
    }
    let find = |pattern: &str| {
        let found = discover(&[base.join(pattern)], &mut &b""[..]).unwrap();
        assert!(found.skipped.is_empty());
        let mut paths: Vec<PathBuf> = found.sources.iter().map(|source| source.path()).collect();
        paths.sort();
        paths
    };
    let sorted = |mut paths: Vec<PathBuf>| {
        paths.sort();
        paths
    };
    assert_eq!(find("*.json"), sorted(files[..2].to_vec()));
    assert_eq!(find("caf?.json"), [files[1].clone()]);
    assert_eq!(find("[!.]*/*.json"), sorted(files[2..].to_vec()));
    assert_eq!(find("**/caf*"), sorted(files[1..3].to_vec()));
    assert_eq!(find("**"), sorted(files.to_vec()));
    assert_eq!(find(".c*"), [base.join(".c.json")]);
    assert_eq!(find("*/").len(), 4, "folders, with all in them");
}
