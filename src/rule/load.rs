//! From files to a rule set: names resolved, filters joined, referred rules first.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use super::correlation::DraftKind;
use super::document::{self, Draft, DraftBody, Name};
use super::error::{Code, Place, Problem, RuleError, RuleErrors};
use super::files::RuleFile;
use super::filter;
use super::{
    Body, Correlation, CorrelationKind, Escalation, GroupField, NewTerms, PolicyWeakened, Rule, RuleIndex,
    RuleSet, When, yaml,
};
use crate::level::Level;

/// What rules may refer to besides each other.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The lists that `|expand` reads, by name.
    pub lists: BTreeMap<String, Vec<String>>,
    /// The `derived.` fields that can be computed.
    pub derived: Vec<&'static str>,
}

/// A document that was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The file.
    pub file: String,
    /// Where the document starts.
    pub place: Place,
    /// Its title.
    pub title: String,
    /// Why it was left out.
    pub reason: String,
}

/// Builds a rule set from layers of files. A rule of a later layer replaces one of the same name or id in an earlier
/// layer; within a layer names are unique. All errors are found before any is returned.
pub fn load(layers: &[Vec<RuleFile>], options: &Options) -> Result<RuleSet, RuleErrors> {
    let files: Vec<&RuleFile> = layers.iter().flatten().collect();
    let mut errors = Errors { files: &files, list: Vec::new() };
    let mut drafts: Vec<Draft> = Vec::new();
    let mut file = 0;
    for layer in layers {
        let mut of_layer = Vec::new();
        for text in layer.iter().map(|file| file.text.as_str()) {
            of_layer.extend(read(text, file, options, &mut errors));
            file += 1;
        }
        unique(&of_layer, &mut errors);
        drafts.retain(|old| !of_layer.iter().any(|new| same(old, new)));
        drafts.extend(of_layer);
    }
    filter::apply(&mut drafts, &mut |file, problem| errors.add(file, problem));
    let set = Linker { drafts: &drafts, files: &files }.link(&mut errors);
    errors.list.sort_by(|a, b| {
        (&a.file, a.problem.place, &a.problem.message).cmp(&(&b.file, b.problem.place, &b.problem.message))
    });
    errors.list.dedup();
    if errors.list.is_empty() { Ok(set) } else { Err(RuleErrors(errors.list)) }
}

struct Errors<'f> {
    files: &'f [&'f RuleFile],
    list: Vec<RuleError>,
}

impl Errors<'_> {
    fn add(&mut self, file: usize, problem: Problem) {
        let text = &self.files[file].text;
        let line_text = text.lines().nth(problem.place.line - 1).unwrap_or_default().to_owned();
        self.list.push(RuleError { file: self.files[file].name.clone(), problem, line_text });
    }
}

fn read(text: &str, file: usize, options: &Options, errors: &mut Errors<'_>) -> Vec<Draft> {
    let documents = match yaml::documents(text.strip_prefix('\u{feff}').unwrap_or(text)) {
        Ok(documents) => documents,
        Err(problem) => {
            errors.add(file, problem);
            return Vec::new();
        }
    };
    if documents.is_empty() {
        let problem =
            Problem::new(Code::MissingKey, Place { line: 1, column: 1 }, "no rule in this file".to_owned());
        errors.add(file, problem.help("a rule is a mapping with title, detection or correlation, and level"));
    }
    let stem =
        Path::new(&errors.files[file].name).file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let stem = stem.unwrap_or_else(|| "rule".to_owned());
    let mut drafts = Vec::new();
    for document in &documents {
        let mut problems = Vec::new();
        let draft = document::parse(document, file, options, &mut problems);
        problems.into_iter().for_each(|problem| errors.add(file, problem));
        drafts.extend(draft);
    }
    let mut unnamed = 0;
    for draft in &mut drafts {
        if draft.meta.name.is_none() {
            unnamed += 1;
            let text = if unnamed == 1 { stem.clone() } else { format!("{stem}-{unnamed}") };
            draft.meta.name = Some(Name { text, place: draft.place });
        }
    }
    drafts
}

fn name(draft: &Draft) -> &str {
    draft.meta.name.as_ref().map_or("", |name| &name.text)
}

fn same(a: &Draft, b: &Draft) -> bool {
    name(a) == name(b) || (a.meta.id.is_some() && a.meta.id == b.meta.id)
}

fn unique(drafts: &[Draft], errors: &mut Errors<'_>) {
    for (i, draft) in drafts.iter().enumerate() {
        if let Some(other) = drafts[..i].iter().find(|other| same(other, draft)) {
            let place = draft.meta.name.as_ref().map_or(draft.place, |name| name.place);
            let message = format!("a second rule with the name or id of `{}`", name(other));
            let help = format!("the first is in {}:{}", errors.files[other.file].name, other.place.line);
            errors.add(draft.file, Problem::new(Code::DuplicateRule, place, message).help(help));
        }
    }
}

