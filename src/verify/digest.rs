//! CloudTrail's digest files: which log files were delivered in an hour, with their hashes, and what came before.
//!
//! The form is that of the CloudTrail user guide, "CloudTrail digest file structure".

use serde::Deserialize;

use crate::time::Timestamp;

/// A digest file as delivered.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Digest {
    pub(super) aws_account_id: String,
    pub(super) digest_start_time: String,
    pub(super) digest_end_time: String,
    pub(super) digest_s3_bucket: String,
    pub(super) digest_s3_object: String,
    pub(super) digest_public_key_fingerprint: Option<String>,
    pub(super) digest_signature_algorithm: Option<String>,
    pub(super) previous_digest_s3_object: Option<String>,
    pub(super) previous_digest_hash_value: Option<String>,
    pub(super) previous_digest_hash_algorithm: Option<String>,
    pub(super) previous_digest_signature: Option<String>,
    #[serde(default)]
    pub(super) log_files: Vec<LogFile>,
}

/// A log file that a digest vouches for.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LogFile {
    pub(super) s3_object: String,
    pub(super) hash_value: String,
    pub(super) hash_algorithm: Option<String>,
}

/// The one hash that CloudTrail uses.
pub(super) fn is_sha256(algorithm: Option<&str>) -> bool {
    algorithm.is_none_or(|name| name.eq_ignore_ascii_case("SHA-256"))
}

impl Digest {
    /// Reads a digest; `Err` says what was expected.
    pub(super) fn parse(text: &[u8]) -> Result<Digest, String> {
        let digest: Digest =
            serde_json::from_slice(text).map_err(|error| format!("expected a CloudTrail digest: {error}"))?;
        for (key, time) in
            [("digestStartTime", &digest.digest_start_time), ("digestEndTime", &digest.digest_end_time)]
        {
            if Timestamp::parse(time).is_none() {
                return Err(format!("expected a time in `{key}`, found {time:?}"));
            }
        }
        Ok(digest)
    }

    pub(super) fn start(&self) -> Timestamp {
        Timestamp::parse(&self.digest_start_time).unwrap_or(Timestamp::MIN)
    }

    pub(super) fn end(&self) -> Timestamp {
        Timestamp::parse(&self.digest_end_time).unwrap_or(Timestamp::MIN)
    }

    /// What CloudTrail signs. The texts are those of the file, byte by byte.
    pub(super) fn signed_text(&self, sha256: &str) -> String {
        format!(
            "{}\n{}/{}\n{}\n{}",
            self.digest_end_time,
            self.digest_s3_bucket,
            self.digest_s3_object,
            sha256,
            self.previous_digest_signature.as_deref().unwrap_or("null")
        )
    }
}

/// The last part of a key or path: CloudTrail makes file names that tell account, region, trail and time.
pub(super) fn file_name(key: &str) -> &str {
    key.rsplit(['/', '\\']).next().unwrap_or(key)
}

/// The chain that a digest belongs to, by its file name without the time: account, region, trail and home region, and
/// whether it was made afterwards for a time that had none.
pub(super) fn chain_of(name: &str) -> (String, bool) {
    let stem = name.strip_suffix(".gz").unwrap_or(name);
    let stem = stem.strip_suffix(".json").unwrap_or(stem);
    let (stem, backfill) = match stem.strip_suffix("_backfill") {
        Some(stem) => (stem, true),
        None => (stem, false),
    };
    let chain = stem.rsplit_once('_').map_or(stem, |(chain, _)| chain);
    (chain.to_owned(), backfill)
}

/// The trail's name out of a chain's: what stands between the two regions.
pub(super) fn trail_of(chain: &str) -> String {
    let mut parts = chain.splitn(4, '_').skip(3);
    let rest = parts.next().unwrap_or_default();
    rest.rsplit_once('_').map_or(rest, |(trail, _)| trail).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_the_chain() {
        let name = "111122223333_CloudTrail-Digest_eu-west-1_my_trail_us-east-1_20260301T100000Z";
        let chain = "111122223333_CloudTrail-Digest_eu-west-1_my_trail_us-east-1".to_owned();
        assert_eq!(chain_of(&format!("{name}.json.gz")), (chain.clone(), false));
        assert_eq!(chain_of(&format!("{name}_backfill.json.gz")), (chain.clone(), true));
        assert_eq!(trail_of(&chain), "my_trail");
        assert_eq!(trail_of("odd"), "");
        assert_eq!(file_name("p/AWSLogs/x.json.gz"), "x.json.gz");
    }

    #[test]
    fn what_is_signed_is_as_the_guide_says() {
        let digest = r#"{"awsAccountId":"1","digestStartTime":"2026-03-01T09:00:00Z","digestEndTime":"2026-03-01T10:00:00Z",
            "digestS3Bucket":"b","digestS3Object":"k","previousDigestSignature":null,"logFiles":[]}"#;
        let mut digest = Digest::parse(digest.as_bytes()).unwrap();
        assert_eq!(digest.signed_text("00ff"), "2026-03-01T10:00:00Z\nb/k\n00ff\nnull");
        digest.previous_digest_signature = Some("abcd".to_owned());
        assert!(digest.signed_text("00ff").ends_with("\nabcd"));
        assert!(Digest::parse(b"{}").unwrap_err().starts_with("expected a CloudTrail digest"));
    }
}
