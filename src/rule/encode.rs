//! The encodings that modifiers apply to a value before it is compared.

use super::pattern::{Pattern, Piece};
use crate::text::base64;

/// Every spelling of a value with `-`, `/` and the three long dashes interchanged where they begin a word; `None`
/// when that makes more than `most`.
pub(super) fn windash(pattern: &Pattern, most: usize) -> Option<Vec<Pattern>> {
    const DASHES: [char; 5] = ['-', '/', '\u{2013}', '\u{2014}', '\u{2015}'];
    let word = |c: Option<&char>| c.is_some_and(|c| c.is_alphanumeric() || *c == '_');
    let mut variants: Vec<Vec<Piece>> = vec![Vec::new()];
    for piece in &pattern.0 {
        let Piece::Literal(text) = piece else {
            variants.iter_mut().for_each(|pieces| pieces.push(piece.clone()));
            continue;
        };
        let mut spellings = vec![String::new()];
        let chars: Vec<char> = text.chars().collect();
        for (i, c) in chars.iter().enumerate() {
            let before = i.checked_sub(1).and_then(|i| chars.get(i));
            if matches!(c, '-' | '/') && !word(before) && word(chars.get(i + 1)) {
                spellings = spellings.iter().flat_map(|s| DASHES.map(|dash| format!("{s}{dash}"))).collect();
            } else {
                spellings.iter_mut().for_each(|s| s.push(*c));
            }
            if spellings.len() * variants.len() > most {
                return None;
            }
        }
        let with = |pieces: &Vec<Piece>, text: &String| {
            let mut pieces = pieces.clone();
            pieces.push(Piece::Literal(text.clone()));
            pieces
        };
        variants =
            variants.iter().flat_map(|pieces| spellings.iter().map(move |text| with(pieces, text))).collect();
    }
    Some(variants.into_iter().map(Pattern).collect())
}

/// UTF-16 in the byte order that `name` asks for; plain `utf16` begins with a byte order mark.
pub(super) fn utf16(text: &[u8], name: &str) -> Vec<u8> {
    let mut bytes: Vec<u8> = if name == "utf16" { vec![0xff, 0xfe] } else { Vec::new() };
    for unit in String::from_utf8_lossy(text).encode_utf16() {
        bytes.extend(if name == "utf16be" { unit.to_be_bytes() } else { unit.to_le_bytes() });
    }
    bytes
}

/// The three texts one of which stands in any base64 text whose plain text contains `bytes`.
pub(super) fn base64_at_any_offset(bytes: &[u8]) -> [String; 3] {
    [0usize, 1, 2].map(|shift| {
        let mut shifted = vec![b' '; shift];
        shifted.extend(bytes);
        let encoded = base64(&shifted);
        let encoded = encoded.trim_end_matches('=');
        // Characters that also hold bits of the neighbours are cut off at both ends.
        let start = [0, 2, 3][shift];
        let end = encoded.len() - usize::from(shifted.len() % 3 != 0);
        encoded[start.min(end)..end].to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_the_three_offsets_is_in_any_encoding() {
        for before in ["", "x", "xy", "xyz", "xyzw"] {
            for after in ["", "a", "ab", "abc"] {
                let whole = base64(format!("{before}AdministratorAccess{after}").as_bytes());
                let found = base64_at_any_offset(b"AdministratorAccess")
                    .iter()
                    .filter(|part| whole.contains(*part))
                    .count();
                assert!(found >= 1, "{before} {after}");
            }
        }
    }

    #[test]
    fn dashes_are_interchangeable_where_a_word_begins() {
        let all = windash(&Pattern::parse("*-param a-b"), 100).unwrap();
        assert_eq!(all.len(), 5);
        assert!(all.contains(&Pattern::parse("*/param a-b")));
        assert!(windash(&Pattern::parse("-a -b -c -d"), 100).is_none());
    }
}
