//! What the reader takes, what it refuses, and what it keeps of a document that is half broken.

use serde_json::json;

use super::statement::StatementProblem;
use super::{Effect, Policy, PolicyFault, Principal, Principals, Selector};

fn read(value: serde_json::Value) -> Policy {
    Policy::from_value(&value).unwrap()
}

#[test]
fn one_statement_or_many_text_or_list() {
    let one = read(json!({"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}));
    let many = read(json!({"Statement": [{"Effect": "Allow", "Action": ["s3:*"], "Resource": ["*"]}]}));
    assert_eq!(one, many);
    let bare = read(json!({"Effect": "Allow", "Action": "s3:*", "Resource": "*"}));
    assert_eq!(one, bare);
}

#[test]
fn element_names_in_any_case() {
    let policy = read(json!({
        "version": "2012-10-17", "id": 7,
        "statement": [{"sid": 1, "effect": "ALLOW", "notaction": "iam:*", "NOTRESOURCE": "x", "condition": {}}]
    }));
    let statement = &policy.statements[0];
    assert_eq!((policy.version.as_deref(), policy.id.as_deref()), (Some("2012-10-17"), Some("7")));
    assert_eq!((statement.sid.as_deref(), statement.effect), (Some("1"), Effect::Allow));
    assert!(matches!(&statement.actions, Selector::AllBut(list) if list.len() == 1));
    assert!(matches!(&statement.resources, Selector::AllBut(list) if list.len() == 1));
}

#[test]
fn principals_of_every_shape() {
    let of = |principal| {
        let statement = json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal});
        read(json!({"Statement": statement})).statements.remove(0).principals
    };
    assert_eq!(of(json!("*")), Some(Principals::Only(vec![Principal::Everyone])));
    assert_eq!(of(json!({"AWS": ["*"]})), Some(Principals::Only(vec![Principal::Everyone])));
    assert_eq!(of(json!({"AWS": 111122223333u64})), of(json!("arn:aws:iam::111122223333:root")));
    let mixed = of(json!({"Service": ["a.amazonaws.com"], "Federated": "cognito-identity.amazonaws.com"}));
    assert_eq!(mixed.map(|principals| principals.named().len()), Some(2));
    assert_eq!(of(json!(null)), None);
}

#[test]
fn condition_values_are_text() {
    let condition = json!({"Bool": {"aws:SecureTransport": true}, "NumericLessThan": {"n": [1, 2.5]}});
    let policy = read(json!({
        "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition}
    }));
    let values: Vec<_> = policy.statements[0].conditions.iter().map(|test| test.values.join("|")).collect();
    assert_eq!(values, ["true", "1|2.5"]);
}

#[test]
fn a_broken_statement_leaves_the_others() {
    let long = "a".repeat(5000);
    let policy = read(json!({"Statement": [
        {"Effect": "Allow", "Action": "a:b", "Resource": "*"},
        "text",
        {"Action": "a:b", "Resource": "*"},
        {"Effect": "Maybe", "Action": "a:b"},
        {"Effect": "Allow", "Resource": "*"},
        {"Effect": "Allow", "Action": "a:b", "NotAction": "c:d"},
        {"Effect": "Allow", "Action": {"a": "b"}},
        {"Effect": "Allow", "Action": "a:b", "Principal": {"AWS": {"x": 1}}},
        {"Effect": "Allow", "Action": "a:b", "Condition": {"StringEquals": "x"}},
        {"Effect": "Allow", "Action": long},
        {"Effect": "Deny", "Action": "a:b", "Resource": "*"},
    ]}));
    assert_eq!(policy.statements.len(), 2);
    let faults: Vec<_> = policy.faults.iter().map(|fault| (fault.index, fault.reason.clone())).collect();
    assert_eq!(
        faults,
        [
            (1, StatementProblem::NotAnObject),
            (2, StatementProblem::Missing("Effect")),
            (3, StatementProblem::Effect),
            (4, StatementProblem::Missing("Action")),
            (5, StatementProblem::Both("Action")),
            (6, StatementProblem::Shape("Action")),
            (7, StatementProblem::Shape("Principal")),
            (8, StatementProblem::Shape("Condition")),
            (9, StatementProblem::TooLong("Action")),
        ]
    );
    assert_eq!(faults[4].1.to_string(), "the statement has both Action and NotAction");
}

#[test]
fn documents_without_statements_are_faults() {
    assert_eq!(Policy::parse(""), Err(PolicyFault::Empty));
    assert_eq!(Policy::parse("[]"), Err(PolicyFault::NotAnObject));
    assert_eq!(Policy::parse("7"), Err(PolicyFault::NotAnObject));
    assert_eq!(Policy::parse("{}"), Err(PolicyFault::NoStatement));
    assert_eq!(Policy::from_value(&json!({"Statement": null})), Err(PolicyFault::NoStatement));
    assert_eq!(Policy::parse(r#"{"Statement": []}"#).map(|policy| policy.statements.len()), Ok(0));
}

#[test]
fn documents_beyond_reason_are_faults() {
    assert_eq!(Policy::parse(&" ".repeat((1 << 20) + 1)), Err(PolicyFault::TooLarge));
    let text = "a".repeat(600_000);
    assert_eq!(Policy::from_value(&json!({"Statement": [text, text]})), Err(PolicyFault::TooLarge));
    let many = vec![json!({}); 10_001];
    assert_eq!(Policy::from_value(&json!({"Statement": many})), Err(PolicyFault::TooManyStatements));
    assert!(matches!(Policy::parse(&"[".repeat(100_000)), Err(PolicyFault::NotJson(_))));
}
