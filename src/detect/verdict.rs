//! Why a condition holds of a record or does not, down to the field and its values.

use serde::Serialize;

use super::field::FieldRef;
use super::predicate::{Node, Truth};
use super::replay::{Replay, event, holds, shortened};
use crate::derive::Derived;
use crate::event::{Record, field};
use crate::rule::{Body, Expr, Relation, RuleIndex, Test};

/// Values shown of one field, and alternatives of one test.
const MOST: usize = 6;

/// What decided about a condition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Whether it holds.
    pub holds: bool,
    /// The search identifiers that decided.
    pub parts: Vec<Part>,
}

/// One search identifier, or a part of the condition that has no name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Part {
    /// Its name.
    pub identifier: Option<String>,
    /// Whether the condition wants that it does not hold.
    pub excluded: bool,
    /// Whether it holds.
    pub holds: bool,
    /// The tests that decided: all that hold, or the first that does not.
    pub tests: Vec<Seen>,
}

/// One test of a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// The field; `any value` for keywords.
    pub field: String,
    /// What the test asks for, in Sigma's words.
    pub wanted: String,
    /// The values there were, shortened.
    pub values: Vec<String>,
    /// Whether the test holds.
    pub holds: bool,
}

impl Replay<'_> {
    /// The detections, in the order of the rules, that a rule is built on.
    pub fn detections(&self, rule: RuleIndex) -> Vec<RuleIndex> {
        self.base(rule).into_iter().map(|number| self.plan.detections[number].rule).collect()
    }

    /// Whether eventSource and eventName, and what is made of them alone, leave it open that a detection matches.
    pub fn looks_at(&mut self, record: &Record<'_>, detection: RuleIndex) -> bool {
        let known = |field: FieldRef| match field {
            FieldRef::Name | FieldRef::Derived(Derived::Action | Derived::EventName) => true,
            other => other == FieldRef::Raw(field::EVENT_SOURCE),
        };
        let Replay { plan, values, .. } = self;
        let detection = plan.detections.iter().find(|other| other.rule == detection);
        detection.is_some_and(|detection| {
            detection.node.judge_by(&mut event(&plan.deriver, record, values), &known) != Truth::False
        })
    }

    /// Why a detection matches a record or does not; `None` for what is no detection.
    pub fn verdict(&mut self, record: &Record<'_>, detection: RuleIndex) -> Option<Verdict> {
        let rule = self.plan.set.rules.get(detection)?;
        let Body::Detection(expr) = &rule.body else { return None };
        let mut judge = Judge { replay: self, record, identifiers: &rule.identifiers, parts: Vec::new() };
        let holds = judge.holds(expr);
        judge.walk(expr, holds, false, None);
        Some(Verdict { holds, parts: judge.parts })
    }
}

struct Judge<'j, 'p, 'r> {
    replay: &'j mut Replay<'p>,
    record: &'j Record<'r>,
    identifiers: &'j [(String, Expr)],
    parts: Vec<Part>,
}

impl Judge<'_, '_, '_> {
    fn holds(&mut self, expr: &Expr) -> bool {
        let Replay { plan, facts, values, .. } = &mut *self.replay;
        let node = Node::compile(expr, &plan.layout);
        holds(plan, facts, &node, &mut event(&plan.deriver, self.record, values))
    }

    /// Notes the tests that make `expr` hold, or fail. `part` is the number of the part they belong to.
    fn walk(&mut self, expr: &Expr, holds: bool, excluded: bool, part: Option<usize>) {
        let name = self.identifiers.iter().find(|(_, other)| other == expr).map(|(name, _)| name.clone());
        let part = match (part, name) {
            // The same test may bear a name and stand in another identifier.
            (Some(part), None) => Some(part),
            (Some(part), Some(_)) if self.parts[part].identifier.is_some() => Some(part),
            (_, Some(identifier)) => {
                self.parts.push(Part { identifier: Some(identifier), excluded, holds, tests: Vec::new() });
                Some(self.parts.len() - 1)
            }
            (None, None) => None,
        };
        match expr {
            Expr::Not(inner) => {
                // Of what is absent as it should be nothing need be said.
                if !holds {
                    self.walk(inner, true, !excluded, part);
                }
            }
            Expr::All(parts) if holds => {
                parts.iter().for_each(|inner| self.walk(inner, true, excluded, part))
            }
            Expr::Any(parts) if holds => {
                if let Some(inner) = parts.iter().find(|inner| self.holds(inner)) {
                    self.walk(inner, true, excluded, part);
                }
            }
            Expr::All(parts) => {
                if let Some(inner) = parts.iter().find(|inner| !self.holds(inner)) {
                    self.walk(inner, false, excluded, part);
                }
            }
            Expr::Any(parts) => parts.iter().for_each(|inner| self.walk(inner, false, excluded, part)),
            Expr::Field { field, test } => self.note(field, wanted(test), holds, excluded, part),
            Expr::Keyword(test) => self.note("any value", wanted(test), holds, excluded, part),
        }
    }

    fn note(&mut self, field: &str, wanted: String, holds: bool, excluded: bool, part: Option<usize>) {
        let part = part.unwrap_or_else(|| {
            self.parts.push(Part { identifier: None, excluded, holds, tests: Vec::new() });
            self.parts.len() - 1
        });
        // Many alternatives for one field are one test.
        if let Some(seen) = self.parts[part].tests.iter_mut().find(|seen| seen.field == field && !seen.holds)
        {
            let alternatives = seen.wanted.split(" or ").count();
            if alternatives < MOST {
                seen.wanted = format!("{} or {wanted}", seen.wanted);
            } else if alternatives == MOST {
                seen.wanted.push_str(" or others");
            }
            return;
        }
        let mut values = self.replay.field(self.record, field);
        values.truncate(MOST);
        let values = values.iter().map(|value| shortened(value)).collect();
        self.parts[part].tests.push(Seen { field: field.to_owned(), wanted, values, holds });
    }
}

/// What a test asks for, in the words of rules.
fn wanted(test: &Test) -> String {
    match test {
        Test::Text { pattern, cased } => format!("{pattern}{}", if *cased { " (cased)" } else { "" }),
        Test::Number { text, .. } => text.clone(),
        Test::Null => "null".to_owned(),
        Test::Exists(true) => "any value".to_owned(),
        Test::Exists(false) => "no such key".to_owned(),
        Test::Regex { pattern, .. } => format!("/{pattern}/"),
        Test::Cidr(net) => net.to_string(),
        Test::Compare(order, value) => format!("{} {value}", order.word()),
        Test::TimePart(_, order, value) => format!("{} {value} (of the time)", order.word()),
        Test::SameAs { other, relation, .. } => {
            let relation = match relation {
                Relation::Equals => "the same as",
                Relation::StartsWith => "begins with",
                Relation::EndsWith => "ends with",
                Relation::Contains => "contains",
            };
            format!("{relation} {other}")
        }
    }
}
