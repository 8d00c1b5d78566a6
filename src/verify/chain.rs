//! The chain of digests: each names the one before it, with its hash and its signature.

use std::collections::BTreeMap;

use super::content::Content;
use super::digest::{Digest, file_name, is_sha256};
use super::keys::PublicKeys;
use super::report::{Gap, Kind, Note, Problem};
use crate::text::unhex;
use crate::time::{Timespan, Timestamp};

/// A digest file that was read.
#[derive(Clone, Debug)]
pub(super) struct Loaded {
    /// The local file.
    pub(super) path: String,
    /// Its name without folders.
    pub(super) file: String,
    pub(super) digest: Digest,
    pub(super) content: Content,
    /// The signature that S3 keeps with the object, if it was saved beside the file.
    pub(super) signature: Option<String>,
}

/// Whose chain it is.
#[derive(Clone, Debug)]
pub(super) struct Whose {
    pub(super) account: String,
    pub(super) region: String,
    pub(super) trail: String,
}

/// What is found on the way.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) problems: Vec<Problem>,
    pub(super) gaps: Vec<Gap>,
    pub(super) notes: Vec<Note>,
    /// Digests whose signature holds.
    pub(super) signed: u64,
}

/// Looks at one chain.
pub(super) struct Inspector<'a> {
    pub(super) whose: &'a Whose,
    /// Sorted by end.
    pub(super) digests: &'a [Loaded],
    /// Names of digests that are here but could not be read, which is told elsewhere.
    pub(super) broken: &'a [String],
    pub(super) keys: &'a PublicKeys,
    /// Only digests that touch this time are judged.
    pub(super) wanted: &'a dyn Fn(&Digest) -> bool,
    pub(super) out: Findings,
}

