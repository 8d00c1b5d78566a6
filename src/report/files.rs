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

/// A file as a URI reference: relative as it is, or absolute with its scheme.
pub(super) fn uri(path: &str) -> String {
    let path = path.replace('\\', "/");
    let is_drive = |path: &str| {
        let mut chars = path.chars();
        chars.next().is_some_and(|c| c.is_ascii_alphabetic()) && chars.next() == Some(':')
    };
    let mut out = String::with_capacity(path.len() + 8);
    if path.starts_with('/') {
        out.push_str("file://");
    } else if is_drive(&path) {
        out.push_str("file:///");
    }
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
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

    #[test]
    fn files_are_uris_whatever_they_are_called() {
        assert_eq!(uri("logs/a.json.gz"), "logs/a.json.gz");
        assert_eq!(uri("/logs/a b.json"), "file:///logs/a%20b.json");
        assert_eq!(uri("C:\\logs\\a.json"), "file:///C%3A/logs/a.json");
        assert_eq!(uri("javascript:alert(1)//%00\u{202e}"), "javascript%3Aalert%281%29//%2500%E2%80%AE");
    }
}
