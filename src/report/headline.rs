//! What a view says first: how bad it is, when it was, how it began, who it was, and what was not looked at.

use super::actors::{Actor, Actors};
use super::bounds;
use super::brief::brief;
use super::summary::counted;
use super::untrusted::clipped;
use super::when;
use crate::finding::{Finding, Summary, View};
use crate::level::Level;

/// Sentences and identities that are named, not counted.
const NAMED: usize = 4;

/// What a view says first.
#[derive(Debug)]
pub(super) struct Headline<'v> {
    /// How bad, and when.
    pub(super) sentence: String,
    /// How it began: the first of the findings that the sentence counts.
    pub(super) began: Option<&'v Finding>,
    /// The gravest findings, in order of time.
    pub(super) gravest: Vec<&'v Finding>,
    /// The gravest actors, and how many there are besides.
    pub(super) actors: (Vec<&'v Actor<'v>>, usize),
    /// What a reader must know of what this view does not say.
    pub(super) caveats: Vec<String>,
}

impl<'v> Headline<'v> {
    pub(super) fn of(view: &'v View, actors: &'v Actors<'v>) -> Headline<'v> {
        let told: Vec<&Finding> = view.findings.iter().filter(|f| f.suppressed.is_none()).collect();
        let worst = told.iter().map(|finding| finding.level).max();
        // High and critical are told together, and so are the levels that nobody is woken up for.
        let floor = match worst {
            Some(Level::High | Level::Critical) => Level::High,
            Some(Level::Low | Level::Medium) => Level::Low,
            _ => Level::Informational,
        };
        let counted: Vec<&Finding> = told.into_iter().filter(|finding| finding.level >= floor).collect();
        let first = counted.iter().filter_map(|finding| finding.first_seen).min();
        let last = counted.iter().filter_map(|finding| finding.last_seen).max();
        let mut sentence = match worst {
            None if view.judged_nothing() => {
                "Nothing was judged: no event that was asked for was read".to_owned()
            }
            None => "No findings".to_owned(),
            Some(Level::High | Level::Critical) => levels(&view.summary, &[Level::Critical, Level::High]),
            Some(Level::Low | Level::Medium) => {
                format!("Nothing critical or high: {}", levels(&view.summary, &[Level::Medium, Level::Low]))
            }
            Some(Level::Informational) => {
                format!("Nothing above informational: {}", levels(&view.summary, &[Level::Informational]))
            }
        };
        if let (Some(first), Some(last)) = (first, last) {
            sentence = format!("{sentence}, {}", when::span(first, last));
        }
        sentence.push('.');
        let began = counted.iter().copied().filter(|f| f.first_seen.is_some()).min_by_key(|f| f.first_seen);
        let mut gravest: Vec<&Finding> =
            counted.iter().copied().filter(|f| Some(f.level) == worst).take(NAMED).collect();
        gravest.sort_by_key(|finding| finding.first_seen);
        let grave: Vec<&Actor<'_>> = actors.list.iter().filter(|actor| actor.worst >= floor).collect();
        let named = grave.iter().copied().take(NAMED).collect();
        Headline {
            sentence,
            began: began.filter(|_| counted.len() > 1),
            gravest,
            actors: (named, grave.len().saturating_sub(NAMED)),
            caveats: caveats(view),
        }
    }
}

/// The sentence of a finding, without what its account says anyway.
pub(super) fn told(finding: &Finding) -> String {
    clipped(&brief(&finding.title, finding.account.as_deref()), 600).into_owned()
}

fn levels(summary: &Summary, levels: &[Level]) -> String {
    let counts: Vec<(u64, Level)> = levels
        .iter()
        .filter_map(|level| Some((*summary.findings.get(level).filter(|n| **n > 0)?, *level)))
        .collect();
    let total: u64 = counts.iter().map(|(n, _)| n).sum();
    let parts: Vec<String> =
        counts.iter().map(|(n, level)| format!("{} {level}", super::summary::grouped(*n))).collect();
    format!("{} finding{}", parts.join(" and "), if total == 1 { "" } else { "s" })
}

fn caveats(view: &View) -> Vec<String> {
    let s = &view.summary;
    let mut out = Vec::new();
    if view.run.partial {
        out.push("The run was interrupted: this is what was found until then.".to_owned());
    }
    out.extend(bounds::caveats(view));
    let lost = s.skipped.len() as u64;
    if lost > 0 {
        out.push(format!("{} could not be read in full.", counted(lost, "place")));
    }
    let not_evaluated = s.not_evaluated.len() as u64;
    if not_evaluated > 0 {
        out.push(format!("{} could not be evaluated.", counted(not_evaluated, "rule")));
    }
    let short = s.insufficient_baseline.len() as u64;
    if short > 0 {
        out.push(format!("The baseline is too short or has holes in {}.", counted(short, "place")));
    }
    if s.events_without_time > 0 {
        let verb = if s.events_without_time == 1 { "has" } else { "have" };
        out.push(format!("{} {verb} no readable time.", counted(s.events_without_time, "event")));
    }
    let suppressed: u64 = s.suppressed.values().sum();
    if suppressed > 0 {
        let verb = if suppressed == 1 { "is" } else { "are" };
        out.push(format!("{} {verb} suppressed.", counted(suppressed, "finding")));
    }
    let known: u64 = s.known.as_ref().map_or(0, |known| known.findings.values().sum());
    if known > 0 {
        let verb = if known == 1 { "is" } else { "are" };
        out.push(format!("{} {verb} known from before.", counted(known, "finding")));
    }
    let expired = s.suppressions_expired.len() as u64;
    if expired > 0 {
        let verb = if expired == 1 { "has" } else { "have" };
        out.push(format!("{} {verb} ended.", counted(expired, "suppression")));
    }
    out
}
