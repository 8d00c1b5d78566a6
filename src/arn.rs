//! Amazon Resource Names, and the account a principal belongs to.

use crate::text::is_account_id;

/// The six parts of an ARN, as the AWS General Reference lists them.
///
/// `arn:partition:service:region:account:resource`; the resource keeps its own colons. Region and account may be empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Arn<'a> {
    /// `aws`, `aws-cn`, `aws-us-gov`, `aws-iso`, `aws-iso-b` and those to come.
    pub(crate) partition: &'a str,
    /// The service's namespace, such as `iam`.
    pub(crate) service: &'a str,
    /// Empty for global services.
    pub(crate) region: &'a str,
    /// Twelve digits, empty (S3 buckets), or a word such as `aws` (managed policies) or `cloudfront`.
    pub(crate) account: &'a str,
    /// All that follows the fifth colon.
    pub(crate) resource: &'a str,
}

impl<'a> Arn<'a> {
    /// The parts of whatever has the form of an ARN; `None` for other texts. Records spell the ARNs of their callers
    /// themselves: what is in the parts is not looked at.
    pub(crate) fn split(text: &'a str) -> Option<Arn<'a>> {
        let mut colons = memchr::memchr_iter(b':', text.as_bytes());
        let mut start = colons.next()?;
        if &text[..start] != "arn" {
            return None;
        }
        let mut part = || {
            let end = colons.next()?;
            let part = &text[start + 1..end];
            start = end;
            Some(part)
        };
        let (partition, service, region, account) = (part()?, part()?, part()?, part()?);
        Some(Arn { partition, service, region, account, resource: &text[start + 1..] })
    }

    /// The parts of an ARN that AWS may know; `None` for other texts. Whoever writes a policy may write anything.
    /// Wildcards may stand in any part but the first.
    pub(crate) fn parse(text: &'a str) -> Option<Arn<'a>> {
        let arn = Arn::split(text)?;
        let partition = arn.partition;
        let known = partition == "aws" || partition.starts_with("aws-") || partition.contains(['*', '?']);
        (known && !arn.service.is_empty()).then_some(arn)
    }

    /// The resource up to its first `/` or `:`: the type in most services, the bucket in S3.
    pub(crate) fn resource_head(&self) -> &'a str {
        self.resource.split(['/', ':']).next().unwrap_or_default()
    }
}

/// The account a principal belongs to.
///
/// Reads ARNs of the root, of users, roles, role sessions and federated users, and a bare account id, which is short
/// for the account's root. `None` for `*`, services, canonical users and unique ids (`AIDA...`, `AROA...`): AWS puts
/// the latter in place of an identity that was deleted, and nothing in them tells the account.
pub(crate) fn account_of(principal: &str) -> Option<&str> {
    let account = match Arn::parse(principal) {
        Some(arn) => arn.account,
        None => principal,
    };
    is_account_id(account).then_some(account)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_partition_is_read() {
        for partition in ["aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-eusc", "*"]
        {
            let text = format!("arn:{partition}:iam::111122223333:role/path/name");
            let arn = Arn::parse(&text).unwrap();
            assert_eq!((arn.partition, arn.service, arn.region), (partition, "iam", ""));
            assert_eq!((arn.resource, arn.resource_head()), ("role/path/name", "role"));
        }
        let queue = Arn::parse("arn:aws:lambda:eu-west-1:111122223333:function:f:live").unwrap();
        assert_eq!((queue.region, queue.resource), ("eu-west-1", "function:f:live"));
        for bad in
            ["", "*", "arn:aws:iam", "arn:azure:iam::1:x", "urn:aws:iam::111122223333:root", "arn:aws:::x:y"]
        {
            assert_eq!(Arn::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn whatever_has_the_form_is_split() {
        for bad in ["", "arn:", "arn:aws:iam::111122223333", "rn:aws:iam::111122223333:root"] {
            assert_eq!(Arn::split(bad), None, "{bad}");
        }
        let arn = Arn::split("arn:::eu-west-1:é:a:b").unwrap();
        assert_eq!(
            arn,
            Arn { partition: "", service: "", region: "eu-west-1", account: "é", resource: "a:b" }
        );
    }

    #[test]
    fn the_account_of_every_kind_of_principal() {
        for principal in [
            "111122223333",
            "arn:aws:iam::111122223333:root",
            "arn:aws-cn:iam::111122223333:user/eve",
            "arn:aws-us-gov:iam::111122223333:role/r",
            "arn:aws:sts::111122223333:assumed-role/r/session",
            "arn:aws:sts::111122223333:federated-user/eve",
            "arn:aws:iam::111122223333:saml-provider/idp",
        ] {
            assert_eq!(account_of(principal), Some("111122223333"), "{principal}");
        }
        for none in [
            "*",
            "",
            "AROA3F7FXDQ3ZBXZAOKJY",
            "AROA3F7FXDQ3ZBXZAOKJY:eve@example.com",
            "ec2.amazonaws.com",
            "arn:aws:iam::*:root",
            "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1",
            "11112222333",
        ] {
            assert_eq!(account_of(none), None, "{none}");
        }
    }
}
