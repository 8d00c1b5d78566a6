//! References between rules: resolved, ordered so that referred rules come first, and built.

use std::collections::{BTreeSet, HashMap};

use super::correlation::{self, DraftKind};
use super::document::{Draft, DraftBody, Name};
use super::error::{Code, Problem};
use super::files::RuleFile;
use super::load::{Errors, Notice, name};
use super::names::{Names, unknown};
use super::{
    Body, Correlation, CorrelationKind, Escalation, Expr, GroupField, NewTerms, PolicyWeakened, Rule,
    RuleIndex, RuleSet, When,
};
use crate::level::Level;

/// Where a reference leads.
enum Target {
    Rule(usize),
    LeftOut,
}

/// The set; what is wrong goes to `errors`.
pub(super) fn link(drafts: Vec<Draft>, files: &[&RuleFile], errors: &mut Errors<'_>) -> RuleSet {
    let (joined, notices) = Linker { drafts: &drafts, files, names: Names::of(&drafts) }.join(errors);
    let silent: Vec<RuleIndex> = joined.iter().flat_map(|joint| joint.silences.clone()).collect();
    let mut drafts: Vec<Option<Draft>> = drafts.into_iter().map(Some).collect();
    let take = |joint: Joint| drafts[joint.draft].take().map(|draft| rule(draft, joint, files));
    let mut rules = Vec::with_capacity(joined.len());
    rules.extend(joined.into_iter().filter_map(take));
    silent.into_iter().for_each(|number| rules[number].reports = false);
    RuleSet { rules, notices, replaced: Vec::new() }
}

/// What a draft's references have come to.
struct Joint {
    draft: usize,
    /// For each escalation, the rules it names.
    escalate: Vec<Vec<When>>,
    correlation: Option<Correlation>,
    /// Rules that only report through this one.
    silences: Vec<RuleIndex>,
}

/// How far the references of a rule have been followed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Visit {
    None,
    /// To be met again now is to have come in a circle.
    Begun,
    Done,
}

/// Joins rules to the rules they refer to.
struct Linker<'d> {
    drafts: &'d [Draft],
    files: &'d [&'d RuleFile],
    names: Names<'d>,
}

