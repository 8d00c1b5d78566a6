//! Small questions about text that several rooms ask.

use std::ffi::OsStr;
use std::fmt;

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

/// The opening of a text that has more than `most` characters, for a sentence; the whole text otherwise.
pub fn opening(text: &str, most: usize) -> String {
    cut(text, most).map_or_else(|| text.to_owned(), |head| format!("{}…", head.trim_end()))
}

/// The first `most` of some names, and how many more there are.
pub fn few<T: fmt::Display>(names: impl ExactSizeIterator<Item = T>, most: usize) -> String {
    let more = names.len().saturating_sub(most);
    let shown: Vec<String> = names.take(most).map(|name| name.to_string()).collect();
    let shown = shown.join(", ");
    if more > 0 { format!("{shown} and {more} more") } else { shown }
}

/// Lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes of hexadecimal digits in either case.
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |c: u8| char::from(c).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|pair| Some(digit(*pair.first()?)? << 4 | digit(*pair.get(1)?)?)).collect()
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

/// Whether a file or folder of this name is left alone unless it is named, among logs and among rules.
pub(crate) fn is_hidden(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".")
}

/// Whether a text is a twelve-digit account id.
pub fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The parts of a text that are account ids: twelve digits with no digit beside them.
pub fn account_ids(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_digit()).filter(|digits| is_account_id(digits))
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
    fn long_texts_and_lists_say_that_there_is_more() {
        assert_eq!(opening("ab cd", 5), "ab cd");
        assert_eq!(opening("ab cd", 3), "ab…");
        assert_eq!(opening("ééé", 2), "éé…");
        assert_eq!(few(["a", "b"].iter(), 2), "a, b");
        assert_eq!(few([1, 2, 3].iter(), 2), "1, 2 and 1 more");
        assert_eq!(few(std::iter::empty::<u8>(), 2), "");
    }

    #[test]
    fn hexadecimal() {
        assert_eq!(hex(&[0, 255]), "00ff");
        assert_eq!(unhex("00fF"), Some(vec![0, 255]));
        assert_eq!((unhex("0"), unhex("zz"), unhex("é")), (None, None, None));
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
