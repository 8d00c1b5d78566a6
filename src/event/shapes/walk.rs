//! A record held against the shapes.

use super::super::pieces::{Text, number};
use super::super::quotes::{Inside, Passed, Quotes};
use super::super::trie::MASKS;
use super::{Follows, MOST_RUNS, NONE, Node, Shapes};
use std::hash::BuildHasher;

/// A record of a shape met before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::event) struct Known {
    /// The number of its shape.
    pub(in crate::event) shape: u32,
    /// The first byte behind it.
    pub(in crate::event) end: u32,
}

impl Shapes {
    /// Holds the record at `at` against the shapes. Where it is of none of them, `passed` is as before.
    pub(in crate::event) fn find(
        &mut self,
        text: Text<'_>,
        at: u32,
        quotes: &mut Quotes,
        passed: &mut Passed,
    ) -> Option<Known> {
        let mut kept = *passed;
        let mut now = kept;
        let known = self.follow(text, at, quotes, &mut kept, &mut now);
        *passed = if known.is_some() { now } else { kept };
        self.known += u32::from(known.is_some());
        known
    }

    #[inline(always)]
    fn follow(
        &mut self,
        text: Text<'_>,
        mut at: u32,
        quotes: &mut Quotes,
        kept: &mut Passed,
        passed: &mut Passed,
    ) -> Option<Known> {
        if self.nodes.is_empty() {
            return None;
        }
        self.starts.clear();
        self.escaped = [0; MOST_RUNS.div_ceil(64)];
        let mut parent = 0;
        loop {
            let number_of = self.run(parent, text.text, at)?;
            let node = self.nodes[number_of as usize];
            let run = self.starts.len();
            self.starts.push(at);
            at += node.length;
            *passed += node.quotes as usize;
            parent = number_of;
            match node.follows {
                Follows::Text => {
                    let (end, plain) = quotes.next(kept, passed, text.text)?;
                    if !plain {
                        text.check(Inside { start: at, end, plain }).ok()?;
                        self.escaped[run / 64] |= 1 << (run % 64);
                    }
                    at = end;
                }
                Follows::Telling => {
                    let (end, plain) = quotes.next(kept, passed, text.text)?;
                    if !plain {
                        return None;
                    }
                    parent = self.value(number_of, text.text.get(at as usize..end as usize)?)?;
                    self.starts.push(at);
                    at = end;
                }
                Follows::Number => at += number(text.text.get(at as usize..)?).ok()? as u32,
                Follows::End => {
                    self.starts.push(at);
                    return Some(Known { shape: node.child, end: at });
                }
            }
        }
    }

    /// The run behind `parent` that stands at `at`.
    #[inline(always)]
    fn run(&mut self, parent: u32, text: &[u8], at: u32) -> Option<u32> {
        let first = self.nodes[parent as usize].child;
        let node = *self.nodes.get(first as usize)?;
        match self.stands(&node, text, at) {
            true => Some(first),
            false => self.other_run(parent, (first, node.sibling), text, at),
        }
    }

    /// As [`Shapes::run`] where it is not the one met last, which it is from now on.
    #[inline(never)]
    fn other_run(
        &mut self,
        parent: u32,
        (mut before, mut next): (u32, u32),
        text: &[u8],
        at: u32,
    ) -> Option<u32> {
        while next != NONE {
            let node = self.nodes[next as usize];
            if self.stands(&node, text, at) {
                self.nodes[before as usize].sibling = node.sibling;
                self.nodes[next as usize].sibling = self.nodes[parent as usize].child;
                self.nodes[parent as usize].child = next;
                return Some(next);
            }
            (before, next) = (next, node.sibling);
        }
        None
    }

    /// The node of a value that belongs to the shape, behind the run before it.
    #[inline(always)]
    fn value(&mut self, run: u32, value: &[u8]) -> Option<u32> {
        let last = self.nodes[run as usize].child;
        if let Some(node) = self.nodes.get(last as usize)
            && self.bytes_of(node) == value
        {
            return Some(last);
        }
        let found = self.find_value(run, value)?;
        self.nodes[run as usize].child = found;
        Some(found)
    }

    #[inline(never)]
    pub(super) fn find_value(&self, run: u32, value: &[u8]) -> Option<u32> {
        let hash = self.hasher.hash_one((run, value));
        // A value's node has no siblings: the place holds the run it stands behind.
        let is_it = |number: &u32| {
            let node = &self.nodes[*number as usize];
            node.sibling == run && self.bytes_of(node) == value
        };
        self.values.find(hash, is_it).copied()
    }

    pub(super) fn bytes_of(&self, node: &Node) -> &[u8] {
        &self.bytes[node.start as usize..(node.start + node.length) as usize]
    }

    /// Whether a node's bytes stand at `at`.
    #[inline(always)]
    fn stands(&self, node: &Node, text: &[u8], at: u32) -> bool {
        let (at, length, start) = (at as usize, node.length as usize, node.start as usize);
        let block = |of: &[u8], at: usize| {
            of.get(at..at + 16).and_then(<[u8]>::first_chunk).map(|block| u128::from_le_bytes(*block))
        };
        let same = if length > 16 {
            // The last block ends where the run does.
            let last = length - 16;
            let equal = |place: usize| block(text, at + place) == block(&self.bytes, start + place);
            let mut done = 0;
            at + length <= text.len()
                && loop {
                    if done >= last {
                        break equal(last);
                    }
                    if !equal(done) {
                        break false;
                    }
                    done += 16;
                }
        } else {
            match (block(text, at), block(&self.bytes, start)) {
                (Some(a), Some(b)) => (a ^ b) & MASKS[length] == 0,
                _ => text.get(at..at + length) == Some(&self.bytes[start..start + length]),
            }
        };
        // Or a number's run would be taken for one that goes on with another value.
        same && (node.follows != Follows::Number || matches!(text.get(at + length), Some(b'-' | b'0'..=b'9')))
    }
}
