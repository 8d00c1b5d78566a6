//! A record that was read the usual way becomes a shape.

use super::super::block;
use super::super::json::string_end;
use super::super::slots::{Kind, Slot};
use super::super::trie::Leaf;
use super::super::{Layout, Slots};
use super::shape::{self, Shape};
use super::{Follows, LONGEST, MOST_BYTES, MOST_NODES, MOST_RUNS, NONE, Node, Shapes, stretch};
use std::hash::BuildHasher;
use std::num::NonZeroU32;
use std::ops::Range;

/// What stands before strings of which there are few: these are part of a run, as literals are, which spares one look
/// at each in every record.
pub(super) const BEFORE_FEW: [&str; 6] = [
    r#""eventVersion":"#,
    r#""sessionIssuer":{"type":"#,
    r#""mfaAuthenticated":"#,
    r#""eventCategory":"#,
    r#""tlsVersion":"#,
    r#""cipherSuite":"#,
];

/// Records with longer ones make no shape.
pub(super) const LONGEST_OF_FEW: usize = 40;

/// A stretch of a record: a run, or a value that belongs to the shape.
#[derive(Clone, Copy, Debug)]
struct Part {
    start: usize,
    end: usize,
    follows: Follows,
    /// Whether it is a value.
    value: bool,
    /// Whether paths go on in the text that follows, if that holds an object or an array.
    goes_on: bool,
}

/// Notes the shape of the record at `at..end`, which `slots` tell the fields of.
pub(in crate::event) fn learn(text: &str, at: usize, end: usize, layout: &Layout, slots: &mut Slots) {
    if end - at > LONGEST {
        return;
    }
    let told = match told(layout, slots) {
        Some(told) => told,
        None => return,
    };
    let Some(parts) = parts(text.as_bytes(), at..end, &told, layout) else { return };
    let Some(shape) = shape(layout, slots, &parts) else { return };
    slots.shapes.add(text.as_bytes(), &parts, shape);
}

/// Where the values of fields start that belong to the shape; `None` for a record in which they are not plain.
fn told(layout: &Layout, slots: &Slots) -> Option<Vec<usize>> {
    let mut told = Vec::new();
    for field in layout.telling() {
        for slot in slots.all(*field) {
            match slot.kind {
                Kind::Text | Kind::Number => told.push(slot.start as usize),
                // These are in no hole.
                Kind::True | Kind::False | Kind::Null => {}
                _ => return None,
            }
        }
    }
    Some(told)
}

/// A record in parts.
fn parts(text: &[u8], record: Range<usize>, told: &[usize], layout: &Layout) -> Option<Vec<Part>> {
    let Range { start, end } = record;
    let mut parts = Vec::new();
    // Of each open container whether it is an object.
    let (mut open, mut key) = (Vec::new(), false);
    // The layout's node for each open container, and for what follows; whether that is a part of an event.
    let (mut nodes, mut next, mut is_part) = (Vec::new(), Some(Layout::ROOT), false);
    let mut run = Part { start, end, follows: Follows::End, value: false, goes_on: false };
    let mut at = start;
    while at < end {
        match text[at] {
            b'{' | b'[' => {
                open.push(text[at] == b'{');
                key = text[at] == b'{';
                nodes.push(next);
                is_part = false;
            }
            b'}' | b']' => {
                open.pop();
                nodes.pop();
            }
            b',' => {
                key = *open.last()?;
                (next, is_part) = (*nodes.last()?, false);
            }
            b':' => key = false,
            b'"' if key => {
                let (end, escapes) = string_end(text, at + 1).ok()?;
                // Half a surrogate pair in a key would have to be told each time.
                if escapes {
                    return None;
                }
                let node = nodes.last().copied().flatten();
                let found = node.and_then(|node| layout.node(node).find(&text[at + 1..end]));
                next = found.and_then(|key| key.child).map(NonZeroU32::get);
                is_part = found.and_then(|key| key.leaf).is_some_and(Leaf::is_part);
                at = end;
            }
            b'"' => {
                let (inside, (close, escapes)) = (at + 1, string_end(text, at + 1).ok()?);
                if is_of_few(&text[..at]) {
                    // Either always or never: a run that ended here would begin all those that do not.
                    if escapes || close - at > LONGEST_OF_FEW {
                        return None;
                    }
                    at = close + 1;
                    continue;
                }
                let telling = told.contains(&inside);
                let follows = if telling { Follows::Telling } else { Follows::Text };
                let goes_on = next.is_some() && !is_part;
                parts.push(Part { end: inside, follows, goes_on, ..run });
                if telling {
                    parts.push(Part {
                        start: inside,
                        end: close,
                        follows: Follows::Text,
                        value: true,
                        ..run
                    });
                }
                run = Part { start: close, ..run };
                at = close;
            }
            b'-' | b'0'..=b'9' => {
                let length = super::super::pieces::number(&text[at..]).ok()?;
                if !told.contains(&at) {
                    parts.push(Part { end: at, follows: Follows::Number, ..run });
                    run = Part { start: at + length, ..run };
                }
                at += length - 1;
            }
            b't' | b'n' => at += 3,
            b'f' => at += 4,
            _ => {}
        }
        at += 1;
    }
    parts.push(run);
    (parts.len() <= MOST_RUNS).then_some(parts)
}

/// Whether few strings stand where this is what stands before.
fn is_of_few(before: &[u8]) -> bool {
    BEFORE_FEW.iter().any(|key| before.ends_with(key.as_bytes()))
}

