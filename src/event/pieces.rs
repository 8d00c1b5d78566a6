//! JSON's small pieces: strings found by the index of quotes, numbers and literals checked, containers passed.

use super::escapes::Escapes;
use super::json::{Fault, FaultKind, skip_space};
use super::quotes::{Inside, Passed, Quotes};
use super::slots::Kind;

/// A text that pieces are read from.
#[derive(Clone, Copy)]
pub(super) struct Text<'a> {
    pub(super) source: &'a str,
    pub(super) text: &'a [u8],
}

impl<'a> Text<'a> {
    /// `source` is short enough for its positions to be `u32`.
    pub(super) fn new(source: &'a str) -> Text<'a> {
        Text { source, text: source.as_bytes() }
    }

    /// A string's inside.
    pub(super) fn slice(self, inside: Inside) -> &'a str {
        &self.source[inside.start as usize..inside.end as usize]
    }

    /// The byte at `at`; behind the text's end, one that stands nowhere in JSON.
    #[inline(always)]
    pub(super) fn byte(self, at: u32) -> u8 {
        self.text.get(at as usize).copied().unwrap_or(0)
    }

    /// The bytes at `at` and behind it, as [`Text::byte`] has them.
    #[inline(always)]
    pub(super) fn pair(self, at: u32) -> [u8; 2] {
        let at = at as usize;
        match self.text.get(at..at + 2) {
            Some([first, second]) => [*first, *second],
            _ => [self.byte(at as u32), 0],
        }
    }

    /// `at`, or the first byte behind the white space there.
    #[inline(always)]
    pub(super) fn space(self, at: u32) -> u32 {
        if self.byte(at) <= b' ' { skip_space(self.text, at as usize) as u32 } else { at }
    }

    #[cold]
    #[inline(never)]
    pub(super) fn fault(self, at: u32, expected: &'static str) -> Fault {
        if at as usize >= self.text.len() {
            self.truncated()
        } else {
            Fault { at: at as usize, kind: FaultKind::Expected(expected) }
        }
    }

    #[cold]
    pub(super) fn truncated(self) -> Fault {
        Fault { at: self.text.len(), kind: FaultKind::Truncated }
    }

    /// The string whose opening quote is at `at`. Outside of strings each byte is looked at, so that no backslash
    /// can stand before the quote, nor another quote between it and the ones passed.
    #[inline(always)]
    pub(super) fn string(self, at: u32, quotes: &mut Quotes, passed: &mut Passed) -> Result<Inside, Fault> {
        let Some(inside) = quotes.pass_string(passed, self.text) else { return Err(self.truncated()) };
        debug_assert_eq!(inside.start, at + 1);
        if !inside.plain {
            self.check(inside)?;
        }
        Ok(inside)
    }

    /// The start of a member's value, its key's opening quote being expected at `at`.
    #[inline(always)]
    fn pass_key(self, at: u32, quotes: &mut Quotes, passed: &mut Passed) -> Result<u32, Fault> {
        if self.byte(at) != b'"' {
            return Err(self.fault(at, "a key"));
        }
        let colon = self.string(at, quotes, passed)?.end + 1;
        match self.pair(colon) {
            [b':', next] if next > b' ' => Ok(colon + 1),
            _ => self.colon(colon),
        }
    }

    /// The value's start, where the colon does not follow the key or the value the colon at once.
    #[inline(never)]
    pub(super) fn colon(self, at: u32) -> Result<u32, Fault> {
        let at = self.space(at);
        match self.byte(at) {
            b':' => Ok(self.space(at + 1)),
            _ => Err(self.fault(at, "a colon")),
        }
    }

