//! `trailsift summary`.

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, ValueEnum};
use trailsift::activity::{FIELDS, Kind, Overview, Watch, render};

use super::Exit;
use super::inquiry::{Findings, Inquiry, InquiryArgs};

/// Rows of each kind in a table.
const TOP_OF_ALL: usize = 5;
const TOP_OF_ONE: usize = 20;

pub(crate) const EXAMPLES: &str = "\
Examples:
  trailsift summary AWSLogs/                          who was active, the most unusual of each kind
  trailsift summary AWSLogs/ --by key --top 50        access keys alone
  trailsift summary AWSLogs/ --since 2026-03-28 --by address --no-rules
  trailsift summary AWSLogs/ -q -f json | jq '.groups[] | select(.kind == \"key\") | .rows[0]'

The order: more findings of the highest level first, then of the next, down to low. Between equals, the
higher sum of three percentages: how late in the logs the first call lies (not for temporary keys), how
many of the calls were refused (from 3 on), how many of its kind call fewer different actions. A finding
counts for whom its first event names, and for every key and address that it names.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct SummaryArgs {
    /// Files, folders, globs, @LIST files with a path a line, or - for standard input
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// Of one kind only
    #[arg(long, value_enum, value_name = "KIND")]
    by: Option<By>,

    /// Rows of each kind [default: 5, with --by 20; csv and json: all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    top: Option<u32>,

    /// Look for no findings: faster
    #[arg(long, conflicts_with_all = ["rules", "rule", "exclude_rule", "no_builtin_rules"])]
    no_rules: bool,

    /// table, json or csv; FORMAT=FILE writes to a file (may be repeated)
    #[arg(long, short = 'f', value_name = "FORMAT[=FILE]")]
    format: Vec<String>,

    #[command(flatten)]
    inquiry: InquiryArgs,
}

/// By what activity is summed up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum By {
    Principal,
    Key,
    Account,
    Address,
    Role,
}

impl From<By> for Kind {
    fn from(by: By) -> Kind {
        match by {
            By::Principal => Kind::Principal,
            By::Key => Kind::Key,
            By::Account => Kind::Account,
            By::Address => Kind::Address,
            By::Role => Kind::Role,
        }
    }
}

/// How the answer is written.
#[derive(Clone, Copy, Debug)]
enum Form {
    Table,
    Json,
    Csv,
}

const FORMS: [(&str, Form); 3] = [("table", Form::Table), ("json", Form::Json), ("csv", Form::Csv)];

/// Runs `summary`.
pub(crate) fn run(args: &SummaryArgs) -> Result<Exit> {
    let targets = args.inquiry.answer.targets(&args.format, &FORMS)?;
    let inquiry = Inquiry::prepare(&args.paths, &args.inquiry, Findings::unless(args.no_rules), &FIELDS)?;
    let since = inquiry.options.range.since;
    let (view, activity) = inquiry.read(|plan| Watch::new(plan, since))?;
    let findings = (!args.no_rules).then_some(view.findings.as_slice());
    let mut overview = Overview::new(activity, findings, &inquiry.plan.known().accounts);
    if let Some(by) = args.by {
        overview.groups.retain(|group| group.kind == by.into());
    }
    let top = args.top.map(|top| top as usize);
    if let Some(top) = top {
        overview.groups.iter_mut().for_each(|group| group.keep(top));
    }
    let rows = top.unwrap_or(if args.by.is_some() { TOP_OF_ONE } else { TOP_OF_ALL });
    inquiry.answer(&view, &targets, &mut |form, around, out| match form {
        Form::Table => render::table(&overview, rows, around, out),
        Form::Json => render::json(&overview, out),
        Form::Csv => render::csv(&overview, out),
    })
}
