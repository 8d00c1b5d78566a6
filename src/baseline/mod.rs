//! The baseline file: what rules with a memory have learnt, written down.
//!
//! A snapshot is the state of `new_terms`, `spike`, `policy_weakened` and `travel` rules, the busy hours of `log_gap`, and,
//! of `after` rules and of those that only tell what others' findings are worth, the events and values that may still
//! matter; besides, the credentials issued that may still be used. It is sorted and byte-stable, one JSON object a line,
//! so that it can be read, compared and reviewed like source. Reading one and scanning the rest gives the findings of
//! scanning everything with `--since` at the snapshot's end.

mod entries;
mod file;
mod learn;
mod line;
mod review;
mod rows;
mod table;
mod whole;

use std::collections::{BTreeMap, BTreeSet};

pub use entries::{Entry, Kind, Subject};
pub use file::{read, write};
pub use learn::learn;
pub use review::{Change, Covered, Difference, EntryChange, OfRule, Overview, RuleChange};

pub use table::{render, render_diff};

use crate::detect::{Days, Handed, Plan, Remembered, Shard};
use crate::time::{Timespan, Timestamp};

/// The version of the file's form.
pub const VERSION: u32 = 1;

/// What rules have learnt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The first event.
    pub from: Timestamp,
    /// The end: everything before this has been learnt.
    pub to: Timestamp,
    /// The accounts that received records.
    pub accounts: BTreeSet<String>,
    /// The buckets that trails write to.
    pub trail_buckets: BTreeSet<String>,
    /// For each account and region, the days (since 1970) with an event.
    pub days: BTreeMap<(String, String), BTreeSet<u32>>,
    /// And the hours of each of these days with an event, as bits, if a rule asks for them.
    pub hours: BTreeMap<(String, String), BTreeMap<u32, u32>>,
    /// The credentials that were issued and may still be used, by their hashes.
    pub credentials: BTreeMap<u64, Handed>,
    /// By rule name.
    pub rules: BTreeMap<String, Learnt>,
}

/// What one rule has learnt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Learnt {
    /// A hash of what the rule looks for; another rule's memory is of no use.
    pub hash: String,
    /// The width its spans were joined with.
    pub timespan: Timespan,
    /// How long before the snapshot's end events and counted values still matter, which are kept no longer; nothing is
    /// said where there are none.
    pub reach: Option<Timespan>,
    /// Its rows, sorted.
    pub rows: BTreeSet<Row>,
}

/// One thing learnt.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    /// The scope or group.
    pub group: Vec<Option<String>>,
    /// What must be known in the end to judge the match: the detection, and what its condition kept.
    pub kept: Option<(String, Vec<u8>)>,
    /// What was seen of it.
    pub seen: Remembered,
}

/// Why a snapshot is of no use.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// The file cannot be read or written.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// A line is not what it should be.
    #[error("line {line}: {reason}")]
    Line {
        /// From 1.
        line: usize,
        /// What was expected.
        reason: String,
    },
    /// It holds less, or more, than it says.
    #[error(
        "the file says {said} {what}, and {found} are there: the file was cut or edited; copy or build it anew"
    )]
    Cut {
        /// What was counted.
        what: String,
        /// How many there should be.
        said: u64,
        /// How many there are.
        found: usize,
    },
    /// The file's form is newer than this program.
    #[error(
        "form {0} is not known to this version (it reads form {VERSION}); build the baseline anew with this version"
    )]
    Version(u64),
    /// The snapshot was learnt by other rules.
    #[error("it was learnt by another version of {}: build it anew from the logs, or use the rules it was built with", rules.join(", "))]
    OtherRules {
        /// The rules that changed.
        rules: Vec<String>,
    },
    /// The snapshot was learnt with another lookback.
    #[error(
        "`{rule}` learnt with a lookback of {learnt}, now it is {wanted}: build the baseline anew, or give the same --lookback"
    )]
    OtherLookback {
        /// The rule.
        rule: String,
        /// The snapshot's.
        learnt: Timespan,
        /// The run's.
        wanted: Timespan,
    },
}

