//! `trailsift scan`.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use anyhow::{Context as _, Result, bail};
use trailsift::baseline::{self, Snapshot};
use trailsift::detect::{Choice, Plan, Settings, Shard};
use trailsift::finding::View;
use trailsift::input;
use trailsift::report::summary::counted;
use trailsift::report::{Format, render, summary};
use trailsift::scan::{self, Options, Progress};
use trailsift::triage;

use super::args::{self, OutputArgs, ScanArgs};
use super::context::Context;
use super::inputs::Inputs;
use super::output::{Existing, Typed};
use super::progress::{Bar, STOPPED};
use super::times::When;
use super::used::Used;
use super::{Exit, inputs, output, ruleset, times};

/// Runs a scan.
pub(crate) fn run(args: &ScanArgs) -> Result<Exit> {
    inputs::refuse_nothing(&args.paths)?;
    // Everything that can be wrong with the command line is said before a file is opened.
    let formats: Vec<(&str, Format)> = Format::ALL.iter().map(|format| (format.name(), *format)).collect();
    let wanted = &args.output;
    let existing = Existing::by(wanted.force);
    let typed = Typed { formats: &wanted.format, output: wanted.output.as_deref(), existing };
    let targets = output::targets(&typed, &formats)?;
    let states = [&args.range.baseline_out, &wanted.known_out].into_iter().flatten().map(PathBuf::as_path);
    states.clone().try_for_each(|file| existing.refuse(file))?;
    let outputs = targets.iter().filter_map(|target| target.file.as_deref()).chain(states);
    output::distinct(outputs.clone())?;
    refuse_an_open_gate(wanted)?;
    let since = When::given("--since", args.range.since.as_deref())?;
    let until = When::given("--until", args.range.until.as_deref())?;
    let lookback = args.range.lookback.span()?;
    let mut context = Context::load(&args.context)?;
    let set = context.brief_rules(&args.rules)?;
    let used = context.used().only(ruleset::only(&args.rules, &args.range.part, &set));
    let rules = ruleset::chosen(&args.rules, &set)?;
    let misspelt = context.misspelt(&set);
    let suppressions = context.config.suppress.unwrap_or_default();
    let known = Arc::new(context.known);
    let plan = Plan::new(Arc::new(set), known, Choice { rules, lookback, extra_fields: Vec::new() })?;

    interruptible();
    let found = inputs::find(&args.paths)?;
    let used = used.over(&args.paths, &found.sources);
    let end = inputs::end(args.range.part.relative_to, &[since, until], &found.sources)?;
    let baseline = args.range.baseline.as_deref().map(super::baseline::read).transpose()?;
    let since = since.map(|when| when.resolve(end)).or_else(|| baseline.as_ref().map(|snapshot| snapshot.to));
    let until = until.map(|when| when.resolve(end));
    times::in_order(since, until)?;
    let learnt_range = baseline.as_ref().map(|snapshot| (snapshot.from, snapshot.to));
    let learnt = baseline.map(|snapshot| learnt(snapshot, &plan, args)).transpose()?;
    let triage =
        args.output.known.as_deref().map(triage::read).transpose().context("--known is of no use")?;
    output::spare(outputs, &found.sources)?;
    let range = inputs::range(&plan, since, until, &args.range.part);
    let narrowed = inputs::narrow(found, &range);
    let nowhere = inputs::nowhere(&args.range.part, &narrowed);
    let Inputs { unopened, found, .. } = narrowed;
    let options = Options {
        settings: Settings { since, cold_start: args.range.cold_start.into() },
        lookback,
        evidence: wanted.evidence,
        raw: wanted.raw,
        ..args.run.options(range)
    };
    let bar = Bar::new(found.sources.len(), &args.run);
    let mut collected = scan::collect(&plan, &found.sources, &options, &bar);
    bar.finish();
    let late = times::late(collected.shard.span().0, since.filter(|_| args.range.since.is_none()));
    if let Some(shard) = learnt {
        collected.shard.merge(shard, &plan);
    }
    collected.shard.learn_owners(&unopened.owners);
    let mut snapshot =
        args.range.baseline_out.is_some().then(|| Snapshot::of(&plan, &collected.shard, until));
    let concluded =
        scan::conclude(&plan, collected, &found.sources, unopened, &suppressions, &options, &bar)?;
    let mut view = concluded.view;
    view.summary.incomplete |= inputs::in_vain(&view.summary, &args.paths);
    let whole = unlearnt(&view, args).is_none();
    if let (Some(path), Some(snapshot), true) = (&args.range.baseline_out, &mut snapshot, whole) {
        snapshot.add_habits(&plan, &concluded.habits);
        output::to_file(path, existing, &mut |out| baseline::write(snapshot, out))?;
    }
    view.run.baseline = learnt_range;
    used.note(&mut view.run);
    if let Some(triage) = &triage {
        triage.mark(&mut view);
    }
    view.narrow(args.output.min_level, args.output.show_suppressed);
    output::write(&targets, existing, args.output.color, &mut |format, around, out| {
        render(&view, format, around, out)
    })?;
    if let Some(path) = &args.output.known_out {
        write_known(path, &triage.unwrap_or_default().with(&view), existing)?;
    }
    let missed = times::missed(since, args.range.since.as_deref(), &view.summary);
    let late = late.filter(|_| missed.is_none());
    let warnings = misspelt.into_iter().chain(nowhere).chain(missed).chain(late);
    tell(&view, args, &used, warnings)?;
    let verdict = verdict(&view, args, bar.stopped());
    // The process ends here: to free rules and findings one by one takes a tenth of a short run.
    std::mem::forget((plan, view));
    Ok(verdict)
}

