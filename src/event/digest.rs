//! What a record says, as 128 bits computed in one quick pass: to tell copies of one event apart, and to choose among
//! those that differ the same one everywhere.

use std::cell::RefCell;

use super::Record;
use super::json::{Fault, FaultKind};
use super::mix::Mix;
use super::pieces::Text;
use super::quotes::{Inside, MAX_TEXT, Passed, Quotes};
use super::scanner::MAX_LEVELS;
use super::text::unescape;

thread_local! {
    /// Kept for its memory: most records are smaller than what an index takes.
    static QUOTES: RefCell<Quotes> = RefCell::default();
}

/// The sum of the hashes of all values of a record, each with the path that leads to it: equal for the same record
/// whatever its white space, the order of its keys and the spelling of its escapes. Numbers are taken as written, and
/// of a key that comes twice both values.
///
/// Whoever wants to can make records collide. Copies of one event that do are shown one for the other, and no more.
/// Every text has a digest; that of one that is no JSON is the hash of its bytes.
pub fn digest(record_json: &str) -> u128 {
    let mut sum = 0u128;
    let walked = walk(record_json, &mut |said: Said<'_>| sum = sum.wrapping_add(said.hash()));
    match walked {
        Ok(()) => sum,
        Err(_) => Mix::START.bytes(b'?', record_json.as_bytes()).value(),
    }
}

/// [`digest`] of a record that has been read, which takes less where its shape is known.
pub fn of(record: &Record<'_>) -> u128 {
    record.digest_by_shape().unwrap_or_else(|| digest(record.json()))
}

/// Shows all that a record says, one after another.
pub(super) fn walk(source: &str, see: &mut dyn FnMut(Said<'_>)) -> Result<(), Fault> {
    QUOTES.with_borrow_mut(|quotes| {
        let text = Text::new(source);
        let start = text.space(0);
        if source.len() > MAX_TEXT || !matches!(text.byte(start), b'{' | b'[') {
            return Err(Fault { at: 0, kind: FaultKind::Expected("an object or array") });
        }
        quotes.restart(start as usize);
        let mut walk = Walk { text, quotes, passed: 0, see };
        let end = walk.container(start, Mix::START, MAX_LEVELS)?;
        match text.space(end) as usize == source.len() {
            true => Ok(()),
            false => Err(text.fault(end, "the end")),
        }
    })
}

/// A value that a record holds.
#[derive(Clone, Copy)]
pub(super) struct Said<'t> {
    /// What the path to it has left behind.
    path: Mix,
    kind: SaidKind,
    text: Text<'t>,
    /// Where it stands; without its quotes.
    pub(super) start: u32,
    end: u32,
    plain: bool,
}

/// The kinds of values that are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SaidKind {
    /// An object or array without anything in it.
    Nothing,
    Text,
    /// A number or literal.
    Scalar,
}

/// A place in a record whose value is another each time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    path: Mix,
    kind: SaidKind,
}

impl Said<'_> {
    pub(super) fn hash(self) -> u128 {
        match self.kind {
            SaidKind::Nothing => self.path.word(u64::from(self.text.byte(self.start))).value(),
            _ => self.place().hash(self.text.source, self.start, self.end, self.plain),
        }
    }

    pub(super) fn place(self) -> Place {
        Place { path: self.path, kind: self.kind }
    }
}

impl Place {
    /// What the value that stands here, at `start..end`, adds to a digest.
    #[inline(always)]
    pub(super) fn hash(self, text: &str, start: u32, end: u32, plain: bool) -> u128 {
        let state = match self.kind {
            SaidKind::Text => absorb(self.path, b's', text, (start, end, plain)),
            _ => self.path.part(b'v', text.as_bytes(), start, end),
        };
        state.value()
    }
}

#[inline(always)]
fn absorb(state: Mix, tag: u8, text: &str, (start, end, plain): (u32, u32, bool)) -> Mix {
    match plain {
        true => state.part(tag, text.as_bytes(), start, end),
        false => state.bytes(tag, unescape(&text[start as usize..end as usize]).as_bytes()),
    }
}

struct Walk<'t, 'q> {
    text: Text<'t>,
    quotes: &'q mut Quotes,
    passed: Passed,
    see: &'q mut dyn FnMut(Said<'t>),
}