/// Where a reference leads.
enum Target {
    Rule(usize),
    LeftOut,
}

struct Linker<'d> {
    drafts: &'d [Draft],
    files: &'d [&'d RuleFile],
}

impl Linker<'_> {
    fn link(&self, errors: &mut Errors<'_>) -> RuleSet {
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
        RuleSet { rules: self.build(&order, &left_out, errors), notices }
    }

    fn notice(&self, draft: &Draft, reason: String) -> Notice {
        let file = self.files[draft.file].name.clone();
        Notice { file, place: draft.place, title: draft.meta.title.clone(), reason }
    }

    /// The rules that must be known before this one.
    fn references<'a>(&self, draft: &'a Draft) -> Vec<&'a Name> {
        match &draft.body {
            DraftBody::Correlation(correlation) => {
                let scope = match &correlation.kind {
                    DraftKind::NewTerms { scope_rules, .. }
                    | DraftKind::PolicyWeakened { scope_rules, .. } => scope_rules.as_slice(),
                    _ => &[],
                };
                correlation.rules.iter().chain(scope).collect()
            }
            DraftBody::Detection(_) | DraftBody::Filter { .. } => Vec::new(),
        }
    }

    fn target(&self, wanted: &Name, left_out: &BTreeSet<usize>) -> Option<Target> {
        let found = filter::find(self.drafts, wanted)?;
        Some(if left_out.contains(&found) { Target::LeftOut } else { Target::Rule(found) })
    }

    fn unknown(&self, file: usize, wanted: &Name, errors: &mut Errors<'_>) {
        let message = format!("no rule has the name or id `{}`", wanted.text);
        let problem =
            Problem::new(Code::UnknownRule, wanted.place, message).span(wanted.text.chars().count());
        let names = self.drafts.iter().map(name);
        let help = match crate::text::nearest(&wanted.text, names) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`trailsift rules list` shows the names".to_owned(),
        };
        errors.add(file, problem.help(help));
    }

    /// Drafts in an order in which every reference points back.
    fn order(&self, left_out: &BTreeSet<usize>, errors: &mut Errors<'_>) -> Vec<usize> {
        let mut order = Vec::new();
        let mut state = vec![0u8; self.drafts.len()];
        for i in 0..self.drafts.len() {
            self.visit(i, left_out, &mut state, &mut order, errors);
        }
        order
    }

    fn visit(
        &self,
        i: usize,
        left_out: &BTreeSet<usize>,
        state: &mut [u8],
        order: &mut Vec<usize>,
        errors: &mut Errors<'_>,
    ) {
        let draft = &self.drafts[i];
        if state[i] != 0 || left_out.contains(&i) || matches!(draft.body, DraftBody::Filter { .. }) {
            return;
        }
        state[i] = 1;
        for wanted in self.references(draft) {
            match self.target(wanted, left_out) {
                Some(Target::Rule(other)) if state[other] == 1 => {
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
        state[i] = 2;
        order.push(i);
    }

    fn build(&self, order: &[usize], left_out: &BTreeSet<usize>, errors: &mut Errors<'_>) -> Vec<Rule> {
        let number: HashMap<usize, RuleIndex> =
            order.iter().enumerate().map(|(number, draft)| (*draft, number)).collect();
        let index = |name: &Name| match self.target(name, left_out)? {
            Target::Rule(draft) => number.get(&draft).copied(),
            Target::LeftOut => None,
        };
        let mut rules: Vec<Rule> = Vec::new();
        for i in order {
            let draft = &self.drafts[*i];
            let mut extension = draft.extension.clone();
            for escalation in &draft.escalate {
                let mut when = Vec::new();
                when.extend(escalation.event.clone().map(When::Event));
                when.extend(escalation.count.clone().map(When::Count));
                for wanted in &escalation.rules {
                    match index(wanted) {
                        Some(rule) => when.push(When::Rule { rule, within: escalation.within }),
                        None => self.unknown(draft.file, wanted, errors),
                    }
                }
                extension.escalate.push(Escalation { level: escalation.level, when });
            }
            let body = match &draft.body {
                DraftBody::Detection(expr) => Body::Detection(expr.clone()),
                DraftBody::Correlation(correlation) => {
                    Body::Correlation(self.correlation(correlation, &index))
                }
                DraftBody::Filter { .. } => continue,
            };
            let meta = draft.meta.clone();
            rules.push(Rule {
                name: name(draft).to_owned(),
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
                file: self.files[draft.file].name.clone(),
                place: draft.place,
                reports: draft.reports,
                body,
                extension,
                not_portable: draft.not_portable.clone(),
            });
        }
        for i in order {
            if let DraftBody::Correlation(correlation) = &self.drafts[*i].body
                && !correlation.generate
            {
                correlation.rules.iter().filter_map(index).for_each(|rule| rules[rule].reports = false);
            }
        }
        rules
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
