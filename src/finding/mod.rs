//! What is reported: one behaviour of one actor, with its reasons and its evidence.
//!
//! The JSON form of these types is published (`schema.json` beside this file) and versioned: keys are only added
//! within one [`SCHEMA_VERSION`], every key is always present, and what is unknown is null.

mod fields;
mod stamp;
mod summary;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::detect::Class;
use crate::detect::firing::{NewTermDetail, SequenceDetail, ThresholdDetail};
use crate::level::Level;
use crate::outcome::Outcome;
use crate::time::Timestamp;

pub use fields::fields;
pub use stamp::RulesHash;
pub use summary::{
    Expired, Insufficient, KnownEntry, KnownSummary, LeftOut, NotEvaluated, Run, Skipped, Summary, View,
};

/// The version of the published JSON form.
pub const SCHEMA_VERSION: &str = "1.0";

/// The published JSON schema.
pub const SCHEMA: &str = include_str!("schema.json");

/// One behaviour of one actor.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// Stable: the same for the same behaviour in more logs and on another machine.
    pub id: String,
    /// The rule that fired.
    pub rule: RuleInfo,
    /// The level, escalations counted in.
    pub level: Level,
    /// The kind.
    pub class: Class,
    /// How it ended; of several calls the first one's, or `success` where one succeeded.
    pub outcome: Option<Outcome>,
    /// A sentence with the values filled in.
    pub title: String,
    /// Matched fields and values, windows, counts, baselines, what raised the level.
    pub why: Vec<String>,
    /// The first event; null when no event of it has a readable time.
    pub first_seen: Option<Timestamp>,
    /// The last event.
    pub last_seen: Option<Timestamp>,
    /// Distinct events.
    pub count: u64,
    /// The account whose trail it is.
    pub account: Option<String>,
    /// The region of the first event.
    pub region: Option<String>,
    /// Who acted.
    pub principal: Principal,
    /// What was acted upon, first.
    pub target: Option<String>,
    /// All that was acted upon, by name, and no more than a hundred; of matches told as one and of new terms, of the
    /// first hundred events. Of a sequence, the first step's.
    pub targets: Vec<String>,
    /// All addresses that its events came from, under the same limits; of a sequence, those of all steps.
    pub addresses: Vec<String>,
    /// All access keys by which it was done, under the same limits.
    pub access_keys: Vec<String>,
    /// The names of all sessions in which it was done, under the same limits.
    pub sessions: Vec<String>,
    /// From where.
    pub source: Origin,
    /// With what.
    pub user_agent: Option<String>,
    /// The error of the first event.
    pub error_code: Option<String>,
    /// The new term and its baseline.
    pub new_term: Option<NewTermDetail>,
    /// What was counted.
    pub threshold: Option<ThresholdDetail>,
    /// The steps taken.
    pub sequence: Option<SequenceDetail>,
    /// The first few events.
    pub evidence: Vec<EvidenceItem>,
    /// How many events there are in all.
    pub evidence_total: u64,
    /// What else looks like this.
    pub false_positives: Vec<String>,
    /// Why it is not reported, if it is suppressed.
    pub suppressed: Option<Suppressed>,
    /// What triage said, if it is known from before.
    pub known: Option<KnownBefore>,
}

impl Finding {
    /// What it has several of: targets, addresses, keys, sessions, and what was counted, each with its name.
    pub fn lists(&self) -> impl Iterator<Item = (&str, &[String])> {
        let counted = self.threshold.iter().flat_map(|detail| &detail.counts);
        let counted = counted.map(|count| (count.what.as_str(), count.values.as_slice()));
        let of_who = [("Access keys", self.access_keys.as_slice()), ("Sessions", self.sessions.as_slice())];
        [("Targets", self.targets.as_slice()), ("Addresses", self.addresses.as_slice())]
            .into_iter()
            .chain(of_who)
            .chain(counted)
            .filter(|(_, all)| all.len() > 1)
    }
}

/// The rule of a finding.
#[derive(Clone, Debug, Serialize)]
pub struct RuleInfo {
    /// The rule's unique name.
    pub name: String,
    /// Sigma's UUID.
    pub id: Option<String>,
    /// The rule's title.
    pub title: String,
    /// The rule's own level.
    pub level: Level,
    /// ATT&CK techniques, such as `T1098.003`.
    pub attack: Vec<String>,
    /// All tags.
    pub tags: Vec<String>,
    /// Where to read more.
    pub references: Vec<String>,
}

/// Who acted.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Principal {
    /// The identity that outlives a session.
    pub canonical: Option<String>,
    /// user, role, sso-user, instance, service, root, account, saml, web-identity.
    pub kind: Option<String>,
    /// The ARN as recorded.
    pub arn: Option<String>,
    /// The account it belongs to.
    pub account: Option<String>,
    /// The role session's name.
    pub session_name: Option<String>,
    /// The access key it used.
    pub access_key_id: Option<String>,
    /// The role assumptions that led to it, the origin first.
    pub chain: Vec<ChainLink>,
    /// How the chain ends, followed back: `complete`; `unresolved` when nobody is known to have asked for the
    /// first credentials, as a service gave them or the call is not in the logs; `other_account` when only another account's trail tells more; `loop` and `too_long` for what no true log
    /// holds. Null for credentials that nobody had to issue.
    pub chain_end: Option<String>,
}

/// One identity in a chain of role assumptions.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ChainLink {
    /// The identity.
    pub principal: Option<String>,
    /// The access key it used for the next step.
    pub access_key_id: Option<String>,
    /// When it took the next step.
    pub time: Option<Timestamp>,
    /// From where.
    pub ip: Option<String>,
    /// The kind of identity.
    pub kind: Option<String>,
    /// The account it belongs to.
    pub account: Option<String>,
    /// The name of its role session.
    pub session_name: Option<String>,
    /// The call that was the next step.
    pub event_name: Option<String>,
    /// The role that was assumed, if it was one.
    pub role: Option<String>,
}

/// From where a call came.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Origin {
    /// As recorded.
    pub ip: Option<String>,
    /// public, private, known, vpce, aws-service, aws-internal, unparsable.
    pub class: Option<String>,
    /// ISO country code, from the user's database.
    pub country: Option<String>,
    /// Autonomous system number, from the user's database.
    pub asn: Option<u32>,
    /// Its organization.
    pub org: Option<String>,
    /// The VPC endpoint it came through.
    pub vpc_endpoint: Option<String>,
}

/// One event of a finding.
#[derive(Clone, Debug, Serialize)]
pub struct EvidenceItem {
    /// Its time; null when it cannot be read.
    pub time: Option<Timestamp>,
    /// `eventID` as recorded.
    pub event_id: Option<String>,
    /// `eventName`.
    pub event_name: Option<String>,
    /// `eventSource`.
    pub event_source: Option<String>,
    /// `errorCode`; null where it succeeded.
    pub error_code: Option<String>,
    /// The file.
    pub file: String,
    /// The record in the file, from 0.
    pub record: u32,
    /// The record itself, if asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raw: Option<Box<RawValue>>,
}

/// A suppression that applied.
#[derive(Clone, Debug, Serialize)]
pub struct Suppressed {
    /// Which suppression.
    pub by: String,
    /// Its reason.
    pub reason: String,
    /// When it ends.
    pub expires: Option<String>,
}

/// A finding that people have looked at before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KnownBefore {
    /// What triage came to.
    pub reason: Option<String>,
    /// The day from which on it is new again.
    pub expires: Option<String>,
}
