//! Rules tried on their own events: where they must fire, and where they must not.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::config::Config;
use crate::detect::{Choice, Plan};
use crate::input::Source;
use crate::known::{Geo, geo};
use crate::level::Level;
use crate::rule::RuleSet;

use super::{Options, Silent, Unopened, collect, conclude};

/// One file of events, tried.
#[derive(Clone, Debug)]
pub struct Trial {
    /// The rule's name: the folder's.
    pub rule: String,
    /// The file.
    pub file: PathBuf,
    /// What was wrong; `None` when all went as the file's name says.
    pub failure: Option<String>,
}

/// What a file's name asks for.
enum Expected {
    /// At least one finding; of this level, if one is named.
    Fires(Option<Level>),
    /// None.
    Quiet,
}

/// The files of events below a folder, by rule: `RULE/fires*.json`, `RULE/quiet*.json`.
pub fn files(folder: &Path) -> std::io::Result<BTreeMap<String, Vec<PathBuf>>> {
    let mut all: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if !path.is_dir() {
            continue;
        }
        let rule = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let of_rule = all.entry(rule).or_default();
        for entry in std::fs::read_dir(&path)? {
            let file = entry?.path();
            // One whose name is a slip fails when it is tried: left out, it would pass for tried.
            let name = file.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
            let extension = file.extension().unwrap_or_default();
            let events = ["fires", "quiet"].iter().any(|word| name.starts_with(word))
                || ((extension == "json" || extension == "jsonl") && !name.starts_with('.'));
            if events && extension != "toml" && file.is_file() {
                of_rule.push(file);
            }
        }
        of_rule.sort();
    }
    Ok(all)
}

/// Reads `fires.json`, `fires-LABEL.json`, `fires.LEVEL.json`, `fires-LABEL.LEVEL.json` and the same with `quiet`.
fn expected(file: &Path) -> Option<Expected> {
    let name = file.file_name()?.to_str()?;
    let stem = name.strip_suffix(".json").or_else(|| name.strip_suffix(".jsonl"))?;
    let (label, level) = match stem.split_once('.') {
        Some((label, level)) => (label, Some(level.parse().ok()?)),
        None => (stem, None),
    };
    match label.split('-').next()? {
        "fires" => Some(Expected::Fires(level)),
        "quiet" => Some(Expected::Quiet),
        _ => None,
    }
}

/// Whether the file asks for findings.
pub fn must_fire(file: &Path) -> bool {
    matches!(expected(file), Some(Expected::Fires(_)))
}

/// Plans to try events on: one for most of them, and one for each configuration.
pub struct Plans {
    set: Arc<RuleSet>,
    plain: Plan,
    configured: BTreeMap<PathBuf, Plan>,
}

impl Plans {
    /// Plans for these rules.
    pub fn new(set: Arc<RuleSet>) -> Result<Plans, String> {
        let plain = Plan::new(set.clone(), Arc::default(), Choice::default()).map_err(|e| e.to_string())?;
        Ok(Plans { set, plain, configured: BTreeMap::new() })
    }

    /// The plan with the configuration that stands beside a file of events, if one does: `quiet-office.toml` beside
    /// `quiet-office.json`, or `trailsift.toml` for all files of the folder. Geo databases are those it names.
    pub fn of(&mut self, events: &Path) -> Result<&Plan, String> {
        let beside = [events.with_extension("toml"), events.with_file_name("trailsift.toml")];
        let Some(file) = beside.into_iter().find(|file| file.is_file()) else { return Ok(&self.plain) };
        match self.configured.entry(file) {
            Entry::Occupied(plan) => Ok(plan.into_mut()),
            Entry::Vacant(none) => {
                let plan = configured(&self.set, none.key())?;
                Ok(none.insert(plan))
            }
        }
    }
}

fn configured(set: &Arc<RuleSet>, file: &Path) -> Result<Plan, String> {
    let config = Config::read(file).map_err(|error| error.to_string())?;
    let mut known = config.known()?;
    let mut databases = Vec::new();
    for path in config.geoip.iter().flatten() {
        databases.extend(geo::files(path).map_err(|error| format!("{}: {error}", path.display()))?);
    }
    if !databases.is_empty() {
        known.geo = Some(Geo::open(&databases).map_err(|error| error.to_string())?);
    }
    Plan::new(set.clone(), Arc::new(known), Choice::default()).map_err(|error| error.to_string())
}

/// Tries one file of events on a plan.
pub fn run(plan: &Plan, rule: &str, file: &Path) -> Trial {
    let failure = attempt(plan, rule, file).err();
    Trial { rule: rule.to_owned(), file: file.to_owned(), failure }
}

fn attempt(plan: &Plan, rule: &str, file: &Path) -> Result<(), String> {
    let expected =
        expected(file).ok_or("expected a name such as fires.json, fires-denied.low.json or quiet.json")?;
    let Some(tried) = plan.rules().rules.iter().find(|known| known.name == rule) else {
        return Err(format!("no rule is named `{rule}`"));
    };
    if !tried.reports {
        return Err("the rule tells nothing itself: try the one that builds on it".to_owned());
    }
    let sources = [Source::file(file)];
    let options = Options { jobs: 1, evidence: 1, ..Options::default() };
    let collected = collect(plan, &sources, &options, &Silent);
    let concluded = conclude(plan, collected, &sources, Unopened::default(), &[], &options, &Silent)
        .map_err(|e| e.to_string())?;
    let view = concluded.view;
    if let Some(skipped) = view.summary.skipped.first() {
        return Err(format!("the events cannot be read: {}", skipped.reason));
    }
    if view.summary.events == 0 {
        return Err("no event in this file".to_owned());
    }
    // A rule that does not run is quiet about everything.
    if let Some(lacking) = view.summary.not_evaluated.iter().find(|lacking| lacking.rule == rule) {
        return Err(format!("not evaluated: {}", lacking.reason));
    }
    let found: Vec<_> = view.findings.iter().filter(|finding| finding.rule.name == rule).collect();
    let levels = || found.iter().map(|finding| finding.level.name()).collect::<Vec<_>>().join(", ");
    match expected {
        Expected::Fires(_) if found.is_empty() => {
            let insufficient =
                view.summary.insufficient_baseline.iter().find(|i| i.rule.as_deref() == Some(rule));
            Err(match insufficient {
                Some(insufficient) => format!("did not fire: {}", insufficient.reason),
                None => "did not fire".to_owned(),
            })
        }
        Expected::Fires(Some(level)) if !found.iter().any(|finding| finding.level == level) => {
            Err(format!("fired at {}, expected {level}", levels()))
        }
        Expected::Quiet if !found.is_empty() => Err(format!("fired at {}: {}", levels(), found[0].title)),
        Expected::Fires(_) | Expected::Quiet => Ok(()),
    }
}
