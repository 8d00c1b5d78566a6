//! Policies that look powerful and are not, and the other way round.

use serde_json::{Value, json};

use super::{Grant, Policy};

fn policy(statements: Value) -> Policy {
    let policy = Policy::from_value(&json!({"Version": "2012-10-17", "Statement": statements})).unwrap();
    assert!(policy.faults.is_empty());
    policy
}

fn allow(action: Value, resource: Value) -> Value {
    json!({"Effect": "Allow", "Action": action, "Resource": resource})
}

fn allow_if(action: &str, condition: Value) -> Value {
    json!({"Effect": "Allow", "Action": action, "Resource": "*", "Condition": condition})
}

fn deny(action: Value) -> Value {
    json!({"Effect": "Deny", "Action": action, "Resource": "*"})
}

fn all_but(action: Value) -> Value {
    json!({"Effect": "Allow", "NotAction": action, "Resource": "*"})
}

#[test]
fn all_actions() {
    let ask = |statements| policy(statements).grants_all_actions();
    for all in ["*", "*:*", "**", "?*", "*:?*"] {
        assert_eq!(ask(allow(json!(all), json!("*"))), Grant::Yes, "{all}");
    }
    assert_eq!(ask(allow(json!("*"), json!("arn:aws:*:*:*:*"))), Grant::Yes);
    assert_eq!(ask(all_but(json!(["aws-portal:*", "iam:CreateUser"]))), Grant::Yes);
    assert_eq!(ask(all_but(json!([]))), Grant::Yes);
    assert_eq!(
        ask(json!([allow(json!("*"), json!("*")), deny(json!("cloudtrail:StopLogging"))])),
        Grant::Yes
    );
    assert_eq!(ask(all_but(json!("iam:*"))), Grant::No);
    assert_eq!(ask(json!([allow(json!("*"), json!("*")), deny(json!("s3:*"))])), Grant::No);
    assert_eq!(ask(allow(json!("*"), json!("arn:aws:s3:::*"))), Grant::No);
    assert_eq!(ask(allow(json!(["s3:*", "iam:*", "ec2:*"]), json!("*"))), Grant::No);
    let mfa = json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}});
    assert_eq!(ask(allow_if("*", mfa)), Grant::Conditional);
}

#[test]
fn an_administrator() {
    let ask = |statements| policy(statements).grants_admin();
    let yes = [
        allow(json!("*"), json!("*")),
        allow(json!("IAM:*"), json!("*")),
        allow(json!("iam:*"), json!("arn:aws:iam::111122223333:*")),
        allow(json!("i?m:*"), json!("arn:*:iam::*:*")),
        allow(
            json!("iam:*"),
            json!([
                "arn:aws-cn:iam::*:user/*",
                "arn:aws-cn:iam::*:group/*",
                "arn:aws-cn:iam::*:role/?*",
                "arn:aws-cn:iam::*:policy/*"
            ]),
        ),
        allow(
            json!(["iam:A*", "iam:C*", "iam:D*", "iam:E*", "iam:P*", "iam:R*", "iam:S*", "iam:U*"]),
            json!("*"),
        ),
        all_but(json!("s3:*")),
        all_but(json!(["iam:CreateUser", "iam:DeleteUser"])),
        json!([all_but(json!("iam:*")), allow(json!("iam:AttachRolePolicy"), json!("*"))]),
        json!([allow(json!("*"), json!("*")), deny(json!(["iam:CreateUser", "cloudtrail:*"]))]),
        json!({"Effect": "Allow", "Action": "iam:*", "NotResource": "arn:aws:iam::*:role/prod"}),
    ];
    for statements in yes {
        assert_eq!(ask(statements.clone()), Grant::Yes, "{statements}");
    }
    let no = [
        all_but(json!(["iam:*", "organizations:*", "account:*"])),
        json!([allow(json!("*"), json!("*")), deny(json!("iam:*"))]),
        json!([allow(json!("*"), json!("*")), deny(json!("*"))]),
        json!([allow(json!("*"), json!("*")), {"Effect": "Deny", "NotAction": "s3:*", "Resource": "*"}]),
        allow(json!("iam:*"), json!("arn:aws:iam::*:user/${aws:username}")),
        allow(json!("iam:*"), json!("arn:aws:iam::*:role/*")),
        allow(json!(["iam:Get*", "iam:List*", "iam:PassRole"]), json!("*")),
        allow(json!("iam:AttachRolePolicy"), json!("*")),
        allow(json!(["s3:*", "ec2:*", "lambda:*"]), json!("*")),
        json!({"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "*", "Resource": "*"}),
        deny(json!("*")),
    ];
    for statements in no {
        assert_eq!(ask(statements.clone()), Grant::No, "{statements}");
    }
}

#[test]
fn an_administrator_under_conditions() {
    let ask = |statements| policy(statements).grants_admin();
    for who in [
        json!({"Bool": {"aws:MultiFactorAuthPresent": true}}),
        json!({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}),
        json!({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}),
        json!({"StringNotEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/AdministratorAccess"}}),
        json!({"StringEqualsIfExists": {"iam:PassedToService": "lambda.amazonaws.com"}}),
        json!({"StringLike": {"iam:PermissionsBoundary": "*"}}),
    ] {
        assert_eq!(ask(allow_if("*", who.clone())), Grant::Conditional, "{who}");
    }
    for what in [
        json!({"StringEquals": {"iam:PermissionsBoundary": "arn:aws:iam::111122223333:policy/b"}}),
        json!({"StringEquals": {"aws:ResourceTag/team": "a"}}),
        json!({"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}),
    ] {
        assert_eq!(ask(allow_if("*", what.clone())), Grant::No, "{what}");
    }
    let bounded =
        json!({"StringNotEquals": {"iam:PermissionsBoundary": "arn:aws:iam::111122223333:policy/b"}});
    let delegated = |condition: Value| {
        let unless = json!({"Effect": "Deny", "Action": "iam:*", "Resource": "*", "Condition": condition});
        json!([allow(json!("*"), json!("*")), unless])
    };
    assert_eq!(ask(delegated(bounded)), Grant::No);
    let no_mfa = json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}});
    assert_eq!(ask(delegated(no_mfa)), Grant::Conditional);
}

