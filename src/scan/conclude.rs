//! The end of a run: what was collected is judged, and what fired is dressed and told.

use std::collections::BTreeSet;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::dress::Ground;
use super::history::Histories;
use super::wants::Times;
use super::{Collected, Options, Progress, Unopened, coverage, dress, evidence, reading, suppress, vendors};
use crate::config::Suppression;
use crate::detect::{Choice, Days, Finished, Firing, Plan, PlanError, finish};
use crate::finding::{Finding, Insufficient, LeftOut, NotEvaluated, RulesHash, Run, Summary, View};
use crate::input::Source;
use crate::known::Known;
use crate::rule::{Rule, RuleIndex, RuleSet};
use crate::text::hex;

/// What a run came to.
#[derive(Debug)]
pub struct Concluded {
    /// What is shown.
    pub view: View,
    /// What rules with habits have learnt, for a baseline file.
    pub habits: Days,
}

/// Judges what was collected and dresses the findings.
pub fn conclude(
    plan: &Plan,
    collected: Collected,
    sources: &[Source],
    unopened: Unopened,
    suppressions: &[Suppression],
    options: &Options,
    progress: &dyn Progress,
) -> Result<Concluded, PlanError> {
    judge(plan, collected, sources, unopened, options).tell(plan, sources, suppressions, options, progress)
}

/// A run whose rules have been judged, before its findings are dressed.
#[derive(Debug)]
pub struct Judgement {
    /// What the rules said. Whoever wants to hear of some firings only leaves the others out.
    pub finished: Finished,
    summary: Summary,
    times: Times,
    histories: Histories,
    interrupted: bool,
}

/// Judges what was collected.
pub fn judge(
    plan: &Plan,
    collected: Collected,
    sources: &[Source],
    unopened: Unopened,
    options: &Options,
) -> Judgement {
    let Collected { mut shard, reports, interrupted } = collected;
    shard.learn_owners(&unopened.owners);
    let mut summary = reading(&shard, reports, unopened, sources);
    let name = |rule: RuleIndex| plan.rules().rules[rule].name.clone();
    let left_out = std::mem::take(&mut shard.tally.left_out).into_iter();
    summary.left_out = left_out.map(|(rule, records)| LeftOut { rule: name(rule), records }).collect();
    summary.left_out.sort();
    let times = std::mem::take(&mut shard.tally.times);
    let holes = coverage::holes(plan, &shard, &options.settings);
    let histories = Histories::of(&shard);
    let finished = finish(plan, shard, options.settings, options.jobs);
    let short = finished.insufficient.iter().map(|(rule, reason)| Insufficient {
        rule: Some(name(*rule)),
        account: None,
        region: None,
        reason: reason.clone(),
    });
    summary.insufficient_baseline = short.chain(holes).collect();
    summary.insufficient_baseline.sort();
    summary.insufficient_baseline.dedup();
    let not_judged = finished
        .not_evaluated
        .iter()
        .map(|(rule, reason)| NotEvaluated { rule: name(*rule), reason: reason.clone() });
    let for_want_of_room = finished
        .left_out
        .iter()
        .map(|(of, reason)| NotEvaluated { rule: (*of).to_owned(), reason: reason.clone() });
    summary.not_evaluated = not_judged.chain(for_want_of_room).collect();
    summary.not_evaluated.sort();
    Judgement { finished, summary, times, histories, interrupted }
}

impl Judgement {
    /// Dresses the findings and tells of the run.
    pub fn tell(
        self,
        plan: &Plan,
        sources: &[Source],
        suppressions: &[Suppression],
        options: &Options,
        progress: &dyn Progress,
    ) -> Result<Concluded, PlanError> {
        let Judgement { mut finished, mut summary, times, histories, interrupted } = self;
        for firing in &mut finished.firings {
            firing.thorough = suppress::ask_of_all(suppressions, &plan.rules().rules[firing.told_as]);
        }
        // Compiling takes longer than reading a small file.
        let mut findings: Vec<Finding> = match finished.firings.is_empty() {
            true => Vec::new(),
            false => dress::findings(
                &evidence_plan(plan, &finished.firings)?,
                &Ground {
                    facts: &finished.facts,
                    chains: &finished.chains,
                    times: &times,
                    histories: &histories,
                },
                finished.firings,
                sources,
                options,
            ),
        };
        summary.suppressions_expired = suppress::apply(&mut findings, suppressions);
        summary.vendors = vendors::named(&findings, &plan.known().accounts);
        let (set, _) = plan.parts();
        let run = Run {
            tool: "trailsift",
            version: env!("CARGO_PKG_VERSION"),
            rules: (0..set.rules.len()).filter(|rule| plan.reports(*rule)).count(),
            rules_hash: RulesHash::later(move || rules_hash(&set)),
            since: options.settings.since,
            until: options.range.until,
            lookback: options.lookback,
            partial: interrupted || progress.stopped(),
            ..Run::default()
        };
        Ok(Concluded { view: View::new(run, summary, findings), habits: finished.habits })
    }
}

/// The rules that fired, compiled for records of which also the fields that findings show are read.
fn evidence_plan(plan: &Plan, firings: &[Firing]) -> Result<Plan, PlanError> {
    let (set, known): (Arc<RuleSet>, Arc<Known>) = plan.parts();
    let rules: BTreeSet<RuleIndex> =
        firings.iter().flat_map(|firing| [firing.rule, firing.told_as]).collect();
    let extra = evidence::fields(&set, &rules);
    Plan::new(set, known, Choice { rules: Some(rules), extra_fields: extra, ..plan.choice().clone() })
}

/// A hash of what the rules say, in sixteen hex digits.
fn rules_hash(set: &RuleSet) -> String {
    let mut rules: Vec<&Rule> = set.rules.iter().collect();
    rules.sort_by(|a, b| a.name.cmp(&b.name));
    let mut hash = Sha256::new();
    rules.into_iter().for_each(|rule| hash.update(set.spelled(rule)));
    hex(&hash.finalize()[..8])
}
