//! Where a credential came from and all that it became: keys and sessions issued in the logs, followed both ways.
//!
//! One pass over the logs writes a [`Ledger`] of every credential used and every one issued. The forest of those that
//! an id means, their origins and their offspring is grown from it; a second pass over the files that tell of them
//! collects what they did.

mod deeds;
mod forest;
mod inputs;
mod kept;
mod ledger;
mod meant;
mod page;
pub mod render;
mod told;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::level::Level;
use crate::time::Timestamp;

pub use deeds::{Collect, Deeds};
pub use forest::Forest;
pub use inputs::FIELDS;
pub use ledger::{Ledger, Write};
pub use page::page;

/// The whole answer.
#[derive(Debug, Serialize)]
pub struct Trace {
    /// What was asked for.
    pub id: String,
    /// How many credentials it means.
    pub credentials: u64,
    /// The credentials that it came from, each with what it became.
    pub roots: Vec<Node>,
    /// What all that is traced has done, the most frequent first; what led to it is not in it.
    pub actions: Vec<Action>,
    /// The vendors that the accounts named here belong to.
    pub vendors: BTreeMap<String, String>,
    /// Loops, an interruption, and whatever else a reader must know.
    pub notes: Vec<String>,
}

/// One credential.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Node {
    /// The access key; for callers without one, who they are.
    pub credential: String,
    /// Whether a key is known at all. Of some sessions only role, name and time are recorded.
    pub key_recorded: bool,
    /// Who it belongs to.
    pub principal: Option<String>,
    /// What that is: user, role, ...
    pub principal_kind: Option<String>,
    /// The name of the session.
    pub session_name: Option<String>,
    /// Whether it is meant by the id itself.
    pub meant: bool,
    /// Whether it is meant by the id, or came of what is; false for what led there.
    pub traced: bool,
    /// The call that issued it.
    pub issued: Option<Issuance>,
    /// Why nothing is known of where it came from, if so.
    pub origin: Option<String>,
    /// The first and last call made with it.
    pub first_seen: Option<Timestamp>,
    /// See above.
    pub last_seen: Option<Timestamp>,
    /// From where.
    pub addresses: Vec<String>,
    /// Whether from more addresses than these: of very many the first two hundred are named, and what was asked for.
    pub more_addresses: bool,
    /// From which networks.
    pub networks: Vec<String>,
    /// Whether from more networks than these.
    pub more_networks: bool,
    /// What it did, the most frequent first.
    pub actions: Vec<Action>,
    /// Findings that name it among their keys; of a caller without one, those that begin with a call of it.
    pub findings: Vec<Found>,
    /// What it became.
    pub children: Vec<Node>,
}

/// The issue of a credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Issuance {
    /// When.
    pub time: Timestamp,
    /// By which call.
    pub call: String,
    /// For which role or user.
    pub subject: Option<String>,
    /// From where.
    pub address: Option<String>,
    /// The event.
    pub event_id: String,
}

/// One kind of call.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Action {
    /// Such as `iam:CreateUser`.
    pub action: String,
    /// Distinct calls that went through.
    pub succeeded: u64,
    /// Those that were refused.
    pub denied: u64,
    /// Those that failed otherwise.
    pub failed: u64,
    /// The first.
    pub first_seen: Option<Timestamp>,
    /// The last.
    pub last_seen: Option<Timestamp>,
}

/// A finding on the way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Found {
    /// When it begins.
    pub first_seen: Option<Timestamp>,
    /// How bad.
    pub level: Level,
    /// The rule.
    pub rule: String,
    /// The sentence.
    pub title: String,
    /// The finding.
    pub id: String,
}
