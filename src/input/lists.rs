//! Objects that list records under one of their keys, and where.

use crate::event::Raw;
use crate::event::json::{FaultKind, Member, skip_space, string_end, value_end};

/// The keys under which documents list records: CloudTrail's own files; the command line's `lookup-events` and
/// `filter-log-events`; subscriptions of CloudWatch Logs; queries of CloudTrail Lake; messages of SQS.
const LISTS: [&[u8]; 6] = [b"Records", b"Events", b"events", b"logEvents", b"QueryResultRows", b"Messages"];

/// Where an object lists records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum List {
    /// The list's first element is here, or its end.
    Opens(usize),
    /// Nowhere.
    None,
    /// The text ends before that is clear.
    Cut,
}

/// Whether a member of an object lists records.
pub(super) fn is_list(member: &Member<'_>) -> bool {
    matches!(member.value, Raw::Array(_)) && LISTS.contains(&member.key.as_bytes())
}

/// Where the object at `at` lists records: under its first key, or under any.
pub(super) fn find_list(text: &str, at: usize, only_first: bool) -> List {
    let bytes = text.as_bytes();
    let mut at = at;
    loop {
        at = skip_space(bytes, at + 1);
        match bytes.get(at) {
            Some(b'"') => {}
            Some(_) => return List::None,
            None => return List::Cut,
        }
        let Ok((end, _)) = string_end(bytes, at + 1) else { return List::Cut };
        let key = &bytes[at + 1..end];
        let colon = skip_space(bytes, end + 1);
        let value = skip_space(bytes, colon + 1);
        match (bytes.get(colon), bytes.get(value)) {
            (Some(b':'), Some(b'[')) if LISTS.contains(&key) => return List::Opens(value + 1),
            (Some(b':'), Some(_)) if only_first => return List::None,
            (Some(b':'), Some(_)) => {}
            (Some(_), _) if bytes[colon] != b':' => return List::None,
            _ => return List::Cut,
        }
        at = match value_end(bytes, value) {
            Ok(end) => skip_space(bytes, end),
            Err(fault) if fault.kind == FaultKind::Truncated => return List::Cut,
            Err(_) => return List::None,
        };
        match bytes.get(at) {
            Some(b',') => {}
            Some(_) => return List::None,
            None => return List::Cut,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_found_under_any_key() {
        let text = r#"{"a":{"Records":[]},"b":[1],"Records" : [1]}"#;
        assert_eq!(find_list(text, 0, true), List::None);
        assert_eq!(find_list(text, 0, false), List::Opens(text.len() - 3));
        for cut in 1..text.len() - 3 {
            assert_eq!(find_list(&text[..cut], 0, false), List::Cut, "{}", &text[..cut]);
        }
        assert_eq!(find_list(r#"{"Records":{}}"#, 0, false), List::None);
    }
}
