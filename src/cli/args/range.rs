//! The part of the logs that is looked at, as typed.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use trailsift::detect;
use trailsift::text::is_account_id;
use trailsift::time::Timespan;

#[derive(Debug, Args)]
#[command(next_help_heading = "Time and place")]
pub(crate) struct RangeArgs {
    /// Report from here on; everything before is baseline. A span such as 7d, a date, or a time: UTC unless
    /// it names its zone
    #[arg(long, visible_alias = "from", value_name = "TIME")]
    pub(crate) since: Option<String>,

    /// Look at nothing from here on
    #[arg(long, visible_alias = "to", value_name = "TIME")]
    pub(crate) until: Option<String>,

    #[command(flatten)]
    pub(crate) part: PartArgs,

    #[command(flatten)]
    pub(crate) lookback: LookbackArgs,

    /// Learn from this baseline file besides; report from its end on, unless --since says otherwise
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,

    /// Write what was learnt, the baseline file's part included, for the next run
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline_out: Option<PathBuf>,

    /// What to do with rules whose history is too short
    #[arg(long, value_enum, value_name = "HOW", default_value = "skip")]
    pub(crate) cold_start: ColdStart,
}

/// The part of the logs that is looked at, besides its times, which mean something else for each command.
#[derive(Debug, Args)]
pub(crate) struct PartArgs {
    /// What spans in --since and --until count back from: the newest event, or the clock
    #[arg(long, value_enum, value_name = "WHAT", default_value = "now")]
    pub(crate) relative_to: RelativeTo,

    /// Only this account's files and records (may be repeated)
    #[arg(long, value_name = "ID", value_parser = account)]
    pub(crate) account: Vec<String>,

    /// Only this region's files and records (may be repeated)
    #[arg(long, value_name = "REGION", value_parser = region)]
    pub(crate) region: Vec<String>,
}

/// An account's id. Any other text would leave all files out, and look like peace.
fn account(text: &str) -> Result<String, &'static str> {
    if is_account_id(text) { Ok(text.to_owned()) } else { Err("expected the 12 digits of an account") }
}

/// A region's name, or what may become one.
fn region(text: &str) -> Result<String, &'static str> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let sound = text.contains('-') && text.bytes().all(plain);
    if sound { Ok(text.to_owned()) } else { Err("expected the name of a region, such as eu-west-1") }
}

/// A lookback in place of the rules' own.
#[derive(Debug, Args)]
pub(crate) struct LookbackArgs {
    /// How long a term must be unseen to be new, in place of each rule's own lookback
    #[arg(long, value_name = "SPAN")]
    lookback: Option<String>,
}

impl LookbackArgs {
    pub(crate) fn span(&self) -> Result<Option<Timespan>> {
        let read = |text| Timespan::parse(text).with_context(|| format!("--lookback {text}: not a timespan"));
        let span = self.lookback.as_deref().map(read).transpose()?;
        anyhow::ensure!(
            span.is_none_or(|span| span.secs() > 0),
            "--lookback: everything is new within no time; expected a span such as 30d"
        );
        Ok(span)
    }
}

/// What spans count back from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RelativeTo {
    Now,
    Data,
}

/// What to do with rules whose history is too short.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColdStart {
    /// Leave their findings out and say so
    Skip,
    /// Report their findings and say so
    Report,
    /// As skip, and exit with status 3
    Fail,
}

impl From<ColdStart> for detect::ColdStart {
    fn from(typed: ColdStart) -> detect::ColdStart {
        match typed {
            ColdStart::Skip => detect::ColdStart::Skip,
            ColdStart::Report => detect::ColdStart::Report,
            ColdStart::Fail => detect::ColdStart::Fail,
        }
    }
}
