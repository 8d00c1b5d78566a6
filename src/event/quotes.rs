//! Where a text's quotes are: an index built ahead of reading, 64 bytes at a time.
//!
//! A reader that looks for the end of a string byte by byte, or sixteen by sixteen, waits at each step for the one
//! before, and guesses wrongly where most strings end. With the index it knows the end of every string at once.

use super::block::{self, Block, Masks};

/// Set on the quote that closes a string if a backslash or control character stands before it and behind the
/// quote before it.
const SPECIAL: u32 = 1 << 31;

/// The longest text that can be indexed.
pub(super) const MAX_TEXT: usize = SPECIAL as usize;

/// The unescaped quotes of a window of a text.
#[derive(Debug, Default)]
pub(super) struct Quotes {
    /// Their positions, with [`SPECIAL`]; as long as a window can need.
    found: Vec<u32>,
    /// How many were found.
    len: usize,
    /// Where the next window starts.
    end: usize,
    /// Whether the byte there is escaped, and whether something special stands behind the last quote.
    escaped: u64,
    special: bool,
    /// Whether an escaped surrogate may have been seen.
    surrogates: bool,
}

/// How many of the quotes found have been passed: kept by whoever reads, so that it can stay in a register.
pub(super) type Passed = usize;

/// A string without its quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Inside {
    pub(super) start: u32,
    pub(super) end: u32,
    /// Neither backslash nor control character is in it.
    pub(super) plain: bool,
}

impl Quotes {
    /// Starts at `at`, which must not be the inside of a string.
    pub(super) fn restart(&mut self, at: usize) {
        self.found.resize((block::COUNT + 2) * block::SIZE, 0);
        (self.len, self.end, self.escaped) = (0, at, 0);
        (self.special, self.surrogates) = (false, false);
    }

    /// Whether `\ud` may stand somewhere in what has been passed since the last restart.
    pub(super) fn surrogates(&self) -> bool {
        self.surrogates
    }

    /// Whether no quote lies between those passed and `at`, so that reading can go on there.
    pub(super) fn can_go_on(&self, passed: Passed, at: usize) -> bool {
        let found = &self.found[..self.len];
        let place = |index: usize| found.get(index).map(|found| (found & !SPECIAL) as usize);
        let behind_last = passed.checked_sub(1).and_then(place).is_some_and(|last| last < at);
        behind_last && place(passed).is_some_and(|next| next > at)
    }

    /// Passes the next two quotes, those of one string; `None` if the text ends before.
    #[inline(always)]
    pub(super) fn pass_string(&mut self, passed: &mut Passed, text: &[u8]) -> Option<Inside> {
        loop {
            if *passed + 2 <= self.len
                && let Some(&[open, close]) = self.found.get(*passed..*passed + 2)
            {
                *passed += 2;
                let (start, end) = ((open & !SPECIAL) + 1, close & !SPECIAL);
                return Some(Inside { start, end, plain: close & SPECIAL == 0 });
            }
            if self.end >= text.len() {
                return None;
            }
            self.index(*passed, text);
            *passed = 0;
        }
    }

    /// Forgets the quotes passed and indexes the next window.
    #[cold]
    #[inline(never)]
    fn index(&mut self, passed: Passed, text: &[u8]) {
        self.found.copy_within(passed..self.len, 0);
        self.len -= passed;
        let rest = text.get(self.end..).unwrap_or_default();
        let (blocks, last) = rest.as_chunks();
        self.enter_all(&blocks[..blocks.len().min(block::COUNT)], rest);
        if blocks.len() < block::COUNT && !last.is_empty() {
            // The text's end, filled up with blanks.
            let mut bytes = [b' '; block::SIZE];
            bytes[..last.len()].copy_from_slice(last);
            self.enter_all(&[bytes], last);
        }
    }

    /// Enters blocks, with which `text` starts.
    fn enter_all(&mut self, blocks: &[Block], text: &[u8]) {
        let seen = block::see(blocks);
        let mut at = 0;
        while at < blocks.len() {
            let mut odd = (seen.backslashes | seen.controls) >> at;
            if (self.escaped != 0) | self.special {
                odd |= 1;
            }
            let plain = (odd.trailing_zeros() as usize).min(blocks.len() - at);
            self.len = block::place(&seen.quotes[at..at + plain], self.end as u32, &mut self.found, self.len);
            self.end += plain * block::SIZE;
            at += plain;
            if at < blocks.len() {
                self.enter_odd(&blocks[at], text.get(at * block::SIZE..).unwrap_or_default());
                self.end += block::SIZE;
                at += 1;
            }
        }
    }

