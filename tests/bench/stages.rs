//! Every way the same files are gone through, from reading them alone to a scan with the whole pack.

use std::collections::BTreeSet;
use std::fs;
use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use flate2::{Crc, Decompress, FlushDecompress};
use trailsift::derive::FIELDS;
use trailsift::detect::{Census, Choice, Plan};
use trailsift::event::Layout;
use trailsift::input::{Reader, discover};
use trailsift::known::Known;
use trailsift::rule::{self, Body, RuleSet};
use trailsift::scan::{self, Options, Silent, Unopened};

use crate::corpus::Corpus;

/// The rules of the tool's first mission.
const MISSION: [&str; 37] = [
    "unfamiliar-account-assumed-role",
    "known-account-new-role",
    "assume-role-without-external-id",
    "assume-role-unexpected-ip",
    "role-new-network",
    "vpce-new-endpoint",
    "privileged-role-surge",
    "many-roles-assumed",
    "assume-role-denied-burst",
    "role-session-name-odd",
    "source-identity-changed",
    "access-key-created-for-other-user",
    "access-key-new-ip",
    "admin-policy-attached",
    "inline-admin-policy",
    "policy-version-admin",
    "policy-version-weakened",
    "pass-role-any",
    "default-policy-version-switched",
    "trust-policy-opened-external",
    "role-created-external-trust",
    "backdoor-user-sequence",
    "backdoor-role-sequence",
    "iam-user-created",
    "login-profile-created-for-other-user",
    "mfa-device-removed",
    "enumeration-burst",
    "iam-enumeration-burst",
    "access-denied-burst",
    "callerid-then-listbuckets",
    "recon-then-iam-write",
    "first-getcalleridentity",
    "root-activity",
    "root-console-login",
    "console-login-without-mfa",
    "cloudtrail-stopped",
    "cloudtrail-deleted",
];

/// The ways, in the order of the results. Every one does what those before it in the same column do, and more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Way {
    List,
    Read,
    Floor,
    ZlibRs,
    Records,
    Stateless,
    Mission,
    Pack,
}

impl Way {
    pub(crate) const ALL: [Way; 8] = [
        Way::List,
        Way::Read,
        Way::Floor,
        Way::ZlibRs,
        Way::Records,
        Way::Stateless,
        Way::Mission,
        Way::Pack,
    ];
}

/// How long one way took once.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Took {
    /// Seconds on the clock.
    pub(crate) wall: f64,
    /// Seconds of processor time, of all threads; 0 where the system does not tell.
    pub(crate) cpu: f64,
    /// Of `cpu`, those behind the last record: judging, evidence, findings.
    pub(crate) finish: f64,
}

/// What was measured of one corpus: for each way, every round.
pub(crate) struct Measured {
    pub(crate) rounds: Vec<[Took; Way::ALL.len()]>,
    pub(crate) events: u64,
    pub(crate) bytes: u64,
    pub(crate) packed: u64,
}

/// Plans and buffers that are made once.
pub(crate) struct Stages {
    jobs: usize,
    plans: [Plan; 3],
}

impl Stages {
    pub(crate) fn new(jobs: usize) -> Result<Stages> {
        let options = rule::Options {
            derived: FIELDS.iter().map(|field| field.name).collect(),
            ..rule::Options::default()
        };
        let set = Arc::new(rule::load(&[rule::builtin()], &options)?);
        let mission = MISSION
            .iter()
            .map(|name| Ok(set.find(name).with_context(|| format!("no rule `{name}`"))?.0))
            .collect::<Result<BTreeSet<usize>>>()?;
        let stateless = set
            .rules
            .iter()
            .enumerate()
            .filter(|(_, rule)| rule.reports && matches!(rule.body, Body::Detection(_)))
            .map(|(number, _)| number)
            .collect();
        let plan = |rules| Plan::new(set.clone(), Arc::new(Known::default()), choice(rules));
        Ok(Stages { jobs, plans: [plan(Some(stateless))?, plan(Some(mission))?, plan(None)?] })
    }

    pub(crate) fn describe(&self) -> String {
        let count = |plan: &Plan| {
            let set: &RuleSet = plan.rules();
            (0..set.rules.len()).filter(|rule| plan.reports(*rule)).count()
        };
        let [stateless, mission, pack] = self.plans.each_ref().map(count);
        format!(
            "{} threads; rules: {stateless} stateless, {mission} of the mission, {pack} in the whole pack",
            self.jobs
        )
    }

    /// Goes every way, in turns.
    pub(crate) fn measure(&self, corpus: &Corpus, rounds: usize) -> Result<Measured> {
        let mut measured = Measured { rounds: Vec::new(), events: 0, bytes: 0, packed: 0 };
        measured.packed = corpus.sources.iter().map(|source| source.size).sum();
        // Once unmeasured, so that all find the files in memory.
        for round in 0..=rounds {
            let mut all = [Took::default(); Way::ALL.len()];
            for (way, took) in Way::ALL.into_iter().zip(&mut all) {
                let (wall, cpu) = (Instant::now(), cpu_time());
                let (events, bytes, finish) = self.go(way, corpus)?;
                *took = Took { wall: wall.elapsed().as_secs_f64(), cpu: (cpu_time() - cpu).max(0.0), finish };
                (measured.events, measured.bytes) = (measured.events.max(events), measured.bytes.max(bytes));
            }
            if round > 0 {
                measured.rounds.push(all);
            }
        }
        Ok(measured)
    }

