//! Files of evidence, told from where they lie: the folder that all of them share is said once.

use crate::finding::View;

/// The folder that all evidence of a view lies in, with the separator at its end; empty when there is none.
pub(super) fn folder(view: &View) -> &str {
    let mut files = view.findings.iter().flat_map(|finding| &finding.evidence).map(|item| item.file.as_str());
    let Some(first) = files.next() else { return "" };
    let mut shared = parent(first);
    for file in files {
        while !file.starts_with(shared) {
            shared = parent(&shared[..shared.len() - 1]);
        }
    }
    shared
}

/// Everything up to and with the last separator.
fn parent(path: &str) -> &str {
    &path[..path.rfind(['/', '\\']).map_or(0, |at| at + 1)]
}

/// The file without the shared folder.
pub(super) fn below<'f>(file: &'f str, folder: &str) -> &'f str {
    file.strip_prefix(folder).unwrap_or(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_end_with_a_separator_or_are_nothing() {
        assert_eq!(parent("a/b/c.json"), "a/b/");
        assert_eq!(parent("C:\\logs\\c.json"), "C:\\logs\\");
        assert_eq!(parent("/c.json"), "/");
        assert_eq!(parent("c.json"), "");
        assert_eq!(below("a/b/c.json", "a/"), "b/c.json");
    }
}
