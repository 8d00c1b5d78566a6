//! Identity providers in trust policies, and the conditions that hold their tokens to somebody in particular.

use super::condition::{Comparison, Condition, SetQualifier};
use super::pattern::has_wildcard;
use super::principal::Principal;
use super::statement::{Effect, Policy, Statement};
use crate::arn::Arn;

/// Providers that serve more than one customer, with the claim that tells them apart.
///
/// From the IAM User Guide ("Identity provider controls for shared OIDC providers", and the condition keys of the
/// built-in providers). A token of any of their users passes without a condition on that claim.
const SHARED: &[(&str, &[&str])] = &[
    ("accounts.google.com", &["aud", "sub", "oaud", "azp"]),
    ("agent.buildkite.com", &["sub"]),
    ("api.pulumi.com/oidc", &["aud", "sub"]),
    ("app.terraform.io", &["sub"]),
    ("cognito-identity.amazonaws.com", &["aud", "sub"]),
    ("gitlab.com", &["sub"]),
    ("graph.facebook.com", &["app_id", "id"]),
    ("oidc-configuration.audit-log.githubusercontent.com", &["sub"]),
    ("oidc.codefresh.io", &["sub"]),
    ("oidc.vercel.com", &["aud", "sub"]),
    ("proidc.upbound.io", &["sub"]),
    ("sandboxes.cloud", &["aud", "sub"]),
    ("scalr.io", &["sub"]),
    ("studio.datachain.ai/api", &["sub"]),
    (
        "token.actions.githubusercontent.com",
        &[
            "sub",
            "job_workflow_ref",
            "repository",
            "repository_id",
            "repository_owner",
            "repository_owner_id",
        ],
    ),
    ("tokens.cloud.shisho.dev", &["sub"]),
    ("vstoken.actions.githubusercontent.com", &["sub"]),
    ("www.amazon.com", &["app_id", "user_id"]),
];

/// The claims that tell the users of any other provider apart.
const COMMON: &[&str] = &["aud", "sub", "azp", "oaud", "client_id", "app_id"];

/// The provider's name as it begins the keys of its claims; `None` for SAML providers, which belong to the account that
/// trusts them.
fn provider_name(federated: &str) -> Option<&str> {
    match Arn::parse(federated) {
        Some(arn) => arn.resource.strip_prefix("oidc-provider/"),
        None => Some(federated),
    }
}

fn shared_claims(provider: &str) -> Option<&'static [&'static str]> {
    SHARED.iter().find(|(name, _)| name.eq_ignore_ascii_case(provider)).map(|(_, claims)| *claims)
}

/// The web identity providers an Allow lets in without a condition on who their user is.
fn unrestricted(statement: &Statement) -> impl Iterator<Item = &str> {
    let federated = statement.principals.iter().flat_map(|principals| principals.named());
    let lets_in =
        statement.effect == Effect::Allow && statement.actions.selects("sts:AssumeRoleWithWebIdentity");
    federated.filter_map(move |principal| match principal {
        Principal::Federated(text) if lets_in => {
            provider_name(text).filter(|name| !is_restricted(statement, name))
        }
        _ => None,
    })
}

fn is_restricted(statement: &Statement, provider: &str) -> bool {
    let claims = shared_claims(provider).unwrap_or(COMMON);
    statement.conditions.iter().any(|condition| {
        let claim = condition.key.rsplit_once(':').filter(|(name, _)| name.eq_ignore_ascii_case(provider));
        claim.is_some_and(|(_, claim)| {
            claims.iter().any(|known| known.eq_ignore_ascii_case(claim)) && names_subject(condition, claim)
        })
    })
}

/// Whether a condition on a claim names somebody: by an equality, or by a pattern whose beginning does.
fn names_subject(condition: &Condition, claim: &str) -> bool {
    let operator = &condition.operator;
    let judged = match operator.comparison {
        Comparison::Text | Comparison::TextIgnoringCase | Comparison::TextLike | Comparison::Arn => true,
        Comparison::Ip
        | Comparison::AtMost
        | Comparison::AtLeast
        | Comparison::Other
        | Comparison::Bool
        | Comparison::Null
        | Comparison::Unknown => false,
    };
    let lenient = operator.negated || operator.if_exists || operator.set == Some(SetQualifier::ForAllValues);
    let wild = operator.takes_wildcards();
    judged
        && !lenient
        && condition.values.iter().all(|value| match value.split(['*', '?']).next() {
            Some(start) if wild && has_wildcard(value) => names_owner(start, claim),
            _ => !value.is_empty(),
        })
}

