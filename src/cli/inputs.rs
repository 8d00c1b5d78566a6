//! From what was typed to the files to be read.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::CommandFactory;
use trailsift::detect::{Plan, Range};
use trailsift::event::{Layout, field};
use trailsift::finding::Summary;
use trailsift::input::{DiscoverError, Discovery, KeyFilter, Reader, Source, discover};
use trailsift::scan::{Unopened, owners};
use trailsift::text::few;
use trailsift::time::Timestamp;

use super::args::{Cli, PartArgs, RelativeTo};
use super::streams::UntilStopped;
use super::times::{When, now};
use super::{elsewhere, meant};

/// Finds the files that the arguments name. Standard input is read to its end here.
pub(crate) fn find(paths: &[PathBuf]) -> Result<Discovery> {
    discover(paths, &mut UntilStopped::default()).map_err(|error| match &error {
        // A misspelt command is taken for the first of the paths.
        DiscoverError::NotFound(name) => anyhow::anyhow!("{error}{}", elsewhere::hint(name, &Cli::command())),
        _ => error.into(),
    })
}

/// The files to be read, and what was never opened.
pub(crate) struct Inputs {
    pub(crate) unopened: Unopened,
    /// Holds the copy of standard input while it is needed.
    pub(crate) found: Discovery,
    /// Files left out by what their names tell.
    pub(crate) pruned: Vec<Source>,
}

/// Refuses to look for logs where none are named.
pub(crate) fn refuse_nothing(paths: &[PathBuf]) -> Result<()> {
    ensure!(!paths.is_empty(), "no PATH: name files or folders of CloudTrail logs, or - for standard input");
    Ok(())
}

/// Refuses logs in the place of what is asked about, which comes first.
pub(crate) fn refuse_swapped(asked: &str, paths: &[PathBuf], order: &str) -> Result<()> {
    let is_none = |path: &PathBuf| {
        let text = path.to_string_lossy();
        !path.exists() && !text.starts_with(['-', '@']) && !text.contains(['*', '?', '['])
    };
    let only_logs = Path::new(asked).exists() && paths.first().is_none_or(is_none);
    ensure!(!only_logs, "{asked} is a file or folder: logs come last, as in `trailsift {order}`");
    Ok(())
}

/// The time and places to be looked at: before `since` as far as rules look back.
pub(crate) fn range(
    plan: &Plan,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
    part: &PartArgs,
) -> Range {
    let from = since.map(|since| plan.horizon(since));
    Range { from, since, until, accounts: part.account.clone(), regions: part.region.clone() }
}

/// Leaves out files whose names tell that they hold nothing of the time and places to be looked at.
pub(crate) fn narrow(mut found: Discovery, range: &Range) -> Inputs {
    let Range { from, until, accounts, regions, .. } = range.clone();
    let pruned = found.prune(&KeyFilter { since: from, until, accounts, regions });
    let unopened = Unopened {
        pruned: pruned.len() as u64,
        owners: owners(&pruned, range),
        hidden: found.hidden,
        empty: found.empty,
        skipped: std::mem::take(&mut found.skipped),
    };
    Inputs { unopened, found, pruned }
}

/// The accounts and regions asked for that no file is of, where all names tell: one that is misspelt narrows to nothing.
pub(crate) fn nowhere(part: &PartArgs, inputs: &Inputs) -> Vec<String> {
    if part.account.is_empty() && part.region.is_empty() {
        return Vec::new();
    }
    let sources = inputs.found.sources.iter().chain(&inputs.pruned);
    let Some(keys) = sources.map(Source::key).collect::<Option<Vec<_>>>() else { return Vec::new() };
    let accounts: BTreeSet<&str> = keys.iter().map(|key| key.account.as_str()).collect();
    let regions: Option<BTreeSet<&str>> = keys.iter().map(|key| key.region.as_deref()).collect();
    let missing = |what: &str, asked: &[String], there: &BTreeSet<&str>| -> Vec<String> {
        let lacking = asked.iter().filter(|asked| !there.contains(asked.as_str()));
        let list = few(there.iter(), 5);
        lacking
            .map(|asked| {
                format!("no file is of {what} {asked}, but of {list}{}", meant(asked, there.iter().copied()))
            })
            .collect()
    };
    let mut all = missing("account", &part.account, &accounts);
    all.extend(regions.map(|regions| missing("region", &part.region, &regions)).unwrap_or_default());
    all
}

/// Whether a file that was named itself, or everything there was, holds no logs: whoever asked for it expects to hear.
pub(crate) fn in_vain(summary: &Summary, paths: &[PathBuf]) -> bool {
    let skipped = &summary.skipped;
    let is_named = |name: &str| paths.iter().any(|path| path.to_string_lossy() == name);
    skipped.iter().any(|skipped| is_named(&skipped.path))
        || (summary.events == 0 && (!skipped.is_empty() || summary.files_empty > 0))
}

/// What spans count back from: the clock, or the newest event if that is wanted and there is a span.
pub(crate) fn end(relative_to: RelativeTo, typed: &[Option<When>], sources: &[Source]) -> Result<Timestamp> {
    let spans = typed.iter().flatten().any(|when| matches!(when, When::Before(_)));
    match relative_to {
        RelativeTo::Data if spans => {
            newest(sources).context("--relative-to data: no event has a readable time")
        }
        RelativeTo::Data | RelativeTo::Now => Ok(now()),
    }
}

/// The newest event's time, from a look at every record's time alone.
fn newest(sources: &[Source]) -> Option<Timestamp> {
    let layout = Layout::new([]);
    let mut reader = Reader::new(&layout);
    let mut newest = None;
    for source in sources {
        reader.read(source, &mut |record, _| {
            let text = record.text(field::EVENT_TIME).or_else(|| record.text(field::TIMESTAMP));
            newest = newest.max(text.and_then(|text| Timestamp::parse(&text)));
        });
    }
    newest
}
