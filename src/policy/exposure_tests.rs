//! Resource policies that are public, and those that only look it.

use serde_json::{Value, json};

use super::{Exposure, Policy};

fn policy(statements: Value) -> Policy {
    let policy = Policy::from_value(&json!({"Statement": statements})).unwrap();
    assert!(policy.faults.is_empty());
    policy
}

fn open(condition: Value) -> Value {
    json!({
        "Effect": "Allow", "Action": "s3:GetObject", "Principal": "*", "Resource": "arn:aws:s3:::b/*",
        "Condition": condition
    })
}

fn deny(condition: Value) -> Value {
    json!({
        "Effect": "Deny", "Action": "s3:*", "Principal": {"AWS": "*"},
        "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"], "Condition": condition
    })
}

#[test]
fn who_is_everyone() {
    let exposure = |principal: Value| {
        policy(json!({"Effect": "Allow", "Action": "sqs:*", "Principal": principal})).public()
    };
    for everyone in
        [json!("*"), json!({"AWS": "*"}), json!({"AWS": ["111122223333", "*"]}), json!({"Service": "*"})]
    {
        assert_eq!(exposure(everyone.clone()), Exposure::Public, "{everyone}");
    }
    for somebody in [
        json!({"AWS": "111122223333"}),
        json!({"Service": "sns.amazonaws.com"}),
        json!({"CanonicalUser": "79a5"}),
    ] {
        assert_eq!(exposure(somebody.clone()), Exposure::None, "{somebody}");
    }
    let not = json!({"Effect": "Allow", "Action": "sqs:*", "NotPrincipal": {"AWS": "111122223333"}});
    assert_eq!(policy(not).public(), Exposure::Public);
    assert_eq!(policy(json!({"Effect": "Allow", "Action": "*", "Resource": "*"})).public(), Exposure::None);
    assert_eq!(policy(deny(json!({}))).public(), Exposure::None);
}

