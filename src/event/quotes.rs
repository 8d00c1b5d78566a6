//! A cursor over a text's quotes: every string is passed in a step or two, whatever its length.
//!
//! Finding the end of a string by looking at its bytes makes each step wait for the one before. Here the quotes of
//! 64 bytes are found at once, wherever reading stands, so that a reader which knows JSON's grammar hops from quote
//! to quote.

use super::block::{self, Block};
use super::json::{Fault, FaultKind};

/// What [`Quotes::next`] gives at the end of the text.
pub(super) const NONE: usize = usize::MAX;

/// The unescaped quotes of a text, in order.
#[derive(Debug)]
pub(super) struct Quotes<'t> {
    text: &'t [u8],
    /// Where the current block starts.
    base: usize,
    /// The quotes of the current block that have not been passed.
    ahead: u64,
    /// The backslashes and control characters of the current block.
    special: u64,
    /// Behind the last backslash or control character before the current block.
    special_before: usize,
    /// Whether the first byte behind the current block is escaped.
    escaped: u64,
}

impl<'t> Quotes<'t> {
    /// The quotes from `at` on, which must not be the inside of a string.
    #[inline]
    pub(super) fn new(text: &'t [u8], at: usize) -> Quotes<'t> {
        let mut quotes = Quotes { text, base: at, ahead: 0, special: 0, special_before: 0, escaped: 0 };
        quotes.load();
        quotes
    }

    /// The position of the next quote, which is then passed; [`NONE`] if there is none.
    #[inline(always)]
    pub(super) fn next(&mut self) -> usize {
        while self.ahead == 0 {
            if !self.advance() {
                return NONE;
            }
        }
        let at = self.base + self.ahead.trailing_zeros() as usize;
        self.ahead &= self.ahead - 1;
        at
    }

    /// Whether no backslash or control character stands in `start..end`; `end` is the quote passed last.
    #[inline(always)]
    pub(super) fn plain(&self, start: usize, end: usize) -> bool {
        let before_end = self.special & ((1 << (end - self.base)) - 1);
        let behind_last = if before_end == 0 {
            self.special_before
        } else {
            self.base + block::SIZE - before_end.leading_zeros() as usize
        };
        behind_last <= start
    }

    /// Goes on to the next block. `false` at the end of the text.
    #[inline]
    fn advance(&mut self) -> bool {
        let next = self.base + block::SIZE;
        if next >= self.text.len() {
            return false;
        }
        if self.special != 0 {
            self.special_before = next - self.special.leading_zeros() as usize;
        }
        self.base = next;
        self.load();
        true
    }

    #[inline(always)]
    fn block(&self) -> Block {
        match self.text.get(self.base..).and_then(|rest| rest.first_chunk()) {
            Some(bytes) => Block::load(bytes),
            None => self.last_block(),
        }
    }

    /// The text's end, filled up with blanks.
    #[cold]
    fn last_block(&self) -> Block {
        let rest = self.text.get(self.base..).unwrap_or_default();
        let mut bytes = [b' '; block::SIZE];
        bytes[..rest.len()].copy_from_slice(rest);
        Block::load(&bytes)
    }

    #[inline(always)]
    fn load(&mut self) {
        let block = self.block();
        let quotes = block.equal(b'"');
        let backslashes = block.equal(b'\\');
        self.special = backslashes | block.at_most(0x1f);
        self.ahead =
            if backslashes | self.escaped == 0 { quotes } else { quotes & !self.escapes(backslashes) };
    }

    /// The bytes of the current block that a backslash escapes.
    #[inline]
    fn escapes(&mut self, backslashes: u64) -> u64 {
        const EVEN: u64 = 0x5555_5555_5555_5555;
        // simdjson's way: in a run of backslashes every other one escapes, starting with the run's first. Adding
        // the starts at odd positions to the runs carries them to where the parity of the run's length shows.
        let backslashes = backslashes & !self.escaped;
        let follows = backslashes << 1 | self.escaped;
        let odd_starts = backslashes & !EVEN & !follows;
        let (ends, carry) = odd_starts.overflowing_add(backslashes);
        self.escaped = u64::from(carry);
        (EVEN ^ (ends << 1)) & follows
    }

    /// The first byte behind the object or array that starts at `at`, which may hold `levels` containers one in
    /// another, itself included. Strings must stand where strings can stand; other scalars are not looked at.
    ///
    /// All quotes before `at` have been passed.
    pub(super) fn skip(&mut self, at: usize, levels: usize) -> Result<usize, Fault> {
        while at >= self.base + block::SIZE {
            if !self.advance() {
                return Err(self.truncated());
            }
        }
        let mut live = !0 << (at - self.base);
        let mut depth = 0usize;
        // All ones while the block starts within a string; whether a string closed with the last byte before it.
        let (mut inside, mut closed) = (0u64, 0u64);
        loop {
            let block = self.block();
            let strings = prefix_xor(self.ahead) ^ inside;
            let outside = !strings & live;
            let closing = self.ahead & !strings;
            let closes = block.equal_folded(b'}') & outside;
            let opens = block.equal_folded(b'{') & outside;
            // A stray quote would turn texts into structure and back, and swallow whole records unseen. It cannot
            // if each string is followed by what may follow a string.
            let separators = closes | block.equal(b',') | block.equal(b':') | block.at_most(b' ');
            let mut stray = (closing << 1 | closed) & !separators;
            if self.special & live != 0 {
                let backslashes = block.equal(b'\\');
                stray |= backslashes & outside | self.special & !backslashes & strings & live;
            }
            if closes.count_ones() as usize >= depth || depth + opens.count_ones() as usize > levels {
                if let Some(end) = self.close(opens, closes, &mut depth, levels, stray)? {
                    return Ok(end);
                }
            } else {
                depth = depth + opens.count_ones() as usize - closes.count_ones() as usize;
            }
            if stray != 0 {
                let at = self.base + stray.trailing_zeros() as usize;
                return Err(Fault { at, kind: FaultKind::Expected("the end of a string") });
            }
            inside = ((strings.cast_signed()) >> 63).cast_unsigned();
            closed = closing >> 63;
            live = !0;
            self.ahead = 0;
            if !self.advance() {
                return Err(self.truncated());
            }
        }
    }

    /// Follows the brackets of one block; gives the end if the outermost closes in it.
    #[inline]
    fn close(
        &mut self,
        opens: u64,
        closes: u64,
        depth: &mut usize,
        levels: usize,
        stray: u64,
    ) -> Result<Option<usize>, Fault> {
        // What stands behind a stray byte means nothing.
        let mut brackets = (opens | closes) & (stray & stray.wrapping_neg()).wrapping_sub(1);
        while brackets != 0 {
            let bit = brackets & brackets.wrapping_neg();
            let at = self.base + bit.trailing_zeros() as usize;
            if opens & bit != 0 {
                *depth += 1;
                if *depth > levels {
                    return Err(Fault { at, kind: FaultKind::TooDeep });
                }
            } else {
                *depth -= 1;
                if *depth == 0 {
                    self.ahead &= !(bit | (bit - 1));
                    return Ok(Some(at + 1));
                }
            }
            brackets ^= bit;
        }
        Ok(None)
    }

    #[cold]
    fn truncated(&self) -> Fault {
        Fault { at: self.text.len(), kind: FaultKind::Truncated }
    }
}

/// For each bit, whether the number of bits set up to and including it is odd.
#[inline(always)]
fn prefix_xor(mut bits: u64) -> u64 {
    for shift in [1, 2, 4, 8, 16, 32] {
        bits ^= bits << shift;
    }
    bits
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The quotes, found byte by byte.
    fn naive(text: &str) -> Vec<usize> {
        let mut escaped = false;
        let mut found = Vec::new();
        for (at, byte) in text.bytes().enumerate() {
            if byte == b'"' && !escaped {
                found.push(at);
            }
            escaped = byte == b'\\' && !escaped;
        }
        found
    }

    proptest! {
        #[test]
        fn quotes_are_those_not_escaped(text in r#"[a"\\]{0,300}"#) {
            let mut quotes = Quotes::new(text.as_bytes(), 0);
            let found: Vec<usize> = std::iter::from_fn(|| Some(quotes.next()).filter(|at| *at != NONE)).collect();
            prop_assert_eq!(found, naive(&text));
        }

        #[test]
        fn a_skipped_container_ends_where_serde_ends_it(
            value in crate::event::samples::value(), space in 0usize..130, pretty: bool,
        ) {
            let json = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
            let json = format!("[{}]", json.unwrap());
            let text = format!("{}{json},\"x\":[]", " ".repeat(space));
            let mut quotes = Quotes::new(text.as_bytes(), 0);
            prop_assert_eq!(quotes.skip(space, 127), Ok(space + json.len()));
            prop_assert_eq!(quotes.next(), space + json.len() + 1);
            for cut in 1..json.len() {
                let fault = Quotes::new(&json.as_bytes()[..cut], 0).skip(0, 127).unwrap_err();
                prop_assert_eq!(fault, Fault { at: cut, kind: FaultKind::Truncated });
            }
        }
    }

    #[test]
    fn depth_is_counted_to_the_level() {
        for levels in [1, 63, 64, 65, 127] {
            let fits = format!("{}{}", "[".repeat(levels), "]".repeat(levels));
            assert_eq!(Quotes::new(fits.as_bytes(), 0).skip(0, levels), Ok(fits.len()));
            // Whatever stands before, and so wherever the blocks begin.
            for before in 0..70 {
                let text = format!("[{}[{fits}]]", "[],".repeat(before));
                let fault = Quotes::new(text.as_bytes(), 0).skip(0, levels + 1).unwrap_err();
                assert_eq!(fault, Fault { at: 3 * before + 1 + levels, kind: FaultKind::TooDeep });
            }
        }
    }

    #[test]
    fn a_stray_quote_is_noticed_where_it_stands() {
        for (text, at) in
            [(r#"{"a":"b"c","d":1}"#, 8), (r#"{"a":"b, "d":1}"#, 10), (r#"{"a":\"b"}"#, 5), ("[\"a\nb\"]", 3)]
        {
            for before in [0, 60, 64] {
                let padded = format!("{}{text}", " ".repeat(before));
                let fault = Quotes::new(padded.as_bytes(), 0).skip(before, 9).unwrap_err();
                assert_eq!(fault.at, before + at, "{text}");
                assert!(matches!(fault.kind, FaultKind::Expected(_)), "{text}");
            }
        }
    }
}
