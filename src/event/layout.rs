//! Which fields of a record are read: numbered paths and the trie that finds them while a record is scanned.

use std::collections::HashMap;

/// The number of a field path within one [`Layout`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldId(pub(crate) u16);

impl FieldId {
    /// The number as an index.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// Names the fields that every run reads, whatever its rules ask for; each has the same number in every layout.
macro_rules! always {
    ($($name:ident = $path:literal),* $(,)?) => {
        #[expect(non_camel_case_types, reason = "counts the constants")]
        #[repr(u16)]
        enum Always { $($name),*, COUNT }
        /// Fields with the same number in every layout.
        pub mod field {
            use super::{Always, FieldId};
            $(#[doc = concat!("`", $path, "`")] pub const $name: FieldId = FieldId(Always::$name as u16);)*
        }
        const ALWAYS: [&str; Always::COUNT as usize] = [$($path),*];
    };
}

always! {
    EVENT_TIME = "eventTime",
    EVENT_ID = "eventID",
    EVENT_NAME = "eventName",
    EVENT_SOURCE = "eventSource",
    EVENT_VERSION = "eventVersion",
    EVENT_TYPE = "eventType",
    EVENT_CATEGORY = "eventCategory",
    TIMESTAMP = "@timestamp",
    REGION = "awsRegion",
    RECIPIENT = "recipientAccountId",
    ERROR_CODE = "errorCode",
    IDENTITY_TYPE = "userIdentity.type",
    IDENTITY_ARN = "userIdentity.arn",
    IDENTITY_ACCOUNT = "userIdentity.accountId",
    IDENTITY_PRINCIPAL = "userIdentity.principalId",
    IDENTITY_USER = "userIdentity.userName",
    IDENTITY_INVOKED_BY = "userIdentity.invokedBy",
    IDENTITY_PROVIDER = "userIdentity.identityProvider",
    ISSUER_ARN = "userIdentity.sessionContext.sessionIssuer.arn",
    ISSUER_TYPE = "userIdentity.sessionContext.sessionIssuer.type",
}

/// The field paths a run reads. Immutable once built, shared by all workers.
#[derive(Debug)]
pub struct Layout {
    names: Vec<String>,
    ids: HashMap<String, FieldId>,
    nodes: Vec<Node>,
    keys: u32,
}

/// One level of the trie: the keys of an object that matter.
#[derive(Debug, Default)]
pub(crate) struct Node {
    keys: Vec<Key>,
    /// Open addressing over `keys`. Its length is a power of two, and most of it is empty: nearly every key of a
    /// record that no path names is refused by one look.
    table: Vec<Place>,
}

/// A place of a node's table.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    /// Further bits of the name's hash.
    tag: u16,
    /// 0 is empty, else the key's index + 1.
    key: u16,
}

/// A key of an object that some path goes through or ends at.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) name: Box<[u8]>,
    /// The name's beginning, as [`Name`] has it.
    head: u128,
    /// Its number among the keys of all nodes.
    pub(crate) number: u32,
    /// The fields whose path ends here. Several, as one literal key may spell two paths' ends.
    pub(crate) leaves: Vec<Leaf>,
    /// The node that the paths beyond this key continue in.
    pub(crate) child: Option<u32>,
}

/// A path's end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Leaf {
    pub(crate) field: FieldId,
    /// How literally the keys on the way were taken: of `a.b` under `{"a.b": 1, "a": {"b": 2}}` the literal key
    /// has the smaller rank and wins (Sigma leaves keys with dots open; this is our decision).
    pub(crate) rank: u8,
}

