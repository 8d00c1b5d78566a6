//! Where rules come from: the embedded pack, files and folders.

use std::path::{Path, PathBuf};

use super::error::{Code, Place, Problem, RuleError, RuleErrors};

/// A rule file's text.
#[derive(Clone, Debug)]
pub struct RuleFile {
    /// The file as the user named it; `builtin:` before the path of an embedded one.
    pub name: String,
    /// Its YAML.
    pub text: String,
}

/// The rules embedded in the binary.
pub fn builtin() -> Vec<RuleFile> {
    const PACK: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/rules.in"));
    PACK.iter()
        .map(|(name, text)| RuleFile { name: format!("builtin:{name}"), text: (*text).to_owned() })
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
                Ok(text) => files.push(RuleFile { name: path.display().to_string(), text }),
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
