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
        let (bytes, ends) = (&self.bytes, &self.ends);
        if let Some(id) = self.table.find(hash, |id| slice(bytes, ends, *id) == key) {
            return KeyId(*id);
        }
        // Four billion distinct keys would need hundreds of gigabytes; memory ends first.
        let id = u32::try_from(self.ends.len()).expect("fewer than 2^32 distinct keys");
        self.bytes.extend_from_slice(key);
        self.ends.push(self.bytes.len() as u64);
        let (bytes, ends, hasher) = (&self.bytes, &self.ends, &self.hasher);
        self.table.insert_unique(hash, id, |id| hasher.hash_one(slice(bytes, ends, *id)));
        KeyId(id)
    }

    /// The byte string with this number.
    pub(crate) fn get(&self, id: KeyId) -> &[u8] {
        slice(&self.bytes, &self.ends, id.0)
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Takes over all of another's strings; gives their new numbers by their old ones.
    pub(crate) fn absorb(&mut self, other: &Interner) -> Vec<KeyId> {
        (0..other.len()).map(|id| self.intern(slice(&other.bytes, &other.ends, id as u32))).collect()
    }
}

fn slice<'b>(bytes: &'b [u8], ends: &[u64], id: u32) -> &'b [u8] {
    let id = id as usize;
    let start = if id == 0 { 0 } else { ends[id - 1] };
    &bytes[start as usize..ends[id] as usize]
}
