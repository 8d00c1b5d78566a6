//! The questions asked of a role's trust policy.

use super::principal::Principal;
use super::statement::{Policy, Statement};
use crate::arn::account_of;

/// The calls that take a role.
const ASSUME: [&str; 3] = ["sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"];

impl Policy {
    /// Whether an Allow asks for an external id (`sts:ExternalId`), the guard against a third party being tricked into
    /// using its access for another of its customers.
    pub fn has_external_id_condition(&self) -> bool {
        self.assuming().any(asks_for_external_id)
    }

    /// The accounts that may assume the role without an external id, sorted; own accounts included, which need none.
    pub fn accounts_without_external_id(&self) -> Vec<&str> {
        let open = self.assuming().filter(|statement| !asks_for_external_id(statement));
        let named =
            open.flat_map(|statement| statement.principals.iter().flat_map(|principals| principals.named()));
        sorted(named.filter_map(|principal| match principal {
            Principal::Account(text) | Principal::Identity(text) => account_of(text),
            Principal::Everyone
            | Principal::UniqueId(_)
            | Principal::Service(_)
            | Principal::Federated(_)
            | Principal::CanonicalUser(_) => None,
        }))
    }

    /// The AWS services that Allow statements name as principals, sorted.
    pub fn services_trusted(&self) -> Vec<&str> {
        sorted(self.principals().into_iter().filter_map(|principal| match principal {
            Principal::Service(name) => Some(name.as_str()),
            _ => None,
        }))
    }

    /// The Allow statements with which a role can be taken.
    fn assuming(&self) -> impl Iterator<Item = &Statement> {
        self.allowing().filter(|statement| ASSUME.iter().any(|action| statement.actions.selects(action)))
    }
}

fn asks_for_external_id(statement: &Statement) -> bool {
    statement.conditions.iter().any(|condition| {
        let operator = &condition.operator;
        condition.is_about("sts:ExternalId")
            && !operator.negated
            && !operator.if_exists
            && !condition.takes_anything()
    })
}

fn sorted<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut found: Vec<_> = names.collect();
    found.sort_unstable();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::Exposure;
    use super::*;

    fn trust(statements: Value) -> Policy {
        Policy::from_value(&json!({"Statement": statements})).unwrap()
    }

    fn assume(principal: Value, condition: Value) -> Value {
        json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal, "Condition": condition})
    }

    #[test]
    fn trusting_everyone() {
        let everyone =
            |principal, condition| trust(assume(principal, condition)).public() == Exposure::Public;
        assert!(everyone(json!("*"), json!({})) && everyone(json!({"AWS": ["*"]}), json!(null)));
        assert!(everyone(json!("*"), json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}})));
        assert!(everyone(json!("*"), json!({"StringLike": {"sts:ExternalId": "*"}})));
        assert!(!everyone(json!("*"), json!({"StringEquals": {"sts:ExternalId": "s3cret"}})));
        assert!(!everyone(
            json!("*"),
            json!({"StringEqualsIfExists": {"aws:PrincipalAccount": "111122223333"}})
        ));
        assert!(everyone(
            json!("*"),
            json!({"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-abcdefghij"}})
        ));
        assert!(!everyone(json!({"AWS": "arn:aws:iam::111122223333:root"}), json!({})));
        let not =
            json!({"Effect": "Allow", "Action": "sts:AssumeRole", "NotPrincipal": {"AWS": "111122223333"}});
        assert_eq!(trust(not).public(), Exposure::Public);
    }

    #[test]
    fn external_ids() {
        let secret = json!({"StringEquals": {"sts:externalid": "s3cret"}});
        let policy = trust(json!([
            assume(json!({"AWS": ["111122223333", "arn:aws:iam::222233334444:role/r"]}), json!({})),
            assume(json!({"AWS": "333344445555"}), secret),
            assume(json!({"AWS": "444455556666"}), json!({"StringEqualsIfExists": {"sts:ExternalId": "x"}})),
        ]));
        assert!(policy.has_external_id_condition());
        assert_eq!(policy.accounts_without_external_id(), ["111122223333", "222233334444", "444455556666"]);
        assert!(!trust(assume(json!("*"), json!({}))).has_external_id_condition());
    }

    #[test]
    fn services() {
        let policy = trust(json!([
            assume(json!({"Service": ["lambda.amazonaws.com", "EC2.amazonaws.com"], "AWS": "111122223333"}), json!({})),
            {"Effect": "Deny", "Action": "sts:*", "Principal": {"Service": "ssm.amazonaws.com"}},
        ]));
        assert_eq!(policy.services_trusted(), ["ec2.amazonaws.com", "lambda.amazonaws.com"]);
        assert_eq!(policy.external_accounts(), ["111122223333"]);
    }
}
