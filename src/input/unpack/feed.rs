//! A file's bytes as they lie on disk, a chunk at a time; most files fit in one.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// The most that is read at once.
const CHUNK: usize = 4 << 20;

/// The bytes of a file that have been read and not yet used.
#[derive(Debug, Default)]
pub(super) struct Feed {
    file: Option<File>,
    /// How large it was when it was found.
    size: u64,
    chunk: Vec<u8>,
    used: usize,
    filled: usize,
    /// How many bytes have been read in all.
    read: u64,
}

impl Feed {
    /// Starts with another file, which had this size when it was found.
    pub(super) fn open(&mut self, path: &Path, size: u64) -> io::Result<()> {
        self.file = Some(File::open(path)?);
        (self.used, self.filled, self.read, self.size) = (0, 0, 0, size);
        // With room to spare, so that the end is seen.
        let wanted = usize::try_from(size).unwrap_or(CHUNK).clamp(4 << 10, CHUNK - 1) + 1;
        if self.chunk.len() < wanted {
            self.chunk.resize(wanted.next_power_of_two(), 0);
        }
        self.more()?;
        Ok(())
    }

    /// What has been read and not used.
    pub(super) fn unused(&self) -> &[u8] {
        &self.chunk[self.used..self.filled]
    }

    /// Marks the first `count` of [`Feed::unused`] as used.
    pub(super) fn pass(&mut self, count: usize) {
        self.used += count;
    }

    /// Whether all there is has been read.
    pub(super) fn ended(&self) -> bool {
        self.file.is_none()
    }

    /// How many bytes of the file have been used.
    pub(super) fn position(&self) -> u64 {
        self.read - (self.filled - self.used) as u64
    }

    /// How many bytes have been read from disk.
    pub(super) fn read(&self) -> u64 {
        self.read
    }

    /// Reads on behind what is there. `false` at the end of the file.
    pub(super) fn more(&mut self) -> io::Result<bool> {
        let Some(file) = &mut self.file else { return Ok(false) };
        if self.used > 0 {
            self.chunk.copy_within(self.used..self.filled, 0);
            self.filled -= self.used;
            self.used = 0;
        }
        if self.filled == self.chunk.len() {
            self.chunk.resize(self.chunk.len() * 2, 0);
        }
        let count = match file.read(&mut self.chunk[self.filled..]) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return self.more(),
            count => count?,
        };
        self.filled += count;
        self.read += count as u64;
        // A file that is as large as it was, and of which there was no more to be had, has ended: that spares asking.
        // Neither alone would do. It may have grown, and some systems give less than there is.
        if count == 0 || (self.read == self.size && self.filled < self.chunk.len()) {
            self.file = None;
        }
        Ok(count > 0)
    }
}

impl Read for Feed {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.used == self.filled && !self.more()? {
            return Ok(0);
        }
        let count = self.unused().len().min(out.len());
        out[..count].copy_from_slice(&self.unused()[..count]);
        self.pass(count);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_to_its_end_in_chunks() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let all: Vec<u8> = (0..CHUNK * 2 + 77).map(|n| (n % 251) as u8).collect();
        let mut feed = Feed::default();
        for size in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, CHUNK * 2 + 77] {
            std::fs::write(file.path(), &all[..size]).unwrap();
            feed.open(file.path(), size as u64).unwrap();
            let mut out = Vec::new();
            feed.read_to_end(&mut out).unwrap();
            assert_eq!((out.len(), out == all[..size]), (size, true));
            assert!(feed.ended());
            assert_eq!((feed.position(), feed.read()), (size as u64, size as u64));
        }
    }

    #[test]
    fn a_file_that_changed_is_read_as_it_is() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), [7; 10_000]).unwrap();
        let mut feed = Feed::default();
        for size in [0, 1, 4096, 8191, 9999, 10_000, 10_001, u64::MAX] {
            feed.open(file.path(), size).unwrap();
            let mut out = Vec::new();
            feed.read_to_end(&mut out).unwrap();
            assert_eq!((out.len(), feed.ended(), feed.read()), (10_000, true, 10_000), "{size}");
        }
    }

    #[test]
    fn bytes_can_be_looked_at_before_they_are_taken() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), b"abcdef").unwrap();
        let mut feed = Feed::default();
        feed.open(file.path(), 6).unwrap();
        assert_eq!(feed.unused(), b"abcdef");
        feed.pass(2);
        assert_eq!((feed.unused(), feed.position()), (&b"cdef"[..], 2));
        assert!(!feed.more().unwrap());
        assert_eq!(feed.unused(), b"cdef");
    }
}
