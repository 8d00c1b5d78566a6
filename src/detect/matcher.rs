//! Compiled value tests.

use std::net::IpAddr;

use chrono::{DateTime, Datelike, Timelike, Utc};
use ipnet::IpNet;

use super::field::{Event, FieldRef};
use super::fold;
use super::regex::Regex;
use super::text::TextTest;
use super::value::any_string;
use crate::event::Layout;
use crate::known::networks::parse_address;
use crate::rule::{Order, Relation, Test, TimePart};
use crate::time::Timestamp;

/// A compiled test.
#[derive(Debug)]
pub(crate) enum Matcher {
    Text(TextTest),
    /// Any of many exact texts, folded.
    OneOf(hashbrown::HashSet<Box<str>, foldhash::fast::FixedState>),
    Number {
        text: Box<str>,
        value: f64,
    },
    Null,
    Exists(bool),
    Regex(Regex),
    Cidr(IpNet),
    Compare(Order, f64),
    TimePart(TimePart, Order, i64),
    SameAs {
        other: FieldRef,
        relation: Relation,
        cased: bool,
    },
}

impl Matcher {
    pub(crate) fn compile(test: &Test, layout: &Layout) -> Matcher {
        match test {
            Test::Text { pattern, cased } => Matcher::Text(TextTest::compile(pattern, *cased)),
            Test::Number { text, value } => Matcher::Number { text: text.as_str().into(), value: *value },
            Test::Null => Matcher::Null,
            Test::Exists(there) => Matcher::Exists(*there),
            Test::Regex { pattern, ignore_case, multi_line, dot_all } => {
                Matcher::Regex(Regex::new(pattern, *ignore_case, *multi_line, *dot_all))
            }
            Test::Cidr(net) => Matcher::Cidr(*net),
            Test::Compare(order, value) => Matcher::Compare(*order, *value),
            Test::TimePart(part, order, value) => Matcher::TimePart(*part, *order, *value),
            Test::SameAs { other, relation, cased } => {
                Matcher::SameAs { other: FieldRef::find(other, layout), relation: *relation, cased: *cased }
            }
        }
    }

    /// Whether some value of `field` fits.
    #[inline]
    pub(crate) fn holds(&self, event: &mut Event<'_, '_>, field: FieldRef) -> bool {
        match self {
            Matcher::Null => event.is_null(field),
            Matcher::Exists(there) => event.exists(field) == *there,
            Matcher::SameAs { other, relation, cased } => same_as(event, field, *other, *relation, *cased),
            Matcher::Compare(order, value) => event.any_number(field, |number| order.holds(number, *value)),
            _ => event.any_text(field, |text| self.fits(text)),
        }
    }

    /// Whether some string value of the record fits.
    pub(crate) fn holds_anywhere(&self, event: &Event<'_, '_>) -> bool {
        any_string(event.record.json(), |text| self.fits(text))
    }

    /// Whether one text fits; tests that do not look at texts never do.
    pub(crate) fn fits(&self, text: &str) -> bool {
        match self {
            Matcher::Text(test) => test.fits(text),
            Matcher::OneOf(set) => fold::with(text, |folded| set.contains(folded)),
            Matcher::Number { text: wanted, value } => {
                **wanted == *text || text.trim().parse::<f64>().is_ok_and(|number| number == *value)
            }
            Matcher::Regex(regex) => regex.is_match(text),
            Matcher::Cidr(net) => parse_address(text).is_some_and(|address: IpAddr| net.contains(&address)),
            Matcher::Compare(order, value) => {
                text.trim().parse::<f64>().is_ok_and(|number| order.holds(number, *value))
            }
            Matcher::TimePart(part, order, value) => {
                time_part(text, *part).is_some_and(|part| order.holds(part, *value))
            }
            Matcher::Null | Matcher::SameAs { .. } => false,
            Matcher::Exists(there) => *there,
        }
    }
}

fn time_part(text: &str, part: TimePart) -> Option<i64> {
    let at: DateTime<Utc> = DateTime::from_timestamp(i64::from(Timestamp::parse(text)?.secs()), 0)?;
    Some(i64::from(match part {
        TimePart::Minute => at.minute(),
        TimePart::Hour => at.hour(),
        TimePart::Day => at.day(),
        TimePart::Week => at.iso_week().week(),
        TimePart::Month => at.month(),
        TimePart::Year => return Some(i64::from(at.year())),
    }))
}

fn same_as(
    event: &mut Event<'_, '_>,
    field: FieldRef,
    other: FieldRef,
    relation: Relation,
    cased: bool,
) -> bool {
    let ready = |text: &str| if cased { text.to_owned() } else { fold::fold(text).into_owned() };
    let mut wanted = Vec::new();
    event.any_text(other, |text| {
        wanted.push(ready(text));
        false
    });
    event.any_text(field, |text| {
        let text = ready(text);
        wanted.iter().any(|wanted| match relation {
            Relation::Equals => text == *wanted,
            Relation::StartsWith => text.starts_with(wanted.as_str()),
            Relation::EndsWith => text.ends_with(wanted.as_str()),
            Relation::Contains => text.contains(wanted.as_str()),
        })
    })
}
