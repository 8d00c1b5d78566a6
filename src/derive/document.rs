//! What the policy document that a call carries would allow.

use std::borrow::Cow;

use super::call::truth;
use super::field::Derived;
use super::{Deriver, Values, policy_places, sharing};
use crate::event::{FieldId, Raw, Record};
use crate::policy::{Exposure, Grant, Policy};

/// Documents longer than this are not analysed but reported as faulty: IAM allows 10 KiB, resource policies 64 KiB.
const LONGEST: usize = 128 << 10;

/// A document as text: a string unescaped, an object as it stands.
fn document<'r>(record: &Record<'r>, field: Option<FieldId>) -> Option<Cow<'r, str>> {
    match record.first(field?)? {
        Raw::Object(json) => Some(Cow::Borrowed(json)),
        raw => raw.scalar().filter(|text| !text.trim().is_empty()),
    }
}

/// What the documents of a call say.
#[derive(Clone, Copy)]
enum Says {
    /// What an identity may do.
    WhatOneMay,
    /// Who may use a resource: also a trust policy, and those that only one service has.
    WhoMay,
}

/// The documents of a call that say this.
fn documents<'r>(deriver: &Deriver, record: &Record<'r>, says: Says) -> Vec<Cow<'r, str>> {
    let i = &deriver.inputs;
    let found = |fields: &[Option<FieldId>]| -> Vec<Cow<'r, str>> {
        fields.iter().filter_map(|field| document(record, *field)).collect()
    };
    match says {
        Says::WhatOneMay => found(&[i.policy_document, i.policy_content, i.policy_text]),
        Says::WhoMay => {
            let mut found = found(&[
                i.policy_document,
                i.trust_document,
                i.policy_text,
                i.policy_text_upper,
                i.bucket_policy,
                i.resource_policy,
                i.policy_text_string,
            ]);
            found.extend(policy_places::documents(deriver, record).into_iter().map(Cow::Owned));
            found
        }
    }
}

fn policies(deriver: &Deriver, record: &Record<'_>, says: Says) -> Vec<Policy> {
    let documents = documents(deriver, record, says).into_iter();
    let short = documents.filter(|text| text.len() <= LONGEST);
    short.filter_map(|text| Policy::parse(&text).ok()).collect()
}

pub(super) fn question(deriver: &Deriver, record: &Record<'_>, field: Derived, values: &mut Values) {
    let set = |values: &mut Values, answer: Option<&str>| values.set(field as usize, answer);
    let identity = || policies(deriver, record, Says::WhatOneMay);
    let grant = |ask: fn(&Policy) -> Grant| {
        identity().iter().map(ask).max().and_then(|grant| match grant {
            Grant::Yes => Some("true"),
            Grant::Conditional => Some("conditional"),
            Grant::No => None,
        })
    };
    match field {
        Derived::GrantsAdmin => set(values, grant(Policy::grants_admin)),
        Derived::GrantsAllActions => set(values, grant(Policy::grants_all_actions)),
        Derived::GrantsPowerUser => set(values, grant(Policy::grants_power_user)),
        Derived::GrantsIamWrite => set(values, grant(Policy::grants_iam_write)),
        Derived::PassRoleAny => set(values, grant(Policy::pass_role_any)),
        Derived::EscalationCombos => {
            let combos: Vec<&str> = identity().iter().flat_map(Policy::escalation_combos).collect();
            values.set(field as usize, combos);
        }
        Derived::DeniesOnly => {
            let only = identity().iter().filter_map(Policy::denies_only).reduce(|all, only| all && only);
            set(values, only.map(truth));
        }
        Derived::Public => {
            let policies = policies(deriver, record, Says::WhoMay);
            let shared = sharing::of(deriver, record).public;
            let exposure = policies.iter().map(Policy::public).fold(shared, Exposure::max);
            set(
                values,
                match exposure {
                    Exposure::Public => Some("public"),
                    Exposure::Conditional => Some("conditional"),
                    Exposure::None => None,
                },
            );
        }
        Derived::WebIdentityOpen => {
            let policies = policies(deriver, record, Says::WhoMay);
            values.set(field as usize, policies.iter().flat_map(Policy::web_identity_unrestricted));
        }
        Derived::HasExternalId => {
            let asks = policies(deriver, record, Says::WhoMay).iter().any(Policy::has_external_id_condition);
            set(values, asks.then_some("true"));
        }
        _ => values.set(field as usize, faults(deriver, record)),
    }
}

/// What does not parse, document by document and statement by statement.
fn faults(deriver: &Deriver, record: &Record<'_>) -> Vec<String> {
    let mut faults = Vec::new();
    let all = [Says::WhoMay, Says::WhatOneMay].map(|says| documents(deriver, record, says));
    for text in all.into_iter().flatten() {
        if text.len() > LONGEST {
            faults.push(format!("a document of {} bytes is longer than any policy can be", text.len()));
            continue;
        }
        match Policy::parse(&text) {
            Ok(policy) => {
                faults.extend(policy.faults.iter().map(|f| format!("statement {}: {}", f.index, f.reason)))
            }
            Err(fault) => faults.push(fault.to_string()),
        }
    }
    faults.sort();
    faults.dedup();
    faults
}

pub(super) fn external_accounts(deriver: &Deriver, record: &Record<'_>, field: Derived, values: &mut Values) {
    let recipient = deriver.text(record, deriver.inputs.recipient);
    let mut accounts = sharing::of(deriver, record).accounts;
    for policy in policies(deriver, record, Says::WhoMay) {
        accounts.extend(policy.external_accounts().into_iter().map(str::to_owned));
        // `Principal: *` for callers of one named account opens the door to that account.
        if policy.public() == Exposure::Conditional {
            accounts.extend(policy.accounts_in_conditions().into_iter().map(str::to_owned));
        }
    }
    accounts.retain(|account| recipient.as_deref() != Some(account));
    accounts.sort();
    accounts.dedup();
    if accounts.is_empty() {
        values.set(field as usize, accounts)
    } else {
        values.set_pending(field as usize, accounts)
    }
}

pub(super) fn subject(deriver: &Deriver, record: &Record<'_>, field: Derived, values: &mut Values) {
    let i = &deriver.inputs;
    let text = |input| deriver.text(record, input);
    let managed = || text(i.policy_arn).or_else(|| text(i.created_policy_arn)).map(Cow::into_owned);
    let entity = || {
        let named = |kind: &str, input| text(input).map(|name| format!("{kind}/{name}"));
        let entity = named("user", i.user_name)
            .or_else(|| named("role", i.role_name))
            .or_else(|| named("group", i.group_name))?;
        Some(match text(i.policy_name) {
            Some(policy) => format!("{entity} inline policy {policy}"),
            None => format!("{entity} trust policy"),
        })
    };
    values.set(field as usize, managed().or_else(entity));
}
