//! Compiled conditions, evaluated in three-valued logic: what depends on facts of the whole data set stays open.

use super::field::{Event, FieldRef};
use super::matcher::Matcher;
use crate::derive::{Derived, Facts};
use crate::event::Layout;
use crate::known::Known;
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
    pub(crate) fn compile(expr: &Expr, layout: &Layout) -> Result<Node, String> {
        let all = |parts: &[Expr]| {
            parts.iter().map(|part| Node::compile(part, layout)).collect::<Result<Vec<_>, _>>()
        };
        Ok(match expr {
            Expr::All(parts) => {
                let mut parts = all(parts)?;
                // Cheap tests first; the order has no other meaning.
                parts.sort_by_key(Node::cost);
                Node::All(parts)
            }
            Expr::Any(parts) => match one_of(parts, layout) {
                Some(node) => node,
                None => {
                    let mut parts = all(parts)?;
                    parts.sort_by_key(Node::cost);
                    Node::Any(parts)
                }
            },
            Expr::Not(part) => Node::Not(Box::new(Node::compile(part, layout)?)),
            Expr::Field { field, test } => {
                Node::Field(FieldRef::find(field, layout), Matcher::compile(test, layout)?)
            }
            Expr::Keyword(test) => Node::Keyword(Matcher::compile(test, layout)?),
        })
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
                    return Truth::Open;
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

    /// Gathers the fields on which it depends once the `known` ones are as in this event. Whether it depends on the
    /// whole record.
    pub(crate) fn open_fields(
        &self,
        event: &mut Event<'_, '_>,
        known: &dyn Fn(FieldRef) -> bool,
        out: &mut Vec<FieldRef>,
    ) -> bool {
        if self.judge_by(event, known) != Truth::Open {
            return false;
        }
        match self {
            Node::All(parts) | Node::Any(parts) => {
                parts.iter().fold(false, |whole, part| part.open_fields(event, known, out) || whole)
            }
            Node::Not(part) => part.open_fields(event, known, out),
            Node::Field(..) | Node::Keyword(_) => self.fields(out),
        }
    }

    /// Gathers all fields it looks at. Whether it looks at the whole record.
    fn fields(&self, out: &mut Vec<FieldRef>) -> bool {
        match self {
            Node::All(parts) | Node::Any(parts) => {
                parts.iter().fold(false, |whole, part| part.fields(out) || whole)
            }
            Node::Not(part) => part.fields(out),
            Node::Field(field, matcher) => {
                out.push(*field);
                if let Matcher::SameAs { other, .. } = matcher {
                    out.push(*other);
                }
                false
            }
            Node::Keyword(_) => true,
        }
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
    let mut name: Option<&str> = None;
    let mut set = hashbrown::HashSet::with_hasher(foldhash::fast::FixedState::default());
    for part in parts {
        let Expr::Field { field, test: Test::Text { pattern, cased: false } } = part else { return None };
        if *name.get_or_insert(field) != field {
            return None;
        }
        set.insert(Box::from(&*super::fold::fold(pattern.as_literal()?)));
    }
    (set.len() > 3).then_some(())?;
    Some(Node::Field(FieldRef::find(name?, layout), Matcher::OneOf(set)))
}

/// What is left of a condition once a record is gone: the outcomes of the parts that needed no facts, and for each
/// field that does, what it will be resolved from. Kept in the group key of a state, and decided in the end.
#[derive(Debug)]
pub(crate) struct Residual {
    /// The condition, then each escalation.
    roots: Vec<Node>,
    /// The fields that need facts, each once.
    pending: Vec<Derived>,
    /// How many parts without facts there are in all roots.
    atoms: usize,
}

impl Residual {
    /// A residual of `roots`, or `None` when there is nothing to keep: a single condition without facts.
    pub(crate) fn of(roots: Vec<Node>) -> Option<Residual> {
        if roots.len() == 1 && !roots[0].needs_facts() {
            return None;
        }
        let mut pending = Vec::new();
        let mut atoms = 0;
        roots.iter().for_each(|root| survey(root, &mut pending, &mut atoms));
        Some(Residual { roots, pending, atoms })
    }

    /// Gathers the fields that what is written down depends on; `None` when it is the whole record.
    pub(crate) fn fields(&self, out: &mut Vec<FieldRef>) -> Option<()> {
        let whole = self.roots.iter().fold(false, |whole, root| root.fields(out) || whole);
        (!whole).then_some(())
    }

    /// Writes down what the record at hand says.
    pub(crate) fn record(&self, event: &mut Event<'_, '_>, out: &mut Vec<u8>) {
        let start = out.len();
        out.resize(start + self.atoms.div_ceil(8), 0);
        let mut atom = 0;
        for root in &self.roots {
            note(root, event, &mut atom, &mut |atom, holds| {
                out[start + atom / 8] |= u8::from(holds) << (atom % 8)
            });
        }
        for field in &self.pending {
            event.deriver.compute(&event.record, *field, event.values);
            // Values that are known already are told apart from those to be resolved.
            out.push(u8::from(event.values.is_pending(*field as usize)));
            let values: Vec<&str> = event.values.get(*field as usize).collect();
            out.push(u8::try_from(values.len().min(255)).unwrap_or(255));
            for value in values.into_iter().take(255) {
                out.extend_from_slice(&u32::try_from(value.len()).unwrap_or(0).to_le_bytes());
                out.extend_from_slice(value.as_bytes());
            }
        }
    }

    /// Decides each root from what was written down.
    pub(crate) fn decide(&self, kept: &[u8], facts: &Facts, known: &Known) -> Vec<bool> {
        let bits = self.atoms.div_ceil(8).min(kept.len());
        let (bits, mut rest) = kept.split_at(bits);
        let mut values: Vec<(Derived, Vec<String>)> = Vec::new();
        for field in &self.pending {
            let Some((head, tail)) = rest.split_at_checked(2) else { break };
            rest = tail;
            let mut list = Vec::new();
            for _ in 0..head[1] {
                let Some((length, tail)) = rest.split_first_chunk::<4>() else { break };
                let Some((text, tail)) = tail.split_at_checked(u32::from_le_bytes(*length) as usize) else {
                    break;
                };
                list.push(String::from_utf8_lossy(text).into_owned());
                rest = tail;
            }
            if head[0] == 1 {
                let kept: Vec<&str> = list.iter().map(String::as_str).collect();
                list = facts.resolve(known, *field, &kept);
            }
            values.push((*field, list));
        }
        let mut atom = 0;
        self.roots.iter().map(|root| settle(root, bits, &mut atom, &values)).collect()
    }
}

fn survey(node: &Node, pending: &mut Vec<Derived>, atoms: &mut usize) {
    match node {
        node if !node.needs_facts() => *atoms += 1,
        Node::All(parts) | Node::Any(parts) => parts.iter().for_each(|part| survey(part, pending, atoms)),
        Node::Not(part) => survey(part, pending, atoms),
        Node::Field(FieldRef::Derived(field), _) if !pending.contains(field) => pending.push(*field),
        Node::Field(..) | Node::Keyword(_) => {}
    }
}

fn note(node: &Node, event: &mut Event<'_, '_>, atom: &mut usize, set: &mut dyn FnMut(usize, bool)) {
    match node {
        node if !node.needs_facts() => {
            set(*atom, node.judge(event) == Truth::True);
            *atom += 1;
        }
        Node::All(parts) | Node::Any(parts) => parts.iter().for_each(|part| note(part, event, atom, set)),
        Node::Not(part) => note(part, event, atom, set),
        Node::Field(..) | Node::Keyword(_) => {}
    }
}

fn settle(node: &Node, bits: &[u8], atom: &mut usize, values: &[(Derived, Vec<String>)]) -> bool {
    match node {
        node if !node.needs_facts() => {
            let holds = bits.get(*atom / 8).is_some_and(|byte| byte >> (*atom % 8) & 1 == 1);
            *atom += 1;
            holds
        }
        // Every part is visited, as each takes its atoms in turn.
        Node::All(parts) => {
            parts.iter().map(|part| settle(part, bits, atom, values)).fold(true, |a, b| a & b)
        }
        Node::Any(parts) => {
            parts.iter().map(|part| settle(part, bits, atom, values)).fold(false, |a, b| a | b)
        }
        Node::Not(part) => !settle(part, bits, atom, values),
        Node::Field(FieldRef::Derived(field), matcher) => {
            let values =
                values.iter().find(|(other, _)| other == field).map_or(&[] as &[String], |(_, list)| list);
            match matcher {
                Matcher::Null => values.is_empty(),
                Matcher::Exists(there) => values.is_empty() != *there,
                _ => values.iter().any(|value| matcher.fits(value)),
            }
        }
        Node::Field(..) | Node::Keyword(_) => false,
    }
}
