//! `trailsift rules`.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use trailsift::derive::FIELDS;
use trailsift::report::summary::counted;
use trailsift::report::untrusted::plain;
use trailsift::rule::{self, Body, Rule, RuleSet};
use trailsift::scan::trial::{self, Plans, Trial};

use super::args::{
    RuleChoice, RulesArgs, RulesCheckArgs, RulesCommand, RulesListArgs, RulesShowArgs, RulesTestArgs,
};
use super::context::Context;
use super::{Exit, junit, output, rule_words, ruleset};

/// Runs a rules command.
pub(crate) fn run(args: &RulesArgs) -> Result<Exit> {
    match &args.command {
        RulesCommand::List(args) => list(args),
        RulesCommand::Show(args) => show(args),
        RulesCommand::Check(args) => check(args),
        RulesCommand::Test(args) => test(args),
        RulesCommand::Coverage(args) => super::coverage::run(args),
        RulesCommand::Fields => fields(),
    }
}

/// What kind of rule it is, in a word.
fn kind(rule: &Rule) -> &'static str {
    match &rule.body {
        Body::Detection(_) => "detection",
        Body::Correlation(correlation) => correlation.kind.name(),
    }
}

fn list(args: &RulesListArgs) -> Result<Exit> {
    let set = Context::of_folder()?.rules(&args.rules)?;
    let chosen = ruleset::chosen(&args.rules, &set)?;
    let wanted = |number: usize| chosen.as_ref().is_none_or(|chosen| chosen.contains(&number));
    let rules =
        set.rules.iter().enumerate().filter(|(i, rule)| rule.reports && wanted(*i)).map(|(_, rule)| rule);
    let mut rules: Vec<&Rule> = rules.collect();
    rules.sort_by(|a, b| b.level.cmp(&a.level).then_with(|| a.name.cmp(&b.name)));
    let mut out = output::stdout();
    if args.json {
        let rows: Vec<serde_json::Value> = rules.iter().map(|rule| describe(rule)).collect();
        serde_json::to_writer_pretty(&mut out, &rows)?;
        writeln!(out)?;
        return Ok(Exit::Done);
    }
    let wide = rules.iter().map(|rule| plain(&rule.name).len()).max().unwrap_or(0);
    for rule in &rules {
        writeln!(
            out,
            "{:13}  {:wide$}  {:16}  {}",
            rule.level.name(),
            plain(&rule.name),
            kind(rule),
            plain(&rule.title)
        )?;
    }
    writeln!(out, "{}", counted(rules.len() as u64, "rule"))?;
    Ok(Exit::Done)
}

fn describe(rule: &Rule) -> serde_json::Value {
    serde_json::json!({
        "name": rule.name, "id": rule.id, "title": rule.title, "level": rule.level, "kind": kind(rule),
        "tags": rule.tags, "file": rule.file, "description": rule.description,
        "falsepositives": rule.falsepositives, "references": rule.references,
    })
}

fn show(args: &RulesShowArgs) -> Result<Exit> {
    let set = Context::of_folder()?.rules(&args.rules)?;
    let Some((_, rule)) = set.find(&args.name) else {
        bail!("no rule has the name or id `{}`; {}", args.name, set.hint(&args.name));
    };
    let mut out = output::stdout();
    writeln!(out, "{} ({}, {})", plain(&rule.name), rule.level, kind(rule))?;
    writeln!(out, "{}\n", plain(&rule.title))?;
    for line in rule.description.lines() {
        writeln!(out, "{}", plain(line))?;
    }
    let lists =
        [("False positives", &rule.falsepositives), ("References", &rule.references), ("Tags", &rule.tags)];
    for (title, entries) in lists {
        if !entries.is_empty() {
            writeln!(out, "\n{title}:")?;
            for entry in entries {
                writeln!(out, "  {}", plain(entry))?;
            }
        }
    }
    rule_words::levels(&set, rule, &mut out)?;
    writeln!(out, "\nWhat it looks for:")?;
    rule_words::logic(&set, rule, 1, &mut out)?;
    writeln!(out, "\n{}:{}", plain(&rule.file), rule.place.line)?;
    Ok(Exit::Done)
}

/// The rules of a command that takes paths: those, besides the built-in ones they may refer to; or the built-in ones.
fn of_paths(paths: &[PathBuf]) -> Result<RuleSet> {
    let choice = RuleChoice {
        rules: paths.to_vec(),
        no_builtin_rules: false,
        rule: Vec::new(),
        exclude_rule: Vec::new(),
    };
    Context::of_folder()?.rules(&choice)
}

fn concerns(rule: &Rule, paths: &[PathBuf]) -> bool {
    paths.is_empty() || !rule.file.starts_with("builtin:")
}

