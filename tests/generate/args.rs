//! The command line.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Parser, ValueEnum};

/// Write an invented CloudTrail bucket: the ordinary life of an organization, and an intrusion if asked for.
///
/// The same arguments give the same bytes on every machine. What is malicious is written to OUT_DIR.truth.json,
/// beside the folder, so that the folder holds nothing but logs.
#[derive(Parser)]
#[command(name = "generate")]
pub(crate) struct Args {
    /// Folder to write to; it must not exist, or be empty
    pub(crate) out_dir: PathBuf,

    /// The arguments that made testdata/demo; they win over all others
    #[arg(long)]
    pub(crate) demo: bool,

    /// Another seed, another organization: names of roles and people stay, everything else changes
    #[arg(long, default_value_t = 7)]
    pub(crate) seed: u64,

    /// Length of the log
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub(crate) days: u32,

    /// First day
    #[arg(long, default_value = "2026-03-01")]
    pub(crate) start: NaiveDate,

    /// Records to write, about; people, roles and networks grow with the square root of it, accounts with the fourth
    #[arg(long, default_value_t = 20_000)]
    pub(crate) events: u64,

    /// Make the organization, its sessions and credentials as for so many records, and reach --events by calls that
    /// come again within the hour
    #[arg(long, value_name = "EVENTS")]
    pub(crate) terms_of: Option<u64>,

    /// Every call from a public address comes from one that no other call comes from
    #[arg(long)]
    pub(crate) scattered: bool,

    /// Accounts of the organization, at least 6 [default: from --events]
    #[arg(long)]
    pub(crate) accounts: Option<usize>,

    /// People who sign in, at least 10 [default: from --events]
    #[arg(long)]
    pub(crate) people: Option<usize>,

    /// What happens in the last three days
    #[arg(long, value_enum, default_value_t = Intrusion::None)]
    pub(crate) intrusion: Intrusion,

    /// Records in a file, at most
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) events_per_file: u32,

    /// A file holds what was delivered within so many minutes
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(5..))]
    pub(crate) minutes_per_file: u32,

    /// Files as in a quiet bucket: five minutes and eight records each
    #[arg(long)]
    pub(crate) small_files: bool,

    #[arg(long, value_enum, default_value_t = Format::Gz)]
    pub(crate) format: Format,

    /// Deliver at once and in order
    #[arg(long)]
    pub(crate) no_disorder: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Intrusion {
    /// Ordinary life goes on
    None,
    /// A leaked key, and everything that follows
    Demo,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Gz,
    Plain,
}

impl Args {
    /// The records for which the organization is made.
    pub(crate) fn first_told(&self) -> u64 {
        self.terms_of.unwrap_or(self.events)
    }

    /// The arguments as meant: presets replaced by what they stand for.
    pub(crate) fn resolved(mut self) -> Args {
        if self.demo {
            let demo = Args::parse_from(["generate", "demo"]);
            self = Args {
                out_dir: self.out_dir,
                demo: true,
                events: DEMO_EVENTS,
                intrusion: Intrusion::Demo,
                events_per_file: 1000,
                minutes_per_file: 24 * 60,
                ..demo
            };
        }
        if self.small_files {
            self.events_per_file = 8;
            self.minutes_per_file = 5;
        }
        self
    }
}

/// As many records as fit into 1.6 MB of disk blocks, in one file a day for each account and Region.
const DEMO_EVENTS: u64 = 6800;
