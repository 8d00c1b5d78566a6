//! Learning without judging: what a baseline file is built from.

use super::Snapshot;
use crate::detect::{Plan, PlanError, finish};
use crate::finding::Summary;
use crate::input::Source;
use crate::scan::{Options, Progress, Unopened, collect, reading};
use crate::time::Timestamp;

/// Reads all sources and takes down what the plan's rules have learnt from them; besides, what was read. The snapshot
/// is the one that a scan of the same events writes.
pub fn learn(
    plan: &Plan,
    sources: &[Source],
    unopened: Unopened,
    mut options: Options,
    progress: &dyn Progress,
) -> Result<(Snapshot, Summary), PlanError> {
    // Nothing is reported before the end of time: hits of rules that learn nothing need not be kept.
    options.range.since = Some(Timestamp::MAX);
    options.settings.since = options.range.since;
    let mut collected = collect(plan, sources, &options, progress);
    collected.shard.learn_owners(&unopened.owners);
    let mut snapshot = Snapshot::of(plan, &collected.shard, options.range.until);
    let summary = reading(&collected.shard, collected.reports, unopened, sources);
    snapshot.add_habits(plan, &finish(plan, collected.shard, options.settings, options.jobs).habits);
    Ok((snapshot, summary))
}
