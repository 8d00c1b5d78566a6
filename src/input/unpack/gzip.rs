//! Gzip, member by member, in one call for each where the output has room.

use flate2::{Crc, Decompress, FlushDecompress, Status};

use super::feed::Feed;
use super::{Fault, io_fault};
use crate::input::SkipKind;

/// The longest header taken for one: it may hold a name and a comment of any length.
const MAX_HEADER: usize = 1 << 20;

/// The first bytes of a member.
pub(super) const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Where in a member reading stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Header,
    Body,
    Trailer,
    /// Behind a member: another one, padding, the end, or garbage.
    Behind,
    Done,
}

/// Inflates a gzip file. Kept from file to file, as its tables are large.
#[derive(Debug)]
pub(super) struct Gunzip {
    inflate: Decompress,
    checksum: Crc,
    stage: Stage,
}

impl Default for Gunzip {
    fn default() -> Self {
        Gunzip { inflate: Decompress::new(false), checksum: Crc::new(), stage: Stage::Header }
    }
}

/// What stands at the start of some bytes.
enum Header {
    /// A header of this length.
    Whole(usize),
    /// The beginning of one.
    Part,
    /// None, for this reason.
    None(&'static str),
}

impl Gunzip {
    /// Starts with another file.
    pub(super) fn restart(&mut self) {
        self.stage = Stage::Header;
    }

    /// Inflates into `out`. Returns how many bytes were written; none at the end. Faults go to `faults`, those that
    /// end the file and those that do not.
    pub(super) fn fill(&mut self, feed: &mut Feed, out: &mut [u8], faults: &mut Vec<Fault>) -> usize {
        let mut written = 0;
        while self.stage != Stage::Done && (written < out.len() || self.stage != Stage::Body) {
            match self.step(feed, &mut out[written..], faults) {
                Ok(count) => written += count,
                Err((count, fault)) => {
                    written += count;
                    faults.push(fault);
                    self.stage = Stage::Done;
                }
            }
        }
        written
    }

    fn step(
        &mut self,
        feed: &mut Feed,
        out: &mut [u8],
        faults: &mut Vec<Fault>,
    ) -> Result<usize, (usize, Fault)> {
        match self.stage {
            Stage::Header => {
                match header(feed.unused()) {
                    Header::Whole(length) => {
                        feed.pass(length);
                        self.inflate.reset(false);
                        self.checksum.reset();
                        self.stage = Stage::Body;
                    }
                    Header::Part if feed.unused().len() <= MAX_HEADER => more(feed, "in a gzip header")?,
                    Header::Part => return Err(corrupt("a gzip header of more than 1 MiB")),
                    Header::None(reason) => return Err(corrupt(reason)),
                }
                Ok(0)
            }
            Stage::Body => self.inflate(feed, out),
            Stage::Trailer => {
                let Some(trailer) = feed.unused().first_chunk::<8>() else {
                    more(feed, "in a gzip trailer")?;
                    return Ok(0);
                };
                let [a, b, c, d, size @ ..] = *trailer;
                let (checksum, size) = (u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes(size));
                feed.pass(8);
                // What was inflated is read nevertheless: it may be whole, and is JSON or is not.
                if checksum != self.checksum.sum() {
                    faults.push(corrupt("the gzip checksum is wrong").1);
                } else if size != self.checksum.amount() {
                    faults.push(corrupt("the gzip trailer tells another length").1);
                }
                self.stage = Stage::Behind;
                Ok(0)
            }
            Stage::Behind => {
                let zeros = feed.unused().iter().take_while(|byte| **byte == 0).count();
                feed.pass(zeros);
                match feed.unused() {
                    [] | [0x1f] => {
                        if !feed.more().map_err(|error| (0, io_fault(&error)))? {
                            self.stage = Stage::Done;
                            if !feed.unused().is_empty() {
                                return Err(garbage());
                            }
                        }
                    }
                    bytes if bytes.starts_with(&MAGIC) => self.stage = Stage::Header,
                    _ => return Err(garbage()),
                }
                Ok(0)
            }
            Stage::Done => Ok(0),
        }
    }

    fn inflate(&mut self, feed: &mut Feed, out: &mut [u8]) -> Result<usize, (usize, Fault)> {
        if feed.unused().is_empty() && !feed.ended() {
            feed.more().map_err(|error| (0, io_fault(&error)))?;
        }
        // When no more input can come, the inflater need not keep what it wrote for the next call.
        let flush = if feed.ended() { FlushDecompress::Finish } else { FlushDecompress::None };
        let (before_in, before_out) = (self.inflate.total_in(), self.inflate.total_out());
        let status = self.inflate.decompress(feed.unused(), out, flush);
        let taken = (self.inflate.total_in() - before_in) as usize;
        let written = (self.inflate.total_out() - before_out) as usize;
        feed.pass(taken);
        self.checksum.update(&out[..written]);
        match status {
            Ok(Status::StreamEnd) => self.stage = Stage::Trailer,
            Ok(_) if written < out.len() && feed.unused().is_empty() && feed.ended() => {
                return Err((written, truncated("in compressed data")));
            }
            Ok(_) if taken == 0 && written == 0 && !feed.unused().is_empty() => {
                return Err(corrupt("compressed data that goes nowhere"));
            }
            Ok(_) => {}
            // The inflater tells no more than this.
            Err(_) => return Err((written, corrupt("compressed data is damaged").1)),
        }
        Ok(written)
    }
}

fn more(feed: &mut Feed, place: &str) -> Result<(), (usize, Fault)> {
    match feed.more() {
        Ok(true) => Ok(()),
        Ok(false) => Err((0, truncated(place))),
        Err(error) => Err((0, io_fault(&error))),
    }
}

fn truncated(place: &str) -> Fault {
    Fault { kind: SkipKind::Truncated, reason: format!("the file ends {place}") }
}

fn corrupt(reason: &str) -> (usize, Fault) {
    (0, Fault { kind: SkipKind::Corrupt, reason: reason.to_owned() })
}

fn garbage() -> (usize, Fault) {
    let reason = "bytes behind the end of the gzip data, expected another member or nothing".to_owned();
    (0, Fault { kind: SkipKind::TrailingGarbage, reason })
}

fn header(bytes: &[u8]) -> Header {
    const NAME: u8 = 8;
    const COMMENT: u8 = 16;
    const EXTRA: u8 = 4;
    const CHECK: u8 = 2;
    let Some([magic @ .., method, flags, _, _, _, _, _, _]) = bytes.first_chunk::<10>() else {
        return if bytes.len() < 2 || bytes.starts_with(&MAGIC) {
            Header::Part
        } else {
            Header::None("no gzip header")
        };
    };
    if *magic != MAGIC || *method != 8 {
        return Header::None("a gzip header with a compression method that does not exist");
    }
    if flags & 0b1110_0000 != 0 {
        return Header::None("a gzip header with flags that do not exist");
    }
    let mut at = 10;
    if flags & EXTRA != 0 {
        let Some(length) = bytes.get(at..at + 2) else { return Header::Part };
        at += 2 + usize::from(u16::from_le_bytes([length[0], length[1]]));
    }
    for flag in [NAME, COMMENT] {
        if flags & flag != 0 {
            let end = bytes.get(at..).and_then(|rest| memchr::memchr(0, rest));
            let Some(end) = end else { return Header::Part };
            at += end + 1;
        }
    }
    if flags & CHECK != 0 {
        at += 2;
    }
    if at > bytes.len() { Header::Part } else { Header::Whole(at) }
}