impl Snapshot {
    /// Takes down what a shard has learnt. Everything before `to` counts as learnt.
    pub fn of(plan: &Plan, shard: &Shard, to: Option<Timestamp>) -> Snapshot {
        let (first, last) = shard.span();
        let end = last.map_or(Timestamp::MIN, |last| last.ahead(Timespan::from_secs(1)));
        Snapshot {
            from: first.unwrap_or(Timestamp::MIN),
            to: to.unwrap_or(end),
            accounts: shard.own_accounts(),
            trail_buckets: shard.trail_buckets().map(str::to_owned).collect(),
            days: shard.days().clone(),
            hours: shard.hours().clone(),
            credentials: shard.handed().map(|handed| (handed.handle, handed)).collect(),
            rules: rows::of_shard(plan, shard),
        }
        .forgetful()
    }

    /// Without what no longer matters at the end.
    fn forgetful(mut self) -> Snapshot {
        self.forget();
        self
    }

    fn forget(&mut self) {
        self.rules.values_mut().for_each(|learnt| learnt.forget(self.to));
        self.credentials.retain(|_, handed| handed.matters(self.to));
    }

    /// Adds the habits that `finish` found.
    pub fn add_habits(&mut self, plan: &Plan, habits: &Days) {
        for ((rule, who), days) in habits {
            let name = &plan.rules().rules[*rule].name;
            if let Some(learnt) = self.rules.get_mut(name) {
                learnt.rows.insert(Row {
                    group: who.clone(),
                    kept: None,
                    seen: Remembered::Days(days.clone()),
                });
            }
        }
    }

    /// Puts what was learnt into a shard, as if its events had been observed. Rules that the snapshot does not know
    /// are returned by name: they have no history.
    pub fn into_shard(self, plan: &Plan) -> Result<(Shard, BTreeSet<String>), BaselineError> {
        rows::into_shard(self, plan)
    }

    /// Joins another snapshot of the same rules. Rules that only one of the two knows keep what they have, and are
    /// returned: they have learnt from a part of the logs only.
    pub fn merge(&mut self, other: Snapshot) -> Result<BTreeSet<String>, BaselineError> {
        let changed = |(name, learnt): (&String, &Learnt)| {
            (self.rules.get(name)?.hash != learnt.hash).then(|| name.clone())
        };
        let rules: Vec<String> = other.rules.iter().filter_map(changed).collect();
        if !rules.is_empty() {
            return Err(BaselineError::OtherRules { rules });
        }
        for (name, learnt) in &other.rules {
            if let Some(mine) = self.rules.get(name).filter(|mine| mine.timespan != learnt.timespan) {
                return Err(BaselineError::OtherLookback {
                    rule: name.clone(),
                    learnt: learnt.timespan,
                    wanted: mine.timespan,
                });
            }
        }
        let one_sided = self.rules.keys().filter(|name| !other.rules.contains_key(*name));
        let one_sided = one_sided.chain(other.rules.keys().filter(|name| !self.rules.contains_key(*name)));
        let one_sided = one_sided.cloned().collect();
        // A part without events says nothing about when the logs begin.
        self.from = match (self.days.is_empty(), other.days.is_empty()) {
            (true, _) => other.from,
            (false, true) => self.from,
            (false, false) => self.from.min(other.from),
        };
        self.to = self.to.max(other.to);
        self.accounts.extend(other.accounts);
        for (place, days) in other.days {
            self.days.entry(place).or_default().extend(days);
        }
        for (place, days) in other.hours {
            let mine = self.hours.entry(place).or_default();
            days.into_iter().for_each(|(day, hours)| *mine.entry(day).or_default() |= hours);
        }
        self.trail_buckets.extend(other.trail_buckets);
        for (name, learnt) in other.rules {
            match self.rules.get_mut(&name) {
                Some(mine) => *mine = rows::join(mine, learnt),
                None => {
                    self.rules.insert(name, learnt);
                }
            }
        }
        for (handle, handed) in other.credentials {
            let kept = self.credentials.entry(handle).or_insert_with(|| handed.clone());
            if handed.preference() < kept.preference() {
                *kept = handed;
            }
        }
        self.forget();
        Ok(one_sided)
    }
}
