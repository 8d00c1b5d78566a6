//! What other tools call it: options, places and commands that trailsift has by another name, or does without.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, Error};

/// Options of other tools, and what is written here. What stands for an option is only told where there is that option.
const OPTIONS: [(&[&str], &str, &str); 8] = [
    (&["json", "jsonl", "ndjson", "csv", "html", "markdown", "sarif", "ocsf"], "format", "-f "),
    (&["output-format", "type", "out-format"], "format", "-f FORMAT"),
    (&["threads", "workers", "parallel"], "jobs", "--jobs N"),
    (&["severity", "level", "minimum-level", "min-severity"], "min-level", "--min-level LEVEL"),
    (&["exit-code", "error-on"], "fail-on", "--fail-on LEVEL"),
    (&["start", "start-time", "after", "timeline-start"], "since", "--since TIME"),
    (&["end", "end-time", "before", "timeline-end"], "until", "--until TIME"),
    (&["no-color", "no-colour", "nocolor"], "color", "--color never"),
];

/// Options by which other tools name what is read.
const PATHS: [&str; 9] =
    ["input", "file", "files", "dir", "directory", "folder", "path", "log-dir", "input-file"];

/// Options for what is reached over the network.
const REMOTE: [&str; 6] = ["bucket", "s3", "profile", "aws-profile", "role-arn", "endpoint-url"];

/// What is said to whoever names something in the cloud.
const NO_NETWORK: &str = "nothing is read over the network: copy the logs first, as with `aws s3 sync`";

/// An error of the command line, with what the option is called here in place of a guess.
pub(crate) fn explained(mut error: Error, command: &Command) -> Error {
    if error.kind() != ErrorKind::UnknownArgument {
        return error;
    }
    let Some(ContextValue::String(typed)) = error.get(ContextKind::InvalidArg) else { return error };
    let Some(meant) = meant(typed, command) else { return error };
    error.remove(ContextKind::SuggestedArg);
    error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![meant.into()]));
    error
}

fn meant(typed: &str, command: &Command) -> Option<String> {
    let name = typed.trim_start_matches('-').split('=').next()?.to_ascii_lowercase();
    let name = name.as_str();
    let has = |long: &str| command.get_arguments().any(|arg| arg.get_long() == Some(long));
    let takes_paths = command.get_positionals().next().is_some();
    if let Some((names, _, instead)) =
        OPTIONS.iter().find(|(names, ours, _)| names.contains(&name) && has(ours))
    {
        // The formats are called the same.
        let name =
            if names.first() == Some(&"json") { name.replace("ndjson", "jsonl") } else { String::new() };
        return Some(format!("write `{instead}{name}`"));
    }
    if takes_paths && REMOTE.contains(&name) {
        return Some(NO_NETWORK.to_owned());
    }
    let short = ["-d", "-i"].contains(&typed);
    (takes_paths && (short || PATHS.contains(&name)))
        .then(|| "files and folders are named without an option".to_owned())
}

/// The command that was named, as far as it goes, to tell which options there are.
pub(crate) fn named(command: &Command, typed: impl Iterator<Item = String>) -> &Command {
    let mut command = command;
    for word in typed.filter(|word| !word.starts_with('-')) {
        // An option's value that is called like a command changes no more than a hint.
        let Some(found) = command.find_subcommand(&word) else { break };
        command = found;
    }
    command
}

/// The end of an error for a path that is not there.
pub(crate) fn hint(path: &str, command: &Command) -> String {
    if ["s3:", "arn:", "http:", "https:"].iter().any(|scheme| path.starts_with(scheme)) {
        return format!("; {NO_NETWORK}");
    }
    let commands = || command.get_subcommands();
    if let Some(near) = trailsift::text::nearest(path, commands().map(Command::get_name)) {
        return format!("; did you mean the command `{near}`?");
    }
    if path == "version" {
        return "; did you mean `--version`?".to_owned();
    }
    let of =
        |parent: &Command| parent.find_subcommand(path).map(|_| format!("`{} {path}`", parent.get_name()));
    let nested: Vec<String> = commands().filter_map(of).collect();
    if nested.is_empty() {
        String::new()
    } else {
        format!("; did you mean the command {}?", nested.join(" or "))
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::super::args::Cli;
    use super::*;

    fn said(line: &str) -> String {
        let mut command = Cli::command();
        command.build();
        let words = || line.split(' ').map(str::to_owned);
        let error = command.clone().try_get_matches_from(words()).unwrap_err();
        explained(error, named(&command, words().skip(1))).to_string()
    }

    #[test]
    fn options_of_other_tools_are_told_by_our_names() {
        for (line, told) in [
            ("trailsift logs --json", "write `-f json`"),
            ("trailsift scan logs --sarif", "write `-f sarif`"),
            ("trailsift summary logs --ndjson", "write `-f jsonl`"),
            ("trailsift scan logs --output-format json", "write `-f FORMAT`"),
            ("trailsift scan --threads=2 logs", "write `--jobs N`"),
            ("trailsift scan logs --severity high", "write `--min-level LEVEL`"),
            ("trailsift trace AKIA logs --start 7d", "write `--since TIME`"),
            ("trailsift -d logs", "files and folders are named without an option"),
            ("trailsift scan --directory logs", "files and folders are named without an option"),
            ("trailsift scan logs --profile x", "nothing is read over the network"),
            ("trailsift scan logs --formt json", "a similar argument exists: '--format'"),
        ] {
            let said = said(line);
            assert!(said.contains(told) && said.matches("tip:").count() == 1, "{line}\n{said}");
        }
        assert!(!said("trailsift rules list --threads 2").contains("--jobs"));
    }

    #[test]
    fn paths_that_are_not_there_are_told_as_what_they_may_be() {
        let command = Cli::command();
        for (path, told) in [
            (
                "s3://bucket/AWSLogs",
                "; nothing is read over the network: copy the logs first, as with `aws s3 sync`",
            ),
            ("scna", "; did you mean the command `scan`?"),
            ("check", "; did you mean the command `rules check` or `config check`?"),
            ("merge", "; did you mean the command `baseline merge`?"),
            ("version", "; did you mean `--version`?"),
            ("logs/2026", ""),
        ] {
            assert_eq!(hint(path, &command), told, "{path}");
        }
    }
}
