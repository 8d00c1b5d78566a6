//! Rules by name and id: those of many found by one look, and what is said of one that is not there.

use hashbrown::HashMap;

use super::document::{Draft, Name};
use super::error::{Code, Problem};
use crate::text::nearest;

/// The first rule (no filter) of each name and of each id, these in lower case: what `filter::find` finds, by one look.
pub(super) struct Names<'d> {
    names: HashMap<&'d str, usize>,
    ids: HashMap<String, usize>,
}

impl Names<'_> {
    pub(super) fn of(drafts: &[Draft]) -> Names<'_> {
        let (mut names, mut ids) = (HashMap::new(), HashMap::new());
        for (i, draft) in drafts.iter().enumerate() {
            if draft.is_filter() {
                continue;
            }
            if let Some(name) = &draft.meta.name {
                names.entry(name.text.as_str()).or_insert(i);
            }
            if let Some(id) = &draft.meta.id {
                ids.entry(id.to_ascii_lowercase()).or_insert(i);
            }
        }
        Names { names, ids }
    }

    /// The rule that a name or id refers to.
    pub(super) fn find(&self, wanted: &Name) -> Option<usize> {
        let named = self.names.get(wanted.text.as_str());
        let known = self.ids.get(&wanted.text.to_ascii_lowercase());
        named.into_iter().chain(known).min().copied()
    }
}

/// A reference to a rule that is none of those with these names.
pub(super) fn unknown<'n>(wanted: &Name, names: impl Iterator<Item = &'n str>) -> Problem {
    let message = format!("no rule has the name or id `{}`", wanted.text);
    let problem = Problem::new(Code::UnknownRule, wanted.place, message);
    problem.span(wanted.text.chars().count()).help(hint(&wanted.text, names))
}

/// What to do about a name that is none of these.
pub(super) fn hint<'n>(got: &str, names: impl Iterator<Item = &'n str>) -> String {
    match nearest(got, names) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`trailsift rules list` shows the names".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::error::Place;
    use super::super::load::Scope;
    use super::super::{document, filter, yaml};
    use super::*;

    #[test]
    fn the_first_is_found_as_by_looking_at_each() {
        let rule = |head: &str| format!("title: t\n{head}\ndetection: {{s: {{a: b}}, condition: s}}\n---\n");
        let filter = "title: t\nname: hidden\nid: F0\nfilter: {rules: any, s: {a: b}, condition: s}\n";
        let heads = ["name: one\nid: AB", "name: two\nid: cd", "name: cd", "name: two\nid: Ab", "name: ab"];
        let text = heads.iter().map(|head| rule(head)).collect::<String>() + filter;
        let (lists, mut problems) = (BTreeMap::new(), Vec::new());
        let scope = Scope { lists: &lists, derived: &[], brief: false, proven: false };
        let documents = yaml::documents(&text).unwrap();
        let drafts: Vec<Draft> =
            documents.iter().filter_map(|node| document::parse(node, 0, &scope, &mut problems)).collect();
        assert_eq!((drafts.len(), problems.len()), (6, 0));
        let names = Names::of(&drafts);
        for (text, first) in [
            ("one", Some(0)),
            ("ab", Some(0)),
            ("aB", Some(0)),
            ("two", Some(1)),
            ("cd", Some(1)),
            ("Two", None),
            ("hidden", None),
            ("F0", None),
            ("", None),
        ] {
            let wanted = Name { text: text.to_owned(), place: Place { line: 1, column: 1 } };
            assert_eq!(names.find(&wanted), first, "{text}");
            assert_eq!(filter::find(&drafts, &wanted), first, "{text}");
        }
    }
}