impl Walk<'_, '_> {
    /// Adds all values in the object or array at `at`, to which the path `state` leads.
    fn container(&mut self, at: u32, state: Mix, levels: usize) -> Result<u32, Fault> {
        let Some(levels) = levels.checked_sub(1) else {
            return Err(Fault { at: at as usize, kind: FaultKind::TooDeep });
        };
        let text = self.text;
        let (start, open) = (at, text.byte(at));
        // `{` and `[` are two before the brackets that close them.
        let close = open + 2;
        let mut at = text.space(at + 1);
        if text.byte(at) == close {
            self.see(state, SaidKind::Nothing, (start, at + 1, true));
            return Ok(at + 1);
        }
        let mut element = 0;
        loop {
            let below = if open == b'{' {
                let key = self.string(at)?;
                at = match text.pair(key.end + 1) {
                    [b':', next] if next > b' ' => key.end + 2,
                    _ => text.colon(key.end + 1)?,
                };
                absorb(state, b'k', text.source, (key.start, key.end, key.plain))
            } else {
                element += 1;
                state.word(element)
            };
            match text.byte(at) {
                b'"' => {
                    let value = self.string(at)?;
                    at = value.end + 1;
                    self.see(below, SaidKind::Text, (value.start, value.end, value.plain));
                }
                b'{' | b'[' => at = self.container(at, below, levels)?,
                _ => {
                    let (end, _) = text.scalar(at)?;
                    self.see(below, SaidKind::Scalar, (at, end, true));
                    at = end;
                }
            }
            at = text.space(at);
            match text.byte(at) {
                b',' => at = text.space(at + 1),
                byte if byte == close => return Ok(at + 1),
                _ => return Err(text.no_comma(at, open == b'{')),
            }
        }
    }

    #[inline(always)]
    fn string(&mut self, at: u32) -> Result<Inside, Fault> {
        if self.text.byte(at) != b'"' {
            return Err(self.text.fault(at, "a string"));
        }
        self.text.string(at, self.quotes, &mut self.passed)
    }

    #[inline(always)]
    fn see(&mut self, path: Mix, kind: SaidKind, (start, end, plain): (u32, u32, bool)) {
        (self.see)(Said { path, kind, text: self.text, start, end, plain });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::samples::{record, record_without_repeats};
    use proptest::prelude::*;
    use serde_json::Value;

    /// Whether serde_json writes all numbers as they were.
    fn keeps_numbers(value: &Value) -> bool {
        match value {
            Value::Number(number) => number.is_i64(),
            Value::Array(all) => all.iter().all(keeps_numbers),
            Value::Object(all) => all.values().all(keeps_numbers),
            _ => true,
        }
    }

    proptest! {
        #[test]
        fn the_spelling_does_not_matter(text in record_without_repeats(), pretty: bool) {
            let value: Value = serde_json::from_str(&text).unwrap();
            prop_assume!(keeps_numbers(&value));
            let other = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
            prop_assert_eq!(digest(&text), digest(&other.unwrap()));
        }

        #[test]
        fn what_is_said_matters(one in record(), other in record()) {
            let value = |text: &str| serde_json::from_str::<Value>(text).unwrap();
            prop_assume!(value(&one) != value(&other));
            prop_assert_ne!(digest(&one), digest(&other));
        }

        #[test]
        fn any_text_has_a_digest(text in "[\\[{\\]}\",:a\\\\0 ]{0,40}") {
            prop_assert_ne!(digest(&text), digest(&format!("{text}x")));
        }
    }

    #[test]
    fn order_in_arrays_kinds_and_places_matter() {
        for (one, other) in [
            ("[1,2]", "[2,1]"),
            (r#"["1"]"#, "[1]"),
            ("{}", "[]"),
            (r#"{"a":{}}"#, r#"{"a":[]}"#),
            (r#"{"a":{"b":1},"c":{"d":2}}"#, r#"{"a":{"d":2},"c":{"b":1}}"#),
            (r#"{"a":"","b":"x"}"#, r#"{"a":"x","b":""}"#),
        ] {
            assert_ne!(digest(one), digest(other), "{one}");
        }
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_ne!(digest(&deep), digest(&deep[1..]));
    }

    #[test]
    fn it_is_the_same_everywhere_and_always() {
        // Stored baselines depend on it.
        let expected = 259_343_032_052_667_503_690_392_993_986_102_872_430;
        assert_eq!(digest(r#"{"b":[1,"x"],"a":null}"#), expected);
        assert_eq!(digest("{ \"\\u0061\":null,\n\"b\":[ 1,\"x\"] }"), expected);
    }
}
