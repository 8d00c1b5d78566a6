//! Field modifiers: `field|contains|all` and its kin, applied from left to right.

mod apply;
mod item;

use std::borrow::Cow;
use std::collections::BTreeMap;

use smallvec::smallvec;

use self::apply::{Refusal, one};
use self::item::{Group, Item, finish, groups, item, made};
use super::error::{Code, Place, Problem};
use super::load::Scope;
use super::pattern::Pattern;
use super::yaml::Node;
use super::{Expr, Relation, Test, TimePart};

const NAMES: [&str; 32] = [
    "contains",
    "startswith",
    "endswith",
    "all",
    "cased",
    "exists",
    "neq",
    "re",
    "i",
    "ignorecase",
    "m",
    "multiline",
    "s",
    "dotall",
    "cidr",
    "lt",
    "lte",
    "gt",
    "gte",
    "minute",
    "hour",
    "day",
    "week",
    "month",
    "year",
    "base64",
    "base64offset",
    "utf16",
    "utf16le",
    "utf16be",
    "wide",
    "windash",
];
const NAMES_ON: [&str; 2] = ["fieldref", "expand"];

/// What the chain has decided besides the values.
#[derive(Default)]
struct Chain {
    all: bool,
    negated: bool,
    relation: Option<Relation>,
    part: Option<TimePart>,
    last: Option<&'static str>,
    /// [`Scope::proven`]
    proven: bool,
}

/// Turns `key: value` of a search identifier into a condition.
pub(super) fn condition(key: &str, place: Place, value: &Node, scope: &Scope<'_>) -> Result<Expr, Problem> {
    // One bar or none, in short keys: bytes are quicker than a search.
    let (field, modifiers) = match key.bytes().position(|byte| byte == b'|') {
        Some(bar) => (&key[..bar], Some(&key[bar + 1..])),
        None => (key, None),
    };
    let mut groups = groups(value, place)?;
    let mut chain = Chain { proven: scope.proven, ..Chain::default() };
    let mut column = place.column + field.chars().count() + 1;
    let field = field.trim();
    for name in modifiers.into_iter().flat_map(|modifiers| modifiers.split('|')) {
        let at = Place { line: place.line, column };
        column += name.chars().count() + 1;
        apply(name.trim(), at, &mut groups, &mut chain, scope.lists, value)?;
    }
    let test = |item: Item<'_>| -> Expr {
        let test = finish(item, &chain);
        if field.is_empty() { Expr::Keyword(test) } else { Expr::Field { field: field.to_owned(), test } }
    };
    let any = |group: Group<'_>| only(group.into_iter().map(test)).unwrap_or_else(Expr::Any);
    let joined =
        only(groups.into_iter().map(any)).unwrap_or_else(if chain.all { Expr::All } else { Expr::Any });
    Ok(if chain.negated { Expr::Not(Box::new(joined)) } else { joined })
}

/// The only one, or all when there are more or none.
fn only(mut exprs: impl ExactSizeIterator<Item = Expr>) -> Result<Expr, Vec<Expr>> {
    if exprs.len() == 1
        && let Some(expr) = exprs.next()
    {
        return Ok(expr);
    }
    // Collected, they would stay in the larger room of what they were made from.
    let mut all = Vec::with_capacity(exprs.len());
    all.extend(exprs);
    Err(all)
}

/// A plain value of a keyword list.
pub(super) fn keyword(value: &Node) -> Result<Expr, Problem> {
    let item = item(value)?;
    Ok(Expr::Keyword(match finish(item, &Chain::default()) {
        // A keyword is searched for, not compared with.
        Test::Text { pattern, cased } => Test::Text { pattern: pattern.open_start().open_end(), cased },
        Test::Number { text, .. } => {
            Test::Text { pattern: Pattern::literal(text).open_start().open_end(), cased: false }
        }
        other => other,
    }))
}