/// Where the fields lie, told by the parts.
fn shape(layout: &Layout, slots: &Slots, parts: &[Part]) -> Option<Shape> {
    let mut shape = Shape { places: vec![0; layout.len()].into(), ..Shape::default() };
    let (mut firsts, mut more) = (Vec::new(), Vec::new());
    for (field, _) in layout.names() {
        for (number, slot) in slots.all(field).enumerate() {
            let slot = relative(slot, parts)?;
            match number {
                0 => {
                    firsts.push(slot);
                    shape.places[field.index()] = u8::try_from(firsts.len()).ok()?;
                }
                _ => more.push((field, slot)),
            }
        }
    }
    (shape.slots, shape.more) = (firsts.into(), more.into());
    let lengths = parts.iter().map(|part| u16::try_from(part.end - part.start).ok());
    shape.lengths = lengths.collect::<Option<_>>()?;
    for (run, _) in parts.iter().enumerate().filter(|(_, part)| part.goes_on) {
        shape.goes_on[run / 64] |= 1 << (run % 64);
    }
    let holes = (0u8..)
        .zip(parts)
        .filter(|(_, part)| !part.value && matches!(part.follows, Follows::Text | Follows::Number));
    shape.holes = holes.map(|(run, _)| (run, shape.lengths[usize::from(run)])).collect();
    Some(shape)
}

fn relative(slot: Slot, parts: &[Part]) -> Option<shape::Slot> {
    let (start, end) = (slot.start as usize, slot.end as usize);
    // The first run that reaches up to the start, and the last one that begins no later than the end.
    let from = parts.iter().position(|part| start <= part.end)?;
    let to = parts.iter().rposition(|part| part.start <= end)?;
    let hole = parts[from].end == start && parts[from].follows == Follows::Text;
    Some(shape::Slot {
        from: u8::try_from(from).ok()?,
        skip: u16::try_from(start.checked_sub(parts[from].start)?).ok()?,
        to: u8::try_from(to).ok()?,
        keep: u16::try_from(end.checked_sub(parts[to].start)?).ok()?,
        kind: if slot.kind == Kind::Escaped { Kind::Text } else { slot.kind },
        hole,
        more: slot.more,
    })
}

impl Shapes {
    fn add(&mut self, text: &[u8], parts: &[Part], shape: Shape) {
        if self.nodes.len() + parts.len() > MOST_NODES || self.bytes.len() > MOST_BYTES {
            self.restart();
        }
        if self.nodes.is_empty() {
            self.push(Node {
                start: 0,
                length: 0,
                beyond: beyond(0),
                follows: Follows::Text,
                child: NONE,
                sibling: NONE,
            });
        }
        let (mut parent, mut is_new) = (0, false);
        for part in parts {
            let bytes = &text[part.start..part.end];
            let child = self.child(parent, part, bytes);
            is_new = child.is_none();
            parent = child.unwrap_or_else(|| self.enter(parent, part, bytes));
        }
        if !is_new {
            return;
        }
        let number = self.shapes.len() as u32;
        self.nodes[parent as usize].child = number;
        self.shapes.push(shape);
    }

    /// The node of a part, if there is one.
    fn child(&self, parent: u32, part: &Part, bytes: &[u8]) -> Option<u32> {
        if part.value {
            return self.find_value(parent, bytes);
        }
        let mut next = self.nodes[parent as usize].child;
        while next != NONE {
            let node = &self.nodes[next as usize];
            if node.follows == part.follows && self.bytes_of(node) == bytes {
                return Some(next);
            }
            next = node.sibling;
        }
        None
    }

    /// Where these bytes lie. Most runs stand in many shapes: kept once, they are near when they are compared.
    fn place(&mut self, run: &[u8]) -> u32 {
        let hash = self.hasher.hash_one(run);
        let Shapes { runs, bytes, hasher, .. } = self;
        if let Some((start, _)) = runs.find(hash, |place| stretch(bytes, *place) == run) {
            return *start;
        }
        // There is room behind the last one.
        bytes.truncate(bytes.len().saturating_sub(block::SIZE));
        let start = bytes.len() as u32;
        bytes.extend_from_slice(run);
        bytes.extend_from_slice(&[0; block::SIZE]);
        runs.insert_unique(hash, (start, run.len() as u32), |place| hasher.hash_one(stretch(bytes, *place)));
        start
    }

    fn enter(&mut self, parent: u32, part: &Part, bytes: &[u8]) -> u32 {
        let start = self.place(bytes);
        let sibling = if part.value { parent } else { self.nodes[parent as usize].child };
        let number = self.push(Node {
            start,
            length: bytes.len() as u32,
            beyond: beyond(bytes.len()),
            follows: part.follows,
            child: NONE,
            sibling,
        });
        self.nodes[parent as usize].child = number;
        if part.value {
            let hash = self.hasher.hash_one((parent, bytes));
            let Shapes { values, nodes, bytes, hasher, .. } = self;
            let rehash = |number: &u32| {
                let node = &nodes[*number as usize];
                hasher.hash_one((node.sibling, stretch(bytes, (node.start, node.length))))
            };
            values.insert_unique(hash, number, rehash);
        }
        number
    }

    fn push(&mut self, node: Node) -> u32 {
        self.nodes.push(node);
        // No more than `MOST_NODES`.
        self.nodes.len() as u32 - 1
    }
}

/// Of a block's bytes, those that stand behind so many.
fn beyond(length: usize) -> u64 {
    u64::MAX.checked_shl(length as u32).unwrap_or(0)
}