impl Layout {
    /// A layout that reads `paths` besides the fields of [`field`].
    ///
    /// # Panics
    /// When more than 65,535 distinct paths are asked for.
    pub fn new<'a>(paths: impl IntoIterator<Item = &'a str>) -> Layout {
        let mut layout =
            Layout { names: Vec::new(), ids: HashMap::new(), nodes: vec![Node::default()], keys: 0 };
        for path in ALWAYS.into_iter().chain(paths) {
            layout.add(path);
        }
        for node in &mut layout.nodes {
            layout.keys = node.index(layout.keys);
        }
        layout
    }

    /// The number of `path`, if this layout reads it.
    pub fn id(&self, path: &str) -> Option<FieldId> {
        self.ids.get(path).copied()
    }

    /// The path with the number `id`.
    pub fn name(&self, id: FieldId) -> &str {
        &self.names[id.index()]
    }

    /// How many fields are read.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Never: the fields of [`field`] are always read.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// All paths in the order of their numbers.
    pub fn names(&self) -> impl Iterator<Item = (FieldId, &str)> {
        (0u16..).map(FieldId).zip(self.names.iter().map(String::as_str))
    }

    pub(crate) fn root(&self) -> &Node {
        &self.nodes[0]
    }

    pub(crate) fn node(&self, number: u32) -> &Node {
        &self.nodes[number as usize]
    }

    /// How many keys all nodes have.
    pub(crate) fn keys(&self) -> usize {
        self.keys as usize
    }

    fn add(&mut self, path: &str) {
        if self.ids.contains_key(path) {
            return;
        }
        let id = FieldId(u16::try_from(self.names.len()).expect("fewer than 65,536 field paths"));
        self.names.push(path.to_owned());
        self.ids.insert(path.to_owned(), id);
        for (rank, keys) in spellings(path).into_iter().enumerate() {
            self.insert(&keys, Leaf { field: id, rank: u8::try_from(rank).unwrap_or(u8::MAX) });
        }
    }

    fn insert(&mut self, keys: &[&str], leaf: Leaf) {
        let mut at = 0usize;
        for (depth, name) in keys.iter().enumerate() {
            let key = self.nodes[at].key_mut(name);
            if depth + 1 == keys.len() {
                self.nodes[at].keys[key].leaves.push(leaf);
                return;
            }
            at = match self.nodes[at].keys[key].child {
                Some(child) => child as usize,
                None => {
                    let child = self.nodes.len();
                    self.nodes.push(Node::default());
                    self.nodes[at].keys[key].child = u32::try_from(child).ok();
                    child
                }
            };
        }
    }
}

/// The ways to cut a dotted path into keys, the most literal first. Only the paths into request and response,
/// where services put their own names, and Splunk-like flattened exports hold dotted keys; a cut of more than six
/// parts is only tried whole and fully split, which bounds the trie.
pub(crate) fn spellings(path: &str) -> Vec<Vec<&str>> {
    let dots: Vec<usize> = path.match_indices('.').map(|(at, _)| at).collect();
    if dots.len() > 5 {
        return vec![vec![path], path.split('.').collect()];
    }
    let mut all = Vec::new();
    cut(path, &mut Vec::new(), &mut all);
    all
}

fn cut<'a>(rest: &'a str, before: &mut Vec<&'a str>, all: &mut Vec<Vec<&'a str>>) {
    before.push(rest);
    all.push(before.clone());
    before.pop();
    for (at, _) in rest.match_indices('.').collect::<Vec<_>>().into_iter().rev() {
        before.push(&rest[..at]);
        cut(&rest[at + 1..], before, all);
        before.pop();
    }
}

impl Node {
    /// The entry for an object's key, if any path goes this way.
    pub(crate) fn find(&self, name: &[u8]) -> Option<&Key> {
        self.probe(head(name), name)
    }

    /// [`Node::find`] for the name at `start..end` of a text, which spares copying the name's beginning.
    #[inline(always)]
    pub(crate) fn find_in(&self, text: &[u8], start: usize, end: usize) -> Option<&Key> {
        let name = text.get(start..end)?;
        match text.get(start..).and_then(|rest| rest.first_chunk::<16>()) {
            Some(chunk) => {
                let wanted = if name.len() < 16 { (1 << (8 * name.len())) - 1 } else { u128::MAX };
                self.probe(u128::from_le_bytes(*chunk) & wanted, name)
            }
            None => self.find(name),
        }
    }

