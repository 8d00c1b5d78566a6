//! `trailsift rules coverage` and the catalogue: which techniques which rules see, and what each rule needs.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, ValueEnum};
use serde_json::json;
use trailsift::known::attack::{self, TACTICS};
use trailsift::level::Level;
use trailsift::report::summary::counted;
use trailsift::report::untrusted::{markdown, plain};
use trailsift::rule::{Body, Correlation, CorrelationKind, Rule, RuleSet};

use super::args::RuleChoice;
use super::context::Context;
use super::output::Existing;
use super::{Exit, output, ruleset};

#[derive(Debug, Args)]
pub(crate) struct CoverageArgs {
    #[command(flatten)]
    pub(crate) rules: RuleChoice,

    /// What to print
    #[arg(long, short, value_enum, default_value_t = CoverageFormat::Table)]
    pub(crate) format: CoverageFormat,

    /// Write an ATT&CK Navigator layer to a file, too
    #[arg(long, value_name = "FILE")]
    pub(crate) layer: Option<PathBuf>,

    /// Replace an existing layer file
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CoverageFormat {
    /// Tactics, techniques and the rules that see them
    Table,
    /// The same for programs
    Json,
    /// An ATT&CK Navigator layer
    Navigator,
    /// The catalogue of rules for documents: what each sees, its level, what it needs
    Markdown,
}

/// Runs the command.
pub(crate) fn run(args: &CoverageArgs) -> Result<Exit> {
    let existing = Existing::by(args.force);
    args.layer.iter().try_for_each(|file| existing.refuse(file))?;
    let set = Context::of_folder()?.rules(&args.rules)?;
    let chosen = ruleset::chosen(&args.rules, &set)?;
    let wanted = |number: usize| chosen.as_ref().is_none_or(|chosen| chosen.contains(&number));
    let rules: Vec<&Rule> = (0..set.rules.len())
        .filter(|number| wanted(*number) && set.rules[*number].reports)
        .map(|number| &set.rules[number])
        .collect();
    let by_technique = by_technique(&rules);
    let layer = || serde_json::to_string_pretty(&layer(&by_technique));
    if let Some(path) = &args.layer {
        let text = layer()?;
        output::to_file(path, existing, &mut |out| writeln!(out, "{text}"))?;
    }
    let mut out = output::stdout();
    match args.format {
        CoverageFormat::Table => table(&by_technique, rules.len(), &mut out)?,
        CoverageFormat::Json => {
            let rows: Vec<_> = by_technique
                .iter()
                .map(|(id, rules)| {
                    let known = attack::technique(id);
                    let tactics: Vec<&str> = known.iter().flat_map(|known| known.tactics()).collect();
                    let aliases: Vec<&str> = known.iter().flat_map(|known| known.aliases()).collect();
                    json!({"technique": id, "aliases": aliases, "name": known.map(|known| known.name), "tactics": tactics, "rules": rules})
                })
                .collect();
            serde_json::to_writer_pretty(&mut out, &rows)?;
            writeln!(out)?;
        }
        CoverageFormat::Navigator => writeln!(out, "{}", layer()?)?,
        CoverageFormat::Markdown => catalogue(&set, &rules, &mut out)?,
    }
    Ok(Exit::Done)
}

fn by_technique<'r>(rules: &[&'r Rule]) -> BTreeMap<String, BTreeSet<&'r str>> {
    let mut out: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for rule in rules {
        for id in rule.tags.iter().filter_map(|tag| attack::id_of(tag)) {
            out.entry(id).or_default().insert(&rule.name);
        }
    }
    out
}

fn table(
    by_technique: &BTreeMap<String, BTreeSet<&str>>,
    rules: usize,
    out: &mut impl Write,
) -> io::Result<()> {
    let mut unknown: BTreeSet<&String> = by_technique.keys().collect();
    for (tactic, name) in TACTICS {
        let of_tactic: Vec<(&String, &BTreeSet<&str>, attack::Technique)> = by_technique
            .iter()
            .filter_map(|(id, rules)| Some((id, rules, attack::technique(id)?)))
            .filter(|(_, _, known)| known.tactics().any(|of| of == tactic))
            .collect();
        if of_tactic.is_empty() {
            continue;
        }
        writeln!(out, "{name}")?;
        for (id, rules, known) in of_tactic {
            unknown.remove(id);
            writeln!(out, "  {id:9}  {:3}  {}{}", rules.len(), known.name, later(known))?;
        }
    }
    for id in unknown {
        writeln!(
            out,
            "  {:9}  {:3}  (not in ATT&CK {})",
            plain(id),
            by_technique[id].len(),
            attack::VERSION
        )?;
    }
    writeln!(out, "{}, {}", counted(rules as u64, "rule"), counted(by_technique.len() as u64, "technique"))
}

