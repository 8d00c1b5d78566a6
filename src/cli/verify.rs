//! `trailsift verify`.

use std::io::{self, Write};

use anyhow::Result;
use trailsift::report;
use trailsift::verify::{self, Options, PublicKeys, Verdict};

use super::args::{Form, VerifyArgs};
use super::times::{When, now};
use super::{Exit, inputs, output, times};

/// Verifies a local copy by its digests.
pub(crate) fn run(args: &VerifyArgs) -> Result<Exit> {
    let mut keys = PublicKeys::default();
    for path in &args.public_keys {
        keys.read(path)?;
    }
    let since = When::given("--since", args.since.as_deref())?.map(|when| when.resolve(now()));
    let until = When::given("--until", args.until.as_deref())?.map(|when| when.resolve(now()));
    times::in_order(since, until)?;
    let found = inputs::find(&args.paths)?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let jobs = args.jobs.map_or(cores, usize::from);
    let verified = verify::verify(&found, &Options { keys, since, until, jobs });
    let mut out = io::BufWriter::new(output::stdout());
    match args.format {
        Form::Table => verify::render(&verified, args.verbose, &mut out)?,
        Form::Json => report::document(&verified, &mut out)?,
    }
    out.flush()?;
    Ok(match verified.verdict {
        Verdict::Failed => Exit::Found,
        Verdict::Unverified if !args.allow_partial => Exit::Incomplete,
        Verdict::Unverified | Verdict::Verified => Exit::Done,
    })
}