/// How Sigma says what other languages have a word for.
fn otherwise(name: &str) -> Option<&'static str> {
    Some(match name.to_ascii_lowercase().as_str() {
        "" => "name a modifier behind the `|`, or remove it",
        "exact" | "equals" | "equal" | "eq" | "is" => "without a modifier, the whole value must be the same",
        "not" | "ne" | "isnot" => "write `neq`, or `not` in the condition",
        "regex" | "regexp" | "matches" => "write `re`",
        "any" | "in" | "oneof" => "a list without `all` asks for any of its values",
        "glob" | "like" | "wildcard" => "`*` and `?` in a value are wildcards without a modifier",
        "null" | "isnull" | "empty" => "write `field: null`",
        _ => return None,
    })
}

fn apply(
    name: &str,
    at: Place,
    groups: &mut Vec<Group<'_>>,
    chain: &mut Chain,
    lists: &BTreeMap<String, Vec<String>>,
    value: &Node,
) -> Result<(), Problem> {
    let wrong = |message: String| Problem::new(Code::Modifier, at, message).span(name.chars().count());
    let Some(known) = NAMES.iter().chain(&NAMES_ON).copied().find(|known| *known == name) else {
        let unknown = wrong(format!("unknown modifier `{name}`"));
        return Err(match otherwise(name) {
            Some(help) => unknown.help(help),
            None => unknown.expected(name, NAMES.into_iter().chain(NAMES_ON)),
        });
    };
    let before = chain.last.replace(known);
    match known {
        "all" => {
            chain.all = true;
            return Ok(());
        }
        "neq" => {
            chain.negated = true;
            return Ok(());
        }
        "contains" | "startswith" | "endswith" => {
            chain.relation = Some(match known {
                "contains" => Relation::Contains,
                "startswith" => Relation::StartsWith,
                _ => Relation::EndsWith,
            });
        }
        "minute" | "hour" | "day" | "week" | "month" | "year" => {
            chain.part = Some(match known {
                "minute" => TimePart::Minute,
                "hour" => TimePart::Hour,
                "day" => TimePart::Day,
                "week" => TimePart::Week,
                "month" => TimePart::Month,
                _ => TimePart::Year,
            });
        }
        "i" | "ignorecase" | "m" | "multiline" | "s" | "dotall"
            if !matches!(before, Some("re" | "i" | "ignorecase" | "m" | "multiline" | "s" | "dotall")) =>
        {
            return Err(wrong(format!("`{name}` is a flag of `re`")).help("write `field|re|i: ...`"));
        }
        _ => {}
    }
    let mut out = Vec::with_capacity(groups.len());
    for group in groups.drain(..) {
        if known == "expand" {
            // Each configured entry is a value of its own, so that `all` and `or` see them.
            for item in group {
                for item in expand(item, lists, value.place)? {
                    out.push(smallvec![item]);
                }
            }
            continue;
        }
        let mut next = Group::with_capacity(group.len());
        for item in group {
            one(known, item, chain, &mut next).map_err(|reason| match reason {
                Refusal::Modifier(message) => wrong(message),
                Refusal::Value(message, help) => {
                    Problem::new(Code::BadValue, value.place, message).help(help)
                }
            })?;
        }
        out.push(next);
    }
    *groups = out;
    Ok(())
}

fn expand<'v>(
    item: Item<'v>,
    lists: &BTreeMap<String, Vec<String>>,
    at: Place,
) -> Result<Vec<Item<'v>>, Problem> {
    let Item::Text { pattern, cased, written } = &item else { return Ok(vec![item]) };
    let written = written.map_or_else(|| Cow::Owned(pattern.to_string()), Cow::Borrowed);
    let Some((before, rest)) = written.split_once('%') else { return Ok(vec![item]) };
    let Some((name, after)) = rest.split_once('%') else { return Ok(vec![item]) };
    let Some(entries) = lists.get(name) else {
        let help = match crate::text::nearest(name, lists.keys().map(String::as_str)) {
            Some(near) => format!("did you mean `%{near}%`?"),
            None => format!("configure it in trailsift.toml: `[lists]` then `{name} = [\"...\"]`"),
        };
        return Err(
            Problem::new(Code::UnknownList, at, format!("no list named `{name}` is configured")).help(help)
        );
    };
    Ok(entries.iter().map(|entry| made(Pattern::parse(&format!("{before}{entry}{after}")), *cased)).collect())
}