/// What the rules know from the file that `--baseline` names.
fn learnt(snapshot: Snapshot, plan: &Plan, args: &ScanArgs) -> Result<Shard> {
    let path = args.range.baseline.as_deref().unwrap_or(Path::new("")).display();
    let (shard, _) = snapshot.into_shard(plan).with_context(|| format!("--baseline {path} is of no use"))?;
    Ok(shard)
}

/// Why what was learnt is not written as wanted: as in `baseline build`, half of one would be taken for a whole.
fn unlearnt(view: &View, args: &ScanArgs) -> Option<&'static str> {
    args.range.baseline_out.as_ref()?;
    match &args.range.baseline {
        _ if view.run.partial => Some("the run was interrupted, and half of one would be taken for a whole"),
        None if view.summary.has_none() => {
            Some("no event that was asked for was read, and one of nothing would make everything new")
        }
        _ => None,
    }
}

/// The summary; or, if that is not wanted, the errors that the exit status stands for.
fn tell(
    view: &View,
    args: &ScanArgs,
    used: &Used,
    mut warnings: impl Iterator<Item = String>,
) -> io::Result<()> {
    let err = &mut output::stderr();
    if let Some(reason) = unlearnt(view, args) {
        writeln!(err, "warning: no baseline is written: {reason}")?;
    }
    if !args.run.is_quiet() {
        summary::render(view, args.run.verbose, err)?;
        used.tell(false, err)?;
        return warnings.try_for_each(|warning| writeln!(err, "warning: {warning}"));
    }
    used.tell(true, err)?;
    if view.summary.incomplete && !args.output.allow_partial {
        summary::render_lack(&view.summary, err)?;
    } else if view.judged_nothing() {
        writeln!(err, "warning: nothing was judged: no event that was asked for was read")?;
    }
    if is_cold(view, args) {
        let rules = counted(view.summary.insufficient_baseline.len() as u64, "rule");
        writeln!(err, "error: too little history for {rules}; without -q they are listed")?;
    }
    Ok(())
}

/// Whether rules lacked history that must not.
fn is_cold(view: &View, args: &ScanArgs) -> bool {
    args.range.cold_start == args::ColdStart::Fail && !view.summary.insufficient_baseline.is_empty()
}

/// What `--min-level` leaves out cannot fail a run, so a lower `--fail-on` would let through what it was set against.
fn refuse_an_open_gate(wanted: &OutputArgs) -> Result<()> {
    if let Some(limit) = wanted.fail_on.filter(|limit| *limit < wanted.min_level) {
        bail!(
            "--fail-on {limit} can find nothing: --min-level {} leaves such findings out",
            wanted.min_level
        );
    }
    Ok(())
}

fn write_known(path: &Path, known: &triage::Triage, existing: Existing) -> Result<()> {
    let form = triage::Form::of(path);
    output::to_file(path, existing, &mut |out| triage::write(known, form, out))
}

fn verdict(view: &View, args: &ScanArgs, stopped: bool) -> Exit {
    let reported =
        |finding: &&trailsift::finding::Finding| finding.suppressed.is_none() && finding.known.is_none();
    let worst = view.findings.iter().filter(reported).map(|finding| finding.level).max();
    match (args.output.fail_on, worst) {
        _ if stopped => Exit::Interrupted,
        (Some(limit), Some(worst)) if worst >= limit => Exit::Found,
        _ if (view.summary.incomplete && !args.output.allow_partial) || is_cold(view, args) => {
            Exit::Incomplete
        }
        _ => Exit::Done,
    }
}

/// The first Ctrl-C stops reading and prints what was found so far; the second one ends it all at once, but leaves no
/// copy of the logs behind.
#[expect(clippy::exit, reason = "whoever asks twice does not want to wait for what is being done")]
pub(crate) fn interruptible() {
    let _ = ctrlc::set_handler(|| {
        if STOPPED.swap(true, Ordering::Relaxed) {
            input::remove_copies();
            std::process::exit(130);
        }
        let _ = writeln!(io::stderr(), "interrupted: finishing with what was read so far");
    });
}
