//! Which rules have a memory that baseline files keep, and what they look for.

use sha2::{Digest, Sha256};

use super::plan::Plan;
use crate::rule::{Body, CorrelationKind, RuleIndex, spelling};
use crate::text::hex;
use crate::time::Timespan;

/// A rule with a memory.
#[derive(Clone, Debug)]
pub struct Learner {
    /// Its number.
    pub rule: RuleIndex,
    /// Its name.
    pub name: String,
    /// A hash of what it and the rules it builds on look for.
    pub hash: String,
    /// The width of its spans.
    pub timespan: Timespan,
    /// Of `after`, and of a rule that only tells what others' findings are worth: how much of its past matters. All of it,
    /// otherwise.
    pub reach: Option<Timespan>,
}

impl Plan {
    /// The rules with a memory that take part.
    pub fn learners(&self) -> Vec<Learner> {
        let learns = |kind: &CorrelationKind| {
            matches!(
                kind,
                CorrelationKind::NewTerms(_)
                    | CorrelationKind::Spike(_)
                    | CorrelationKind::PolicyWeakened(_)
                    | CorrelationKind::Travel(_)
            )
        };
        let rules = self.set.rules.iter().enumerate().filter(|(i, _)| self.fired[*i]);
        let learners = rules.filter_map(|(i, rule)| {
            let asked = self.witnesses[i];
            let (learns, reach) = match &rule.body {
                Body::Detection(_) => (false, asked),
                Body::Correlation(correlation) => match correlation.kind {
                    CorrelationKind::After(_) => (false, Some(correlation.timespan)),
                    CorrelationKind::Any => (false, None),
                    _ if learns(&correlation.kind) => (true, None),
                    _ => (false, asked),
                },
            };
            (learns || rule.extension.habit.is_some() || reach.is_some()).then(|| Learner {
                rule: i,
                name: rule.name.clone(),
                hash: self.meaning(i),
                timespan: self.widths[i],
                reach,
            })
        });
        learners.collect()
    }

    /// A hash of what a rule and the rules it builds on look for; names, texts and levels do not count.
    fn meaning(&self, rule: RuleIndex) -> String {
        let mut hash = Sha256::new();
        let mut open = vec![rule];
        while let Some(rule) = open.pop() {
            match &self.set.rules[rule].body {
                Body::Detection(expr) => {
                    let reported = spelling::outcomes(self.set.rules[rule].extension.outcomes);
                    hash.update(format!("{expr}{reported}"));
                }
                Body::Correlation(correlation) => {
                    // Of these, what else they say decides on findings only, not on what is remembered.
                    let kind = match &correlation.kind {
                        CorrelationKind::NewTerms(terms) => {
                            open.extend(terms.scope_rules.iter().copied());
                            format!("new_terms {}", spelling::texts(&terms.fields))
                        }
                        CorrelationKind::PolicyWeakened(weakened) => {
                            open.extend(weakened.scope_rules.iter().copied());
                            format!("policy_weakened {}", spelling::texts(&weakened.fields))
                        }
                        CorrelationKind::Travel(travel) => format!("travel {}", travel.field),
                        other => spelling::kind(other),
                    };
                    hash.update(format!("{kind}{}", spelling::group_by(&correlation.group_by)));
                    open.extend(correlation.rules.iter().copied());
                }
            }
        }
        hex(&hash.finalize()[..8])
    }
}
