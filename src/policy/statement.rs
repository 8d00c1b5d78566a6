//! A policy as read: its statements, and those that could not be read.

use super::condition::Condition;
use super::pattern::Pattern;
use super::principal::Principals;

/// A policy document of IAM: identity, resource or trust policy, permissions boundary, service control policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The Version element; documents without one follow the rules of `2008-10-17`.
    pub version: Option<String>,
    /// The Id element.
    pub id: Option<String>,
    /// The statements that were read, in their order.
    pub statements: Vec<Statement>,
    /// The statements that were not.
    pub faults: Vec<StatementFault>,
}

/// One statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The Sid element.
    pub sid: Option<String>,
    /// Allow or Deny.
    pub effect: Effect,
    /// Principal or NotPrincipal; absent in identity policies, where the caller is the identity itself.
    pub principals: Option<Principals>,
    /// Action or NotAction.
    pub actions: Selector,
    /// Resource or NotResource. A trust policy has neither; the statement then speaks of the one resource it is
    /// attached to, which is read as any.
    pub resources: Selector,
    /// The tests of the Condition element, all of which must hold.
    pub conditions: Vec<Condition>,
}

/// What a statement does to the requests it applies to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Allows them.
    Allow,
    /// Denies them, whatever else allows them.
    Deny,
}

/// A set of actions or resources, as a list or as everything but a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selector {
    /// Action, Resource: what one of the patterns matches.
    Only(Vec<Pattern>),
    /// NotAction, NotResource: what none of the patterns matches.
    AllBut(Vec<Pattern>),
}

/// A statement that could not be read. The others of its document count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementFault {
    /// Its place in the document, from 0.
    pub index: usize,
    /// Why.
    pub reason: StatementProblem,
}

/// Why a statement could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StatementProblem {
    /// It is a text, a number, or the like.
    #[error("the statement is not an object")]
    NotAnObject,
    /// An element every statement needs is absent.
    #[error("the statement has no {0}")]
    Missing(&'static str),
    /// Action next to NotAction, and the like.
    #[error("the statement has both {0} and Not{0}")]
    Both(&'static str),
    /// An element is of a shape IAM does not know.
    #[error("{0} has an unknown shape")]
    Shape(&'static str),
    /// Effect is neither Allow nor Deny.
    #[error("Effect is neither Allow nor Deny")]
    Effect,
    /// A name longer than any ARN.
    #[error("{0} holds a text longer than any ARN")]
    TooLong(&'static str),
}

impl Selector {
    /// Whether it selects `name`, taken literally.
    pub fn selects(&self, name: &str) -> bool {
        match self {
            Selector::Only(patterns) => patterns.iter().any(|pattern| pattern.matches(name)),
            Selector::AllBut(patterns) => !patterns.iter().any(|pattern| pattern.matches(name)),
        }
    }

    /// The patterns listed, whether they are meant to be in or out.
    pub fn patterns(&self) -> &[Pattern] {
        match self {
            Selector::Only(patterns) | Selector::AllBut(patterns) => patterns,
        }
    }
}

impl Statement {
    /// Whether the statement speaks of a request, principals and conditions left aside.
    pub fn applies_to(&self, action: &str, resource: &str) -> bool {
        self.actions.selects(action) && self.resources.selects(resource)
    }
}

impl Policy {
    /// The statements that allow.
    pub fn allowing(&self) -> impl Iterator<Item = &Statement> {
        self.statements.iter().filter(|statement| statement.effect == Effect::Allow)
    }

    /// The statements that deny.
    pub fn denying(&self) -> impl Iterator<Item = &Statement> {
        self.statements.iter().filter(|statement| statement.effect == Effect::Deny)
    }

    /// Whether it allows nothing by itself; `None` where what could not be read, or all of it, leaves that open.
    pub fn denies_only(&self) -> Option<bool> {
        if self.allowing().next().is_some() {
            return Some(false);
        }
        (!self.statements.is_empty() && self.faults.is_empty()).then_some(true)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Policy;

    #[test]
    fn what_allows_something_or_cannot_be_read_is_not_said_to_deny_only() {
        let deny = json!({"Effect": "Deny", "Action": "s3:*", "Resource": "*"});
        let allow = json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"});
        let said = |statements: &[&serde_json::Value]| {
            Policy::from_value(&json!({"Statement": statements})).unwrap().denies_only()
        };
        assert_eq!(said(&[&deny, &deny]), Some(true));
        assert_eq!(said(&[&deny, &allow]), Some(false));
        assert_eq!(said(&[&deny, &json!("?")]), None);
        assert_eq!(said(&[&allow, &json!("?")]), Some(false));
        assert_eq!(said(&[]), None);
    }
}
