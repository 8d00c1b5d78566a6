//! The README's commands, run as a reader would, with the output that it shows.
//!
//! Every ```` ```console ```` block is a transcript: lines that begin with `$ ` are commands (a trailing backslash
//! continues one), what follows is their output. They run in a folder of their own that holds `testdata` and the files
//! that the README shows: ```` ```yaml my-rules/one.yml ```` is such a file. `TESTS_BLESS=1 cargo test --test readme`
//! writes the outputs anew.
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test that cannot go on says where")]

mod common;

use std::path::Path;
use std::process::Command;

/// The documents with transcripts. The last one has every command and every format.
const DOCUMENTS: [&str; 3] = ["README.md", "rules/README.md", "src/cli/COMMANDS.md"];

/// One command and the output that the README shows for it.
struct Example {
    command: String,
    shown: String,
    /// Where in the text the output stands.
    from: usize,
    to: usize,
}

fn examples(text: &str) -> Vec<Example> {
    let mut out: Vec<Example> = Vec::new();
    let (mut inside, mut continued) = (false, false);
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let bare = line.trim_end();
        let end = at + line.len();
        if bare.starts_with("```") {
            inside = !inside && bare == "```console";
        } else if inside && (continued || bare.starts_with("$ ")) {
            if !continued {
                out.push(Example { command: String::new(), shown: String::new(), from: end, to: end });
            }
            let example = out.last_mut().unwrap();
            let part = if continued { bare } else { &bare[2..] };
            continued = part.ends_with('\\');
            example.command.push_str(part.trim_end_matches('\\'));
            (example.from, example.to) = (end, end);
        } else if inside {
            let example = out.last_mut().expect("a transcript begins with a command");
            example.shown.push_str(line);
            example.to = end;
        }
        at = end;
    }
    out
}

/// What the command prints, as a terminal of this width would show it.
fn run(command: &str, folder: &Path) -> String {
    let binary = Path::new(env!("CARGO_BIN_EXE_trailsift"));
    let path = format!("{}:{}", binary.parent().unwrap().display(), std::env::var("PATH").unwrap());
    // What a reader would type from the source is what the tests have built already.
    let command = command.replace("cargo run --release -- ", "trailsift ");
    let output = Command::new("sh")
        .args(["-c", &format!("{{ {command}\n}} 2>&1")])
        .current_dir(folder)
        .env("PATH", path)
        .env("COLUMNS", "120")
        .env("XDG_CONFIG_HOME", folder.join("no-config"))
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// The files that a text shows, each in a block with its path behind the language.
fn files(text: &str) -> Vec<(String, String)> {
    let mut out: Vec<(String, String)> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("```") {
            let path = rest.split_once(' ').map(|(_, path)| path).filter(|_| !inside);
            inside = path.is_some();
            out.extend(path.map(|path| (path.to_owned(), String::new())));
        } else if let Some((_, content)) = out.last_mut().filter(|_| inside) {
            content.push_str(line);
            content.push('\n');
        }
    }
    out
}

fn has_jq() -> bool {
    Command::new("jq").arg("--version").output().is_ok()
}

