//! Which conditions hold the caller to somebody in particular.
//!
//! A statement for everyone is harmless when a condition pins down who calls: an account, an organization, a network of
//! one's own. The keys are those that Block Public Access of S3 and IAM Access Analyzer go by, with the meaning the IAM
//! User Guide gives them; each must be compared with values that leave no room for strangers.

use super::cidr::Cidr;
use super::condition::{Comparison, Condition, SetQualifier};
use super::pattern::has_wildcard;
use super::statement::{Selector, Statement};
use crate::arn::{Arn, account_of};
use crate::text::is_account_id;

/// What a value of a key must look like to name somebody in particular.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Names {
    /// An account, a VPC, an endpoint, an organization: without wildcards.
    Thing,
    /// An organization path: its first part, the organization, without wildcards.
    Path,
    /// An ARN with an account, or of a bucket.
    Arn,
    /// A unique id, before the first wildcard.
    UniqueId,
    /// A block of addresses that is no large part of the internet.
    Addresses,
    /// `true`.
    Flag,
}

/// The keys, in lower case, that tell who calls or on whose behalf.
const KEYS: &[(&str, Names)] = &[
    ("aws:principalaccount", Names::Thing),
    ("aws:principalarn", Names::Arn),
    ("aws:principalisawsservice", Names::Flag),
    ("aws:principalorgid", Names::Thing),
    ("aws:principalorgpaths", Names::Path),
    ("aws:principalservicename", Names::Thing),
    ("aws:sourceaccount", Names::Thing),
    ("aws:sourcearn", Names::Arn),
    ("aws:sourceip", Names::Addresses),
    ("aws:sourceorgid", Names::Thing),
    ("aws:sourceorgpaths", Names::Path),
    ("aws:sourceowner", Names::Thing),
    ("aws:sourcevpc", Names::Thing),
    ("aws:sourcevpcarn", Names::Arn),
    ("aws:sourcevpce", Names::Thing),
    ("aws:userid", Names::UniqueId),
    ("aws:vpceaccount", Names::Thing),
    ("aws:vpceorgid", Names::Thing),
    ("aws:vpceorgpaths", Names::Path),
    ("elasticfilesystem:accessedviamounttarget", Names::Flag),
    ("elasticfilesystem:accesspointarn", Names::Arn),
    ("kms:calleraccount", Names::Thing),
    ("s3:dataaccesspointaccount", Names::Thing),
    ("s3:dataaccesspointarn", Names::Arn),
    ("sts:externalid", Names::Thing),
];

/// Whether the statement's conditions, one of them at least, hold the caller to somebody in particular.
pub(super) fn restricts(statement: &Statement) -> bool {
    statement.conditions.iter().any(|condition| {
        let operator = &condition.operator;
        // Such a test passes when the request has no such key, unless another one asks for its presence.
        let lenient = operator.if_exists || operator.set == Some(SetQualifier::ForAllValues);
        !operator.negated
            && (!lenient || is_present(statement, condition))
            && names_somebody(statement, condition)
    })
}

/// Whether a Deny with these conditions spares somebody in particular only.
///
/// All its tests must be of the kind "is not X", which also hold when the request has no such key, or spare the AWS
/// services' own principals.
pub(super) fn spares_somebody_only(statement: &Statement) -> bool {
    statement.conditions.iter().all(|condition| {
        let operator = &condition.operator;
        let not_listed = operator.negated
            && operator.set != Some(SetQualifier::ForAnyValue)
            && names_somebody(statement, condition);
        let no_service = operator.comparison == Comparison::Bool
            && condition.is_about("aws:PrincipalIsAWSService")
            && condition.names("false");
        not_listed || no_service
    })
}

/// The accounts a condition on the caller admits, where its values tell.
pub(super) fn accounts(condition: &Condition) -> impl Iterator<Item = &str> {
    let key = condition.key.to_ascii_lowercase();
    let known = KEYS.iter().any(|(name, _)| *name == key) && !condition.operator.negated;
    condition.values.iter().filter(move |_| known).filter_map(|value| account_of(value))
}