#[test]
fn conditions_that_hold_the_caller() {
    for condition in [
        json!({"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}),
        json!({"StringEquals": {"AWS:principalorgid": ["o-abcdefghij", "${aws:ResourceOrgID}"]}}),
        json!({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": ["o-abcdefghij/*", "o-abcdefghij/r-ab12/ou-*"]}}),
        json!({"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:111122223333:*"}}),
        json!({"ArnEquals": {"aws:SourceArn": "arn:aws:s3:*:*:bucket"}}),
        json!({"StringLike": {"aws:SourceArn": "arn:aws:s3:::bucket*x", "aws:PrincipalArn": "*111122223333*"}}),
        json!({"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8::/32"]}}),
        json!({"StringEquals": {"aws:SourceVpce": "vpce-1"}, "Bool": {"aws:SecureTransport": "true"}}),
        json!({"StringLike": {"aws:userid": "AROA3F7FXDQ3ZBXZAOKJY:*"}}),
        json!({"Bool": {"elasticfilesystem:AccessedViaMountTarget": "true"}}),
        json!({"NumericEquals": {"aws:SourceAccount": 111122223333u64}}),
        json!({"ForAllValues:StringEquals": {"aws:SourceVpc": "vpc-1"}, "Null": {"aws:SourceVpc": "false"}}),
        json!({"StringEquals": {"aws:PrincipalOrgID": "*"}}),
    ] {
        assert_eq!(policy(open(condition.clone())).public(), Exposure::Conditional, "{condition}");
    }
}

#[test]
fn conditions_that_do_not() {
    for condition in [
        json!({}),
        json!({"Bool": {"aws:SecureTransport": "true"}}),
        json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
        json!({"StringLike": {"aws:Referer": "https://example.com/*"}}),
        json!({"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}),
        json!({"StringEquals": {"aws:PrincipalTag/team": "a"}}),
        json!({"StringNotEquals": {"aws:PrincipalAccount": "111122223333"}}),
        json!({"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}),
        json!({"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "0.0.0.0/0"]}}),
        json!({"IpAddress": {"aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1"]}}),
        json!({"StringLike": {"aws:PrincipalOrgID": "*"}}),
        json!({"StringLike": {"aws:PrincipalOrgID": ["o-abcdefghij", "o-*"]}}),
        json!({"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/Deploy*"}}),
        json!({"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:*:*"}}),
        json!({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::*"}}),
        json!({"StringLike": {"aws:userid": "AROA*"}}),
        json!({"StringEqualsIfExists": {"aws:SourceVpce": "vpce-1"}}),
        json!({"StringEqualsIfExists": {"aws:PrincipalAccount": "111122223333"}}),
        json!({"ForAllValues:StringEquals": {"aws:PrincipalOrgPaths": "o-abcdefghij/*"}}),
        json!({"Null": {"aws:PrincipalOrgID": "false"}}),
        json!({"StringEquals": {"aws:PrincipalAccount": "${aws:PrincipalAccount}"}}),
        json!({"StringEquals": {"sts:ExternalId": "x"}}),
        json!({"StringSoundsLike": {"aws:PrincipalOrgID": "o-abcdefghij"}}),
        json!({"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}}),
    ] {
        assert_eq!(policy(open(condition.clone())).public(), Exposure::Public, "{condition}");
    }
}

#[test]
fn a_key_of_the_signer_is_always_there_for_kms() {
    let key = |condition: Value| {
        policy(json!({"Effect": "Allow", "Action": ["kms:*"], "Principal": "*", "Condition": condition}))
            .public()
    };
    let caller = json!({"StringEqualsIfExists": {"kms:CallerAccount": "111122223333"}});
    assert_eq!(key(caller), Exposure::Conditional);
    assert_eq!(key(json!({"StringEqualsIfExists": {"aws:SourceAccount": "111122223333"}})), Exposure::Public);
}

#[test]
fn a_deny_guards_an_allow() {
    let guarded = |condition: Value| policy(json!([open(json!({})), deny(condition)])).public();
    assert_eq!(guarded(json!({})), Exposure::None);
    assert_eq!(
        guarded(json!({"StringNotEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}})),
        Exposure::Conditional
    );
    let either = json!({
        "StringNotEqualsIfExists": {"aws:SourceVpce": "vpce-1"}, "NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"},
        "Bool": {"aws:PrincipalIsAWSService": "false"}
    });
    assert_eq!(guarded(either), Exposure::Conditional);
    assert_eq!(guarded(json!({"Bool": {"aws:SecureTransport": "false"}})), Exposure::Public);
    assert_eq!(guarded(json!({"NotIpAddress": {"aws:SourceIp": "0.0.0.0/0"}})), Exposure::Public);
    assert_eq!(guarded(json!({"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}})), Exposure::Public);
    let one_action = json!({"Effect": "Deny", "Action": "s3:PutObject", "Principal": "*", "Resource": "*"});
    assert_eq!(policy(json!([open(json!({})), one_action])).public(), Exposure::Public);
    let all_but = json!({
        "Effect": "Deny", "NotAction": "s3:ListBucket", "Resource": "*", "NotPrincipal": {"AWS": "111122223333"}
    });
    assert_eq!(policy(json!([open(json!({})), all_but])).public(), Exposure::Conditional);
}

#[test]
fn the_most_open_statement_decides() {
    let organization = json!({"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}});
    let policy = policy(json!([open(organization), open(json!({}))]));
    assert_eq!(policy.public(), Exposure::Public);
}

#[test]
fn accounts_named() {
    let policy = policy(json!([
        {"Effect": "Allow", "Action": "s3:*", "Principal": {"AWS": ["222233334444", "arn:aws:iam::111122223333:role/r", "AROA3F7FXDQ3ZBXZAOKJY", "arn:aws:iam::111122223333:root"]}},
        {"Effect": "Deny", "Action": "s3:*", "Principal": {"AWS": "999999999999"}},
        open(json!({"StringEquals": {"aws:PrincipalAccount": ["444455556666"]}, "ArnLike": {"aws:SourceArn": "arn:aws:sns:*:333344445555:*"}})),
    ]));
    assert_eq!(policy.external_accounts(), ["111122223333", "222233334444"]);
    assert_eq!(policy.accounts_in_conditions(), ["333344445555", "444455556666"]);
    let names: Vec<_> = policy.principals().iter().map(ToString::to_string).collect();
    let role = "arn:aws:iam::111122223333:role/r";
    assert_eq!(names, ["*", "111122223333", "222233334444", role, "AROA3F7FXDQ3ZBXZAOKJY"]);
}
