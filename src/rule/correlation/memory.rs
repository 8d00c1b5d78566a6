//! What correlations with a memory tell.

use super::super::Novelty;
use super::super::error::{Code, Problem};
use super::super::reader::Keys;

/// The classes that are told; all when none is named.
pub(super) fn classes(keys: &Keys<'_>, problems: &mut Vec<Problem>) -> Vec<Novelty> {
    let mut classes = Vec::new();
    for (word, place) in keys.texts("classes", problems) {
        match Novelty::ALL.into_iter().find(|class| class.word() == word) {
            Some(class) => classes.push(class),
            None => {
                let problem = Problem::new(Code::UnknownValue, place, format!("`{word}` is no class"));
                problems
                    .push(problem.span(word.chars().count()).expected(word, Novelty::ALL.map(Novelty::word)));
            }
        }
    }
    if classes.is_empty() { Novelty::ALL.to_vec() } else { classes }
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