#[test]
fn the_readme_shows_what_its_commands_print() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let bless = std::env::var_os("TESTS_BLESS").is_some();
    let mut wrong = Vec::new();
    let mut number = 0;
    for file in DOCUMENTS {
        let path = root.join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(root.join("testdata"), folder.path().join("testdata")).unwrap();
        for (name, content) in files(&text) {
            let name = folder.path().join(name);
            std::fs::create_dir_all(name.parent().unwrap()).unwrap();
            std::fs::write(name, content).unwrap();
        }
        let mut blessed = text.clone();
        let all = examples(&text);
        number += all.len();
        let mut outputs = Vec::new();
        // In order, as one may need what another wrote; blessed from the end, so that places hold.
        for example in &all {
            if example.command.contains("jq ") && !has_jq() {
                assert!(std::env::var_os("CI").is_none(), "jq is needed: apt-get install jq");
                eprintln!("skipped, for want of jq: {}", example.command);
                outputs.push(example.shown.clone());
                continue;
            }
            outputs.push(run(&example.command, folder.path()));
        }
        for (example, got) in all.into_iter().zip(outputs).rev() {
            if got != example.shown {
                wrong.push(format!(
                    "{file}: $ {}\n--- shown\n{}--- got\n{got}",
                    example.command, example.shown
                ));
                blessed.replace_range(example.from..example.to, &got);
            }
        }
        if bless {
            std::fs::write(&path, blessed).unwrap();
        }
    }
    assert!(number >= 5, "the README has examples: {number}");
    assert!(bless || wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// The lines that a command's help has about what can follow it: names of commands, and those of `-f`.
fn help(command: &[String]) -> (Vec<String>, Vec<String>) {
    let output = Command::new(env!("CARGO_BIN_EXE_trailsift")).args(command).arg("-h").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let commands = common::binary::commands(&text);
    // Either `table, json or html; FORMAT=FILE ...` or `[possible values: table, json]`, broken anywhere.
    let about = text.split("-f, --format").nth(1).map(|rest| rest.split("\n  -").next().unwrap());
    let about = about.unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
    let names = match about.split_once("[possible values: ") {
        Some((_, names)) => names.split(']').next().unwrap(),
        None => about.split("; ").next().unwrap().split_once("> ").map_or("", |(_, names)| names),
    };
    let names = names.replace("[=FILE]> ", "").replace(" or ", ", ");
    (commands, names.split(", ").filter(|name| !name.is_empty()).map(str::to_owned).collect())
}

/// Whoever adds a command or a format shows what it prints.
#[test]
fn every_command_and_format_is_shown() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let all: Vec<String> = DOCUMENTS
        .iter()
        .flat_map(|file| examples(&std::fs::read_to_string(root.join(file)).unwrap()))
        .filter(|example| !example.shown.trim().is_empty())
        .flat_map(|example| {
            // Each command of a line by itself.
            let parts = example.command.replace("trailsift ", "\u{1}trailsift ");
            parts.split('\u{1}').map(str::to_owned).collect::<Vec<_>>()
        })
        .collect();
    let (mut open, mut leaves, mut formats, mut missing) = (vec![Vec::new()], 0, 0, Vec::new());
    while let Some(command) = open.pop() {
        let (below, names) = help(&command);
        let begins = format!("trailsift {} ", command.join(" "));
        if below.is_empty() {
            leaves += 1;
            if !all.iter().any(|shown| format!("{shown} ").starts_with(&begins)) {
                missing.push(begins.clone());
            }
            for name in names.iter().filter(|name| *name != "table") {
                formats += 1;
                let (short, equal) = (format!(" -f {name} "), format!(" -f {name}="));
                let is = |shown: &&String| {
                    format!("{shown} ").starts_with(&begins)
                        && (format!("{shown} ").contains(&short) || shown.contains(&equal))
                };
                if !all.iter().any(|shown| is(&shown)) {
                    missing.push(format!("{begins}-f {name}"));
                }
            }
        }
        open.extend(below.into_iter().map(|name| [&command[..], &[name]].concat()));
    }
    assert!(leaves >= 18 && formats >= 18, "{leaves} commands and {formats} formats in the help");
    assert!(missing.is_empty(), "no transcript of {missing:#?}");
}

/// The README says how to do everything with two commands; both are shell commands of the first block.
#[test]
fn two_commands_do_everything() {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let block = text.split("```sh\n").nth(1).unwrap().split("```").next().unwrap();
    let lines: Vec<&str> = block.lines().map(|line| line.split('#').next().unwrap().trim()).collect();
    assert_eq!(lines, ["cargo run --release -- scan testdata/demo", "cargo test"]);
}

#[test]
fn transcripts_are_read() {
    let text = "a\n```console\n$ one \\\n  two\nout\n$ three\n```\n```sh\n$ not\n```\n";
    let all = examples(text);
    let commands: Vec<&str> = all.iter().map(|example| example.command.as_str()).collect();
    assert_eq!(commands, ["one   two", "three"]);
    assert_eq!((all[0].shown.as_str(), all[1].shown.as_str()), ("out\n", ""));
    assert_eq!(&text[all[0].from..all[0].to], "out\n");
}
