//! A record held against the shapes.

use std::hash::BuildHasher;

use super::super::block;
use super::super::json::string_end;
use super::super::pieces::{Text, number};
use super::super::quotes::Inside;
use super::super::trie::MASKS;
use super::{Follows, MOST_RUNS, NONE, Node, Shapes, stretch};

/// A record of a shape met before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::event) struct Known {
    /// The number of its shape.
    pub(in crate::event) shape: u32,
    /// The first byte behind it.
    pub(in crate::event) end: u32,
}

impl Shapes {
    /// Holds the record at `at` against the shapes.
    pub(in crate::event) fn find(&mut self, text: Text<'_>, at: u32) -> Option<Known> {
        let known = self.follow(text, at);
        self.known += u32::from(known.is_some());
        known
    }

    #[inline(always)]
    fn follow(&mut self, text: Text<'_>, mut at: u32) -> Option<Known> {
        if self.nodes.is_empty() {
            return None;
        }
        self.escaped = [0; MOST_RUNS.div_ceil(64)];
        self.suspicious = false;
        let (mut parent, mut run) = (0, 0u8);
        loop {
            let number_of = self.run(parent, text.text, at)?;
            let Node { length, follows, child, .. } = self.nodes[number_of as usize];
            self.starts[run] = at;
            at += length;
            parent = number_of;
            match follows {
                Follows::Text => {
                    at = match end_of_plain(text.text, at) {
                        Some(end) => end,
                        None => self.escaped_text(text, at, run)?,
                    };
                }
                Follows::Telling => {
                    let end = end_of_plain(text.text, at)?;
                    parent = self.value(number_of, text.text.get(at as usize..end as usize)?)?;
                    run += 1;
                    self.starts[run] = at;
                    at = end;
                }
                Follows::Number => at += number(text.text.get(at as usize..)?).ok()? as u32,
                Follows::End => {
                    self.starts[run + 1] = at;
                    return Some(Known { shape: child, end: at });
                }
            }
            run += 1;
        }
    }

    /// The end of a string with escapes in it, if it is right; it stands behind `run`.
    #[cold]
    #[inline(never)]
    fn escaped_text(&mut self, text: Text<'_>, start: u32, run: u8) -> Option<u32> {
        let (end, _) = string_end(text.text, start as usize).ok()?;
        // No text is longer than that can tell.
        let inside = Inside { start, end: end as u32, plain: false };
        text.check(inside).ok()?;
        let run = usize::from(run);
        self.escaped[run / 64] |= 1 << (run % 64);
        self.suspicious = true;
        Some(inside.end)
    }

    /// The run behind `parent` that stands at `at`.
    #[inline(always)]
    fn run(&mut self, parent: u32, text: &[u8], at: u32) -> Option<u32> {
        let first = self.nodes[parent as usize].child;
        let node = self.nodes.get(first as usize)?;
        if stands(node, &self.bytes, text, at) {
            return Some(first);
        }
        let sibling = node.sibling;
        self.other_run(parent, (first, sibling), text, at)
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
            if stands(&node, &self.bytes, text, at) {
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
        stretch(&self.bytes, (node.start, node.length))
    }
}

/// Whether a node's bytes stand at `at`.
#[inline(always)]
fn stands(node: &Node, bytes: &[u8], text: &[u8], at: u32) -> bool {
    let (at, length, start) = (at as usize, node.length as usize, node.start as usize);
    let wide = length.max(16);
    let same = match (text.get(at..at + wide), bytes.get(start..start + wide)) {
        (Some(here), Some(run)) => match (here.first_chunk::<16>(), run.first_chunk::<16>()) {
            (Some(a), Some(b)) if length < 16 => {
                (u128::from_le_bytes(*a) ^ u128::from_le_bytes(*b)) & MASKS[length] == 0
            }
            // The first and the last block tell most runs apart, and are all of most.
            (Some(a), Some(b)) => {
                a == b && here.last_chunk::<16>() == run.last_chunk::<16>() && (length <= 32 || here == run)
            }
            _ => false,
        },
        // Less than a block before the text's end.
        _ => text.get(at..at + length) == Some(&bytes[start..start + length]),
    };
    // Or a number's run would be taken for one that goes on with another value.
    same && (node.follows != Follows::Number || matches!(text.get(at + length), Some(b'-' | b'0'..=b'9')))
}

/// The quote that ends the string whose inside starts at `at`, if neither an escape nor a control character stands
/// before it.
#[inline(always)]
fn end_of_plain(text: &[u8], at: u32) -> Option<u32> {
    let mut at = at as usize;
    loop {
        let Some(chunk) = text.get(at..at + 16).and_then(<[u8]>::first_chunk) else {
            let rest = text.get(at..)?;
            at += rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..b' '))?;
            break;
        };
        let stops = block::stops(chunk);
        if stops != 0 {
            at += stops.trailing_zeros() as usize;
            break;
        }
        at += 16;
    }
    // The text is short enough for its positions.
    (text[at] == b'"').then_some(at as u32)
}
