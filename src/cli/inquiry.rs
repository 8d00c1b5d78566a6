//! What the inquiries (`summary`, `explain`, `trace`) share: their options, the reading of logs, and where answers go.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Result, bail};
use clap::Args;
use trailsift::config::Suppression;
use trailsift::detect::{Choice, Finished, Plan, Range, Settings};
use trailsift::finding::View;
use trailsift::input::{Discovery, Source};
use trailsift::report::untrusted::plain;
use trailsift::report::{Surroundings, summary};
use trailsift::rule::RuleSet;
use trailsift::scan::{self, Onlooker, Options, Unopened};

use super::args::{ColorChoice, ContextArgs, PartArgs, RuleChoice, RunArgs};
use super::context::Context;
use super::inputs::Inputs;
use super::output::{Existing, Target, Typed};
use super::progress::Bar;
use super::times::When;
use super::used::Used;
use super::{Exit, inputs, output, ruleset, times};

/// Options of every inquiry.
#[derive(Debug, Args)]
pub(crate) struct InquiryArgs {
    #[command(flatten)]
    pub(crate) place: PlaceArgs,

    #[command(flatten)]
    pub(crate) rules: RuleChoice,

    #[command(flatten)]
    pub(crate) answer: AnswerArgs,

    #[command(flatten)]
    pub(crate) context: ContextArgs,

    #[command(flatten)]
    pub(crate) run: RunArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Time and place")]
pub(crate) struct PlaceArgs {
    /// Tell of no calls and findings before this; rules learn from them all the same. A span such as 7d, a date, or a
    /// time: UTC unless it names its zone
    #[arg(long, visible_alias = "from", value_name = "TIME")]
    since: Option<String>,

    /// Look at nothing from here on
    #[arg(long, visible_alias = "to", value_name = "TIME")]
    until: Option<String>,

    #[command(flatten)]
    part: PartArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct AnswerArgs {
    /// Write to a file instead of standard output, whole or not at all
    #[arg(long, short = 'o', value_name = "FILE")]
    output: Option<PathBuf>,

    /// Replace output files that exist
    #[arg(long)]
    force: bool,

    /// Exit with status 0 even when some input was not read in full
    #[arg(long)]
    allow_partial: bool,

    /// Colour the output
    #[arg(long, value_enum, value_name = "WHEN", default_value = "auto")]
    color: ColorChoice,
}

impl AnswerArgs {
    /// Where the answer goes, and how: `typed` is what `-f` said.
    pub(crate) fn targets<F: Copy>(&self, typed: &[String], formats: &[(&str, F)]) -> Result<Vec<Target<F>>> {
        let typed =
            Typed { formats: typed, output: self.output.as_deref(), existing: Existing::by(self.force) };
        output::targets(&typed, formats)
    }
}

/// Whether an inquiry looks for findings besides: without, it is faster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Findings {
    Wanted,
    Unwanted,
}

impl Findings {
    /// As `--no-rules` says.
    pub(crate) fn unless(no_rules: bool) -> Findings {
        if no_rules { Findings::Unwanted } else { Findings::Wanted }
    }
}

/// An inquiry about to read.
pub(crate) struct Inquiry<'a> {
    args: &'a InquiryArgs,
    pub(crate) plan: Plan,
    pub(crate) found: Discovery,
    pub(crate) options: Options,
    unopened: Unopened,
    pruned: Vec<Source>,
    suppressions: Vec<Suppression>,
    used: Used,
    paths: Vec<PathBuf>,
}

