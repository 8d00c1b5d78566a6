//! The real binary: what it says, to whom, and with which exit status.

use std::path::Path;

use assert_cmd::Command;

/// The binary in a folder, without the surroundings of whoever runs the tests.
pub(crate) fn trailsift(folder: &Path) -> Command {
    let mut command = Command::cargo_bin("trailsift").unwrap();
    command.current_dir(folder).env_clear().env("XDG_CONFIG_HOME", folder).env("COLUMNS", "100");
    command
}

/// The commands that a help lists.
pub(crate) fn commands(help: &str) -> Vec<String> {
    let list = help.split("\nCommands:\n").nth(1).and_then(|rest| rest.split("\n\n").next());
    let names =
        list.unwrap_or_default().lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    names.filter(|name| !name.is_empty() && *name != "help").map(str::to_owned).collect()
}

/// Status, standard output and standard error as one text; names of temporary folders masked.
pub(crate) fn transcript(folder: &Path, args: &[&str]) -> String {
    shown(folder, trailsift(folder).args(args))
}

/// The same of a command that is set up already.
pub(crate) fn shown(folder: &Path, command: &mut Command) -> String {
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(&folder.display().to_string(), "FOLDER");
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    let status = output.status.code().map_or("killed".to_owned(), |code| code.to_string());
    format!("exit {status}\n--- out\n{out}--- err\n{err}")
}

/// Root makes an access key.
pub(crate) const EVENT: &str = r#"{"eventVersion":"1.08","userIdentity":{"type":"Root","accountId":"111122223333"},"eventTime":"2026-03-01T10:00:00Z","eventSource":"iam.amazonaws.com","eventName":"CreateAccessKey","awsRegion":"us-east-1","sourceIPAddress":"198.51.100.1","eventID":"1","recipientAccountId":"111122223333"}"#;

/// A new folder with a log of that one event.
pub(crate) fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    file(folder.path(), "log.json", EVENT);
    folder
}

/// Writes a file.
pub(crate) fn file(folder: &Path, name: &str, text: impl AsRef<[u8]>) {
    std::fs::write(folder.join(name), text).unwrap();
}
