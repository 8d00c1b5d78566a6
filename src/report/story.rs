//! What happened as sentences in time order: by day, and within a day by who acted.
//!
//! Several rules often tell of the same calls. Where everything that one finding rests on is part of a graver one of
//! the same actor, or is the very same, the story tells the graver one and names the other beneath it.

use std::collections::{BTreeMap, BTreeSet};

use super::actors::{Actor, Actors};
use super::brief::brief;
use super::headline::told;
use super::identity::owner;
use crate::finding::{Finding, RuleInfo, View};
use crate::level::Level;
use crate::outcome::Outcome;
use crate::time::Timestamp;

/// An actor's sentences of one day stand together while no longer than this lies between them.
const PAUSE: u32 = 45 * 60;

/// Of one rule's sentences about one actor in a row this many are told, the others counted.
const ALIKE: usize = 3;

/// What happened.
#[derive(Debug, Default)]
pub(super) struct Story {
    /// In order of time; what has no time comes last.
    pub(super) days: Vec<Day>,
    /// How many findings are left out for length, those of the lowest levels.
    pub(super) untold: usize,
}

/// One day.
#[derive(Debug)]
pub(super) struct Day {
    /// A moment of it; `None` for what has no time.
    pub(super) time: Option<Timestamp>,
    pub(super) blocks: Vec<Block>,
}

/// What one actor did without a long pause.
#[derive(Debug)]
pub(super) struct Block {
    /// The place in the list of actors.
    pub(super) actor: usize,
    pub(super) lines: Vec<Line>,
}

/// One sentence.
#[derive(Debug)]
pub(super) struct Line {
    /// The finding that is told.
    pub(super) finding: usize,
    /// Findings that rest on the same events.
    pub(super) also: Vec<usize>,
    /// Findings like this one that followed.
    pub(super) more: Vec<usize>,
}

impl Line {
    /// All findings that the line stands for.
    pub(super) fn findings(&self) -> impl Iterator<Item = usize> {
        std::iter::once(self.finding).chain(self.also.iter().copied()).chain(self.more.iter().copied())
    }

    /// The rules of the findings that rest on the same events, each once, but that of the finding that is told.
    pub(super) fn other_rules<'v>(&self, view: &'v View) -> Vec<&'v RuleInfo> {
        let mut named = BTreeSet::from([view.findings[self.finding].rule.name.as_str()]);
        let others = self.also.iter().map(|other| &view.findings[*other].rule);
        others.filter(|rule| named.insert(&rule.name)).collect()
    }
}

impl Block {
    /// The highest level of its lines.
    pub(super) fn worst(&self, view: &View) -> Option<Level> {
        self.lines.iter().flat_map(Line::findings).map(|finding| view.findings[finding].level).max()
    }
}

/// The sentence of a finding in a block that names its actor: without the actor, where it begins with it.
pub(super) fn predicate(finding: &Finding, actor: &Actor<'_>, vendors: &BTreeMap<String, String>) -> String {
    let told = told(finding);
    let identity = &actor.identity;
    let account = identity.account.as_deref().map(|account| owner(account, vendors)).unwrap_or_default();
    // A sentence about the account is not about every actor in it.
    let owned = match identity.kind.as_str() {
        "account" => format!("Account {account}"),
        "root" => format!("Root of {account}"),
        _ => String::new(),
    };
    let subjects = [brief(actor.key, finding.account.as_deref()), owned, identity.name.clone()];
    let mut rests = subjects.iter().filter(|subject| !subject.is_empty()).filter_map(|subject| {
        told.strip_prefix(subject.as_str())?.strip_prefix(' ').filter(|rest| !rest.is_empty())
    });
    rests.next().map(str::to_owned).unwrap_or_else(|| told.clone())
}

/// An actor, and the findings about it that stand together.
type Told = (usize, Vec<usize>);

