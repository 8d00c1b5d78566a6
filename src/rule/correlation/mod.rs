//! The `correlation` section: counts, sequences, new terms and spikes over the matches of other rules.

mod aliases;
mod figures;
mod memory;
mod stitched;

use self::figures::{limits, numeric, spike};
use self::memory::{classes, cold_start};
use self::stitched::{after, log_gap, role_chain, travel};
use super::document::Name;
use super::error::{Code, Place, Problem};
use super::load::Scope;
use super::reader::Keys;
use super::yaml::Node;
use super::{After, Figure, Limit, LogGap, Novelty, Order, RoleChain, Travel, detection};
use crate::time::Timespan;

pub(super) use self::aliases::astray;
pub(super) use self::figures::limit;

/// Sigma's own types.
const SIGMA: [&str; 7] = [
    "event_count",
    "value_count",
    "temporal",
    "temporal_ordered",
    "value_sum",
    "value_avg",
    "value_percentile",
];

/// Types that other tools refuse.
const OURS: [&str; 8] =
    ["new_terms", "spike", "policy_weakened", "any", "role_chain", "after", "travel", "log_gap"];

/// Keys that mean nothing but for these types.
const ONLY_FOR: [(&[&str], &[&str]); 9] = [
    (&["learning"], &["new_terms", "spike", "travel", "log_gap"]),
    (&["scope-rules"], &["new_terms", "policy_weakened"]),
    (&["classes", "cold-start"], &["new_terms"]),
    (&["lookback"], &["spike", "log_gap"]),
    (&["factor", "seldom"], &["spike"]),
    (&["origin", "hops", "repeats", "longer-than"], &["role_chain"]),
    (&["opened-by", "closed-by", "grace", "differs", "first"], &["after"]),
    (&["km", "kmh"], &["travel"]),
    (&["steady"], &["log_gap"]),
];

const KEYS: [&str; 28] = [
    "type",
    "rules",
    "group-by",
    "timespan",
    "condition",
    "aliases",
    "generate",
    "field",
    "learning",
    "scope-rules",
    "classes",
    "cold-start",
    "factor",
    "lookback",
    "seldom",
    "percentile",
    "origin",
    "hops",
    "repeats",
    "longer-than",
    "opened-by",
    "closed-by",
    "grace",
    "differs",
    "first",
    "km",
    "kmh",
    "steady",
];

/// A correlation whose rule references are still names.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) rules: Vec<Name>,
    pub(super) group_by: Vec<String>,
    pub(super) timespan: Timespan,
    /// Alias, rule, field.
    pub(super) aliases: Vec<aliases::Alias>,
    pub(super) generate: bool,
    pub(super) kind: DraftKind,
}

#[derive(Clone, Debug)]
pub(super) enum DraftKind {
    EventCount(Vec<Limit>),
    ValueCount(Vec<Limit>),
    Temporal {
        ordered: bool,
    },
    Numeric {
        figure: Figure,
        field: String,
        limits: Vec<(Order, f64)>,
    },
    NewTerms {
        fields: Vec<String>,
        learning: Timespan,
        scope_rules: Vec<Name>,
        classes: Vec<Novelty>,
        bold: bool,
    },
    Spike(super::Spike),
    PolicyWeakened {
        fields: Vec<String>,
        scope_rules: Vec<Name>,
    },
    Any,
    RoleChain(RoleChain),
    After(After),
    Travel(Travel),
    LogGap(LogGap),
}

impl DraftKind {
    /// The rules that show of a scope that it was there before.
    pub(super) fn scope_rules(&self) -> &[Name] {
        match self {
            DraftKind::NewTerms { scope_rules, .. } | DraftKind::PolicyWeakened { scope_rules, .. } => {
                scope_rules
            }
            _ => &[],
        }
    }
}

/// Reads a `correlation` section. Notes in `extended` the keys that other Sigma tools do not know.
pub(super) fn parse(
    node: &Node,
    scope: &Scope<'_>,
    extended: &mut Vec<(String, Place)>,
    problems: &mut Vec<Problem>,
) -> Option<Draft> {
    let keys = Keys::of(node, "a correlation").map_err(|problem| problems.push(problem)).ok()?;
    keys.only(&KEYS, problems);
    let mut rules = names(&keys, "rules", problems);
    if rules.is_empty() {
        problems.push(keys.missing("rules", "name the rules it correlates: `rules: [rule-name]`"));
    }
    let mut group_by = fields(&keys, "group-by", scope, problems);
    let any = keys.text("type", &mut Vec::new()).is_some_and(|(kind, _)| kind == "any");
    // What other rules find has its own windows.
    let timespan = keys.timespan("timespan", problems).or(any.then(|| Timespan::from_secs(0)));
    if keys.get("timespan").is_none() && !any {
        problems.push(keys.missing("timespan", "add `timespan: 10m`"));
    }
    let timespan = timespan?;
    let mut kind = kind(&keys, timespan, scope, extended, problems)?;
    if let DraftKind::After(after) = &mut kind {
        after.uses = rules.len();
        rules.extend(names(&keys, "opened-by", problems));
        after.opens = rules.len() - after.uses;
        rules.extend(names(&keys, "closed-by", problems));
    }
    if let DraftKind::LogGap(_) = &kind {
        group_by = ["recipientAccountId", "awsRegion"].map(str::to_owned).to_vec();
    }
    let aliases = aliases::read(&keys, scope, problems);
    aliases::refuse_as_fields(&keys, &aliases, problems);
    let generate = keys.flag("generate", problems).unwrap_or(false);
    Some(Draft { rules, group_by, timespan, aliases, generate, kind })
}

