//! Configuration: the file named, else the folder's over the user's own; and `trailsift config`.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use etcetera::BaseStrategy;
use trailsift::config::{Config, Suppression};
use trailsift::finding;
use trailsift::known::{Geo, Known, geo};
use trailsift::report::summary::counted;
use trailsift::rule::{Bent, Options, RuleSet};
use trailsift::text::nearest;
use trailsift::time::Timestamp;

use super::args::{ConfigArgs, ConfigCommand, ContextArgs, RuleChoice};
use super::ruleset::Own;
use super::used::Used;
use super::{Exit, meant, output, ruleset, times};

/// The configuration of whatever folder a command is run from.
pub(super) const OF_FOLDER: &str = "trailsift.toml";

/// The configuration that holds, and what is known by it.
pub(crate) struct Context {
    pub(crate) config: Config,
    pub(crate) known: Known,
    /// The files it came from.
    files: Vec<PathBuf>,
    /// Whether nobody named them.
    found: bool,
    /// What it made of the rules, once they are loaded.
    bent: Bent,
    /// The rules of `--rules`, once they are loaded.
    own: Own,
}

impl Context {
    /// Reads the configuration and opens the databases that the command line or the configuration names.
    pub(crate) fn load(args: &ContextArgs) -> Result<Context> {
        let (config, files) = read(args.config.as_deref())?;
        let mut known = config.known().map_err(anyhow::Error::msg).with_context(|| named(&files))?;
        suppressible(&config).with_context(|| named(&files))?;
        let named =
            if args.geoip.is_empty() { config.geoip.clone().unwrap_or_default() } else { args.geoip.clone() };
        let mut databases = Vec::new();
        for path in &named {
            let files = geo::files(path).with_context(|| format!("--geoip {}", path.display()))?;
            if files.is_empty() {
                bail!("--geoip {}: no database (.mmdb) in this folder", path.display());
            }
            databases.extend(files);
        }
        if !databases.is_empty() {
            known.geo = Some(Geo::open(&databases)?);
        }
        Ok(Context {
            config,
            known,
            files,
            found: args.config.is_none(),
            bent: Bent::default(),
            own: Own::default(),
        })
    }

    /// What whoever reads an answer must hear of the configuration, once the rules are loaded.
    pub(crate) fn used(&self) -> Used {
        let files = self.files.iter().map(|file| file.display().to_string()).collect();
        let of_folder = self.found && self.files.iter().any(|file| file == Path::new(OF_FOLDER));
        Used {
            files,
            of_folder,
            among_logs: false,
            bent: self.bent.clone(),
            only: Vec::new(),
            own: self.own.clone(),
        }
    }

    /// The configuration of the current folder and user, without databases.
    pub(crate) fn of_folder() -> Result<Context> {
        Context::load(&ContextArgs {
            config: std::env::var_os("TRAILSIFT_CONFIG").map(PathBuf::from),
            geoip: Vec::new(),
        })
    }

    /// The rules that were asked for, bent by the configuration.
    pub(crate) fn rules(&mut self, choice: &RuleChoice) -> Result<RuleSet> {
        self.load_rules(choice, false)
    }

    /// As [`Context::rules`], without what only explanations need.
    pub(crate) fn brief_rules(&mut self, choice: &RuleChoice) -> Result<RuleSet> {
        self.load_rules(choice, true)
    }

    /// The suppressions whose rule looks misspelt. One that is like no other may be for a rule that is not at hand.
    pub(crate) fn misspelt(&self, set: &RuleSet) -> Vec<String> {
        let suppressions = self.config.suppress.iter().flatten().enumerate();
        let slip = |(at, suppression): (usize, &Suppression)| {
            let rule = suppression.rule.as_str();
            let unknown = rule != "*" && set.find(rule).is_none();
            let near = unknown.then(|| nearest(rule, set.rules.iter().map(|rule| rule.name.as_str())))??;
            Some(format!("suppress entry {}: no rule is named `{rule}`; did you mean `{near}`?", at + 1))
        };
        suppressions.filter_map(slip).collect()
    }

