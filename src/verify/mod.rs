//! Whether a local copy of a trail is what CloudTrail delivered, by its digest files.
//!
//! Each hour CloudTrail delivers a digest of the log files of an account and region: their hashes, and hash and
//! signature of the digest before. So every log is vouched for by a digest, every digest by the next one, and what was
//! changed, added or taken away shows, up to the newest digest: its signature is kept by S3, not by any file.

mod chain;
mod content;
mod digest;
mod files;
mod keys;
mod logs;
mod report;
mod table;

use std::collections::BTreeMap;

pub use keys::{KeyError, PublicKeys};
pub use report::{Chain, Gap, Kind, Note, Problem, Report, Verdict};
pub use table::render;

use chain::{Inspector, Loaded, Whose};
use content::Fault;
use digest::{Digest, chain_of, file_name, trail_of};
use files::Files;

use crate::input::Discovery;
use crate::time::{Timespan, Timestamp};

/// How a copy is verified.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The keys to check signatures with.
    pub keys: PublicKeys,
    /// Judge no digest that ends before this.
    pub since: Option<Timestamp>,
    /// Judge no digest that begins at or after this.
    pub until: Option<Timestamp>,
    /// Worker threads.
    pub jobs: usize,
}

/// A chain that ends this much before another one of its account and trail has been cut.
const RAGGED: Timespan = Timespan::from_hours(3);

/// All digests of a chain, and the names of those that cannot be read.
#[derive(Debug, Default)]
struct Members {
    loaded: Vec<Loaded>,
    broken: Vec<String>,
}

/// Verifies the files that were found.
pub fn verify(found: &Discovery, options: &Options) -> Report {
    let files = Files::of(found);
    let mut report = Report { other_files: files.other, ..Report::default() };
    for skipped in &found.skipped {
        report.problems.push(of_file(Kind::Unreadable, &skipped.path, skipped.reason.clone()));
    }
    let chains = load(&files, &mut report);
    let wanted = |digest: &Digest| {
        options.since.is_none_or(|since| digest.end() > since)
            && options.until.is_none_or(|until| digest.start() < until)
    };
    for ((stream, backfill), members) in &chains {
        let Some((first, last)) = members.loaded.first().zip(members.loaded.last()) else { continue };
        let (account, region) = Files::place(&first.file);
        let whose = Whose {
            account: account.unwrap_or_else(|| first.digest.aws_account_id.clone()),
            region: region.unwrap_or_default(),
            trail: trail_of(stream),
        };
        let inspector = Inspector {
            whose: &whose,
            digests: &members.loaded,
            broken: &members.broken,
            keys: &options.keys,
            wanted: &wanted,
            out: chain::Findings::default(),
        };
        let findings = inspector.inspect();
        let Whose { account, region, trail } = whose;
        report.chains.push(Chain {
            verdict: findings.problems.iter().map(|problem| problem.verdict).max().unwrap_or_default(),
            account,
            region,
            trail,
            backfill: *backfill,
            digests: members.loaded.len() as u64,
            digests_signed: findings.signed,
            logs: 0,
            logs_verified: 0,
            from: first.digest.start(),
            to: last.digest.end(),
        });
        report.problems.extend(findings.problems);
        report.gaps.extend(findings.gaps);
        report.notes.extend(findings.notes);
    }
    ragged_ends(&mut report);
    let members: Vec<&Members> = chains.values().filter(|members| !members.loaded.is_empty()).collect();
    logs::check(&files, &members, &wanted, options, &mut report);
    if options.keys.is_empty() && !report.chains.is_empty() {
        let reason = "no signature was checked, so whoever could write logs could write their digests: save the keys with \
                      `aws cloudtrail list-public-keys` and give them with --public-keys";
        report.problems.push(of_file(Kind::NoPublicKeys, "", reason.to_owned()));
        for chain in &mut report.chains {
            chain.verdict = chain.verdict.max(Verdict::Unverified);
        }
    }
    conclude(&mut report);
    report
}

/// Reads all digests. The same one may lie here twice; another one of its name may not.
fn load(files: &Files, report: &mut Report) -> BTreeMap<(String, bool), Members> {
    let mut chains: BTreeMap<(String, bool), Members> = BTreeMap::new();
    for number in &files.digests {
        let source = &files.sources[*number];
        let name = file_name(&source.name()).to_owned();
        let members = chains.entry(chain_of(&name)).or_default();
        let read = content::of_digest(&source.path())
            .map_err(|fault| match fault {
                Fault::Unreadable(reason) => (Kind::Unreadable, reason),
                Fault::Damaged(reason) => (Kind::DigestChanged, reason),
            })
            .and_then(|(content, text)| {
                Ok((Digest::parse(&text).map_err(|reason| (Kind::DigestChanged, reason))?, content))
            });
        match read {
            Err((kind, reason)) => {
                report.problems.push(of_file(kind, &source.name(), reason));
                members.broken.push(name);
            }
            Ok((digest, content)) => match members.loaded.iter().find(|other| other.file == name) {
                Some(other) if other.content == content => {}
                Some(other) => {
                    let reason = format!("{} has the same name and another content", other.path);
                    report.problems.push(of_file(Kind::DigestChanged, &source.name(), reason));
                }
                None => members.loaded.push(Loaded {
                    path: source.name(),
                    file: name,
                    digest,
                    content,
                    signature: files
                        .metadata_of(*number)
                        .and_then(|source| keys::from_metadata(&source.path())),
                }),
            },
        }
    }
    for members in chains.values_mut() {
        members.loaded.sort_by_key(|loaded| (loaded.digest.end(), loaded.file.clone()));
        report.digests += members.loaded.len() as u64;
    }
    chains
}

/// Digests come every hour in every region, even where nothing happened: a chain that ends before the others was cut.
fn ragged_ends(report: &mut Report) {
    let ends = report.chains.clone();
    for chain in report.chains.iter_mut().filter(|chain| !chain.backfill) {
        let same =
            |other: &&Chain| !other.backfill && other.account == chain.account && other.trail == chain.trail;
        let newest = ends.iter().filter(same).map(|other| other.to).max().unwrap_or(chain.to);
        if newest.since(chain.to) <= RAGGED {
            continue;
        }
        let whose = Whose {
            account: chain.account.clone(),
            region: chain.region.clone(),
            trail: chain.trail.clone(),
        };
        let reason = format!(
            "the digests of {} end at {}, those of other regions go on to {newest}",
            chain.region, chain.to
        );
        report.problems.push(chain::problem(Kind::ChainEndsEarly, &whose, None, reason));
        let Whose { account, region, trail } = whose;
        let reason = "the chain ends before others of its trail".to_owned();
        report.gaps.push(Gap { account, region, trail, from: chain.to, to: newest, reason });
        chain.verdict = chain.verdict.max(Verdict::Unverified);
    }
}

fn of_file(kind: Kind, file: &str, reason: String) -> Problem {
    let (account, region) = Files::place(file);
    Problem { verdict: kind.verdict(), kind, file: file.to_owned(), reason, told_by: None, account, region }
}

fn conclude(report: &mut Report) {
    report.problems.sort_by(|a, b| b.verdict.cmp(&a.verdict).then_with(|| a.cmp(b)));
    report.problems.dedup();
    report.gaps.sort();
    report.gaps.dedup();
    report.notes.sort();
    report.digests_signed = report.chains.iter().map(|chain| chain.digests_signed).sum();
    report.verdict = report.problems.iter().map(|problem| problem.verdict).max().unwrap_or_default();
    if report.chains.is_empty() {
        report.verdict = report.verdict.max(Verdict::Unverified);
    }
}
