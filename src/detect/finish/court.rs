//! What every rule's judgement asks: what a key says, and since when a rule may speak.

use std::collections::{BTreeMap, BTreeSet};

use super::super::intern::{KeyId, Overlay};
use super::super::issued::Issued;
use super::super::key;
use super::super::plan::{Plan, Sighted};
use super::{ColdStart, Settings};
use crate::derive::Facts;
use crate::rule::RuleIndex;
use crate::time::{Timespan, Timestamp};

/// Why a rule that the baseline file was made without has no history.
pub(super) const UNKNOWN: &str = "the baseline file does not know this rule";

/// What a rule's judgement needs. Each rule has one of its own, so that nothing is written where others read.
pub(super) struct Court<'s> {
    pub(super) plan: &'s Plan,
    pub(super) keys: Overlay<'s>,
    pub(super) facts: &'s Facts,
    pub(super) scopes: &'s Sighted,
    pub(super) issued: &'s Issued,
    pub(super) hours: &'s BTreeMap<(String, String), BTreeMap<u32, u32>>,
    pub(super) settings: Settings,
    /// The first and last event of the data set, baseline included.
    pub(super) first: Timestamp,
    pub(super) last: Timestamp,
    pub(super) without_history: &'s BTreeSet<RuleIndex>,
    /// By rule, how many reported ones tell its firings, itself among them.
    pub(super) tellers: &'s [u32],
}

impl<'s> Court<'s> {
    /// The same for another rule.
    pub(super) fn anew(&self) -> Court<'s> {
        Court { keys: Overlay::new(self.keys.base()), ..*self }
    }

    /// The same for this rule.
    pub(super) fn of(&self, rule: RuleIndex) -> Court<'s> {
        // Of new terms see `learnt`.
        let looks_back = self.plan.witnesses[rule].is_some() && self.plan.has_past(rule);
        if looks_back { self.looking_back() } else { self.anew() }
    }

    /// The same for a rule whose firings before `since` count, too.
    pub(super) fn looking_back(&self) -> Court<'s> {
        let settings = Settings { since: None, ..self.settings };
        Court { settings, ..self.anew() }
    }
}

impl Court<'_> {
    /// The values of a group's key, and the escalations by events that hold for it; `None` when its condition turns
    /// out false now that all facts are known.
    pub(super) fn admit(&self, key: KeyId) -> Option<(Vec<Option<String>>, Vec<bool>)> {
        let (values, rest) = key::split(self.keys.get(key));
        let Some((number, kept)) = rest.split_first_chunk::<2>() else { return Some((values, Vec::new())) };
        let detection = &self.plan.detections[usize::from(u16::from_le_bytes(*number))];
        let residual = detection.residual.as_ref()?;
        let mut decided = residual.decide(kept, self.facts, &self.plan.known);
        let holds = !decided.is_empty() && decided.remove(0);
        holds.then_some((values, decided))
    }

    /// The values of a term's key.
    pub(super) fn values(&self, key: KeyId) -> Vec<String> {
        key::texts(self.keys.get(key))
    }

    /// The beginning of the part of time that is reported.
    pub(super) fn since(&self) -> Timestamp {
        self.settings.since.unwrap_or(Timestamp::MIN)
    }

    /// Whether something that ends at `last` belongs to the part of time that is reported.
    pub(super) fn reportable(&self, last: Timestamp) -> bool {
        last >= self.since()
    }

    /// How far back rules look. With `since` it is no further than the longest lookback of all, as a baseline file may
    /// know more than the logs that are read for it.
    pub(super) fn horizon(&self) -> Timestamp {
        self.settings.since.map_or(Timestamp::MIN, |since| self.plan.horizon(since))
    }

    /// From when on a rule with this much learning reports, or why it cannot.
    fn report_from(&self, learning: Timespan) -> Result<Timestamp, (String, Timestamp)> {
        match self.settings.since {
            Some(since) => {
                let history = since.since(self.first);
                if history >= learning {
                    return Ok(since);
                }
                let have = if self.first >= since { "none".to_owned() } else { history.human() };
                Err((format!("needs {} of history before {since}, has {have}", learning.human()), since))
            }
            None => {
                let history = self.last.since(self.first);
                if history >= learning {
                    return Ok(self.first.ahead(learning));
                }
                Err((
                    format!("needs {} of history, the logs span {}", learning.human(), history.human()),
                    self.first,
                ))
            }
        }
    }

    /// As [`Court::report_from`], with the insufficiency noted; `None` when the rule reports nothing. A bold rule
    /// reports all the same.
    pub(super) fn learnt(
        &self,
        rule: RuleIndex,
        learning: Timespan,
        bold: bool,
        insufficient: &mut Option<String>,
    ) -> Option<Timestamp> {
        let (from, lack) = match self.report_from(learning) {
            Ok(from) if self.plan.witnesses[rule].is_some() => {
                (from.min(self.first.max(self.horizon()).ahead(learning)), None)
            }
            Ok(from) => (from, None),
            Err((lack, from)) => (from, Some(lack)),
        };
        let unknown = self.without_history.contains(&rule);
        let lack = if unknown { Some(UNKNOWN.to_owned()) } else { lack };
        let speaks = lack.is_none() || bold || self.settings.cold_start == ColdStart::Report;
        if lack.is_some() {
            *insufficient = lack;
        }
        speaks.then_some(from)
    }
}
