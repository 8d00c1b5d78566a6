//! What whole records tell of themselves, where it is more than one field's word.

use super::Derived;
use super::trial::{derived, derived_by};
use crate::known::Known;

#[test]
fn users_of_identity_center_before_they_had_a_type() {
    let record = |source: &str, user: &str| {
        format!(
            r#"{{"userIdentity":{{"type":"Unknown","principalId":"111122223333","arn":"","accountId":"111122223333","userName":"{user}"}},"eventSource":"{source}","eventName":"GetRoleCredentials"}}"#
        )
    };
    let principal = |json: &str| derived(Derived::Principal, json);
    let erin = record("sso.amazonaws.com", "erin");
    assert_eq!(principal(&erin), ["identity-center/erin"]);
    assert_eq!(derived(Derived::PrincipalKind, &erin), ["identity-center-user"]);
    let hidden = record("signin.amazonaws.com", "HIDDEN_DUE_TO_SECURITY_REASONS");
    assert_eq!(principal(&hidden), ["account:111122223333"]);
    assert_eq!(principal(&record("iam.amazonaws.com", "erin")), ["account:111122223333"]);
}

#[test]
fn root_is_meant_by_its_own_name() {
    let of = |user: &str| {
        let json = format!(
            r#"{{"userIdentity":{{"type":"Root","arn":"arn:aws:iam::111122223333:root"}},"eventName":"EnableMFADevice","requestParameters":{{"userName":"{user}"}}}}"#
        );
        derived(Derived::TargetIsCaller, &json)
    };
    assert_eq!(of("AWS ROOT USER"), ["true"]);
    assert_eq!(of("erin"), ["false"]);
}

#[test]
fn endpoints_that_are_listed_and_those_that_are_not() {
    let of = |listed: &[&str], rest: &str| {
        let json = format!(r#"{{"vpcEndpointId":"vpce-1","recipientAccountId":"111122223333"{rest}}}"#);
        let vpc_endpoints = listed.iter().map(|id| (*id).to_owned()).collect();
        derived_by(Known { vpc_endpoints, ..Known::default() }, Derived::EndpointRelation, &json)
    };
    let (own, other) =
        (r#","vpcEndpointAccountId":"111122223333""#, r#","vpcEndpointAccountId":"444455556666""#);
    assert_eq!(of(&[], own), ["own"]);
    assert_eq!(of(&[], other), ["444455556666"]);
    assert_eq!(of(&[], ""), [""; 0]);
    assert_eq!(of(&["vpce-1"], other), ["own"]);
    assert_eq!(of(&["vpce-1"], ""), ["own"]);
    assert_eq!(of(&["vpce-2"], own), ["own"]);
    assert_eq!(of(&["vpce-2"], other), ["444455556666"]);
    assert_eq!(of(&["vpce-2"], ""), ["unknown"]);
}

#[test]
fn roles_that_are_handed_over_in_other_places() {
    for parameters in [
        r#"{"jobName":"x","jobUpdate":{"role":"arn:aws:iam::111122223333:role/a"}}"#,
        r#"{"taskDefinition":"x","overrides":{"taskRoleArn":"arn:aws:iam::111122223333:role/a"}}"#,
        r#"{"projectName":"x","serviceRoleOverride":"arn:aws:iam::111122223333:role/a"}"#,
    ] {
        let json = format!(r#"{{"eventName":"Any","requestParameters":{parameters}}}"#);
        let passed = derived(Derived::PassedRole, &json);
        assert_eq!(passed, ["arn:aws:iam::111122223333:role/a"], "{parameters}");
    }
}

#[test]
fn a_role_is_known_by_its_name_without_its_path() {
    let of = |parameters: &str| {
        let json = format!(r#"{{"recipientAccountId":"111122223333","requestParameters":{{{parameters}}}}}"#);
        derived(Derived::RoleName, &json)
    };
    assert_eq!(of(r#""roleName":"app""#), ["app"]);
    assert_eq!(of(r#""roleArn":"arn:aws:iam::111122223333:role/app""#), ["app"]);
    assert_eq!(of(r#""roleArn":"arn:aws:iam::111122223333:role/team/b/app""#), ["app"]);
    assert!(of("").is_empty());
}

#[test]
fn roles_that_are_handed_over() {
    let of = |parameters: &str| {
        let json = format!(r#"{{"requestParameters":{{{parameters}}}}}"#);
        (derived(Derived::PassedRole, &json), derived(Derived::PassedRolePrivileged, &json))
    };
    let two = of(r#""targets":[{"roleArn":"r/Administrator"},{"arn":"a"},{"roleArn":"r/app"}]"#);
    assert_eq!(two, (vec!["r/Administrator".to_owned(), "r/app".to_owned()], vec!["true".to_owned()]));
    // The same key holds a name in one service, and an object in another.
    assert_eq!(of(r#""iamInstanceProfile":"web""#).0, ["web"]);
    assert_eq!(of(r#""iamInstanceProfile":{"name":"web"}"#).0, ["web"]);
    let cluster = r#""instanceGroups":[{"executionRole":"r/a"},{"executionRole":"r/a"}]"#;
    assert_eq!(of(cluster), (vec!["r/a".to_owned()], vec!["false".to_owned()]));
    assert_eq!(of(r#""target":{"roleArn":""}"#), (vec![], vec![]));
}
