//! JSON string escapes, undone only when a value is looked at.

use std::borrow::Cow;

use super::escapes::Escapes;

/// Undoes the escapes of a JSON string's inside. A lone surrogate becomes U+FFFD: CloudTrail cuts long values, and
/// half a character must not cost the record.
pub fn unescape(inside: &str) -> Cow<'_, str> {
    let bytes = inside.as_bytes();
    let Some(first) = memchr::memchr(b'\\', bytes) else { return Cow::Borrowed(inside) };
    let mut out = String::with_capacity(inside.len());
    let mut at = 0;
    for backslash in Escapes::from(bytes, first) {
        // The second half of a pair has been read with the first.
        let Some(plain) = inside.get(at..backslash) else { continue };
        out.push_str(plain);
        at = backslash + 2;
        match bytes.get(backslash + 1) {
            Some(b'b') => out.push('\u{8}'),
            Some(b'f') => out.push('\u{c}'),
            Some(b'n') => out.push('\n'),
            Some(b'r') => out.push('\r'),
            Some(b't') => out.push('\t'),
            Some(b'u') => at = inside.len() - unicode(&inside[at..], &mut out).len(),
            Some(byte) if byte.is_ascii() => out.push(char::from(*byte)),
            // Any other character stands for itself, however long it is.
            Some(_) => at -= 1,
            None => return Cow::Owned(out),
        }
    }
    out.push_str(&inside[at..]);
    Cow::Owned(out)
}

/// Reads what follows `\u`, and a second escape where the first is half of a pair.
fn unicode<'a>(rest: &'a str, out: &mut String) -> &'a str {
    let Some(high) = hex(rest) else {
        out.push(char::REPLACEMENT_CHARACTER);
        return rest;
    };
    let rest = &rest[4..];
    if (0xd800..0xdc00).contains(&high)
        && let Some(after) = rest.strip_prefix("\\u")
        && let Some(low) = hex(after).filter(|low| (0xdc00..0xe000).contains(low))
    {
        let scalar = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
        out.push(char::from_u32(scalar).unwrap_or(char::REPLACEMENT_CHARACTER));
        return &after[4..];
    }
    out.push(char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER));
    rest
}

/// Where in a text of JSON, from `at` on, an escaped surrogate stands that is no half of a pair.
pub(crate) fn lone_surrogate(json: &str, at: usize) -> Option<usize> {
    let unit = |at: usize| match json.as_bytes().get(at..at + 2) {
        Some(b"\\u") => json.get(at + 2..).and_then(hex),
        _ => None,
    };
    let mut behind_pair = 0;
    Escapes::from(json.as_bytes(), at).find(|at| match unit(*at) {
        Some(0xd800..0xdc00) if matches!(unit(at + 6), Some(0xdc00..0xe000)) => {
            behind_pair = at + 12;
            false
        }
        Some(0xd800..0xe000) => *at >= behind_pair,
        _ => false,
    })
}

/// The text with U+FFFD in place of each escaped surrogate that is no half of a pair. Nothing moves.
pub(crate) fn mend_surrogates(json: &str) -> Cow<'_, str> {
    let mut mended = Cow::Borrowed(json);
    let mut from = 0;
    while let Some(at) = lone_surrogate(json, from) {
        from = at + 6;
        mended.to_mut().replace_range(at..from, "\\ufffd");
    }
    mended
}

fn hex(text: &str) -> Option<u32> {
    let digits = text.get(..4)?;
    digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_undone_as_serde_json_does() {
        for inside in
            [r"plain", r#"a\"b\\c\/d"#, r"\b\f\n\r\t", r"\u003dx\u00e9", r"\ud83d\ude00!", r"é\u0041"]
        {
            let expected: String = serde_json::from_str(&format!("\"{inside}\"")).unwrap();
            assert_eq!(unescape(inside), expected);
        }
    }

    #[test]
    fn halves_of_pairs_are_found_and_mended() {
        for (json, at) in [
            (r#""\ud83d\ude00 \u003d \\ud83d""#, None),
            (r#""a\ud83d""#, Some(2)),
            (r#""\ud83d\ude00\ude00""#, Some(13)),
            (r#""\ud83d\ud83d\ude00""#, Some(1)),
            (r#""\ud83"#, None),
            (r"\", None),
            (r#"{"é":"\\\uDE00"}"#, Some(9)),
        ] {
            assert_eq!(lone_surrogate(json, 0), at, "{json}");
            let mended = mend_surrogates(json);
            assert_eq!(mended.len(), json.len());
            assert_eq!(lone_surrogate(&mended, 0), None);
        }
    }

    #[test]
    fn half_a_pair_becomes_the_replacement_character() {
        assert_eq!(unescape(r"a\ud83d"), "a\u{fffd}");
        assert_eq!(unescape(r"\ude00b"), "\u{fffd}b");
        assert_eq!(unescape(r"\ud83d\u0041"), "\u{fffd}A");
        assert_eq!(unescape(r"\u00"), "\u{fffd}00");
        assert_eq!(unescape("\\"), "");
    }
}
