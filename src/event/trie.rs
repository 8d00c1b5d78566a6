//! One level of a layout's trie: the keys of an object that matter, found by one look.

use std::num::NonZeroU32;

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::layout::{FieldId, PARTS};

/// One level of the trie: the keys of an object that matter.
#[derive(Debug, Default)]
pub(crate) struct Node {
    keys: Vec<(Box<str>, Key)>,
    /// Where each key stands, until all are there.
    places: HashMap<Box<str>, usize, FixedState>,
    /// Copies of the keys, side by side.
    found: Vec<Key>,
    /// Open addressing over `found`: sixteen bits of a name's hash, and the key's place from 1 on; 0 where nothing is.
    /// An eighth full at most, as most names of a record are in no path. Its length is a power of two.
    table: Vec<u32>,
}

/// A key of an object that some path goes through or ends at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key {
    /// The name's first sixteen bytes as a number, which compares faster than bytes do; a shorter one ends in zeros.
    head: u128,
    /// The last sixteen bytes of a name longer than sixteen.
    tail: u128,
    /// How long the name is.
    length: usize,
    /// Its number among the keys of all nodes.
    pub(crate) number: u32,
    /// The node that the paths beyond this key continue in.
    pub(crate) child: Option<NonZeroU32>,
    /// The field whose path ends here. One at most: the keys on the way, joined, are its path.
    pub(crate) leaf: Option<Leaf>,
}

/// A path's end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Leaf {
    pub(crate) field: FieldId,
    /// How literally the keys on the way were taken: of `a.b` under `{"a.b": 1, "a": {"b": 2}}` the literal key
    /// has the smaller rank and wins (Sigma leaves keys with dots open; this is our decision).
    pub(crate) rank: u8,
}

impl Leaf {
    /// Whether this is a part of an event: if that is a text, the reader of files puts the object back that it holds.
    pub(crate) fn is_part(self) -> bool {
        PARTS.iter().any(|(_, field)| *field == self.field)
    }
}

impl Node {
    /// The entry for an object's key, if any path goes this way.
    pub(crate) fn find(&self, name: &[u8]) -> Option<&Key> {
        self.probe(head(name), name.len(), name, 0)
    }

    /// [`Node::find`] for the name at `start..end` of a text, which spares copying it.
    #[inline(always)]
    pub(crate) fn find_in(&self, text: &[u8], start: u32, end: u32) -> Option<&Key> {
        let (start, length) = (start as usize, end.wrapping_sub(start) as usize);
        match text.get(start..start + 16).and_then(<[u8]>::first_chunk) {
            Some(chunk) => {
                self.probe(u128::from_le_bytes(*chunk) & MASKS[length.min(16)], length, text, start)
            }
            None => self.find(text.get(start..end as usize)?),
        }
    }

    /// The key of `length` bytes that starts with `head` and stands at `start` of `text`.
    #[inline(always)]
    fn probe(&self, head: u128, length: usize, text: &[u8], start: usize) -> Option<&Key> {
        let hash = hash(head, length);
        let mask = self.table.len().wrapping_sub(1);
        let mut at = hash;
        loop {
            let entry = *self.table.get(at & mask)?;
            if entry == 0 {
                return None;
            }
            if entry >> 16 == fingerprint(hash) {
                let key = &self.found[(entry & 0xffff) as usize - 1];
                if key.head == head
                    && key.length == length
                    && (length <= 16 || self.rest_is(key, text, start))
                {
                    return Some(key);
                }
            }
            at += 1;
        }
    }

    #[inline(always)]
    fn rest_is(&self, key: &Key, text: &[u8], start: usize) -> bool {
        let end = start + key.length;
        let tail = text.get(end - 16..end).and_then(<[u8]>::first_chunk);
        tail.is_some_and(|tail| u128::from_le_bytes(*tail) == key.tail)
            && (key.length <= 32 || self.all_is(key, text, start))
    }

