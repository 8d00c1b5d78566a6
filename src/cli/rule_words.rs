//! One rule in words: its levels and what raises them, what it needs, what it looks for.

use std::io::{self, Write};

use trailsift::report::untrusted::plain;
use trailsift::rule::{Body, Correlation, CorrelationKind, Limit, Rule, RuleSet, When, bounds};

use super::coverage::needs;

/// The level of each outcome, what raises it, and what the rule cannot be judged without.
pub(crate) fn levels(set: &RuleSet, rule: &Rule, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "\nLevel:")?;
    match rule.extension.outcomes {
        None => writeln!(out, "  {}, whatever the outcome", rule.level)?,
        Some(outcomes) => {
            let each = outcomes.reported().map(|(outcome, level)| format!("{outcome} {level}"));
            writeln!(out, "  {}", each.collect::<Vec<_>>().join(", "))?;
        }
    }
    for escalation in &rule.extension.escalate {
        let reasons: Vec<String> = escalation.when.iter().map(|when| reason(set, when)).collect();
        writeln!(out, "  raised to {} when {}", escalation.level, plain(&reasons.join(", and ")))?;
    }
    if let Some(habit) = &rule.extension.habit {
        let (level, days, over) = (habit.level, habit.days, habit.over);
        writeln!(out, "  {level}, once for all, as a habit on {days} days over {over}")?;
    }
    let needs = needs(set, rule);
    if !needs.is_empty() {
        writeln!(out, "\nNeeds:\n  {}", needs.join(", "))?;
    }
    Ok(())
}

fn reason(set: &RuleSet, when: &When) -> String {
    match when {
        When::Event(expr) => expr.to_string(),
        When::Count(limit) => limit.to_string(),
        When::Rule { rule, fired, within } => {
            let near = within.map_or(String::new(), |within| format!(" within {within}"));
            format!("{} {} fired{near}", set.rules[*rule].name, if *fired { "has" } else { "has not" })
        }
    }
}

/// What a rule looks for, and below it what the rules look for that it refers to.
pub(crate) fn logic(set: &RuleSet, rule: &Rule, depth: usize, out: &mut impl Write) -> io::Result<()> {
    let indent = "  ".repeat(depth);
    match &rule.body {
        Body::Detection(expr) => writeln!(out, "{indent}{}", plain(&expr.to_string()))?,
        Body::Correlation(correlation) => {
            let by: Vec<&str> = correlation.group_by.iter().map(|group| group.name.as_str()).collect();
            let mut head = correlation.kind.name().to_owned();
            if correlation.kind != CorrelationKind::Any {
                head += &format!(" within {}", correlation.timespan);
            }
            if !by.is_empty() {
                head += &format!(", by {}", by.join(", "));
            }
            let asked = asked(&correlation.kind);
            if !asked.is_empty() {
                head += &format!(", {asked}");
            }
            writeln!(out, "{indent}{}, of:", plain(&head))?;
            for (at, other) in correlation.rules.iter().enumerate() {
                let other = &set.rules[*other];
                writeln!(out, "{indent}- {}{}", part(correlation, at), plain(&other.name))?;
                logic(set, other, depth + 2, out)?;
            }
        }
    }
    Ok(())
}

/// What a correlation asks besides its window and group.
fn asked(kind: &CorrelationKind) -> String {
    match kind {
        CorrelationKind::EventCount(limits) | CorrelationKind::ValueCount(limits) => {
            limits.iter().map(Limit::to_string).collect::<Vec<_>>().join(", ")
        }
        CorrelationKind::Numeric { field, limits, .. } => format!("{field} {}", bounds(limits)),
        CorrelationKind::NewTerms(terms) => {
            format!("new {} after {} of learning", terms.fields.join(" with "), terms.learning)
        }
        CorrelationKind::Spike(spike) => {
            let seldom = spike.seldom.map_or(String::new(), |n| format!(", seldom before (less than {n})"));
            format!(
                "events > {} times the peak of {} and >= {}{seldom}",
                spike.factor, spike.lookback, spike.at_least
            )
        }
        CorrelationKind::PolicyWeakened(weakened) => weakened.fields.join(" or "),
        CorrelationKind::RoleChain(chain) => {
            let mut asked = Vec::new();
            if !chain.origin.is_empty() {
                asked.push(format!("begun in an account that is {}", chain.origin.join(" or ")));
            }
            if chain.hops > 0 {
                asked.push(format!("{} sessions in a row", chain.hops));
            }
            if chain.repeats {
                asked.push("a role taken twice".to_owned());
            }
            asked.extend(chain.longer_than.map(|span| format!("longer than {span}")));
            asked.join(", ")
        }
        CorrelationKind::After(after) => {
            let mut asked = vec![format!("after {}", after.grace)];
            if !after.differs.is_empty() {
                asked.push(format!("with another {}", after.differs.join(" or ")));
            }
            if after.first {
                asked.push("the first of all".to_owned());
            }
            asked.join(", ")
        }
        CorrelationKind::Travel(travel) => {
            format!("{} more than {} km apart, faster than {} km/h", travel.field, travel.km, travel.kmh)
        }
        CorrelationKind::LogGap(gap) => {
            format!("silent after {} of at most {} each", gap.learning, gap.steady)
        }
        CorrelationKind::Temporal { .. } | CorrelationKind::Any => String::new(),
    }
}

/// The part that a rule plays, where the rules of a correlation play several.
fn part(correlation: &Correlation, at: usize) -> &'static str {
    match &correlation.kind {
        CorrelationKind::After(after) if at < after.uses => "looked for: ",
        CorrelationKind::After(after) if at < after.uses + after.opens => "opened by: ",
        CorrelationKind::After(_) => "ended by: ",
        _ => "",
    }
}
