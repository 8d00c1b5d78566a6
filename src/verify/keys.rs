//! Public keys, as `aws cloudtrail list-public-keys` gives them, and signatures checked with them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use base64ct::{Base64, Encoding};
use rsa::pkcs1::DecodeRsaPublicKey;
use rsa::{Pkcs1v15Sign, RsaPublicKey};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

/// Public keys by fingerprint.
#[derive(Clone, Debug, Default)]
pub struct PublicKeys {
    keys: BTreeMap<String, RsaPublicKey>,
}

/// Why a file of public keys is of no use.
#[derive(Debug, thiserror::Error)]
#[error("{}: {reason}", path.display())]
pub struct KeyError {
    /// The file.
    pub path: PathBuf,
    /// What was expected.
    pub reason: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    public_key_list: Vec<Listed>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    value: String,
    fingerprint: String,
}

impl PublicKeys {
    /// Adds the keys of a file: the JSON that `aws cloudtrail list-public-keys` prints.
    pub fn read(&mut self, path: &Path) -> Result<(), KeyError> {
        let wrong = |reason: String| KeyError { path: path.to_owned(), reason };
        let text = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
        let answer: Answer = serde_json::from_slice(&text).map_err(|error| {
            wrong(format!("expected what `aws cloudtrail list-public-keys --output json` prints: {error}"))
        })?;
        if answer.public_key_list.is_empty() {
            return Err(wrong(
                "the list is empty: ask for the time of the logs (--start-time, --end-time)".to_owned(),
            ));
        }
        for listed in answer.public_key_list {
            let compact: String = listed.value.split_whitespace().collect();
            let of = |reason: &str| wrong(format!("the key {} is not {reason}", listed.fingerprint));
            let der = Base64::decode_vec(&compact).map_err(|_| of("base64"))?;
            let key = RsaPublicKey::from_pkcs1_der(&der).map_err(|_| of("an RSA key in PKCS #1 DER"))?;
            self.keys.insert(listed.fingerprint.to_ascii_lowercase(), key);
        }
        Ok(())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Whether a signature (SHA256withRSA, that is PKCS #1 v1.5) of a text is that of a key; `None` if there is no such key.
    pub(super) fn holds(&self, fingerprint: &str, text: &str, signature: &[u8]) -> Option<bool> {
        let key = self.keys.get(&fingerprint.to_ascii_lowercase())?;
        let hash = Sha256::digest(text.as_bytes());
        Some(key.verify(Pkcs1v15Sign::new::<Sha256>(), &hash, signature).is_ok())
    }
}

/// The signature out of what `aws s3api head-object` says of a digest, or out of a file with its hexadecimal digits.
pub(super) fn from_metadata(path: &Path) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    let Ok(value) = serde_json::from_str::<serde_json::Value>(&text) else {
        return Some(text.trim().to_owned());
    };
    value["Metadata"]["signature"].as_str().map(str::to_owned)
}
