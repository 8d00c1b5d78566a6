//! Aliases: one name for what is called otherwise in each rule, to group by.

use super::super::detection;
use super::super::document::Name;
use super::super::error::{Code, Problem};
use super::super::load::Scope;
use super::super::reader::Keys;
use super::super::slips;
use super::super::yaml::Value;
use super::Draft;

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

/// Aliases of rules that are not correlated, and rules that an alias forgets: no event would ever have such a field.
/// `find` tells which rule is named; what another correlation hands on may have the alias's own name.
pub(in crate::rule) fn astray(
    draft: &Draft,
    find: &dyn Fn(&Name) -> Option<usize>,
    is_detection: &dyn Fn(usize) -> bool,
) -> Vec<Problem> {
    if draft.aliases.is_empty() {
        return Vec::new();
    }
    let problem = |at: &Name, message: String| {
        Problem::new(Code::UnknownRule, at.place, message).span(at.text.chars().count())
    };
    let names: Vec<&str> = draft.rules.iter().map(|rule| rule.text.as_str()).collect();
    let scope = draft.kind.scope_rules();
    let mut problems = Vec::new();
    for (alias, rule, _) in &draft.aliases {
        let is_same = |other: &Name| find(other).is_some_and(|found| find(rule) == Some(found));
        if !draft.rules.iter().any(is_same) && !scope.iter().any(is_same) {
            let message = format!("alias `{alias}` names `{}`, which is none of the rules here", rule.text);
            problems.push(problem(rule, message).expected(&rule.text, names.iter().copied()));
        }
    }
    // An alias that has the name of a field stands for it where it says nothing.
    for field in draft.group_by.iter().filter(|field| !slips::is_field(field)) {
        let of_alias: Vec<&Name> =
            draft.aliases.iter().filter(|(alias, ..)| alias == field).map(|(_, rule, _)| rule).collect();
        let Some(first) = of_alias.first() else { continue };
        let forgets = |rule: &&Name| {
            find(rule).is_some_and(|found| {
                is_detection(found) && !of_alias.iter().any(|other| find(other) == Some(found))
            })
        };
        if let Some(forgotten) = draft.rules.iter().find(forgets) {
            let message = format!("alias `{field}` says nothing of `{}`", forgotten.text);
            let help = format!("add the field that it stands for there: `{}: FIELD`", forgotten.text);
            problems.push(problem(first, message).help(help));
        }
    }
    problems
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