    #[inline(never)]
    fn all_is(&self, key: &Key, text: &[u8], start: usize) -> bool {
        self.keys.iter().any(|(name, other)| {
            other.number == key.number && text.get(start..start + key.length) == Some(name.as_bytes())
        })
    }

    pub(super) fn key_mut(&mut self, name: &str) -> &mut Key {
        let at = self.places.get(name).copied().unwrap_or_else(|| {
            self.places.insert(name.into(), self.keys.len());
            self.keys.push((name.into(), Key::new(name.as_bytes())));
            self.keys.len() - 1
        });
        &mut self.keys[at].1
    }

    /// Numbers the keys from `first` on and enters them in the table. Returns the next number.
    pub(super) fn index(&mut self, first: u32) -> u32 {
        self.places = HashMap::default();
        let mask = (self.keys.len() * 8).next_power_of_two() - 1;
        self.table = vec![0; mask + 1];
        let mut next = first;
        for (place, (_, key)) in (1u32..).zip(&mut self.keys) {
            key.number = next;
            next += 1;
            let hash = hash(key.head, key.length);
            let mut at = hash & mask;
            while self.table[at] != 0 {
                at = (at + 1) & mask;
            }
            // A layout has fewer fields than places can be told.
            self.table[at] = fingerprint(hash) << 16 | (place & 0xffff);
            self.found.push(*key);
        }
        next
    }
}

impl Key {
    fn new(name: &[u8]) -> Key {
        let tail = name.last_chunk().map_or(0, |tail| u128::from_le_bytes(*tail));
        Key { head: head(name), tail, length: name.len(), number: 0, child: None, leaf: None }
    }
}

/// For a number of bytes, the mask that keeps as many.
pub(super) const MASKS: [u128; 17] = {
    let mut masks = [u128::MAX; 17];
    let mut bytes = 0;
    while bytes < 16 {
        masks[bytes] = (1 << (8 * bytes)) - 1;
        bytes += 1;
    }
    masks
};

/// See [`Key`].
pub(super) fn head(name: &[u8]) -> u128 {
    let mut chunk = [0; 16];
    let length = name.len().min(16);
    chunk[..length].copy_from_slice(&name[..length]);
    u128::from_le_bytes(chunk)
}

/// No defence against names made to collide is needed: the table holds the rules' names, and a foreign name costs
/// as many steps as the longest run of those.
#[inline(always)]
fn hash(head: u128, length: usize) -> usize {
    let (low, high) = (head as u64, (head >> 64) as u64);
    let hash = (low ^ high.rotate_left(29) ^ (length as u64) << 59).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (hash >> 32) as usize
}

/// The bits of a hash that a table's places do not go by.
#[inline(always)]
fn fingerprint(hash: usize) -> u32 {
    (hash >> 16) as u32 & 0xffff
}

#[cfg(test)]
mod tests {
    use crate::event::Layout;

    #[test]
    fn names_of_any_length_are_told_apart() {
        let names: Vec<String> = (0..70).map(|length| "x".repeat(length)).collect();
        let wanted = |name: &&String| name.len().is_multiple_of(3);
        let layout = Layout::new(names.iter().filter(wanted).map(String::as_str));
        let node = layout.node(Layout::ROOT);
        for name in &names {
            let found =
                node.find(name.as_bytes()).and_then(|key| key.leaf).map(|leaf| layout.name(leaf.field));
            assert_eq!(found, wanted(&name).then_some(name.as_str()));
            for behind in ["", "\"yyyyyyyyyyyyyyyyyyy"] {
                let text = format!("..{name}{behind}");
                let key = node.find_in(text.as_bytes(), 2, 2 + name.len() as u32);
                assert_eq!(key.is_some(), wanted(&name));
            }
            for at in 0..name.len() {
                let mut other = name.clone().into_bytes();
                other[at] = b'y';
                assert!(node.find(&other).is_none());
            }
        }
    }
}
