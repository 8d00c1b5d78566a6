//! Rules at work: compiled, fed with events, and judged when all events are in.
//!
//! [`Plan`] is compiled once and shared. Each worker owns a [`Shard`] of states; shards join. [`finish()`] turns the
//! joined states into firings. The law: a firing depends on the set of events alone, as every state is a set under
//! union, and counts, windows and order exist only in `finish`.

mod again;
mod candidates;
mod census;
pub mod chains;
mod classes;
mod copy;
mod deeds;
mod dependence;
mod feeder;
mod field;
pub mod finish;
pub mod firing;
mod fold;
mod groups;
mod handed;
mod hits;
mod intern;
mod issued;
mod issuing;
mod join;
mod judgements;
mod key;
mod learner;
mod matcher;
mod memo;
mod memory;
mod moments;
mod parts;
mod past;
mod phases;
mod place;
mod plan;
mod predicate;
mod regex;
pub mod replay;
mod residual;
mod shard;
mod sketch;
mod spans;
mod state;
mod stays;
mod text;
mod tuples;
mod value;
pub mod verdict;
mod worker;

pub use census::{Census, Held};
pub use finish::{ColdStart, Days, Finished, Settings, finish};
pub use firing::{Class, Detail, Evidence, Firing, FiringKey};
pub use handed::Handed;
pub(crate) use hits::once_each;
pub use hits::{Hit, Location};
pub(crate) use issuing::CALLS as ISSUING;
pub use issuing::Caller;
pub use join::Join;
pub use learner::Learner;
pub use memory::{MemoryKey, Remembered};
pub use plan::{Choice, Phase, Plan, PlanError};
pub use shard::{Range, Shard, Tally};
pub use sketch::Distinct;
pub use text::TextTest;
pub use worker::Worker;
pub(crate) use worker::time_of;

use crate::time::Timespan;

/// Matches of one behaviour no further apart than this are one episode, unless the rule says otherwise.
pub const FOLD: Timespan = Timespan::from_hours(1);
