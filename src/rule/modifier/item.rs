//! A value on its way through the modifiers, and what it can be read as.

use smallvec::{SmallVec, smallvec};

use super::super::error::{Code, Place, Problem};
use super::super::pattern::Pattern;
use super::super::yaml::{Node, Value};
use super::super::{Order, Test};
use super::Chain;

/// A value on its way through the modifiers.
#[derive(Clone, Debug)]
pub(super) enum Item<'v> {
    /// `written` is the text before wildcards and escapes were read, for modifiers that know neither; `None` of what a
    /// modifier has made, which is as it reads.
    Text {
        pattern: Pattern,
        cased: bool,
        written: Option<&'v str>,
    },
    Number {
        text: String,
        value: f64,
    },
    Bytes(Vec<u8>),
    Done(Test),
}

/// Alternatives: base64offset and windash make several of one value.
pub(super) type Group<'v> = SmallVec<[Item<'v>; 1]>;

/// Each value in a group of its own.
pub(super) fn groups<'v>(value: &'v Node, key: Place) -> Result<Vec<Group<'v>>, Problem> {
    match &value.value {
        Value::List(list) if list.is_empty() => {
            Err(Problem::new(Code::WrongShape, key, "an empty list matches nothing".to_owned())
                .help("remove the line, or list at least one value"))
        }
        Value::List(list) => list.iter().map(|value| Ok(smallvec![item(value)?])).collect(),
        _ => Ok(vec![smallvec![item(value)?]]),
    }
}

pub(super) fn item<'v>(value: &'v Node) -> Result<Item<'v>, Problem> {
    match &value.value {
        _ if value.is_null() => Ok(Item::Done(Test::Null)),
        Value::Scalar { text, plain } => {
            if *plain
                && text.starts_with(|c: char| c.is_ascii_digit() || c == '-')
                && let Some(number) = text.parse().ok().filter(|n: &f64| n.is_finite())
            {
                return Ok(Item::Number { text: text.to_string(), value: number });
            }
            Ok(Item::Text { pattern: Pattern::parse(text), cased: false, written: Some(text) })
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

pub(super) fn finish(item: Item<'_>, chain: &Chain) -> Test {
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

pub(super) fn describe(item: &Item<'_>) -> &'static str {
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
pub(super) fn made(pattern: Pattern, cased: bool) -> Item<'static> {
    Item::Text { pattern, cased, written: None }
}

/// The text as the rule wrote it.
pub(super) fn written(item: Item<'_>) -> Result<String, Item<'_>> {
    match item {
        Item::Text { pattern, written, .. } => Ok(written.map_or_else(|| pattern.to_string(), str::to_owned)),
        Item::Number { text, .. } => Ok(text),
        other => Err(other),
    }
}

pub(super) fn text(item: Item<'_>) -> Result<(Pattern, bool), Item<'_>> {
    match item {
        Item::Text { pattern, cased, .. } => Ok((pattern, cased)),
        Item::Number { text, .. } => Ok((Pattern::literal(text), false)),
        other => Err(other),
    }
}
