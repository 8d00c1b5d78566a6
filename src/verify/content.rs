//! What a local file holds: the hash of its content, and whether something was put behind it.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use flate2::bufread::GzDecoder;
use sha2::{Digest as _, Sha256};

use crate::text::hex;

/// Digest files are small; a larger one is none.
const LARGEST_DIGEST: u64 = 64 << 20;
/// Log files are some megabytes; what inflates to more than this is meant to do harm.
const LARGEST_LOG: u64 = 8 << 30;

/// The content of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Content {
    /// SHA-256 of the content, decompressed, in hex.
    pub(super) sha256: String,
    /// Whether bytes follow the first gzip member: no digest vouches for them.
    pub(super) appended: bool,
}

/// Why a file has no content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The system would not let it be read.
    Unreadable(String),
    /// It is damaged: its content cannot be what was delivered.
    Damaged(String),
}

/// Hashes a log file.
pub(super) fn of_log(path: &Path) -> Result<Content, Fault> {
    read(path, LARGEST_LOG, &mut |_| {})
}

/// Hashes a digest file, and returns its text.
pub(super) fn of_digest(path: &Path) -> Result<(Content, Vec<u8>), Fault> {
    let mut text = Vec::new();
    let content = read(path, LARGEST_DIGEST, &mut |bytes| text.extend_from_slice(bytes))?;
    Ok((content, text))
}

fn read(path: &Path, largest: u64, sink: &mut dyn FnMut(&[u8])) -> Result<Content, Fault> {
    let unreadable = |error: io::Error| Fault::Unreadable(error.to_string());
    let mut file = BufReader::with_capacity(1 << 16, File::open(path).map_err(unreadable)?);
    if !file.fill_buf().map_err(unreadable)?.starts_with(&[0x1f, 0x8b]) {
        let sha256 = hash(&mut file, largest, sink)?.map_err(unreadable)?;
        return Ok(Content { sha256, appended: false });
    }
    // Of a gzip file one member only: what follows it is not part of what was delivered.
    let mut member = GzDecoder::new(file);
    let damaged = |error: io::Error| Fault::Damaged(format!("damaged gzip: {error}"));
    let sha256 = hash(&mut member, largest, sink)?.map_err(damaged)?;
    let appended = !member.into_inner().fill_buf().map_err(unreadable)?.is_empty();
    Ok(Content { sha256, appended })
}

/// Hashes to the end. What is wrong with the size is a fault; what the reader says is left to the caller.
fn hash(from: &mut dyn Read, largest: u64, sink: &mut dyn FnMut(&[u8])) -> Result<io::Result<String>, Fault> {
    let mut hash = Sha256::new();
    let mut size = 0u64;
    let mut buffer = vec![0; 1 << 16];
    loop {
        let bytes = match from.read(&mut buffer) {
            Ok(0) => return Ok(Ok(hex(&hash.finalize()))),
            Ok(count) => &buffer[..count],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Ok(Err(error)),
        };
        size += bytes.len() as u64;
        if size > largest {
            return Err(Fault::Damaged(format!("it inflates to more than {} MiB", largest >> 20)));
        }
        hash.update(bytes);
        sink(bytes);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    const OF_ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn content(bytes: &[u8]) -> Result<Content, Fault> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        of_log(file.path())
    }

    #[test]
    fn the_content_counts_not_its_packing() {
        let same = Content { sha256: OF_ABC.to_owned(), appended: false };
        assert_eq!(content(&gzip(b"abc")), Ok(same.clone()));
        assert_eq!(content(b"abc"), Ok(same.clone()));
        for more in [gzip(b"def"), gzip(b""), vec![0], b"garbage".to_vec()] {
            let appended = content(&[gzip(b"abc"), more].concat());
            assert_eq!(appended, Ok(Content { appended: true, ..same.clone() }));
        }
    }

    #[test]
    fn damage_is_no_content() {
        let whole = gzip(b"abc");
        assert!(matches!(content(&whole[..whole.len() - 3]), Err(Fault::Damaged(_))));
        let mut spoilt = whole.clone();
        let at = spoilt.len() - 6;
        spoilt[at] ^= 1;
        assert!(matches!(content(&spoilt), Err(Fault::Damaged(_))), "a wrong checksum");
        assert!(matches!(of_log(Path::new("/no/such/file")), Err(Fault::Unreadable(_))));
    }
}
