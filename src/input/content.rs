//! Content that is no JSON: what it is, as far as its first bytes tell.

use super::SkipKind;
use super::apart::is_base64;
use super::unwrap::value_at;
use crate::event::json::{FaultKind, skip_space};

/// What something that cannot be read is taken for.
pub(super) type Verdict = (SkipKind, String);

/// The first bytes of what may hold events but cannot be read, what it is called, and what reads it.
const CONTAINERS: [(&[u8], &str, &str); 13] = [
    (b"PK\x03\x04", "a zip archive", "unzip -p"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "7z x -so"),
    (b"Rar!\x1a\x07", "a rar archive", ""),
    (b"BZh", "bzip2 data", "bzip2 -dc"),
    (b"\xfd7zXZ\x00", "xz data", "xz -dc"),
    (b"\x04\x22\x4d\x18", "lz4 data", "lz4 -dc"),
    (b"\xff\x06\x00\x00sNaPpY", "snappy data", ""),
    (b"\x1f\x8b", "gzip data within compressed data", ""),
    (b"\x28\xb5\x2f\xfd", "zstd data within compressed data", ""),
    (b"Obj\x01", "an Avro file", ""),
    (b"PAR1", "a Parquet file", ""),
    (b"ORC", "an ORC file", ""),
    (b"SQLite format 3\x00", "an SQLite database", ""),
];

