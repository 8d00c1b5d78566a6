//! Session names and source identities: what they look like, apart from what varies.

use super::call::truth;
use super::field::Derived;
use super::{Deriver, Values, identity};
use crate::event::Record;

pub(super) fn session_name(deriver: &Deriver, record: &Record<'_>, field: Derived, values: &mut Values) {
    values.set(field as usize, identity::session(deriver, record));
}

pub(super) fn shape(deriver: &Deriver, record: &Record<'_>, field: Derived, values: &mut Values) {
    let shape = match deriver.text(record, deriver.inputs.role_session_name) {
        Some(asked) => Some(shape_for(deriver, record, &asked)),
        None => identity::session(deriver, record).map(|name| shape_of(&name)),
    };
    values.set(field as usize, shape);
}

/// The shape of a name that the caller gives. Its own name, as the console and many tools take it, is one shape
/// whoever the caller is: a colleague is no new shape.
fn shape_for(deriver: &Deriver, record: &Record<'_>, asked: &str) -> String {
    let user = deriver.text(record, deriver.inputs.identity_user);
    let session = identity::session(deriver, record);
    let own = [user, session].into_iter().flatten().any(|name| name == asked);
    if own { "own".to_owned() } else { shape_of(asked) }
}

pub(super) fn conventional(deriver: &Deriver, record: &Record<'_>, field: Derived, values: &mut Values) {
    let conventions = &deriver.known.session_names;
    let name = deriver.text(record, deriver.inputs.role_session_name).filter(|_| !conventions.is_empty());
    let follows = name.map(|name| conventions.iter().any(|convention| convention.is_match(&name)));
    values.set(field as usize, follows.map(truth));
}

pub(super) fn source_identity(deriver: &Deriver, record: &Record<'_>, field: Derived, values: &mut Values) {
    let set = deriver.text(record, deriver.inputs.source_identity);
    let shape = set.map_or_else(|| "absent".to_owned(), |name| shape_for(deriver, record, &name));
    values.set(field as usize, Some(shape));
}

pub(super) fn mfa(deriver: &Deriver, record: &Record<'_>, field: Derived, values: &mut Values) {
    let inputs = &deriver.inputs;
    let session =
        deriver.text(record, inputs.mfa_authenticated).is_some_and(|text| text.eq_ignore_ascii_case("true"));
    let device = deriver.text(record, inputs.mfa_serial).is_some();
    values.set(field as usize, Some(truth(session || device)));
}

pub(super) fn workload(deriver: &Deriver, record: &Record<'_>, field: Derived, values: &mut Values) {
    let inputs = &deriver.inputs;
    let role = deriver.text(record, inputs.identity_type).as_deref() == Some("AssumedRole");
    let session = identity::session(deriver, record).filter(|_| role);
    let agent = deriver.text(record, inputs.user_agent).and_then(|agent| values.once.agent(&agent).workload);
    let scope = deriver.text(record, inputs.identity_scope).filter(|_| role);
    let issued = scope.and_then(|scope| issued_to(&scope));
    let provider = deriver.text(record, inputs.federated_by).filter(|_| role);
    let cluster = provider.and_then(|provider| of_cluster(&provider));
    let told = issued.or(cluster);
    values.set(field as usize, told.or_else(|| session.and_then(|session| workload_of(&session, agent))));
}

/// Newer records tell what kind of resource the credentials were issued to.
fn issued_to(scope: &str) -> Option<&'static str> {
    let kinds = [
        ("AWS::Lambda::", "lambda"),
        ("AWS::ECS::", "ecs"),
        ("AWS::EKS::", "eks"),
        ("AWS::EC2::", "ec2"),
        ("AWS::CodeBuild::", "codebuild"),
    ];
    kinds.into_iter().find(|(service, _)| scope.starts_with(service)).map(|(_, kind)| kind)
}

/// Clusters of EKS have a provider each, whose tokens only their service accounts get; these name their sessions as
/// they like.
fn of_cluster(provider: &str) -> Option<&'static str> {
    provider.contains(":oidc-provider/oidc.eks.").then_some("eks")
}

