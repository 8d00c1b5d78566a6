//! `trailsift rules` as typed.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::super::examples;
use super::RuleChoice;

#[derive(Debug, Args)]
#[command(after_help = examples::RULES)]
pub(crate) struct RulesArgs {
    #[command(subcommand)]
    pub(crate) command: RulesCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RulesCommand {
    /// List the rules that report
    List(RulesListArgs),
    /// Show one rule: what it sees, why it matters, what else looks like it
    Show(RulesShowArgs),
    /// Check rule files: errors, habits, and what other Sigma tools would not understand
    Check(RulesCheckArgs),
    /// Run rules on their own firing and quiet events
    Test(RulesTestArgs),
    /// Which ATT&CK techniques the rules see, and the catalogue of rules
    Coverage(super::super::coverage::CoverageArgs),
    /// List the fields that trailsift computes
    Fields,
}

#[derive(Debug, Args)]
pub(crate) struct RulesListArgs {
    #[command(flatten)]
    pub(crate) rules: RuleChoice,

    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RulesShowArgs {
    /// The rule's name or id
    pub(crate) name: String,

    #[command(flatten)]
    pub(crate) rules: RuleChoice,
}

#[derive(Debug, Args)]
pub(crate) struct RulesCheckArgs {
    /// Rule files or folders; the built-in rules when none is given
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,

    /// List what other Sigma tools would not understand
    #[arg(long)]
    pub(crate) portable: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RulesTestArgs {
    /// Rule files or folders; the built-in rules when none is given
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,

    /// The folder of events: RULE/fires*.json and RULE/quiet*.json
    #[arg(long, value_name = "DIR")]
    pub(crate) events: Option<PathBuf>,

    /// Write the results as JUnit XML
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
}
