//! Parsed YAML in few bytes, written by the build, which includes this file: see `packed.rs`.

use std::collections::HashMap;

use super::yaml::{Node, Value};

/// Plain text.
pub(super) const PLAIN: u8 = 0;
/// Text in quotes.
pub(super) const QUOTED: u8 = 1;
/// A list.
pub(super) const LIST: u8 = 2;
/// A mapping.
pub(super) const MAP: u8 = 3;

/// The texts of all files one after another, each once.
#[derive(Default)]
#[cfg_attr(not(test), allow(dead_code, reason = "the build makes them"))]
pub(super) struct Texts {
    pub(super) all: String,
    starts: HashMap<String, usize>,
}

impl Texts {
    fn start(&mut self, text: &str) -> usize {
        if let Some(start) = self.starts.get(text) {
            return *start;
        }
        let start = self.all.len();
        self.all.push_str(text);
        self.starts.insert(text.to_owned(), start);
        start
    }
}

/// The documents of a file as bytes; their texts go to `texts`.
#[cfg_attr(not(test), allow(dead_code, reason = "the build calls it"))]
pub(super) fn pack(documents: &[Node], texts: &mut Texts) -> Vec<u8> {
    let mut out = Vec::new();
    number(documents.len(), &mut out);
    documents.iter().for_each(|node| put(node, texts, &mut out));
    out
}

fn put(node: &Node, texts: &mut Texts, out: &mut Vec<u8>) {
    let (kind, count) = match &node.value {
        Value::Scalar { text, plain: true } => (PLAIN, text.len()),
        Value::Scalar { text, plain: false } => (QUOTED, text.len()),
        Value::List(items) => (LIST, items.len()),
        Value::Map(entries) => (MAP, entries.len()),
    };
    out.push(kind);
    [node.place.line, node.place.column, count].into_iter().for_each(|n| number(n, out));
    match &node.value {
        Value::Scalar { text, .. } => number(texts.start(text), out),
        Value::List(items) => items.iter().for_each(|item| put(item, texts, out)),
        Value::Map(entries) => entries.iter().for_each(|(key, value)| {
            put(key, texts, out);
            put(value, texts, out);
        }),
    }
}

fn number(mut n: usize, out: &mut Vec<u8>) {
    while n > 0x7f {
        out.push((n & 0x7f) as u8 | 0x80);
        n >>= 7;
    }
    out.push((n & 0x7f) as u8);
}
