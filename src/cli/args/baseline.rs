//! `trailsift baseline` as typed.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::super::examples;
use super::{ContextArgs, LookbackArgs, PartArgs, RuleChoice, RunArgs};

#[derive(Debug, Args)]
#[command(after_help = examples::BASELINE)]
pub(crate) struct BaselineArgs {
    #[command(subcommand)]
    pub(crate) command: BaselineCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum BaselineCommand {
    /// Learn what is normal from logs and write it down, without looking for findings
    Build(Box<BuildArgs>),
    /// Join baselines of the same rules: other accounts, other days, other machines
    Merge(MergeArgs),
    /// Show what a baseline has learnt: scopes, terms, when they were first and last seen
    Show(ShowArgs),
    /// Show which terms came and went between two baselines
    Diff(DiffArgs),
}

#[derive(Debug, Args)]
pub(crate) struct BuildArgs {
    /// Files, folders, globs, @LIST files with a path a line, or - for standard input
    #[arg(value_name = "PATH", required = true)]
    pub(crate) paths: Vec<PathBuf>,

    /// Learn from here on. A span such as 90d, a date, or a time: UTC unless it names its zone
    #[arg(long, visible_alias = "from", value_name = "TIME")]
    pub(crate) since: Option<String>,

    /// Learn up to here; a scan with this baseline reports from here on [default: the newest event]
    #[arg(long, visible_alias = "to", value_name = "TIME")]
    pub(crate) until: Option<String>,

    #[command(flatten)]
    pub(crate) part: PartArgs,

    #[command(flatten)]
    pub(crate) lookback: LookbackArgs,

    /// Exit with status 0 even when some input was not read in full
    #[arg(long)]
    pub(crate) allow_partial: bool,

    #[command(flatten)]
    pub(crate) place: Place,

    #[command(flatten)]
    pub(crate) rules: RuleChoice,

    #[command(flatten)]
    pub(crate) context: ContextArgs,

    #[command(flatten)]
    pub(crate) run: RunArgs,
}

#[derive(Debug, Args)]
pub(crate) struct MergeArgs {
    /// Baseline files, two or more
    #[arg(value_name = "FILE", required = true, num_args = 2..)]
    pub(crate) files: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) place: Place,
}

#[derive(Debug, Args)]
pub(crate) struct Place {
    /// Write to a file instead of standard output, whole or not at all
    #[arg(long, short = 'o', value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// Replace the file if it exists
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// A baseline file
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// Only this rule, by name
    #[arg(long, value_name = "NAME")]
    pub(crate) rule: Option<String>,

    /// table or json
    #[arg(long, short = 'f', value_enum, value_name = "FORMAT", default_value = "table")]
    pub(crate) format: Form,
}

#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// The older baseline
    #[arg(value_name = "OLD")]
    pub(crate) old: PathBuf,

    /// The newer baseline
    #[arg(value_name = "NEW")]
    pub(crate) new: PathBuf,

    /// table or json
    #[arg(long, short = 'f', value_enum, value_name = "FORMAT", default_value = "table")]
    pub(crate) format: Form,

    /// Exit with status 1 when the two differ
    #[arg(long)]
    pub(crate) exit_code: bool,
}

/// How an answer for people or programs is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    Table,
    Json,
}
