//! Relations between events, as a tree.

use std::fmt;

use super::{Order, RuleIndex};
use crate::time::Timespan;

/// A relation between events.
#[derive(Clone, Debug, PartialEq)]
pub struct Correlation {
    /// The rules whose matches are its events.
    pub rules: Vec<RuleIndex>,
    /// What the events must share.
    pub group_by: Vec<GroupField>,
    /// The window, lookback or bucket.
    pub timespan: Timespan,
    /// Which relation.
    pub kind: CorrelationKind,
}

/// A group-by field: one path for all rules, or, through an alias, one for each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupField {
    /// The name in `group-by`.
    pub name: String,
    /// The path in each of the correlation's rules, in their order.
    pub paths: Vec<String>,
}

/// The kinds of correlations.
#[derive(Clone, Debug, PartialEq)]
pub enum CorrelationKind {
    /// The number of events; every condition must hold in the same window.
    EventCount(Vec<Limit>),
    /// The number of distinct values; every condition must hold in the same window.
    ValueCount(Vec<Limit>),
    /// Every rule has matched.
    Temporal {
        /// In the order given.
        ordered: bool,
    },
    /// The sum, mean or percentile of a number.
    Numeric {
        /// Which figure.
        figure: Figure,
        /// The number's field.
        field: String,
        /// Which values of the figure match.
        limits: Vec<(Order, f64)>,
    },
    /// A value not seen for `timespan`.
    NewTerms(NewTerms),
    /// More events than ever in a bucket of the same width.
    Spike(Spike),
    /// A policy document that allows more than the one before it.
    PolicyWeakened(PolicyWeakened),
    /// Whatever any of the rules finds, told as this rule's own.
    Any,
    /// Events by credentials whose chain of role assumptions fits.
    RoleChain(RoleChain),
    /// Events in the time that another event opened.
    After(After),
    /// Events of one group at two places, sooner one after the other than anyone travels.
    Travel(Travel),
    /// An account's region, busy before, of which the logs say nothing for `timespan`.
    LogGap(LogGap),
}

impl CorrelationKind {
    /// The word that `correlation.type` uses for it; all figures of numbers share one.
    pub fn name(&self) -> &'static str {
        match self {
            CorrelationKind::EventCount(_) => "event_count",
            CorrelationKind::ValueCount(_) => "value_count",
            CorrelationKind::Temporal { ordered: false } => "temporal",
            CorrelationKind::Temporal { ordered: true } => "temporal_ordered",
            CorrelationKind::Numeric { .. } => "numeric",
            CorrelationKind::NewTerms(_) => "new_terms",
            CorrelationKind::Spike(_) => "spike",
            CorrelationKind::PolicyWeakened(_) => "policy_weakened",
            CorrelationKind::Any => "any",
            CorrelationKind::RoleChain(_) => "role_chain",
            CorrelationKind::After(_) => "after",
            CorrelationKind::Travel(_) => "travel",
            CorrelationKind::LogGap(_) => "log_gap",
        }
    }
}

/// What `new_terms` tells apart. A finding's class is one of many more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Novelty {
    /// A term that was never seen.
    NewTerm,
    /// A term that comes back after longer than the lookback.
    Returned,
    /// A scope that was never seen, with its terms.
    NewScope,
}

impl Novelty {
    /// All of them.
    pub const ALL: [Novelty; 3] = [Novelty::NewTerm, Novelty::Returned, Novelty::NewScope];

    /// The word that `classes` uses for it.
    pub fn word(self) -> &'static str {
        match self {
            Novelty::NewTerm => "new_term",
            Novelty::Returned => "returned",
            Novelty::NewScope => "new_scope",
        }
    }
}

/// What a `policy_weakened` rule compares.
#[derive(Clone, Debug, PartialEq)]
pub struct PolicyWeakened {
    /// The fields that may hold the document; the first that does counts.
    pub fields: Vec<String>,
    /// Rules whose documents are compared as well, but of whose first document nothing is said: it may be the first
    /// that there ever was.
    pub scope_rules: Vec<RuleIndex>,
}

