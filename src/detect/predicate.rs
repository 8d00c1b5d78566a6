//! Compiled conditions, evaluated in three-valued logic: what depends on facts of the whole data set stays open.

use super::field::{Event, FieldRef};
use super::matcher::Matcher;
use crate::event::Layout;
use crate::rule::{Expr, Test};

/// What a condition says of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Truth {
    False,
    True,
    /// It depends on facts, or on fields that were not looked at.
    Open,
}

impl From<bool> for Truth {
    fn from(value: bool) -> Truth {
        if value { Truth::True } else { Truth::False }
    }
}

/// A compiled condition.
#[derive(Debug)]
pub(crate) enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    Field(FieldRef, Matcher),
    Keyword(Matcher),
}

impl Node {
    pub(crate) fn compile(expr: &Expr, layout: &Layout) -> Node {
        let all = |parts: &[Expr]| {
            let mut parts: Vec<Node> = parts.iter().map(|part| Node::compile(part, layout)).collect();
            // Cheap tests first; the order has no other meaning.
            parts.sort_by_key(Node::cost);
            parts
        };
        match expr {
            Expr::All(parts) => Node::All(all(parts)),
            Expr::Any(parts) => one_of(parts, layout).unwrap_or_else(|| Node::Any(all(parts))),
            Expr::Not(part) => Node::Not(Box::new(Node::compile(part, layout))),
            Expr::Field { field, test } => {
                Node::Field(FieldRef::find(field, layout), Matcher::compile(test, layout))
            }
            Expr::Keyword(test) => Node::Keyword(Matcher::compile(test, layout)),
        }
    }

    fn cost(&self) -> u32 {
        match self {
            Node::All(parts) | Node::Any(parts) => 1 + parts.iter().map(Node::cost).max().unwrap_or(0),
            Node::Not(part) => part.cost(),
            Node::Keyword(_) => 1000,
            Node::Field(FieldRef::Derived(_), _) => 100,
            Node::Field(_, Matcher::Regex(_) | Matcher::SameAs { .. }) => 50,
            Node::Field(_, _) => 1,
        }
    }

    /// Whether facts of the whole data set bear on it.
    pub(crate) fn needs_facts(&self) -> bool {
        match self {
            Node::All(parts) | Node::Any(parts) => parts.iter().any(Node::needs_facts),
            Node::Not(part) => part.needs_facts(),
            Node::Field(field, matcher) => {
                field.needs_facts() || matches!(matcher, Matcher::SameAs { other, .. } if other.needs_facts())
            }
            Node::Keyword(_) => false,
        }
    }

    /// Judges an event; open where only facts can tell.
    #[inline]
    pub(crate) fn judge(&self, event: &mut Event<'_, '_>) -> Truth {
        match self {
            Node::Field(field, matcher) => {
                if event.is_pending(*field) {
                    return early(event, *field, matcher);
                }
                matcher.holds(event, *field).into()
            }
            Node::Keyword(matcher) => matcher.holds_anywhere(event).into(),
            Node::All(parts) => conjunction(parts.iter().map(|part| part.judge(event))),
            Node::Any(parts) => disjunction(parts.iter().map(|part| part.judge(event))),
            Node::Not(part) => negation(part.judge(event)),
        }
    }

    /// Judges by a few fields alone: `known` tells which; every other test is open.
    pub(crate) fn judge_by(&self, event: &mut Event<'_, '_>, known: &dyn Fn(FieldRef) -> bool) -> Truth {
        match self {
            Node::Field(field, Matcher::SameAs { other, .. }) if !(known(*field) && known(*other)) => {
                Truth::Open
            }
            Node::Field(field, matcher) if known(*field) => matcher.holds(event, *field).into(),
            Node::Field(..) | Node::Keyword(_) => Truth::Open,
            Node::All(parts) => conjunction(parts.iter().map(|part| part.judge_by(event, known))),
            Node::Any(parts) => disjunction(parts.iter().map(|part| part.judge_by(event, known))),
            Node::Not(part) => negation(part.judge_by(event, known)),
        }
    }

    /// Shows the fields on which it depends once the `known` ones are as in this event, each with its test if that is
    /// of it alone. Whether it depends on the whole record.
    pub(crate) fn open_fields<'n>(
        &'n self,
        event: &mut Event<'_, '_>,
        known: &dyn Fn(FieldRef) -> bool,
        show: &mut dyn FnMut(FieldRef, Option<&'n Matcher>),
    ) -> bool {
        if self.judge_by(event, known) != Truth::Open {
            return false;
        }
        match self {
            Node::All(parts) | Node::Any(parts) => {
                parts.iter().fold(false, |whole, part| part.open_fields(event, known, show) | whole)
            }
            Node::Not(part) => part.open_fields(event, known, show),
            Node::Field(..) | Node::Keyword(_) => self.fields(show),
        }
    }

    /// Shows all fields it looks at, each with its test if that is of it alone. Whether it looks at the whole record.
    pub(crate) fn fields<'n>(&'n self, show: &mut dyn FnMut(FieldRef, Option<&'n Matcher>)) -> bool {
        match self {
            Node::All(parts) | Node::Any(parts) => {
                parts.iter().fold(false, |whole, part| part.fields(show) | whole)
            }
            Node::Not(part) => part.fields(show),
            Node::Field(field, Matcher::SameAs { other, .. }) => {
                show(*field, None);
                show(*other, None);
                false
            }
            Node::Field(field, matcher) => {
                show(*field, Some(matcher));
                false
            }
            Node::Keyword(_) => true,
        }
    }
}

/// What is known of a field that waits for the facts of the whole data set.
fn early(event: &Event<'_, '_>, field: FieldRef, matcher: &Matcher) -> Truth {
    match (field, matcher) {
        (_, Matcher::SameAs { .. } | Matcher::Null | Matcher::Compare(..)) => Truth::Open,
        (FieldRef::Derived(field), _) if event.early && event.values.will_be_own(field) => {
            matcher.fits("own").into()
        }
        _ => Truth::Open,
    }
}

fn conjunction(parts: impl Iterator<Item = Truth>) -> Truth {
    let mut all = Truth::True;
    for part in parts {
        match part {
            Truth::False => return Truth::False,
            Truth::Open => all = Truth::Open,
            Truth::True => {}
        }
    }
    all
}

fn disjunction(parts: impl Iterator<Item = Truth>) -> Truth {
    let mut all = Truth::False;
    for part in parts {
        match part {
            Truth::True => return Truth::True,
            Truth::Open => all = Truth::Open,
            Truth::False => {}
        }
    }
    all
}

fn negation(part: Truth) -> Truth {
    match part {
        Truth::False => Truth::True,
        Truth::True => Truth::False,
        Truth::Open => Truth::Open,
    }
}

/// Many exact texts of one field become one look-up.
fn one_of(parts: &[Expr], layout: &Layout) -> Option<Node> {
    let literal = |part| match part {
        &Expr::Field { ref field, test: Test::Text { ref pattern, cased: false } } => {
            Some((field.as_str(), pattern.as_literal()?))
        }
        _ => None,
    };
    let (name, _) = parts.first().filter(|_| parts.len() > 3).and_then(literal)?;
    if !parts.iter().all(|part| literal(part).is_some_and(|(field, _)| field == name)) {
        return None;
    }
    let texts = parts.iter().filter_map(literal);
    let set: hashbrown::HashSet<_, _> = texts.map(|(_, text)| Box::from(&*super::fold::fold(text))).collect();
    (set.len() > 3).then(|| Node::Field(FieldRef::find(name, layout), Matcher::OneOf(set)))
}
