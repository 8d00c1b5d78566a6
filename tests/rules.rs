//! The rule pack proves itself: every rule fires and stays quiet where it should, and says what it owes its reader.

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use common::{options, pack};
use trailsift::known::attack;
use trailsift::rule::slips::{Words, slips};
use trailsift::rule::{self, RuleSet, lint};
use trailsift::scan::trial::{self, Plans};

/// The binary carries the rules parsed, and does not check again that their expressions compile.
#[test]
fn the_embedded_pack_is_what_the_folder_says() {
    let from_text = rule::builtin().into_iter().map(|embedded| {
        let path = embedded.name.replacen("builtin:", concat!(env!("CARGO_MANIFEST_DIR"), "/rules/"), 1);
        let text = std::fs::read_to_string(&path).expect("a rule file");
        rule::RuleFile::new(embedded.name, text)
    });
    let checked = rule::load(&[from_text.collect()], &options()).unwrap_or_else(|errors| panic!("{errors}"));
    let embedded = pack();
    assert!(embedded.rules.len() > 100);
    assert_eq!(embedded.rules.len(), checked.rules.len());
    for (embedded, checked) in embedded.rules.iter().zip(&checked.rules) {
        assert_eq!(format!("{embedded:?}"), format!("{checked:?}"));
    }
}

/// A scan reads the pack without what only explanations need.
#[test]
fn a_brief_set_says_the_same_without_its_parts() {
    let options = rule::Options { brief: true, ..options() };
    let brief = rule::load(&[rule::builtin()], &options).expect("the pack loads");
    let full = pack();
    assert_eq!(brief.rules.len(), full.rules.len());
    for (brief, full) in brief.rules.iter().zip(&full.rules) {
        assert_eq!(
            full.identifiers.is_empty(),
            matches!(full.body, rule::Body::Correlation(_)),
            "{}",
            full.name
        );
        let without = rule::Rule { identifiers: Vec::new(), ..full.clone() };
        assert_eq!(format!("{brief:?}"), format!("{without:?}"));
    }
}

/// Sigma cannot say that one search is another's part: what is written twice must not drift apart.
#[test]
fn those_told_apart_by_who_calls_are_about_the_same_calls() {
    let set = pack();
    let searches = |name: &str| {
        let rule = set.rules.iter().find(|rule| rule.name == name)?;
        let but_who = rule.identifiers.iter().filter(|(name, _)| name != "person");
        Some(but_who.map(|search| format!("{search:?}")).collect::<Vec<_>>())
    };
    let mut pairs = 0;
    for stem in set.rules.iter().filter_map(|rule| rule.name.strip_suffix("-by-other")) {
        if let Some(of_person) = searches(&format!("{stem}-by-person")) {
            assert_eq!(searches(&format!("{stem}-by-other")), Some(of_person), "{stem}");
            pairs += 1;
        }
    }
    assert!(pairs > 0);
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/rules")
}

fn files() -> BTreeMap<String, Vec<PathBuf>> {
    trial::files(&folder()).expect("the events can be listed")
}

#[test]
fn every_rule_has_events_on_which_it_fires_and_on_which_it_is_quiet() {
    let (set, files) = (pack(), files());
    let mut lacking = Vec::new();
    for rule in set.rules.iter().filter(|rule| rule.reports) {
        let of_rule = files.get(&rule.name).map(Vec::as_slice).unwrap_or_default();
        for (fires, what) in [(true, "fires"), (false, "quiet")] {
            if !of_rule.iter().any(|file| trial::must_fire(file) == fires) {
                lacking.push(format!("{}: {what}", rule.name));
            }
        }
    }
    assert!(lacking.is_empty(), "no events:\n{}", lacking.join("\n"));
    let strays: Vec<&String> = files
        .keys()
        .filter(|name| !set.rules.iter().any(|rule| rule.name == **name && rule.reports))
        .collect();
    assert!(strays.is_empty(), "events of no rule: {strays:?}");
}

#[test]
fn every_rule_does_on_its_events_what_their_names_say() {
    let set = pack();
    let mut plans = Plans::new(Arc::new(set)).expect("a plan");
    let mut failed = Vec::new();
    for (rule, files) in files() {
        for file in files {
            let trial = trial::run(plans.of(&file).expect("the configuration is read"), &rule, &file);
            failed.extend(trial.failure.map(|failure| format!("{}: {failure}", file.display())));
        }
    }
    assert!(failed.is_empty(), "{} failed:\n{}", failed.len(), failed.join("\n"));
}

#[test]
fn nothing_is_to_be_mended() {
    let lints: Vec<String> =
        lint::lint(&pack()).into_iter().map(|l| format!("{}: `{}` {}", l.file, l.rule, l.message)).collect();
    assert!(lints.is_empty(), "{}", lints.join("\n"));
}

#[test]
fn nothing_is_misspelt() {
    let tactics: Vec<&str> =
        attack::TACTICS.iter().map(|(tactic, _)| *tactic).chain(attack::LATER_TACTICS).collect();
    let words = Words { message: &trailsift::scan::words(), tactics: &tactics };
    let files = rule::builtin();
    assert!(files.len() > 100);
    let slips: Vec<String> = slips(&files, words)
        .into_iter()
        .map(|slip| format!("{}:{}: {}", slip.file, slip.place.line, slip.message))
        .collect();
    assert!(slips.is_empty(), "{}", slips.join("\n"));
}

#[test]
fn a_rule_is_named_like_its_file_and_has_an_id_of_its_own() {
    let set = pack();
    let mut ids = BTreeSet::new();
    for rule in set.rules.iter().filter(|rule| rule.reports) {
        let stem = Path::new(&rule.file).file_stem().map(|stem| stem.to_string_lossy().into_owned());
        assert_eq!(stem.as_deref(), Some(rule.name.as_str()), "{}", rule.file);
        let id = rule.id.as_deref().unwrap_or_default();
        let shape: Vec<usize> = id.split('-').map(str::len).collect();
        assert_eq!(shape, [8, 4, 4, 4, 12], "{}: {id} is no UUID", rule.name);
        assert!(ids.insert(id.to_owned()), "{}: {id} is another rule's", rule.name);
        assert!(rule.extension.message.is_some() || tells_others(&set, rule), "{}: no message", rule.name);
    }
}

/// Whether a rule only tells what others find, in their words.
fn tells_others(set: &RuleSet, rule: &rule::Rule) -> bool {
    let rule::Body::Correlation(correlation) = &rule.body else { return false };
    correlation.kind == rule::CorrelationKind::Any
        && correlation.rules.iter().all(|other| set.rules[*other].extension.message.is_some())
}