/// What `value_sum`, `value_avg` and `value_percentile` compute.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Figure {
    /// The sum.
    Sum,
    /// The arithmetic mean.
    Average,
    /// The value at this rank in percent (nearest rank).
    Percentile(f64),
}

/// One condition on a count.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    /// What is counted: distinct tuples of these fields' values; events when empty.
    pub fields: Vec<String>,
    /// Which counts match; every one must hold.
    pub bounds: Vec<(Order, u64)>,
}

impl Limit {
    /// What is counted, in words.
    pub fn what(&self) -> String {
        match self.fields.as_slice() {
            [] => "events".to_owned(),
            fields => format!("distinct {}", fields.join(" with ")),
        }
    }
}

/// As in `distinct eventName gte 5`.
impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.what(), bounds(&self.bounds))
    }
}

/// Bounds that must all hold, in words.
pub fn bounds<N: fmt::Display>(bounds: &[(Order, N)]) -> String {
    let each: Vec<String> =
        bounds.iter().map(|(order, number)| format!("{} {number}", order.word())).collect();
    each.join(" and ")
}

/// What a `new_terms` rule learns.
#[derive(Clone, Debug, PartialEq)]
pub struct NewTerms {
    /// The term: 1 to 5 fields.
    pub fields: Vec<String>,
    /// No findings before this much history.
    pub learning: Timespan,
    /// Rules whose matches count as sightings of the scope besides the terms' own.
    pub scope_rules: Vec<RuleIndex>,
    /// Which classes are told: `new_term`, `returned`, `new_scope`.
    pub classes: Vec<Novelty>,
    /// Whether it reports even when the history is too short.
    pub bold: bool,
}

/// What a `spike` rule compares.
#[derive(Clone, Debug, PartialEq)]
pub struct Spike {
    /// The bucket's width.
    pub bucket: Timespan,
    /// How far back the own peak is looked for.
    pub lookback: Timespan,
    /// How many times the own peak.
    pub factor: f64,
    /// And at least this many.
    pub at_least: u64,
    /// And no more than this many in all of the lookback, if given: for groups that hardly ever do this.
    pub seldom: Option<u64>,
}

/// What a `role_chain` rule asks of a chain; whatever is asked must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoleChain {
    /// Whose the account is that the chain begins in: own, organization, vendor, unknown; any when empty.
    pub origin: Vec<String>,
    /// At least this many sessions in a row made out of sessions.
    pub hops: u32,
    /// Some role is taken twice.
    pub repeats: bool,
    /// From the first to the last session made out of a session it took longer than this.
    pub longer_than: Option<Timespan>,
}

/// What an `after` rule looks at. The correlation's rules are what is looked for, then what opens, then what ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct After {
    /// How many of the rules are looked for.
    pub uses: usize,
    /// How many of those behind them open a time.
    pub opens: usize,
    /// The time opens this much later.
    pub grace: Timespan,
    /// Only events count that differ from the opening one in some of these fields, where both have a value.
    pub differs: Vec<String>,
    /// Only the group's first event of all counts.
    pub first: bool,
}

/// What a `travel` rule calls too fast.
#[derive(Clone, Debug, PartialEq)]
pub struct Travel {
    /// The field that tells the place, with its coordinates.
    pub field: String,
    /// Nearer places are one, in kilometres.
    pub km: f64,
    /// Faster is too fast, in kilometres an hour.
    pub kmh: f64,
    /// A place first seen longer ago than this is known; between two known places nothing is too fast.
    pub learning: Timespan,
}

/// What a `log_gap` rule calls busy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogGap {
    /// Before the gap, the logs were never silent for more than this.
    pub steady: Timespan,
    /// How far back that is looked at.
    pub lookback: Timespan,
    /// At least so much of it must be there.
    pub learning: Timespan,
}
