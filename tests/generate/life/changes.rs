//! What terraform changes: a few roles and policies of least privilege, on fixed days of the month.

use std::fmt::Write;

use crate::clock::{Secs, american};
use crate::event::{Api, Call, write};
use crate::identity::{Caller, Role};
use crate::org::{DEV, HOME_REGION, Org, PROD};
use crate::outbox::Outbox;
use crate::rng::Rng;

/// The new service of week three.
pub(crate) const REFUNDS: u32 = 15;

/// The policy that an intruder will widen, as the pipeline made it and as it last changed it.
pub(crate) const DEPLOY_POLICY: &str = "payments-deploy";
pub(crate) const DEPLOY_V1: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Rollout","Effect":"Allow","Action":["ecs:DescribeServices","ecs:UpdateService"],"Resource":"arn:aws:ecs:us-east-1:444400004444:service/prod-main/payments-api"}]}"#;
pub(crate) const DEPLOY_V2: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Rollout","Effect":"Allow","Action":["ecs:DescribeServices","ecs:UpdateService","ecs:DescribeTasks"],"Resource":"arn:aws:ecs:us-east-1:444400004444:service/prod-main/payments-api"},{"Sid":"HandOverTaskRole","Effect":"Allow","Action":"iam:PassRole","Resource":"arn:aws:iam::444400004444:role/payments-api-task","Condition":{"StringEquals":{"iam:PassedToService":"ecs-tasks.amazonaws.com"}}}]}"#;

/// The policy whose older version an intruder will bring back.
pub(crate) const EXPORT_POLICY: &str = "data-export-access";
const EXPORT_V1: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"ReadExports","Effect":"Allow","Action":["s3:GetObject","s3:ListBucket"],"Resource":["arn:aws:s3:::example-prod-exports","arn:aws:s3:::example-prod-exports/*"]}]}"#;
const EXPORT_V2: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"ReadExports","Effect":"Allow","Action":["s3:GetObject"],"Resource":["arn:aws:s3:::example-prod-exports/daily/*"],"Condition":{"StringEquals":{"aws:SourceVpce":"vpce-0aa11bb22cc33dd44"}}}]}"#;

const REFUNDS_POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Table","Effect":"Allow","Action":["dynamodb:GetItem","dynamodb:PutItem"],"Resource":"arn:aws:dynamodb:us-east-1:444400004444:table/refunds"},{"Sid":"Secret","Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"arn:aws:secretsmanager:us-east-1:444400004444:secret:refunds/db-*"}]}"#;

/// A role that only ECS tasks may take over.
const TASK_TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

/// What the pipeline applies in a run, if anything: the changes merged after its last run, of day `last`, till `day`.
pub(crate) fn apply(
    org: &Org,
    by: &Caller,
    (last, day): (u32, u32),
    at: Secs,
    rng: &mut Rng,
    out: &mut Outbox<'_>,
) {
    let mut change = Change { org, by, at, rng, out };
    for merged in last + 1..=day {
        match (by.account, merged) {
            (PROD, 8) => change.create_policy(DEPLOY_POLICY, DEPLOY_V1),
            (PROD, 11) => change.create_policy(EXPORT_POLICY, EXPORT_V1),
            (PROD, 18) => change.create_version(DEPLOY_POLICY, DEPLOY_V2, "v2"),
            (PROD, 22) => change.create_version(EXPORT_POLICY, EXPORT_V2, "v2"),
            (PROD, REFUNDS) => {
                change.create_policy("refunds-runtime", REFUNDS_POLICY);
                change.create_role("refunds-worker-task", TASK_TRUST);
                change.attach("refunds-worker-task", "refunds-runtime");
            }
            (DEV, 9) => {
                change.create_role("preview-env-migrate", TASK_TRUST);
                change.attach("preview-env-migrate", "storefront-runtime");
            }
            _ => {}
        }
    }
    // Every run marks what it has looked after, so that writing to IAM is nothing new for it.
    change.tag_role("payments-api-task", day);
}

struct Change<'c, 'o> {
    org: &'c Org,
    by: &'c Caller,
    at: Secs,
    rng: &'c mut Rng,
    out: &'c mut Outbox<'o>,
}