    #[inline(always)]
    fn probe(&self, head: u128, name: &[u8]) -> Option<&Key> {
        let mask = self.table.len().checked_sub(1)?;
        let hash = hash(head, name.len());
        let mut at = slot(hash);
        loop {
            let place = self.table[at & mask];
            if place.key == 0 {
                return None;
            }
            if place.tag == tag(hash) {
                let key = &self.keys[usize::from(place.key) - 1];
                if key.head == head
                    && key.name.len() == name.len()
                    && (name.len() <= 16 || key.name[16..] == name[16..])
                {
                    return Some(key);
                }
            }
            at += 1;
        }
    }

    fn key_mut(&mut self, name: &str) -> usize {
        match self.keys.iter().position(|key| *key.name == *name.as_bytes()) {
            Some(at) => at,
            None => {
                let name: Box<[u8]> = name.as_bytes().into();
                let head = head(&name);
                self.keys.push(Key { name, head, number: 0, leaves: Vec::new(), child: None });
                self.keys.len() - 1
            }
        }
    }

    /// Numbers the keys from `first` on and enters them in the table. Returns the next number.
    fn index(&mut self, first: u32) -> u32 {
        let mask = (self.keys.len() * 8).next_power_of_two() - 1;
        self.table = vec![Place::default(); mask + 1];
        let mut next = first;
        for (index, key) in self.keys.iter_mut().enumerate() {
            key.number = next;
            next += 1;
            let hash = hash(key.head, key.name.len());
            let mut at = slot(hash) & mask;
            while self.table[at].key != 0 {
                at = (at + 1) & mask;
            }
            // There are fewer keys of one object than fields, and those fit.
            let key = u16::try_from(index + 1).expect("fewer than 65,536 keys of one object");
            self.table[at] = Place { tag: tag(hash), key };
        }
        next
    }
}

/// The first sixteen bytes of a name as a number, which compares faster than bytes do.
fn head(name: &[u8]) -> u128 {
    let mut chunk = [0; 16];
    let length = name.len().min(16);
    chunk[..length].copy_from_slice(&name[..length]);
    u128::from_le_bytes(chunk)
}

/// No defence against names made to collide is needed: the table holds the rules' names, and a foreign name costs
/// as many steps as the longest run of those.
#[inline(always)]
fn hash(head: u128, length: usize) -> u64 {
    let (low, high) = (head as u64, (head >> 64) as u64);
    (low ^ high.rotate_left(29) ^ (length as u64) << 59).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

#[inline(always)]
fn slot(hash: u64) -> usize {
    (hash >> 40) as usize
}

#[inline(always)]
fn tag(hash: u64) -> u16 {
    (hash >> 24) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_literal_spelling_comes_first() {
        assert_eq!(
            spellings("a.b.c"),
            vec![vec!["a.b.c"], vec!["a.b", "c"], vec!["a", "b.c"], vec!["a", "b", "c"]]
        );
    }

    #[test]
    fn a_path_may_end_where_another_goes_on() {
        let layout = Layout::new(["requestParameters", "requestParameters.policyArn"]);
        let key = layout.root().find(b"requestParameters").unwrap();
        assert_eq!(key.leaves.len(), 1);
        let child = layout.node(key.child.unwrap());
        assert!(child.find(b"policyArn").is_some());
        assert!(child.find(b"policyarn").is_none());
    }

    #[test]
    fn common_fields_keep_their_numbers() {
        let layout = Layout::new(["zzz", "eventName"]);
        assert_eq!(layout.id("eventName"), Some(field::EVENT_NAME));
        assert_eq!(layout.name(field::ISSUER_TYPE), "userIdentity.sessionContext.sessionIssuer.type");
    }
}
