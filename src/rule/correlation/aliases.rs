//! Aliases: one name for what is called otherwise in each rule, to group by.

use super::super::detection;
use super::super::document::Name;
use super::super::error::{Code, Problem};
use super::super::load::Scope;
use super::super::reader::Keys;
use super::super::yaml::Value;

/// The alias, the rule, and the field that it stands for there.
pub(in crate::rule) type Alias = (String, Name, String);

/// Reads `aliases`.
pub(super) fn read(keys: &Keys<'_>, scope: &Scope<'_>, problems: &mut Vec<Problem>) -> Vec<Alias> {
    let Some(node) = keys.get("aliases").filter(|node| !node.is_null()) else { return Vec::new() };
    let mut all = Vec::new();
    let Ok(aliases) = Keys::of(node, "aliases").map_err(|problem| problems.push(problem)) else { return all };
    for (alias, _, rules) in aliases.all() {
        let Ok(rules) = Keys::of(rules, "rule names and fields").map_err(|problem| problems.push(problem))
        else {
            continue;
        };
        for (rule, key, _) in rules.all() {
            if let Some((field, place)) = rules.text(rule, problems) {
                detection::check_field(field, place, scope, problems);
                all.push((
                    alias.to_owned(),
                    Name { text: rule.to_owned(), place: key.place },
                    field.to_owned(),
                ));
            }
        }
    }
    all
}

/// What is counted or learnt is a field of the events: by an alias nothing would ever be found.
pub(super) fn refuse_as_fields(keys: &Keys<'_>, aliases: &[Alias], problems: &mut Vec<Problem>) {
    if aliases.is_empty() {
        return;
    }
    let mut named = keys.texts("field", &mut Vec::new());
    if let Some(condition) = keys.get("condition") {
        let each = match &condition.value {
            Value::List(items) => items.as_slice(),
            _ => std::slice::from_ref(condition),
        };
        let each = each.iter().filter_map(|node| Keys::of(node, "a condition").ok());
        named.extend(each.flat_map(|condition| condition.texts("field", &mut Vec::new())));
    }
    for (field, place) in named {
        if aliases.iter().any(|(alias, ..)| alias == field) {
            let message = format!("`{field}` is an alias, by which only `group-by` can go");
            let problem = Problem::new(Code::UnknownField, place, message).span(field.chars().count());
            problems.push(problem.help("name the field itself"));
        }
    }
}
