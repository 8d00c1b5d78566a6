//! The techniques of ATT&CK that a rule names, as the schema has them.

use serde_json::{Value, json};

use super::object;
use crate::known::attack;

/// A technique, and the sub-technique if it is one, with their names.
pub(super) fn attack(id: &str) -> Option<Value> {
    let technique = id.split_once('.').map_or(id, |(technique, _)| technique);
    // The table has sub-techniques as `Technique: Sub-technique`, and not the technique of every one.
    let name = attack::technique(id).map(|known| known.name.split_once(": ").unwrap_or((known.name, "")));
    let sub = (technique != id).then(|| {
        let name = name.map(|(_, name)| name).filter(|name| !name.is_empty());
        object([("uid", Some(json!(id))), ("name", name.map(|name| json!(name)))])
    });
    object([
        ("version", Some(json!(attack::VERSION))),
        ("technique", object([("uid", Some(json!(technique))), ("name", name.map(|(name, _)| json!(name)))])),
        ("sub_technique", sub.flatten()),
    ])
}
