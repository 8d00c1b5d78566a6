//! The `trailsift` command: parse, run, and turn the result into an exit status.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
