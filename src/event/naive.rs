//! The slow and obvious reader: a full parse by serde_json, walked path by path. Oracle of the scanner, and its
//! fallback for records that are unusual.

use serde_json::Value;

use super::json::{Fault, FaultKind};
use super::layout::{PARTS, spellings};
use super::slots::{Kind, Slot};
use super::{Layout, Slots};

/// A record read the slow way.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The record as it was written, and behind it the values that the slots point to.
    pub text: String,
    /// The first byte behind the record in the text it was read from. In `self.text` the record starts at 0.
    pub end: usize,
}

/// What a dotted path means: the values it leads to, in their order.
///
/// Each level takes one key. A key may itself hold dots, so that a path has several spellings; of those that lead
/// anywhere the most literal one counts, alone. Between two keys the path goes on in every object of an array,
/// however deeply arrays lie in arrays; an array at the path's end is one value. Where a key is missing, or a scalar
/// stands in the way, there is no value; an explicit `null` is one.
pub fn walk<'v>(value: &'v Value, path: &str) -> Vec<&'v Value> {
    let mut found = Vec::new();
    for keys in spellings(path) {
        follow(value, &keys, &mut found);
        if !found.is_empty() {
            break;
        }
    }
    found
}

fn follow<'v>(value: &'v Value, keys: &[&str], found: &mut Vec<&'v Value>) {
    match (keys, value) {
        ([], _) => found.push(value),
        ([first, rest @ ..], Value::Object(members)) => {
            if let Some(member) = members.get(*first) {
                follow(member, rest, found);
            }
        }
        (_, Value::Array(elements)) => elements.iter().for_each(|element| follow(element, keys, found)),
        _ => {}
    }
}

/// Texts within texts are gone into no deeper than this.
const MOST_TEXTS: u8 = 4;

/// A value in which the texts that hold exactly one object or array, and nothing else, are that; `None` if there are
/// none. Not among them are those that `stays` wants to stay, by their text.
pub(crate) fn opened(value: &Value, stays: &impl Fn(&str) -> bool) -> Option<Value> {
    open(value, stays, MOST_TEXTS)
}

fn open(value: &Value, stays: &impl Fn(&str) -> bool, texts: u8) -> Option<Value> {
    match value {
        Value::String(text) if text.starts_with(['{', '[']) && texts > 0 && !stays(text) => {
            let held: Value = serde_json::from_str(text).ok()?;
            Some(open(&held, stays, texts - 1).unwrap_or(held))
        }
        Value::Array(elements) => {
            let all: Vec<_> = elements.iter().map(|element| open(element, stays, texts)).collect();
            let or_as_is =
                |(opened, element): (Option<Value>, &Value)| opened.unwrap_or_else(|| element.clone());
            let any = all.iter().any(Option::is_some);
            any.then(|| Value::Array(all.into_iter().zip(elements).map(or_as_is).collect()))
        }
        Value::Object(members) => {
            let mut all: Option<serde_json::Map<_, _>> = None;
            for (key, member) in members {
                if let Some(opened) = open(member, stays, texts) {
                    all.get_or_insert_with(|| members.clone()).insert(key.clone(), opened);
                }
            }
            all.map(Value::Object)
        }
        _ => None,
    }
}

/// A record in which texts are opened, but for its parts: see [`PARTS`].
fn opened_record(record: &Value) -> Option<Value> {
    let mut record = record.clone();
    let parts: Vec<(&str, Value)> = PARTS
        .iter()
        .filter_map(|(name, _)| Some((*name, record.get_mut(name).filter(|part| part.is_string())?.take())))
        .collect();
    let mut opened = opened(&record, &|_| false)?;
    for (name, part) in parts {
        opened[name] = part;
    }
    Some(opened)
}

