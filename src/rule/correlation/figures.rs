//! Conditions on counts and figures.

use super::super::error::{Code, Place, Problem};
use super::super::load::Scope;
use super::super::reader::Keys;
use super::super::yaml::{Node, Value};
use super::super::{Figure, Limit, Order, Spike};
use super::{DraftKind, fields};
use crate::time::Timespan;

const ORDERS: [(&str, Order); 6] = [
    ("gt", Order::Greater),
    ("gte", Order::GreaterOrEqual),
    ("lt", Order::Less),
    ("lte", Order::LessOrEqual),
    ("eq", Order::Equal),
    ("neq", Order::NotEqual),
];

pub(super) fn numeric(
    kind: &str,
    keys: &Keys<'_>,
    scope: &Scope<'_>,
    problems: &mut Vec<Problem>,
) -> Option<DraftKind> {
    let Some(node) = keys.get("condition") else {
        problems.push(keys.missing("condition", "add `condition: {field: ..., gte: 1000}`"));
        return None;
    };
    let condition = Keys::of(node, "a condition").map_err(|problem| problems.push(problem)).ok()?;
    let names: Vec<&str> = ORDERS.iter().map(|(name, _)| *name).chain(["field", "percentile"]).collect();
    condition.only(&names, problems);
    let fields = fields(&condition, "field", scope, problems);
    let [field] = fields.as_slice() else {
        problems.push(condition.missing("field", "name the one field that holds the number"));
        return None;
    };
    let limits: Vec<(Order, f64)> = ORDERS
        .iter()
        .filter_map(|(name, order)| Some((*order, condition.value::<f64>(name, "a number", problems)?)))
        .collect();
    if limits.is_empty() {
        problems.push(condition.missing("gte", "add a limit, such as `gte: 1000`"));
    }
    let figure = match kind {
        "value_sum" => Figure::Sum,
        "value_avg" => Figure::Average,
        _ => {
            // The specification leaves the rank's place open; both are seen.
            let rank = condition.value::<f64>("percentile", "a number from 0 to 100", problems);
            let rank = rank
                .or_else(|| keys.value::<f64>("percentile", "a number from 0 to 100", problems))
                .unwrap_or(50.0);
            if !(0.0..=100.0).contains(&rank) {
                problems.push(Problem::new(
                    Code::BadValue,
                    condition.place,
                    format!("percentile {rank} is not from 0 to 100"),
                ));
            }
            Figure::Percentile(rank)
        }
    };
    Some(DraftKind::Numeric { figure, field: field.clone(), limits })
}

pub(super) fn spike(
    keys: &Keys<'_>,
    bucket: Timespan,
    scope: &Scope<'_>,
    extended: &mut Vec<(String, Place)>,
    problems: &mut Vec<Problem>,
) -> Option<DraftKind> {
    let factor = keys.value::<f64>("factor", "a number such as 4", problems);
    if keys.get("factor").is_none() {
        problems.push(keys.missing("factor", "how many times its own peak: `factor: 4`"));
    }
    let lookback = keys.timespan("lookback", problems).unwrap_or(Timespan::from_days(7));
    let limits = limits(keys, scope, extended, problems);
    let at_least = match limits.as_slice() {
        [] => 1,
        [Limit { fields, bounds }] if fields.is_empty() => match bounds.as_slice() {
            [(Order::GreaterOrEqual, n)] => *n,
            [(Order::Greater, n)] => n + 1,
            _ => {
                problems.push(keys.missing("condition", "`spike` takes `condition: {gte: N}`"));
                return None;
            }
        },
        _ => {
            problems.push(keys.missing("condition", "`spike` takes one condition: `condition: {gte: N}`"));
            return None;
        }
    };
    if bucket.secs() == 0 {
        problems.push(Problem::new(
            Code::BadValue,
            keys.place,
            "a spike's `timespan` cannot be zero".to_owned(),
        ));
        return None;
    }
    let seldom = keys.value::<u64>("seldom", "a whole number", problems);
    Some(DraftKind::Spike(Spike { bucket, lookback, factor: factor?, at_least, seldom }))
}

pub(super) fn limits(
    keys: &Keys<'_>,
    scope: &Scope<'_>,
    extended: &mut Vec<(String, Place)>,
    problems: &mut Vec<Problem>,
) -> Vec<Limit> {
    let Some(node) = keys.get("condition") else { return Vec::new() };
    match &node.value {
        Value::List(items) => {
            if items.len() > 1 {
                extended.push(("correlation.condition: a list".to_owned(), node.place));
            }
            items.iter().filter_map(|item| limit(item, scope, problems)).collect()
        }
        _ => limit(node, scope, problems).into_iter().collect(),
    }
}

/// Reads one condition on a count.
pub(in crate::rule) fn limit(node: &Node, scope: &Scope<'_>, problems: &mut Vec<Problem>) -> Option<Limit> {
    let keys = Keys::of(node, "a condition").map_err(|problem| problems.push(problem)).ok()?;
    let names: Vec<&str> = ORDERS.iter().map(|(name, _)| *name).chain(["field"]).collect();
    keys.only(&names, problems);
    let bounds: Vec<(Order, u64)> = ORDERS
        .iter()
        .filter_map(|(name, order)| Some((*order, keys.value::<u64>(name, "a whole number", problems)?)))
        .collect();
    if bounds.is_empty() && problems.is_empty() {
        problems.push(keys.missing("gte", "add a limit, such as `gte: 10`"));
        return None;
    }
    Some(Limit { fields: fields(&keys, "field", scope, problems), bounds })
}
