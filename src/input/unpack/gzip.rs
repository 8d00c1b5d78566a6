//! Gzip, member by member, in one call for each where the output has room.
//!
//! Two inflaters do it: libdeflate what is whole and sound, and zlib-rs all else, as only it can begin, go on later
//! and say how far it came. Content and faults are the same without the first one.

use flate2::{Crc, Decompress, FlushDecompress, Status};

use super::feed::Feed;
#[cfg(feature = "libdeflate")]
use super::whole::{Whole, checksum};
use super::{Fault, io_fault};
use crate::input::SkipKind;

/// The longest header taken for one: it may hold a name and a comment of any length.
const MAX_HEADER: usize = 1 << 20;

/// The most content that a file is believed to have before it has been inflated.
const MOST_EXPECTED: usize = 16 << 20;

/// Deflate makes nothing smaller than one part in this many.
const BEST_RATIO: usize = 1032;

/// The first bytes of a member.
pub(super) const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Where in a member reading stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Header,
    /// Behind a header: nothing has been inflated.
    Start,
    Body,
    Trailer,
    /// Behind a member: another one, padding, the end, or garbage.
    Behind,
    Done,
}

/// Inflates a gzip file. Kept from file to file, as its tables are large.
#[derive(Debug)]
pub(super) struct Gunzip {
    #[cfg(feature = "libdeflate")]
    whole: Option<Whole>,
    inflate: Decompress,
    checksum: Crc,
    stage: Stage,
}

impl Default for Gunzip {
    fn default() -> Self {
        Gunzip {
            #[cfg(feature = "libdeflate")]
            whole: Whole::new(),
            inflate: Decompress::new(false),
            checksum: Crc::new(),
            stage: Stage::Header,
        }
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
    /// One that inflates nothing whole.
    #[cfg(test)]
    pub(super) fn piecemeal() -> Gunzip {
        Gunzip {
            #[cfg(feature = "libdeflate")]
            whole: None,
            ..Gunzip::default()
        }
    }

    /// How much has been inflated piece by piece since that was last begun.
    #[cfg(all(test, feature = "libdeflate"))]
    pub(super) fn in_pieces(&self) -> u64 {
        self.inflate.total_out()
    }

    /// Starts with another file.
    pub(super) fn restart(&mut self) {
        self.stage = Stage::Header;
    }

    /// Inflates into `out`. Returns how many bytes were written; none at the end. Faults go to `faults`, those that
    /// end the file and those that do not.
    pub(super) fn fill(&mut self, feed: &mut Feed, out: &mut [u8], faults: &mut Vec<Fault>) -> usize {
        let mut written = 0;
        while self.stage != Stage::Done
            && (written < out.len() || !matches!(self.stage, Stage::Start | Stage::Body))
        {
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
                        self.stage = Stage::Start;
                    }
                    Header::Part if feed.unused().len() <= MAX_HEADER => more(feed, "in a gzip header")?,
                    Header::Part => return Err(corrupt("a gzip header of more than 1 MiB")),
                    Header::None(reason) => return Err(corrupt(reason)),
                }
                Ok(0)
            }
            Stage::Start => {
                #[cfg(feature = "libdeflate")]
                if let Some(written) = self.whole(feed, out) {
                    self.stage = Stage::Behind;
                    return Ok(written);
                }
                self.inflate.reset(false);
                self.checksum.reset();
                self.stage = Stage::Body;
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

    /// Inflates a whole member, if it is sound. If not, nothing has happened: what is there of it, and what is wrong,
    /// is for [`Gunzip::inflate`]. That costs at most what inflating what fits costs, as that much is there then.
    #[cfg(feature = "libdeflate")]
    fn whole(&mut self, feed: &mut Feed, out: &mut [u8]) -> Option<usize> {
        let whole = self.whole.as_mut()?;
        if expected(feed)? > out.len() {
            return None;
        }
        let packed = feed.unused();
        let (taken, written) = whole.inflate(packed, out)?;
        // Checked here and not as any other trailer: libdeflate takes data for sound that zlib does not, like a code
        // word that nothing has. With another inflater's faults left to it, only the right content gets through.
        let [a, b, c, d, size @ ..] = *packed.get(taken..)?.first_chunk::<8>()?;
        let sound = u32::from_le_bytes([a, b, c, d]) == checksum(&out[..written])
            && u32::from_le_bytes(size) as usize == written;
        sound.then(|| {
            feed.pass(taken + 8);
            written
        })
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

/// How much content a file of one member has, if all of it has been read and what its end says can be. That may be a
/// lie: it is only good to make room.
pub(super) fn expected(feed: &Feed) -> Option<usize> {
    let packed = feed.unused();
    let size = u32::from_le_bytes(*packed.last_chunk::<4>()?) as usize;
    (feed.ended() && size <= MOST_EXPECTED && size / BEST_RATIO <= packed.len()).then_some(size)
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
