//! The command line: what was typed becomes what is meant, once, and the library does the rest.

mod args;
mod baseline;
mod context;
mod coverage;
mod elsewhere;
mod environment;
mod examples;
mod exit;
mod explain;
mod inputs;
mod inquiry;
mod junit;
mod output;
mod progress;
mod rule_words;
mod rules;
mod ruleset;
mod scan;
mod shell;
mod streams;
mod summary;
mod times;
mod trace;
mod used;
mod verify;

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};

pub(crate) use exit::Exit;

/// Parses the command line, runs the command, and reports what went wrong.
pub(crate) fn main() -> ExitCode {
    let mut command = environment::with_variables(args::Cli::command());
    let strange = environment::unknown(&command);
    let parsed = command.try_get_matches_from_mut(std::env::args_os());
    let parsed = parsed.and_then(|matches| Ok((args::Cli::from_arg_matches(&matches)?, matches)));
    let (cli, matches) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => {
            // Help and version are answers, not errors; a closed pipe is no reason to fail.
            let usage = error.use_stderr();
            let words = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned());
            let _ = elsewhere::explained(error, elsewhere::named(&command, words)).print();
            return if usage { Exit::Usage.into() } else { Exit::Done.into() };
        }
    };
    for (name, near) in strange {
        let hint = near.map_or_else(String::new, |near| format!("; did you mean {near}?"));
        let name = trailsift::report::untrusted::plain(&name);
        let _ = writeln!(io::stderr(), "warning: the variable {name} means nothing to trailsift{hint}");
    }
    for (name, flag) in environment::unheeded(&command, &matches) {
        let _ = writeln!(io::stderr(), "warning: {name} holds for scan only, and not here: give {flag}");
    }
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
        Some(args::Command::Verify(args)) => verify::run(&args),
        Some(args::Command::Config(args)) => context::run(&args),
        Some(args::Command::Completions { shell }) => shell::completions(shell),
        Some(args::Command::Man { command }) => shell::man(&command),
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

/// The end of an error for a name that is none of the allowed: the one it was meant to be, if one is like it.
fn meant<'a>(got: &str, allowed: impl IntoIterator<Item = &'a str>) -> String {
    let near = trailsift::text::nearest(got, allowed);
    near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}