    /// Enters a block with backslashes or control characters, or behind one. `text` starts with it.
    #[inline(never)]
    fn enter_odd(&mut self, block: &Block, text: &[u8]) {
        let Masks { mut quotes, backslashes, controls } = block::masks(block);
        if backslashes | self.escaped != 0 {
            let (escaped, carry) = escaped(backslashes, self.escaped);
            quotes &= !escaped;
            self.escaped = carry;
        }
        // Quotes are passed in pairs, so that an odd number of them leads into a string.
        let strings = prefix_xor(quotes) ^ 0u64.wrapping_sub(self.len as u64 & 1);
        let mut special = backslashes | (controls & strings);
        if special == 0 && !self.special {
            self.len = block::place(&[quotes], self.end as u32, &mut self.found, self.len);
            return;
        }
        if backslashes != 0 && !self.surrogates {
            self.surrogates = may_hold_surrogates(text, backslashes);
        }
        let base = self.end as u32;
        let mut rest = quotes;
        while rest != 0 {
            let quote = rest & rest.wrapping_neg();
            let before = special & (quote - 1);
            let flag = if self.special || before != 0 { SPECIAL } else { 0 };
            self.found[self.len] = flag | (base + quote.trailing_zeros());
            self.len += 1;
            self.special = false;
            special ^= before;
            rest ^= quote;
        }
        self.special |= special != 0;
    }
}

/// The bytes of a block that a backslash escapes, and whether the first byte behind it is escaped; `escaped` tells of
/// the block's own first byte.
pub(super) fn escaped(backslashes: u64, escaped: u64) -> (u64, u64) {
    const EVEN: u64 = 0x5555_5555_5555_5555;
    // simdjson's way: in a run of backslashes every other one escapes, starting with the run's first. Adding the
    // starts at odd positions to the runs carries them to where the parity of the run's length shows.
    let backslashes = backslashes & !escaped;
    let follows = backslashes << 1 | escaped;
    let odd_starts = backslashes & !EVEN & !follows;
    let (ends, carry) = odd_starts.overflowing_add(backslashes);
    ((EVEN ^ (ends << 1)) & follows, u64::from(carry))
}

/// Whether `\ud` stands in text at one of these places.
fn may_hold_surrogates(text: &[u8], mut places: u64) -> bool {
    while places != 0 {
        let at = places.trailing_zeros() as usize;
        let is = |offset: usize, letter: u8| text.get(at + offset).is_some_and(|byte| byte | 0x20 == letter);
        if is(1, b'u') && is(2, b'd') {
            return true;
        }
        places &= places - 1;
    }
    false
}

/// For each bit, whether the number of bits set up to and including it is odd.
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

    proptest! {
        #[test]
        fn strings_end_where_they_end(
            texts in proptest::collection::vec((r#"([ab]|\\[\\"n]){0,9}"#, 0usize..70), 1..200),
            plain in "[a-z]{0,5000}",
        ) {
            let mut text = String::new();
            let mut expected = Vec::new();
            for (inside, space) in texts.iter().chain([&(plain, 0), &(String::new(), 0)]) {
                text.push_str(&" ".repeat(*space));
                let start = text.len() as u32 + 1;
                let end = start + inside.len() as u32;
                expected.push(Inside { start, end, plain: !inside.contains('\\') });
                text.push_str(&format!("\"{inside}\""));
            }
            let (mut quotes, mut passed) = (Quotes::default(), 0);
            quotes.restart(0);
            for string in &expected {
                prop_assert_eq!(quotes.pass_string(&mut passed, text.as_bytes()), Some(*string));
            }
            prop_assert_eq!(quotes.pass_string(&mut passed, text.as_bytes()), None);
        }
    }

    #[test]
    fn escaped_surrogates_are_noticed_wherever_they_stand() {
        for (escape, noticed) in [("\\ud83d", true), ("\\uDE00", true), ("\\u003d", false), ("ud83d", false)]
        {
            for before in 0..130 {
                let text = format!("\"{}{escape}{}\"", "a".repeat(before), "b".repeat(70));
                let mut quotes = Quotes::default();
                quotes.restart(0);
                quotes.pass_string(&mut 0, text.as_bytes());
                assert_eq!(quotes.surrogates(), noticed, "{text}");
            }
        }
    }

    #[test]
    fn reading_goes_on_where_no_quote_lies_between() {
        let text = br#"{"a":"b"},{"c":1},"x",{"d":"e"}"#;
        let (mut quotes, mut passed) = (Quotes::default(), 0);
        quotes.restart(0);
        quotes.pass_string(&mut passed, text);
        quotes.pass_string(&mut passed, text);
        assert!(quotes.can_go_on(passed, 10));
        assert!(!quotes.can_go_on(passed, 5));
        assert!(!quotes.can_go_on(passed, 18));
    }
}
