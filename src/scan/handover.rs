//! Events of large files, handed over by those who read them to workers that have nothing left to read.
//!
//! The records of a file are found by one worker, as their numbers, and what is wrong with the file, depend on what came
//! before. Judging them takes longer, and by whom an event is judged makes no difference to the states. So whoever
//! reads a large file copies its events for others while these wait and can keep up, and judges the rest.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::detect::Location;
use crate::event::Record;
use crate::input::Batch;

/// For each worker that waits, so many batches are filled or full; one more it is reading.
const AHEAD: usize = 2;

/// Where batches change hands.
#[derive(Debug)]
pub(super) struct Handover {
    desk: Mutex<Desk>,
    /// Told when there is a batch more, or a worker less that may fill one.
    changed: Condvar,
    /// Whether a further batch may be begun: what is on the desk, for those who would not wait for it.
    wanted: AtomicBool,
    /// How much text makes a batch full.
    size: usize,
}

#[derive(Debug, Default)]
struct Desk {
    /// Full ones, with the files they are of.
    batches: VecDeque<(u32, Batch)>,
    /// Used ones, for their memory.
    spare: Vec<Batch>,
    /// How many are being filled.
    filling: usize,
    /// Workers that may still fill batches.
    givers: usize,
    /// Workers that do nothing but take them.
    takers: usize,
}

impl Desk {
    fn has_room(&self) -> bool {
        self.batches.len() + self.filling < AHEAD * self.takers
    }
}

/// A worker's place at the desk: it gives until it takes. Without it nobody waits for this worker any more, whatever
/// became of it.
#[derive(Debug)]
pub(super) struct Seat<'h> {
    handover: &'h Handover,
    filling: Option<Batch>,
    takes: bool,
}

impl Handover {
    /// A desk for batches of this size.
    pub(super) fn new(size: usize) -> Handover {
        let (desk, changed, wanted) = (Mutex::default(), Condvar::new(), AtomicBool::new(false));
        Handover { desk, changed, wanted, size }
    }

    /// A place for one more worker. All must have theirs before the first one takes.
    pub(super) fn seat(&self) -> Seat<'_> {
        self.desk().givers += 1;
        Seat { handover: self, filling: None, takes: false }
    }

    /// Nothing is left half done by a panic.
    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes what is on the desk for those who do not wait for it.
    fn note(&self, desk: &Desk) {
        self.wanted.store(desk.has_room(), Ordering::Relaxed);
    }
}

impl Seat<'_> {
    /// Copies an event for those who wait. `false` if nobody does, or they have enough to do.
    #[inline]
    pub(super) fn give(&mut self, record: &Record<'_>, at: Location) -> bool {
        if self.filling.is_none() && !self.handover.wanted.load(Ordering::Relaxed) {
            return false;
        }
        self.fill(record, at)
    }

    fn fill(&mut self, record: &Record<'_>, at: Location) -> bool {
        let size = self.handover.size;
        // Or else one event might take as much memory as it likes, once for each batch.
        if record.json().len() > size {
            return false;
        }
        if self.filling.is_none() {
            self.filling = self.begin();
        }
        let Some(batch) = &mut self.filling else { return false };
        batch.push(record, at.record);
        if batch.size() >= size {
            self.hand_over(at.file);
        }
        true
    }

    /// An empty batch, if one more is wanted.
    fn begin(&mut self) -> Option<Batch> {
        let Handover { size, .. } = self.handover;
        let mut desk = self.handover.desk();
        let batch = desk.has_room().then(|| {
            desk.filling += 1;
            desk.spare.pop().unwrap_or_else(|| Batch::of_size(2 * size))
        });
        self.handover.note(&desk);
        batch
    }

    /// Gives away what has been copied of a file.
    pub(super) fn hand_over(&mut self, file: u32) {
        let Some(batch) = self.filling.take() else { return };
        let mut desk = self.handover.desk();
        desk.filling -= 1;
        desk.batches.push_back((file, batch));
        self.handover.note(&desk);
        self.handover.changed.notify_one();
    }

    /// The next batch, once there is one, and the file it is of. `None` when nobody can give any more.
    pub(super) fn take(&mut self) -> Option<(u32, Batch)> {
        let mut desk = self.handover.desk();
        if !std::mem::replace(&mut self.takes, true) {
            desk.givers -= 1;
            desk.takers += 1;
            self.handover.changed.notify_all();
        }
        loop {
            let batch = desk.batches.pop_front();
            self.handover.note(&desk);
            if batch.is_some() || desk.givers == 0 {
                return batch;
            }
            desk = self.handover.changed.wait(desk).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Gives back a batch that has been read.
    pub(super) fn give_back(&mut self, mut batch: Batch) {
        batch.clear();
        self.handover.desk().spare.push(batch);
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        let mut desk = self.handover.desk();
        match self.takes {
            true => desk.takers -= 1,
            false => desk.givers -= 1,
        }
        self.handover.note(&desk);
        self.handover.changed.notify_all();
    }
}
