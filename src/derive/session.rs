//! Session names and source identities: what they look like, apart from what varies.

use super::field::Derived;
use super::{Deriver, Values, identity};
use crate::event::Record;

pub(super) fn session_name(deriver: &Deriver, record: &Record<'_>, field: Derived, values: &mut Values) {
    values.set(field as usize, identity::session(deriver, record));
}

pub(super) fn shape(deriver: &Deriver, record: &Record<'_>, field: Derived, values: &mut Values) {
    let asked = deriver.text(record, deriver.inputs.role_session_name);
    let name = asked.or_else(|| identity::session(deriver, record));
    values.set(field as usize, name.map(|name| shape_of(&name)));
}

pub(super) fn conventional(deriver: &Deriver, record: &Record<'_>, field: Derived, values: &mut Values) {
    let conventions = &deriver.known.session_names;
    let name = deriver.text(record, deriver.inputs.role_session_name).filter(|_| !conventions.is_empty());
    let follows = name.map(|name| conventions.iter().any(|convention| convention.is_match(&name)));
    values.set(field as usize, follows.map(|follows| if follows { "true" } else { "false" }));
}

pub(super) fn source_identity(deriver: &Deriver, record: &Record<'_>, field: Derived, values: &mut Values) {
    let set = deriver.text(record, deriver.inputs.source_identity).map(|name| shape_of(&name));
    values.set(field as usize, Some(set.unwrap_or_else(|| "absent".to_owned())));
}

/// A name with its varying parts blurred: runs of digits become `9`, words of at least four hex characters that mix
/// digits and letters become `h`, and the part of an e-mail address before the `@` becomes `a`, so that a colleague's
/// name is no new shape.
pub fn shape_of(name: &str) -> String {
    if let Some((local, domain)) = name.split_once('@') {
        if !local.is_empty() && domain.contains('.') && !domain.contains('@') {
            return format!("a@{domain}");
        }
    }
    let mut out = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(first) = rest.chars().next() {
        let word = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        if word == 0 {
            out.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        }
        blur(&rest[..word], &mut out);
        rest = &rest[word..];
    }
    out
}

fn blur(word: &str, out: &mut String) {
    let hex = word.len() >= 4 && word.bytes().all(|b| b.is_ascii_hexdigit());
    let (digits, letters) =
        (word.bytes().any(|b| b.is_ascii_digit()), word.bytes().any(|b| b.is_ascii_alphabetic()));
    if hex && digits && letters {
        return out.push('h');
    }
    let mut before = false;
    for c in word.chars() {
        if !c.is_ascii_digit() {
            out.push(c);
        } else if !before {
            out.push('9');
        }
        before = c.is_ascii_digit();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes() {
        for (name, shape) in [
            ("botocore-session-1721375070", "botocore-session-9"),
            ("i-0abc1234def567890", "i-h"),
            ("6e2d1a5c-0b7f-4f0e-9a3e-1f2d3c4b5a69", "h-h-h-h-h"),
            ("jane.doe@example.com", "a@example.com"),
            ("GitHubActions", "GitHubActions"),
            ("deploy-prod-42x7", "deploy-prod-9x9"),
            ("facade", "facade"),
            ("naïve42", "naïve9"),
            ("", ""),
        ] {
            assert_eq!(shape_of(name), shape, "{name}");
        }
    }
}
