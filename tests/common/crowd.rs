//! Workers of whom one reads a file and the others wait: who of them saw which record.

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::ThreadId;
use std::time::Duration;

use trailsift::detect::Location;
use trailsift::event::Record;
use trailsift::scan::{Join, Onlooker, Progress};

/// What is to happen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Act {
    /// Nothing unusual.
    #[default]
    Nothing,
    /// The worker that sees the first record panics, when others wait for it.
    FirstPanics,
    /// The others panic with the first record they see.
    OthersPanic,
    /// The first record stops the run.
    Stop,
}

/// The workers of one run.
#[derive(Debug)]
pub(crate) struct Crowd {
    jobs: usize,
    act: Act,
    there: AtomicUsize,
    first: OnceLock<ThreadId>,
    others: AtomicBool,
    stopped: AtomicBool,
}

impl Crowd {
    pub(crate) fn new(jobs: usize, act: Act) -> Crowd {
        let (there, first) = (AtomicUsize::new(0), OnceLock::new());
        let [others, stopped] = [false; 2].map(AtomicBool::new);
        Crowd { jobs, act, there, first, others, stopped }
    }

    /// One more of them.
    pub(crate) fn eye(&self) -> Eye<'_> {
        self.there.fetch_add(1, Ordering::SeqCst);
        Eye { crowd: self, seen: Seen { records: BTreeMap::new(), by: vec![0] } }
    }

    /// Whoever sees the first record goes on when the others are there.
    fn meet(&self) {
        while self.there.load(Ordering::SeqCst) < self.jobs {
            std::thread::yield_now();
        }
        self.stopped.store(self.act == Act::Stop, Ordering::SeqCst);
        assert_ne!(self.act, Act::FirstPanics, "as it was told");
    }
}

impl Progress for Crowd {
    fn file(&self, _: u64, _: u64) {}

    fn stopped(&self) -> bool {
        self.stopped.load(Ordering::SeqCst)
    }
}

/// One worker's.
#[derive(Debug)]
pub(crate) struct Eye<'c> {
    crowd: &'c Crowd,
    seen: Seen,
}

/// Each record, and how many of them each worker saw.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) records: BTreeMap<Location, String>,
    pub(crate) by: Vec<usize>,
}

impl Onlooker for Eye<'_> {
    type Seen = Seen;

    fn see(&mut self, record: &Record<'_>, at: Location) {
        let me = std::thread::current().id();
        let mut is_first = false;
        let first = self.crowd.first.get_or_init(|| {
            is_first = true;
            me
        });
        if is_first {
            self.crowd.meet();
        }
        if *first != me {
            self.crowd.others.store(true, Ordering::SeqCst);
        } else if self.crowd.jobs > 1 && !self.crowd.others.load(Ordering::SeqCst) {
            // They are given time to find no file left.
            std::thread::sleep(Duration::from_millis(5));
        }
        assert!(*first == me || self.crowd.act != Act::OthersPanic, "{at:?}: as they were told");
        let before = self.seen.records.insert(at, record.json().to_owned());
        assert_eq!(before, None, "{at:?} is seen once");
        self.seen.by[0] += 1;
    }

    fn seen(self) -> Seen {
        self.seen
    }
}

impl Join for Seen {
    fn join(&mut self, other: Seen) {
        let all = self.records.len() + other.records.len();
        self.records.extend(other.records);
        assert_eq!(self.records.len(), all, "each record is seen by one");
        self.by.extend(other.by);
    }
}
