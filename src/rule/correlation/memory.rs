//! What correlations with a memory remember and tell.

use super::super::Class;
use super::super::document::Name;
use super::super::error::{Code, Problem};
use super::super::reader::Keys;

pub(super) fn scope_rules(keys: &Keys<'_>, problems: &mut Vec<Problem>) -> Vec<Name> {
    let names = keys.texts("scope-rules", problems).into_iter();
    names.map(|(text, place)| Name { text: text.to_owned(), place }).collect()
}

const CLASSES: [(&str, Class); 3] =
    [("new_term", Class::NewTerm), ("returned", Class::Returned), ("new_scope", Class::NewScope)];

/// The classes that are told; all when none is named.
pub(super) fn classes(keys: &Keys<'_>, problems: &mut Vec<Problem>) -> Vec<Class> {
    let mut classes = Vec::new();
    for (word, place) in keys.texts("classes", problems) {
        match CLASSES.iter().find(|(name, _)| *name == word) {
            Some((_, class)) => classes.push(*class),
            None => {
                let problem = Problem::new(Code::UnknownValue, place, format!("`{word}` is no class"));
                let names = CLASSES.iter().map(|(name, _)| *name);
                problems.push(problem.span(word.chars().count()).expected(word, names));
            }
        }
    }
    if classes.is_empty() { CLASSES.iter().map(|(_, class)| *class).collect() } else { classes }
}

/// Whether the rule reports without history; `--cold-start` decides for those that do not say.
pub(super) fn cold_start(keys: &Keys<'_>, problems: &mut Vec<Problem>) -> bool {
    let Some((word, place)) = keys.text("cold-start", problems) else { return false };
    if word != "report" {
        let problem = Problem::new(Code::UnknownValue, place, format!("`cold-start: {word}` is not known"));
        problems.push(problem.span(word.chars().count()).expected(word, ["report"]));
    }
    word == "report"
}
