//! The walls of the house: which room may use which, and what every file owes its reader.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Each room and those it may use. Arrows only point upwards in this list; what is not named here is refused.
const ROOMS: &[(&str, &[&str])] = &[
    ("time", &[]),
    ("crew", &[]),
    ("level", &[]),
    ("named", &[]),
    ("outcome", &["named"]),
    ("text", &[]),
    ("arn", &["text"]),
    ("event", &[]),
    ("policy", &["arn", "text"]),
    ("known", &[]),
    ("input", &["crew", "event", "text", "time"]),
    ("derive", &["arn", "event", "known", "outcome", "policy", "text"]),
    ("rule", &["level", "outcome", "text", "time"]),
    ("config", &["known", "rule", "text", "time"]),
    (
        "detect",
        &["crew", "derive", "event", "known", "level", "named", "outcome", "policy", "rule", "text", "time"],
    ),
    ("finding", &["detect", "level", "outcome", "time"]),
    (
        "scan",
        &[
            "config", "crew", "derive", "detect", "event", "finding", "input", "known", "level", "outcome",
            "rule", "text", "time",
        ],
    ),
    ("report", &["arn", "finding", "known", "level", "outcome", "text", "time"]),
    (
        "activity",
        &["derive", "detect", "event", "finding", "known", "level", "named", "report", "scan", "time"],
    ),
    (
        "explain",
        &["derive", "detect", "event", "finding", "input", "level", "report", "rule", "scan", "time"],
    ),
    (
        "trace",
        &[
            "arn", "derive", "detect", "event", "finding", "known", "level", "outcome", "report", "scan",
            "text", "time",
        ],
    ),
    ("baseline", &["derive", "detect", "finding", "input", "named", "report", "scan", "text", "time"]),
    ("verify", &["crew", "input", "named", "report", "text", "time"]),
    ("triage", &["finding", "level", "report", "time"]),
];

/// The longest a file may be. Tables of equal cells may be longer.
const LINES: usize = 300;
const TABLES: &[&str] = &["derive/field.rs"];

fn files() -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, out: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, out);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                out.push(path);
            }
        }
    }
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    walk(&source, &mut paths);
    paths.sort();
    assert!(paths.len() > 50, "the source is where it was");
    let named = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        (path.strip_prefix(&source).unwrap().to_owned(), text)
    };
    paths.into_iter().map(named).collect()
}

/// The room a file lies in; `None` for the binary's own files.
fn room(path: &Path) -> Option<String> {
    let first = path.components().next()?.as_os_str().to_str()?.trim_end_matches(".rs").to_owned();
    (!["lib", "main", "cli"].contains(&first.as_str())).then_some(first)
}

