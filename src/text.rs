//! Small questions about text that several rooms ask.

/// The allowed name most like `got`, if one is like it at all.
pub fn nearest<'a>(got: &str, allowed: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = got.to_lowercase();
    allowed
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&folded, &name.to_lowercase()), name))
        .filter(|(distance, name)| *distance <= 1 + name.chars().count().min(got.chars().count()) / 4)
        .min()
        .map(|(_, name)| name)
}

/// The first `most` characters of a text that has more of them; `None` of one that need not be cut.
pub fn cut(text: &str, most: usize) -> Option<&str> {
    // Bytes are no fewer than characters: most texts need no counting.
    if text.len() <= most {
        return None;
    }
    text.char_indices().nth(most).map(|(end, _)| &text[..end])
}

/// Standard base64 with padding.
pub fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let b = [chunk[0], chunk.get(1).copied().unwrap_or(0), chunk.get(2).copied().unwrap_or(0)];
        let n = u32::from(b[0]) << 16 | u32::from(b[1]) << 8 | u32::from(b[2]);
        for i in 0..4 {
            let letter = char::from(LETTERS[(n >> (18 - 6 * i)) as usize & 63]);
            out.push(if i <= chunk.len() { letter } else { '=' });
        }
    }
    out
}

/// The parts of a text that are account ids: twelve digits with no digit beside them.
pub fn account_ids(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_digit()).filter(|digits| digits.len() == 12)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_finds_slips_and_nothing_far() {
        assert_eq!(nearest("startwith", ["startswith", "endswith"]), Some("startswith"));
        assert_eq!(nearest("Evnet_Count", ["event_count", "value_count"]), Some("event_count"));
        assert_eq!(nearest("banana", ["startswith", "endswith"]), None);
    }

    #[test]
    fn base64_of_the_rfc() {
        for (plain, encoded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(plain.as_bytes()), encoded);
        }
    }

    #[test]
    fn account_ids_stand_alone() {
        let ids: Vec<&str> = account_ids("444400004444, Datadog (464622532012) 1234567890123").collect();
        assert_eq!(ids, ["444400004444", "464622532012"]);
    }
}
