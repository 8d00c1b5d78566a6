//! The keys that trailsift adds to Sigma's at the top of a rule.

use super::document::Name;
use super::error::{Code, Place, Problem};
use super::load::Scope;
use super::reader::Keys;
use super::yaml::{Node, Value};
use super::{Extension, Habit, Limit, Need, Outcomes, correlation, detection};
use crate::level::Level;
use crate::outcome::Outcome;

/// Keys of ours, with what another Sigma tool makes of them.
pub(super) const KEYS: [(&str, &str); 10] = [
    ("outcomes", "other tools report every outcome at the rule's own level"),
    ("escalate", "other tools report at the rule's own level"),
    ("fold", "other tools fold matches their own way"),
    ("fold-by", "other tools fold matches their own way"),
    ("split-by", "other tools fold matches their own way"),
    ("message", "other tools show the title instead"),
    ("target", "other tools do not name the target"),
    ("needs", "other tools evaluate the rule without the data it needs"),
    ("habit", "other tools report habits one by one"),
    ("report", "other tools report the rule's own matches"),
];

const NEEDS: [(&str, Need); 7] = [
    ("networks", Need::Networks),
    ("geo-country", Need::GeoCountry),
    ("geo-asn", Need::GeoAsn),
    ("geo-anonymous", Need::GeoAnonymous),
    ("geo-city", Need::GeoCity),
    ("ci-networks", Need::CiNetworks),
    ("session-names", Need::SessionNames),
];

impl Need {
    /// The word that `needs` uses for it.
    pub fn word(self) -> &'static str {
        NEEDS.iter().find(|(_, need)| *need == self).map_or("", |(word, _)| word)
    }
}

/// An escalation whose rule references are still names.
#[derive(Clone, Debug)]
pub(super) struct DraftEscalation {
    pub(super) level: Level,
    pub(super) event: Option<super::Expr>,
    pub(super) count: Option<Limit>,
    pub(super) rules: Vec<Name>,
    pub(super) unless: Vec<Name>,
    pub(super) within: Option<crate::time::Timespan>,
}

/// Reads our keys of a rule document.
pub(super) fn parse(
    keys: &Keys<'_>,
    scope: &Scope<'_>,
    problems: &mut Vec<Problem>,
) -> (Extension, Vec<DraftEscalation>) {
    let mut extension = Extension {
        outcomes: keys.get("outcomes").and_then(|node| outcomes(node, problems)),
        fold: keys.timespan("fold", problems),
        habit: keys.get("habit").and_then(|node| habit(node, keys, problems)),
        message: keys.text("message", problems).map(|(text, _)| text.to_owned()),
        ..Extension::default()
    };
    if let (Some(message), Some((_, place))) = (&extension.message, keys.text("message", &mut Vec::new())) {
        for field in placeholders(message) {
            detection::check_field(field, place, scope, problems);
        }
    }
    let lists = [
        (&mut extension.fold_by, "fold-by"),
        (&mut extension.split_by, "split-by"),
        (&mut extension.target, "target"),
    ];
    for (list, key) in lists {
        for (field, place) in keys.texts(key, problems) {
            detection::check_field(field, place, scope, problems);
            list.push(field.to_owned());
        }
    }
    for (word, place) in keys.texts("needs", problems) {
        match NEEDS.iter().find(|(name, _)| *name == word) {
            Some((_, need)) => extension.needs.push(*need),
            None => problems.push(
                Problem::new(Code::UnknownValue, place, format!("`needs: {word}` is not known"))
                    .span(word.chars().count())
                    .expected(word, NEEDS.iter().map(|(name, _)| *name)),
            ),
        }
    }
    let escalate = match keys.get("escalate").map(|node| (&node.value, node)) {
        None => Vec::new(),
        Some((Value::List(items), _)) => {
            items.iter().filter_map(|item| escalation(item, scope, problems)).collect()
        }
        Some((_, node)) => {
            let message = format!("`escalate` expects a list, found {}", node.kind());
            problems.push(
                Problem::new(Code::WrongShape, node.place, message)
                    .help("- level: high\n    when: {field: value}"),
            );
            Vec::new()
        }
    };
    (extension, escalate)
}

/// What stands between braces in a message.
pub fn places(message: &str) -> impl Iterator<Item = &str> {
    message.split('{').skip(1).filter_map(|part| part.split_once('}').map(|(names, _)| names))
}

/// The names between braces in a message.
pub fn placeholders(message: &str) -> impl Iterator<Item = &str> {
    let names = places(message).flat_map(alternatives).filter(|name| !name.starts_with('\''));
    names.map(|name| conditional(name).map_or(name, |(name, _)| name))
}