impl Change<'_, '_> {
    fn send(&mut self, api: &Api, params: String, response: String) {
        let call = Call::new(self.by, self.at, HOME_REGION, api).params(params).response(response);
        self.out.send(&call, self.rng);
        self.at += 1;
    }

    fn policy_arn(&self, name: &str) -> String {
        format!("arn:aws:iam::{}:policy/{name}", self.org.accounts[self.by.account].id)
    }

    fn create_policy(&mut self, name: &str, document: &str) {
        let (params, response) = created_policy(self.org, self.by.account, name, document, self.at, self.rng);
        self.send(&write("iam", "CreatePolicy", ""), params, response);
    }

    fn create_version(&mut self, name: &str, document: &str, version: &str) {
        let (params, response) = created_version(&self.policy_arn(name), document, version, self.at);
        self.send(&write("iam", "CreatePolicyVersion", ""), params, response);
    }

    fn create_role(&mut self, name: &str, trust: &str) {
        let (params, response) = created_role(self.org, self.by.account, name, trust, self.at);
        self.send(&write("iam", "CreateRole", ""), params, response);
    }

    fn attach(&mut self, role: &str, policy: &str) {
        let arn = self.policy_arn(policy);
        let params = format!(r#"{{"roleName":"{role}","policyArn":"{arn}"}}"#);
        self.send(&write("iam", "AttachRolePolicy", ""), params, String::new());
    }

    fn tag_role(&mut self, role: &str, day: u32) {
        let params = format!(r#"{{"roleName":"{role}","tags":[{{"key":"applied","value":"{day}"}}]}}"#);
        self.send(&write("iam", "TagRole", ""), params, String::new());
    }
}

/// Parameters and answer of `CreatePolicy`.
pub(crate) fn created_policy(
    org: &Org,
    account: usize,
    name: &str,
    document: &str,
    at: Secs,
    rng: &mut Rng,
) -> (String, String) {
    let account = &org.accounts[account];
    let id = crate::ids::principal("ANPA", &account.prefix, rng);
    let params = format!(r#"{{"policyName":"{name}","policyDocument":"{}"}}"#, quoted(document));
    let when = american(at, false);
    let response = format!(
        r#"{{"policy":{{"policyName":"{name}","policyId":"{id}","arn":"arn:aws:iam::{}:policy/{name}","path":"/","defaultVersionId":"v1","attachmentCount":0,"permissionsBoundaryUsageCount":0,"isAttachable":true,"createDate":"{when}","updateDate":"{when}"}}}}"#,
        account.id
    );
    (params, response)
}

/// Parameters and answer of `CreatePolicyVersion`, which makes the new version the one in force.
pub(crate) fn created_version(arn: &str, document: &str, version: &str, at: Secs) -> (String, String) {
    let params =
        format!(r#"{{"policyArn":"{arn}","policyDocument":"{}","setAsDefault":true}}"#, quoted(document));
    let response = format!(
        r#"{{"policyVersion":{{"versionId":"{version}","isDefaultVersion":true,"createDate":"{}"}}}}"#,
        american(at, false)
    );
    (params, response)
}

/// Parameters and answer of `CreateRole`; the answer repeats the trust policy, percent-encoded.
pub(crate) fn created_role(org: &Org, account: usize, name: &str, trust: &str, at: Secs) -> (String, String) {
    let role = Role::new(org, account, "", name);
    let params = format!(
        r#"{{"roleName":"{name}","assumeRolePolicyDocument":"{}","maxSessionDuration":3600}}"#,
        quoted(trust)
    );
    let response = format!(
        r#"{{"role":{{"path":"/","roleName":"{name}","roleId":"{}","arn":"{}","createDate":"{}","assumeRolePolicyDocument":"{}"}}}}"#,
        role.id,
        role.arn(org),
        american(at, false),
        percent(trust)
    );
    (params, response)
}

/// A JSON text inside a JSON string.
pub(crate) fn quoted(json: &str) -> String {
    json.replace('\\', r"\\").replace('"', r#"\""#)
}

fn percent(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}
