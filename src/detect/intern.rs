//! Group keys and terms as small numbers: each distinct byte string is kept once per worker.

use hashbrown::HashTable;
use std::hash::BuildHasher;

/// The number of a byte string in one [`Interner`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct KeyId(u32);

impl KeyId {
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// Distinct byte strings, numbered in the order first seen.
#[derive(Debug, Default)]
pub(crate) struct Interner {
    bytes: Vec<u8>,
    ends: Vec<u64>,
    table: HashTable<u32>,
    hasher: foldhash::fast::FixedState,
}

impl Interner {
    /// The number of `key`, a new one if it was never seen.
    pub(crate) fn intern(&mut self, key: &[u8]) -> KeyId {
        let hash = self.hasher.hash_one(key);
        if let Some(id) = self.known(hash, key) {
            return id;
        }
        // Four billion distinct keys would need hundreds of gigabytes; memory ends first.
        let id = u32::try_from(self.ends.len()).expect("fewer than 2^32 distinct keys");
        self.bytes.extend_from_slice(key);
        self.ends.push(self.bytes.len() as u64);
        let (bytes, ends, hasher) = (&self.bytes, &self.ends, &self.hasher);
        self.table.insert_unique(hash, id, |id| hasher.hash_one(slice(bytes, ends, *id)));
        KeyId(id)
    }

    fn known(&self, hash: u64, key: &[u8]) -> Option<KeyId> {
        self.table.find(hash, |id| slice(&self.bytes, &self.ends, *id) == key).map(|id| KeyId(*id))
    }

    /// The byte string with this number.
    pub(crate) fn get(&self, id: KeyId) -> &[u8] {
        slice(&self.bytes, &self.ends, id.0)
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Bytes they take.
    pub(crate) fn heap(&self) -> u64 {
        (self.bytes.capacity() + 8 * self.ends.capacity() + 5 * (self.table.capacity() * 8 / 7)) as u64
    }

    /// Takes over all of another's strings; gives their new numbers by their old ones.
    pub(crate) fn absorb(&mut self, other: &Interner) -> Vec<KeyId> {
        (0..other.len()).map(|id| self.intern(slice(&other.bytes, &other.ends, id as u32))).collect()
    }
}

/// More byte strings on top of those of an interner that others read at the same time.
#[derive(Debug)]
pub(crate) struct Overlay<'i> {
    base: &'i Interner,
    /// Numbered from where the base ends.
    more: Interner,
}

impl<'i> Overlay<'i> {
    /// Nothing but what the base has.
    pub(crate) fn new(base: &'i Interner) -> Overlay<'i> {
        Overlay { base, more: Interner::default() }
    }

    /// What lies below.
    pub(crate) fn base(&self) -> &'i Interner {
        self.base
    }

    /// The number of `key`, a new one if it was never seen.
    pub(crate) fn intern(&mut self, key: &[u8]) -> KeyId {
        if let Some(id) = self.base.known(self.base.hasher.hash_one(key), key) {
            return id;
        }
        let id = self.base.len() + self.more.intern(key).index();
        KeyId(u32::try_from(id).expect("fewer than 2^32 distinct keys"))
    }

    /// The byte string with this number.
    pub(crate) fn get(&self, id: KeyId) -> &[u8] {
        match id.index().checked_sub(self.base.len()) {
            None => self.base.get(id),
            Some(above) => slice(&self.more.bytes, &self.more.ends, above as u32),
        }
    }
}

fn slice<'b>(bytes: &'b [u8], ends: &[u64], id: u32) -> &'b [u8] {
    let id = id as usize;
    let start = if id == 0 { 0 } else { ends[id - 1] };
    &bytes[start as usize..ends[id] as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_overlay_adds_and_changes_nothing_below() {
        let mut base = Interner::default();
        let (a, empty) = (base.intern(b"a"), base.intern(b""));
        let mut over = Overlay::new(&base);
        let b = over.intern(b"b");
        let c = over.intern(b"c");
        assert_eq!([over.intern(b"a"), over.intern(b""), over.intern(b"b")], [a, empty, b]);
        assert_eq!([over.get(a), over.get(empty), over.get(b), over.get(c)], [&b"a"[..], b"", b"b", b"c"]);
        assert_eq!((base.len(), b.index(), c.index()), (2, 2, 3));
    }
}
