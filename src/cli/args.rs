//! The command line as typed.

mod baseline;
mod range;
mod rules;
mod verify;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use trailsift::detect::Range;
use trailsift::level::Level;
use trailsift::report::Format;
use trailsift::scan::Options;

use super::examples;

pub(crate) use baseline::{
    BaselineArgs, BaselineCommand, BuildArgs, DiffArgs, Form, MergeArgs, Place, ShowArgs,
};
pub(crate) use range::{ColdStart, LookbackArgs, PartArgs, RangeArgs, RelativeTo};
pub(crate) use rules::{
    RulesArgs, RulesCheckArgs, RulesCommand, RulesListArgs, RulesShowArgs, RulesTestArgs,
};
pub(crate) use verify::VerifyArgs;

/// Forensic analysis of AWS CloudTrail logs: who abused an identity, when, and how do we know?
#[derive(Debug, Parser)]
#[command(name = "trailsift", version, max_term_width = 100, args_conflicts_with_subcommands = true)]
#[command(after_help = examples::ALL)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,

    #[command(flatten)]
    pub(crate) scan: ScanArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Read logs, run the rules, print findings (what a bare PATH means, too)
    Scan(Box<ScanArgs>),
    /// Tell who was active: per principal, access key, account, address and role, the most unusual first
    Summary(Box<super::summary::SummaryArgs>),
    /// Tell of one event why each rule did or did not fire, down to the field and its value
    Explain(Box<super::explain::ExplainArgs>),
    /// Follow a key, session, role, address, network or account back to where it came from and on to all it became
    Trace(Box<super::trace::TraceArgs>),
    /// Build, merge, show and compare baseline files: what was normal
    Baseline(BaselineArgs),
    /// List, show, check and test rules
    Rules(RulesArgs),
    /// Check a local copy against CloudTrail's digest files: was anything changed, added or deleted?
    Verify(VerifyArgs),
    /// Check the configuration, or print an example
    Config(ConfigArgs),
    /// Print completions for a shell
    #[command(after_help = examples::COMPLETIONS)]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page, of trailsift or of one of its commands
    #[command(after_help = examples::MAN)]
    Man {
        /// A command, such as `scan` or `baseline build`
        #[arg(value_name = "COMMAND")]
        command: Vec<String>,
    },
}

#[derive(Debug, Args)]
#[command(after_help = examples::SCAN)]
pub(crate) struct ScanArgs {
    /// Files, folders, globs, @LIST files with a path a line, or - for standard input
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) range: RangeArgs,

    #[command(flatten)]
    pub(crate) rules: RuleChoice,

    #[command(flatten)]
    pub(crate) output: OutputArgs,

    #[command(flatten)]
    pub(crate) context: ContextArgs,

    #[command(flatten)]
    pub(crate) run: RunArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Context")]
pub(crate) struct ContextArgs {
    /// The configuration file [default: ./trailsift.toml over ~/.config/trailsift/config.toml]
    #[arg(long, value_name = "FILE", env = "TRAILSIFT_CONFIG")]
    pub(crate) config: Option<PathBuf>,

    /// Geo databases in MaxMind's format, or a folder of them (may be repeated)
    #[arg(long, value_name = "FILE", env = "TRAILSIFT_GEOIP", value_delimiter = ':')]
    pub(crate) geoip: Vec<PathBuf>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Rules")]
pub(crate) struct RuleChoice {
    /// Add rules from a file or folder; one of the same name or id replaces a built-in rule
    #[arg(long, short = 'r', value_name = "PATH")]
    pub(crate) rules: Vec<PathBuf>,

    /// Leave the built-in rules out
    #[arg(long)]
    pub(crate) no_builtin_rules: bool,

    /// Report only this rule, by name or id (may be repeated)
    #[arg(long, value_name = "NAME")]
    pub(crate) rule: Vec<String>,

    /// Do not report this rule, by name or id (may be repeated)
    #[arg(long, value_name = "NAME")]
    pub(crate) exclude_rule: Vec<String>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputArgs {
    // Its help is made from the list of formats.
    #[arg(long, short = 'f', value_name = "FORMAT[=FILE]", help = format_help())]
    pub(crate) format: Vec<String>,

    /// Write to a file instead of standard output, whole or not at all
    #[arg(long, short = 'o', value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// Replace output files that exist
    #[arg(long)]
    pub(crate) force: bool,

    /// Report nothing below this level
    #[arg(long, short = 'm', value_name = "LEVEL", default_value = "informational", value_parser = parse_level)]
    pub(crate) min_level: Level,

    /// Exit with status 1 when a finding is at or above this level
    #[arg(long, value_name = "LEVEL", value_parser = parse_level)]
    pub(crate) fail_on: Option<Level>,

    /// Findings triaged before (JSON Lines or .toml): they are marked, and only new ones and those grown since count for
    /// --fail-on
    #[arg(long, value_name = "FILE")]
    pub(crate) known: Option<PathBuf>,

    /// Write the known findings and the new ones, for triage: fill in `reason`, and as `expires` the day from which on an
    /// entry no longer counts, judged by the newest event and not by the clock
    #[arg(long, value_name = "FILE")]
    pub(crate) known_out: Option<PathBuf>,

    /// Exit with status 0 even when some input was not read in full
    #[arg(long)]
    pub(crate) allow_partial: bool,

    /// Events shown with each finding
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub(crate) evidence: usize,

    /// Show the events themselves with each finding (json, jsonl, html)
    #[arg(long)]
    pub(crate) raw: bool,

    /// Show suppressed findings too
    #[arg(long)]
    pub(crate) show_suppressed: bool,

    /// Colour the output
    #[arg(long, value_enum, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: ColorChoice,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Run")]
pub(crate) struct RunArgs {
    /// Worker threads [default: the number of cores]
    #[arg(long, short = 'j', value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) jobs: Option<u16>,

    /// No summary and no progress on standard error, only errors
    #[arg(long, short = 'q')]
    pub(crate) quiet: bool,

    /// List everything that was skipped or left out
    #[arg(long, short = 'v')]
    pub(crate) verbose: bool,

    /// No progress bar
    #[arg(long)]
    pub(crate) no_progress: bool,

    /// Read every record with the slow reader, to check the fast one
    #[arg(long, hide = true)]
    pub(crate) naive_reader: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ConfigArgs {
    #[command(subcommand)]
    pub(crate) command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Check a configuration file, its rules' settings and databases included
    Check(ContextArgs),
    /// Print a commented example
    Example,
}

impl RunArgs {
    /// `-v` speaks over `-q`, which a variable may have said.
    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet && !self.verbose
    }

    /// How a run over this part of time is read.
    pub(crate) fn options(&self, range: Range) -> Options {
        let defaults = Options::default();
        Options {
            jobs: self.jobs.map_or(defaults.jobs, usize::from),
            naive: self.naive_reader,
            range,
            ..defaults
        }
    }
}

/// When to colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    Auto,
    Always,
    Never,
}

fn format_help() -> String {
    let names: Vec<&str> = Format::names().collect();
    let (last, others) = names.split_last().map_or(("", &[][..]), |(last, others)| (*last, others));
    format!("{} or {last}; FORMAT=FILE writes to a file (may be repeated)", others.join(", "))
}

fn parse_level(text: &str) -> Result<Level, String> {
    text.parse::<Level>().map_err(|error| match trailsift::text::nearest(text, Level::ALL.map(Level::name)) {
        Some(near) => format!("{error}; did you mean {near}?"),
        None => error.to_string(),
    })
}
