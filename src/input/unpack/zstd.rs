//! Zstandard, frame by frame.

use std::io::Read;

use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::feed::Feed;
use super::{Fault, io_fault};
use crate::input::SkipKind;

/// The first bytes of a frame.
pub(super) const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Frames that window over more than this are refused: they would cost as much memory.
const MAX_WINDOW: u64 = 64 << 20;

/// Whether bytes start with a frame that holds nothing of the content.
pub(super) fn is_skippable(bytes: &[u8]) -> bool {
    matches!(bytes, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
}

/// Decompresses a zstd file.
pub(super) struct Unzstd {
    frame: FrameDecoder,
    stage: Stage,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Behind a frame or before the first: another one, padding, the end, or garbage.
    Behind,
    Frame,
    /// In a frame that goes no further; what it has given is still to be handed on.
    Broken,
    Done,
}

impl std::fmt::Debug for Unzstd {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Unzstd")
    }
}

impl Default for Unzstd {
    fn default() -> Self {
        let mut frame = FrameDecoder::new();
        frame.set_max_window_size(MAX_WINDOW);
        Unzstd { frame, stage: Stage::Behind }
    }
}

impl Unzstd {
    /// Decompresses into `out`, as [`super::gzip::Gunzip::fill`] does.
    pub(super) fn fill(&mut self, feed: &mut Feed, out: &mut [u8], faults: &mut Vec<Fault>) -> usize {
        let mut written = 0;
        while self.stage != Stage::Done && written < out.len() {
            match self.step(feed, &mut out[written..], faults) {
                Ok(count) => written += count,
                Err(fault) => {
                    faults.push(fault);
                    self.stage = self.after_fault();
                }
            }
        }
        written
    }

    fn step(&mut self, feed: &mut Feed, out: &mut [u8], faults: &mut Vec<Fault>) -> Result<usize, Fault> {
        match self.stage {
            Stage::Behind => {
                while feed.unused().len() < 4 && feed.more().map_err(|error| io_fault(&error))? {}
                if feed.unused().is_empty() {
                    self.stage = Stage::Done;
                } else if feed.unused().starts_with(&MAGIC) || is_skippable(feed.unused()) {
                    self.start(feed)?;
                } else if feed.unused().iter().all(|byte| *byte == 0) {
                    let zeros = feed.unused().len();
                    feed.pass(zeros);
                } else {
                    let reason = "bytes behind the end of the zstd data, expected another frame or nothing";
                    return Err(Fault { kind: SkipKind::TrailingGarbage, reason: reason.to_owned() });
                }
                Ok(0)
            }
            Stage::Frame => {
                while self.frame.can_collect() == 0 && !self.frame.is_finished() {
                    let one = BlockDecodingStrategy::UptoBlocks(1);
                    self.frame.decode_blocks(&mut *feed, one).map_err(|error| fault(feed, &error))?;
                }
                let count = self.frame.read(out).map_err(|error| io_fault(&error))?;
                if self.frame.is_finished() && self.frame.can_collect() == 0 {
                    self.stage = Stage::Behind;
                    let told = self.frame.get_checksum_from_data();
                    if told.is_some() && told != self.frame.get_calculated_checksum() {
                        let reason = "the zstd checksum is wrong".to_owned();
                        faults.push(Fault { kind: SkipKind::Corrupt, reason });
                    }
                }
                Ok(count)
            }
            Stage::Broken => {
                let count = self.frame.read(out).map_err(|error| io_fault(&error))?;
                if count == 0 {
                    self.stage = Stage::Done;
                }
                Ok(count)
            }
            Stage::Done => Ok(0),
        }
    }

    /// What was decompressed before a fault is content, but the decoder keeps as much of it back as later blocks might
    /// refer to, until the frame ends. So end it, with an empty last block and any checksum.
    fn after_fault(&mut self) -> Stage {
        const END: [u8; 7] = [1, 0, 0, 0, 0, 0, 0];
        let in_frame = self.stage == Stage::Frame && !self.frame.is_finished();
        match in_frame && self.frame.decode_blocks(&END[..], BlockDecodingStrategy::All).is_ok() {
            true => Stage::Broken,
            false => Stage::Done,
        }
    }

    fn start(&mut self, feed: &mut Feed) -> Result<(), Fault> {
        match self.frame.reset(&mut *feed) {
            Ok(()) => self.stage = Stage::Frame,
            Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                length, ..
            })) => {
                let mut rest = u64::from(length);
                while rest > 0 {
                    if feed.unused().is_empty() && !feed.more().map_err(|error| io_fault(&error))? {
                        let reason = "the file ends in a zstd frame".to_owned();
                        return Err(Fault { kind: SkipKind::Truncated, reason });
                    }
                    let count = feed.unused().len().min(usize::try_from(rest).unwrap_or(usize::MAX));
                    feed.pass(count);
                    rest -= count as u64;
                }
            }
            Err(error) => return Err(fault(feed, &error)),
        }
        Ok(())
    }
}

/// Where the file has ended in the middle of a frame, whatever the decoder then missed is a consequence.
fn fault(feed: &Feed, error: &FrameDecoderError) -> Fault {
    use FrameDecoderError as Error;
    if let Error::WindowSizeTooBig { .. } | Error::DictNotProvided { .. } = error {
        return Fault {
            kind: SkipKind::Unsupported,
            reason: format!("zstd data that cannot be read: {error}"),
        };
    }
    if feed.ended() && feed.unused().is_empty() {
        return Fault { kind: SkipKind::Truncated, reason: "the file ends in a zstd frame".to_owned() };
    }
    Fault { kind: SkipKind::Corrupt, reason: format!("zstd data is damaged: {error}") }
}
