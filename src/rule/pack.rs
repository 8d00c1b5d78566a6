//! Parsed YAML in few bytes, written by the build, which includes this file: see `packed.rs`.

use super::yaml::{Node, Value};

/// Plain text.
pub(super) const PLAIN: u8 = 0;
/// Text in quotes.
pub(super) const QUOTED: u8 = 1;
/// A list.
pub(super) const LIST: u8 = 2;
/// A mapping.
pub(super) const MAP: u8 = 3;

/// The documents of a file as bytes.
#[cfg_attr(not(test), allow(dead_code, reason = "the build calls it"))]
pub(super) fn pack(documents: &[Node]) -> Vec<u8> {
    let mut out = Vec::new();
    number(documents.len(), &mut out);
    documents.iter().for_each(|node| put(node, &mut out));
    out
}

fn put(node: &Node, out: &mut Vec<u8>) {
    let (kind, count) = match &node.value {
        Value::Scalar { text, plain: true } => (PLAIN, text.len()),
        Value::Scalar { text, plain: false } => (QUOTED, text.len()),
        Value::List(items) => (LIST, items.len()),
        Value::Map(entries) => (MAP, entries.len()),
    };
    out.push(kind);
    [node.place.line, node.place.column, count].into_iter().for_each(|n| number(n, out));
    match &node.value {
        Value::Scalar { text, .. } => out.extend_from_slice(text.as_bytes()),
        Value::List(items) => items.iter().for_each(|item| put(item, out)),
        Value::Map(entries) => entries.iter().for_each(|(key, value)| {
            put(key, out);
            put(value, out);
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
