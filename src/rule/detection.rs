//! The `detection` section: search identifiers joined by the condition.

use super::error::{Code, Place, Problem};
use super::load::Scope;
use super::reader::Keys;
use super::yaml::{Node, Value};
use super::{Expr, condition, modifier};

/// Keys of `detection` and `filter` that name no search identifier. `timeframe` belongs to Sigma 1 and meant nothing
/// without an aggregation; `rules` are those that a filter narrows.
const RESERVED: [&str; 3] = ["condition", "timeframe", "rules"];

/// The search identifiers of a section: name, key and what it stands for.
pub(super) fn named<'k, 'n>(
    section: &'k Keys<'n>,
) -> impl Iterator<Item = (&'n str, &'n Node<'n>, &'n Node<'n>)> + use<'k, 'n> {
    section.all().filter(|(name, ..)| !RESERVED.contains(name))
}

/// Search identifiers by name, in the order of the rule.
pub(super) type Identifiers = Vec<(String, Expr)>;

/// Reads a `detection` section (or the selections of a filter): its condition, and the search identifiers that this is
/// made of, unless the set is brief. `None` when a problem made it unreadable.
pub(super) fn parse(
    node: &Node,
    scope: &Scope<'_>,
    problems: &mut Vec<Problem>,
) -> Option<(Expr, Identifiers)> {
    let keys = match Keys::of(node, "search identifiers and a condition") {
        Ok(keys) => keys,
        Err(problem) => {
            problems.push(problem);
            return None;
        }
    };
    let before = problems.len();
    let mut identifiers = Vec::new();
    for (name, _, value) in named(&keys) {
        if let Some(expr) = identifier(value, scope, problems) {
            identifiers.push((name.to_owned(), expr));
        }
    }
    // An identifier that could not be read is missing from the list; the condition would only repeat that.
    if problems.len() > before {
        return None;
    }
    let conditions = keys.texts("condition", problems);
    if conditions.is_empty() {
        problems.push(keys.missing("condition", "add `condition: selection`"));
        return None;
    }
    let mut parts = Vec::new();
    let keep = !scope.brief || conditions.len() > 1;
    for (text, place) in conditions {
        match condition::parse(text, place, &mut identifiers, keep) {
            Ok(expr) => parts.push(expr),
            Err(problem) => problems.push(problem),
        }
    }
    let expr = if parts.len() == 1 { parts.remove(0) } else { Expr::Any(parts) };
    if scope.brief {
        identifiers.clear();
    }
    Some((expr, identifiers))
}

/// Reads one search identifier: a map, a list of maps, or a list of keywords.
pub(super) fn identifier(node: &Node, scope: &Scope<'_>, problems: &mut Vec<Problem>) -> Option<Expr> {
    match &node.value {
        Value::Map(entries) if entries.is_empty() => {
            problems.push(empty(node.place));
            None
        }
        Value::Map(_) => map(node, scope, problems),
        Value::List(items) if items.is_empty() => {
            problems.push(empty(node.place));
            None
        }
        Value::List(items) => {
            let parts: Vec<Expr> = items.iter().filter_map(|item| listed(item, scope, problems)).collect();
            Some(if parts.len() == 1 { parts.into_iter().next()? } else { Expr::Any(parts) })
        }
        Value::Scalar { .. } => listed(node, scope, problems),
    }
}

fn listed(item: &Node, scope: &Scope<'_>, problems: &mut Vec<Problem>) -> Option<Expr> {
    match &item.value {
        Value::Map(_) => map(item, scope, problems),
        Value::List(_) => {
            let message = "expected a mapping or a keyword, found a list in a list".to_owned();
            problems.push(Problem::new(Code::WrongShape, item.place, message));
            None
        }
        Value::Scalar { .. } => modifier::keyword(item).map_err(|problem| problems.push(problem)).ok(),
    }
}

fn map(node: &Node, scope: &Scope<'_>, problems: &mut Vec<Problem>) -> Option<Expr> {
    let keys = Keys::of(node, "fields").ok()?;
    let mut parts = Vec::new();
    for (name, key, value) in keys.all() {
        check_field(name, key.place, scope, problems);
        match modifier::condition(name, key.place, value, scope) {
            Ok(expr) => parts.push(expr),
            Err(problem) => problems.push(problem),
        }
    }
    Some(if parts.len() == 1 { parts.remove(0) } else { Expr::All(parts) })
}

/// A field of ours that does not exist would silently never match.
pub(super) fn check_field(key: &str, place: Place, scope: &Scope<'_>, problems: &mut Vec<Problem>) {
    if !key.starts_with("derived.") {
        return;
    }
    let field = key.split('|').next().unwrap_or_default();
    if !scope.derived.contains(&field) {
        let problem =
            Problem::new(Code::UnknownField, place, format!("trailsift computes no field `{field}`"));
        problems.push(problem.span(field.chars().count()).expected(field, scope.derived.iter().copied()));
    }
}

fn empty(place: Place) -> Problem {
    Problem::new(Code::WrongShape, place, "an empty search identifier matches nothing".to_owned())
        .help("name at least one field, or remove it")
}
