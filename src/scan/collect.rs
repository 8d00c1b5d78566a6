//! Reading in parallel: each worker takes the next file, reads it with its own buffers, and feeds its own shard.

use std::panic::AssertUnwindSafe;

use super::handover::{Handover, Seat};
use super::reports::Reports;
use super::shares::Shares;
use super::{Options, Progress};
use crate::detect::{Join, Location, Plan, Shard, Worker};
use crate::event::Record;
use crate::input::{Reader, Source};

/// What all workers saw.
#[derive(Debug)]
pub struct Collected {
    /// The joined states.
    pub shard: Shard,
    /// What came of reading the files.
    pub reports: Reports,
    /// Whether the run stopped before the last file.
    pub interrupted: bool,
}

/// So many workers besides the one that reads it can a large file keep busy, and one to spare: to judge an event that
/// was handed over takes three times what finding and copying it takes.
const HANDS: usize = 4;

/// Who looks on while records are read: each worker has one of its own.
pub trait Onlooker {
    /// What one of them has seen, and in the end all of them together.
    type Seen: Join;

    /// A record within the time and places looked at.
    fn see(&mut self, record: &Record<'_>, at: Location);

    /// What it has seen, when there is no more.
    fn seen(self) -> Self::Seen;
}

/// Nobody looks on.
impl Onlooker for () {
    type Seen = ();

    fn see(&mut self, _: &Record<'_>, _: Location) {}

    fn seen(self) {}
}

/// Reads all sources and feeds the plan's rules.
pub fn collect(plan: &Plan, sources: &[Source], options: &Options, progress: &dyn Progress) -> Collected {
    collect_with(plan, sources, options, progress, &|| ()).0
}

/// As [`collect`], with somebody who looks on.
pub fn collect_with<O: Onlooker>(
    plan: &Plan,
    sources: &[Source],
    options: &Options,
    progress: &dyn Progress,
    onlooker: &(dyn Fn() -> O + Sync),
) -> (Collected, O::Seen) {
    let sizes: Vec<u64> = sources.iter().map(|source| source.size).collect();
    let is_large = |size: u64| size > options.large;
    let large = sizes.iter().filter(|size| is_large(**size)).count();
    let jobs = options.jobs.clamp(1, (sources.len() + large * HANDS).max(1));
    let shared = jobs > 1 && large > 0;
    let shares = Shares::new(&sizes, options.large, jobs);
    let handover = Handover::new(options.batch);
    let work = |number: usize, mut seat: Seat<'_>| {
        let reader = if options.naive { Reader::naive(plan.layout()) } else { Reader::new(plan.layout()) };
        let mut reader = if options.jobs == 1 { reader.alone() } else { reader };
        let worker = Worker::new(plan, options.range.clone());
        let mut worker = if options.naive { worker.plain() } else { worker };
        let mut shard = Shard::new(plan);
        let mut onlooker = onlooker();
        let mut reports = Reports::default();
        let mut look = |record: &Record<'_>, at: Location| {
            observe(&mut worker, &mut shard, record, at);
            if options.range.wants(record) {
                onlooker.see(record, at);
            }
        };
        while !progress.stopped() {
            let Some((file, source)) =
                shares.next(number).and_then(|file| Some((file, sources.get(file as usize)?)))
            else {
                break;
            };
            let gives = shared && is_large(source.size);
            let report = reader.read(source, &mut |record, number| {
                let at = Location { file, record: number };
                if !(gives && seat.give(record, at)) {
                    look(record, at);
                }
            });
            seat.hand_over(file);
            progress.file(report.bytes_read, report.events);
            reports.add(report);
        }
        // Also after an interruption, which lets the file at hand be read to its end.
        while shared && let Some((file, batch)) = seat.take() {
            let unread = reader
                .read_batch(&batch, &mut |record, number| look(record, Location { file, record: number }));
            unread.into_iter().for_each(|number| reports.unread(&sources[file as usize].name(), number));
            seat.give_back(batch);
        }
        worker.settle(&mut shard);
        (shard, reports, onlooker.seen())
    };
    let mut parts = if jobs == 1 {
        vec![work(0, handover.seat())]
    } else {
        std::thread::scope(|scope| {
            let work = &work;
            let seats: Vec<Seat<'_>> = (0..jobs).map(|_| handover.seat()).collect();
            let workers: Vec<_> = seats
                .into_iter()
                .enumerate()
                .map(|(number, seat)| scope.spawn(move || work(number, seat)))
                .collect();
            // A worker only panics where the reader does, and the reader is fuzzed not to; let it be seen.
            workers
                .into_iter()
                .map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                .collect()
        })
    };
    let (first, mut reports, mut seen) = parts.swap_remove(0);
    let mut shards = vec![first];
    for (shard, of_other, seen_by_other) in parts {
        shards.push(shard);
        reports.join(of_other);
        seen.join(seen_by_other);
    }
    let shard = Shard::joined(shards, plan, options.jobs);
    let interrupted = reports.files < sources.len() as u64;
    (Collected { shard, reports, interrupted }, seen)
}

/// A rule that panics on a record is taken out of the run, and the record is shown to the others again: what they
/// had seen of it already does not count twice, as states are sets.
fn observe(worker: &mut Worker<'_>, shard: &mut Shard, record: &Record<'_>, at: Location) {
    let attempt = std::panic::catch_unwind(AssertUnwindSafe(|| worker.observe(shard, record, at)));
    if attempt.is_err() {
        worker.find_culprits(shard, record, at);
    }
}
