//! Whose token a web identity showed, without what varies from run to run.

use std::borrow::Cow;

use super::field::Derived;
use super::{Deriver, Values};
use crate::event::Record;

/// Providers at which anybody has an account: each of their users is a subject of its own.
const OF_THE_PUBLIC: [&str; 4] =
    ["cognito-identity.amazonaws.com", "accounts.google.com", "graph.facebook.com", "www.amazon.com"];

/// What begins the varying part of a subject: a branch, a commit, a phase of a run, the person who started it.
const VARYING: [&str; 5] = [":ref:", ":ref_type:", ":commit:", ":run_phase:", "/user/"];

pub(super) fn web_identity(deriver: &Deriver, record: &Record<'_>, field: Derived, values: &mut Values) {
    let inputs = &deriver.inputs;
    let text = |input| deriver.text(record, input);
    let kind = text(inputs.identity_type);
    let token = (kind.as_deref() == Some("WebIdentityUser"))
        .then(|| text(inputs.identity_provider).zip(text(inputs.identity_user)))
        .flatten();
    values.set(field as usize, token.and_then(|(provider, subject)| lasting(&provider, &subject)));
}

/// Provider and subject, the latter without its varying part; `None` for a provider of the public.
fn lasting(provider: &str, subject: &str) -> Option<String> {
    let host = provider.split_once(":oidc-provider/").map_or(provider, |(_, host)| host);
    if OF_THE_PUBLIC.contains(&host) {
        return None;
    }
    // GitHub and GitLab name the project first, and whatever the project's owner likes after it; Bitbucket the
    // repository's id.
    let whole = if subject.starts_with("repo:") || subject.starts_with("project_path:") {
        up_to_colon(subject, 2)
    } else if host.contains("bitbucket.org") {
        up_to_colon(subject, 1)
    } else {
        let end = VARYING.into_iter().filter_map(|mark| subject.find(mark)).min();
        Cow::Borrowed(&subject[..end.unwrap_or(subject.len())])
    };
    Some(format!("{host}:{whole}"))
}

fn up_to_colon(subject: &str, parts: usize) -> Cow<'_, str> {
    let kept: Vec<&str> = subject.split(':').take(parts).collect();
    Cow::Owned(kept.join(":"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_varies_from_run_to_run_is_left_out() {
        let github = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com";
        let eks = "arn:aws:iam::111122223333:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/0A1B";
        for (provider, subject, kept) in [
            (github, "repo:org/app:ref:refs/heads/x", "token.actions.githubusercontent.com:repo:org/app"),
            (github, "repo:org/app:environment:live", "token.actions.githubusercontent.com:repo:org/app"),
            (github, "repo:org/app", "token.actions.githubusercontent.com:repo:org/app"),
            ("gitlab.com", "project_path:g/p:ref_type:branch:ref:main", "gitlab.com:project_path:g/p"),
            (
                eks,
                "system:serviceaccount:prod:api",
                "oidc.eks.us-east-1.amazonaws.com/id/0A1B:system:serviceaccount:prod:api",
            ),
            (
                "app.terraform.io",
                "organization:o:project:p:workspace:w:run_phase:apply",
                "app.terraform.io:organization:o:project:p:workspace:w",
            ),
            ("api.bitbucket.org/2.0/w", "{6e2d}:{0b7f}", "api.bitbucket.org/2.0/w:{6e2d}"),
            ("oidc.circleci.com/org/1", "org/1/project/2/user/3", "oidc.circleci.com/org/1:org/1/project/2"),
        ] {
            assert_eq!(lasting(provider, subject).as_deref(), Some(kept), "{subject}");
        }
        assert_eq!(lasting("cognito-identity.amazonaws.com", "us-east-1:0b7f"), None);
    }
}
