//! Digest chains as CloudTrail makes them, signed with keys that the tests make themselves.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use rsa::pkcs1::EncodeRsaPublicKey;
use rsa::rand_core::{TryCryptoRng, TryRng};
use rsa::{Pkcs1v15Sign, RsaPrivateKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const ACCOUNT: &str = "111122223333";
const BUCKET: &str = "example-trail-bucket";
const DAY: &str = "2026/03/01";

/// Numbers that are the same in each run, for keys that sign nothing but tests.
struct Counted(u64, &'static str);

impl TryRng for Counted {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        self.try_next_u64().map(|n| n as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Self::Error> {
        for chunk in out.chunks_mut(32) {
            self.0 += 1;
            chunk.copy_from_slice(&Sha256::digest(format!("{} {}", self.1, self.0))[..chunk.len()]);
        }
        Ok(())
    }
}

impl TryCryptoRng for Counted {}

/// A key and its fingerprint.
pub(crate) struct Key {
    private: RsaPrivateKey,
    pub(crate) fingerprint: String,
}

impl Key {
    fn new(seed: &'static str) -> Key {
        let private = RsaPrivateKey::new(&mut Counted(0, seed), 2048).unwrap();
        let der = private.to_public_key().to_pkcs1_der().unwrap();
        Key { private, fingerprint: sha256(der.as_bytes())[..32].to_owned() }
    }

    /// CloudTrail's, in these tests.
    pub(crate) fn of_cloudtrail() -> &'static Key {
        static KEY: OnceLock<Key> = OnceLock::new();
        KEY.get_or_init(|| Key::new("cloudtrail"))
    }

    /// An intruder's.
    pub(crate) fn of_intruder() -> &'static Key {
        static KEY: OnceLock<Key> = OnceLock::new();
        KEY.get_or_init(|| Key::new("intruder"))
    }

    fn sign(&self, text: &str) -> String {
        let hash = Sha256::digest(text.as_bytes());
        hex(&self.private.sign(Pkcs1v15Sign::new::<Sha256>(), &hash).unwrap())
    }

    /// As `aws cloudtrail list-public-keys` prints it.
    pub(crate) fn listed(&self) -> Value {
        let der = self.private.to_public_key().to_pkcs1_der().unwrap();
        json!({"PublicKeyList": [{
            "Value": trailsift::text::base64(der.as_bytes()), "Fingerprint": self.fingerprint,
            "ValidityStartTime": "2026-02-01T00:00:00+00:00", "ValidityEndTime": "2026-04-01T00:00:00+00:00",
        }]})
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// One chain, as delivered.
pub(crate) struct Delivered {
    folder: PathBuf,
    region: String,
    /// The keys of its digests, by hour.
    pub(crate) digests: Vec<String>,
    /// The keys of its logs, by hour and number.
    pub(crate) logs: Vec<Vec<String>>,
    /// The signatures of its digests.
    pub(crate) signatures: Vec<String>,
}

/// How a chain is made.
pub(crate) struct Plan {
    pub(crate) region: &'static str,
    /// Logs of each hour; an hour without any has an empty digest.
    pub(crate) logs: &'static [usize],
    /// The hour of the day that it begins with.
    pub(crate) from: usize,
    /// Whether the first digest follows one that is not here.
    pub(crate) follows: bool,
    pub(crate) backfill: bool,
    pub(crate) key: &'static Key,
}

impl Plan {
    pub(crate) fn of(region: &'static str, logs: &'static [usize]) -> Plan {
        Plan { region, logs, from: 0, follows: false, backfill: false, key: Key::of_cloudtrail() }
    }

    /// Makes the files below a folder.
    pub(crate) fn deliver(&self, folder: &Path) -> Delivered {
        let mut chain = Delivered {
            folder: folder.to_owned(),
            region: self.region.to_owned(),
            digests: Vec::new(),
            logs: Vec::new(),
            signatures: Vec::new(),
        };
        let mut previous: Option<(String, String, String)> = self
            .follows
            .then(|| (chain.digest_key(self.from, self.backfill), "00".repeat(32), "ab".repeat(256)));
        for (hour, logs) in self.logs.iter().enumerate() {
            let hour = self.from + hour;
            let names: Vec<String> = (0..*logs).map(|number| chain.log_key(hour, number)).collect();
            let listed: Vec<Value> = names
                .iter()
                .map(|key| {
                    let text = json!({"Records": [{"eventID": key, "eventName": "GetUser"}]}).to_string();
                    chain.put(key, &gzip(text.as_bytes()));
                    json!({"s3Bucket": BUCKET, "s3Object": key, "hashValue": sha256(text.as_bytes()), "hashAlgorithm": "SHA-256",
                        "newestEventTime": time(hour), "oldestEventTime": time(hour)})
                })
                .collect();
            let key = chain.digest_key(hour + 1, self.backfill);
            let field =
                |of: fn(&(String, String, String)) -> &String| previous.as_ref().map(|p| of(p).clone());
            let digest = json!({
                "awsAccountId": ACCOUNT, "digestStartTime": time(hour), "digestEndTime": time(hour + 1),
                "digestS3Bucket": BUCKET, "digestS3Object": key,
                "digestPublicKeyFingerprint": self.key.fingerprint, "digestSignatureAlgorithm": "SHA256withRSA",
                "newestEventTime": null, "oldestEventTime": null,
                "previousDigestS3Bucket": previous.as_ref().map(|_| BUCKET), "previousDigestS3Object": field(|p| &p.0),
                "previousDigestHashValue": field(|p| &p.1), "previousDigestHashAlgorithm": previous.as_ref().map(|_| "SHA-256"),
                "previousDigestSignature": field(|p| &p.2), "logFiles": listed,
            });
            let text = digest.to_string();
            chain.put(&key, &gzip(text.as_bytes()));
            let signature = self.key.sign(&signed(&digest, &text));
            chain.digests.push(key.clone());
            chain.logs.push(names);
            chain.signatures.push(signature.clone());
            previous = Some((key, sha256(text.as_bytes()), signature));
        }
        chain
    }
}

/// The text that is signed, from the user guide.
fn signed(digest: &Value, text: &str) -> String {
    format!(
        "{}\n{}/{}\n{}\n{}",
        digest["digestEndTime"].as_str().unwrap(),
        digest["digestS3Bucket"].as_str().unwrap(),
        digest["digestS3Object"].as_str().unwrap(),
        sha256(text.as_bytes()),
        digest["previousDigestSignature"].as_str().unwrap_or("null")
    )
}

fn time(hour: usize) -> String {
    format!("2026-03-01T{hour:02}:00:00Z")
}

impl Delivered {
    fn digest_key(&self, hour: usize, backfill: bool) -> String {
        let region = &self.region;
        let end = if backfill { "_backfill" } else { "" };
        format!(
            "prefix/AWSLogs/{ACCOUNT}/CloudTrail-Digest/{region}/{DAY}/{ACCOUNT}_CloudTrail-Digest_{region}_main_us-east-1_20260301T{hour:02}0000Z{end}.json.gz"
        )
    }

    pub(crate) fn log_key(&self, hour: usize, number: usize) -> String {
        let region = &self.region;
        let minute = 10 + number * 5;
        format!(
            "prefix/AWSLogs/{ACCOUNT}/CloudTrail/{region}/{DAY}/{ACCOUNT}_CloudTrail_{region}_20260301T{hour:02}{minute}Z_{number}{hour:02}abcdef.json.gz"
        )
    }

    /// Where a key's file lies: the copy is of the bucket without its prefix.
    pub(crate) fn path(&self, key: &str) -> PathBuf {
        self.folder.join(key.strip_prefix("prefix/").unwrap())
    }

    pub(crate) fn put(&self, key: &str, bytes: &[u8]) {
        let path = self.path(key);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    pub(crate) fn text(&self, key: &str) -> String {
        let mut text = String::new();
        let bytes = std::fs::read(self.path(key)).unwrap();
        std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&bytes[..]), &mut text).unwrap();
        text
    }

    pub(crate) fn delete(&self, key: &str) {
        std::fs::remove_file(self.path(key)).unwrap();
    }

    /// Rewrites a digest.
    pub(crate) fn alter(&self, hour: usize, change: impl FnOnce(&mut Value)) {
        let key = &self.digests[hour];
        let mut digest: Value = serde_json::from_str(&self.text(key)).unwrap();
        change(&mut digest);
        self.put(key, &gzip(digest.to_string().as_bytes()));
    }

    /// Signs a digest as it lies, with a key, and has the next one name hash and signature: what an intruder would do
    /// who can write to the bucket.
    pub(crate) fn forge(&self, hour: usize, key: &Key) {
        let text = self.text(&self.digests[hour]);
        let digest: Value = serde_json::from_str(&text).unwrap();
        let signature = key.sign(&signed(&digest, &text));
        self.alter(hour + 1, |next| {
            next["previousDigestHashValue"] = json!(sha256(text.as_bytes()));
            next["previousDigestSignature"] = json!(signature);
        });
    }
}
