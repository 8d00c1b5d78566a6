//! Field modifiers: `field|contains|all` and its kin, applied from left to right.

use std::collections::BTreeMap;

use ipnet::IpNet;

use super::encode::{base64_at_any_offset, utf16, windash};
use super::error::{Code, Place, Problem};
use super::pattern::{Pattern, Piece};
use super::yaml::{Node, Value};
use super::{Expr, Order, Relation, Test, TimePart};
use crate::text::base64;

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

/// Variants of one value under `windash`; more dashes than this in one value are refused.
const MOST_VARIANTS: usize = 3125;

/// A value on its way through the modifiers.
#[derive(Clone, Debug)]
enum Item {
    /// `written` is the text before wildcards and escapes were read, for modifiers that know neither.
    Text {
        pattern: Pattern,
        cased: bool,
        written: String,
    },
    Number {
        text: String,
        value: f64,
    },
    Bytes(Vec<u8>),
    Done(Test),
}

/// What the chain has decided besides the values.
#[derive(Default)]
struct Chain {
    all: bool,
    negated: bool,
    relation: Option<Relation>,
    part: Option<TimePart>,
    last: Option<&'static str>,
}

/// Turns `key: value` of a search identifier into a condition. `lists` are the configured lists of `expand`.
pub(super) fn condition(
    key: &str,
    place: Place,
    value: &Node,
    lists: &BTreeMap<String, Vec<String>>,
) -> Result<Expr, Problem> {
    let mut parts = key.split('|');
    let field = parts.next().unwrap_or_default().trim();
    let values = items(value, place)?;
    // Each value is a group of alternatives: base64offset and windash make several of one.
    let mut groups: Vec<Vec<Item>> = values.into_iter().map(|item| vec![item]).collect();
    let mut chain = Chain::default();
    let mut column = place.column + key.split('|').next().map_or(0, |field| field.chars().count()) + 1;
    for name in parts {
        let at = Place { line: place.line, column };
        column += name.chars().count() + 1;
        apply(name.trim(), at, &mut groups, &mut chain, lists, value)?;
    }
    let test = |item: Item| -> Expr {
        let test = finish(item, &chain);
        if field.is_empty() { Expr::Keyword(test) } else { Expr::Field { field: field.to_owned(), test } }
    };
    let groups: Vec<Expr> = groups
        .into_iter()
        .map(|group| {
            let mut tests: Vec<Expr> = group.into_iter().map(test).collect();
            if tests.len() == 1 { tests.remove(0) } else { Expr::Any(tests) }
        })
        .collect();
    let joined = match groups.len() {
        1 => groups.into_iter().next().unwrap_or(Expr::Any(Vec::new())),
        _ if chain.all => Expr::All(groups),
        _ => Expr::Any(groups),
    };
    Ok(if chain.negated { Expr::Not(Box::new(joined)) } else { joined })
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

fn items(value: &Node, key: Place) -> Result<Vec<Item>, Problem> {
    match &value.value {
        Value::List(list) if list.is_empty() => {
            Err(Problem::new(Code::WrongShape, key, "an empty list matches nothing".to_owned())
                .help("remove the line, or list at least one value"))
        }
        Value::List(list) => list.iter().map(item).collect(),
        _ => Ok(vec![item(value)?]),
    }
}

fn item(value: &Node) -> Result<Item, Problem> {
    match &value.value {
        _ if value.is_null() => Ok(Item::Done(Test::Null)),
        Value::Scalar { text, plain } => {
            if *plain
                && text.starts_with(|c: char| c.is_ascii_digit() || c == '-')
                && let Some(number) = text.parse().ok().filter(|n: &f64| n.is_finite())
            {
                return Ok(Item::Number { text: text.clone(), value: number });
            }
            Ok(Item::Text { pattern: Pattern::parse(text), cased: false, written: text.clone() })
        }
        _ => Err(Problem::new(
            Code::WrongShape,
            value.place,
            format!("expected a value or a list of values, found {}", value.kind()),
        )
        .help(
            "nested mappings are no values; write the path with dots, such as `requestParameters.userName`",
        )),
    }
}

fn finish(item: Item, chain: &Chain) -> Test {
    match item {
        Item::Text { pattern, cased, .. } => Test::Text { pattern, cased },
        Item::Number { text, value } => match chain.part {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "parts of a time are small; anything else matches none"
            )]
            Some(part) => Test::TimePart(part, Order::Equal, value as i64),
            None => Test::Number { text, value },
        },
        // Encoded bytes that were never base64-encoded are compared as the characters they would be in the log.
        Item::Bytes(bytes) => Test::Text {
            pattern: Pattern::literal(bytes.iter().map(|b| char::from(*b)).collect::<String>()),
            cased: true,
        },
        Item::Done(test) => test,
    }
}

