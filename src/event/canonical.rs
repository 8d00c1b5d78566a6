//! What a record says, as 128 bits that nobody can forge, however it is written.

use sha2::{Digest, Sha256};

use super::json::{skip_space, string_end, value_end};
use super::scanner::MAX_LEVELS;
use super::text::unescape;

/// The SHA-256 of a record's canonical form, cut to 128 bits: equal for the same record whatever its white space, the
/// order of its keys and the spelling of its escapes. Of a key that comes twice the last value counts. Numbers are
/// taken as written.
///
/// It stands in for an `eventID`: two events that collided would count as one, and [`super::digest::digest`], though
/// several times as fast, could be made to collide. Every text has such a hash; from where one is no JSON on, its
/// bytes count as they are.
pub(super) fn canonical(record_json: &str) -> u128 {
    let mut canonical = Canonical { text: record_json, at: 0, out: Vec::with_capacity(record_json.len()) };
    let whole = canonical.value(MAX_LEVELS).is_some();
    if !whole || skip_space(record_json.as_bytes(), canonical.at) < record_json.len() {
        canonical.put(b'?', &record_json.as_bytes()[canonical.at.min(record_json.len())..]);
    }
    first_bits(Sha256::digest(&canonical.out).as_slice())
}

/// The first 128 bits of a hash.
pub(super) fn first_bits(hash: &[u8]) -> u128 {
    hash.first_chunk().map_or(0, |bits| u128::from_be_bytes(*bits))
}

/// Rewrites JSON so that what means the same is the same: a tag for each value, its length where its end is open,
/// and members sorted by key.
struct Canonical<'t> {
    text: &'t str,
    at: usize,
    out: Vec<u8>,
}

impl<'t> Canonical<'t> {
    /// Rewrites the value at `self.at`. `None` where the text is no JSON, with `self.at` somewhere in it.
    fn value(&mut self, levels: usize) -> Option<()> {
        self.at = skip_space(self.text.as_bytes(), self.at);
        match self.text.as_bytes().get(self.at)? {
            b'"' => {
                let inside = self.string()?;
                self.put(b's', unescape(inside).as_bytes());
            }
            b'{' if levels > 0 => self.object(levels - 1)?,
            b'[' if levels > 0 => {
                self.out.push(b'[');
                let mut first = true;
                while self.goes_on(b']', &mut first)? {
                    self.value(levels - 1)?;
                }
                self.out.push(b']');
            }
            _ => {
                let start = self.at;
                self.at = value_end(self.text.as_bytes(), start).ok()?;
                self.put(b'v', &self.text.as_bytes()[start..self.at]);
            }
        }
        Some(())
    }

    fn object(&mut self, levels: usize) -> Option<()> {
        let start = self.out.len();
        let mut members = Vec::new();
        let mut first = true;
        while self.goes_on(b'}', &mut first)? {
            self.at = skip_space(self.text.as_bytes(), self.at);
            let key = unescape(self.string()?);
            self.at = skip_space(self.text.as_bytes(), self.at);
            if self.text.as_bytes().get(self.at) != Some(&b':') {
                return None;
            }
            self.at += 1;
            let from = self.out.len();
            self.put(b'k', key.as_bytes());
            self.value(levels)?;
            members.push((key, from..self.out.len()));
        }
        // The sort keeps the order of equal keys, of which the last counts.
        members.sort_by(|(a, _), (b, _)| a.cmp(b));
        let unsorted = self.out.split_off(start);
        self.out.push(b'{');
        for (at, (key, range)) in members.iter().enumerate() {
            if members.get(at + 1).is_none_or(|(next, _)| next != key) {
                self.out.extend_from_slice(&unsorted[range.start - start..range.end - start]);
            }
        }
        self.out.push(b'}');
        Some(())
    }

    /// Passes the bracket that opens, a comma, or the bracket that closes; `false` for the last.
    fn goes_on(&mut self, close: u8, first: &mut bool) -> Option<bool> {
        let text = self.text.as_bytes();
        if *first {
            self.at = skip_space(text, self.at + 1);
        } else {
            self.at = skip_space(text, self.at);
        }
        let byte = *text.get(self.at)?;
        if byte == close {
            self.at += 1;
            return Some(false);
        }
        if !std::mem::take(first) {
            if byte != b',' {
                return None;
            }
            self.at += 1;
        }
        Some(true)
    }

    /// The inside of the string at `self.at`.
    fn string(&mut self) -> Option<&'t str> {
        let start = self.at + 1;
        if self.text.as_bytes().get(self.at) != Some(&b'"') {
            return None;
        }
        let (end, _) = string_end(self.text.as_bytes(), start).ok()?;
        self.at = end + 1;
        Some(&self.text[start..end])
    }

    fn put(&mut self, tag: u8, bytes: &[u8]) {
        self.out.push(tag);
        self.out.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
        self.out.extend_from_slice(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::samples::record;
    use proptest::prelude::*;
    use serde_json::Value;

    /// The record parsed and written again: other white space and escapes, keys sorted, repeated ones gone. Numbers
    /// are made texts, as serde_json writes them in its own way.
    fn rewritten(text: &str, pretty: bool) -> Option<String> {
        fn steady(value: &Value) -> bool {
            match value {
                Value::Number(number) => number.is_i64(),
                Value::Array(all) => all.iter().all(steady),
                Value::Object(all) => all.values().all(steady),
                _ => true,
            }
        }
        let value: Value = serde_json::from_str(text).unwrap();
        let written =
            if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
        steady(&value).then(|| written.unwrap())
    }

    proptest! {
        #[test]
        fn the_spelling_does_not_matter(text in record(), pretty: bool) {
            if let Some(rewritten) = rewritten(&text, pretty) {
                prop_assert_eq!(canonical(&text), canonical(&rewritten));
            }
        }

        #[test]
        fn what_is_said_matters(one in record(), other in record()) {
            let value = |text: &str| serde_json::from_str::<Value>(text).unwrap();
            prop_assume!(value(&one) != value(&other));
            prop_assert_ne!(canonical(&one), canonical(&other));
        }

        #[test]
        fn any_text_has_a_canonical(text in "[\\[{\\]}\",:a\\\\0 ]{0,40}") {
            prop_assert_ne!(canonical(&text), canonical(&format!("{text}x")));
        }
    }

    #[test]
    fn it_is_the_same_everywhere_and_always() {
        // Stored baselines depend on it.
        let expected = 0x0631_77bb_3597_0fcb_53b2_92fb_dd8c_456d;
        assert_eq!(canonical(r#"{"b":[1,"x"],"a":null}"#), expected);
        assert_eq!(canonical("{ \"\\u0061\":null,\n\"b\":[ 1,\"x\"] }"), expected);
    }

    #[test]
    fn order_in_arrays_and_kinds_matter() {
        for (one, other) in
            [("[1,2]", "[2,1]"), (r#"["1"]"#, "[1]"), ("{}", "[]"), (r#"{"a":{}}"#, r#"{"a":[]}"#)]
        {
            assert_ne!(canonical(one), canonical(other));
        }
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_ne!(canonical(&deep), canonical(&deep[1..]));
    }
}
