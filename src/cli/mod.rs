//! The command line: what was typed becomes what is meant, once, and the library does the rest.

mod args;
mod baseline;
mod context;
mod coverage;
mod exit;
mod explain;
mod inputs;
mod inquiry;
mod output;
mod progress;
mod rules;
mod ruleset;
mod scan;
mod summary;
mod times;
mod trace;

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use clap::Parser;

pub(crate) use exit::Exit;

/// Parses the command line, runs the command, and reports what went wrong.
pub(crate) fn main() -> ExitCode {
    let cli = match args::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are answers, not errors; a closed pipe is no reason to fail.
            let usage = error.use_stderr();
            let _ = error.print();
            return if usage { Exit::Usage.into() } else { Exit::Done.into() };
        }
    };
    match run(cli) {
        Ok(exit) => exit.into(),
        Err(error) if is_closed_pipe(&error) => Exit::Done.into(),
        Err(error) => {
            let _ = report(&error);
            Exit::Usage.into()
        }
    }
}

fn run(cli: args::Cli) -> anyhow::Result<Exit> {
    match cli.command {
        Some(args::Command::Scan(args)) => scan::run(&args),
        Some(args::Command::Summary(args)) => summary::run(&args),
        Some(args::Command::Explain(args)) => explain::run(&args),
        Some(args::Command::Trace(args)) => trace::run(&args),
        Some(args::Command::Baseline(args)) => baseline::run(&args),
        Some(args::Command::Rules(args)) => rules::run(&args),
        Some(args::Command::Config(args)) => context::run(&args),
        None if cli.scan.paths.is_empty() => {
            let mut help = <args::Cli as clap::CommandFactory>::command();
            write!(io::stderr(), "{}", help.render_help())?;
            Ok(Exit::Usage)
        }
        None => scan::run(&cli.scan),
    }
}

/// One line a cause, innermost last.
fn report(error: &anyhow::Error) -> io::Result<()> {
    let mut err = io::stderr().lock();
    let text = error.to_string();
    // Rule errors come as whole paragraphs that begin with their own `error[...]`.
    if text.starts_with("error[") {
        writeln!(err, "{text}")?
    } else {
        writeln!(err, "error: {}", shown(&text))?
    }
    for cause in error.chain().skip(1) {
        writeln!(err, "  because: {}", shown(&cause.to_string()))?;
    }
    Ok(())
}

fn shown(text: &str) -> String {
    text.lines().map(trailsift::report::untrusted::plain).collect::<Vec<_>>().join("\n")
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .any(|cause| cause.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe))
}

/// Whether to colour what goes to a stream.
pub(crate) fn wants_color(choice: args::ColorChoice, stream: &impl IsTerminal) -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    match choice {
        args::ColorChoice::Always => true,
        args::ColorChoice::Never => false,
        args::ColorChoice::Auto if set("NO_COLOR") => false,
        args::ColorChoice::Auto if set("CLICOLOR_FORCE") => true,
        args::ColorChoice::Auto => stream.is_terminal(),
    }
}
