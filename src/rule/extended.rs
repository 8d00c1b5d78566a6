//! What trailsift adds to Sigma, as a tree.

use super::{Expr, Limit, RuleIndex};
use crate::level::Level;
use crate::outcome::Outcome;
use crate::time::Timespan;

/// What trailsift adds to Sigma.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Extension {
    /// Which outcomes report, at which level.
    pub outcomes: Option<Outcomes>,
    /// What raises the level.
    pub escalate: Vec<Escalation>,
    /// Matches no further apart than this are one episode; `None` is the default hour.
    pub fold: Option<Timespan>,
    /// For a correlation with `fold`: the group's fields that firings must share to be one finding; all when empty.
    pub fold_by: Vec<String>,
    /// Fields whose values keep matches apart besides principal, account and outcome.
    pub split_by: Vec<String>,
    /// The finding's sentence, with `{field}` to be filled in.
    pub message: Option<String>,
    /// Fields that name what was acted upon, the first present wins.
    pub target: Vec<String>,
    /// Data without which the rule cannot be judged.
    pub needs: Vec<Need>,
    /// When a correlation's group does this as a habit.
    pub habit: Option<Habit>,
}

/// When what a rule sees is a habit of who does it: on at least `days` different days, the first and the last at least
/// `over` apart. A habit is one finding at `level`, unless another rule raises it.
#[derive(Clone, Debug, PartialEq)]
pub struct Habit {
    /// The group-by fields whose habit it is.
    pub by: Vec<String>,
    /// On how many days at least.
    pub days: u32,
    /// How far the first and the last of them are apart at least.
    pub over: Timespan,
    /// The level of the one finding.
    pub level: Level,
}

/// What a rule cannot be judged without.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// Known networks in the configuration.
    Networks,
    /// A geo database with countries.
    GeoCountry,
    /// A geo database with autonomous systems.
    GeoAsn,
    /// A database of anonymizing networks.
    GeoAnonymous,
    /// A geo database with coordinates.
    GeoCity,
    /// CI networks in the configuration.
    CiNetworks,
    /// Session-name conventions in the configuration.
    SessionNames,
}

/// The level of each outcome that reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcomes {
    /// The call went through.
    pub success: Option<Level>,
    /// The call was refused.
    pub denied: Option<Level>,
    /// The call failed for another reason.
    pub failed: Option<Level>,
}

impl Outcomes {
    /// The level at which a call that ended so is reported, if it is.
    pub fn level(&self, outcome: Outcome) -> Option<Level> {
        match outcome {
            Outcome::Success => self.success,
            Outcome::Denied => self.denied,
            Outcome::Failed => self.failed,
        }
    }

    /// The outcomes that are reported, with their levels.
    pub fn reported(&self) -> impl Iterator<Item = (Outcome, Level)> {
        Outcome::ALL.into_iter().filter_map(|outcome| Some((outcome, self.level(outcome)?)))
    }

    /// Whether other rules build on a call that ended so: on what went through; a rule for refusals alone offers those.
    pub fn offers(&self, outcome: Outcome) -> bool {
        if self.success.is_some() { outcome == Outcome::Success } else { self.level(outcome).is_some() }
    }
}

/// Something that raises a finding's level.
#[derive(Clone, Debug, PartialEq)]
pub struct Escalation {
    /// To which level.
    pub level: Level,
    /// What must hold.
    pub when: Vec<When>,
}

/// A reason to raise a level.
#[derive(Clone, Debug, PartialEq)]
pub enum When {
    /// An event of the finding fits.
    Event(Expr),
    /// A count within the finding's window fits.
    Count(Limit),
    /// Another rule fired on an event of the finding, or for the same group within the time given; or did not.
    Rule {
        /// The other rule.
        rule: RuleIndex,
        /// Whether it must have fired; if not, it must not.
        fired: bool,
        /// How far apart, for the same group.
        within: Option<Timespan>,
    },
}