    /// Passes the object or array at `at`, which may hold `levels` containers one in another, itself included; no more
    /// than 128. All in it must be right, though nobody asked for it: what a record is must not depend on what is read
    /// of it.
    #[inline(never)]
    pub(super) fn skip(
        self,
        mut at: u32,
        quotes: &mut Quotes,
        mut passed: Passed,
        levels: usize,
    ) -> Result<(u32, Passed), Fault> {
        // Of each open container whether it is an object, the innermost in the lowest bit.
        let (mut objects, mut depth) = (0u128, 0);
        loop {
            match self.byte(at) {
                b'"' => at = self.string(at, quotes, &mut passed)?.end + 1,
                first @ (b'{' | b'[') => {
                    if depth == levels {
                        return Err(Fault { at: at as usize, kind: FaultKind::TooDeep });
                    }
                    at = self.space(at + 1);
                    // `{` and `[` are two before the brackets that close them.
                    if self.byte(at) != first + 2 {
                        depth += 1;
                        objects = objects << 1 | u128::from(first == b'{');
                        if first == b'{' {
                            at = self.pass_key(at, quotes, &mut passed)?;
                        }
                        continue;
                    }
                    at += 1;
                    if depth == 0 {
                        return Ok((at, passed));
                    }
                }
                _ => at = self.scalar(at)?.0,
            }
            loop {
                at = self.space(at);
                let in_object = objects & 1 != 0;
                match self.byte(at) {
                    b',' => {
                        at = self.space(at + 1);
                        if in_object {
                            at = self.pass_key(at, quotes, &mut passed)?;
                        }
                        break;
                    }
                    b'}' if in_object => {}
                    b']' if !in_object => {}
                    _ => return Err(self.no_comma(at, in_object)),
                }
                at += 1;
                depth -= 1;
                objects >>= 1;
                if depth == 0 {
                    return Ok((at, passed));
                }
            }
        }
    }

    #[cold]
    #[inline(never)]
    pub(super) fn no_comma(self, at: u32, in_object: bool) -> Fault {
        match in_object {
            true => self.fault(at, "a comma or the end of an object"),
            false => self.fault(at, "a comma or the end of an array"),
        }
    }

    /// Whether the string whose inside starts at `at` begins as an object or an array does.
    #[cold]
    pub(super) fn opens(self, at: u32) -> bool {
        let inside = self.text.get(at as usize..).unwrap_or_default();
        matches!(inside, [b'{' | b'[', ..] | [b'\\', b'u', b'0', b'0', b'5' | b'7', b'b' | b'B', ..])
    }

    /// Whether a string that is not plain is right: no control character, and escapes that mean something. Half a
    /// surrogate pair passes: CloudTrail cuts long values.
    #[inline(never)]
    pub(super) fn check(self, inside: Inside) -> Result<(), Fault> {
        let text = self.slice(inside).as_bytes();
        let place = |at: usize| inside.start + at as u32;
        if text.iter().any(|byte| *byte < b' ') {
            let at = text.iter().position(|byte| *byte < b' ').unwrap_or_default();
            return Err(self.fault(place(at), "no control character in a string"));
        }
        for at in Escapes::from(text, 0) {
            match text[at + 1..] {
                [b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', ..] => {}
                [b'u', a, b, c, d, ..] if [a, b, c, d].iter().all(u8::is_ascii_hexdigit) => {}
                _ => return Err(self.fault(place(at), "an escape")),
            }
        }
        Ok(())
    }

    /// The end and the kind of the number or literal at `at`.
    #[inline(always)]
    pub(super) fn scalar(self, at: u32) -> Result<(u32, Kind), Fault> {
        let rest = self.text.get(at as usize..).unwrap_or_default();
        match rest.first() {
            Some(b't') => self.literal(at, rest, b"true", Kind::True),
            Some(b'f') => self.literal(at, rest, b"false", Kind::False),
            Some(b'n') => self.literal(at, rest, b"null", Kind::Null),
            Some(b'-' | b'0'..=b'9') => match number(rest) {
                Ok(length) => Ok((at + length as u32, Kind::Number)),
                Err(length) => Err(self.fault(at + length as u32, "a digit")),
            },
            _ => Err(self.fault(at, "a value")),
        }
    }

    #[inline(always)]
    fn literal(self, at: u32, rest: &[u8], word: &'static [u8], kind: Kind) -> Result<(u32, Kind), Fault> {
        if rest.starts_with(word) {
            return Ok((at + word.len() as u32, kind));
        }
        let cut = word.starts_with(rest);
        Err(if cut { self.truncated() } else { self.fault(at, "true, false or null") })
    }
}

/// The length of the number `text` starts with, or where a digit is missing.
#[inline(never)]
pub(super) fn number(text: &[u8]) -> Result<usize, usize> {
    let byte = |at: usize| text.get(at).copied().unwrap_or(0);
    let digits = |from: usize| {
        let mut at = from;
        while byte(at).is_ascii_digit() {
            at += 1;
        }
        if at == from { Err(from) } else { Ok(at) }
    };
    let whole = usize::from(byte(0) == b'-');
    let mut at = if byte(whole) == b'0' { whole + 1 } else { digits(whole)? };
    if byte(at) == b'.' {
        at = digits(at + 1)?;
    }
    if let b'e' | b'E' = byte(at) {
        at = digits(at + 1 + usize::from(matches!(byte(at + 1), b'+' | b'-')))?;
    }
    Ok(at)
}