fn check(args: &RulesCheckArgs) -> Result<Exit> {
    let set = of_paths(&args.paths)?;
    let mut out = output::stdout();
    let rules: Vec<&Rule> = set.rules.iter().filter(|rule| concerns(rule, &args.paths)).collect();
    let mine = |file: &str| args.paths.is_empty() || !file.starts_with("builtin:");
    for notice in set.notices.iter().filter(|notice| mine(&notice.file)) {
        writeln!(
            out,
            "notice: {}:{}: `{}` left out: {}",
            plain(&notice.file),
            notice.place.line,
            plain(&notice.title),
            notice.reason
        )?;
    }
    for replaced in &set.replaced {
        writeln!(
            out,
            "notice: {}:{}: stands in for the built-in rule `{}`",
            plain(&replaced.file),
            replaced.place.line,
            plain(&replaced.rule)
        )?;
    }
    let files = if args.paths.is_empty() { rule::builtin() } else { rule::read_paths(&args.paths)? };
    let lints = ruleset::lints(&set, &files);
    for lint in &lints {
        writeln!(
            out,
            "warning: {}:{}: `{}` {}",
            plain(&lint.file),
            lint.place.line,
            plain(&lint.rule),
            plain(&lint.message)
        )?;
    }
    // What another Sigma tool makes of a rule: refuses it, lacks its fields, only tells it otherwise, or the same.
    let mut others = [0; 4];
    if args.portable {
        for rule in &rules {
            let uses = rule::not_portable(rule);
            let refused = uses.iter().any(|(_, _, why)| why.contains("refuse"));
            let lacking = uses.iter().any(|(key, _, _)| key.starts_with("derived."));
            let at = match (refused, lacking) {
                (true, _) => 0,
                (false, true) => 1,
                (false, false) => 2 + usize::from(uses.is_empty()),
            };
            others[at] += 1;
            for (key, place, why) in uses {
                writeln!(
                    out,
                    "not portable: {}:{}: `{}` {}",
                    plain(&rule.file),
                    place.line,
                    plain(&key),
                    why
                )?;
            }
        }
    }
    write!(out, "{}, {}", counted(rules.len() as u64, "rule"), counted(lints.len() as u64, "warning"))?;
    if args.portable {
        let [refused, lacking, told, same] = others;
        write!(
            out,
            "; other Sigma tools refuse {refused}, lack fields of {lacking}, tell {told} their own way and read {same} alike"
        )?;
    }
    writeln!(out)?;
    Ok(Exit::Done)
}

fn test(args: &RulesTestArgs) -> Result<Exit> {
    args.junit.iter().try_for_each(|file| junit::refuse_another(file))?;
    let set = Arc::new(of_paths(&args.paths)?);
    let folder = match &args.events {
        Some(folder) => folder.clone(),
        None => events_folder(&args.paths)?,
    };
    let files =
        trial::files(&folder).with_context(|| format!("cannot read the events in {}", folder.display()))?;
    let mut plans = Plans::new(set.clone()).map_err(anyhow::Error::msg)?;
    let mut trials: Vec<Trial> = Vec::new();
    for (rule, files) in &files {
        for file in files {
            let plan = plans.of(file).map_err(anyhow::Error::msg)?;
            trials.push(trial::run(plan, rule, file));
        }
    }
    for rule in set.rules.iter().filter(|rule| rule.reports && concerns(rule, &args.paths)) {
        let of_rule = files.get(&rule.name).map(Vec::as_slice).unwrap_or_default();
        let lacks = |fires: bool| !of_rule.iter().any(|file| trial::must_fire(file) == fires);
        for (fires, name) in [(true, "fires.json"), (false, "quiet.json")] {
            if lacks(fires) {
                let file = folder.join(&rule.name).join(name);
                trials.push(Trial {
                    rule: rule.name.clone(),
                    file,
                    failure: Some("the rule has no such events".to_owned()),
                });
            }
        }
    }
    let failed: Vec<&Trial> = trials.iter().filter(|trial| trial.failure.is_some()).collect();
    let mut out = output::stdout();
    for trial in &failed {
        let reason = trial.failure.as_deref().unwrap_or_default();
        let file = trial.file.display().to_string();
        writeln!(out, "FAILED {} {}: {}", plain(&trial.rule), plain(&file), plain(reason))?;
    }
    writeln!(
        out,
        "{} of {} files of events as expected, {}",
        trials.len() - failed.len(),
        trials.len(),
        counted(files.len() as u64, "rule")
    )?;
    if let Some(path) = &args.junit {
        output::to_file(path, output::Existing::IsReplaced, &mut |out| junit::write(&trials, out))?;
    }
    Ok(if failed.is_empty() { Exit::Done } else { Exit::Found })
}

/// Where events are looked for: beside the rules, or where this project keeps its own.
fn events_folder(paths: &[PathBuf]) -> Result<PathBuf> {
    let beside = paths
        .iter()
        .map(|path| if path.is_dir() { path.join("tests") } else { path.with_file_name("tests") });
    let own = [PathBuf::from("testdata/rules")];
    let found = beside.chain(own).find(|folder| folder.is_dir());
    found.context(
        "no folder of events: name one with --events DIR (it holds RULE/fires.json and RULE/quiet.json)",
    )
}

fn fields() -> Result<Exit> {
    let mut out = output::stdout();
    let wide = FIELDS.iter().map(|field| field.name.len()).max().unwrap_or(0);
    for field in FIELDS {
        writeln!(out, "{:wide$}  {}", field.name, field.meaning)?;
    }
    Ok(Exit::Done)
}
