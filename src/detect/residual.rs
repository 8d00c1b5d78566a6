//! What a state keeps of a condition that only the facts of the whole data set decide.

use super::field::{Event, FieldRef};
use super::matcher::Matcher;
use super::predicate::{Node, Truth};
use crate::derive::{Derived, Facts};
use crate::known::Known;

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
    /// A residual of `roots`. Of a single condition without facts there is nothing to keep.
    pub(crate) fn of(roots: Vec<Node>) -> Residual {
        let mut pending = Vec::new();
        let mut atoms = 0;
        roots.iter().for_each(|root| survey(root, &mut pending, &mut atoms));
        Residual { roots, pending, atoms }
    }

    /// Gathers the fields that what is written down depends on; `None` when it is the whole record.
    pub(crate) fn fields(&self, out: &mut Vec<FieldRef>) -> Option<()> {
        let whole =
            self.roots.iter().fold(false, |whole, root| root.fields(&mut |field, _| out.push(field)) | whole);
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
