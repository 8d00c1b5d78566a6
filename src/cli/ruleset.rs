//! The rules that were asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use trailsift::derive::FIELDS;
use trailsift::known::attack;
use trailsift::report::summary::counted;
use trailsift::rule::lint::{self, Lint};
use trailsift::rule::slips::{Words, slips};
use trailsift::rule::{self, Options, RuleFile, RuleIndex, RuleSet};
use trailsift::text::few;

use super::args::{PartArgs, RuleChoice};

/// What rules may refer to.
pub(crate) fn options(lists: BTreeMap<String, Vec<String>>) -> Options {
    Options { lists, derived: FIELDS.iter().map(|field| field.name).collect(), brief: false }
}

/// The files of `--rules`, and what came of them that nobody may have meant.
#[derive(Clone, Debug, Default)]
pub(crate) struct Own {
    files: Arc<[RuleFile]>,
    told: Vec<String>,
}

impl Own {
    /// What came of them, in words; slips are looked for here, as that takes longer than to load the rules.
    pub(crate) fn told(&self) -> impl Iterator<Item = String> {
        self.told.iter().cloned().chain(in_vain(&self.files))
    }
}

/// Loads the built-in rules, unless left out, and those of `--rules`.
pub(crate) fn load(choice: &RuleChoice, options: &Options) -> Result<(RuleSet, Own)> {
    let mut layers: Vec<Vec<RuleFile>> = Vec::new();
    if !choice.no_builtin_rules {
        layers.push(rule::builtin());
    }
    if !choice.rules.is_empty() {
        layers.push(rule::read_paths(&choice.rules)?);
    }
    if layers.is_empty() {
        bail!("no rules: --no-builtin-rules leaves nothing to run; name your own with --rules PATH");
    }
    let set = rule::load(&layers, options)?;
    let left_out = left_out(&set);
    if !set.rules.iter().any(|rule| rule.reports) {
        let why = left_out.map_or_else(String::new, |told| format!(": {told}"));
        bail!("none of the rules reports anything{why}");
    }
    let told = replaced(&set).into_iter().chain(left_out).collect();
    let own = if choice.rules.is_empty() { None } else { layers.pop() };
    Ok((set, Own { files: own.unwrap_or_default().into(), told }))
}

/// The rules whose findings are wanted; `None` means all.
pub(crate) fn chosen(choice: &RuleChoice, set: &RuleSet) -> Result<Option<BTreeSet<RuleIndex>>> {
    if choice.rule.is_empty() && choice.exclude_rule.is_empty() {
        return Ok(None);
    }
    let find = |name: &String| -> Result<RuleIndex> {
        set.find(name)
            .map(|(number, _)| number)
            .with_context(|| format!("no rule has the name or id `{name}`; {}", set.hint(name)))
    };
    let mut wanted: BTreeSet<RuleIndex> = choice.rule.iter().map(find).collect::<Result<_>>()?;
    if choice.rule.is_empty() {
        wanted.extend(0..set.rules.len());
    }
    for name in &choice.exclude_rule {
        wanted.remove(&find(name)?);
    }
    if !wanted.iter().any(|number| set.rules[*number].reports) {
        bail!("none of the chosen rules reports findings of its own");
    }
    Ok(Some(wanted))
}

/// What was asked for alone, in words: rules, accounts, regions.
pub(crate) fn only(choice: &RuleChoice, part: &PartArgs, set: &RuleSet) -> Vec<String> {
    let name = |typed: &String| set.find(typed).map_or(typed.clone(), |(_, rule)| rule.name.clone());
    let own = (choice.no_builtin_rules).then(|| "rules of one's own".to_owned());
    let rules = choice.rule.iter().map(|rule| format!("rule {}", name(rule)));
    let others = choice.exclude_rule.iter().map(|rule| format!("rules other than {}", name(rule)));
    let accounts = part.account.iter().map(|account| format!("account {account}"));
    let regions = part.region.iter().map(|region| format!("region {region}"));
    own.into_iter().chain(rules).chain(others).chain(accounts).chain(regions).collect()
}

/// Everything to mend in the rules of these files, of which the set is made.
pub(crate) fn lints(set: &RuleSet, files: &[RuleFile]) -> Vec<Lint> {
    let mine = |lint: &Lint| files.iter().any(|file| file.name == lint.file);
    let mut lints: Vec<Lint> = lint::lint(set).into_iter().filter(mine).collect();
    lints.extend(slipped(files));
    lints.sort_by(|a, b| (&a.file, a.place, &a.message).cmp(&(&b.file, b.place, &b.message)));
    lints
}

/// What these rules name that there is not.
fn slipped(files: &[RuleFile]) -> Vec<Lint> {
    let tactics = attack::TACTICS.iter().map(|(tactic, _)| *tactic).chain(attack::LATER_TACTICS);
    let tactics: Vec<&str> = tactics.collect();
    slips(files, Words { message: &trailsift::scan::words(), tactics: &tactics })
}

/// The built-in rules that others stand in for, in words.
fn replaced(set: &RuleSet) -> Option<String> {
    let named = few(set.replaced.iter().map(|replaced| &replaced.rule), 3);
    let rules = counted(set.replaced.len() as u64, "built-in rule");
    (!set.replaced.is_empty()).then(|| format!("{rules} replaced by those of --rules: {named}"))
}

/// The rules that are for other logs, in words: a slip in `logsource` makes one of them.
fn left_out(set: &RuleSet) -> Option<String> {
    let named = set.notices.iter().map(|of| format!("{}:{} ({})", of.file, of.place.line, of.reason));
    let rules = counted(set.notices.len() as u64, "rule");
    (!set.notices.is_empty()).then(|| format!("{rules} of --rules left out: {}", few(named, 3)))
}

/// That rules ask for what no event has, in words.
fn in_vain(files: &[RuleFile]) -> Option<String> {
    let slips = slipped(files);
    let first = slips.first()?;
    let more = match slips.len() {
        1 => String::new(),
        all => format!("; {} more are told by `trailsift rules check`", all - 1),
    };
    Some(format!("{}:{}: `{}` {}{more}", first.file, first.place.line, first.rule, first.message))
}
