//! What each modifier makes of a value.

use ipnet::IpNet;

use super::super::encode::{base64_at_any_offset, utf16, windash};
use super::super::pattern::{Pattern, Piece};
use super::super::{Order, Relation, Test};
use super::Chain;
use super::item::{Group, Item, describe, made, text, written};
use crate::text::base64;

/// Variants of one value under `windash`; more dashes than this in one value are refused.
const MOST_VARIANTS: usize = 3125;

/// Why a modifier does not apply: the modifier is wrong here, or the value is.
pub(super) enum Refusal {
    Modifier(String),
    Value(String, String),
}

pub(super) fn one<'v>(name: &str, item: Item<'v>, chain: &Chain, out: &mut Group<'v>) -> Result<(), Refusal> {
    let refuse =
        |item: &Item<'_>| Refusal::Modifier(format!("`{name}` does not apply to {}", describe(item)));
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
        "re" => {
            let pattern = written(item).map_err(|item| refuse(&item))?;
            let test = Test::Regex { pattern, ignore_case: false, multi_line: false, dot_all: false };
            out.push(regex(test, chain.proven)?);
        }
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
            out.push(regex(Test::Regex { pattern, ignore_case, multi_line, dot_all }, chain.proven)?);
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
pub(super) fn compared<'v>(name: &str, item: Item<'v>, chain: &Chain) -> Result<Item<'v>, Refusal> {
    let refuse =
        |item: &Item<'_>| Refusal::Modifier(format!("`{name}` does not apply to {}", describe(item)));
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

/// The bytes of a value that an encoding is applied to.
fn plain(item: Item<'_>, name: &str) -> Result<Vec<u8>, Refusal> {
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

/// A regular expression with the flags it has so far. The engine compiles it when a value first meets it; here it is
/// only seen that this can be done, as with flags it may grow too large.
fn regex(test: Test, proven: bool) -> Result<Item<'static>, Refusal> {
    if let (false, Test::Regex { pattern, ignore_case, multi_line, dot_all }) = (proven, &test)
        && let Err(error) = regex::RegexBuilder::new(pattern)
            .case_insensitive(*ignore_case)
            .multi_line(*multi_line)
            .dot_matches_new_line(*dot_all)
            .build()
    {
        let reason = error.to_string();
        let last = reason.lines().last().unwrap_or_default().trim().to_owned();
        let message = format!("`{pattern}` is no regular expression: {last}");
        let help = "lookaround and backreferences are not part of Sigma's subset".to_owned();
        return Err(Refusal::Value(message, help));
    }
    Ok(Item::Done(test))
}
