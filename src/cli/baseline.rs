//! `trailsift baseline`: build, merge, show and compare baseline files.

use std::io::{self, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use serde::Serialize;
use trailsift::baseline::{self, Snapshot};
use trailsift::detect::{Choice, Plan, Range};
use trailsift::report::{self, summary};
use trailsift::scan::{Options, Progress};

use super::args::{BaselineArgs, BaselineCommand, BuildArgs, DiffArgs, Form, MergeArgs, Place, ShowArgs};
use super::context::Context;
use super::inputs::Inputs;
use super::output::Existing;
use super::progress::Bar;
use super::times::When;
use super::{Exit, inputs, meant, output, ruleset, times};

/// Runs a baseline command.
pub(crate) fn run(args: &BaselineArgs) -> Result<Exit> {
    match &args.command {
        BaselineCommand::Build(args) => build(args),
        BaselineCommand::Merge(args) => merge(args),
        BaselineCommand::Show(args) => show(args),
        BaselineCommand::Diff(args) => diff(args),
    }
}

/// Reads a baseline file.
pub(crate) fn read(path: &Path) -> Result<Snapshot> {
    let context = || format!("cannot read the baseline {}", path.display());
    let file = std::fs::File::open(path).with_context(context)?;
    baseline::read(&mut BufReader::new(file)).with_context(context)
}

fn write(snapshot: &Snapshot, place: &Place) -> Result<()> {
    match &place.output {
        Some(path) => {
            output::to_file(path, Existing::by(place.force), &mut |out| baseline::write(snapshot, out))
        }
        None => {
            let mut out = io::BufWriter::new(output::stdout());
            baseline::write(snapshot, &mut out)?;
            Ok(out.flush()?)
        }
    }
}

fn refuse_to_replace(place: &Place) -> Result<()> {
    place.output.iter().try_for_each(|path| Existing::by(place.force).refuse(path))
}

fn build(args: &BuildArgs) -> Result<Exit> {
    refuse_to_replace(&args.place)?;
    let since = When::given("--since", args.since.as_deref())?;
    let until = When::given("--until", args.until.as_deref())?;
    let lookback = args.lookback.span()?;
    let mut context = Context::load(&args.context)?;
    let set = context.rules(&args.rules)?;
    let used = context.used();
    let rules = ruleset::chosen(&args.rules, &set)?;
    let plan = Plan::new(
        Arc::new(set),
        Arc::new(context.known),
        Choice { rules, lookback, extra_fields: Vec::new() },
    )?;
    if plan.learners().is_empty() {
        bail!("none of the chosen rules learns anything: a baseline is of no use to them");
    }
    super::scan::interruptible();
    let found = inputs::find(&args.paths)?;
    let used = used.over(&args.paths, &found.sources);
    let end = inputs::end(args.part.relative_to, &[since, until], &found.sources)?;
    let (since, until) = (since.map(|when| when.resolve(end)), until.map(|when| when.resolve(end)));
    times::in_order(since, until)?;
    // All of it is learnt from: nothing before it is looked at, and nothing of it is only looked back at.
    let range = Range { from: since, since: None, ..inputs::range(&plan, since, until, &args.part) };
    output::spare(args.place.output.iter().map(PathBuf::as_path), &found.sources)?;
    let Inputs { unopened, found, .. } = inputs::narrow(found, &range);
    let options = Options { lookback, ..args.run.options(range) };
    let bar = Bar::new(found.sources.len(), &args.run);
    let (snapshot, read) = baseline::learn(&plan, &found.sources, unopened, options, &bar)?;
    bar.finish();
    if !args.run.is_quiet() {
        summary::render_reading(&read, args.run.verbose, &mut output::stderr())?;
    } else if read.incomplete && !args.allow_partial {
        summary::render_lack(&read, &mut output::stderr())?;
    }
    used.tell(args.run.is_quiet(), &mut output::stderr())?;
    if bar.stopped() {
        writeln!(
            output::stderr(),
            "interrupted: no baseline is written, as half of one would be taken for a whole"
        )?;
        return Ok(Exit::Interrupted);
    }
    if read.events == 0 {
        bail!("no events to learn from: a baseline of nothing would make everything new");
    }
    write(&snapshot, &args.place)?;
    if !args.run.is_quiet() {
        let entries: usize = snapshot.overview(None).rules.iter().map(|rule| rule.entries.len()).sum();
        writeln!(
            output::stderr(),
            "learnt from {} to {}: {} rules, {} entries",
            snapshot.from,
            snapshot.to,
            snapshot.rules.len(),
            summary::grouped(entries as u64)
        )?;
    }
    Ok(if read.incomplete && !args.allow_partial { Exit::Incomplete } else { Exit::Done })
}

fn merge(args: &MergeArgs) -> Result<Exit> {
    refuse_to_replace(&args.place)?;
    let mut merged: Option<Snapshot> = None;
    let mut one_sided = std::collections::BTreeSet::new();
    for path in &args.files {
        let part = read(path)?;
        match &mut merged {
            None => merged = Some(part),
            Some(merged) => one_sided.extend(
                merged
                    .merge(part)
                    .with_context(|| format!("cannot merge {} with those before it", path.display()))?,
            ),
        }
    }
    let merged = merged.context("no baseline to merge")?;
    write(&merged, &args.place)?;
    if !one_sided.is_empty() {
        let names: Vec<String> = one_sided.into_iter().collect();
        writeln!(
            output::stderr(),
            "warning: not all of the files know {}: they have learnt from a part of the logs only",
            names.join(", ")
        )?;
    }
    Ok(Exit::Done)
}

fn show(args: &ShowArgs) -> Result<Exit> {
    let snapshot = read(&args.file)?;
    if let Some(name) = args.rule.as_ref().filter(|name| !snapshot.rules.contains_key(*name)) {
        let hint = meant(name, snapshot.rules.keys().map(String::as_str));
        bail!("{} has learnt nothing for a rule `{name}`{hint}", args.file.display());
    }
    let overview = snapshot.overview(args.rule.as_deref());
    shown(args.format, &overview, &mut |out| baseline::render(&overview, out))?;
    Ok(Exit::Done)
}

fn diff(args: &DiffArgs) -> Result<Exit> {
    let difference = read(&args.old)?.diff(&read(&args.new)?);
    shown(args.format, &difference, &mut |out| baseline::render_diff(&difference, out))?;
    Ok(if args.exit_code && !difference.is_empty() { Exit::Found } else { Exit::Done })
}

fn shown(
    form: Form,
    value: &impl Serialize,
    table: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>,
) -> Result<()> {
    let mut out = io::BufWriter::new(output::stdout());
    match form {
        Form::Table => table(&mut out)?,
        Form::Json => report::document(value, &mut out)?,
    }
    Ok(out.flush()?)
}
