//! What one document, on its own, says to one request.

use super::statement::{Effect, Policy};

/// The answer of one policy document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grant {
    /// Not allowed, or denied whatever the conditions.
    No,
    /// Allowed while conditions hold that are not in the document's hands: of the Allow, or of a Deny.
    Conditional,
    /// Allowed.
    Yes,
}

impl Grant {
    /// Allowed, with or without conditions.
    pub fn is_granted(self) -> bool {
        self != Grant::No
    }
}

impl Policy {
    /// Judges one request: `action` on `resource`, both taken literally, whoever the caller.
    ///
    /// The order of IAM's evaluation logic within one policy: a Deny that applies wins over every Allow, and what no
    /// Allow names is not allowed. A Deny with conditions makes the answer conditional, as an Allow with conditions
    /// does. What other policies, boundaries and service control policies add or take away is not known here.
    pub fn allows(&self, action: &str, resource: &str) -> Grant {
        let mut grant = Grant::No;
        let mut denied_at_times = false;
        for statement in self.statements.iter().filter(|statement| statement.applies_to(action, resource)) {
            match (statement.effect, statement.conditions.is_empty()) {
                (Effect::Deny, true) => return Grant::No,
                (Effect::Deny, false) => denied_at_times = true,
                (Effect::Allow, true) => grant = Grant::Yes,
                (Effect::Allow, false) => grant = grant.max(Grant::Conditional),
            }
        }
        if denied_at_times { grant.min(Grant::Conditional) } else { grant }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn policy(statements: Value) -> Policy {
        Policy::from_value(&json!({"Statement": statements})).unwrap()
    }

    #[test]
    fn the_four_combinations_of_action_and_resource() {
        let ask = |statement: Value| {
            let policy = policy(statement);
            [
                ("s3:GetObject", "arn:aws:s3:::b/k"),
                ("s3:GetObject", "arn:aws:s3:::c/k"),
                ("iam:GetUser", "arn:aws:s3:::b/k"),
            ]
            .map(|(action, resource)| policy.allows(action, resource).is_granted())
        };
        let allow = |action: &str, resource: &str| {
            let mut statement = json!({"Effect": "Allow"});
            statement[action] = json!("S3:get*");
            statement[resource] = json!("arn:aws:s3:::b/*");
            ask(statement)
        };
        assert_eq!(allow("Action", "Resource"), [true, false, false]);
        assert_eq!(allow("Action", "NotResource"), [false, true, false]);
        assert_eq!(allow("NotAction", "Resource"), [false, false, true]);
        assert_eq!(allow("NotAction", "NotResource"), [false, false, false]);
    }

    #[test]
    fn a_deny_wins_and_a_conditional_one_leaves_doubt() {
        let allow = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
        let no_mfa = json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}});
        let deny = |condition: &Value| json!([{"Effect": "Deny", "Action": "iam:*", "Resource": "*", "Condition": condition}, allow]);
        assert_eq!(policy(deny(&json!({}))).allows("iam:CreateUser", "x"), Grant::No);
        assert_eq!(policy(deny(&json!({}))).allows("s3:GetObject", "x"), Grant::Yes);
        assert_eq!(policy(deny(&no_mfa)).allows("iam:CreateUser", "x"), Grant::Conditional);
        let except =
            json!([allow, {"Effect": "Deny", "NotAction": "iam:*", "NotResource": "arn:aws:s3:::b"}]);
        assert_eq!(policy(except.clone()).allows("iam:CreateUser", "x"), Grant::Yes);
        assert_eq!(policy(except.clone()).allows("s3:PutObject", "arn:aws:s3:::b"), Grant::Yes);
        assert_eq!(policy(except).allows("s3:PutObject", "arn:aws:s3:::c"), Grant::No);
    }

    #[test]
    fn an_unconditional_allow_beats_a_conditional_one() {
        let conditional = json!({
            "Effect": "Allow", "Action": "s3:*", "Resource": "*",
            "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
        });
        let plain = json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"});
        let both = policy(json!([conditional, plain]));
        assert_eq!(both.allows("s3:GetObject", "x"), Grant::Yes);
        assert_eq!(both.allows("s3:PutObject", "x"), Grant::Conditional);
        assert_eq!(both.allows("ec2:RunInstances", "x"), Grant::No);
    }
}