/// Services name the sessions of the workloads they run; Lambda, whose sessions bear the function's name, is told by
/// the environment that SDKs put into their user agent.
fn workload_of(session: &str, agent: Option<&'static str>) -> Option<&'static str> {
    let task = session.len() == 32 && session.bytes().all(|b| b.is_ascii_hexdigit());
    if identity::is_instance(session) {
        Some("ec2")
    } else if session.starts_with("AWSCodeBuild-") {
        Some("codebuild")
    } else if session.starts_with("eks-") {
        Some("eks")
    } else if task {
        Some("ecs")
    } else {
        agent
    }
}

/// A name with its varying parts blurred: runs of digits become `9`, words of at least four hex characters that mix
/// digits and letters become `h`, longer ones with digits amid other letters `r`, a UUID `u`, and the part of an e-mail
/// address before the `@` becomes `a`, so that a colleague's name is no new shape.
pub(super) fn shape_of(name: &str) -> String {
    if let Some((local, domain)) = name.split_once('@')
        && !local.is_empty()
        && domain.contains('.')
        && !domain.contains('@')
    {
        return format!("a@{domain}");
    }
    let mut out = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(first) = rest.chars().next() {
        let word = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        if word == 0 {
            out.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        }
        // Its words alone have many shapes: some are digits only.
        if let Some(behind) = behind_uuid(rest) {
            out.push('u');
            rest = behind;
            continue;
        }
        blur(&rest[..word], &mut out);
        rest = &rest[word..];
    }
    out
}

/// What follows a UUID that the text begins with.
fn behind_uuid(text: &str) -> Option<&str> {
    const LENGTH: usize = 36;
    let (uuid, behind) = text.split_at_checked(LENGTH)?;
    let dash = |at: usize| matches!(at, 8 | 13 | 18 | 23);
    let fits = |(at, b): (usize, u8)| if dash(at) { b == b'-' } else { b.is_ascii_hexdigit() };
    let whole = !behind.starts_with(|c: char| c.is_ascii_alphanumeric());
    (whole && uuid.bytes().enumerate().all(fits)).then_some(behind)
}

/// Words of so many letters and digits, or more, are taken for random ones.
const RANDOM: usize = 12;

fn blur(word: &str, out: &mut String) {
    let hex = word.len() >= 4 && word.bytes().all(|b| b.is_ascii_hexdigit());
    let (digits, letters) =
        (word.bytes().any(|b| b.is_ascii_digit()), word.bytes().any(|b| b.is_ascii_alphabetic()));
    if hex && digits && letters {
        return out.push('h');
    }
    // Ids of runs, such as Terraform Cloud's.
    let turns = word.as_bytes().windows(2).filter(|two| two[0].is_ascii_digit() != two[1].is_ascii_digit());
    if word.len() >= RANDOM && turns.count() >= 2 {
        return out.push('r');
    }
    let mut before = false;
    for c in word.chars() {
        if !c.is_ascii_digit() {
            out.push(c);
        } else if !before {
            out.push('9');
        }
        before = c.is_ascii_digit();
    }
}

#[cfg(test)]
mod tests {
    use super::super::agent::Agent;
    use super::*;

    #[test]
    fn workloads() {
        for (session, agent, kind) in [
            ("i-0abc1234def567890", "", Some("ec2")),
            ("AWSCodeBuild-6e2d1a5c-0b7f-4f0e-9a3e-1f2d3c4b5a69", "", Some("codebuild")),
            ("eks-prod-api-6d9f7c-0b7f", "", Some("eks")),
            ("0123456789abcdef0123456789abcdef", "", Some("ecs")),
            ("thumbnailer", "Boto3/1.34 exec-env/AWS_Lambda_python3.12", Some("lambda")),
            ("jane", "aws-cli/2.15", None),
        ] {
            assert_eq!(workload_of(session, Agent::of(agent).workload), kind, "{session}");
        }
    }

    #[test]
    fn service_accounts_are_told_by_their_clusters_provider() {
        let of = |provider: &str| of_cluster(&format!("arn:aws:iam::111122223333:oidc-provider/{provider}"));
        assert_eq!(of("oidc.eks.eu-west-1.amazonaws.com/id/ABC"), Some("eks"));
        assert_eq!(of("token.actions.githubusercontent.com"), None);
        assert_eq!(of("idp.example.com/oidc.eks.eu-west-1.amazonaws.com"), None);
    }

    #[test]
    fn newer_records_say_what_the_credentials_were_issued_to() {
        assert_eq!(issued_to("AWS::Lambda::Function"), Some("lambda"));
        assert_eq!(issued_to("AWS::S3::Bucket"), None);
    }

    #[test]
    fn shapes() {
        for (name, shape) in [
            ("botocore-session-1721375070", "botocore-session-9"),
            ("i-0abc1234def567890", "i-h"),
            ("6e2d1a5c-0b7f-4f0e-9a3e-1f2d3c4b5a69", "u"),
            ("job-47513281-1808-4bcb-9a3e-113234455569.x", "job-u.x"),
            ("6e2d1a5c-0b7f-4f0e-9a3e-1f2d3c4b5a69f", "h-h-h-h-h"),
            ("jane.doe@example.com", "a@example.com"),
            ("GitHubActions", "GitHubActions"),
            ("deploy-prod-42x7", "deploy-prod-9x9"),
            ("run-42ZDZFLRDMJJ54GX", "run-r"),
            ("run-QUEKZIY6QSFTYIFS", "run-r"),
            ("step2deploy3", "r"),
            ("web2app3", "web9app9"),
            ("1234deployment", "9deployment"),
            ("deployment1234", "deployment9"),
            ("facade", "facade"),
            ("naïve42", "naïve9"),
            ("", ""),
        ] {
            assert_eq!(shape_of(name), shape, "{name}");
        }
    }
}