/// Whether the beginning of a claim, up to the first wildcard, tells whose it is.
///
/// Subjects begin with `repo:OWNER/`, `project_path:GROUP/`, `organization:ORG:`, and in clusters with
/// `system:serviceaccount:NAMESPACE:`. The owner must be whole: `repo:acme*` also fits `acme-evil`.
fn names_owner(start: &str, claim: &str) -> bool {
    if !claim.eq_ignore_ascii_case("sub") {
        return !start.is_empty();
    }
    let owner = start.strip_prefix("system:serviceaccount").unwrap_or(start);
    owner.split_once(':').is_some_and(|(_, owner)| owner.find(['/', ':']).is_some_and(|end| end > 0))
}

/// Whether an Allow lets in strangers through a provider that serves more than one customer.
pub(super) fn is_open_to_strangers(statement: &Statement) -> bool {
    unrestricted(statement).any(|provider| shared_claims(provider).is_some())
}

impl Policy {
    /// The web identity providers a trust policy lets in without a condition on subject or audience that names
    /// somebody, sorted: `token.actions.githubusercontent.com` without `:sub` or with `repo:*`, Cognito without `:aud`,
    /// a cluster's provider without either. Where the provider serves more than one customer the role is
    /// [`public`](Policy::public) too.
    pub fn web_identity_unrestricted(&self) -> Vec<&str> {
        let mut found: Vec<_> = self.allowing().flat_map(unrestricted).collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::{Exposure, Policy};

    fn trust(provider: &str, condition: Value) -> Policy {
        let statement = json!({
            "Effect": "Allow", "Action": ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"],
            "Principal": {"Federated": provider}, "Condition": condition
        });
        Policy::from_value(&json!({"Statement": statement})).unwrap()
    }

    fn open(policy: &Policy) -> (bool, bool) {
        (!policy.web_identity_unrestricted().is_empty(), policy.public() == Exposure::Public)
    }

    #[test]
    fn github_needs_a_subject_with_an_owner() {
        let github = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com";
        let sub = |operator: &str, value: Value| {
            let mut condition =
                json!({"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}});
            condition[operator] = json!({"token.actions.githubusercontent.com:SUB": value});
            open(&trust(github, condition))
        };
        assert_eq!(open(&trust(github, json!({}))), (true, true));
        for loose in ["*", "repo:*", "repo:acme*", "repo:*/infra:*", "*:ref:refs/heads/main", "repo:/x*"] {
            assert_eq!(sub("StringLike", json!(loose)), (true, true), "{loose}");
        }
        assert_eq!(sub("StringLike", json!(["repo:acme/infra:*", "*"])), (true, true));
        assert_eq!(sub("StringNotLike", json!("repo:evil/*")), (true, true));
        assert_eq!(sub("StringLikeIfExists", json!("repo:acme/*")), (true, true));
        assert_eq!(sub("ForAllValues:StringLike", json!("repo:acme/*")), (true, true));
        for tight in ["repo:acme/*", "repo:acme/infra:ref:refs/heads/*", "repo:acme/infra:environment:prod"] {
            assert_eq!(sub("StringLike", json!(tight)), (false, false), "{tight}");
        }
        // Without wildcards this matches nobody: a common mistake, and a safe one.
        assert_eq!(sub("StringEquals", json!("repo:acme/*")), (false, false));
        assert_eq!(sub("ForAnyValue:StringLike", json!("repo:acme/*")), (false, false));
    }

    #[test]
    fn shared_providers_need_the_claim_that_tells_customers_apart() {
        let aud = |provider: &str| json!({"StringEquals": {(format!("{provider}:aud")): "x"}});
        for provider in ["cognito-identity.amazonaws.com", "accounts.google.com"] {
            assert_eq!(open(&trust(provider, json!({}))), (true, true), "{provider}");
            assert_eq!(open(&trust(provider, aud(provider))), (false, false), "{provider}");
        }
        let amr = json!({"ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "authenticated"}});
        assert_eq!(open(&trust("cognito-identity.amazonaws.com", amr)), (true, true));
        assert_eq!(open(&trust("arn:aws:iam::1:oidc-provider/gitlab.com", aud("gitlab.com"))), (true, true));
        let group = json!({"StringLike": {"gitlab.com:sub": "project_path:acme/*"}});
        assert_eq!(open(&trust("arn:aws:iam::1:oidc-provider/gitlab.com", group)), (false, false));
    }

    #[test]
    fn a_provider_of_ones_own_is_not_public() {
        let cluster = "oidc.eks.eu-west-1.amazonaws.com/id/ABC";
        let arn = format!("arn:aws:iam::111122223333:oidc-provider/{cluster}");
        let sub = |value: &str| trust(&arn, json!({"StringLike": {(format!("{cluster}:sub")): value}}));
        assert_eq!(open(&trust(&arn, json!({}))), (true, false));
        assert_eq!(open(&sub("system:serviceaccount:*:*")), (true, false));
        assert_eq!(open(&sub("system:serviceaccount:kube-system:*")), (false, false));
        let saml = trust("arn:aws:iam::111122223333:saml-provider/idp", json!({}));
        assert_eq!(open(&saml), (false, false));
    }
}
