//! Standard input and pipes, waited for no longer than until Ctrl-C: what came until then is looked at.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use trailsift::input::Streams;

use super::progress::STOPPED;

/// How long it is waited before it is looked whether to go on waiting.
const PATIENCE: Duration = Duration::from_millis(50);

/// How much is read at a time.
const CHUNK: usize = 256 << 10;

/// Where what can be read only once comes from, until the user has had enough.
#[derive(Default)]
pub(crate) struct UntilStopped {
    stdin: Option<Chunks>,
}

impl Streams for UntilStopped {
    fn stdin(&mut self) -> &mut dyn Read {
        self.stdin.get_or_insert_with(|| Chunks::of(|| Ok(Box::new(io::stdin()))))
    }

    /// To open a pipe may take as long as to read it: until somebody writes to it.
    fn open(&mut self, path: &Path) -> io::Result<Box<dyn Read>> {
        let path = path.to_owned();
        let mut chunks = Chunks::of(|| Ok(Box::new(File::open(path)?)));
        chunks.fill()?;
        Ok(Box::new(chunks))
    }
}

/// What another thread reads, a chunk at a time. When nobody waits for it any more, it ends with the process.
struct Chunks {
    coming: Receiver<io::Result<Vec<u8>>>,
    chunk: Vec<u8>,
    taken: usize,
}

impl Chunks {
    fn of(open: impl FnOnce() -> io::Result<Box<dyn Read>> + Send + 'static) -> Chunks {
        let (sender, coming) = sync_channel(4);
        thread::spawn(move || {
            if let Err(error) = open().and_then(|mut from| pass_on(&mut *from, &sender)) {
                let _ = sender.send(Err(error));
            }
        });
        Chunks { coming, chunk: Vec::new(), taken: 0 }
    }

    /// Waits for the next chunk if there is nothing left of the last one.
    fn fill(&mut self) -> io::Result<()> {
        while self.taken == self.chunk.len() && !STOPPED.load(Ordering::Relaxed) {
            match self.coming.recv_timeout(PATIENCE) {
                Ok(chunk) => (self.chunk, self.taken) = (chunk?, 0),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        Ok(())
    }
}

impl Read for Chunks {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.fill()?;
        let read = (&self.chunk[self.taken..]).read(buffer)?;
        self.taken += read;
        Ok(read)
    }
}

/// Reads until there is no more, or nobody who wants it.
fn pass_on(from: &mut dyn Read, to: &SyncSender<io::Result<Vec<u8>>>) -> io::Result<()> {
    let mut buffer = vec![0; CHUNK];
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(read) if to.send(Ok(buffer[..read].to_vec())).is_err() => return Ok(()),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
