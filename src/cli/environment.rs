//! `TRAILSIFT_*`: each option of `scan` may be set by a variable of its name, below flags and above configuration files.

use clap::builder::BoolishValueParser;
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command};

const PREFIX: &str = "TRAILSIFT_";

/// Options that take part in one run only, or that have a variable of their own already.
const WITHOUT: [&str; 5] = ["help", "version", "verbose", "naive_reader", "force"];

/// Options whose values may be several in one variable, with commas between.
const LISTS: [&str; 4] = ["account", "region", "rule", "exclude_rule"];

/// Options that change what is told, and mean much the same for other commands than `scan`, which take them as flags only.
const ELSEWHERE: [&str; 11] = [
    "since",
    "until",
    "relative_to",
    "account",
    "region",
    "lookback",
    "rules",
    "no_builtin_rules",
    "rule",
    "exclude_rule",
    "allow_partial",
];

/// Lets the options of a bare path and of `scan` be set by variables.
pub(crate) fn with_variables(command: Command) -> Command {
    command.mut_args(with_variable).mut_subcommand("scan", |scan| scan.mut_args(with_variable))
}

fn with_variable(arg: Arg) -> Arg {
    let id = arg.get_id().as_str().to_owned();
    if arg.get_long().is_none() || arg.get_env().is_some() || WITHOUT.contains(&id.as_str()) {
        return arg;
    }
    let switch = matches!(arg.get_action(), ArgAction::SetTrue);
    // The help would double in length: what the rule is, it says at the end.
    let arg = arg.env(variable(&id)).hide_env(true);
    match id.as_str() {
        _ if switch => arg.value_parser(BoolishValueParser::new()),
        list if LISTS.contains(&list) => arg.value_delimiter(','),
        _ => arg,
    }
}

fn variable(id: &str) -> String {
    format!("{PREFIX}{}", id.to_uppercase())
}

/// Variables with our prefix that mean nothing, each with the nearest one that does: a misspelt one would silently do
/// nothing.
pub(crate) fn unknown(command: &Command) -> Vec<(String, Option<String>)> {
    let commands = std::iter::once(command).chain(command.get_subcommands());
    let known: Vec<String> = commands
        .flat_map(Command::get_arguments)
        .filter_map(|arg| Some(arg.get_env()?.to_string_lossy().into_owned()))
        .collect();
    let mut set: Vec<String> = std::env::vars_os()
        .filter_map(|(name, _)| name.into_string().ok())
        .filter(|name| name.starts_with(PREFIX) && !known.contains(name))
        .collect();
    set.sort();
    let near =
        |name: &String| trailsift::text::nearest(name, known.iter().map(String::as_str)).map(str::to_owned);
    set.into_iter().map(|name| (name.clone(), near(&name))).collect()
}

/// Variables that are set for `scan` while another command is run that has such an option, each with the flag to give:
/// who set them may take the answer to be narrowed by them.
pub(crate) fn unheeded(command: &Command, matches: &ArgMatches) -> Vec<(String, String)> {
    let (mut command, mut matches) = (command, matches);
    while let Some((name, of_command)) = matches.subcommand() {
        let Some(found) = command.find_subcommand(name) else { break };
        (command, matches) = (found, of_command);
    }
    let flags_only = command.get_arguments().filter(|arg| arg.get_env().is_none());
    flags_only
        .filter_map(|arg| Some((arg.get_id().as_str(), arg.get_long()?)))
        .filter(|(id, _)| ELSEWHERE.contains(id))
        .filter(|(id, _)| matches.value_source(id) != Some(ValueSource::CommandLine))
        .map(|(id, long)| (variable(id), format!("--{long}")))
        .filter(|(variable, _)| std::env::var_os(variable).is_some_and(|value| !value.is_empty()))
        .collect()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::super::args::Cli;
    use super::*;

    #[test]
    fn every_option_of_scan_has_a_variable_of_its_name() {
        let command = with_variables(Cli::command());
        let scan = command.find_subcommand("scan").unwrap();
        for arg in scan.get_arguments().filter(|arg| arg.get_long().is_some()) {
            let id = arg.get_id().as_str();
            let expected = (!WITHOUT.contains(&id)).then(|| variable(id));
            assert_eq!(arg.get_env().map(|name| name.to_string_lossy().into_owned()), expected, "{id}");
            let long = arg.get_long().unwrap().replace('-', "_");
            assert_eq!(long, id, "the rule in the help holds");
        }
        command.debug_assert();
    }
}
