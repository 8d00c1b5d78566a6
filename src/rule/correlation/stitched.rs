//! Correlations over what belongs together though no field says so: chains of roles, lives of keys, journeys, gaps.

use super::super::error::{Code, Problem};
use super::super::load::Scope;
use super::super::reader::Keys;
use super::super::{After, LogGap, RoleChain, Travel};
use super::fields;
use crate::time::Timespan;

/// Whose an account may be.
const RELATIONS: [&str; 4] = ["own", "organization", "vendor", "unknown"];

pub(super) fn role_chain(keys: &Keys<'_>, problems: &mut Vec<Problem>) -> RoleChain {
    let mut origin = Vec::new();
    for (word, place) in keys.texts("origin", problems) {
        if !RELATIONS.contains(&word) {
            let problem = Problem::new(Code::UnknownValue, place, format!("`origin: {word}` is not known"));
            problems.push(problem.span(word.chars().count()).expected(word, RELATIONS));
        }
        origin.push(word.to_owned());
    }
    let chain = RoleChain {
        origin,
        hops: keys.value::<u32>("hops", "a whole number", problems).unwrap_or(0),
        repeats: keys.flag("repeats", problems).unwrap_or(false),
        longer_than: keys.timespan("longer-than", problems),
    };
    if chain == RoleChain::default() && problems.is_empty() {
        problems.push(keys.missing(
            "origin",
            "say what of a chain is looked for: `origin`, `hops`, `repeats` or `longer-than`",
        ));
    }
    chain
}

pub(super) fn after(keys: &Keys<'_>, scope: &Scope<'_>, problems: &mut Vec<Problem>) -> After {
    if keys.get("opened-by").is_none() {
        problems.push(
            keys.missing("opened-by", "name the rules whose match comes before: `opened-by: [key-deleted]`"),
        );
    }
    if keys.get("group-by").is_none() {
        problems.push(
            keys.missing("group-by", "name what both must share: `group-by: [userIdentity.accessKeyId]`"),
        );
    }
    // The caller counts the rules.
    After {
        uses: 0,
        opens: 0,
        grace: keys.timespan("grace", problems).unwrap_or(Timespan::from_secs(0)),
        differs: fields(keys, "differs", scope, problems),
        first: keys.flag("first", problems).unwrap_or(false),
    }
}

pub(super) fn travel(keys: &Keys<'_>, scope: &Scope<'_>, problems: &mut Vec<Problem>) -> Option<Travel> {
    let mut named = fields(keys, "field", scope, problems);
    let mut positive = |key: &str, default: f64| {
        let value = keys.value::<f64>(key, "a number above zero", problems).unwrap_or(default);
        if !(value.is_finite() && value > 0.0) {
            let message = format!("`{key}: {value}` is not above zero");
            problems.push(
                Problem::new(Code::BadValue, keys.place, message).help(format!("such as `{key}: {default}`")),
            );
        }
        value
    };
    let (km, kmh) = (positive("km", 500.0), positive("kmh", 1000.0));
    let learning = keys.timespan("learning", problems).unwrap_or(Timespan::from_days(1));
    let field = named.pop().unwrap_or_else(|| "derived.source_place".to_owned());
    if !named.is_empty() {
        problems.push(keys.missing("field", "one field tells the place: `field: derived.source_place`"));
        return None;
    }
    Some(Travel { field, km, kmh, learning })
}

pub(super) fn log_gap(keys: &Keys<'_>, problems: &mut Vec<Problem>) -> LogGap {
    if let Some(node) = keys.get("group-by") {
        let message = "`log_gap` takes no group-by: it looks at each account and region".to_owned();
        problems.push(Problem::new(Code::UnknownKey, node.place, message).help("remove it"));
    }
    LogGap {
        steady: keys.timespan("steady", problems).unwrap_or(Timespan::from_hours(2)),
        lookback: keys.timespan("lookback", problems).unwrap_or(Timespan::from_days(7)),
        learning: keys.timespan("learning", problems).unwrap_or(Timespan::from_days(3)),
    }
}