fn names_somebody(statement: &Statement, condition: &Condition) -> bool {
    let key = condition.key.to_ascii_lowercase();
    let Some((_, names)) = KEYS.iter().find(|(name, _)| *name == key) else { return false };
    // An external id is a secret between two parties of a trust policy, and elsewhere no key at all.
    if key == "sts:externalid" && !is_trust(statement) {
        return false;
    }
    let judged = match condition.operator.comparison {
        Comparison::Null | Comparison::Unknown | Comparison::AtMost | Comparison::AtLeast => false,
        Comparison::Ip => *names == Names::Addresses,
        Comparison::Bool => *names == Names::Flag,
        Comparison::Text
        | Comparison::TextIgnoringCase
        | Comparison::TextLike
        | Comparison::Arn
        | Comparison::Other => *names != Names::Addresses,
    };
    let wild = condition.operator.takes_wildcards();
    judged && condition.values.iter().all(|value| is_specific(value, *names, wild))
}

fn is_specific(value: &str, names: Names, wild: bool) -> bool {
    // A variable that stands for the caller's own account or id is equal to it whoever calls.
    let lower = value.to_ascii_lowercase();
    if ["${aws:principal", "${aws:source", "${aws:userid", "${aws:username"]
        .iter()
        .any(|own| lower.contains(own))
    {
        return false;
    }
    match names {
        Names::Flag => lower == "true",
        Names::Addresses => Cidr::parse(value).is_some_and(|block| block.is_specific()),
        // Without wildcards nobody but the one spelled out, or nobody at all, is meant.
        _ if !wild || !has_wildcard(value) => !value.is_empty(),
        Names::Thing => false,
        Names::Path => value.split('/').next().is_some_and(|organization| !has_wildcard(organization)),
        // Unique ids have 16 characters and more; a shorter beginning fits other people's roles as well.
        Names::UniqueId => value.split(['*', '?']).next().is_some_and(|start| start.len() >= 12),
        Names::Arn => names_owner(value),
    }
}

/// Whether an ARN with wildcards still tells whose resource is meant: by its account, or by the bucket, whose name is
/// unique in the world.
fn names_owner(value: &str) -> bool {
    match Arn::parse(value) {
        Some(arn) if arn.service == "s3" && !has_wildcard(arn.resource_head()) => true,
        Some(arn) => !arn.account.is_empty() && !has_wildcard(arn.account),
        None => value.split(|letter: char| !letter.is_ascii_digit()).any(is_account_id),
    }
}

/// Whether the statement asks for the condition's key to be there, or its requests always carry it.
fn is_present(statement: &Statement, condition: &Condition) -> bool {
    let asked = statement.conditions.iter().any(|test| {
        test.operator.comparison == Comparison::Null && test.is_about(&condition.key) && test.names("false")
    });
    // Requests to KMS, and those for a role that are made with AWS credentials, are always signed.
    let signed = actions_are(statement, &["kms:", "sts:assumerole"]);
    let of_signer = ["aws:PrincipalAccount", "aws:PrincipalArn", "aws:userid", "kms:CallerAccount"];
    asked || (signed && of_signer.iter().any(|key| condition.is_about(key)))
}

/// Whether the statement is one of a trust policy.
pub(super) fn is_trust(statement: &Statement) -> bool {
    actions_are(statement, &["sts:"])
}

fn actions_are(statement: &Statement, starts: &[&str]) -> bool {
    let known = |text: &str| starts.iter().any(|start| text.to_ascii_lowercase().starts_with(start));
    match &statement.actions {
        Selector::Only(patterns) => patterns.iter().all(|pattern| known(pattern.as_str())),
        Selector::AllBut(_) => false,
    }
}
