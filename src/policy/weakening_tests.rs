//! Pairs of versions: what weakens, and what only looks different.

use serde_json::{Value, json};

use super::{Policy, WeakeningKind};

fn policy(statements: &Value) -> Policy {
    let policy = Policy::from_value(&json!({"Statement": statements})).unwrap();
    assert!(policy.faults.is_empty());
    policy
}

fn kinds(old: Value, new: Value) -> Vec<WeakeningKind> {
    policy(&new).weakened_since(&policy(&old)).into_iter().map(|found| found.kind).collect()
}

fn sentences(old: Value, new: Value) -> Vec<String> {
    policy(&new).weakened_since(&policy(&old)).into_iter().map(|found| found.sentence).collect()
}

fn allow(action: Value, resource: Value) -> Value {
    json!({"Effect": "Allow", "Action": action, "Resource": resource})
}

fn deny(action: Value, resource: Value) -> Value {
    json!({"Effect": "Deny", "Action": action, "Resource": resource})
}

fn with(mut statement: Value, condition: Value) -> Value {
    statement["Condition"] = condition;
    statement
}

fn trust(principal: Value) -> Value {
    json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal})
}

#[test]
fn narrowing_and_reordering_are_no_weakening() {
    let old = json!([
        allow(json!(["s3:Get*", "s3:List*"]), json!(["arn:aws:s3:::a/*", "arn:aws:s3:::b/*"])),
        allow(json!("ec2:*"), json!("*")),
        deny(json!("ec2:Terminate*"), json!("*")),
    ]);
    let new = json!([
        {"Effect": "Deny", "Action": ["ec2:terminateinstances", "ec2:terminate*"], "Resource": "*", "Sid": "moved"},
        allow(json!("s3:GetObject"), json!("arn:aws:s3:::a/*")),
        allow(json!(["s3:list*", "s3:Get*"]), json!(["arn:aws:s3:::b/*", "arn:aws:s3:::a/x*"])),
        with(allow(json!("ec2:Describe*"), json!("*")), json!({"Bool": {"aws:SecureTransport": "true"}})),
        {"Effect": "Allow", "NotAction": ["s3:*", "iam:*"], "Resource": "arn:aws:s3:::a/k"},
    ]);
    assert_eq!(kinds(old.clone(), json!(new.as_array().unwrap()[..4])), []);
    assert_eq!(kinds(old.clone(), old.clone()), []);
    assert_eq!(kinds(old.clone(), json!([])), [WeakeningKind::DenyRemoved]);
    assert_eq!(kinds(old, new), [WeakeningKind::ActionsWidened]);
}

#[test]
fn wider_actions() {
    let old = allow(json!("s3:GetObject"), json!("arn:aws:s3:::a/*"));
    let all = allow(json!(["s3:GetObject", "s3:*"]), json!("arn:aws:s3:::a/*"));
    assert_eq!(sentences(old.clone(), all), ["now allows s3:* on arn:aws:s3:::a/*"]);
    let one_more = allow(json!(["s3:GetObject", "s3:PutObject"]), json!("arn:aws:s3:::a/*"));
    assert_eq!(kinds(old.clone(), one_more), []);
    let but =
        json!([old, {"Effect": "Allow", "NotAction": ["iam:*", "sts:*"], "Resource": "arn:aws:s3:::a/*"}]);
    assert_eq!(sentences(old, but.clone()), ["now allows everything but iam:*, sts:* on arn:aws:s3:::a/*"]);
    let fewer_left_out = json!({"Effect": "Allow", "NotAction": "iam:*", "Resource": "arn:aws:s3:::a/*"});
    assert_eq!(kinds(but[1].clone(), fewer_left_out.clone()), [WeakeningKind::ActionsWidened]);
    assert_eq!(kinds(fewer_left_out, but[1].clone()), []);
}

#[test]
fn wider_resources() {
    let on = |resource: Value| allow(json!("dynamodb:GetItem"), resource);
    let table = "arn:aws:dynamodb:eu-west-1:111122223333:table/a";
    assert_eq!(
        sentences(on(json!(table)), on(json!("*"))),
        ["now allows dynamodb:GetItem on *, which is wider than before"]
    );
    let all = json!([table, "arn:aws:dynamodb:*:*:table/*"]);
    assert_eq!(kinds(on(json!(table)), on(all.clone())), [WeakeningKind::ResourcesWidened]);
    let prefix = json!("arn:aws:dynamodb:eu-west-1:111122223333:table/a*");
    assert_eq!(kinds(on(json!(table)), on(prefix)), [WeakeningKind::ResourcesWidened]);
    let second = json!([table, "arn:aws:dynamodb:eu-west-1:111122223333:table/b"]);
    assert_eq!(kinds(on(json!(table)), on(second)), []);
    let buckets = |list: Value| allow(json!("s3:GetObject"), list);
    let two = json!(["arn:aws:s3:::a/*", "arn:aws:s3:::b/*"]);
    assert_eq!(kinds(buckets(json!("arn:aws:s3:::a/*")), buckets(two)), []);
    let not = json!({"Effect": "Allow", "Action": "dynamodb:GetItem", "NotResource": table});
    assert_eq!(kinds(on(json!(table)), not), [WeakeningKind::ResourcesWidened]);
    assert_eq!(kinds(on(all), on(json!(table))), []);
}