    /// The suppressions whose last day is over.
    fn ended(&self, now: Timestamp) -> impl Iterator<Item = String> {
        let suppressions = self.config.suppress.iter().flatten().enumerate();
        suppressions.filter_map(move |(at, suppression)| {
            let day = suppression.expires.as_ref()?;
            let over = day.begins().is_some_and(|end| end <= now);
            let ended = format!("suppress entry {} ended on {}", at + 1, day.text());
            over.then(|| format!("{ended}: what was seen since is reported again"))
        })
    }

    fn load_rules(&mut self, choice: &RuleChoice, brief: bool) -> Result<RuleSet> {
        let lists = self.config.lists.clone().unwrap_or_default();
        let (mut set, own) = ruleset::load(choice, &Options { brief, ..ruleset::options(lists) })?;
        self.own = own;
        if let Some(settings) = &self.config.rules {
            self.bent = set.bend(settings).map_err(anyhow::Error::msg).with_context(|| named(&self.files))?;
        }
        Ok(set)
    }
}

/// A field that findings do not have would silently suppress nothing.
fn suppressible(config: &Config) -> Result<()> {
    let suppressions = config.suppress.iter().flatten().enumerate();
    let asked: Vec<(usize, &String)> =
        suppressions.flat_map(|(at, of)| of.fields.keys().map(move |field| (at, field))).collect();
    // The list of fields is only made when it is needed: it takes as long as a short scan.
    let fields = if asked.is_empty() { BTreeSet::new() } else { finding::fields() };
    for (at, field) in asked {
        if !fields.contains(field) && !field.starts_with("evidence.raw.") {
            let hint = meant(field, fields.iter().map(String::as_str));
            bail!("suppress entry {}: findings have no field `{field}`{hint}", at + 1);
        }
    }
    Ok(())
}

fn named(files: &[PathBuf]) -> String {
    let names: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
    format!("in the configuration {}", names.join(" over "))
}

fn read(named: Option<&Path>) -> Result<(Config, Vec<PathBuf>)> {
    if let Some(path) = named {
        return Ok((Config::read(path)?, vec![path.to_owned()]));
    }
    let own = etcetera::choose_base_strategy()
        .ok()
        .map(|base| base.config_dir().join("trailsift").join("config.toml"));
    let files: Vec<PathBuf> =
        [Some(PathBuf::from(OF_FOLDER)), own].into_iter().flatten().filter(|p| p.exists()).collect();
    let mut config = Config::default();
    for file in &files {
        config = config.over(Config::read(file)?);
    }
    Ok((config, files))
}

/// Runs `trailsift config`.
pub(crate) fn run(args: &ConfigArgs) -> Result<Exit> {
    let mut out = output::stdout();
    match &args.command {
        ConfigCommand::Example => out.write_all(trailsift::config::EXAMPLE.as_bytes())?,
        ConfigCommand::Check(args) => {
            let mut context = Context::load(args)?;
            let choice = RuleChoice {
                rules: Vec::new(),
                no_builtin_rules: false,
                rule: Vec::new(),
                exclude_rule: Vec::new(),
            };
            let set = context.rules(&choice)?;
            if let Some(slip) = context.misspelt(&set).into_iter().next() {
                return Err(anyhow::Error::msg(slip)).with_context(|| named(&context.files));
            }
            if context.files.is_empty() {
                writeln!(out, "no configuration file: `trailsift config example` prints one to start from")?;
            }
            for file in &context.files {
                writeln!(out, "{}: fine", file.display())?;
            }
            for ended in context.ended(times::now()) {
                writeln!(out, "{ended}")?;
            }
            let known = &context.known;
            let config = &context.config;
            let count = |n: usize, what: &str| counted(n as u64, what);
            writeln!(
                out,
                "{}, {} of the organization, {}, {}, {}",
                count(known.accounts.own.len(), "own account"),
                known.accounts.organization.len(),
                count(known.accounts.vendors.len(), "vendor"),
                count(known.networks.known.len(), "network"),
                count(config.suppress.as_ref().map_or(0, Vec::len), "suppression"),
            )?;
        }
    }
    Ok(Exit::Done)
}
