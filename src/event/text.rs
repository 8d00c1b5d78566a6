//! JSON string escapes, undone only when a value is looked at.

use std::borrow::Cow;

/// Undoes the escapes of a JSON string's inside. A lone surrogate becomes U+FFFD: CloudTrail cuts long values, and
/// half a character must not cost the record.
pub fn unescape(inside: &str) -> Cow<'_, str> {
    let Some(first) = inside.find('\\') else { return Cow::Borrowed(inside) };
    let mut out = String::with_capacity(inside.len());
    out.push_str(&inside[..first]);
    let mut rest = &inside[first..];
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let Some(letter) = rest.chars().next() else { break };
        rest = &rest[letter.len_utf8()..];
        match letter {
            'b' => out.push('\u{8}'),
            'f' => out.push('\u{c}'),
            'n' => out.push('\n'),
            'r' => out.push('\r'),
            't' => out.push('\t'),
            'u' => rest = unicode(rest, &mut out),
            other => out.push(other),
        }
    }
    out.push_str(rest);
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
    fn half_a_pair_becomes_the_replacement_character() {
        assert_eq!(unescape(r"a\ud83d"), "a\u{fffd}");
        assert_eq!(unescape(r"\ude00b"), "\u{fffd}b");
        assert_eq!(unescape(r"\ud83d\u0041"), "\u{fffd}A");
        assert_eq!(unescape(r"\u00"), "\u{fffd}00");
        assert_eq!(unescape("\\"), "");
    }
}