#[test]
fn conditions_gone_or_weaker() {
    let held = |condition: Value| with(allow(json!("ec2:*"), json!("*")), condition);
    let mfa = json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}});
    assert_eq!(
        sentences(held(mfa.clone()), held(json!({}))),
        ["no longer holds ec2:* to the condition Bool aws:MultiFactorAuthPresent true"]
    );
    assert_eq!(kinds(held(json!({})), held(mfa.clone())), []);
    let if_exists = json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}});
    assert_eq!(kinds(held(mfa.clone()), held(if_exists)), [WeakeningKind::ConditionRemoved]);
    let address = |block: &str| held(json!({"IpAddress": {"aws:SourceIp": block}}));
    assert_eq!(kinds(address("10.0.0.0/8"), address("10.1.0.0/16")), []);
    assert_eq!(kinds(address("10.1.0.0/16"), address("10.0.0.0/8")), [WeakeningKind::ConditionRemoved]);
    // The free statement was there before, so nothing is freed.
    let both = json!([held(mfa), allow(json!("ec2:Describe*"), json!("*"))]);
    assert_eq!(kinds(both.clone(), both[1].clone()), []);
}

#[test]
fn denies_gone_or_narrower() {
    let allowed = allow(json!("*"), json!("*"));
    let old = json!([allowed, deny(json!(["iam:*", "organizations:*"]), json!("*"))]);
    assert_eq!(
        sentences(old.clone(), allowed.clone())[2..],
        ["no longer denies iam:*, organizations:* on *"]
    );
    let half = json!([allowed, deny(json!("organizations:*"), json!("*"))]);
    assert_eq!(kinds(old.clone(), half).last(), Some(&WeakeningKind::DenyNarrowed));
    let wider = json!([allowed, deny(json!(["iam:*", "o*"]), json!("*"))]);
    assert_eq!(kinds(old.clone(), wider), []);
    let not_action = json!([allowed, {"Effect": "Deny", "NotAction": ["s3:*", "ec2:*"], "Resource": "*"}]);
    assert_eq!(kinds(old.clone(), not_action.clone()), []);
    assert_eq!(kinds(not_action, old.clone()).last(), Some(&WeakeningKind::DenyNarrowed));
    let no_mfa = json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}});
    let sometimes = json!([allowed, with(old[1].clone(), no_mfa)]);
    let found = sentences(old.clone(), sometimes.clone());
    assert_eq!(
        found.last().map(String::as_str),
        Some(
            "denies iam:*, organizations:* on * only under the condition BoolIfExists aws:MultiFactorAuthPresent false"
        )
    );
    assert_eq!(kinds(sometimes, old), []);
}

#[test]
fn principals_let_in() {
    let root = json!({"AWS": "arn:aws:iam::111122223333:root"});
    let role = json!({"AWS": "arn:aws:iam::111122223333:role/r"});
    assert_eq!(
        sentences(trust(root.clone()), trust(json!({"AWS": ["111122223333", "444455556666"]}))),
        ["now lets in 444455556666 for sts:AssumeRole"]
    );
    assert_eq!(
        sentences(trust(root.clone()), trust(json!("*"))),
        ["now lets in everyone for sts:AssumeRole"]
    );
    assert_eq!(kinds(trust(role.clone()), trust(root.clone())), [WeakeningKind::PrincipalWidened]);
    assert_eq!(kinds(trust(root.clone()), trust(role.clone())), []);
    assert_eq!(kinds(trust(role), trust(json!({"AWS": "arn:aws:iam::111122223333:role/s"}))), []);
    assert_eq!(
        kinds(trust(root.clone()), trust(json!({"AWS": "111122223333", "Service": "ec2.amazonaws.com"}))),
        []
    );
    let provider = json!({"Federated": "arn:aws:iam::111122223333:saml-provider/idp"});
    assert_eq!(kinds(trust(root), trust(provider)), [WeakeningKind::PrincipalWidened]);
    let bucket =
        |actions: Value| json!({"Effect": "Allow", "Action": actions, "Principal": "*", "Resource": "*"});
    let write = bucket(json!(["s3:GetObject", "s3:PutObject"]));
    assert_eq!(kinds(bucket(json!("s3:GetObject")), write), [WeakeningKind::PrincipalWidened]);
}

#[test]
fn powers_gained() {
    let old = allow(json!("s3:*"), json!("*"));
    let found = kinds(old.clone(), json!([old, allow(json!("iam:*"), json!("*"))]));
    assert_eq!(
        found,
        [WeakeningKind::AdminGained, WeakeningKind::PassRoleOpened, WeakeningKind::ActionsWidened]
    );
    let quiet = json!([old, allow(json!("iam:PutUserPolicy"), json!("*"))]);
    assert_eq!(sentences(old.clone(), quiet), ["now opens a way to escalate privileges: PutUserPolicy"]);
    let to_lambda = json!({"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}});
    // A Deny of all but the roles of one account leaves all of those.
    let all_but = |effect: &str, what: &str, spared: &str| json!({"Effect": effect, "Action": what, "NotResource": spared});
    let spares = all_but("Deny", "*", "arn:aws:iam::111122223333:role/*");
    let passes = all_but("Allow", "iam:PassRole", "arn:aws:s3:::b/*");
    assert_eq!(kinds(json!([]), json!([passes, spares])), [WeakeningKind::PassRoleOpened]);
    let pass = allow(json!("iam:PassRole"), json!("*"));
    assert_eq!(
        kinds(with(pass.clone(), to_lambda), pass),
        [WeakeningKind::PassRoleOpened, WeakeningKind::ConditionRemoved]
    );
}

#[test]
fn versions_beyond_reason_are_said_not_to_be_compared() {
    let many = |prefix: &str| (0..400).map(|at| json!(format!("{prefix}{at}"))).collect::<Value>();
    let old = allow(many("s3:A"), many("arn:aws:s3:::a"));
    let new = allow(many("s3:B"), many("arn:aws:s3:::a"));
    assert_eq!(kinds(old, new), [WeakeningKind::NotCompared]);
}
