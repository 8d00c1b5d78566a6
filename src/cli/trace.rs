//! `trailsift trace`.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;
use clap::Args;
use trailsift::detect::{Choice, Plan, Range};
use trailsift::input::Source;
use trailsift::text::nearest;
use trailsift::trace::{Collect, FIELDS, Forest, Write, page, render};

use super::inquiry::{Findings, Inquiry, InquiryArgs};
use super::{Exit, inputs};

pub(crate) const EXAMPLES: &str = "\
Examples:
  trailsift trace AKIAIOSFODNN7EXAMPLE AWSLogs/       a key: who issued it, what it became, what it did
  trailsift trace 198.51.100.23 AWSLogs/              all credentials used from an address
  trailsift trace svc-backup AWSLogs/ --no-rules      a user, a role or a session by name; no findings
  trailsift trace role/Admin AWSLogs/                 the same as the tables of other commands have it
  trailsift trace 198.51.100.23 AWSLogs/ -f table -f html=trace.html
                                                      a page to hand on, besides
  trailsift trace arn:aws:iam::111122223333:role/Admin AWSLogs/ -q -f json | jq '.actions[:5]'

An account's id means all that called from it. Chains are followed through AssumeRole and its kin,
GetSessionToken, GetFederationToken and CreateAccessKey. --since leaves out calls and findings;
when and from where a credential was used, and what it came from, is told as far back as rules look.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct TraceArgs {
    /// An access key, session, principal, role, address, network or account
    #[arg(value_name = "ID")]
    id: String,

    /// Files, folders, globs, @LIST files with a path a line, or - for standard input
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// Look for no findings: faster
    #[arg(long, conflicts_with_all = ["rules", "rule", "exclude_rule", "no_builtin_rules"])]
    no_rules: bool,

    /// table, json or html; FORMAT=FILE writes to a file (may be repeated)
    #[arg(long, short = 'f', value_name = "FORMAT[=FILE]")]
    format: Vec<String>,

    #[command(flatten)]
    inquiry: InquiryArgs,
}

/// How the answer is written.
#[derive(Clone, Copy, Debug)]
enum Form {
    Table,
    Json,
    Html,
}

const FORMS: [(&str, Form); 3] = [("table", Form::Table), ("json", Form::Json), ("html", Form::Html)];

/// Runs `trace`.
pub(crate) fn run(args: &TraceArgs) -> Result<Exit> {
    let targets = args.inquiry.answer.targets(&args.format, &FORMS)?;
    inputs::refuse_swapped(&args.id, &args.paths, "trace KEY PATH")?;
    let inquiry = Inquiry::prepare(&args.paths, &args.inquiry, Findings::unless(args.no_rules), &FIELDS)?;
    let (mut view, ledger) = inquiry.read(|plan| Write::new(plan, &args.id))?;
    let forest = Forest::grow(&ledger, &args.id);
    if forest.is_empty() {
        let names = ledger.names();
        let hint = match nearest(&args.id, names.iter().copied()) {
            Some(near) => format!("did you mean {near}?"),
            None => {
                "an access key, session, principal, role, address, network or account of the logs is expected"
                    .to_owned()
            }
        };
        let part = if inquiry.is_narrow() { "the part of the logs that is asked for" } else { "the logs" };
        return inquiry.in_vain(&view, &format!("nothing in {part} is called {}", args.id), &hint);
    }
    // Only the files that tell of these credentials are read again, and only for their calls.
    let files = ledger.files(forest.all.iter().map(String::as_str));
    let sources: Vec<Source> =
        files.iter().filter_map(|file| inquiry.found.sources.get(*file as usize)).cloned().collect();
    let extra_fields = FIELDS.iter().map(|field| (*field).to_owned()).collect();
    let (_, known) = inquiry.plan.parts();
    let bare = Plan::new(Arc::default(), known, Choice { extra_fields, ..Choice::default() })?;
    let look = || Collect::new(&bare, &forest.all);
    // Of what lies before --since rules learn, and chains begin there; it is not told as done.
    let mut options = inquiry.options.clone();
    options.range.from = options.range.since;
    let deeds = inquiry.read_again(&bare, &sources, &options, &mut view, &look);
    let mut told = forest.told(&args.id, &ledger, &deeds, &view.findings, &inquiry.plan.known().accounts);
    told.notes.extend(cut(&inquiry.options.range));
    told.notes.extend(view.run.partial.then(|| "interrupted: what was not read is not told".to_owned()));
    inquiry.answer(&view, &targets, &mut |form, around, out| match form {
        Form::Table => render::table(&told, around, out),
        Form::Json => render::json(&told, out),
        Form::Html => page(&told, &view, out),
    })
}

/// What `--since` keeps from being told, and what it does not.
fn cut(range: &Range) -> Option<String> {
    let since = range.since?;
    Some(match range.from.filter(|from| *from < since) {
        Some(from) => format!(
            "calls and findings before {since} are not told; what credentials came from, when and from where they were \
             used is told from {from} on"
        ),
        None => format!("nothing before {since} was looked at: what credentials came from may lie there"),
    })
}