impl Story {
    /// Tells at most `most` findings, the gravest ones.
    pub(super) fn of(view: &View, actors: &Actors<'_>, most: usize) -> Story {
        // The view is sorted by level, so its beginning is what matters most.
        let mut order: Vec<usize> = (0..view.findings.len().min(most)).collect();
        let time = |finding: &usize| view.findings[*finding].first_seen;
        order.sort_by_key(|finding| (time(finding).is_none(), time(finding), *finding));
        let mut days: Vec<(Option<u32>, Vec<Told>)> = Vec::new();
        for finding in order {
            let at = time(&finding);
            let day = at.map(Timestamp::day);
            if days.last().is_none_or(|(other, _)| *other != day) {
                days.push((day, Vec::new()));
            }
            let Some((_, blocks)) = days.last_mut() else { continue };
            let actor = actors.of[finding];
            let near = |block: &&mut Told| {
                let last = block.1.last().and_then(time);
                block.0 == actor && last.zip(at).is_none_or(|(last, at)| at.since(last).secs() <= PAUSE)
            };
            match blocks.iter_mut().rev().find(near) {
                Some((_, findings)) => findings.push(finding),
                None => blocks.push((actor, vec![finding])),
            }
        }
        let days = days.into_iter().map(|(_, blocks)| Day {
            time: blocks.first().and_then(|(_, findings)| time(findings.first()?)),
            blocks: blocks
                .into_iter()
                .map(|(actor, findings)| Block { actor, lines: lines(view, &findings) })
                .collect(),
        });
        Story { days: days.collect(), untold: view.findings.len().saturating_sub(most) }
    }
}

/// Findings of one actor as lines, in the order given.
pub(super) fn lines(view: &View, findings: &[usize]) -> Vec<Line> {
    let beneath = beneath(view, findings);
    let mut lines: Vec<Line> = Vec::new();
    let mut alike: BTreeMap<(&str, Level, Option<Outcome>), (usize, usize)> = BTreeMap::new();
    for finding in findings.iter().filter(|finding| !beneath.contains_key(finding)) {
        let also: Vec<usize> =
            findings.iter().copied().filter(|other| beneath.get(other) == Some(finding)).collect();
        let this = &view.findings[*finding];
        let entry =
            alike.entry((this.rule.name.as_str(), this.level, this.outcome)).or_insert((0, lines.len()));
        entry.0 += 1;
        if entry.0 > ALIKE && also.is_empty() {
            lines[entry.1].more.push(*finding);
            continue;
        }
        entry.1 = lines.len();
        lines.push(Line { finding: *finding, also, more: Vec::new() });
    }
    lines
}

/// For each finding that rests on nothing but events of another one: that other one.
fn beneath(view: &View, findings: &[usize]) -> BTreeMap<usize, usize> {
    // More in one block are so many that nobody reads them one by one.
    if findings.len() > 500 {
        return BTreeMap::new();
    }
    let ids: Vec<(usize, BTreeSet<&str>)> =
        findings.iter().map(|finding| (*finding, events(&view.findings[*finding]))).collect();
    let rank = |finding: usize| {
        (view.findings[finding].level, view.findings[finding].evidence_total, std::cmp::Reverse(finding))
    };
    let mut out = BTreeMap::new();
    for (finding, mine) in &ids {
        // Of a finding that does not show all its events nobody can say that they are all another's.
        if mine.is_empty() || mine.len() as u64 != view.findings[*finding].evidence_total {
            continue;
        }
        let over = ids
            .iter()
            .filter(|(other, theirs)| {
                let graver = view.findings[*other].level > view.findings[*finding].level;
                rank(*other) > rank(*finding) && (mine == theirs || (graver && mine.is_subset(theirs)))
            })
            .max_by_key(|(other, _)| rank(*other));
        if let Some((over, _)) = over {
            out.insert(*finding, *over);
        }
    }
    // What stands over one may itself stand beneath another: the topmost one is told.
    let tops: Vec<(usize, usize)> = out
        .iter()
        .map(|(finding, over)| {
            let mut top = *over;
            while let Some(next) = out.get(&top) {
                top = *next;
            }
            (*finding, top)
        })
        .collect();
    out.extend(tops);
    out
}

/// The events that a finding shows; none if one of them has no id.
fn events(finding: &Finding) -> BTreeSet<&str> {
    let ids: Option<BTreeSet<&str>> = finding.evidence.iter().map(|item| item.event_id.as_deref()).collect();
    ids.unwrap_or_default()
}