fn kind(
    keys: &Keys<'_>,
    timespan: Timespan,
    scope: &Scope<'_>,
    extended: &mut Vec<(String, Place)>,
    problems: &mut Vec<Problem>,
) -> Option<DraftKind> {
    let Some((kind, place)) = keys.text("type", problems) else {
        problems.push(keys.missing("type", "add `type: event_count`, or another type"));
        return None;
    };
    for (key, types) in ONLY_FOR.iter().flat_map(|(keys, types)| keys.iter().map(move |key| (key, types))) {
        if let Some((node, _)) = keys.entry(key).filter(|_| !types.contains(&kind)) {
            let message = format!("`{key}` means nothing for `{kind}`");
            let problem = Problem::new(Code::UnknownKey, node.place, message).span(key.len());
            problems.push(problem.help(format!("it belongs to {}", types.join(", "))));
        }
    }
    if OURS.contains(&kind) {
        extended.push((format!("correlation.type: {kind}"), place));
    }
    match kind {
        "event_count" | "value_count" => {
            let limits = limits(keys, scope, extended, problems);
            if limits.is_empty() {
                problems.push(keys.missing("condition", "add `condition: {gte: 10}`"));
            }
            if kind == "value_count" && limits.iter().any(|limit| limit.fields.is_empty()) {
                let beside = keys.text("field", &mut Vec::new());
                let help = beside.map_or_else(
                    || "`value_count` counts values: `condition: {field: eventName, gte: 10}`".to_owned(),
                    |(field, _)| {
                        format!("it belongs into the condition: `condition: {{field: {field}, gte: 10}}`")
                    },
                );
                problems.push(keys.missing("field", &help));
            }
            Some(if kind == "event_count" {
                DraftKind::EventCount(limits)
            } else {
                DraftKind::ValueCount(limits)
            })
        }
        "temporal" | "temporal_ordered" => {
            if let Some(node) = keys.get("condition") {
                let message = format!("`{kind}` takes no condition: every rule must match");
                problems.push(Problem::new(Code::UnknownKey, node.place, message).help("remove it"));
            }
            Some(DraftKind::Temporal { ordered: kind == "temporal_ordered" })
        }
        "value_sum" | "value_avg" | "value_percentile" => numeric(kind, keys, scope, problems),
        "new_terms" => {
            let fields = terms(keys, scope, problems);
            let learning = keys.timespan("learning", problems).unwrap_or(timespan);
            let classes = classes(keys, problems);
            let bold = cold_start(keys, problems);
            let scope_rules = names(keys, "scope-rules", problems);
            Some(DraftKind::NewTerms { fields, learning, scope_rules, classes, bold })
        }
        "spike" => spike(keys, timespan, scope, extended, problems),
        "policy_weakened" => {
            let fields = fields(keys, "field", scope, problems);
            if fields.is_empty() {
                problems.push(keys.missing("field", "name the fields that may hold the document"));
            }
            Some(DraftKind::PolicyWeakened { fields, scope_rules: names(keys, "scope-rules", problems) })
        }
        "any" => Some(DraftKind::Any),
        "role_chain" => Some(DraftKind::RoleChain(role_chain(keys, problems))),
        "after" => Some(DraftKind::After(after(keys, scope, problems))),
        "travel" => travel(keys, scope, problems).map(DraftKind::Travel),
        "log_gap" => Some(DraftKind::LogGap(log_gap(keys, problems))),
        other => {
            let problem =
                Problem::new(Code::UnknownValue, place, format!("`{other}` is no correlation type"));
            let types = SIGMA.into_iter().chain(OURS);
            problems.push(problem.span(other.chars().count()).expected(other, types));
            None
        }
    }
}

/// References to other rules.
fn names(keys: &Keys<'_>, key: &str, problems: &mut Vec<Problem>) -> Vec<Name> {
    let texts = keys.texts(key, problems).into_iter();
    texts.map(|(text, place)| Name { text: text.to_owned(), place }).collect()
}

fn fields(keys: &Keys<'_>, key: &str, scope: &Scope<'_>, problems: &mut Vec<Problem>) -> Vec<String> {
    let mut all = Vec::new();
    for (field, place) in keys.texts(key, problems) {
        detection::check_field(field, place, scope, problems);
        all.push(field.to_owned());
    }
    all
}

/// The fields whose value is a term.
fn terms(keys: &Keys<'_>, scope: &Scope<'_>, problems: &mut Vec<Problem>) -> Vec<String> {
    const HELP: &str = "name 1 to 5 fields whose value is the term: `field: [userIdentity.accountId]`";
    let fields = fields(keys, "field", scope, problems);
    match (keys.entry("field"), fields.len()) {
        (_, 1..=5) => {}
        (Some((node, _)), 6..) => {
            let message = format!("{} fields are too many for a term", fields.len());
            problems.push(Problem::new(Code::BadValue, node.place, message).span("field".len()).help(HELP));
        }
        _ => problems.push(keys.missing("field", HELP)),
    }
    fields
}
