//! What a match adds to which state.

use super::super::field::FieldRef;
use super::ScopeKind;
use crate::rule::{Body, CorrelationKind, RuleIndex, RuleSet};
use crate::time::Timespan;

/// A state that a detection's matches go to.
#[derive(Debug)]
pub(crate) struct Feed {
    /// The rule whose state it is; of a scope, the one with the narrowest spans of those that ask for it.
    pub(crate) rule: RuleIndex,
    /// The key of the group, by its number in the plan.
    pub(crate) group: usize,
    /// Whether every field of the group must be there.
    pub(crate) whole_group: bool,
    pub(crate) what: What,
}

/// What a feed adds.
#[derive(Debug)]
pub(crate) enum What {
    Hit,
    /// The values of each limit that counts values, and whether events are kept too.
    Count {
        values: Vec<Tuple>,
        events: bool,
    },
    Step(u8),
    Number(FieldRef),
    Term(Tuple),
    /// A sighting of a scope of the kind with this number.
    Scope(u16),
    Bucket(Timespan),
    /// A document, and whether something is said of it when none was there before.
    Document(Vec<FieldRef>, bool),
    /// A credential, issued or used.
    Link,
    Place(FieldRef),
    /// Part of what `after` looks at, with the values that are compared.
    Phase(Phase, Vec<FieldRef>),
}

/// Fields whose values stand together.
#[derive(Debug)]
pub(crate) struct Tuple {
    /// The same for the same fields; less than the plan's `tuples`.
    pub(crate) number: usize,
    pub(crate) fields: Vec<FieldRef>,
}

/// The parts of an `after` rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// What is looked for.
    Use,
    /// What opens a time in which it is.
    Open,
    /// What ends that time.
    Close,
}

impl Phase {
    /// Its name in baseline files.
    pub fn name(self) -> &'static str {
        match self {
            Phase::Use => "use",
            Phase::Open => "open",
            Phase::Close => "close",
        }
    }

    /// The one with this name.
    pub fn named(name: &str) -> Option<Phase> {
        [Phase::Use, Phase::Open, Phase::Close].into_iter().find(|phase| phase.name() == name)
    }
}

impl Feed {
    /// The rules that it is for.
    pub(crate) fn rules<'p>(&'p self, scopes: &'p [ScopeKind]) -> &'p [RuleIndex] {
        match self.what {
            What::Scope(number) => &scopes[usize::from(number)].rules,
            _ => std::slice::from_ref(&self.rule),
        }
    }

    /// Whether a baseline remembers the state, so that events are fed that are only learnt from.
    pub(crate) fn learns(&self, set: &RuleSet, witnesses: &[Option<Timespan>]) -> bool {
        let kept = match self.what {
            What::Term(_) | What::Scope(_) | What::Bucket(_) | What::Document(..) | What::Place(_) => true,
            What::Phase(Phase::Use, _) => asks_for_first(set, self.rule),
            What::Phase(..) => true,
            _ => false,
        };
        kept || witnesses[self.rule].is_some() || set.rules[self.rule].extension.habit.is_some()
    }
}

/// Whether of what a rule looks for only the very first counts.
pub(crate) fn asks_for_first(set: &RuleSet, rule: RuleIndex) -> bool {
    let Body::Correlation(correlation) = &set.rules[rule].body else { return false };
    matches!(&correlation.kind, CorrelationKind::After(after) if after.first)
}

impl What {
    /// The fields whose values it takes.
    pub(super) fn fields(&self) -> Vec<&FieldRef> {
        match self {
            What::Count { values, .. } => values.iter().flat_map(|tuple| &tuple.fields).collect(),
            What::Term(tuple) => tuple.fields.iter().collect(),
            What::Document(fields, _) | What::Phase(_, fields) => fields.iter().collect(),
            What::Number(field) | What::Place(field) => vec![field],
            What::Hit | What::Step(_) | What::Scope(_) | What::Bucket(_) | What::Link => Vec::new(),
        }
    }
}
