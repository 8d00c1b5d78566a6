//! IAM policies: read, matched, and asked the questions a defender asks.

mod arn;
mod cidr;
mod condition;
mod decode;
mod parse;
mod pattern;
mod principal;
mod statement;

#[cfg(test)]
mod parse_tests;

pub use arn::{Arn, account_of, is_account_id};
pub use condition::{Comparison, Condition, Operator, SetQualifier};
pub use parse::PolicyFault;
pub use pattern::Pattern;
pub use principal::{Principal, Principals};
pub use statement::{Effect, Policy, Selector, Statement, StatementFault, StatementProblem};
