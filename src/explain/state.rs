//! The state of a rule around the event, in words.

use std::collections::BTreeSet;

use super::around::{Question, Seen, Sighting};
use super::{Around, HitAt};
use crate::detect::Plan;
use crate::detect::firing::{FieldValue, Named};
use crate::detect::replay::shortened;
use crate::event::EventId;
use crate::rule::{Correlation, CorrelationKind, Limit, bounds};
use crate::time::{Timespan, Timestamp};

/// Events listed of a window.
const LISTED: usize = 12;

pub(super) fn begin(
    plan: &Plan,
    correlation: &Correlation,
    question: &Question,
    seen: &Seen,
    state: Vec<String>,
) -> Around {
    let name = |step: &usize| plan.rules().rules[correlation.rules[*step]].name.clone();
    let hit = |((time, _), sighting): (&(Timestamp, EventId), &Sighting)| HitAt {
        time: *time,
        event_id: sighting.event_id.clone(),
        rules: sighting.steps.iter().map(name).collect(),
    };
    let value = |(field, value): &Named| FieldValue {
        field: field.clone(),
        value: shortened(value.as_deref().unwrap_or("(absent)")),
    };
    Around {
        kind: kind(&correlation.kind).to_owned(),
        window: correlation.timespan,
        group: question.group.iter().map(value).collect(),
        state,
        hits: seen.near.iter().take(LISTED).map(hit).collect(),
        hits_total: seen.near.len() as u64,
    }
}

fn kind(kind: &CorrelationKind) -> &'static str {
    match kind {
        CorrelationKind::Numeric { .. } => "value of a number",
        kind => kind.name(),
    }
}

/// The state in words.
pub(super) fn state(plan: &Plan, correlation: &Correlation, question: &Question, seen: &Seen) -> Vec<String> {
    let width = correlation.timespan;
    let moment = |time: Option<Timestamp>| time.map_or("never".to_owned(), |time| time.to_string());
    match &correlation.kind {
        CorrelationKind::EventCount(limits) | CorrelationKind::ValueCount(limits) => {
            counts(limits, question, seen, width)
        }
        CorrelationKind::Temporal { .. } | CorrelationKind::After(_) => correlation
            .rules
            .iter()
            .enumerate()
            .map(|(step, rule)| {
                let nearest = seen
                    .near
                    .iter()
                    .filter(|(_, sighting)| sighting.steps.contains(&step))
                    .map(|((time, _), _)| *time)
                    .min_by_key(|time| {
                        time.since(question.time).secs().max(question.time.since(*time).secs())
                    });
                let name = &plan.rules().rules[*rule].name;
                match nearest {
                    Some(time) => format!("{name}: at {time}"),
                    None => format!("{name}: not within {width} of the event"),
                }
            })
            .collect(),
        CorrelationKind::NewTerms(_) => {
            let (count, estimated) = seen.count.count();
            let about = if estimated { "about " } else { "" };
            let term = question.term.as_deref().unwrap_or_default().join(" / ");
            let known = seen.before.is_some_and(|before| before >= question.time.back(width));
            vec![
                format!("{}: seen by {about}{count} events in all", shortened(&term)),
                format!("first seen {}, last before the event: {}", moment(seen.first), moment(seen.before)),
                if known {
                    format!("not new: it was seen within the {width} before")
                } else {
                    format!("not seen within the {width} before")
                },
            ]
        }
        CorrelationKind::Spike(spike) => {
            let bucket = spike.bucket;
            let now = seen
                .near
                .keys()
                .filter(|(time, _)| *time <= question.time && *time >= question.time.back(bucket));
            vec![
                format!(
                    "{} events within the {bucket} before, needs at least {}",
                    now.count(),
                    spike.at_least
                ),
                format!("{} such events in all of the logs", seen.count.count().0),
            ]
        }
        CorrelationKind::PolicyWeakened(_) => {
            vec![format!("the document before it: {}", moment(seen.before))]
        }
        CorrelationKind::RoleChain(chain) => {
            let mut asked =
                vec![format!("asks for at least {} sessions in a row made out of sessions", chain.hops)];
            if !chain.origin.is_empty() {
                asked.push(format!(
                    "asks for a chain that begins in an account that is {}",
                    chain.origin.join(" or ")
                ));
            }
            if chain.repeats {
                asked.push("asks for a role that is taken twice".to_owned());
            }
            if let Some(longer) = chain.longer_than {
                asked.push(format!("asks for a chain that was longer than {longer} in the making"));
            }
            asked.push("`trailsift trace` shows the chain of the event's access key".to_owned());
            asked
        }
        CorrelationKind::Travel(travel) => vec![
            format!("asks for two places more than {} km apart, faster than {} km/h", travel.km, travel.kmh),
            format!(
                "events of the group: the last before at {}, the next at {}",
                moment(seen.before),
                moment(seen.after)
            ),
        ],
        CorrelationKind::LogGap(_) => vec![format!(
            "looks for {width} of silence; events of the group: the last before at {}, the next at {}",
            moment(seen.before),
            moment(seen.after)
        )],
        CorrelationKind::Numeric { field, .. } => {
            vec![format!("looks at {field} over {width}; {} such events in the window", seen.near.len())]
        }
        CorrelationKind::Any => {
            let names = correlation.rules.iter().map(|rule| plan.rules().rules[*rule].name.as_str());
            vec![format!("tells what these find: {}", names.collect::<Vec<_>>().join(", "))]
        }
    }
}

/// Of all windows that hold the event, the one with the highest counts.
fn counts(limits: &[Limit], question: &Question, seen: &Seen, width: Timespan) -> Vec<String> {
    let observed = |from: Timestamp| -> Vec<u64> {
        let inside: Vec<&Sighting> = seen
            .near
            .range((from, EventId::from_bits(0))..)
            .take_while(|((time, _), _)| *time <= from.ahead(width))
            .map(|(_, sighting)| sighting)
            .collect();
        let mut fields = 0;
        limits
            .iter()
            .map(|limit| {
                if limit.fields.is_empty() {
                    return inside.len() as u64;
                }
                let values: BTreeSet<&Vec<String>> =
                    inside.iter().filter_map(|sighting| sighting.values.get(fields)).flatten().collect();
                fields += 1;
                values.len() as u64
            })
            .collect()
    };
    let starts = seen.near.keys().map(|(time, _)| *time).filter(|start| *start <= question.time);
    let mut starts: Vec<Timestamp> = starts.collect();
    starts.dedup();
    starts.truncate(2_000);
    let best = starts
        .into_iter()
        .map(|start| (observed(start), start))
        .max_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(&a.1)));
    let Some((best, from)) = best else { return vec!["no matching events in the window".to_owned()] };
    let of = |(limit, observed): (&Limit, u64)| {
        let needed = bounds(&limit.bounds);
        format!("{}: {observed}, needs {needed} (window from {from}, {width})", limit.what())
    };
    limits.iter().zip(best).map(of).collect()
}