impl Linker<'_> {
    /// Every rule's references, the referred rules first.
    fn join(&self, errors: &mut Errors<'_>) -> (Vec<Joint>, Vec<Notice>) {
        let mut notices = Vec::new();
        let mut left_out = BTreeSet::new();
        for (i, draft) in self.drafts.iter().enumerate() {
            if !draft.meta.logsource.is_cloudtrail() {
                left_out.insert(i);
                notices.push(
                    self.notice(draft, format!("for {}, not AWS CloudTrail", draft.meta.logsource.words())),
                );
            }
        }
        // A correlation over something left out cannot be judged either; repeat until nothing changes.
        loop {
            let before = left_out.len();
            for (i, draft) in self.drafts.iter().enumerate() {
                let lost = self
                    .references(draft)
                    .into_iter()
                    .find(|name| matches!(self.target(name, &left_out), Some(Target::LeftOut)));
                if let (Some(lost), false) = (lost, left_out.contains(&i)) {
                    left_out.insert(i);
                    notices
                        .push(self.notice(draft, format!("refers to `{}`, which was left out", lost.text)));
                }
            }
            if left_out.len() == before {
                break;
            }
        }
        let order = self.order(&left_out, errors);
        (self.resolve(&order, &left_out, errors), notices)
    }

    fn notice(&self, draft: &Draft, reason: String) -> Notice {
        let file = self.files[draft.file].name.clone();
        Notice { file, place: draft.place, title: draft.meta.title.clone(), reason }
    }

    /// The rules that must be known before this one.
    fn references<'a>(&self, draft: &'a Draft) -> Vec<&'a Name> {
        match &draft.body {
            DraftBody::Correlation(correlation) => {
                correlation.rules.iter().chain(correlation.kind.scope_rules()).collect()
            }
            DraftBody::Detection(_) | DraftBody::Filter { .. } => Vec::new(),
        }
    }

    fn target(&self, wanted: &Name, left_out: &BTreeSet<usize>) -> Option<Target> {
        let found = self.names.find(wanted)?;
        Some(if left_out.contains(&found) { Target::LeftOut } else { Target::Rule(found) })
    }

    fn unknown(&self, file: usize, wanted: &Name, errors: &mut Errors<'_>) {
        let names = self.drafts.iter().filter(|draft| !draft.is_filter()).map(name);
        errors.add(file, unknown(wanted, names));
    }

    /// Drafts in an order in which every reference points back.
    fn order(&self, left_out: &BTreeSet<usize>, errors: &mut Errors<'_>) -> Vec<usize> {
        let mut order = Vec::new();
        let mut state = vec![Visit::None; self.drafts.len()];
        for i in 0..self.drafts.len() {
            self.visit(i, left_out, &mut state, &mut order, errors);
        }
        order
    }

    fn visit(
        &self,
        i: usize,
        left_out: &BTreeSet<usize>,
        state: &mut [Visit],
        order: &mut Vec<usize>,
        errors: &mut Errors<'_>,
    ) {
        let draft = &self.drafts[i];
        if state[i] != Visit::None || left_out.contains(&i) || draft.is_filter() {
            return;
        }
        state[i] = Visit::Begun;
        for wanted in self.references(draft) {
            match self.target(wanted, left_out) {
                Some(Target::Rule(other)) if state[other] == Visit::Begun => {
                    let message = format!("`{}` refers back to `{}`", wanted.text, name(draft));
                    let problem =
                        Problem::new(Code::Cycle, wanted.place, message).span(wanted.text.chars().count());
                    errors
                        .add(draft.file, problem.help("correlations cannot refer to each other in a circle"));
                }
                Some(Target::Rule(other)) => self.visit(other, left_out, state, order, errors),
                Some(Target::LeftOut) => {}
                None => self.unknown(draft.file, wanted, errors),
            }
        }
        state[i] = Visit::Done;
        order.push(i);
    }

    fn resolve(&self, order: &[usize], left_out: &BTreeSet<usize>, errors: &mut Errors<'_>) -> Vec<Joint> {
        let number: HashMap<usize, RuleIndex> =
            order.iter().enumerate().map(|(number, draft)| (*draft, number)).collect();
        let index = |name: &Name| match self.target(name, left_out)? {
            Target::Rule(draft) => number.get(&draft).copied(),
            Target::LeftOut => None,
        };
        let mut joined = Vec::new();
        for i in order {
            let draft = &self.drafts[*i];
            let mut joint =
                Joint { draft: *i, escalate: Vec::new(), correlation: None, silences: Vec::new() };
            for escalation in &draft.escalate {
                let mut when = Vec::new();
                let rules = escalation.rules.iter().map(|wanted| (wanted, true));
                for (wanted, fired) in rules.chain(escalation.unless.iter().map(|wanted| (wanted, false))) {
                    match index(wanted) {
                        Some(rule) => when.push(When::Rule { rule, fired, within: escalation.within }),
                        None => self.unknown(draft.file, wanted, errors),
                    }
                }
                joint.escalate.push(when);
            }
            if let DraftBody::Correlation(correlation) = &draft.body {
                joint.correlation = Some(self.correlation(correlation, &index));
                let is_detection = |found: usize| matches!(self.drafts[found].body, DraftBody::Detection(_));
                let astray = correlation::astray(correlation, &|name| self.names.find(name), &is_detection);
                astray.into_iter().for_each(|problem| errors.add(draft.file, problem));
                if !correlation.generate {
                    joint.silences = correlation.rules.iter().filter_map(index).collect();
                }
            }
            joined.push(joint);
        }
        joined
    }

    fn correlation(
        &self,
        draft: &super::correlation::Draft,
        index: &dyn Fn(&Name) -> Option<RuleIndex>,
    ) -> Correlation {
        let group_by = draft.group_by.iter().map(|field| {
            // An alias names the same rule as `rules` does, by name or by id.
            let path = |wanted: &Name| {
                let alias = draft
                    .aliases
                    .iter()
                    .find(|(alias, rule, _)| alias == field && index(rule) == index(wanted));
                alias.map_or_else(|| field.clone(), |(_, _, path)| path.clone())
            };
            GroupField { name: field.clone(), paths: draft.rules.iter().map(path).collect() }
        });
        let kind = match draft.kind.clone() {
            DraftKind::EventCount(limits) => CorrelationKind::EventCount(limits),
            DraftKind::ValueCount(limits) => CorrelationKind::ValueCount(limits),
            DraftKind::Temporal { ordered } => CorrelationKind::Temporal { ordered },
            DraftKind::Numeric { figure, field, limits } => {
                CorrelationKind::Numeric { figure, field, limits }
            }
            DraftKind::NewTerms { fields, learning, scope_rules, classes, bold } => {
                let scope_rules = scope_rules.iter().filter_map(index).collect();
                CorrelationKind::NewTerms(NewTerms { fields, learning, scope_rules, classes, bold })
            }
            DraftKind::Spike(spike) => CorrelationKind::Spike(spike),
            DraftKind::PolicyWeakened { fields, scope_rules } => {
                let scope_rules = scope_rules.iter().filter_map(index).collect();
                CorrelationKind::PolicyWeakened(PolicyWeakened { fields, scope_rules })
            }
            DraftKind::Any => CorrelationKind::Any,
            DraftKind::RoleChain(chain) => CorrelationKind::RoleChain(chain),
            DraftKind::After(after) => CorrelationKind::After(after),
            DraftKind::Travel(travel) => CorrelationKind::Travel(travel),
            DraftKind::LogGap(gap) => CorrelationKind::LogGap(gap),
        };
        let group_by = group_by.collect();
        Correlation {
            rules: draft.rules.iter().filter_map(index).collect(),
            group_by,
            timespan: draft.timespan,
            kind,
        }
    }
}

fn rule(draft: Draft, joint: Joint, files: &[&RuleFile]) -> Rule {
    let mut extension = draft.extension;
    extension.escalate.extend(draft.escalate.into_iter().zip(joint.escalate).map(|(escalation, rules)| {
        let event = escalation.event.map(When::Event);
        let when = event.into_iter().chain(escalation.count.map(When::Count)).chain(rules);
        Escalation { level: escalation.level, when: when.collect() }
    }));
    let meta = draft.meta;
    Rule {
        name: meta.name.map(|name| name.text).unwrap_or_default(),
        id: meta.id,
        title: meta.title,
        description: meta.description,
        status: meta.status,
        level: meta.level.unwrap_or(Level::Medium),
        tags: meta.tags,
        references: meta.references,
        falsepositives: meta.falsepositives,
        author: meta.author,
        identifiers: meta.identifiers,
        fields: meta.fields,
        file: files[draft.file].name.clone(),
        place: draft.place,
        reports: draft.reports,
        body: match (draft.body, joint.correlation) {
            (_, Some(correlation)) => Body::Correlation(correlation),
            (DraftBody::Detection(expr) | DraftBody::Filter { expr, .. }, None) => Body::Detection(expr),
            (DraftBody::Correlation(_), None) => Body::Detection(Expr::Any(Vec::new())),
        },
        extension,
        not_portable: draft.not_portable,
    }
}