impl<'a> Inquiry<'a> {
    /// Everything before the first file is opened. `fields` are read besides those of the rules; without rules nothing
    /// but those is.
    pub(crate) fn prepare(
        paths: &[PathBuf],
        args: &'a InquiryArgs,
        findings: Findings,
        fields: &[&str],
    ) -> Result<Inquiry<'a>> {
        inputs::refuse_nothing(paths)?;
        let place = &args.place;
        let since = When::given("--since", place.since.as_deref())?;
        let until = When::given("--until", place.until.as_deref())?;
        let mut context = Context::load(&args.context)?;
        let (set, rules) = match findings {
            Findings::Wanted => {
                let set = context.rules(&args.rules)?;
                let rules = ruleset::chosen(&args.rules, &set)?;
                (set, rules)
            }
            Findings::Unwanted => (RuleSet::default(), None),
        };
        let extra_fields = fields.iter().map(|field| (*field).to_owned()).collect();
        let used = context.used();
        let known = Arc::new(context.known);
        let plan = Plan::new(Arc::new(set), known, Choice { rules, lookback: None, extra_fields })?;
        super::scan::interruptible();
        let found = inputs::find(paths)?;
        let used = used.over(paths, &found.sources);
        let end = inputs::end(place.part.relative_to, &[since, until], &found.sources)?;
        let (since, until) = (since.map(|when| when.resolve(end)), until.map(|when| when.resolve(end)));
        times::in_order(since, until)?;
        let range = inputs::range(&plan, since, until, &place.part);
        let Inputs { unopened, found, pruned } = inputs::narrow(found, &range);
        let settings = Settings { since, ..Settings::default() };
        let options = Options { settings, ..args.run.options(range) };
        let suppressions = context.config.suppress.unwrap_or_default();
        Ok(Inquiry {
            args,
            plan,
            found,
            options,
            unopened,
            pruned,
            suppressions,
            used,
            paths: paths.to_vec(),
        })
    }

    /// Reads everything, with somebody who looks on, and judges it.
    pub(crate) fn read<'p, O: Onlooker>(
        &'p self,
        onlooker: impl Fn(&'p Plan) -> O + Sync,
    ) -> Result<(View, O::Seen)> {
        self.read_about(onlooker, &mut |_, _| {})
    }

    /// As [`Inquiry::read`], with a look at what was found before it is dressed.
    pub(crate) fn read_about<'p, O: Onlooker>(
        &'p self,
        onlooker: impl Fn(&'p Plan) -> O + Sync,
        about: &mut dyn FnMut(&mut Finished, &O::Seen),
    ) -> Result<(View, O::Seen)> {
        let (plan, sources) = (&self.plan, &self.found.sources);
        let bar = self.bar(sources.len());
        let (collected, seen) = scan::collect_with(plan, sources, &self.options, &bar, &|| onlooker(plan));
        bar.finish();
        let mut judgement = scan::judge(plan, collected, sources, self.unopened.clone(), &self.options);
        about(&mut judgement.finished, &seen);
        let concluded = judgement.tell(plan, sources, &self.suppressions, &self.options, &bar)?;
        Ok((concluded.view, seen))
    }

    /// Reads some files a second time, with somebody else who looks on. Whoever stopped the first reading has stopped
    /// this one as well.
    pub(crate) fn read_again<O: Onlooker>(
        &self,
        plan: &Plan,
        sources: &[Source],
        options: &Options,
        view: &mut View,
        onlooker: &(dyn Fn() -> O + Sync),
    ) -> O::Seen {
        let bar = self.bar(sources.len());
        let (collected, seen) = scan::collect_with(plan, sources, options, &bar, onlooker);
        bar.finish();
        view.run.partial |= collected.interrupted;
        seen
    }

    /// Reads all there is, what lies outside the time and places asked for as well; `None` if that was all.
    pub(crate) fn read_beyond<O: Onlooker>(
        &self,
        view: &mut View,
        onlooker: &(dyn Fn() -> O + Sync),
    ) -> Result<Option<O::Seen>> {
        if !self.is_narrow() {
            return Ok(None);
        }
        let (_, known) = self.plan.parts();
        let bare = Plan::new(Arc::default(), known, Choice::default())?;
        let sources: Vec<Source> = self.found.sources.iter().chain(&self.pruned).cloned().collect();
        let options = Options { range: Range::default(), ..self.options.clone() };
        Ok(Some(self.read_again(&bare, &sources, &options, view, onlooker)))
    }

    /// Whether only a part of the time or of the places is asked for.
    pub(crate) fn is_narrow(&self) -> bool {
        self.options.range != Range::default()
    }

    fn bar(&self, files: usize) -> Bar {
        Bar::new(files, &self.args.run)
    }

    /// What is said when nothing is called as was asked. After an interruption that is no mistake of whoever asked.
    pub(crate) fn in_vain(&self, view: &View, what: &str, hint: &str) -> Result<Exit> {
        if view.run.partial {
            writeln!(output::stderr(), "interrupted: {}, as far as it was read", plain(what))?;
            return Ok(Exit::Interrupted);
        }
        bail!("{what}; {hint}");
    }

    /// Writes the answer wherever it was asked for, and tells on standard error what was read.
    pub(crate) fn answer<F: Copy>(
        &self,
        view: &View,
        targets: &[Target<F>],
        write: &mut dyn FnMut(F, Surroundings, &mut dyn Write) -> io::Result<()>,
    ) -> Result<Exit> {
        let answer = &self.args.answer;
        output::spare(targets.iter().filter_map(|target| target.file.as_deref()), &self.found.sources)?;
        output::write(targets, Existing::by(answer.force), answer.color, write)?;
        let incomplete =
            (view.summary.incomplete || inputs::in_vain(&view.summary, &self.paths)) && !answer.allow_partial;
        let err = &mut output::stderr();
        match view.run.rules {
            _ if self.args.run.is_quiet() => {
                if incomplete {
                    summary::render_lack(&view.summary, err)?;
                }
            }
            0 => summary::render_reading(&view.summary, self.args.run.verbose, err)?,
            _ => summary::render(view, self.args.run.verbose, err)?,
        }
        self.used.tell(self.args.run.is_quiet(), err)?;
        if !self.args.run.is_quiet() {
            let typed = self.args.place.since.as_deref();
            let missed = times::missed(self.options.range.since, typed, &view.summary);
            missed.map_or(Ok(()), |missed| writeln!(err, "warning: {missed}"))?;
        }
        Ok(match () {
            () if view.run.partial => Exit::Interrupted,
            () if incomplete => Exit::Incomplete,
            () => Exit::Done,
        })
    }
}
