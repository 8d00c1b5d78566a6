//! A large file's content, unpacked by a second thread while the first one reads what came before.
//!
//! Files are shared out among workers one by one, so one huge file would leave all but one of them idle. Of such a
//! file unpacking is about half the work, and can run ahead.

use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};

use super::unpack::{Fault, Unpack};

/// Files on disk of at least this size are unpacked ahead.
pub(super) const LARGE: u64 = 16 << 20;

/// How much is unpacked at once, and how many of these may wait.
const BLOCK: usize = 1 << 20;
const WAITING: usize = 4;

/// Content as it comes, and what is known of it so far.
pub(super) trait Content {
    /// Writes content to `out` until it is full or the content ends. Returns how much was written.
    fn fill(&mut self, out: &mut [u8]) -> usize;
    /// Whether all content has been written.
    fn ended(&self) -> bool;
    /// What was wrong with the file so far.
    fn faults(&self) -> &[Fault];
    /// How many bytes were read from disk.
    fn read(&self) -> u64;
    /// How many bytes of content there were.
    fn written(&self) -> u64;
}

impl Content for Unpack {
    fn fill(&mut self, out: &mut [u8]) -> usize {
        Unpack::fill(self, out)
    }

    fn ended(&self) -> bool {
        Unpack::ended(self)
    }

    fn faults(&self) -> &[Fault] {
        &self.faults
    }

    fn read(&self) -> u64 {
        Unpack::read(self)
    }

    fn written(&self) -> u64 {
        Unpack::written(self)
    }
}

/// Some content, and what was known once it was there.
#[derive(Debug, Default)]
struct Block {
    bytes: Vec<u8>,
    filled: usize,
    ended: bool,
    faults: Vec<Fault>,
    read: u64,
    written: u64,
}

/// Where the blocks arrive.
#[derive(Debug)]
pub(super) struct Ahead {
    blocks: Receiver<Block>,
    /// Used ones go back, for their memory.
    used: Sender<Block>,
    block: Block,
    at: usize,
}

/// Runs `read` on the content of an opened file while a second thread unpacks it.
pub(super) fn unpacked<T>(unpack: &mut Unpack, read: impl FnOnce(&mut Ahead) -> T) -> T {
    let (send, blocks) = sync_channel(WAITING);
    let (used, free) = channel();
    std::thread::scope(|scope| {
        scope.spawn(move || produce(unpack, &send, &free));
        // Dropped when `read` has had enough, which ends the other thread.
        let mut ahead = Ahead { blocks, used, block: Block::default(), at: 0 };
        read(&mut ahead)
    })
}

fn produce(unpack: &mut Unpack, send: &SyncSender<Block>, free: &Receiver<Block>) {
    loop {
        let mut block = free.try_recv().unwrap_or_default();
        block.bytes.resize(BLOCK, 0);
        block.filled = unpack.fill(&mut block.bytes);
        (block.ended, block.faults) = (unpack.ended(), unpack.faults.clone());
        (block.read, block.written) = (unpack.read(), unpack.written());
        let ended = block.ended;
        if send.send(block).is_err() || ended {
            return;
        }
    }
}

impl Content for Ahead {
    fn fill(&mut self, out: &mut [u8]) -> usize {
        let mut filled = 0;
        while filled < out.len() {
            if self.at == self.block.filled {
                if self.block.ended {
                    break;
                }
                // The other thread ends with a last block, or by a panic, which the scope passes on.
                let Ok(block) = self.blocks.recv() else { break };
                let _ = self.used.send(std::mem::replace(&mut self.block, block));
                self.at = 0;
                continue;
            }
            let count = (self.block.filled - self.at).min(out.len() - filled);
            out[filled..filled + count].copy_from_slice(&self.block.bytes[self.at..self.at + count]);
            filled += count;
            self.at += count;
        }
        filled
    }

    fn ended(&self) -> bool {
        self.block.ended && self.at == self.block.filled
    }

    fn faults(&self) -> &[Fault] {
        &self.block.faults
    }

    fn read(&self) -> u64 {
        self.block.read
    }

    fn written(&self) -> u64 {
        self.block.written
    }
}
