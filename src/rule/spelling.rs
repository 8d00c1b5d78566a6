//! How rules are spelled where a hash is made of them: of what a baseline file was learnt by, and of a run's rules.
//!
//! Each word is written out: neither the compiler nor whoever gives one of our types another name decides what becomes
//! of files that are out there. The form is the one in which the first of these were written; do not change it.

use super::{
    After, Body, Correlation, CorrelationKind, Escalation, Extension, Figure, GroupField, Habit, Limit,
    LogGap, NewTerms, Order, Outcomes, PolicyWeakened, RoleChain, Rule, RuleIndex, RuleSet, Spike, Travel,
    When,
};
use crate::level::Level;
use crate::time::Timespan;

/// A name and what belongs to it: `Name { key: value }`.
fn record(name: &str, fields: &[(&str, String)]) -> String {
    let fields: Vec<String> = fields.iter().map(|(key, value)| format!("{key}: {value}")).collect();
    format!("{name} {{ {} }}", fields.join(", "))
}

fn list<T>(items: &[T], spelled: impl Fn(&T) -> String) -> String {
    let items: Vec<String> = items.iter().map(spelled).collect();
    format!("[{}]", items.join(", "))
}

fn optional<T>(value: Option<T>, spelled: impl Fn(T) -> String) -> String {
    value.map_or_else(|| "None".to_owned(), |value| format!("Some({})", spelled(value)))
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A list of texts, such as fields.
pub(crate) fn texts(texts: &[String]) -> String {
    list(texts, |text| quoted(text))
}

fn timespan(span: Timespan) -> String {
    format!("Timespan({})", span.secs())
}

fn number(value: f64) -> String {
    if value.fract() == 0.0 { format!("{value:.1}") } else { value.to_string() }
}

fn level(level: Level) -> String {
    let word = match level {
        Level::Informational => "Informational",
        Level::Low => "Low",
        Level::Medium => "Medium",
        Level::High => "High",
        Level::Critical => "Critical",
    };
    word.to_owned()
}

fn order(order: Order) -> &'static str {
    match order {
        Order::Equal => "Equal",
        Order::NotEqual => "NotEqual",
        Order::Less => "Less",
        Order::LessOrEqual => "LessOrEqual",
        Order::Greater => "Greater",
        Order::GreaterOrEqual => "GreaterOrEqual",
    }
}

fn limit(Limit { fields, bounds }: &Limit) -> String {
    let bounds = list(bounds, |(than, count)| format!("({}, {count})", order(*than)));
    record("Limit", &[("fields", texts(fields)), ("bounds", bounds)])
}

/// Which outcomes a detection reports, if it says so.
pub(crate) fn outcomes(outcomes: Option<Outcomes>) -> String {
    optional(outcomes, |Outcomes { success, denied, failed }| {
        let of = |reported| optional(reported, level);
        record("Outcomes", &[("success", of(success)), ("denied", of(denied)), ("failed", of(failed))])
    })
}

/// What a correlation's events share.
pub(crate) fn group_by(fields: &[GroupField]) -> String {
    list(fields, |GroupField { name, paths }| {
        record("GroupField", &[("name", quoted(name)), ("paths", texts(paths))])
    })
}

/// Which relation it is. The rules it speaks of are left out: they are numbers, which shift as rules come and go.
pub(crate) fn kind(kind: &CorrelationKind) -> String {
    let limits = |name: &str, limits: &[Limit]| format!("{name}({})", list(limits, limit));
    match kind {
        CorrelationKind::EventCount(of) => limits("EventCount", of),
        CorrelationKind::ValueCount(of) => limits("ValueCount", of),
        CorrelationKind::Temporal { ordered } => record("Temporal", &[("ordered", ordered.to_string())]),
        CorrelationKind::Numeric { figure, field, limits } => {
            let figure = match figure {
                Figure::Sum => "Sum".to_owned(),
                Figure::Average => "Average".to_owned(),
                Figure::Percentile(rank) => format!("Percentile({})", number(*rank)),
            };
            let limits = list(limits, |(than, value)| format!("({}, {})", order(*than), number(*value)));
            record("Numeric", &[("figure", figure), ("field", quoted(field)), ("limits", limits)])
        }
        CorrelationKind::NewTerms(NewTerms { fields, learning, classes, bold, scope_rules: _ }) => record(
            "NewTerms",
            &[
                ("fields", texts(fields)),
                ("learning", timespan(*learning)),
                ("classes", list(classes, |class| class.word().to_owned())),
                ("bold", bold.to_string()),
            ],
        ),
        CorrelationKind::Spike(Spike { bucket, lookback, factor, at_least, seldom }) => {
            let fields = [
                ("bucket", timespan(*bucket)),
                ("lookback", timespan(*lookback)),
                ("factor", number(*factor)),
                ("at_least", at_least.to_string()),
                ("seldom", optional(*seldom, |most| most.to_string())),
            ];
            format!("Spike({})", record("Spike", &fields))
        }
        CorrelationKind::PolicyWeakened(PolicyWeakened { fields, scope_rules: _ }) => {
            record("PolicyWeakened", &[("fields", texts(fields))])
        }
        CorrelationKind::Any => "Any".to_owned(),
        CorrelationKind::RoleChain(RoleChain { origin, hops, repeats, longer_than }) => {
            let fields = [
                ("origin", texts(origin)),
                ("hops", hops.to_string()),
                ("repeats", repeats.to_string()),
                ("longer_than", optional(*longer_than, timespan)),
            ];
            format!("RoleChain({})", record("RoleChain", &fields))
        }
        CorrelationKind::After(After { uses, opens, grace, differs, first }) => {
            let fields = [
                ("uses", uses.to_string()),
                ("opens", opens.to_string()),
                ("grace", timespan(*grace)),
                ("differs", texts(differs)),
                ("first", first.to_string()),
            ];
            format!("After({})", record("After", &fields))
        }
        CorrelationKind::Travel(Travel { field, km, kmh, learning }) => record(
            "Travel",
            &[
                ("field", quoted(field)),
                ("km", number(*km)),
                ("kmh", number(*kmh)),
                ("learning", timespan(*learning)),
            ],
        ),
        CorrelationKind::LogGap(LogGap { steady, lookback, learning }) => {
            let fields = [
                ("steady", timespan(*steady)),
                ("lookback", timespan(*lookback)),
                ("learning", timespan(*learning)),
            ];
            format!("LogGap({})", record("LogGap", &fields))
        }
    }
}

