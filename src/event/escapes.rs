//! Where in a string's inside the escapes are.

use super::block::{self, Masks};
use super::quotes::escaped;

/// The backslashes that start an escape, in order. A search from one to the next would cost more than finding all of
/// a block at once: where JSON lies within JSON, every tenth byte is one.
#[derive(Clone, Debug)]
pub(super) struct Escapes<'t> {
    text: &'t [u8],
    /// Where the next block starts.
    next: usize,
    /// Those of the current block that have not been given.
    starts: u64,
    /// Whether the next block's first byte is escaped.
    carry: u64,
}

impl<'t> Escapes<'t> {
    /// Those from `at` on, which must not be escaped.
    pub(super) fn from(text: &'t [u8], at: usize) -> Escapes<'t> {
        Escapes { text, next: at, starts: 0, carry: 0 }
    }
}

impl Iterator for Escapes<'_> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        while self.starts == 0 {
            let rest = self.text.get(self.next..).filter(|rest| !rest.is_empty())?;
            let masks = match rest.first_chunk() {
                Some(block) => block::masks(block),
                None => {
                    let mut padded = [b' '; block::SIZE];
                    padded[..rest.len()].copy_from_slice(rest);
                    block::masks(&padded)
                }
            };
            let Masks { backslashes, .. } = masks;
            let (escaped, carry) = escaped(backslashes, self.carry);
            self.starts = backslashes & !escaped;
            self.carry = carry;
            self.next += block::SIZE;
        }
        let at = self.next - block::SIZE + self.starts.trailing_zeros() as usize;
        self.starts &= self.starts - 1;
        Some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_other_backslash_of_a_run_starts_an_escape(text in r#"([a"]|\\){0,200}"#, from in 0usize..3) {
            let mut naive = Vec::new();
            let mut at = from;
            while let Some(found) = text.as_bytes().get(at..).and_then(|rest| rest.iter().position(|b| *b == b'\\')) {
                naive.push(at + found);
                at += found + 2;
            }
            prop_assert_eq!(Escapes::from(text.as_bytes(), from).collect::<Vec<_>>(), naive);
        }
    }
}