/// Reads the object that starts at `text[at]`, as [`super::scanner::read`] does, but the slots point into the text
/// it returns. Numbers come as serde_json writes them.
pub fn read(text: &str, at: usize, layout: &Layout, slots: &mut Slots) -> Result<Reading, Fault> {
    slots.clear();
    let rest = text.get(at..).ok_or(Fault { at, kind: FaultKind::Expected("the start of a character") })?;
    if !rest.starts_with('{') {
        let kind = if rest.is_empty() { FaultKind::Truncated } else { FaultKind::Expected("an object") };
        return Err(Fault { at, kind });
    }
    let mut values = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
    let record = match values.next() {
        Some(Ok(record)) => record,
        Some(Err(error)) => return Err(fault(text, at, &error)),
        None => return Err(Fault { at: text.len(), kind: FaultKind::Truncated }),
    };
    let end = at + values.byte_offset();
    let mut arena = text[at..end].to_owned();
    let opened = opened_record(&record);
    for (field, path) in layout.names() {
        let mut found = walk(&record, path);
        // What an export wrote as a text, where services write an object, is gone into where that leads anywhere.
        if found.is_empty()
            && let Some(opened) = &opened
        {
            found = walk(opened, path);
        }
        for value in found {
            let Some(slot) = write(value, &mut arena) else {
                return Err(Fault { at, kind: FaultKind::Expected("values of less than 4 GiB") });
            };
            let object = slots.enter();
            slots.add(field, Slot { object, ..slot });
        }
    }
    Ok(Reading { text: arena, end })
}

/// Appends a value's JSON to the arena.
fn write(value: &Value, arena: &mut String) -> Option<Slot> {
    let start = arena.len();
    arena.push_str(&value.to_string());
    let inside = &arena[start..];
    let (kind, quote) = match value {
        Value::Null => (Kind::Null, 0),
        Value::Bool(true) => (Kind::True, 0),
        Value::Bool(false) => (Kind::False, 0),
        Value::Number(_) => (Kind::Number, 0),
        Value::String(_) if inside.contains('\\') => (Kind::Escaped, 1),
        Value::String(_) => (Kind::Text, 1),
        Value::Array(_) => (Kind::Array, 0),
        Value::Object(_) => (Kind::Object, 0),
    };
    let start = u32::try_from(start + quote).ok()?;
    let end = u32::try_from(arena.len() - quote).ok()?;
    Some(Slot { start, end, kind, ..Slot::default() })
}

fn fault(text: &str, at: usize, error: &serde_json::Error) -> Fault {
    if error.is_eof() {
        return Fault { at: text.len(), kind: FaultKind::Truncated };
    }
    // Lines and columns count from 1, columns in bytes.
    let line: usize = text[at..].split_inclusive('\n').take(error.line() - 1).map(str::len).sum();
    let at = at + line + error.column().saturating_sub(1);
    // serde_json tells the kinds of its syntax errors by their words only.
    let kind = match error.to_string().starts_with("recursion limit") {
        true => FaultKind::TooDeep,
        false => FaultKind::Expected("what serde_json accepts"),
    };
    Fault { at, kind }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn walked(value: &Value, path: &str) -> Value {
        walk(value, path).into_iter().cloned().collect()
    }

    #[test]
    fn paths_go_through_arrays_and_end_at_them() {
        let value = json!({"a": [{"b": 1}, [{"b": [2, 3]}], {"c": 0}, 7], "n": null});
        assert_eq!(walked(&value, "a.b"), json!([1, [2, 3]]));
        assert_eq!(walked(&value, "a.c"), json!([0]));
        assert_eq!(walked(&value, "n"), json!([null]));
        for absent in ["n.x", "a.b.c", "x", "a.x", ""] {
            assert_eq!(walked(&value, absent), json!([]), "{absent}");
        }
    }

    #[test]
    fn the_most_literal_spelling_counts_alone() {
        let value =
            json!({"a": {"b.c": 1, "b": {"c": 2}}, "a.b": {"c": 3}, "x": [{"y": {"z": 4}}, {"y.z": 5}]});
        assert_eq!(walked(&value, "a.b.c"), json!([3]));
        assert_eq!(walked(&value["a"], "b.c"), json!([1]));
        assert_eq!(walked(&value, "x.y.z"), json!([5]));
    }

    #[test]
    fn faults_say_where() {
        let layout = Layout::new([]);
        let fault = |text: &str| read(text, 1, &layout, &mut Slots::new(layout.len())).unwrap_err();
        assert_eq!(fault(" {\"a\":\n 1,, }").at, 10);
        assert_eq!(fault(" {\"a\":\n 1").kind, FaultKind::Truncated);
        assert_eq!(fault(" ").kind, FaultKind::Truncated);
        assert_eq!(fault(" []").kind, FaultKind::Expected("an object"));
        let deep = format!(" {{\"a\":{}{}}}", "[".repeat(127), "]".repeat(127));
        assert_eq!(fault(&deep).kind, FaultKind::TooDeep);
    }
}
