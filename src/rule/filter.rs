//! Sigma filters: a condition joined by `and` to the rules it names.

use super::Expr;
use super::document::{Draft, DraftBody, LogSource, Name};
use super::error::Problem;
use super::names::unknown;

/// Joins every filter among `drafts` to the rules it concerns. A filter on a correlation narrows what that
/// correlation sees, not the detections it refers to: they are copied for it, as other rules may share them.
pub(super) fn apply(drafts: &mut Vec<Draft>, report: &mut dyn FnMut(usize, Problem)) {
    let filters: Vec<(usize, LogSource, Vec<Name>, Expr)> = drafts
        .iter()
        .filter(|draft| draft.meta.logsource.is_cloudtrail())
        .filter_map(|draft| match &draft.body {
            DraftBody::Filter { rules, expr } => {
                Some((draft.file, draft.meta.logsource.clone(), rules.clone(), expr.clone()))
            }
            DraftBody::Detection(_) | DraftBody::Correlation(_) => None,
        })
        .collect();
    for (file, source, names, expr) in filters {
        if names.is_empty() {
            for draft in drafts.iter_mut().filter(|draft| source.covers(&draft.meta.logsource)) {
                if let DraftBody::Detection(detection) = &mut draft.body {
                    join(detection, &expr);
                }
            }
        }
        for name in &names {
            match find(drafts, name) {
                Some(at) => narrow(drafts, at, &expr),
                None => {
                    let rules = drafts.iter().filter(|draft| !draft.is_filter());
                    let names = rules.filter_map(|draft| Some(draft.meta.name.as_ref()?.text.as_str()));
                    report(file, unknown(name, names));
                }
            }
        }
    }
}

/// The rule (no filter) that a name or id refers to.
pub(super) fn find(drafts: &[Draft], wanted: &Name) -> Option<usize> {
    drafts.iter().position(|draft| {
        let named = draft.meta.name.as_ref().is_some_and(|name| name.text == wanted.text);
        let id = draft.meta.id.as_deref().is_some_and(|id| id.eq_ignore_ascii_case(&wanted.text));
        !draft.is_filter() && (named || id)
    })
}

fn narrow(drafts: &mut Vec<Draft>, at: usize, filter: &Expr) {
    let owner = drafts[at].meta.name.as_ref().map(|name| name.text.clone()).unwrap_or_default();
    let inner = match &mut drafts[at].body {
        DraftBody::Detection(detection) => return join(detection, filter),
        DraftBody::Correlation(correlation) => correlation.rules.clone(),
        DraftBody::Filter { .. } => return,
    };
    for (step, wanted) in inner.iter().enumerate() {
        let Some(found) = find(drafts, wanted) else { continue };
        let name = Name { text: format!("{} for {owner}", wanted.text), place: wanted.place };
        // A second filter on the same correlation finds the copy made for the first.
        let copy = if wanted.text.ends_with(&format!(" for {owner}")) {
            found
        } else {
            let mut copy = drafts[found].clone();
            copy.meta.name = Some(name.clone());
            copy.meta.id = None;
            copy.reports = false;
            drafts.push(copy);
            if let DraftBody::Correlation(correlation) = &mut drafts[at].body {
                for (_, rule, _) in
                    correlation.aliases.iter_mut().filter(|(_, rule, _)| rule.text == wanted.text)
                {
                    *rule = Name { text: name.text.clone(), place: rule.place };
                }
                correlation.rules[step] = name;
            }
            drafts.len() - 1
        };
        narrow(drafts, copy, filter);
    }
}

fn join(detection: &mut Expr, filter: &Expr) {
    let before = std::mem::replace(detection, Expr::All(Vec::new()));
    *detection = Expr::All(vec![before, filter.clone()]);
}