fn apply(
    name: &str,
    at: Place,
    groups: &mut Vec<Vec<Item>>,
    chain: &mut Chain,
    lists: &BTreeMap<String, Vec<String>>,
    value: &Node,
) -> Result<(), Problem> {
    let wrong = |message: String| Problem::new(Code::Modifier, at, message).span(name.chars().count());
    let Some(known) = NAMES.into_iter().chain(NAMES_ON).find(|known| *known == name) else {
        return Err(
            wrong(format!("unknown modifier `{name}`")).expected(name, NAMES.into_iter().chain(NAMES_ON))
        );
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
                    out.push(vec![item]);
                }
            }
            continue;
        }
        let mut next = Vec::with_capacity(group.len());
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

enum Refusal {
    Modifier(String),
    Value(String, String),
}

fn one(name: &str, item: Item, chain: &Chain, out: &mut Vec<Item>) -> Result<(), Refusal> {
    let refuse = |item: &Item| Refusal::Modifier(format!("`{name}` does not apply to {}", describe(item)));
    match name {
        "contains" | "startswith" | "endswith" => match item {
            Item::Done(Test::SameAs { other, cased, .. }) => {
                let relation = chain.relation.unwrap_or(Relation::Equals);
                out.push(Item::Done(Test::SameAs { other, relation, cased }));
            }
            other => {
                let (pattern, cased) = text(other).map_err(|item| refuse(&item))?;
                let pattern = match name {
                    "contains" => pattern.open_start().open_end(),
                    "startswith" => pattern.open_end(),
                    _ => pattern.open_start(),
                };
                out.push(made(pattern, cased));
            }
        },
        "cased" => match item {
            Item::Done(Test::SameAs { other, relation, .. }) => {
                out.push(Item::Done(Test::SameAs { other, relation, cased: true }));
            }
            other => {
                let (pattern, _) = text(other).map_err(|item| refuse(&item))?;
                out.push(made(pattern, true));
            }
        },
        "exists" => {
            let written = written(item).map_err(|item| refuse(&item))?;
            let there = match written.to_ascii_lowercase().as_str() {
                "true" | "yes" => true,
                "false" | "no" => false,
                _ => {
                    let message = format!("`exists` expects true or false, found `{written}`");
                    return Err(Refusal::Value(message, "write `field|exists: true`".to_owned()));
                }
            };
            out.push(Item::Done(Test::Exists(there)));
        }
        "re" => out.push(regex(written(item).map_err(|item| refuse(&item))?)?),
        "i" | "ignorecase" | "m" | "multiline" | "s" | "dotall" => {
            let Item::Done(Test::Regex { pattern, mut ignore_case, mut multi_line, mut dot_all }) = item
            else {
                return Err(refuse(&item));
            };
            match name {
                "i" | "ignorecase" => ignore_case = true,
                "m" | "multiline" => multi_line = true,
                _ => dot_all = true,
            }
            out.push(Item::Done(Test::Regex { pattern, ignore_case, multi_line, dot_all }));
        }
        "cidr" | "lt" | "lte" | "gt" | "gte" | "minute" | "hour" | "day" | "week" | "month" | "year" => {
            out.push(compared(name, item, chain)?);
        }
        "utf16" | "utf16le" | "wide" | "utf16be" => out.push(Item::Bytes(utf16(&plain(item, name)?, name))),
        "base64" => out.push(made(Pattern::literal(base64(&plain(item, name)?)), true)),
        "base64offset" => {
            let encoded = base64_at_any_offset(&plain(item, name)?);
            out.extend(encoded.into_iter().map(|text| made(Pattern::literal(text), true)));
        }
        "windash" => {
            let (pattern, cased) = text(item).map_err(|item| refuse(&item))?;
            let variants = windash(&pattern, MOST_VARIANTS).ok_or_else(|| {
                Refusal::Modifier("`windash` on a value with more than five dashes".to_owned())
            })?;
            out.extend(variants.into_iter().map(|pattern| made(pattern, cased)));
        }
        "fieldref" => {
            let (pattern, cased) = text(item).map_err(|item| refuse(&item))?;
            let literal =
                |piece: &Piece| if let Piece::Literal(text) = piece { Some(text.clone()) } else { None };
            let other: String = pattern.0.iter().filter_map(literal).collect();
            if other.is_empty() {
                return Err(Refusal::Value(
                    "`fieldref` needs a field's name".to_owned(),
                    "write `field|fieldref: other.field`".to_owned(),
                ));
            }
            let relation = chain.relation.unwrap_or(Relation::Equals);
            out.push(Item::Done(Test::SameAs { other, relation, cased }));
        }
        _ => out.push(item),
    }
    Ok(())
}