impl Inspector<'_> {
    /// Follows the chain.
    pub(super) fn inspect(mut self) -> Findings {
        let places: BTreeMap<&str, usize> =
            self.digests.iter().enumerate().map(|(i, loaded)| (loaded.file.as_str(), i)).collect();
        let mut followers: Vec<Vec<usize>> = vec![Vec::new(); self.digests.len()];
        let mut torn = vec![false; self.digests.len() + 1];
        for (i, loaded) in self.digests.iter().enumerate() {
            let previous = loaded.digest.previous_digest_s3_object.as_deref().map(file_name);
            match previous {
                Some(name) => match places.get(name).copied() {
                    Some(before) => {
                        followers[before].push(i);
                        self.follows(before, i);
                    }
                    None => torn[i] = self.without_previous(i, name),
                },
                None => torn[i] = self.begins_anew(i),
            }
            self.lies_where_it_should(loaded);
        }
        for (i, followers) in followers.iter().enumerate() {
            let last = i + 1 == self.digests.len();
            let loaded = &self.digests[i];
            if let [_, others @ ..] = followers.as_slice() {
                for other in others {
                    let also = &self.digests[*other];
                    let reason =
                        format!("it follows {}, as {} does", loaded.file, self.digests[followers[0]].file);
                    self.problem(Kind::DigestForked, also, Some(&loaded.path), reason);
                }
            }
            if followers.is_empty() && !last && !torn[i + 1] {
                let reason = "no later digest follows it, though there are later ones".to_owned();
                self.problem(Kind::DigestExtra, loaded, None, reason);
            }
            self.signature(i, followers, last);
        }
        self.out
    }

    /// Hash and time of a digest as its follower has them.
    fn follows(&mut self, before: usize, after: usize) {
        let (old, new) = (&self.digests[before], &self.digests[after]);
        if !is_sha256(new.digest.previous_digest_hash_algorithm.as_deref()) {
            let reason = "the hash of the digest before is of a kind that is not known here".to_owned();
            self.problem(Kind::UnknownAlgorithm, new, None, reason);
        } else {
            let named = new.digest.previous_digest_hash_value.as_deref().unwrap_or_default();
            if !named.eq_ignore_ascii_case(&old.content.sha256) {
                let reason = format!(
                    "its SHA-256 is {}, the next digest names {}",
                    short(&old.content.sha256),
                    short(named)
                );
                self.problem(Kind::DigestChanged, old, Some(&new.path), reason);
            }
        }
        let (end, start) = (old.digest.end(), new.digest.start());
        if start < end || new.digest.end() <= start {
            let reason = format!(
                "it covers {start} to {}, the digest that it follows ends at {end}",
                new.digest.end()
            );
            self.problem(Kind::DigestOutOfOrder, new, Some(&old.path), reason);
        } else if start > end {
            self.gap(end, start, "the chain holds, but no digest was made for this time");
        }
    }

    /// The digest before is not here. Whether earlier ones are, so that there is a hole.
    fn without_previous(&mut self, i: usize, name: &str) -> bool {
        let loaded = &self.digests[i];
        if i == 0 {
            let reason = format!(
                "the chain begins here: the digest before it ({name}) is not in this copy, so nothing shows whether any was deleted"
            );
            self.note(loaded, reason);
            return true;
        }
        let (from, to) = (self.digests[i - 1].digest.end(), loaded.digest.start());
        let hours = to.since(from).secs() / Timespan::HOUR.secs();
        let many = if hours > 1 {
            format!("{hours} hours, so about {hours} digests")
        } else {
            "one digest".to_owned()
        };
        if !self.broken.iter().any(|broken| broken == name) && (self.wanted)(&loaded.digest) {
            self.out.problems.push(Problem {
                file: loaded.digest.previous_digest_s3_object.clone().unwrap_or_default(),
                ..problem(
                    Kind::DigestMissing,
                    self.whose,
                    Some(&loaded.path),
                    format!("from {from} to {to} digests are not here: {many}"),
                )
            });
        }
        self.gap(from, to, "digests are missing");
        true
    }

    /// A digest that follows none: the first of a trail, or of one that was switched on again.
    fn begins_anew(&mut self, i: usize) -> bool {
        let loaded = &self.digests[i];
        if i == 0 {
            return true;
        }
        let (from, to) = (self.digests[i - 1].digest.end(), loaded.digest.start());
        let reason = format!(
            "it follows no digest, though there are earlier ones: validation was switched off and on between {from} and {to}, \
             or the digests of that time were replaced"
        );
        self.problem(Kind::ChainRestarted, loaded, None, reason);
        self.gap(from, to, "the chain begins anew");
        true
    }

    fn lies_where_it_should(&mut self, loaded: &Loaded) {
        let named = file_name(&loaded.digest.digest_s3_object);
        let same =
            |a: &str, b: &str| a.strip_suffix(".gz").unwrap_or(a) == b.strip_suffix(".gz").unwrap_or(b);
        if !same(named, &loaded.file) {
            let reason = format!("it says that it is {}", loaded.digest.digest_s3_object);
            self.problem(Kind::DigestMisplaced, loaded, None, reason);
        }
        if loaded.content.appended {
            let reason = "bytes follow its first gzip member, and no digest vouches for them".to_owned();
            self.problem(Kind::DigestAppended, loaded, None, reason);
        }
    }

    /// A digest's signature is known by its followers, or by what S3 said.
    fn signature(&mut self, i: usize, followers: &[usize], last: bool) {
        let loaded = &self.digests[i];
        let told = followers.iter().filter_map(|follower| {
            let follower = &self.digests[*follower];
            Some((follower.digest.previous_digest_signature.as_deref()?, Some(follower.path.as_str())))
        });
        let signatures: Vec<(&str, Option<&str>)> =
            told.chain(loaded.signature.as_deref().map(|signature| (signature, None))).collect();
        if signatures.is_empty() {
            if last {
                let reason = "the newest digest here: its own signature is not in this copy, so it and the log files that \
                              it names are proven by hashes only"
                    .to_owned();
                self.note(loaded, reason);
            } else if let Some(follower) = followers.first() {
                let reason = "the digest that follows names no signature for it".to_owned();
                self.problem(Kind::SignatureMissing, loaded, Some(&self.digests[*follower].path), reason);
            }
            return;
        }
        if self.keys.is_empty() {
            return;
        }
        let algorithm = loaded.digest.digest_signature_algorithm.as_deref().unwrap_or("SHA256withRSA");
        if algorithm != "SHA256withRSA" {
            let reason = format!("signed with {algorithm}, expected SHA256withRSA");
            self.problem(Kind::UnknownAlgorithm, loaded, None, reason);
            return;
        }
        let fingerprint = loaded.digest.digest_public_key_fingerprint.as_deref().unwrap_or_default();
        let text = loaded.digest.signed_text(&loaded.content.sha256);
        let mut holds = true;
        for (signature, told_by) in signatures {
            let checked =
                unhex(signature).map_or(Some(false), |bytes| self.keys.holds(fingerprint, &text, &bytes));
            match checked {
                Some(true) => {}
                Some(false) => {
                    holds = false;
                    let reason = format!(
                        "its signature is not that of the key {fingerprint}: it, or what names its signature, was made by somebody else"
                    );
                    self.problem(Kind::SignatureInvalid, loaded, told_by, reason);
                }
                None => {
                    holds = false;
                    let reason = format!(
                        "signed with the key {fingerprint}, which is not among the public keys given: list those of its region and time"
                    );
                    self.problem(Kind::UnknownKey, loaded, told_by, reason);
                }
            }
        }
        self.out.signed += u64::from(holds);
    }

    fn problem(&mut self, kind: Kind, loaded: &Loaded, told_by: Option<&str>, reason: String) {
        if (self.wanted)(&loaded.digest) {
            self.out
                .problems
                .push(Problem { file: loaded.path.clone(), ..problem(kind, self.whose, told_by, reason) });
        }
    }

    fn gap(&mut self, from: Timestamp, to: Timestamp, reason: &str) {
        if to.since(from) > Timespan::from_secs(0) {
            let Whose { account, region, trail } = self.whose.clone();
            self.out.gaps.push(Gap { account, region, trail, from, to, reason: reason.to_owned() });
        }
    }

    fn note(&mut self, loaded: &Loaded, reason: String) {
        let Whose { account, region, .. } = self.whose.clone();
        self.out.notes.push(Note { account, region, file: loaded.path.clone(), reason });
    }
}

/// A problem of no file yet.
pub(super) fn problem(kind: Kind, whose: &Whose, told_by: Option<&str>, reason: String) -> Problem {
    Problem {
        verdict: kind.verdict(),
        kind,
        file: String::new(),
        reason,
        told_by: told_by.map(str::to_owned),
        account: Some(whose.account.clone()),
        region: Some(whose.region.clone()),
    }
}

/// The start of a hash: enough to compare by eye.
pub(super) fn short(hash: &str) -> String {
    hash.chars().take(16).collect()
}
