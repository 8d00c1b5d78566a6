//! Objects written as pairs, `{userName=jane, status=Active}`, as CloudTrail Lake and Athena print a map: read where
//! there is but one way to read them.
//!
//! Nothing in such a text is quoted, so a comma may end a value or belong to it: whoever may write a description may
//! write `x, policyArn=...` into it. A single pair leaves no doubt, nor do values that their service takes only
//! without white space, of calls that it did not refuse.

/// What is known of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Number,
    Flag,
}

/// The services of which [`KNOWN`] tells.
const SERVICES: [&str; 2] = ["iam.amazonaws.com", "sts.amazonaws.com"];

/// The parameters that these services take without white space only: by the patterns of their documentation, or as
/// they name what must exist.
const KNOWN: [(&str, Kind); 26] = [
    ("accessKeyId", Kind::Text),
    ("durationSeconds", Kind::Number),
    ("externalId", Kind::Text),
    ("groupName", Kind::Text),
    ("instanceProfileName", Kind::Text),
    ("maxSessionDuration", Kind::Number),
    ("newGroupName", Kind::Text),
    ("newPath", Kind::Text),
    ("newUserName", Kind::Text),
    ("passwordResetRequired", Kind::Flag),
    ("path", Kind::Text),
    ("permissionsBoundary", Kind::Text),
    ("policyArn", Kind::Text),
    ("policyName", Kind::Text),
    ("roleArn", Kind::Text),
    ("roleName", Kind::Text),
    ("roleSessionName", Kind::Text),
    ("sAMLProviderArn", Kind::Text),
    ("serialNumber", Kind::Text),
    ("serviceSpecificCredentialId", Kind::Text),
    ("setAsDefault", Kind::Flag),
    ("sourceIdentity", Kind::Text),
    ("status", Kind::Text),
    ("userName", Kind::Text),
    ("versionId", Kind::Text),
    ("virtualMFADeviceName", Kind::Text),
];

/// The object that a text holds as pairs, as JSON. `service` took the call, if one is known to have.
pub(super) fn object(text: &str, service: Option<&str>) -> Option<String> {
    let inner = text.strip_prefix('{')?.strip_suffix('}')?;
    let pairs: Vec<(&str, &str)> = inner.split(", ").map(pair).collect::<Option<_>>()?;
    let known = |key: &str| KNOWN.iter().find(|(name, _)| *name == key).map(|(_, kind)| *kind);
    let of_service = service.is_some_and(|service| SERVICES.contains(&service));
    let one = |(key, value): &(&str, &str)| {
        let value = match known(key).filter(|_| of_service) {
            Some(kind) => of_kind(value, kind)?,
            None if pairs.len() == 1 => lone(value)?,
            None => return None,
        };
        Some(format!("\"{key}\":{value}"))
    };
    let twice = (1..pairs.len()).any(|at| pairs[..at].iter().any(|(key, _)| *key == pairs[at].0));
    let members: Vec<String> = pairs.iter().map(one).collect::<Option<_>>()?;
    (!twice).then(|| format!("{{{}}}", members.join(",")))
}

fn pair(text: &str) -> Option<(&str, &str)> {
    let (key, value) = text.split_once('=')?;
    (!key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric())).then_some((key, value))
}

/// The value of a parameter of which the kind is known.
fn of_kind(value: &str, kind: Kind) -> Option<String> {
    let plain = |byte: u8| byte.is_ascii_graphic() && !b"{}[]\"\\".contains(&byte);
    let sound = match kind {
        // A map has this word for what is not there, and people may be called so.
        Kind::Text => value != "null" && value.bytes().all(plain),
        Kind::Number => matches!(value.len(), 1..=9) && value.bytes().all(|byte| byte.is_ascii_digit()),
        Kind::Flag => matches!(value, "true" | "false"),
    };
    let text = if kind == Kind::Text { format!("\"{value}\"") } else { value.to_owned() };
    sound.then_some(text)
}

/// A value of which nothing is known, if it can be nothing but a text.
fn lone(value: &str) -> Option<String> {
    let other = value.starts_with(['{', '[']) || serde_json::from_str::<serde::de::IgnoredAny>(value).is_ok();
    (!other).then(|| serde_json::to_string(value).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const IAM: Option<&str> = Some("iam.amazonaws.com");

    #[test]
    fn what_reads_in_one_way_is_read() {
        for (text, expected) in [
            ("{userName=jane}", r#"{"userName":"jane"}"#),
            (
                "{userName=jane, policyArn=arn:aws:iam::aws:policy/Admin}",
                r#"{"userName":"jane","policyArn":"arn:aws:iam::aws:policy/Admin"}"#,
            ),
            ("{userName=a,b=c, status=Active}", r#"{"userName":"a,b=c","status":"Active"}"#),
            ("{userName=7, passwordResetRequired=true}", r#"{"userName":"7","passwordResetRequired":true}"#),
            ("{roleArn=x, durationSeconds=900}", r#"{"roleArn":"x","durationSeconds":900}"#),
            ("{description=say \"hi\", you}", ""),
            ("{description=say \"hi\" = you}", r#"{"description":"say \"hi\" = you"}"#),
        ] {
            assert_eq!(object(text, IAM).unwrap_or_default(), expected, "{text}");
        }
        assert_eq!(object("{name=prod-trail}", None).as_deref(), Some(r#"{"name":"prod-trail"}"#));
    }

    #[test]
    fn what_may_read_in_another_way_is_not() {
        for text in [
            "",
            "{",
            "{}",
            "{userName}",
            "{=x}",
            "{a b=c}",
            "{a=}x",
            "{description=x, policyArn=y}",
            "{policyArn=y, description=x}",
            "{userName=a, userName=b}",
            "{userName=null}",
            "{userName=a b, path=/}",
            "{userName=a, path={b=c}}",
            "{userName=a,path=/}x",
            "{tags=[a]}",
            "{filter={a=b}}",
            "{limit=7}",
            "{dryRun=true}",
            "{marker=null}",
            "{roleArn=x, durationSeconds=x}",
            "{userName=a, passwordResetRequired=yes}",
        ] {
            assert_eq!(object(text, IAM), None, "{text}");
        }
        let two = "{userName=jane, status=Active}";
        assert!(object(two, IAM).is_some());
        assert_eq!(object(two, None), None, "refused, so anything may be in it");
        assert_eq!(object(two, Some("ec2.amazonaws.com")), None);
    }
}
