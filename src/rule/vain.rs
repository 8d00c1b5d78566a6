//! What a rule writes in vain: tests that nothing meets, search identifiers that nothing asks for, techniques there are not.

use super::reader::Keys;
use super::yaml::{Node, Value};
use super::{Place, condition, detection};

/// The fields that CloudTrail writes as true or false.
const TRUTHS: [&str; 2] = ["readOnly", "managementEvent"];

/// What a rule can be, for Sigma.
const STATUSES: [&str; 5] = ["stable", "test", "experimental", "deprecated", "unsupported"];

/// What the address of a service ends with.
const ADDRESS: &str = "amazonaws.com";

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

/// What a rule says of itself that is none of what Sigma knows, and a window that nothing is counted in.
pub(super) fn said(keys: &Keys<'_>) -> Vec<(Place, String)> {
    let text = |key: &str| Some((keys.get(key)?.place, keys.get(key)?.text()?.trim()));
    let mut said = Vec::new();
    if let Some((place, status)) = text("status")
        && !STATUSES.iter().any(|known| known.eq_ignore_ascii_case(status))
    {
        said.push((place, format!("has the status `{status}`: expected one of {}", STATUSES.join(", "))));
    }
    if let Some((place, id)) = text("id").filter(|(_, id)| !is_uuid(id)) {
        said.push((place, format!("has the id `{id}`, which is no UUID")));
    }
    let detection = keys.get("detection").and_then(|node| Keys::of(node, "").ok());
    if let Some((key, _)) = detection.as_ref().and_then(|section| section.entry("timeframe")) {
        let message =
            "has a `timeframe`, in which nothing is counted: a correlation counts, within its `timespan`";
        said.push((key.place, message.to_owned()));
    }
    said
}

fn is_uuid(id: &str) -> bool {
    let parts: Vec<&str> = id.split('-').collect();
    let is_hex = |part: &&str| part.bytes().all(|byte| byte.is_ascii_hexdigit());
    parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12]) && parts.iter().all(is_hex)
}

/// A service or a call by the name that it has elsewhere, and by which no event calls it.
pub(super) fn service_or_call(field: &str, text: &str) -> Option<String> {
    let is_name = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let meant = match (field, text.split_once(['.', ':'])) {
        ("eventSource", None) if is_name(text) => format!("{text}.{ADDRESS}"),
        ("eventSource", Some((service, rest)))
            if is_name(service)
                && !rest.ends_with(".cn")
                && (1..=4).contains(&strsim::levenshtein(&rest.to_lowercase(), ADDRESS)) =>
        {
            format!("{service}.{ADDRESS}")
        }
        ("eventName", Some((service, call)))
            if text[service.len()..].starts_with(':') && is_name(service) && is_name(call) =>
        {
            call.to_owned()
        }
        _ => return None,
    };
    Some(format!("asks for `{field}: {text}`, which no event has: did you mean `{meant}`?"))
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
