//! Where rules come from: the embedded pack, files and folders.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::error::{Code, Place, Problem, RuleError, RuleErrors};
use super::packed::Packed;
use crate::text::is_hidden;

/// A rule file's text.
#[derive(Clone, Debug)]
pub struct RuleFile {
    /// The file as the user named it; `builtin:` before the path of an embedded one.
    pub name: String,
    /// Its YAML.
    pub text: Cow<'static, str>,
    /// The same as the build has parsed it, of an embedded rule.
    pub(super) packed: Option<Packed<'static>>,
}

impl RuleFile {
    /// A file of this name with this text.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> RuleFile {
        RuleFile { name: name.into(), text: Cow::Owned(text.into()), packed: None }
    }
}

/// The rules embedded in the binary.
pub fn builtin() -> Vec<RuleFile> {
    const FILES: &[(&str, &str, Range<usize>)] = include!(concat!(env!("OUT_DIR"), "/rules.in"));
    const PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/rules.packed"));
    const TEXTS: &str = include_str!(concat!(env!("OUT_DIR"), "/rules.texts"));
    FILES
        .iter()
        .map(|(name, text, packed)| RuleFile {
            name: format!("builtin:{name}"),
            text: Cow::Borrowed(text),
            packed: PACKED.get(packed.clone()).map(|nodes| Packed { nodes, texts: TEXTS }),
        })
        .collect()
}

/// Reads rule files from paths: files as they are, folders for every `.yml` and `.yaml` below them that is not hidden.
pub fn read_paths(paths: &[PathBuf]) -> Result<Vec<RuleFile>, RuleErrors> {
    let mut files = Vec::new();
    let mut errors = Vec::new();
    // A file that is named, and lies in a folder that is named as well, is read once.
    let mut taken = BTreeSet::new();
    for path in paths {
        let mut found = Vec::new();
        gather(path, &mut BTreeSet::new(), &mut found, &mut errors);
        if found.is_empty() && errors.is_empty() {
            errors.push(unreadable(path, "no rule file (.yml or .yaml) in it".to_owned()));
        }
        found.sort();
        found.retain(|path| !path.is_file() || path.canonicalize().is_ok_and(|file| taken.insert(file)));
        for path in found {
            match std::fs::read(&path).map_err(|error| error.to_string()).and_then(|bytes| {
                String::from_utf8(bytes)
                    .map_err(|error| format!("not UTF-8 at byte {}", error.utf8_error().valid_up_to()))
            }) {
                Ok(text) => files.push(RuleFile::new(path.display().to_string(), text)),
                Err(reason) => errors.push(unreadable(&path, reason)),
            }
        }
    }
    if errors.is_empty() { Ok(files) } else { Err(RuleErrors(errors)) }
}

/// `seen` are the folders looked into: a link that points back up leads to none that is new.
fn gather(path: &Path, seen: &mut BTreeSet<PathBuf>, found: &mut Vec<PathBuf>, errors: &mut Vec<RuleError>) {
    if !path.is_dir() {
        if path.exists() {
            found.push(path.to_owned());
        } else {
            errors.push(unreadable(path, "no such file or folder".to_owned()));
        }
        return;
    }
    if !path.canonicalize().is_ok_and(|folder| seen.insert(folder)) {
        return;
    }
    let entries = match std::fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) => return errors.push(unreadable(path, error.to_string())),
    };
    // In the order of their names: which of two ways to a folder is taken does not hang on the disk.
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.file_name().is_some_and(is_hidden) {
            continue;
        }
        let rule = path.extension().is_some_and(|ext| ext == "yml" || ext == "yaml");
        if rule && path.metadata().is_ok_and(|meta| !meta.is_file() && !meta.is_dir()) {
            // To read a pipe would wait for whoever writes to it.
            errors.push(unreadable(&path, "neither a file nor a folder".to_owned()));
        } else if path.is_dir() || rule {
            gather(&path, seen, found, errors);
        }
    }
}

fn unreadable(path: &Path, reason: String) -> RuleError {
    let problem =
        Problem::new(Code::Unreadable, Place { line: 1, column: 1 }, format!("cannot read rules: {reason}"));
    RuleError { file: path.display().to_string(), problem, line_text: String::new() }
}

#[cfg(test)]
mod tests {
    use super::super::yaml;
    use super::*;

    #[test]
    fn every_embedded_rule_is_packed_as_it_is_written() {
        let files = builtin();
        assert!(files.len() > 100, "{} rules", files.len());
        for file in files {
            let unpacked = file.packed.unwrap().documents().expect(&file.name);
            assert!(!unpacked.is_empty(), "{}", file.name);
            let parsed = yaml::documents(&file.text).unwrap();
            assert_eq!(format!("{unpacked:?}"), format!("{parsed:?}"), "{}", file.name);
        }
    }

    #[test]
    #[cfg(unix)]
    fn folders_are_looked_into_once_and_what_is_hidden_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir_all(at("a/.github")).unwrap();
        for name in ["a/x.yml", "a/.github/ci.yml", "._x.yml", "notes.txt"] {
            std::fs::write(at(name), "x").unwrap();
        }
        std::os::unix::fs::symlink(folder.path(), at("a/loop")).unwrap();
        std::os::unix::fs::symlink(at("a"), at("b")).unwrap();
        let names = |paths: &[PathBuf]| -> Vec<String> {
            read_paths(paths).unwrap().into_iter().map(|file| file.name).collect()
        };
        assert_eq!(names(&[folder.path().to_owned()]), [at("a/x.yml").display().to_string()]);
        // What is named itself is read.
        assert_eq!(names(&[at("._x.yml"), at("a/.github")]).len(), 2);
        // A socket stands for all that is neither file nor folder.
        let socket = std::os::unix::net::UnixListener::bind(at("z.yml")).unwrap();
        let errors = read_paths(&[folder.path().to_owned()]).unwrap_err().to_string();
        assert!(errors.contains("neither a file nor a folder"), "{errors}");
        drop(socket);
    }
}
