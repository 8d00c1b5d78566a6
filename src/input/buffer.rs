//! The segment of a file's text that is being read.

use std::ops::Range;

use super::ahead::Content;
use super::recover::WINDOW;

/// How much text is read at once: what was just inflated should still be near when it is scanned.
const SEGMENT: usize = 1 << 20;

/// The size that a segment is enlarged to at least. Twice what damage takes to be judged, so that much damage does
/// not mean moving the same text again for each piece of it.
const ENLARGED: usize = 2 * WINDOW;

/// The largest record, and so the largest segment.
pub(super) const MAX_RECORD: usize = 64 << 20;

/// How many places with bad bytes are told apart in one segment.
const MOST_PLACES: usize = 1000;

/// Text, a segment at a time. There may be more of it than the segment: what a file holds at once depends on how it
/// is packed, and what a segment holds must not.
#[derive(Debug)]
pub(super) struct Buffer {
    bytes: Vec<u8>,
    /// How much of `bytes` this file may take.
    room: usize,
    /// Where the segment starts in `bytes`, and where all that is there ends.
    start: usize,
    filled: usize,
    /// How long a segment is, of any file and of this one.
    usual: usize,
    longest: usize,
    /// Where in the file's text the segment starts.
    pub(super) origin: u64,
    /// Where bytes that are no UTF-8 have been replaced.
    repaired: Vec<Range<usize>>,
}

impl Default for Buffer {
    fn default() -> Self {
        Buffer::of_size(SEGMENT)
    }
}

impl Buffer {
    /// A buffer with segments of this size.
    pub(super) fn of_size(usual: usize) -> Buffer {
        Buffer {
            bytes: Vec::new(),
            room: 0,
            start: 0,
            filled: 0,
            usual,
            longest: usual,
            origin: 0,
            repaired: Vec::new(),
        }
    }

    /// Starts with another file, which may have this much text.
    pub(super) fn restart(&mut self, expected: usize) {
        // Beyond a segment only where that makes the text whole, and with room to spare, so that its end is seen.
        self.room = self.usual.max(expected.saturating_add(1));
        // One file with a huge record must not cost its memory for the rest of the run.
        if self.bytes.len() < self.room || self.bytes.len() > ENLARGED.max(self.room.next_power_of_two()) {
            self.bytes = vec![0; self.room.next_power_of_two()];
        }
        (self.start, self.filled, self.longest, self.origin) = (0, 0, self.usual, 0);
        self.repaired.clear();
    }

    /// Fills up with what comes next. `true` if the segment is the last.
    pub(super) fn fill(&mut self, content: &mut impl Content) -> bool {
        if self.filled - self.start < self.longest && !content.ended() {
            self.bytes.copy_within(self.start..self.filled, 0);
            (self.start, self.filled) = (0, self.filled - self.start);
            self.filled += content.fill(&mut self.bytes[self.filled..self.room]);
        }
        content.ended() && self.end() == self.filled
    }

    /// Where the segment ends.
    fn end(&self) -> usize {
        self.filled.min(self.start + self.longest)
    }

    /// What is there.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes[self.start..self.end()]
    }

    /// Where bytes that are no UTF-8 have been replaced, in order.
    pub(super) fn repaired(&self) -> &[Range<usize>] {
        &self.repaired
    }

    /// Replaces bytes that are no UTF-8 by question marks, one for each so that nothing moves, and returns how much
    /// is text then: a character whose end has not come is left alone.
    #[cold]
    pub(super) fn repair(&mut self, last: bool) -> usize {
        let (first, end) = (self.start, self.end());
        let text = &mut self.bytes[first..end];
        let mut at = 0;
        loop {
            let Err(error) = std::str::from_utf8(&text[at..]) else { return text.len() };
            let start = at + error.valid_up_to();
            let end = match error.error_len() {
                Some(length) => start + length,
                None if last => text.len(),
                None => return start,
            };
            text[start..end].fill(b'?');
            let full = self.repaired.len() >= MOST_PLACES;
            match self.repaired.last_mut() {
                Some(place) if place.end == start || full => place.end = end,
                _ => self.repaired.push(start..end),
            }
            at = end;
        }
    }

    /// Drops the first `used` bytes. Where there are none to drop and no room for more, makes room. `false` if there
    /// is as much room as there may be.
    pub(super) fn advance(&mut self, used: usize) -> bool {
        if used == 0 && self.filled - self.start >= self.longest {
            if self.longest >= MAX_RECORD {
                return false;
            }
            self.longest = (self.longest * 2).max(ENLARGED);
            self.room = self.room.max(self.longest);
            if self.bytes.len() < self.room {
                self.bytes.resize(self.room, 0);
            }
            return true;
        }
        self.start += used;
        self.origin += used as u64;
        self.repaired.retain_mut(|place| {
            *place = place.start.saturating_sub(used)..place.end.saturating_sub(used);
            place.start < place.end
        });
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buffer(bytes: &[u8]) -> Buffer {
        Buffer { bytes: bytes.to_vec(), filled: bytes.len(), ..Buffer::default() }
    }

    #[test]
    fn bad_bytes_are_replaced_and_nothing_moves() {
        let mut bad = buffer(b"a\xffb\xc3\x28 \xf0\x9f\x98\x80 \xe2\x82");
        assert_eq!(bad.repair(false), 11);
        assert_eq!(bad.repair(true), 13);
        assert_eq!(bad.bytes(), "a?b?( 😀 ??".as_bytes());
        assert_eq!(bad.repaired(), [1..2, 3..4, 11..13]);
        bad.advance(4);
        assert_eq!((bad.origin, bad.repaired()), (4, std::slice::from_ref(&(7..9))));
    }

    #[test]
    fn places_are_bounded() {
        let mut bad = buffer(&b"\xffa".repeat(5000));
        assert_eq!(bad.repair(true), 10_000);
        assert_eq!(bad.repaired().len(), MOST_PLACES);
        assert_eq!(bad.repaired()[MOST_PLACES - 1].end, 9999);
    }
}