/// What the later release calls a technique where that is something else.
fn later(known: attack::Technique) -> String {
    let aliases: Vec<&str> = known.aliases().collect();
    if aliases.is_empty() {
        String::new()
    } else {
        format!(" (v{}: {})", attack::ALIASES, aliases.join(", "))
    }
}

/// The file that the ATT&CK Navigator opens (layer format 4.5).
fn layer(by_technique: &BTreeMap<String, BTreeSet<&str>>) -> serde_json::Value {
    let most = by_technique.values().map(BTreeSet::len).max().unwrap_or(1);
    let techniques: Vec<_> = by_technique
        .iter()
        .map(|(id, rules)| {
            let names: Vec<&str> = rules.iter().copied().collect();
            let later: Vec<_> = attack::technique(id)
                .iter()
                .flat_map(|known| known.aliases())
                .map(|alias| json!({"name": format!("id in v{}", attack::ALIASES), "value": alias}))
                .collect();
            json!({"techniqueID": id, "score": rules.len(), "comment": names.join(", "), "enabled": true, "showSubtechniques": true, "metadata": later})
        })
        .collect();
    json!({
        "name": "trailsift",
        "versions": {"attack": attack::VERSION, "navigator": "5.1.0", "layer": "4.5"},
        "domain": "enterprise-attack",
        "description": "What trailsift's rules see in CloudTrail; the score is the number of rules.",
        "filters": {"platforms": ["IaaS", "Identity Provider", "SaaS"]},
        "techniques": techniques,
        "gradient": {"colors": ["#cfe2ff", "#084298"], "minValue": 1, "maxValue": most},
        "hideDisabled": false,
    })
}

/// By folder: rule, what it sees, level, what it needs, techniques.
fn catalogue(set: &RuleSet, rules: &[&Rule], out: &mut impl Write) -> io::Result<()> {
    let mut topics: BTreeMap<&str, Vec<&Rule>> = BTreeMap::new();
    for rule in rules {
        let folders: Vec<&str> = rule.file.split(['/', ':']).collect();
        let topic = folders.len().checked_sub(2).map_or("", |at| folders[at]);
        topics.entry(topic).or_default().push(rule);
    }
    for (topic, mut rules) in topics {
        rules.sort_by(|a, b| a.name.cmp(&b.name));
        writeln!(out, "## {topic}\n")?;
        writeln!(out, "| rule | what it sees | level | needs | ATT&CK |")?;
        writeln!(out, "|---|---|---|---|---|")?;
        for rule in rules {
            let named = |id: String| format!("{id}{}", attack::technique(&id).map(later).unwrap_or_default());
            let techniques: Vec<String> =
                rule.tags.iter().filter_map(|tag| attack::id_of(tag)).map(named).collect();
            writeln!(
                out,
                "| `{}` | {} | {} | {} | {} |",
                plain(&rule.name),
                markdown(&plain(&rule.title)),
                levels(set, rule),
                needs(set, rule).join(", "),
                techniques.join(", ")
            )?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// The rule's level, and all others that its findings may have.
fn levels(set: &RuleSet, rule: &Rule) -> String {
    let mut others = BTreeSet::new();
    possible(set, rule, &mut others);
    others.remove(&rule.level);
    if others.is_empty() {
        return rule.level.to_string();
    }
    let others: Vec<&str> = others.iter().map(|level| level.name()).collect();
    format!("{} ({})", rule.level, others.join(", "))
}

fn possible(set: &RuleSet, rule: &Rule, levels: &mut BTreeSet<Level>) {
    let extension = &rule.extension;
    levels.extend(extension.escalate.iter().map(|escalation| escalation.level));
    levels.extend(extension.habit.as_ref().map(|habit| habit.level));
    match (&rule.body, &extension.outcomes) {
        // What is told in this rule's name has the level that the part gives it.
        (Body::Correlation(Correlation { kind: CorrelationKind::Any, rules, .. }), _) => {
            rules.iter().for_each(|part| possible(set, &set.rules[*part], levels));
        }
        (_, Some(outcomes)) => {
            levels.extend([outcomes.success, outcomes.denied, outcomes.failed].into_iter().flatten());
        }
        (_, None) => levels.extend([rule.level]),
    }
}

/// What a rule needs besides events: history, databases, configuration.
pub(crate) fn needs(set: &RuleSet, rule: &Rule) -> Vec<String> {
    let mut out: Vec<String> = rule.extension.needs.iter().map(|need| need.word().to_owned()).collect();
    if let Body::Correlation(correlation) = &rule.body {
        match &correlation.kind {
            CorrelationKind::NewTerms(terms) => {
                out.push(format!("{} of history", terms.learning));
            }
            CorrelationKind::Spike(spike) => out.push(format!("{} of history", spike.lookback)),
            _ => {}
        }
        for part in &correlation.rules {
            out.extend(needs(set, &set.rules[*part]));
        }
    }
    let mut seen = BTreeSet::new();
    out.retain(|need| seen.insert(need.clone()));
    out
}
