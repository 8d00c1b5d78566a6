//! Which part of a statement is inside another: the ground of comparing two policies.

use super::pattern::Pattern;
use super::principal::{Principal, Principals};
use super::statement::{Selector, Statement};
use crate::text::{cut, few};

/// The smallest part of a selector that is compared: one pattern of a list, or everything but a list.
#[derive(Clone, Copy)]
pub(super) enum Part<'a> {
    Named(&'a Pattern),
    AllBut(&'a [Pattern]),
}

/// Whom a statement speaks of, taken one by one.
#[derive(Clone, Copy)]
pub(super) enum Who<'a> {
    /// The identity the policy is attached to.
    Holder,
    Named(&'a Principal),
    AllBut(&'a [Principal]),
}

/// One triple out of a statement: somebody, an action, a resource.
#[derive(Clone, Copy)]
pub(super) struct Atom<'a> {
    pub(super) who: Who<'a>,
    pub(super) action: Part<'a>,
    pub(super) resource: Part<'a>,
}

/// The triples of a statement.
pub(super) fn atoms(statement: &Statement) -> impl Iterator<Item = Atom<'_>> {
    let people = match &statement.principals {
        None => vec![Who::Holder],
        Some(Principals::Only(listed)) => listed.iter().map(Who::Named).collect(),
        Some(Principals::AllBut(listed)) => vec![Who::AllBut(listed)],
    };
    people.into_iter().flat_map(move |who| {
        parts(&statement.actions).flat_map(move |action| {
            parts(&statement.resources).map(move |resource| Atom { who, action, resource })
        })
    })
}

/// How many triples a statement has, and how many names it lists.
pub(super) fn size(statement: &Statement) -> (usize, usize) {
    let people = match &statement.principals {
        Some(Principals::Only(listed)) => listed.len(),
        None | Some(Principals::AllBut(_)) => 1,
    };
    let count = |selector| parts(selector).count();
    let (actions, resources) = (count(&statement.actions), count(&statement.resources));
    let listed = statement.actions.patterns().len() + statement.resources.patterns().len();
    (people.saturating_mul(actions).saturating_mul(resources), people + listed + 1)
}

fn parts(selector: &Selector) -> impl Iterator<Item = Part<'_>> {
    let (listed, rest): (&[Pattern], Option<Part<'_>>) = match selector {
        Selector::Only(patterns) => (patterns, None),
        Selector::AllBut(patterns) => (&[], Some(Part::AllBut(patterns))),
    };
    listed.iter().map(Part::Named).chain(rest)
}

/// Whether everything `part` selects is selected by `whole`.
pub(super) fn includes(whole: &Selector, part: &Selector) -> bool {
    parts(part).all(|part| includes_part(whole, part))
}

/// Whether everything in `part` is selected by `whole`, by one of its patterns.
pub(super) fn includes_part(whole: &Selector, part: Part<'_>) -> bool {
    match (whole, part) {
        (Selector::Only(patterns), Part::Named(part)) => patterns.iter().any(|wide| wide.covers(part)),
        (Selector::AllBut(left_out), Part::Named(part)) => !left_out.iter().any(|out| out.overlaps(part)),
        (Selector::Only(patterns), Part::AllBut(_)) => {
            let all = Pattern::resource("*");
            patterns.iter().any(|wide| wide.covers(&all))
        }
        (Selector::AllBut(fewer), Part::AllBut(left_out)) => {
            fewer.iter().all(|out| left_out.iter().any(|wide| wide.covers(out)))
        }
    }
}

/// Whether a statement speaks of everyone in `who`.
pub(super) fn includes_who(principals: Option<&Principals>, who: Who<'_>) -> bool {
    match (principals, who) {
        (None, Who::Holder) => true,
        (None, _) | (_, Who::Holder) => false,
        (Some(Principals::Only(listed)), Who::Named(one)) => listed.iter().any(|wide| wide.includes(one)),
        (Some(Principals::Only(listed)), Who::AllBut(_)) => listed.contains(&Principal::Everyone),
        (Some(Principals::AllBut(left_out)), Who::Named(one)) => {
            !left_out.iter().any(|out| out.includes(one) || one.includes(out))
        }
        (Some(Principals::AllBut(fewer)), Who::AllBut(left_out)) => {
            fewer.iter().all(|out| left_out.iter().any(|wide| wide.includes(out)))
        }
    }
}

impl std::fmt::Display for Part<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Part::Named(pattern) => out.write_str(pattern.as_str()),
            Part::AllBut([]) => out.write_str("*"),
            Part::AllBut(left_out) => write!(out, "everything but {}", list(left_out.iter())),
        }
    }
}

impl std::fmt::Display for Who<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Who::Holder => out.write_str("the holder"),
            Who::Named(Principal::Everyone) => out.write_str("everyone"),
            Who::Named(principal) => write!(out, "{principal}"),
            Who::AllBut(left_out) => write!(out, "everyone but {}", list(left_out.iter())),
        }
    }
}

/// How many names a sentence lists, and how many characters of each it shows.
const SHOWN: usize = 4;
const SHOWN_LENGTH: usize = 120;

/// Names as a sentence lists them: the first few, long ones cut.
pub(super) fn list<T: ToString>(names: impl ExactSizeIterator<Item = T>) -> String {
    let brief = |name: T| {
        let name = name.to_string();
        cut(&name, SHOWN_LENGTH).map(|head| format!("{head}...")).unwrap_or(name)
    };
    few(names.map(brief), SHOWN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_stay_short() {
        assert_eq!(list(["a", "b"].iter()), "a, b");
        assert_eq!(list(0..9), "0, 1, 2, 3 and 5 more");
        assert_eq!(list(["é".repeat(121)].iter()), format!("{}...", "é".repeat(120)));
        assert_eq!(list(std::iter::empty::<u8>()), "");
    }
}
