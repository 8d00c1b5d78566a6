//! Why rules did or did not fire on one event: the event, every rule that looked at it, and what decided.

mod around;
mod judge;
pub mod render;
mod sought;
mod state;

use serde::Serialize;

use crate::detect::firing::FieldValue;
use crate::detect::verdict::Verdict;
use crate::finding::{Finding, NotEvaluated};
use crate::level::Level;
use crate::time::{Timespan, Timestamp};

pub use crate::detect::verdict::{Part, Seen};
pub use around::{Answers, Question, Watch};
pub use judge::Judged;
pub use sought::{Seek, Sought};

/// The fields of an event that are shown, where it has them.
pub const FIELDS: [&str; 24] = [
    "eventTime",
    "eventSource",
    "eventName",
    "awsRegion",
    "recipientAccountId",
    "errorCode",
    "errorMessage",
    "userIdentity.type",
    "userIdentity.arn",
    "userIdentity.accountId",
    "userIdentity.accessKeyId",
    "userIdentity.invokedBy",
    "sourceIPAddress",
    "vpcEndpointId",
    "userAgent",
    "requestParameters",
    "responseElements",
    "resources.ARN",
    "derived.principal",
    "derived.action",
    "derived.outcome",
    "derived.session_name",
    "derived.source_network",
    "derived.target_user",
];

/// Everything about one event.
#[derive(Debug, Serialize)]
pub struct Explanation {
    /// Its id.
    pub event_id: String,
    /// Where its copies lie.
    pub copies: Vec<CopyAt>,
    /// Its main fields, and those that trailsift computes.
    pub fields: Vec<FieldValue>,
    /// Rules with a finding that this event is part of.
    pub fired: Vec<Fired>,
    /// Rules whose conditions it meets, without a finding.
    pub matched: Vec<Matched>,
    /// Rules for such calls whose conditions it does not meet.
    pub not_matched: Vec<NotMatched>,
    /// Rules for other calls.
    pub elsewhere: Vec<String>,
    /// Rules that could not be judged.
    pub not_evaluated: Vec<NotEvaluated>,
    /// Whether the run was interrupted: what was not read is not told.
    pub partial: bool,
}

/// One copy of the event.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct CopyAt {
    /// The file.
    pub file: String,
    /// The record in the file, from 0.
    pub record: u32,
    /// Whether it says something else than the first one.
    pub differs: bool,
}

/// A rule that fired.
#[derive(Debug, Serialize)]
pub struct Fired {
    /// Its name.
    pub rule: String,
    /// Its own level.
    pub level: Level,
    /// What made its conditions hold.
    pub detections: Vec<Detection>,
    /// The findings, without other events.
    pub findings: Vec<Finding>,
    /// What else there was, if it was asked for.
    pub around: Option<Around>,
}

/// A rule whose conditions hold, but which did not report.
#[derive(Debug, Serialize)]
pub struct Matched {
    /// Its name.
    pub rule: String,
    /// Its own level.
    pub level: Level,
    /// Why there is no finding.
    pub reasons: Vec<String>,
    /// What made its conditions hold.
    pub detections: Vec<Detection>,
    /// What else there was, for rules that look at several events.
    pub around: Option<Around>,
}

/// A rule whose conditions do not hold.
#[derive(Debug, Serialize)]
pub struct NotMatched {
    /// Its name.
    pub rule: String,
    /// Its own level.
    pub level: Level,
    /// What failed.
    pub detections: Vec<Detection>,
}

/// One detection that a rule is built on.
#[derive(Clone, Debug, Serialize)]
pub struct Detection {
    /// The rule it is.
    pub rule: String,
    /// What decided.
    pub verdict: Verdict,
}

/// The state of a rule around the event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Around {
    /// `event_count`, `new_terms`, ...
    pub kind: String,
    /// The window or lookback.
    pub window: Timespan,
    /// What the events looked at share.
    pub group: Vec<FieldValue>,
    /// Counts against limits, steps, earlier sightings: in words.
    pub state: Vec<String>,
    /// Matching events of the window, the first few.
    pub hits: Vec<HitAt>,
    /// How many there are.
    pub hits_total: u64,
}

/// A matching event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HitAt {
    /// When.
    pub time: Timestamp,
    /// Its id.
    pub event_id: String,
    /// The rules that it matches.
    pub rules: Vec<String>,
}
