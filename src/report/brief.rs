//! Sentences without what the reader knows anyway.

/// ARNs of the finding's own account and of AWS's own policies without what the line below says anyway.
pub(super) fn brief(title: &str, account: Option<&str>) -> String {
    let mut out = title.to_owned();
    for partition in ["aws", "aws-cn", "aws-us-gov"] {
        for service in ["iam", "sts"] {
            for owner in account.into_iter().chain(["aws"]) {
                let prefix = format!("arn:{partition}:{service}::{owner}:");
                if out.contains(&prefix) {
                    out = out.replace(&prefix, "");
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_arns_are_brief_and_foreign_ones_whole() {
        let title = "arn:aws:iam::111122223333:user/a attached arn:aws:iam::aws:policy/P to arn:aws:iam::444455556666:role/b";
        assert_eq!(
            brief(title, Some("111122223333")),
            "user/a attached policy/P to arn:aws:iam::444455556666:role/b"
        );
    }
}