/// What content starting with these bytes is, if it is known to be none that can be read.
pub(super) fn unreadable(bytes: &[u8]) -> Option<Verdict> {
    if let [b'{' | b'[', b'"' | b'{' | b' ' | b'\n' | b'\r', ..] = bytes {
        return None;
    }
    if let Some((_, name, tool)) = CONTAINERS.iter().find(|(magic, ..)| bytes.starts_with(magic)) {
        let how = if tool.is_empty() { String::new() } else { format!(": {tool} FILE | trailsift -") };
        return Some((
            SkipKind::Unsupported,
            format!("{name}, expected JSON, plain or packed with gzip or zstd{how}"),
        ));
    }
    if bytes.get(257..262) == Some(b"ustar") {
        let how = "a tar archive, expected its files: tar -xOf FILE | trailsift -";
        return Some((SkipKind::Unsupported, how.to_owned()));
    }
    if let [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [b'{' | b'[', 0, ..] | [0, b'{' | b'[', ..] = bytes {
        return Some((SkipKind::Unsupported, "UTF-16 text, expected UTF-8".to_owned()));
    }
    let start = &bytes[..bytes.len().min(1024)];
    let odd = start.iter().filter(|byte| **byte < 9 || (14..32).contains(*byte)).count();
    if start.first().is_some_and(|first| !first.is_ascii_whitespace() && !b"{[\"".contains(first))
        && (odd * 10 > start.len() || start.contains(&0))
    {
        let shown: String = start.iter().take(8).map(|byte| format!(" {byte:02x}")).collect();
        return Some((SkipKind::Binary, format!("binary data starting with{shown}, expected JSON")));
    }
    None
}

/// No [`stamp`] is longer.
pub(super) const LONGEST_STAMP: usize = 32;

/// How long the time is that stands before an object, and the blank between: so CloudWatch Logs writes the lines of an
/// export, `2026-03-28T14:00:00.000Z {"eventVersion":...}`.
pub(super) fn stamp(text: &[u8]) -> Option<usize> {
    let (time, rest) = text.split_at_checked("2026-03-28T14:00:00".len())?;
    let shape = time.iter().zip(b"0000-00-00T00:00:00");
    let is_time = |(byte, shape): (&u8, &u8)| match shape {
        b'0' => byte.is_ascii_digit(),
        _ => byte == shape,
    };
    let fraction = rest.iter().take_while(|byte| matches!(byte, b'.' | b'0'..=b'9')).take(10).count();
    let behind = rest.get(fraction..fraction + 3)?;
    (shape.into_iter().all(is_time) && matches!(behind, [b'Z', b' ' | b'\t', b'{']))
        .then_some(time.len() + fraction + 2)
}

/// Whether text starts as JSON does, whole or cut.
pub(super) fn starts_as_json(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let text = &text[stamp(text.as_bytes()).unwrap_or(0)..];
    let next = |at: usize| text[at..].trim_start().bytes().next();
    match text.bytes().next() {
        None => true,
        Some(b'{') => matches!(next(1), None | Some(b'"' | b'}')),
        Some(b'[') => match next(1) {
            None | Some(b'{' | b'[' | b'"' | b']') => true,
            Some(_) => value_at(text, skip_space(text.as_bytes(), 1))
                .is_ok_and(|(_, end)| matches!(next(end), None | Some(b',' | b']'))),
        },
        // Any other value stands alone on its line: what is followed by a comma is a cell of a table.
        Some(_) => match value_at(text, 0) {
            Ok((_, end)) => text[end..].lines().next().is_none_or(|rest| rest.trim().is_empty()),
            Err(fault) => text.starts_with('"') && fault.kind == FaultKind::Truncated,
        },
    }
}

/// What text is that holds no JSON at all.
pub(super) fn no_json(text: &str) -> Verdict {
    let first = text.trim_start().lines().next().unwrap_or_default();
    let shown: String = first.chars().take(40).collect();
    if is_table_of_events(first) {
        let export =
            "export them as JSON: event history offers it, `aws cloudtrail get-query-results` for Lake";
        let reason = format!("a table of events starting with `{shown}`, expected JSON; {export}");
        return (SkipKind::Unsupported, reason);
    }
    if is_base64(first.trim()) {
        return (
            SkipKind::Unsupported,
            format!("Base64 starting with `{shown}`, expected JSON; decode it first"),
        );
    }
    let (kind, name) = match first.matches(',').count() {
        3.. if !first.contains(['{', '<']) => (SkipKind::Csv, "comma-separated values"),
        _ => (SkipKind::NotJson, "text"),
    };
    (kind, format!("{name} starting with `{shown}`, expected JSON"))
}

/// Whether the first line of a table names what only events have, however it writes the words.
fn is_table_of_events(first: &str) -> bool {
    let plain = |name: &str| name.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
    let names: Vec<String> = first.split([',', ';', '\t']).map(plain).collect();
    ["eventname", "eventsource"].iter().all(|column| names.iter().any(|name| name == column))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_before_an_object_is_told() {
        let long = "2026-03-28T14:00:00.123456789Z\t{";
        assert_eq!(long.len(), LONGEST_STAMP);
        for (text, length) in [
            ("2026-03-28T14:00:00.000Z {}", Some(25)),
            ("2026-03-28T14:00:00Z {", Some(21)),
            (long, Some(31)),
            ("2026-03-28T14:00:00.000Z [", None),
            ("2026-03-28T14:00:00.000Z START", None),
            ("2026-03-28T14:00:00.000Z  {", None),
            ("2026-03-28 14:00:00.000Z {", None),
            ("2026-03-28T14:00:00.000+01:00 {", None),
            ("2026-03-28T14:00:00.000Z ", None),
            ("2026", None),
        ] {
            assert_eq!(stamp(text.as_bytes()), length, "{text}");
        }
    }

    #[test]
    fn content_is_told_by_its_first_bytes() {
        let kind = |bytes: &[u8]| unreadable(bytes).map(|(kind, _)| kind);
        assert_eq!(kind(b"PK\x03\x04rest"), Some(SkipKind::Unsupported));
        assert_eq!(kind(b"\xff\xfe{\0\"\0"), Some(SkipKind::Unsupported));
        assert_eq!(kind(b"{\0\"\0"), Some(SkipKind::Unsupported));
        assert_eq!(kind(&[7; 300]), Some(SkipKind::Binary));
        assert_eq!(kind(&[&[b'x'; 257][..], b"ustar"].concat()), Some(SkipKind::Unsupported));
        for readable in
            [&b""[..], b"{}", b" [1]", b"\xef\xbb\xbf{}", b"log 1\n", "é".as_bytes(), b"{\"a\":\"\x01\"}"]
        {
            assert_eq!(kind(readable), None, "{readable:?}");
        }
        assert_eq!(no_json("time,name,user,ip\n1,2,3,4").0, SkipKind::Csv);
        for head in
            ["a,EventName,EVENTSOURCE", "\u{feff}\"Event name\";\"Event source\"", "eventname\teventsource"]
        {
            assert_eq!(no_json(head).0, SkipKind::Unsupported, "{head}");
        }
        assert_eq!(no_json("eventName,user,ip,source").0, SkipKind::Csv);
        for json in ["", " {", "{}", "{\n\"a\":1", "[", "[[", "[1,2", "\u{feff}[{", "\"{", "1\n2\n", "null"] {
            assert!(starts_as_json(json), "{json}");
        }
        for text in
            ["[2024-05-14] a", "79a59 b", "time,b", "\"a\",\"b\"", "{x", "true story", "-- a", "<a>", "é"]
        {
            assert!(!starts_as_json(text), "{text}");
        }
        assert!(starts_as_json("2026-03-28T14:00:00.000Z {\"a\":1}"));
        assert_eq!(no_json("log 1\nlog 2").1, "text starting with `log 1`, expected JSON");
    }
}
