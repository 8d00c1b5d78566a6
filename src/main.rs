//! The `trailsift` command: parse, run, and turn the result into an exit status.

mod cli;

use std::process::ExitCode;

/// Asks the system for large pages, which all that waits for memory gains from.
#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::main()
}
