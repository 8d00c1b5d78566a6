//! Identifiers as AWS forms them: UUIDs, access keys, principal ids, resource ids and session tokens.

use crate::rng::Rng;

const HEX: &[u8; 16] = b"0123456789abcdef";
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const BASE36: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// An event id or a request id.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Uuid(pub(crate) u128);

impl Uuid {
    /// A random (version 4) one.
    pub(crate) fn random(rng: &mut Rng) -> Uuid {
        let bits = u128::from(rng.next()) << 64 | u128::from(rng.next());
        Uuid(bits & !(0xf << 76) & !(0x3 << 62) | 0x4 << 76 | 0x2 << 62)
    }

    pub(crate) fn write(self, out: &mut String) {
        let mut text = [b'-'; 36];
        let mut at = 0;
        for nibble in (0..32).rev() {
            if matches!(at, 8 | 13 | 18 | 23) {
                at += 1;
            }
            text[at] = HEX[(self.0 >> (nibble * 4)) as usize & 15];
            at += 1;
        }
        push_ascii(out, &text);
    }

    pub(crate) fn text(self) -> String {
        let mut out = String::with_capacity(36);
        self.write(&mut out);
        out
    }
}

/// The table's bytes are ASCII, so they are always UTF-8.
fn push_ascii(out: &mut String, bytes: &[u8]) {
    out.push_str(std::str::from_utf8(bytes).unwrap_or_default());
}

/// `len` random characters of a power-of-two alphabet.
fn random<const N: usize>(rng: &mut Rng, alphabet: &[u8; N], len: usize, out: &mut String) {
    let bits = N.trailing_zeros();
    let (mut word, mut left) = (0u64, 0);
    for _ in 0..len {
        if left < bits {
            word = rng.next();
            left = 64;
        }
        out.push(char::from(alphabet[word as usize & (N - 1)]));
        word >>= bits;
        left -= bits;
    }
}

/// Random lower-case hex.
pub(crate) fn hex(rng: &mut Rng, len: usize) -> String {
    let mut out = String::with_capacity(len);
    random(rng, HEX, len, &mut out);
    out
}

/// The request id of S3: sixteen capitals and digits.
pub(crate) fn s3_request(rng: &mut Rng, out: &mut String) {
    for _ in 0..16 {
        out.push(char::from(*rng.pick(BASE36)));
    }
}

/// The random part of a log file's name.
pub(crate) fn file_suffix(rng: &mut Rng) -> String {
    (0..16).map(|_| char::from(*rng.pick(&BASE64[..62]))).collect()
}

/// The eight characters that all access keys and principal ids of one account share: they spell its id in base 32.
pub(crate) fn account_prefix(account: &str) -> String {
    let number: u64 = account.parse().unwrap_or(0);
    // One leading bit, then the forty bits of the account of which the last goes into the ninth character.
    let bits = 1 << 39 | (number >> 1) & ((1 << 39) - 1);
    (0..8).map(|i| char::from(BASE32[(bits >> (35 - 5 * i)) as usize & 31])).collect()
}

/// An access key id: `AKIA` for long-term keys, `ASIA` for temporary ones.
pub(crate) fn access_key(kind: &str, account: &str, prefix: &str, rng: &mut Rng) -> String {
    let odd = account.parse::<u64>().unwrap_or(0) & 1 == 1;
    let mut out = String::with_capacity(20);
    out.push_str(kind);
    out.push_str(prefix);
    let ninth = rng.below(16) as usize + if odd { 16 } else { 0 };
    out.push(char::from(BASE32[ninth]));
    random(rng, BASE32, 7, &mut out);
    out
}

/// A principal id: `AROA` for roles, `AIDA` for users.
pub(crate) fn principal(kind: &str, prefix: &str, rng: &mut Rng) -> String {
    let mut out = String::with_capacity(21);
    out.push_str(kind);
    out.push_str(prefix);
    random(rng, BASE32, 9, &mut out);
    out
}

/// Base 64 as in session tokens and S3's second request id: `fresh` new characters, and the rest common to all. Real
/// ones are new from end to end, and a third of what a compressed log is made of.
pub(crate) fn base64(rng: &mut Rng, fresh: usize, len: usize, out: &mut String) {
    random(rng, BASE64, fresh.min(len), out);
    random(&mut Rng::keyed(0, &[]), BASE64, len.saturating_sub(fresh), out);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The published way to read the account out of a key: forty bits after the first.
    fn account_of(key: &str) -> String {
        let bits = key[4..14]
            .bytes()
            .fold(0u64, |bits, b| bits << 5 | BASE32.iter().position(|&c| c == b).unwrap() as u64);
        format!("{:012}", (bits >> 2 & 0x7fff_ffff_ff80) >> 7)
    }

    #[test]
    fn a_key_spells_its_account() {
        let mut rng = Rng::keyed(1, &[]);
        for account in ["444400004444", "111122223333", "000000000001"] {
            let key = access_key("ASIA", account, &account_prefix(account), &mut rng);
            assert_eq!(key.len(), 20);
            assert_eq!(account_of(&key), account);
        }
    }

    #[test]
    fn uuids_are_version_four() {
        let text = Uuid::random(&mut Rng::keyed(1, &[])).text();
        assert_eq!(text.len(), 36);
        assert_eq!(&text[14..15], "4");
        assert!("89ab".contains(&text[19..20]));
    }
}
