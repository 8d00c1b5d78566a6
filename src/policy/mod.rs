//! IAM policies: read, matched, and asked the questions a defender asks.

mod arn;
mod caller;
mod cidr;
mod condition;
mod decode;
mod escalation;
mod exposure;
mod grant;
mod iam_actions;
mod identity;
mod inclusion;
mod limits;
mod parse;
mod pattern;
mod principal;
mod reach;
mod statement;
mod trust;
mod weakening;
mod web_identity;

#[cfg(test)]
mod exposure_tests;
#[cfg(test)]
mod identity_tests;
#[cfg(test)]
mod parse_tests;
#[cfg(test)]
mod weakening_tests;

pub use arn::{Arn, account_of, is_account_id};
pub use condition::{Comparison, Condition, Operator, SetQualifier};
pub use exposure::Exposure;
pub use grant::Grant;
pub use iam_actions::is_iam_write;
pub use parse::PolicyFault;
pub use pattern::Pattern;
pub use principal::{Principal, Principals};
pub use statement::{Effect, Policy, Selector, Statement, StatementFault, StatementProblem};
pub use weakening::{Weakening, WeakeningKind};
