//! The questions asked of an identity policy: how much power does it give away?
//!
//! All of them speak of resources nobody has named, so that only wildcards count, and only of statements without
//! principals. A condition on the caller (MFA, address, region) makes the answer conditional; one on the content of the
//! request (`iam:PassedToService`, tags of the resource) means the power is not given.

use super::grant::Grant;
use super::iam_actions::{GROUP, POLICY, ROLE, TAKEOVER, USER, writes};
use super::limits::Request;
use super::reach::{Kind, Survey, unnamed_action};
use super::statement::Policy;

/// Services without which a grant is not one of everything: identity, compute, data, secrets, and the watchers.
const SIGNIFICANT: &[&str] = &[
    "cloudformation",
    "cloudtrail",
    "dynamodb",
    "ec2",
    "kms",
    "lambda",
    "logs",
    "rds",
    "s3",
    "secretsmanager",
    "sqs",
    "ssm",
    "sts",
];
/// The services an account's power users are kept away from.
const GOVERNING: &[&str] = &["iam", "organizations"];

impl Policy {
    /// Whether it allows every action on any resource: `*`, `*:*`, or a NotAction that leaves out no whole service of
    /// weight, and no Deny of one.
    pub fn grants_all_actions(&self) -> Grant {
        let mut survey = Survey::of(self);
        let services = SIGNIFICANT.iter().chain(GOVERNING);
        everything(&mut survey).min(all_services(&mut survey, services))
    }

    /// Whether it allows every action on any resource but those of IAM and Organizations: what the AWS managed policy
    /// PowerUserAccess gives. True of an administrator's policy as well.
    pub fn grants_power_user(&self) -> Grant {
        let mut survey = Survey::of(self);
        everything(&mut survey).min(all_services(&mut survey, SIGNIFICANT.iter()))
    }

    /// Whether it makes an administrator: someone who may do anything, or may give that right to themselves.
    ///
    /// Both come to the same: the policy means to allow all of IAM (`*`, `iam:*`, a NotAction of whatever length, or a
    /// list that holds every writing action) on any user, group, role and policy; and of the actions that hand out
    /// permissions or credentials at least one is left when NotAction and Deny are taken off. So `Allow *` with a
    /// `Deny iam:*` is not an administrator (but [`Policy::grants_power_user`]), `Allow *` with a
    /// `Deny cloudtrail:*`, or with a `Deny iam:CreateUser`, is one. Every service but IAM, listed one by one, is not.
    pub fn grants_admin(&self) -> Grant {
        let mut survey = Survey::of(self);
        let unnamed = unnamed_action("iam");
        let whole = [USER, GROUP, ROLE, POLICY].map(|kind| survey.intent(request(&unnamed), kind));
        let whole = whole.into_iter().min().unwrap_or(Grant::No);
        let listed = writes().map(|(action, kind)| survey.intent(request(action), kind)).min();
        let left = TAKEOVER.iter().map(|&(action, kind)| survey.grant(request(action), kind)).max();
        whole.max(listed.unwrap_or(Grant::No)).min(left.unwrap_or(Grant::No))
    }

    /// Whether it allows an action that changes IAM, by the Service Authorization Reference, on any resource of its
    /// kind. Rights over one's own user (`user/${aws:username}`) or a named role are not meant.
    pub fn grants_iam_write(&self) -> Grant {
        let mut survey = Survey::of(self);
        writes().map(|(action, kind)| survey.grant(request(action), kind)).max().unwrap_or(Grant::No)
    }

    /// Whether it allows `iam:PassRole` on any role of an account: directly, by a wildcard or by NotAction, on `*` or
    /// on a whole account's roles, to whatever service.
    ///
    /// A condition that names services in `iam:PassedToService` takes it away, as does a Deny unless they are named;
    /// `*` as the service, or a negated condition, does not.
    pub fn pass_role_any(&self) -> Grant {
        Survey::of(self).grant(request("iam:PassRole"), ROLE)
    }
}

fn request(action: &str) -> Request<'_> {
    Request { action, passed_to: None }
}

fn everything(survey: &mut Survey<'_>) -> Grant {
    survey.intent(request(&unnamed_action("")), Kind::ANY)
}

fn all_services<'s>(survey: &mut Survey<'_>, services: impl Iterator<Item = &'s &'static str>) -> Grant {
    let granted =
        |service: &&'static str| survey.grant(request(&unnamed_action(service)), Kind::new(service, ""));
    services.map(granted).min().unwrap_or(Grant::No)
}
