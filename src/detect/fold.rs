//! Comparing text without regard to case: Unicode simple case folding, defined once, here.

use std::borrow::Cow;

/// The folded form of a text; ASCII text that is in lower case already is not copied.
pub(crate) fn fold(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        if text.bytes().any(|b| b.is_ascii_uppercase()) {
            return Cow::Owned(text.to_ascii_lowercase());
        }
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(fold_char).collect())
}

/// Shows the folded form of a text, which is not copied to the heap unless it is long or unusual.
#[inline]
pub(crate) fn with<T>(text: &str, look: impl FnOnce(&str) -> T) -> T {
    let mut copy = [0; 256];
    if text.is_ascii()
        && text.bytes().any(|b| b.is_ascii_uppercase())
        && let Some(copy) = copy.get_mut(..text.len())
    {
        copy.copy_from_slice(text.as_bytes());
        copy.make_ascii_lowercase();
        if let Ok(folded) = std::str::from_utf8(copy) {
            return look(folded);
        }
    }
    look(&fold(text))
}

/// The folded form of one character.
pub(crate) fn fold_char(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    let folded = unicode_case_mapping::case_folded(c).and_then(|code| char::from_u32(code.get()));
    folded.unwrap_or(c)
}

/// Whether `text` folds to `folded`, which is folded already.
#[inline]
pub(crate) fn equals(text: &str, folded: &str) -> bool {
    if text.len() == folded.len() && text.eq_ignore_ascii_case(folded) {
        return true;
    }
    !text.is_ascii() && fold(text) == folded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn simple_folding() {
        assert_eq!(fold("AdMin"), "admin");
        for text in ["AdMin", "admin", "ADMIN\u{212a}", "", &"Ab".repeat(200)] {
            with(text, |folded| assert_eq!(folded, fold(text)));
        }
        assert_eq!(fold("ÄÖ"), "äö");
        // The Kelvin sign and the long s fold to ASCII letters; the sharp s has no simple folding.
        assert_eq!(fold("\u{212a}ey\u{17f}"), "keys");
        assert_eq!(fold("Straße"), "straße");
        assert!(equals("\u{212a}ey", "key") && equals("KEY", "key") && !equals("kex", "key"));
    }
}
