//! `trailsift verify` as typed.

use std::path::PathBuf;

use clap::Args;

use super::super::examples;
use super::Form;

#[derive(Debug, Args)]
#[command(after_help = examples::VERIFY)]
pub(crate) struct VerifyArgs {
    /// Folders of the copy, logs and digests
    #[arg(value_name = "DIR", required = true)]
    pub(crate) paths: Vec<PathBuf>,

    /// What `aws cloudtrail list-public-keys` printed, to check signatures with (may be repeated)
    #[arg(long, value_name = "FILE")]
    pub(crate) public_keys: Vec<PathBuf>,

    /// Judge no digest that ends before this. A span such as 7d, a date, or a time: UTC unless it names its zone
    #[arg(long, visible_alias = "from", value_name = "TIME")]
    pub(crate) since: Option<String>,

    /// Judge no digest that begins from here on
    #[arg(long, visible_alias = "to", value_name = "TIME")]
    pub(crate) until: Option<String>,

    /// table or json
    #[arg(long, short = 'f', value_enum, value_name = "FORMAT", default_value = "table")]
    pub(crate) format: Form,

    /// Exit with status 0 even when something could not be verified
    #[arg(long)]
    pub(crate) allow_partial: bool,

    /// Worker threads [default: the number of cores]
    #[arg(long, short = 'j', value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) jobs: Option<u16>,

    /// List every problem
    #[arg(long, short = 'v')]
    pub(crate) verbose: bool,
}