    /// One way. Events, bytes of JSON, and the processor seconds behind the last record.
    fn go(&self, way: Way, corpus: &Corpus) -> Result<(u64, u64, f64)> {
        let [stateless, mission, pack] = &self.plans;
        match way {
            Way::List => {
                let found = discover(std::slice::from_ref(&corpus.folder), &mut std::io::empty())?;
                ensure!(found.sources.len() == corpus.sources.len(), "the corpus changed");
                Ok((0, 0, 0.0))
            }
            Way::Read => Ok((0, self.each(corpus, || |bytes: &[u8]| bytes.len() as u64)?, 0.0)),
            Way::Floor => Ok((0, self.each(corpus, libdeflate)?, 0.0)),
            Way::ZlibRs => Ok((0, self.each(corpus, zlib_rs)?, 0.0)),
            Way::Records => Ok(self.records(corpus, pack.layout())),
            Way::Stateless => self.scan(corpus, stateless),
            Way::Mission => self.scan(corpus, mission),
            Way::Pack => self.scan(corpus, pack),
        }
    }

    /// Reads whole files into a buffer used again and again, and hands each to the thread's own `make()`.
    fn each<F: FnMut(&[u8]) -> u64>(&self, corpus: &Corpus, make: impl Fn() -> F + Sync) -> Result<u64> {
        let next = AtomicUsize::new(0);
        let work = || -> Result<u64> {
            let (mut with, mut buffer, mut bytes) = (make(), Vec::new(), 0);
            while let Some(source) = corpus.sources.get(next.fetch_add(1, Ordering::Relaxed)) {
                buffer.clear();
                std::io::Read::read_to_end(&mut fs::File::open(source.path())?, &mut buffer)?;
                bytes += with(&buffer);
            }
            Ok(bytes)
        };
        on_threads(self.jobs, work).into_iter().sum()
    }

    /// The reading room alone: every record found, its fields located, and nothing looked at.
    fn records(&self, corpus: &Corpus, layout: &Layout) -> (u64, u64, f64) {
        let next = AtomicUsize::new(0);
        let work = || {
            let (mut reader, mut events, mut bytes) = (Reader::new(layout), 0, 0);
            while let Some(source) = corpus.sources.get(next.fetch_add(1, Ordering::Relaxed)) {
                let report = reader.read(source, &mut |record, _| {
                    black_box(record);
                });
                events += report.events;
                bytes += report.bytes_inflated;
            }
            (events, bytes, 0.0)
        };
        on_threads(self.jobs, work).into_iter().fold((0, 0, 0.0), |a, b| (a.0 + b.0, a.1 + b.1, 0.0))
    }

    /// What the states of the whole pack hold after the last record.
    pub(crate) fn census(&self, corpus: &Corpus) -> Census {
        let [_, _, pack] = &self.plans;
        let options = Options { jobs: self.jobs, ..Options::default() };
        scan::collect(pack, &corpus.sources, &options, &Silent).shard.census()
    }

    fn scan(&self, corpus: &Corpus, plan: &Plan) -> Result<(u64, u64, f64)> {
        let options = Options { jobs: self.jobs, ..Options::default() };
        let collected = scan::collect(plan, &corpus.sources, &options, &Silent);
        let finish = cpu_time();
        let concluded =
            scan::conclude(plan, collected, &corpus.sources, Unopened::default(), &[], &options, &Silent)?;
        let summary = &concluded.view.summary;
        Ok((summary.events, summary.bytes_inflated, cpu_time() - finish))
    }
}

fn choice(rules: Option<BTreeSet<usize>>) -> Choice {
    Choice { rules, ..Choice::default() }
}

fn on_threads<T: Send>(jobs: usize, work: impl Fn() -> T + Sync) -> Vec<T> {
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..jobs).map(|_| scope.spawn(&work)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    })
}

/// The fastest inflater there is, reused from file to file: the floor.
fn libdeflate() -> impl FnMut(&[u8]) -> u64 {
    let (mut inflater, mut out) = (libdeflater::Decompressor::new(), Vec::new());
    move |bytes| {
        let size = content_size(bytes);
        if out.len() < size {
            out.resize(size, 0);
        }
        let written = inflater.gzip_decompress(bytes, &mut out).unwrap_or(0);
        black_box(&out[..written]);
        written as u64
    }
}

/// The inflater that trailsift uses where libdeflate is not built in or a file is not whole, in its quickest way.
fn zlib_rs() -> impl FnMut(&[u8]) -> u64 {
    let (mut inflater, mut out) = (Decompress::new(false), Vec::new());
    move |bytes| {
        let size = content_size(bytes);
        if out.len() < size {
            out.resize(size, 0);
        }
        inflater.reset(false);
        // The header is the plainest there is: the generator wrote it.
        let _ = inflater.decompress(bytes.get(10..).unwrap_or_default(), &mut out, FlushDecompress::Finish);
        let written = inflater.total_out();
        let mut checksum = Crc::new();
        checksum.update(&out[..usize::try_from(written).unwrap_or(0)]);
        black_box(checksum.sum());
        written
    }
}

/// What the last four bytes of a gzip file say.
fn content_size(bytes: &[u8]) -> usize {
    bytes.last_chunk::<4>().map_or(0, |size| u32::from_le_bytes(*size) as usize)
}

/// Processor seconds of this process so far, all threads, in steps of 10 ms.
fn cpu_time() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The second field, a name in parentheses, may hold anything.
    let rest = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks = |number: usize| rest.split_whitespace().nth(number).and_then(|text| text.parse::<f64>().ok());
    (ticks(11).unwrap_or(0.0) + ticks(12).unwrap_or(0.0)) / 100.0
}