/// The rooms that a text names after `crate::`, groups in braces included.
fn used(text: &str) -> BTreeSet<String> {
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut out = BTreeSet::new();
    for (at, found) in text.match_indices("crate::") {
        let rest = &text[at + found.len()..];
        let Some(group) = rest.strip_prefix('{') else {
            out.insert(word(rest));
            continue;
        };
        let mut depth = 1;
        let mut begins = true;
        for (at, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 1 => begins = true,
                _ if begins && !c.is_whitespace() => {
                    out.insert(word(&group[at..]));
                    begins = false;
                }
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
    }
    out
}

#[test]
fn rooms_use_only_the_rooms_they_may() {
    let allowed: BTreeMap<&str, &[&str]> = ROOMS.iter().copied().collect();
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for (path, text) in files() {
        let Some(room) = room(&path) else { continue };
        let Some(may) = allowed.get(room.as_str()) else {
            wrong.push(format!("{}: the room {room} is not in the list", path.display()));
            continue;
        };
        for other in used(&text) {
            seen.insert((room.clone(), other.clone()));
            if other != room && !may.contains(&other.as_str()) {
                wrong.push(format!("{}: {room} may not use {other}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    for (room, may) in ROOMS {
        for other in *may {
            let needed = seen.contains(&((*room).to_owned(), (*other).to_owned()));
            assert!(needed, "{room} may use {other} and does not: take it from the list");
        }
    }
}

#[test]
fn arrows_point_one_way() {
    let mut above = BTreeSet::new();
    for (room, may) in ROOMS {
        for other in *may {
            assert!(above.contains(other), "{room} uses {other}, which stands below it");
        }
        above.insert(*room);
    }
}

#[test]
fn groups_of_imports_are_read() {
    let text = "use crate::{rule::{Rule, Level}, time,\n    known::Known};\nlet x = crate::text::near();";
    let names: Vec<String> = used(text).into_iter().collect();
    assert_eq!(names, ["known", "rule", "text", "time"]);
}

#[test]
fn every_file_says_what_lives_there_and_is_short() {
    let mut wrong = Vec::new();
    for (path, text) in files() {
        let name = path.display().to_string();
        if !text.starts_with("//! ") {
            wrong.push(format!("{name}: does not open with a //! line"));
        }
        let lines = text.lines().count();
        if lines > LINES && !TABLES.contains(&name.as_str()) {
            wrong.push(format!("{name}: {lines} lines, at most {LINES}"));
        }
        if path.components().any(|part| part.as_os_str().to_string_lossy().contains("util")) {
            wrong.push(format!("{name}: a name that says nothing"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Whoever embeds the library decides what is printed; so does the command line, in one place.
#[test]
fn the_library_never_prints() {
    for (path, text) in files() {
        // Tests that are part of the library may say what they skip; embed.rs is the build script.
        if room(&path).is_none() || path.ends_with("policy/reality.rs") || path.ends_with("rule/embed.rs") {
            continue;
        }
        for word in ["println!", "eprintln!", "print!(", "eprint!(", "dbg!", "stdout()", "stderr()"] {
            assert!(!text.contains(word), "{}: {word}", path.display());
        }
    }
}

/// Renderers are given a finished view: besides the rooms below them they may not reach for files, clocks or variables.
/// Those of other rooms than `report` are told by their names.
#[test]
fn renderers_reach_for_nothing_but_the_view() {
    let renders = |path: &Path| {
        let mut parts = path.components().filter_map(|part| part.as_os_str().to_str());
        room(path).as_deref() == Some("report")
            || parts.any(|part| {
                ["render.rs", "table.rs", "csv.rs", "bars.rs", "picture.rs", "page"].contains(&part)
            })
    };
    let renderers: Vec<_> = files().into_iter().filter(|(path, _)| renders(path)).collect();
    assert!(renderers.len() > 40, "only {} files: are the renderers elsewhere?", renderers.len());
    for (path, text) in renderers {
        for reach in ["std::fs", "std::env", "std::process", "SystemTime", "Utc::now", "File::"] {
            assert!(!text.contains(reach), "{}: {reach}", path.display());
        }
    }
}

#[test]
fn one_file_knows_how_terminals_colour() {
    let escapes = files().into_iter().filter(|(_, text)| text.contains("\\u{1b}[{"));
    let paths: Vec<PathBuf> = escapes.map(|(path, _)| path).collect();
    assert_eq!(paths, [Path::new("report/color.rs")]);
}

/// Of the network the binary knows nothing.
#[test]
fn nothing_speaks_to_the_network() {
    for (path, text) in files() {
        for word in ["std::net::Tcp", "std::net::Udp", "TcpStream", "UdpSocket", "ToSocketAddrs"] {
            assert!(!text.contains(word), "{}: {word}", path.display());
        }
    }
    // What dependencies depend on counts as well.
    let lock = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock")).unwrap();
    let names: Vec<&str> = lock.lines().filter_map(|line| line.strip_prefix("name = \"")).collect();
    assert!(names.len() > 100, "{} packages", names.len());
    for client in ["reqwest", "ureq", "hyper", "curl", "tokio", "aws-sdk", "rustls", "native-tls"] {
        assert!(!names.iter().any(|name| name.starts_with(client)), "{client}");
    }
}
