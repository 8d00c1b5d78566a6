//! What a rule writes in vain: tests that nothing meets, search identifiers that nothing asks for, techniques there are not.

use super::reader::Keys;
use super::yaml::{Node, Value};
use super::{Place, condition, detection};

/// The fields that CloudTrail writes as true or false.
const TRUTHS: [&str; 2] = ["readOnly", "managementEvent"];

/// The search identifiers of a section that its condition does not name. Those that begin with an underscore serve others.
pub(super) fn unused<'n>(section: &Keys<'n>) -> Vec<(Place, &'n str)> {
    let conditions: Vec<&str> = match section.get("condition").map(|node| &node.value) {
        Some(Value::List(items)) => items.iter().filter_map(Node::text).collect(),
        Some(Value::Scalar { text, .. }) => vec![text.as_ref()],
        Some(Value::Map(_)) | None => return Vec::new(),
    };
    let used = |name: &str| conditions.iter().any(|text| condition::names(text, name));
    let names = detection::named(section).filter(|(name, ..)| !name.starts_with('_'));
    names.filter(|(name, ..)| !used(name)).map(|(name, key, _)| (key.place, name)).collect()
}

/// Whether no number is within the bounds of a condition on a count or figure.
pub(super) fn is_empty(condition: &Keys<'_>) -> bool {
    let bound = |key: &str| condition.get(key)?.text()?.parse::<f64>().ok();
    let (equal, mut empty) = (bound("eq"), false);
    for (low, may_equal_low) in [(bound("gt"), false), (bound("gte"), true), (equal, true)] {
        for (high, may_equal_high) in [(bound("lt"), false), (bound("lte"), true), (equal, true)] {
            if let (Some(low), Some(high)) = (low, high) {
                let touch = may_equal_low && may_equal_high;
                empty |= low > high || (!touch && low >= high);
            }
        }
    }
    empty
}

/// What a field that is true or false should be compared with, in place of a word of older YAML.
pub(super) fn truth(field: &str, value: &str) -> Option<&'static str> {
    match value.to_ascii_lowercase().as_str() {
        _ if !TRUTHS.contains(&field) => None,
        "yes" | "y" | "on" => Some("true"),
        "no" | "n" | "off" => Some("false"),
        _ => None,
    }
}

/// Whether the part of a tag behind `attack.` is written as a technique, and there is none of such a number: all have
/// four digits, the first a 1, and three more for a sub-technique.
pub(super) fn is_no_technique(name: &str) -> bool {
    let Some(number) =
        name.strip_prefix('t').filter(|number| number.starts_with(|c: char| c.is_ascii_digit()))
    else {
        return false;
    };
    let (whole, part) = number.split_once('.').map_or((number, None), |(whole, part)| (whole, Some(part)));
    whole.len() != 4 || !whole.starts_with('1') || part.is_some_and(|part| part.len() != 3)
}
