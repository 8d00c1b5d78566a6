//! IAM policies: read, matched, and asked the questions a defender asks.
//!
//! A [`Policy`] is one document. What it says is judged on its own: which other policies, boundaries and service control
//! policies apply beside it, a log does not tell. The room knows nothing of events, and of time.
//!
//! - Any policy: [`Policy::parse`], [`Policy::from_value`], [`Policy::allows`], [`Policy::weakened_since`].
//! - Identity policies: [`Policy::grants_admin`], [`Policy::grants_all_actions`], [`Policy::grants_power_user`],
//!   [`Policy::grants_iam_write`], [`Policy::pass_role_any`], [`Policy::escalation_combos`].
//! - Resource and trust policies: [`Policy::public`], [`Policy::principals`], [`Policy::external_accounts`],
//!   [`Policy::accounts_in_conditions`], [`Policy::web_identity_unrestricted`],
//!   [`Policy::has_external_id_condition`], [`Policy::accounts_without_external_id`], [`Policy::services_trusted`].
//!
//! ```
//! use trailsift::policy::{Exposure, Grant, Policy};
//!
//! let text = r#"{"Statement": {"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}}"#;
//! let policy = Policy::parse(text)?;
//! assert_eq!(policy.grants_admin(), Grant::Yes);
//! assert_eq!(policy.public(), Exposure::None);
//! # Ok::<(), trailsift::policy::PolicyFault>(())
//! ```

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
mod laws;
#[cfg(test)]
mod parse_tests;
#[cfg(test)]
mod reality;
#[cfg(test)]
mod weakening_tests;

pub use condition::{Comparison, Condition, Operator, SetQualifier};
pub use exposure::Exposure;
pub use grant::Grant;
pub use parse::PolicyFault;
pub use pattern::Pattern;
pub use principal::{Principal, Principals};
pub use statement::{Effect, Policy, Selector, Statement, StatementFault, StatementProblem};
pub use weakening::{Weakening, WeakeningKind};
