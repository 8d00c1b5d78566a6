//! The log files: what each digest names must be here, as it was, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use super::chain::{Loaded, short};
use super::content::{self, Content, Fault};
use super::digest::{Digest, LogFile, is_sha256};
use super::files::Files;
use super::report::{Kind, Problem, Report, Verdict};
use super::{Members, Options, of_file};
use crate::crew;
use crate::time::{Timespan, Timestamp};

/// A file's name tells the minute it was made in, its digest the hour it was delivered in.
const MARGIN: Timespan = Timespan::from_hours(1);

/// Checks the logs of all chains, which stand in the order of the report's.
pub(super) fn check(
    files: &Files,
    chains: &[&Members],
    wanted: &dyn Fn(&Digest) -> bool,
    options: &Options,
    report: &mut Report,
) {
    let mut named: BTreeSet<usize> = BTreeSet::new();
    let mut asked: BTreeSet<usize> = BTreeSet::new();
    let mut listed: Vec<(usize, &Loaded, &LogFile, Option<usize>)> = Vec::new();
    for (chain, members) in chains.iter().enumerate() {
        for loaded in &members.loaded {
            let wanted = wanted(&loaded.digest);
            for log in &loaded.digest.log_files {
                let file = files.find(&log.s3_object);
                named.extend(file);
                if wanted {
                    asked.extend(file);
                    listed.push((chain, loaded, log, file));
                }
            }
        }
    }
    let contents = read_all(files, &asked.into_iter().collect::<Vec<_>>(), options.jobs);
    for (chain, loaded, log, file) in listed {
        let problem = judge(files, loaded, log, file.map(|file| (file, contents.get(&file))));
        let of_chain = &mut report.chains[chain];
        of_chain.logs += 1;
        match problem {
            None => of_chain.logs_verified += 1,
            Some((kind, file, reason)) => {
                let mut problem = of_file(kind, &file, reason);
                problem.told_by = Some(loaded.path.clone());
                of_chain.verdict = of_chain.verdict.max(problem.verdict);
                report.problems.push(problem);
            }
        }
    }
    report.logs = report.chains.iter().map(|chain| chain.logs).sum();
    report.logs_verified = report.chains.iter().map(|chain| chain.logs_verified).sum();
    unnamed(files, &named, options, report);
}

fn judge(
    files: &Files,
    loaded: &Loaded,
    log: &LogFile,
    found: Option<(usize, Option<&Result<Content, Fault>>)>,
) -> Option<(Kind, String, String)> {
    let Some((file, content)) = found else {
        let reason =
            format!("delivered between {} and {}, and not here", loaded.digest.start(), loaded.digest.end());
        return Some((Kind::LogMissing, log.s3_object.clone(), reason));
    };
    let name = files.sources[file].name();
    if !is_sha256(log.hash_algorithm.as_deref()) {
        return Some((
            Kind::UnknownAlgorithm,
            name,
            "its hash is of a kind that is not known here".to_owned(),
        ));
    }
    let (kind, reason) = match content {
        None => (Kind::Unreadable, "it was not read".to_owned()),
        Some(Err(Fault::Unreadable(reason))) => (Kind::Unreadable, reason.clone()),
        Some(Err(Fault::Damaged(reason))) => (Kind::LogChanged, reason.clone()),
        Some(Ok(content)) if !content.sha256.eq_ignore_ascii_case(&log.hash_value) => {
            let (is, named) = (short(&content.sha256), short(&log.hash_value));
            (Kind::LogChanged, format!("its SHA-256 is {is}, the digest names {named}"))
        }
        Some(Ok(content)) if content.appended => (
            Kind::LogAppended,
            "bytes follow its first gzip member, and no digest vouches for them".to_owned(),
        ),
        Some(Ok(_)) => return None,
    };
    Some((kind, name, reason))
}

/// Hashes files, several at a time.
fn read_all(files: &Files, numbers: &[usize], jobs: usize) -> BTreeMap<usize, Result<Content, Fault>> {
    let read = |number: usize| (number, content::of_log(&files.sources[number].path()));
    crew::share(jobs, numbers.to_vec(), read).into_iter().collect()
}

/// Logs that no digest names: put there by somebody where digests cover their time, else of unknown worth.
fn unnamed(files: &Files, named: &BTreeSet<usize>, options: &Options, report: &mut Report) {
    let mut undigested: BTreeMap<(String, Option<String>), u64> = BTreeMap::new();
    for number in files.logs.iter().filter(|number| !named.contains(number)) {
        let source = &files.sources[*number];
        let Some(key) = source.key() else { continue };
        let of_place = |account: &str, region: &str| {
            account == key.account && key.region.as_deref().is_none_or(|of_key| of_key == region)
        };
        let chains: Vec<usize> = (0..report.chains.len())
            .filter(|chain| of_place(&report.chains[*chain].account, &report.chains[*chain].region))
            .collect();
        if chains.is_empty() {
            *undigested.entry((key.account.clone(), key.region.clone())).or_default() += 1;
            continue;
        }
        let Some((earliest, latest)) = key.delivered else { continue };
        let inside =
            |from: Timestamp, to: Timestamp| earliest >= from.ahead(MARGIN) && latest.ahead(MARGIN) <= to;
        let in_gap = report.gaps.iter().any(|gap| {
            of_place(&gap.account, &gap.region)
                && latest.ahead(MARGIN) >= gap.from
                && earliest <= gap.to.ahead(MARGIN)
        });
        let asked = options.since.is_none_or(|since| latest >= since)
            && options.until.is_none_or(|until| earliest < until);
        let covering =
            chains.iter().find(|chain| inside(report.chains[**chain].from, report.chains[**chain].to));
        match covering {
            Some(chain) if !in_gap => {
                if asked {
                    let reason = "digests cover its time, and none of them names it".to_owned();
                    report.problems.push(of_file(Kind::LogExtra, &source.name(), reason));
                    report.chains[*chain].verdict = Verdict::Failed;
                }
            }
            _ => report.logs_not_covered += 1,
        }
    }
    for ((account, region), count) in undigested {
        let (noun, verb) = if count == 1 { ("file", "is") } else { ("files", "are") };
        let reason = format!("{count} log {noun} {verb} here, and no digest of this account and region");
        let problem = of_file(Kind::NoDigest, "", reason);
        report.problems.push(Problem { account: Some(account), region, ..problem });
    }
}
