//! Which fields of a record are read: numbered paths and the trie that finds them while a record is scanned.

use std::num::NonZeroU32;

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::trie::{Leaf, Node};

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
        #[expect(non_camel_case_types, clippy::upper_case_acronyms, reason = "counts the constants")]
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
    REQUEST = "requestParameters",
    RESPONSE = "responseElements",
    ADDITIONAL = "additionalEventData",
    SERVICE_DETAILS = "serviceEventDetails",
    IDENTITY = "userIdentity",
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

/// Where CloudTrail writes an object, or null. An export that wrote a text there is seen to before a record is read.
pub(crate) const PARTS: [(&str, FieldId); 5] = [
    ("userIdentity", field::IDENTITY),
    ("requestParameters", field::REQUEST),
    ("responseElements", field::RESPONSE),
    ("additionalEventData", field::ADDITIONAL),
    ("serviceEventDetails", field::SERVICE_DETAILS),
];

/// The fields that tell most events apart: few distinct combinations of their values occur in any log.
const TELLING: [&str; 14] = [
    "eventSource",
    "eventName",
    "eventType",
    "eventCategory",
    "errorCode",
    "readOnly",
    "userIdentity.type",
    "userIdentity.invokedBy",
    "sessionCredentialFromConsole",
    "responseElements.ConsoleLogin",
    "responseElements.SwitchRole",
    "responseElements.CheckMfa",
    "responseElements.ExternalIdPDirectoryLogin",
    "serviceEventDetails.CredentialVerification",
];

/// The field paths a run reads. Immutable once built, shared by all workers.
#[derive(Debug)]
pub struct Layout {
    names: Vec<String>,
    /// Rules name the paths, not logs: no hash need be secret.
    ids: HashMap<String, FieldId, FixedState>,
    nodes: Vec<Node>,
    keys: u32,
    telling: Vec<FieldId>,
}

impl Layout {
    /// A layout that reads `paths` besides the fields of [`field`].
    ///
    /// # Panics
    /// When more than 65,535 distinct paths are asked for.
    pub fn new<'a>(paths: impl IntoIterator<Item = &'a str>) -> Layout {
        let mut layout = Layout {
            names: Vec::new(),
            ids: HashMap::default(),
            nodes: vec![Node::default()],
            keys: 0,
            telling: Vec::new(),
        };
        for path in ALWAYS.into_iter().chain(paths) {
            layout.add(path);
        }
        for node in &mut layout.nodes {
            layout.keys = node.index(layout.keys);
        }
        layout.telling = TELLING.iter().filter_map(|path| layout.id(path)).collect();
        layout.telling.sort_unstable();
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

    /// Of the fields that tell most events apart those that are read, in the order of their numbers.
    pub fn telling(&self) -> &[FieldId] {
        &self.telling
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

    /// The number of the node for a record's own keys.
    pub(crate) const ROOT: u32 = 0;

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
        let mut at = 0;
        for (depth, name) in keys.iter().enumerate() {
            let next = u32::try_from(self.nodes.len()).ok().and_then(NonZeroU32::new);
            let key = self.nodes[at].key_mut(name);
            if depth + 1 == keys.len() {
                key.leaf = Some(leaf);
                return;
            }
            match key.child {
                Some(child) => at = child.get() as usize,
                None => {
                    key.child = next;
                    at = self.nodes.len();
                    self.nodes.push(Node::default());
                }
            }
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
        let key = layout.node(Layout::ROOT).find(b"requestParameters").unwrap();
        assert!(key.leaf.is_some());
        let child = layout.node(key.child.unwrap().get());
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
