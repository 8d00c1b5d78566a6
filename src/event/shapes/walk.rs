//! A record held against the shapes.

use std::hash::BuildHasher;

use super::super::block::{self, Block, COMMON, Look, Task};
use super::super::json::string_end;
use super::super::pieces::{Text, number};
use super::super::quotes::Inside;
use super::{Follows, MOST_RUNS, NONE, Node, Shapes, stretch};

/// A record of a shape met before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::event) struct Known {
    /// The number of its shape.
    pub(in crate::event) shape: u32,
    /// The first byte behind it.
    pub(in crate::event) end: u32,
}

/// A record to be held against the shapes.
struct Following<'f, 't> {
    shapes: &'f mut Shapes,
    text: Text<'t>,
    at: u32,
}

impl Task for Following<'_, '_> {
    type Done = Option<Known>;

    #[inline(always)]
    fn with(self, look: impl Look) -> Option<Known> {
        self.shapes.follow(look, self.text, self.at)
    }
}

impl Shapes {
    /// Holds the record at `at` against the shapes.
    pub(in crate::event) fn find(&mut self, text: Text<'_>, at: u32) -> Option<Known> {
        let known = block::quickly(Following { shapes: self, text, at });
        self.known += u32::from(known.is_some());
        known
    }

    #[inline(always)]
    fn follow(&mut self, look: impl Look, text: Text<'_>, mut at: u32) -> Option<Known> {
        // What comes before the first run, and the one met last of those that may come next.
        let (mut parent, mut next) = (0, self.nodes.first()?.child);
        self.escaped = [0; MOST_RUNS.div_ceil(64)];
        self.suspicious = false;
        let mut run = 0u8;
        loop {
            let node = self.nodes.get(next as usize)?;
            let node = match stands(look, node, &self.bytes, text.text, at) {
                true => *node,
                false => {
                    next = self.other_run(parent, next, text.text, at)?;
                    self.nodes[next as usize]
                }
            };
            self.starts[run] = at;
            at += node.length;
            parent = next;
            next = node.child;
            match node.follows {
                Follows::Text => {
                    at = match end_of_plain(look, text.text, at) {
                        Some(end) => end,
                        None => self.escaped_text(text, at, run)?,
                    };
                }
                Follows::Telling => {
                    let end = end_of_plain(look, text.text, at)?;
                    parent = self.value((parent, next), text.text.get(at as usize..end as usize)?)?;
                    next = self.nodes[parent as usize].child;
                    run += 1;
                    self.starts[run] = at;
                    at = end;
                }
                Follows::Number => at += number(text.text.get(at as usize..)?).ok()? as u32,
                Follows::End => {
                    self.starts[run + 1] = at;
                    if self.suspicious && self.holds_more(next, text) {
                        return None;
                    }
                    return Some(Known { shape: next, end: at });
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

    /// Whether paths go on in a text of the record, whose shape is `number`: as it has escapes, it may hold an object or
    /// an array. Then the shape does not tell where fields lie.
    #[cold]
    #[inline(never)]
    fn holds_more(&self, number: u32, text: Text<'_>) -> bool {
        let shape = &self.shapes[number as usize];
        let behind = |run: usize| self.starts[run as u8] + u32::from(shape.lengths[run]);
        self.escaped.iter().zip(shape.goes_on).enumerate().any(|(word, (escaped, goes_on))| {
            let mut runs = escaped & goes_on;
            while runs != 0 {
                let run = word * 64 + runs.trailing_zeros() as usize;
                if text.opens(behind(run)) {
                    return true;
                }
                runs &= runs - 1;
            }
            false
        })
    }

    /// The run behind `parent` that stands at `at`, which is not the one met last, but will be from now on.
    #[inline(never)]
    fn other_run(&mut self, parent: u32, first: u32, text: &[u8], at: u32) -> Option<u32> {
        let (mut before, mut next) = (first, self.nodes[first as usize].sibling);
        while next != NONE {
            let node = self.nodes[next as usize];
            if stands(COMMON, &node, &self.bytes, text, at) {
                self.nodes[before as usize].sibling = node.sibling;
                self.nodes[next as usize].sibling = first;
                self.nodes[parent as usize].child = next;
                return Some(next);
            }
            (before, next) = (next, node.sibling);
        }
        None
    }

    /// The node of a value that belongs to the shape, behind the run before it; the one met last is asked first.
    #[inline(always)]
    fn value(&mut self, (run, last): (u32, u32), value: &[u8]) -> Option<u32> {
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
fn stands(look: impl Look, node: &Node, bytes: &[u8], text: &[u8], at: u32) -> bool {
    let (at, length, start) = (at as usize, node.length as usize, node.start as usize);
    let same = match (block(text, at), block(bytes, start)) {
        // The first block tells most runs apart, and is all of most.
        (Some(here), Some(run)) => {
            look.same(here, run) | node.beyond == u64::MAX
                && (length <= block::SIZE
                    || text.get(at + block::SIZE..at + length)
                        == bytes.get(start + block::SIZE..start + length))
        }
        // Less than a block before the text's end.
        _ => text.get(at..at + length) == Some(&bytes[start..start + length]),
    };
    // Or a number's run would be taken for one that goes on with another value.
    same && (node.follows != Follows::Number || matches!(text.get(at + length), Some(b'-' | b'0'..=b'9')))
}

/// The block at `at`.
#[inline(always)]
fn block(text: &[u8], at: usize) -> Option<&Block> {
    text.get(at..).and_then(<[u8]>::first_chunk)
}

/// The quote that ends the string whose inside starts at `at`, if neither an escape nor a control character stands
/// before it.
#[inline(always)]
fn end_of_plain(look: impl Look, text: &[u8], at: u32) -> Option<u32> {
    let mut at = at as usize;
    loop {
        let Some(block) = block(text, at) else {
            let rest = text.get(at..)?;
            at += rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..b' '))?;
            break;
        };
        let stops = look.stops(block);
        if stops != 0 {
            at += stops.trailing_zeros() as usize;
            break;
        }
        at += block::SIZE;
    }
    // The text is short enough for its positions.
    (text[at] == b'"').then_some(at as u32)
}
