//! Where rules come from: the embedded pack, files and folders.

use std::borrow::Cow;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::error::{Code, Place, Problem, RuleError, RuleErrors};
use super::packed::Packed;

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

/// Reads rule files from paths: files as they are, folders for every `.yml` and `.yaml` below them.
pub fn read_paths(paths: &[PathBuf]) -> Result<Vec<RuleFile>, RuleErrors> {
    let mut files = Vec::new();
    let mut errors = Vec::new();
    for path in paths {
        let mut found = Vec::new();
        gather(path, 0, &mut found, &mut errors);
        if found.is_empty() && errors.is_empty() {
            errors.push(unreadable(path, "no rule file (.yml or .yaml) in it".to_owned()));
        }
        found.sort();
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

fn gather(path: &Path, depth: usize, found: &mut Vec<PathBuf>, errors: &mut Vec<RuleError>) {
    if !path.is_dir() {
        if path.exists() {
            found.push(path.to_owned());
        } else {
            errors.push(unreadable(path, "no such file or folder".to_owned()));
        }
        return;
    }
    // A link that points back up would never end.
    if depth > 32 {
        return errors.push(unreadable(path, "nested too deeply (a link to itself?)".to_owned()));
    }
    let entries = match std::fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) => return errors.push(unreadable(path, error.to_string())),
    };
    for entry in entries.flatten() {
        let path = entry.path();
        let rule = path.extension().is_some_and(|ext| ext == "yml" || ext == "yaml");
        if path.is_dir() || rule {
            gather(&path, depth + 1, found, errors);
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
}
