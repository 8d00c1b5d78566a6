//! What a finding shows of an event.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::value::RawValue;

use super::word::Word;
use crate::detect::replay::{Replay, shortened};
use crate::detect::{Firing, Hit};
use crate::event::Record;
use crate::event::text::mend_surrogates;
use crate::finding::{EvidenceItem, Origin, Principal};
use crate::outcome::Outcome;
use crate::rule::{Rule, RuleIndex, RuleSet, placeholders};
use crate::time::Timestamp;

/// Fields that every finding shows.
const SHOWN_FIELDS: [&str; 23] = [
    "eventID",
    "eventName",
    "eventSource",
    "awsRegion",
    "recipientAccountId",
    "errorCode",
    "sourceIPAddress",
    "userAgent",
    "vpcEndpointId",
    "userIdentity.arn",
    "userIdentity.accountId",
    "userIdentity.accessKeyId",
    "derived.principal",
    "derived.principal_kind",
    "derived.session_name",
    "derived.caller_account",
    "derived.account",
    "derived.source_class",
    "derived.source_country",
    "derived.source_asn",
    "derived.source_org",
    "derived.caller_role",
    "userIdentity.sessionContext.attributes.creationDate",
];

/// Every field that findings of these rules show.
pub(super) fn fields(set: &RuleSet, rules: &BTreeSet<RuleIndex>) -> Vec<String> {
    let mut all: BTreeSet<String> = SHOWN_FIELDS.iter().map(|field| (*field).to_owned()).collect();
    rules.iter().for_each(|rule| all.extend(of_rule(&set.rules[*rule])));
    all.into_iter().collect()
}

/// The fields that findings of one rule show besides.
fn of_rule(rule: &Rule) -> impl Iterator<Item = String> + '_ {
    let message = rule
        .extension
        .message
        .as_deref()
        .into_iter()
        .flat_map(placeholders)
        .filter(|name| Word::parse(name).is_none());
    let named = rule.extension.target.iter().chain(&rule.fields).map(String::as_str);
    named.chain(message).map(str::to_owned)
}

/// One event, read again.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    pub(super) hit: Hit,
    pub(super) item: EvidenceItem,
    pub(super) principal: Principal,
    pub(super) source: Origin,
    /// The role of the caller's session, and when the session was made.
    pub(super) role: Option<String>,
    pub(super) made: Option<Timestamp>,
    pub(super) account: Option<String>,
    pub(super) region: Option<String>,
    pub(super) user_agent: Option<String>,
    pub(super) error_code: Option<String>,
    pub(super) outcome: Outcome,
    /// The values of the rule's own fields.
    pub(super) values: BTreeMap<String, Vec<String>>,
    /// Fields and values by which the rule matched.
    pub(super) reasons: Vec<(String, String)>,
    /// For each escalation, the fields and values that fit.
    pub(super) raising: Vec<Vec<(String, String)>>,
}

/// Takes from a record what a finding shows. [`Replay::start`] must have been called for it.
pub(super) fn show(
    replay: &mut Replay<'_>,
    record: &Record<'_>,
    hit: Hit,
    rule: &Rule,
    firing: &Firing,
    file: &str,
    raw: bool,
) -> Shown {
    let mut one = |name: &str| replay.field(record, name).into_iter().next().filter(|text| !text.is_empty());
    let principal = Principal {
        canonical: one("derived.principal"),
        kind: one("derived.principal_kind"),
        arn: one("userIdentity.arn"),
        account: one("derived.caller_account"),
        session_name: one("derived.session_name"),
        access_key_id: one("userIdentity.accessKeyId"),
        chain: Vec::new(),
        chain_end: None,
    };
    let role = one("derived.caller_role");
    let made = one("userIdentity.sessionContext.attributes.creationDate");
    let source = Origin {
        ip: one("sourceIPAddress"),
        class: one("derived.source_class"),
        country: one("derived.source_country"),
        asn: one("derived.source_asn").and_then(|asn| asn.strip_prefix("AS")?.parse().ok()),
        org: one("derived.source_org"),
        vpc_endpoint: one("vpcEndpointId"),
    };
    let item = EvidenceItem {
        time: (hit.time > Timestamp::MIN).then_some(hit.time),
        event_id: one("eventID"),
        event_name: one("eventName"),
        event_source: one("eventSource"),
        error_code: one("errorCode"),
        file: file.to_owned(),
        record: hit.at.record,
        raw: if raw { as_logged(record) } else { None },
    };
    let (account, region) = (one("derived.account"), one("awsRegion"));
    let (user_agent, error_code) = (one("userAgent").map(|agent| shortened(&agent)), one("errorCode"));
    let values = of_rule(rule).map(|name| {
        let values = replay.field(record, &name);
        (name, values)
    });
    let values = values.collect();
    let reasons = replay.reasons(record, firing.rule);
    let escalations = rule.extension.escalate.len();
    let raising =
        (0..escalations).map(|number| replay.raising_reasons(record, firing.rule, number)).collect();
    let made = made.and_then(|text| Timestamp::parse(&text));
    Shown {
        hit,
        item,
        principal,
        source,
        role,
        made,
        account,
        region,
        user_agent,
        error_code,
        outcome: replay.outcome(record),
        values,
        reasons,
        raising,
    }
}

/// The event itself. Some readers of JSON refuse half a surrogate pair, which others let pass.
fn as_logged(record: &Record<'_>) -> Option<Box<RawValue>> {
    RawValue::from_string(mend_surrogates(record.json()).into_owned()).ok()
}