/// Modifiers that compare with networks, numbers and parts of times.
fn compared(name: &str, item: Item, chain: &Chain) -> Result<Item, Refusal> {
    let refuse = |item: &Item| Refusal::Modifier(format!("`{name}` does not apply to {}", describe(item)));
    Ok(match name {
        "cidr" => {
            let written = written(item).map_err(|item| refuse(&item))?;
            let net =
                written.parse::<IpNet>().or_else(|_| written.parse::<std::net::IpAddr>().map(IpNet::from));
            let net = net.map_err(|_| {
                Refusal::Value(
                    format!("`{written}` is no network"),
                    "expected something like 10.0.0.0/8 or 2001:db8::/32".to_owned(),
                )
            })?;
            Item::Done(Test::Cidr(net))
        }
        "lt" | "lte" | "gt" | "gte" => {
            let order = match name {
                "lt" => Order::Less,
                "lte" => Order::LessOrEqual,
                "gt" => Order::Greater,
                _ => Order::GreaterOrEqual,
            };
            let value = match &item {
                Item::Number { value, .. } => *value,
                Item::Text { pattern, .. } => pattern.to_string().trim().parse().map_err(|_| {
                    Refusal::Value(format!("`{pattern}` is no number"), format!("`{name}` compares numbers"))
                })?,
                _ => return Err(refuse(&item)),
            };
            #[expect(
                clippy::cast_possible_truncation,
                reason = "parts of a time are small; anything else matches none"
            )]
            let whole = value as i64;
            Item::Done(match chain.part {
                Some(part) => Test::TimePart(part, order, whole),
                None => Test::Compare(order, value),
            })
        }
        "minute" | "hour" | "day" | "week" | "month" | "year" => match item {
            Item::Number { .. } => item,
            Item::Text { pattern, .. } => {
                let text = pattern.to_string();
                let value = text.parse().map_err(|_| {
                    Refusal::Value(
                        format!("`{text}` is no number"),
                        format!("`{name}` is compared with a number"),
                    )
                })?;
                Item::Number { text, value }
            }
            other => return Err(refuse(&other)),
        },
        _ => item,
    })
}

fn describe(item: &Item) -> &'static str {
    match item {
        Item::Text { .. } => "text",
        Item::Number { .. } => "a number",
        Item::Bytes(_) => "encoded bytes",
        Item::Done(Test::Null) => "null",
        Item::Done(Test::Regex { .. }) => "a regular expression",
        Item::Done(Test::Cidr(_)) => "a network",
        Item::Done(Test::SameAs { .. }) => "another field",
        Item::Done(_) => "a comparison",
    }
}

/// A text that a modifier has made.
fn made(pattern: Pattern, cased: bool) -> Item {
    Item::Text { written: pattern.to_string(), pattern, cased }
}

/// The text as the rule wrote it.
fn written(item: Item) -> Result<String, Item> {
    match item {
        Item::Text { written, .. } => Ok(written),
        Item::Number { text, .. } => Ok(text),
        other => Err(other),
    }
}

fn text(item: Item) -> Result<(Pattern, bool), Item> {
    match item {
        Item::Text { pattern, cased, .. } => Ok((pattern, cased)),
        Item::Number { text, .. } => Ok((Pattern::literal(text), false)),
        other => Err(other),
    }
}

/// The bytes of a value that an encoding is applied to.
fn plain(item: Item, name: &str) -> Result<Vec<u8>, Refusal> {
    match item {
        Item::Bytes(bytes) => Ok(bytes),
        Item::Number { text, .. } => Ok(text.into_bytes()),
        Item::Text { pattern, .. } => match pattern.as_literal() {
            Some(text) => Ok(text.as_bytes().to_vec()),
            None => {
                Err(Refusal::Modifier(format!("`{name}` cannot encode wildcards; put it before `contains`")))
            }
        },
        other => Err(Refusal::Modifier(format!("`{name}` does not apply to {}", describe(&other)))),
    }
}

fn regex(pattern: String) -> Result<Item, Refusal> {
    // Compiled once more by the engine with its flags; here only to point at the rule's line.
    if let Err(error) = regex::Regex::new(&pattern) {
        let reason = error.to_string();
        let last = reason.lines().last().unwrap_or_default().trim().to_owned();
        let message = format!("`{pattern}` is no regular expression: {last}");
        let help = "lookaround and backreferences are not part of Sigma's subset".to_owned();
        return Err(Refusal::Value(message, help));
    }
    Ok(Item::Done(Test::Regex { pattern, ignore_case: false, multi_line: false, dot_all: false }))
}

fn expand(item: Item, lists: &BTreeMap<String, Vec<String>>, at: Place) -> Result<Vec<Item>, Problem> {
    let Item::Text { written, cased, .. } = &item else { return Ok(vec![item]) };
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
