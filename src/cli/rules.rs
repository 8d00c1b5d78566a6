//! `trailsift rules`.

use anyhow::Result;

use super::Exit;
use super::args::RulesArgs;

/// Runs a rules command.
pub(crate) fn run(args: &RulesArgs) -> Result<Exit> {
    let _ = args;
    Ok(Exit::Done)
}
