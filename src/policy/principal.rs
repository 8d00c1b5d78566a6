//! Who a statement speaks of, in one spelling for each identity.

use std::fmt;

use super::pattern::has_wildcard;
use crate::arn::{Arn, account_of};
use crate::text::is_account_id;

/// One principal of a resource or trust policy, normalised.
///
/// The spellings that IAM treats alike become one: `"*"` and `{"AWS": "*"}`, a bare account id and the ARN of its root.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Principal {
    /// Anyone, in any account; for some services anonymous callers too.
    Everyone,
    /// A whole account: every identity in it that its own policies allow.
    Account(String),
    /// One user, role, role session or federated user, as its ARN.
    Identity(String),
    /// The unique id AWS leaves in place of an identity that was deleted, or another text under `AWS`.
    UniqueId(String),
    /// An AWS service, such as `lambda.amazonaws.com`.
    Service(String),
    /// An identity provider: the ARN of a SAML or OIDC provider, or the name of a built-in one.
    Federated(String),
    /// An S3 canonical user, which stands for an account without naming it.
    CanonicalUser(String),
}

impl Principal {
    /// Reads a text that stands under `kind` (`AWS`, `Service`, `Federated`, `CanonicalUser`) in a Principal element.
    ///
    /// `*` is everyone under any kind, and so is an ARN whose account is a wildcard.
    pub fn parse(kind: &str, text: &str) -> Principal {
        let owned = || text.to_owned();
        if text == "*" {
            return Principal::Everyone;
        }
        match kind.to_ascii_lowercase().as_str() {
            "service" => Principal::Service(text.to_ascii_lowercase()),
            "federated" => Principal::Federated(owned()),
            "canonicaluser" => Principal::CanonicalUser(owned()),
            _ => match Arn::parse(text) {
                Some(arn) if has_wildcard(arn.account) => Principal::Everyone,
                Some(arn) if arn.resource == "root" && is_account_id(arn.account) => {
                    Principal::Account(arn.account.to_owned())
                }
                Some(_) => Principal::Identity(owned()),
                None if is_account_id(text) => Principal::Account(owned()),
                None => Principal::UniqueId(owned()),
            },
        }
    }

    /// The account it belongs to, where the text tells.
    pub fn account(&self) -> Option<&str> {
        match self {
            Principal::Account(text) | Principal::Identity(text) | Principal::Federated(text) => {
                account_of(text)
            }
            Principal::Everyone
            | Principal::UniqueId(_)
            | Principal::Service(_)
            | Principal::CanonicalUser(_) => None,
        }
    }

    /// Whether trusting this principal trusts `other` too.
    pub fn includes(&self, other: &Principal) -> bool {
        match (self, other) {
            (Principal::Everyone, _) => true,
            (Principal::Account(account), Principal::Identity(arn)) => account_of(arn) == Some(account),
            (a, b) => a == b,
        }
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Principal::Everyone => out.write_str("*"),
            Principal::Account(text)
            | Principal::Identity(text)
            | Principal::UniqueId(text)
            | Principal::Service(text)
            | Principal::Federated(text)
            | Principal::CanonicalUser(text) => out.write_str(text),
        }
    }
}

/// The Principal or NotPrincipal element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principals {
    /// Principal: those listed.
    Only(Vec<Principal>),
    /// NotPrincipal: everyone but those listed.
    AllBut(Vec<Principal>),
}

impl Principals {
    /// Whether anyone may be meant: a `*` in Principal, or NotPrincipal, which names only whom to leave out.
    pub fn include_everyone(&self) -> bool {
        match self {
            Principals::Only(listed) => listed.contains(&Principal::Everyone),
            Principals::AllBut(_) => true,
        }
    }

    /// Those listed in a Principal element; none for NotPrincipal.
    pub fn named(&self) -> &[Principal] {
        match self {
            Principals::Only(listed) => listed,
            Principals::AllBut(_) => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_principal_become_one() {
        let aws = |text: &str| Principal::parse("AWS", text);
        let account = Principal::Account("111122223333".to_owned());
        assert_eq!(aws("111122223333"), account);
        assert_eq!(aws("arn:aws:iam::111122223333:root"), account);
        assert_eq!(aws("arn:aws-cn:iam::111122223333:root"), account);
        assert_eq!(aws("*"), Principal::Everyone);
        assert_eq!(aws("arn:aws:iam::*:root"), Principal::Everyone);
        assert_eq!(Principal::parse("Service", "*"), Principal::Everyone);
        assert_eq!(Principal::parse("service", "EC2.amazonaws.com").to_string(), "ec2.amazonaws.com");
        assert_eq!(aws("AROA3F7FXDQ3ZBXZAOKJY:eve").account(), None);
        assert_eq!(aws("arn:aws:iam::cloudfront:user/x").account(), None);
    }

    #[test]
    fn an_account_includes_its_identities() {
        let aws = |text: &str| Principal::parse("AWS", text);
        let role = aws("arn:aws:iam::111122223333:role/r");
        assert!(aws("111122223333").includes(&role) && aws("*").includes(&role) && role.includes(&role));
        assert!(!role.includes(&aws("111122223333")) && !aws("444455556666").includes(&role));
    }
}
