//! The catalogue of rules in the documents is what the command prints, and every technique in it exists.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::path::Path;
use std::process::Command;

use trailsift::known::attack;

mod common;

/// What comes before the tables in `rules/CATALOGUE.md`.
const HEAD: &str = "# The rules\n\n\
    Made by `trailsift rules coverage -f markdown`; a test compares. \"Needs\" is what a rule cannot judge without: history\n\
    to learn from, databases given with `--geoip`, or lists in `trailsift.toml`. In brackets: the other levels that context and\n\
    outcome may make of it.\n\n";

fn coverage(args: &[&str]) -> String {
    rules("coverage", args)
}

fn rules(command: &str, args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_trailsift"))
        .args(["rules", command])
        .args(args)
        .current_dir(std::env::temp_dir())
        .env("XDG_CONFIG_HOME", std::env::temp_dir().join("none"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// `TESTS_BLESS=1 cargo test --test catalogue` writes it anew.
#[test]
fn the_catalogue_is_what_the_command_prints() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/CATALOGUE.md");
    let got = format!("{HEAD}{}\n", coverage(&["-f", "markdown"]).trim_end());
    if std::env::var_os("TESTS_BLESS").is_some() {
        std::fs::write(&path, &got).unwrap();
    }
    let shown = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(shown == got, "rules/CATALOGUE.md is stale: TESTS_BLESS=1 cargo test --test catalogue");
}

#[test]
fn every_rule_that_reports_names_a_technique_that_exists() {
    let set = common::pack();
    let mut wrong = Vec::new();
    for rule in set.rules.iter().filter(|rule| rule.reports) {
        let ids: Vec<String> = rule.tags.iter().filter_map(|tag| attack::id_of(tag)).collect();
        assert!(!ids.is_empty(), "{}: no technique", rule.name);
        let technique = |id: &String| {
            let known = attack::technique(id);
            known.unwrap_or_else(|| panic!("{}: {id} is not in src/known/attack.tsv", rule.name))
        };
        let techniques: Vec<attack::Technique> = ids.iter().map(technique).collect();
        // A tactic that no technique of the rule serves would put it in the wrong column.
        let tactics = rule.tags.iter().filter_map(|tag| tag.strip_prefix("attack."));
        for tactic in tactics.filter(|tactic| attack::TACTICS.iter().any(|(known, _)| known == tactic)) {
            let served = techniques.iter().any(|technique| technique.tactics().any(|of| of == tactic));
            if !served {
                wrong.push(format!("{}: no technique of it serves {tactic}", rule.name));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// As with every other output, a layer that exists is not written over, and whoever meant to is told how.
#[test]
fn a_layer_that_exists_is_replaced_on_demand_only() {
    let folder = tempfile::tempdir().unwrap();
    let layer = folder.path().join("layer.json");
    std::fs::write(&layer, "mine").unwrap();
    let command = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_trailsift"));
        command.args(["rules", "coverage", "--layer"]).arg(&layer).args(more);
        command.env("XDG_CONFIG_HOME", folder.path().join("none")).current_dir(folder.path());
        command.output().unwrap()
    };
    let refused = command(&[]);
    assert!(!refused.status.success() && refused.stdout.is_empty());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("exists; --force replaces it"));
    assert_eq!(std::fs::read_to_string(&layer).unwrap(), "mine");
    assert!(command(&["--force"]).status.success());
    assert_ne!(std::fs::read_to_string(&layer).unwrap(), "mine");
}

#[test]
fn the_navigator_layer_holds_every_technique() {
    let layer: serde_json::Value = serde_json::from_str(&coverage(&["-f", "navigator"])).unwrap();
    assert_eq!(layer["domain"], "enterprise-attack");
    let rows: serde_json::Value = serde_json::from_str(&coverage(&["-f", "json"])).unwrap();
    let techniques = layer["techniques"].as_array().unwrap();
    assert_eq!(techniques.len(), rows.as_array().unwrap().len());
    assert!(techniques.len() > 20);
    for technique in techniques {
        assert!(technique["score"].as_u64().unwrap() > 0, "{technique}");
    }
    let of = |id: &str| techniques.iter().find(|technique| technique["techniqueID"] == id).unwrap();
    assert_eq!(of("T1562.008")["metadata"], serde_json::json!([{"name": "id in v19", "value": "T1685.002"}]));
    assert_eq!(of("T1098.001")["metadata"], serde_json::json!([]), "the same in both releases");
}

#[test]
fn a_rule_shown_says_its_levels_its_needs_and_its_numbers() {
    for (name, parts) in [
        (
            "enumeration-burst",
            [
                "  low, whatever the outcome\n",
                "distinct derived.action gte 12",
                "raised to high when distinct eventSource gte 8",
            ],
        ),
        (
            "security-group-opened-to-world",
            [
                "  success low, denied low\n",
                "and launch-wizard-opening has not fired\n",
                "What it looks for:\n",
            ],
        ),
        ("impossible-travel", ["Needs:\n  geo-city\n", "500 km apart", "of:\n  - "]),
        ("key-used-after-deletion", ["looked for: ", "opened by: access-key-ended", "after 1m"]),
    ] {
        let shown = rules("show", &[name]);
        parts.iter().for_each(|part| assert!(shown.contains(part), "{name}: {part}\n{shown}"));
    }
}

#[test]
fn what_other_tools_would_not_understand_is_named_and_counted() {
    let said = rules("check", &["--portable"]);
    let (all, last) = said.trim_end().rsplit_once('\n').unwrap();
    assert!(all.contains("`correlation.type: new_terms` other tools refuse it"), "{last}");
    assert!(all.contains("`derived.principal` other tools do not compute it"), "{last}");
    let counts: Vec<usize> = last.split([' ', ',']).filter_map(|word| word.parse().ok()).collect();
    let [total, 0, parts @ ..] = counts.as_slice() else { panic!("{last}") };
    assert_eq!((*total, parts.len()), (parts.iter().sum(), 4), "{last}");
}
