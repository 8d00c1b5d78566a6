//! Policies out of real logs, with the verdicts their ground truth asks for.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{Exposure, Grant, Policy};

/// The folder of shared logs, beside the repository or where the environment says; `None`, said aloud, without one.
fn shared_data() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let named = std::env::var_os("TESTS_SHARED_DATA").map(PathBuf::from);
    let found = named.into_iter().chain([beside]).find(|folder| folder.is_dir());
    if found.is_none() {
        eprintln!("skipped: no ../shared/data, and TESTS_SHARED_DATA names no folder");
    }
    found
}

fn read(folder: &Path, file: &str) -> Value {
    let text = std::fs::read_to_string(folder.join(file)).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Every value that is a policy, wherever it stands.
fn policies(value: &Value, found: &mut Vec<Policy>) {
    let names_statements = |text: &str| text.to_ascii_lowercase().contains("statement");
    match value {
        Value::Object(fields) if fields.keys().any(|name| name.eq_ignore_ascii_case("statement")) => {
            // The answer of lambda:AddPermission wraps one statement, as a text.
            match fields.get("statement") {
                Some(Value::String(statement)) => found.push(Policy::parse(statement).unwrap()),
                _ => found.push(Policy::from_value(value).unwrap()),
            }
        }
        Value::Object(fields) => fields.values().for_each(|value| policies(value, found)),
        Value::Array(items) => items.iter().for_each(|value| policies(value, found)),
        Value::String(text) if names_statements(text) && text.contains(['{', '%']) => {
            found.push(Policy::parse(text).unwrap());
        }
        _ => {}
    }
}

fn in_file(folder: &Path, file: &str) -> Vec<Policy> {
    let mut found = Vec::new();
    policies(&read(folder, file), &mut found);
    assert!(!found.is_empty(), "{file}");
    assert!(found.iter().all(|policy| policy.faults.is_empty() && !policy.statements.is_empty()), "{file}");
    found
}

#[test]
fn resources_made_public() {
    let Some(folder) = shared_data() else { return };
    let truth = read(&folder, "truth.json");
    let mut seen = 0;
    for case in truth.as_array().unwrap() {
        let name = case["case"].as_str().unwrap();
        if !name.starts_with("panther/aws_resource_made_public.") {
            continue;
        }
        let says =
            |list: &str| case[list].as_array().unwrap().iter().any(|class| class == "resource-made-public");
        let worst = in_file(&folder, case["path"].as_str().unwrap()).iter().map(Policy::public).max();
        assert_eq!(worst == Some(Exposure::Public), says("expect") || says("attempt"), "{name}");
        assert_eq!(worst != Some(Exposure::Public), says("forbid"), "{name}");
        seen += 1;
    }
    assert!(seen >= 7, "{seen} cases prove nothing");
}

#[test]
fn roles_opened_to_another_account() {
    let Some(folder) = shared_data() else { return };
    let opened = in_file(&folder, "stratus-red-team/aws.persistence.iam-backdoor-role.json");
    assert_eq!(opened[0].external_accounts(), ["193672423079"]);
    assert_eq!(opened[0].services_trusted(), ["ec2.amazonaws.com"]);
    assert_eq!(opened[0].accounts_without_external_id(), ["193672423079"]);
    let created = in_file(&folder, "stratus-red-team/aws.persistence.iam-create-backdoor-role.json");
    assert_eq!(created.len(), 2, "the request's, and the response's, which is percent-encoded");
    assert_eq!(created[0], created[1]);
    assert_eq!(created[0].external_accounts(), ["193672423079"]);
    let kept = in_file(&folder, "panther-analysis/aws_iam_backdoor_role.1.json");
    assert_eq!((kept[0].external_accounts().len(), kept[0].public()), (0, Exposure::None));
    let weakened = opened[0].weakened_since(&kept[0]);
    assert_eq!(weakened.len(), 1);
    assert_eq!(weakened[0].sentence, "now lets in 193672423079 for sts:AssumeRole");
}

#[test]
fn a_function_anyone_may_call() {
    let Some(folder) = shared_data() else { return };
    let found = in_file(&folder, "stratus-red-team/aws.persistence.lambda-backdoor-function.json");
    assert_eq!(found[0].public(), Exposure::Public);
}

#[test]
fn policies_the_console_writes_are_harmless() {
    let Some(folder) = shared_data() else { return };
    let mut seen = 0;
    for session in std::fs::read_dir(folder.join("CloudConsoleCartographer")).unwrap() {
        let file = session.unwrap().path().join("InputEvents.json");
        let mut found = Vec::new();
        if file.is_file() {
            policies(&read(&folder, file.to_str().unwrap()), &mut found);
        }
        for policy in &found {
            assert!(policy.faults.is_empty());
            assert_ne!(policy.public(), Exposure::Public);
            assert!(policy.external_accounts().iter().all(|account| *account == "200802171337"));
            assert!(policy.accounts_in_conditions().iter().all(|account| *account == "200802171337"));
            assert_eq!(policy.grants_admin().max(policy.pass_role_any()), Grant::No);
            seen += 1;
        }
    }
    assert!(seen >= 3, "{seen} policies prove nothing");
}

#[test]
fn the_quarantine_of_a_leaked_key_grants_nothing() {
    let Some(folder) = shared_data() else { return };
    let found = in_file(&folder, "panther-analysis/aws_key_compromised.0.json");
    let quarantine = &found[0];
    assert_eq!(quarantine.grants_iam_write().max(quarantine.grants_all_actions()), Grant::No);
    assert!(quarantine.escalation_combos().is_empty());
    assert_eq!(quarantine.allows("iam:CreateAccessKey", "arn:aws:iam::111122223333:user/x"), Grant::No);
    let lifted = Policy::parse(r#"{"Version": "2012-10-17", "Statement": []}"#).unwrap();
    assert_eq!(lifted.weakened_since(quarantine).len(), 1);
}
