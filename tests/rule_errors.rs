//! Every way a rule can be wrong, with the message a user sees. `TESTS_BLESS=1` writes the messages anew.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use trailsift::derive::FIELDS;
use trailsift::rule::{Options, RuleFile, RuleSet, load};

fn options() -> Options {
    Options {
        lists: BTreeMap::from([("admin_users".to_owned(), vec!["root".to_owned()])]),
        derived: FIELDS.iter().map(|field| field.name).collect(),
        brief: false,
    }
}

fn read(path: &Path) -> Result<RuleSet, String> {
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let file = RuleFile::new(name, std::fs::read_to_string(path).unwrap());
    load(&[vec![file]], &options()).map_err(|errors| errors.to_string())
}

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(folder);
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "yml"));
    files.sort();
    assert!(!files.is_empty());
    files
}

#[test]
fn wrong_rules_are_explained() {
    let mut different = Vec::new();
    for path in files("bad-rules") {
        let Err(message) = read(&path) else { panic!("{} loads", path.display()) };
        let expected = path.with_extension("err");
        if std::env::var_os("TESTS_BLESS").is_some() {
            std::fs::write(&expected, format!("{message}\n")).unwrap();
        } else if std::fs::read_to_string(&expected).ok().as_deref() != Some(&format!("{message}\n")) {
            different.push(format!("{}\n{message}", path.display()));
        }
    }
    assert!(different.is_empty(), "messages changed:\n{}", different.join("\n\n"));
}

#[test]
fn rules_in_all_styles_of_the_field_load() {
    for path in files("sigma") {
        let set = read(&path).unwrap_or_else(|errors| panic!("{}: {errors}", path.display()));
        assert!(!set.rules.is_empty() || !set.notices.is_empty(), "{}", path.display());
    }
}
