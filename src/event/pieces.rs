//! JSON's small pieces: strings found by the index of quotes, numbers and literals checked, containers passed.

use super::json::{Fault, FaultKind, skip_space};
use super::quotes::{Inside, Passed, Quotes};
use super::slots::Kind;

/// A text that pieces are read from.
#[derive(Clone, Copy)]
pub(super) struct Text<'a> {
    source: &'a str,
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
            self.no_controls(inside)?;
        }
        Ok(inside)
    }

    /// Passes the object or array at `at`, which may hold `levels` containers one in another, itself included.
    ///
    /// Strings must stand where strings can stand. Otherwise a stray quote would turn texts into structure and back,
    /// and swallow whole records unseen.
    #[inline(never)]
    pub(super) fn skip(
        self,
        mut at: u32,
        quotes: &mut Quotes,
        mut passed: Passed,
        levels: usize,
    ) -> Result<(u32, Passed), Fault> {
        let levels = levels as i32;
        let mut depth = 0;
        loop {
            let quote = quotes.peek(&mut passed, self.text);
            for byte in self.text.get(at as usize..quote).unwrap_or_default() {
                // Mostly a colon or a comma.
                let deeper = DEPTH[usize::from(*byte)];
                if deeper != 0 {
                    depth += deeper;
                    if depth == 0 {
                        return Ok((at + 1, passed));
                    }
                    if depth > levels {
                        return Err(self.too_deep(at, deeper));
                    }
                }
                at += 1;
            }
            at = quote as u32;
            // Mostly strings, with one byte between them.
            loop {
                at = self.string(at, quotes, &mut passed)?.end + 1;
                match self.pair(at) {
                    [b':' | b',', b'"'] => at += 1,
                    [b',' | b':' | b']' | b'}' | b' ' | b'\n' | b'\r' | b'\t', _] => break,
                    _ => return Err(self.fault(at, "a separator behind a string")),
                }
            }
        }
    }

    #[cold]
    #[inline(never)]
    fn too_deep(self, at: u32, deeper: i32) -> Fault {
        match deeper {
            1 => Fault { at: at as usize, kind: FaultKind::TooDeep },
            _ => self.fault(at, "a value or a separator"),
        }
    }

    #[cold]
    #[inline(never)]
    fn no_controls(self, Inside { start, end, .. }: Inside) -> Result<(), Fault> {
        match self.text[start as usize..end as usize].iter().position(|byte| *byte < b' ') {
            Some(found) => Err(self.fault(start + found as u32, "no control character in a string")),
            None => Ok(()),
        }
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

/// How much deeper a byte between strings leads, for [`Text::skip`]; far too deep where it cannot stand there.
const DEPTH: [i32; 256] = {
    let mut table = [i32::MAX / 2; 256];
    let mut byte = 0;
    while byte < 256 {
        match byte as u8 {
            b'{' | b'[' => table[byte] = 1,
            b'}' | b']' => table[byte] = -1,
            b' ' | b'\n' | b'\r' | b'\t' | b',' | b':' => table[byte] = 0,
            b'a'..=b'z' | b'0'..=b'9' | b'+' | b'-' | b'.' | b'E' => table[byte] = 0,
            _ => {}
        }
        byte += 1;
    }
    table
};

/// The length of the number `text` starts with, or where a digit is missing.
#[inline(never)]
fn number(text: &[u8]) -> Result<usize, usize> {
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
