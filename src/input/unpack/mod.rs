//! A file's content, whatever it is packed in: decided by its first bytes, never by its name.

mod feed;
mod gzip;
#[cfg(feature = "libdeflate")]
mod whole;
mod zstd;

use std::io;
use std::path::Path;

use super::SkipKind;
use feed::Feed;
use gzip::Gunzip;
use zstd::Unzstd;

/// Content up to this size is never a bomb.
const BOMB_SIZE: u64 = 256 << 20;

/// CloudTrail's logs shrink to a seventh or a tenth. What shrinks to less than one part in this many is no log.
const BOMB_RATIO: u64 = 200;

/// What is wrong with a packed file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) kind: SkipKind,
    pub(super) reason: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Packing {
    #[default]
    Plain,
    Gzip,
    Zstd,
}

/// The content of one file after another.
#[derive(Debug, Default)]
pub(super) struct Unpack {
    feed: Feed,
    packing: Packing,
    gunzip: Gunzip,
    unzstd: Unzstd,
    written: u64,
    ended: bool,
    /// What was wrong so far.
    pub(super) faults: Vec<Fault>,
}

impl Unpack {
    /// Starts with another file, which had this size when it was found.
    pub(super) fn open(&mut self, path: &Path, size: u64) -> io::Result<()> {
        (self.written, self.ended) = (0, false);
        self.faults.clear();
        self.feed.open(path, size)?;
        while self.feed.unused().len() < 4 && self.feed.more()? {}
        self.packing = match self.feed.unused() {
            bytes if bytes.starts_with(&gzip::MAGIC) => Packing::Gzip,
            bytes if bytes.starts_with(&zstd::MAGIC) || zstd::is_skippable(bytes) => Packing::Zstd,
            _ => Packing::Plain,
        };
        match self.packing {
            Packing::Gzip => self.gunzip.restart(),
            Packing::Zstd => self.unzstd = Unzstd::default(),
            Packing::Plain => {}
        }
        Ok(())
    }

    /// Writes content to `out` until it is full or the content ends. Returns how much was written.
    pub(super) fn fill(&mut self, out: &mut [u8]) -> usize {
        let mut filled = 0;
        while filled < out.len() && !self.ended {
            let rest = &mut out[filled..];
            let count = match self.packing {
                Packing::Plain => io::Read::read(&mut self.feed, rest).unwrap_or_else(|error| {
                    self.faults.push(io_fault(&error));
                    0
                }),
                Packing::Gzip => self.gunzip.fill(&mut self.feed, rest, &mut self.faults),
                Packing::Zstd => self.unzstd.fill(&mut self.feed, rest, &mut self.faults),
            };
            self.ended = count == 0;
            filled += count;
            self.written += count as u64;
            if self.written > BOMB_SIZE && self.written / BOMB_RATIO > self.feed.position() {
                let reason = format!(
                    "{} bytes inflate to more than {} MiB, over {BOMB_RATIO} times as much: not a log",
                    self.feed.position(),
                    self.written >> 20,
                );
                self.faults.push(Fault { kind: SkipKind::Bomb, reason });
                self.ended = true;
            }
        }
        filled
    }

    /// How much content there may be, where it is worth having room for all of it at once: whole is inflated faster.
    /// Known only to a file just opened, and not to be relied on.
    pub(super) fn expected(&self) -> usize {
        match self.packing {
            Packing::Gzip => gzip::expected(&self.feed).unwrap_or(0),
            Packing::Plain | Packing::Zstd => 0,
        }
    }

    /// Whether all content has been written.
    pub(super) fn ended(&self) -> bool {
        self.ended
    }

    /// How many bytes were read from disk.
    pub(super) fn read(&self) -> u64 {
        self.feed.read()
    }

    /// How many bytes of content were written.
    pub(super) fn written(&self) -> u64 {
        self.written
    }
}

fn io_fault(error: &io::Error) -> Fault {
    Fault { kind: SkipKind::Unreadable, reason: error.to_string() }
}

#[cfg(test)]
mod tests;