#[test]
fn a_power_user_is_no_administrator() {
    let power = policy(json!([
        all_but(json!(["iam:*", "organizations:*", "account:*"])),
        allow(
            json!(["iam:CreateServiceLinkedRole", "iam:ListRoles", "organizations:DescribeOrganization"]),
            json!("*")
        ),
    ]));
    assert_eq!(power.grants_power_user(), Grant::Yes);
    assert_eq!((power.grants_admin(), power.grants_all_actions()), (Grant::No, Grant::No));
    assert_eq!((power.grants_iam_write(), power.pass_role_any()), (Grant::No, Grant::No));
    assert_eq!(policy(allow(json!("*"), json!("*"))).grants_power_user(), Grant::Yes);
    assert_eq!(policy(allow(json!("ec2:*"), json!("*"))).grants_power_user(), Grant::No);
}

#[test]
fn writing_iam() {
    let ask = |action: Value, resource: &str| policy(allow(action, json!(resource))).grants_iam_write();
    assert_eq!(ask(json!("iam:CreateUser"), "*"), Grant::Yes);
    assert_eq!(ask(json!("iam:Tag*"), "*"), Grant::No);
    assert_eq!(ask(json!("iam:*Key"), "arn:aws:iam::111122223333:user/*"), Grant::Yes);
    assert_eq!(ask(json!("iam:*AccessKey*"), "arn:aws:iam::*:user/${aws:username}"), Grant::No);
    assert_eq!(ask(json!("iam:*"), "arn:aws:iam::111122223333:user/eve"), Grant::No);
    assert_eq!(ask(json!(["iam:Get*", "iam:List*", "iam:PassRole", "iam:ChangePassword"]), "*"), Grant::No);
    assert_eq!(ask(json!("iam:PutRolePolicy"), "arn:aws:iam::*:user/*"), Grant::No);
}

#[test]
fn passing_any_role() {
    let ask = |statements| policy(statements).pass_role_any();
    for action in ["iam:PassRole", "iam:passrole", "iam:Pass*", "iam:*", "*"] {
        assert_eq!(ask(allow(json!(action), json!("*"))), Grant::Yes, "{action}");
    }
    assert_eq!(ask(all_but(json!("s3:*"))), Grant::Yes);
    for any in [
        "arn:*:iam::*:role/*",
        "arn:aws:iam::111122223333:role/*",
        "arn:aws:iam::*:*",
        "arn:aws:iam::*:role/?*",
    ] {
        assert_eq!(ask(allow(json!("iam:PassRole"), json!(any))), Grant::Yes, "{any}");
    }
    for some in [
        "arn:aws:iam::111122223333:role/app-*",
        "arn:aws:iam::111122223333:role/service-role/*",
        "arn:aws:iam::*:user/*",
    ] {
        assert_eq!(ask(allow(json!("iam:PassRole"), json!(some))), Grant::No, "{some}");
    }
    let to = |operator: &str, service: Value| {
        let mut condition = json!({});
        condition[operator] = json!({"iam:PassedToService": service});
        ask(allow_if("iam:PassRole", condition))
    };
    assert_eq!(to("StringEquals", json!("ec2.amazonaws.com")), Grant::No);
    assert_eq!(to("StringEqualsIfExists", json!("ec2.amazonaws.com")), Grant::No);
    assert_eq!(to("StringLike", json!("*")), Grant::Conditional);
    assert_eq!(to("StringNotEquals", json!("ec2.amazonaws.com")), Grant::Conditional);
    assert_eq!(to("Null", json!("false")), Grant::Conditional);
    let unless = json!({"StringNotLike": {"iam:PassedToService": "ec2.amazonaws.com"}});
    let unless = json!({"Effect": "Deny", "Action": "iam:PassRole", "Resource": "*", "Condition": unless});
    assert_eq!(ask(json!([allow(json!("*"), json!("*")), unless])), Grant::No);
    let named = json!({"Effect": "Deny", "Action": "*", "Resource": "arn:aws:iam::111122223333:role/admin"});
    assert_eq!(ask(json!([allow(json!("*"), json!("*")), named])), Grant::Yes);
}