/// The parts of `name?'text'`: the text is shown where the name has a value.
pub fn conditional(name: &str) -> Option<(&str, &str)> {
    let (name, text) = name.split_once('?')?;
    Some((name, literal(text)?))
}

/// The text in quotes.
pub fn literal(name: &str) -> Option<&str> {
    name.strip_prefix('\'')?.strip_suffix('\'')
}

/// The names and the text of `{name|other name|'text'}`, of which the first that has a value is shown.
pub fn alternatives(names: &str) -> impl Iterator<Item = &str> {
    names.split('|').map(str::trim)
}

/// Reads a level.
pub(super) fn level(text: &str, place: Place, problems: &mut Vec<Problem>) -> Option<Level> {
    text.parse()
        .map_err(|_| {
            let problem = Problem::new(Code::UnknownValue, place, format!("`{text}` is no level"));
            problems.push(problem.span(text.chars().count()).expected(text, Level::ALL.map(Level::name)));
        })
        .ok()
}

fn outcomes(node: &Node, problems: &mut Vec<Problem>) -> Option<Outcomes> {
    let keys = Keys::of(node, "outcomes and their levels").map_err(|problem| problems.push(problem)).ok()?;
    keys.only(&Outcome::ALL.map(Outcome::name), problems);
    let mut read = |outcome: Outcome| {
        let (text, place) = keys.text(outcome.name(), problems)?;
        level(text, place, problems)
    };
    Some(Outcomes {
        success: read(Outcome::Success),
        denied: read(Outcome::Denied),
        failed: read(Outcome::Failed),
    })
}

fn habit(node: &Node, rule: &Keys<'_>, problems: &mut Vec<Problem>) -> Option<Habit> {
    let keys = Keys::of(node, "what makes a habit").map_err(|problem| problems.push(problem)).ok()?;
    keys.only(&["by", "days", "over", "level"], problems);
    let group_by: Vec<&str> = match rule.get("correlation").map(|node| Keys::of(node, "a correlation")) {
        Some(Ok(correlation)) => {
            if let Some((kind @ "new_terms", place)) = correlation.text("type", &mut Vec::new()) {
                let problem = Problem::new(Code::UnknownValue, place, "what is new is no habit".to_owned());
                problems.push(problem.span(kind.len()).help("take the habit or the type away"));
                return None;
            }
            correlation.texts("group-by", &mut Vec::new()).into_iter().map(|(text, _)| text).collect()
        }
        _ => {
            problems.push(keys.missing("correlation", "only correlations have habits"));
            return None;
        }
    };
    let mut by = Vec::new();
    for (field, place) in keys.texts("by", problems) {
        if !group_by.contains(&field) {
            let problem =
                Problem::new(Code::UnknownValue, place, format!("`{field}` is not in the rule's group-by"));
            problems.push(problem.span(field.chars().count()).expected(field, group_by.iter().copied()));
        }
        by.push(field.to_owned());
    }
    let days = keys.value::<u32>("days", "a number of days", problems);
    let over = keys.timespan("over", problems);
    let level = keys.text("level", problems).and_then(|(text, place)| level(text, place, problems));
    if by.is_empty() || days.is_none() || over.is_none() || level.is_none() {
        if problems.is_empty() {
            problems.push(keys.missing("by", "a habit has by, days, over and level"));
        }
        return None;
    }
    Some(Habit { by, days: days?, over: over?, level: level? })
}

fn escalation(node: &Node, scope: &Scope<'_>, problems: &mut Vec<Problem>) -> Option<DraftEscalation> {
    let keys = Keys::of(node, "a level and a reason").map_err(|problem| problems.push(problem)).ok()?;
    keys.only(&["level", "when", "condition", "rules", "unless", "within"], problems);
    let Some((text, place)) = keys.text("level", problems) else {
        problems.push(keys.missing("level", "add the level it is raised to, such as `level: high`"));
        return None;
    };
    let level = level(text, place, problems)?;
    let event = keys.get("when").and_then(|node| detection::identifier(node, scope, problems));
    let count = keys.get("condition").and_then(|node| correlation::limit(node, scope, problems));
    let mut named = |key: &str| -> Vec<Name> {
        let texts = keys.texts(key, problems).into_iter();
        texts.map(|(text, place)| Name { text: text.to_owned(), place }).collect()
    };
    let (rules, unless) = (named("rules"), named("unless"));
    let within = keys.timespan("within", problems);
    if event.is_none() && count.is_none() && rules.is_empty() && problems.is_empty() {
        problems.push(keys.missing("when", "add `when`, `condition` or `rules`: what raises the level"));
        return None;
    }
    Some(DraftEscalation { level, event, count, rules, unless, within })
}