impl RuleSet {
    /// All that decides on what one of its rules finds and says.
    pub(crate) fn spelled(&self, rule: &Rule) -> String {
        let body = match &rule.body {
            Body::Detection(expr) => expr.to_string(),
            Body::Correlation(of) => self.correlation(of),
        };
        format!("{} {} {body} {}", rule.name, rule.level, self.extension(&rule.extension))
    }

    fn names(&self, rules: &[RuleIndex]) -> String {
        list(rules, |rule| self.rules[*rule].name.clone())
    }

    fn correlation(&self, correlation: &Correlation) -> String {
        let scope_rules: &[RuleIndex] = match &correlation.kind {
            CorrelationKind::NewTerms(terms) => &terms.scope_rules,
            CorrelationKind::PolicyWeakened(weakened) => &weakened.scope_rules,
            _ => &[],
        };
        record(
            "Correlation",
            &[
                ("rules", self.names(&correlation.rules)),
                ("scope_rules", self.names(scope_rules)),
                ("group_by", group_by(&correlation.group_by)),
                ("timespan", timespan(correlation.timespan)),
                ("kind", kind(&correlation.kind)),
            ],
        )
    }

    fn extension(&self, extension: &Extension) -> String {
        let Extension {
            outcomes: reported,
            escalate,
            fold,
            fold_by,
            split_by,
            message,
            target,
            needs,
            habit,
        } = extension;
        let habit = optional(habit.as_ref(), |Habit { by, days, over, level: told }| {
            let (days, over) = (days.to_string(), timespan(*over));
            record("Habit", &[("by", texts(by)), ("days", days), ("over", over), ("level", level(*told))])
        });
        record(
            "Extension",
            &[
                ("outcomes", outcomes(*reported)),
                ("escalate", list(escalate, |raised| self.escalation(raised))),
                ("fold", optional(*fold, timespan)),
                ("fold_by", texts(fold_by)),
                ("split_by", texts(split_by)),
                ("message", optional(message.as_deref(), quoted)),
                ("target", texts(target)),
                ("needs", list(needs, |need| need.word().to_owned())),
                ("habit", habit),
            ],
        )
    }

    fn escalation(&self, Escalation { level: raised, when }: &Escalation) -> String {
        let when = list(when, |when| match when {
            When::Event(expr) => format!("Event({expr})"),
            When::Count(of) => format!("Count({})", limit(of)),
            When::Rule { rule, fired, within } => {
                let name = self.rules[*rule].name.clone();
                let within = optional(*within, timespan);
                record("Rule", &[("rule", name), ("fired", fired.to_string()), ("within", within)])
            }
        });
        record("Escalation", &[("level", level(*raised)), ("when", when)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Kinds whose rules may have habits, which baseline files keep.
    #[test]
    fn kinds_are_spelled_as_in_the_first_files() {
        let fields = vec!["a.b".to_owned(), "say \"c\\d\"".to_owned()];
        let bounds = vec![(Order::Greater, 1), (Order::LessOrEqual, 9)];
        let hour = Timespan::HOUR;
        let after =
            After { uses: 1, opens: 2, grace: Timespan::from_secs(5), differs: Vec::new(), first: true };
        let chain =
            RoleChain { origin: fields.clone(), hops: 2, repeats: false, longer_than: Some(Timespan::DAY) };
        let figure = Figure::Percentile(99.5);
        let numeric =
            CorrelationKind::Numeric { figure, field: "n".to_owned(), limits: vec![(Order::Equal, 2.0)] };
        for (of, spelled) in [
            (
                CorrelationKind::EventCount(vec![Limit { fields, bounds }]),
                r#"EventCount([Limit { fields: ["a.b", "say \"c\\d\""], bounds: [(Greater, 1), (LessOrEqual, 9)] }])"#,
            ),
            (CorrelationKind::Temporal { ordered: true }, "Temporal { ordered: true }"),
            (numeric, r#"Numeric { figure: Percentile(99.5), field: "n", limits: [(Equal, 2.0)] }"#),
            (CorrelationKind::Any, "Any"),
            (
                CorrelationKind::RoleChain(chain),
                r#"RoleChain(RoleChain { origin: ["a.b", "say \"c\\d\""], hops: 2, repeats: false, longer_than: Some(Timespan(86400)) })"#,
            ),
            (
                CorrelationKind::After(after),
                "After(After { uses: 1, opens: 2, grace: Timespan(5), differs: [], first: true })",
            ),
            (
                CorrelationKind::LogGap(LogGap { steady: hour, lookback: hour, learning: hour }),
                "LogGap(LogGap { steady: Timespan(3600), lookback: Timespan(3600), learning: Timespan(3600) })",
            ),
        ] {
            assert_eq!(kind(&of), spelled);
        }
    }
}
