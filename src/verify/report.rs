//! What verification came to.

use serde::Serialize;

use crate::named::serialized_by_name;
use crate::time::Timestamp;

/// What verification came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The worst of all problems.
    pub verdict: Verdict,
    /// Digest files read.
    pub digests: u64,
    /// Digest files whose signature was checked and holds.
    pub digests_signed: u64,
    /// Log files that the digests name.
    pub logs: u64,
    /// Log files whose content is what a digest names.
    pub logs_verified: u64,
    /// Log files delivered before the first or after the last digest here: none of them says anything of these.
    pub logs_not_covered: u64,
    /// Files that are neither logs nor digests by name.
    pub other_files: u64,
    /// Each chain of digests: one for each account, region and trail.
    pub chains: Vec<Chain>,
    /// What is wrong or cannot be told, sorted.
    pub problems: Vec<Problem>,
    /// Times of an account and region that no digest here covers.
    pub gaps: Vec<Gap>,
    /// What no local copy can prove, and where the chains begin.
    pub notes: Vec<Note>,
}

/// How far something is proven.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Everything that can be checked holds.
    #[default]
    Verified,
    /// Something could not be checked.
    Unverified,
    /// Something was changed, added or taken away.
    Failed,
}

serialized_by_name!(Verdict);

impl Verdict {
    /// The name in outputs.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Verified => "verified",
            Verdict::Unverified => "unverified",
            Verdict::Failed => "failed",
        }
    }
}

/// One chain of digests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Chain {
    /// The account.
    pub account: String,
    /// The region.
    pub region: String,
    /// The trail.
    pub trail: String,
    /// Whether its digests were made afterwards, for a time that had none.
    pub backfill: bool,
    /// The worst of its problems.
    pub verdict: Verdict,
    /// Its digests here.
    pub digests: u64,
    /// Those whose signature was checked and holds.
    pub digests_signed: u64,
    /// The log files that they name.
    pub logs: u64,
    /// Those whose content is what a digest names.
    pub logs_verified: u64,
    /// When the first of its digests begins.
    pub from: Timestamp,
    /// When the last of its digests ends.
    pub to: Timestamp,
}

/// Something that is wrong or cannot be told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Problem {
    /// What it means for the whole.
    pub verdict: Verdict,
    /// What it is.
    pub kind: Kind,
    /// The local file, or the S3 key where there is none.
    pub file: String,
    /// What was expected, and what was found.
    pub reason: String,
    /// The digest that says so.
    pub told_by: Option<String>,
    /// The account, by name of the file.
    pub account: Option<String>,
    /// The region, by name of the file.
    pub region: Option<String>,
}

/// A time that no digest here covers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Gap {
    /// The account.
    pub account: String,
    /// The region.
    pub region: String,
    /// The trail.
    pub trail: String,
    /// From here.
    pub from: Timestamp,
    /// To here.
    pub to: Timestamp,
    /// Why.
    pub reason: String,
}

/// What no local copy can prove.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Note {
    /// The account.
    pub account: String,
    /// The region.
    pub region: String,
    /// The digest that it is about.
    pub file: String,
    /// In words.
    pub reason: String,
}

macro_rules! kinds {
    ($($(#[doc = $doc:literal])* $variant:ident = $name:literal is $verdict:ident,)*) => {
        /// The kinds of problems.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Kind {
            $($(#[doc = $doc])* $variant,)*
        }

        impl Kind {
            /// The name in outputs.
            pub fn name(self) -> &'static str {
                match self {
                    $(Kind::$variant => $name,)*
                }
            }

            /// What a problem of this kind means for the whole.
            pub fn verdict(self) -> Verdict {
                match self {
                    $(Kind::$variant => Verdict::$verdict,)*
                }
            }
        }
    };
}

kinds! {
    /// A signature is not that of CloudTrail's key.
    SignatureInvalid = "signature_invalid" is Failed,
    /// A digest's content is not what the next one names.
    DigestChanged = "digest_changed" is Failed,
    /// A digest that another one names is not here.
    DigestMissing = "digest_missing" is Failed,
    /// A digest lies under another one's name.
    DigestMisplaced = "digest_misplaced" is Failed,
    /// A digest begins before the one that it follows has ended.
    DigestOutOfOrder = "digest_out_of_order" is Failed,
    /// Two digests follow the same one.
    DigestForked = "digest_forked" is Failed,
    /// No later digest follows this one.
    DigestExtra = "digest_extra" is Failed,
    /// Bytes follow the first gzip member of a digest.
    DigestAppended = "digest_appended" is Failed,
    /// A log file's content is not what its digest names.
    LogChanged = "log_changed" is Failed,
    /// A log file that a digest names is not here.
    LogMissing = "log_missing" is Failed,
    /// Bytes follow the first gzip member of a log file.
    LogAppended = "log_appended" is Failed,
    /// A log file of a time that digests cover, and none of them names it.
    LogExtra = "log_extra" is Failed,
    /// A chain begins anew: validation or the trail was off in between, or digests were taken away.
    ChainRestarted = "chain_restarted" is Unverified,
    /// A chain ends long before the others of its trail.
    ChainEndsEarly = "chain_ends_early" is Unverified,
    /// A file cannot be read.
    Unreadable = "unreadable" is Unverified,
    /// No digest here is of this account and region.
    NoDigest = "no_digest" is Unverified,
    /// No public keys were given.
    NoPublicKeys = "no_public_keys" is Unverified,
    /// The digest that follows does not name its signature.
    SignatureMissing = "signature_missing" is Unverified,
    /// The public key that signed is not among those given.
    UnknownKey = "unknown_key" is Unverified,
    /// A hash or signature is of a kind that CloudTrail did not have.
    UnknownAlgorithm = "unknown_algorithm" is Unverified,
}

serialized_by_name!(Kind);
