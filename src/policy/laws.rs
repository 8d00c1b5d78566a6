//! Laws of the policy reader, checked on policies made up at random.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Exposure, Grant, Pattern, Policy};

/// Matching as the documentation words it, without any thought for speed.
fn naive(pattern: &[char], name: &[char]) -> bool {
    match (pattern, name) {
        ([], rest) => rest.is_empty(),
        (['*', pattern @ ..], _) => (0..=name.len()).any(|taken| naive(pattern, &name[taken..])),
        ([letter, pattern @ ..], [found, rest @ ..]) => {
            (*letter == '?' || letter == found) && naive(pattern, rest)
        }
        (_, []) => false,
    }
}

fn naive_text(pattern: &str, name: &str) -> bool {
    naive(&pattern.chars().collect::<Vec<_>>(), &name.chars().collect::<Vec<_>>())
}

fn percent_encode(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).into() } else { format!("%{byte:02X}") })
        .collect()
}

fn json_string(text: &str) -> String {
    Value::from(text).to_string()
}

fn one_or_many(values: &[&'static str]) -> impl Strategy<Value = Value> + use<> {
    let value = proptest::sample::select(values.to_vec());
    prop_oneof![
        value.clone().prop_map(Value::from),
        proptest::collection::vec(value, 0..4).prop_map(Value::from)
    ]
}

fn statement(with_principal: bool) -> impl Strategy<Value = Value> {
    let actions = one_or_many(&[
        "*",
        "iam:*",
        "iam:PassRole",
        "s3:Get*",
        "S3:*",
        "sts:AssumeRole",
        "ec2:?un*",
        "iam:Cr*Key",
    ]);
    let resources = one_or_many(&[
        "*",
        "arn:aws:iam::111122223333:role/*",
        "arn:aws:s3:::b/*",
        "arn:aws:iam::*:user/${aws:username}",
        "arn:*:iam::*:*",
    ]);
    let principals = one_or_many(&["*", "111122223333", "arn:aws:iam::444455556666:role/r", "AROAEXAMPLE"]);
    let operator = proptest::sample::select(vec![
        "StringEquals",
        "StringLike",
        "StringNotLike",
        "BoolIfExists",
        "ForAllValues:StringEquals",
    ]);
    let key = proptest::sample::select(vec![
        "aws:PrincipalOrgID",
        "iam:PassedToService",
        "aws:SourceVpce",
        "aws:MultiFactorAuthPresent",
    ]);
    let values = one_or_many(&["*", "o-abcdefghij", "lambda.amazonaws.com", "true"]);
    let condition = proptest::option::of((operator, key, values));
    (any::<[bool; 4]>(), actions, resources, principals, condition).prop_map(
        move |(
            [deny, not_action, not_resource, not_principal],
            actions,
            resources,
            principals,
            condition,
        )| {
            let mut out = json!({"Effect": if deny { "Deny" } else { "Allow" }});
            out[if not_action { "NotAction" } else { "Action" }] = actions;
            out[if not_resource { "NotResource" } else { "Resource" }] = resources;
            if with_principal {
                out[if not_principal { "NotPrincipal" } else { "Principal" }] = json!({"AWS": principals});
            }
            if let Some((operator, key, values)) = condition {
                out["Condition"] = json!({operator: {key: values}});
            }
            out
        },
    )
}

fn of_identity() -> impl Strategy<Value = Vec<Value>> {
    proptest::collection::vec(statement(false), 0..6)
}

fn statements() -> impl Strategy<Value = Vec<Value>> {
    prop_oneof![
        3 => of_identity(),
        1 => proptest::collection::vec(statement(true), 0..6),
    ]
}

fn policy(statements: &[Value]) -> Policy {
    let policy = Policy::from_value(&json!({"Version": "2012-10-17", "Statement": statements})).unwrap();
    assert!(policy.faults.is_empty());
    policy
}

/// All the answers of one policy.
fn answers(policy: &Policy) -> impl PartialEq + std::fmt::Debug + use<> {
    let owned = |list: Vec<&str>| list.into_iter().map(str::to_owned).collect::<Vec<_>>();
    let grants: [Grant; 5] = [
        policy.grants_all_actions(),
        policy.grants_power_user(),
        policy.grants_admin(),
        policy.grants_iam_write(),
        policy.pass_role_any(),
    ];
    let lists = [
        owned(policy.escalation_combos()),
        owned(policy.external_accounts()),
        owned(policy.accounts_in_conditions()),
        owned(policy.web_identity_unrestricted()),
        owned(policy.accounts_without_external_id()),
    ];
    (grants, policy.public(), lists)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn patterns_match_as_the_naive_matcher_does(pattern in "[ab:*?é]{0,9}", name in "[ab:é]{0,9}") {
        prop_assert_eq!(Pattern::resource(&pattern).matches(&name), naive_text(&pattern, &name));
        let upper = name.to_ascii_uppercase();
        prop_assert_eq!(Pattern::action(&pattern).matches(&upper), naive_text(&pattern, &name));
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        let _ = Policy::parse(&text);
    }

    #[test]
    fn any_near_document_is_read_or_refused(text in r#"[{}\[\]",:%0-9a-f*\\ ]{0,60}"#, at in 0usize..200, made in statements()) {
        let mut document = json!({"Statement": made}).to_string();
        let at = at.min(document.len());
        document.insert_str(at, &text);
        if let Ok(policy) = Policy::parse(&document) {
            let _ = (answers(&policy), policy.weakened_since(&policy));
        }
    }

    #[test]
    fn wrappings_do_not_matter(made in statements(), id in any::<String>()) {
        let text = json!({"Id": id, "Statement": made}).to_string();
        let plain = Policy::parse(&text);
        prop_assert!(plain.is_ok());
        for wrapped in [
            percent_encode(&text),
            json_string(&text),
            json_string(&percent_encode(&text)),
            percent_encode(&json_string(&text)),
            percent_encode(&percent_encode(&text)),
            json_string(&json_string(&text)),
        ] {
            prop_assert_eq!(&Policy::parse(&wrapped), &plain);
        }
        prop_assert_eq!(&Policy::from_value(&serde_json::from_str(&text).unwrap()), &plain);
    }

    #[test]
    fn the_order_of_statements_does_not_matter(made in statements(), other in statements()) {
        let (forth, old) = (policy(&made), policy(&other));
        let reversed: Vec<_> = made.iter().rev().cloned().collect();
        let back = policy(&reversed);
        prop_assert_eq!(answers(&forth), answers(&back));
        prop_assert_eq!(forth.weakened_since(&back), vec![]);
        prop_assert_eq!(forth.weakened_since(&old), back.weakened_since(&old));
    }

    #[test]
    fn a_version_is_no_weaker_than_itself(made in statements()) {
        let it = policy(&made);
        prop_assert_eq!(it.weakened_since(&it), vec![]);
    }

    #[test]
    fn allowing_all_is_a_weakening_unless_it_was_allowed(made in statements()) {
        let all = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
        let old = policy(&made);
        let free = |statement: &&super::Statement| {
            statement.principals.is_none()
                && statement.conditions.is_empty()
                && [&statement.actions, &statement.resources].iter().all(|names| names.selects("\u{10fffe}:\u{10fffe}"))
                && [&statement.actions, &statement.resources].iter().all(|names| names.selects(""))
        };
        let allowed = old.allowing().any(|statement| free(&statement));
        let new = policy(&[made, vec![all]].concat());
        prop_assert!(allowed || !new.weakened_since(&old).is_empty());
    }

    #[test]
    fn taking_an_allow_away_is_never_a_weakening(made in statements(), at in any::<prop::sample::Index>()) {
        let allows: Vec<_> = (0..made.len()).filter(|&at| made[at]["Effect"] == "Allow").collect();
        let mut fewer = made.clone();
        if !allows.is_empty() {
            fewer.remove(allows[at.index(allows.len())]);
        }
        prop_assert_eq!(policy(&fewer).weakened_since(&policy(&made)), vec![]);
    }

    #[test]
    fn what_a_stranger_may_do_at_last_is_a_weakening(old in of_identity(), new in of_identity()) {
        let (old, new) = (policy(&old), policy(&new));
        for (action, resource) in [
            ("iam:PassRole", "arn:aws:iam::111122223333:role/stranger"),
            ("iam:CreateAccessKey", "arn:aws:iam::111122223333:user/stranger"),
            ("stranger:Action", "arn:aws:stranger:eu-west-1:111122223333:thing/x"),
        ] {
            let at_last = !old.allows(action, resource).is_granted() && new.allows(action, resource) == Grant::Yes;
            prop_assert!(!at_last || !new.weakened_since(&old).is_empty());
        }
    }

    #[test]
    fn a_power_granted_is_one_that_requests_have(made in of_identity()) {
        let it = policy(&made);
        let on = |account: &str| format!("arn:aws:iam::{account}:role/stranger");
        let passes = |account: &str| it.allows("iam:PassRole", &on(account));
        if it.pass_role_any() == Grant::Yes {
            prop_assert_eq!(passes("111122223333").max(passes("777788889999")), Grant::Yes);
        }
        if it.grants_admin() == Grant::Yes {
            prop_assert!(it.grants_iam_write() == Grant::Yes && !it.escalation_combos().is_empty());
        }
        if it.grants_all_actions() == Grant::Yes {
            prop_assert_eq!(it.grants_power_user(), Grant::Yes);
        }
    }

    #[test]
    fn a_deny_of_all_closes_everything(made in statements()) {
        let deny = json!({"Effect": "Deny", "Action": "*", "Resource": "*"});
        let closed = policy(&[made.clone(), vec![deny.clone()]].concat());
        prop_assert_eq!(closed.grants_admin(), Grant::No);
        prop_assert_eq!(closed.grants_iam_write(), Grant::No);
        prop_assert_eq!(closed.escalation_combos(), Vec::<&str>::new());
        let mut for_all = deny;
        for_all["Principal"] = json!("*");
        prop_assert_eq!(policy(&[made, vec![for_all]].concat()).public(), Exposure::None);
    }
}

/// Every pattern over two letters and the wildcards, against every name over three, up to a length.
#[test]
fn covering_and_overlapping_are_what_they_say() {
    let words = |alphabet: &[char], most: usize| {
        let mut all = vec![String::new()];
        let mut from = 0;
        for _ in 0..most {
            let longer: Vec<_> = all[from..]
                .iter()
                .flat_map(|word| alphabet.iter().map(move |letter| format!("{word}{letter}")))
                .collect();
            from = all.len();
            all.extend(longer);
        }
        all
    };
    // The third letter is in no pattern, so that what only wildcards match is among the names.
    let names = words(&['a', 'b', 'c'], 6);
    let patterns: Vec<_> =
        words(&['a', 'b', '*', '?'], 3).iter().map(|text| Pattern::resource(text)).collect();
    let matched: Vec<Vec<bool>> =
        patterns.iter().map(|pattern| names.iter().map(|name| pattern.matches(name)).collect()).collect();
    for (wide, wide_matched) in patterns.iter().zip(&matched) {
        for (narrow, narrow_matched) in patterns.iter().zip(&matched) {
            let covers = narrow_matched.iter().zip(wide_matched).all(|(narrow, wide)| !narrow || *wide);
            assert_eq!(wide.covers(narrow), covers, "{wide} covers {narrow}");
            let overlaps = narrow_matched.iter().zip(wide_matched).any(|(narrow, wide)| *narrow && *wide);
            assert_eq!(wide.overlaps(narrow), overlaps, "{wide} overlaps {narrow}");
        }
    }
}
