//! What can be read only once, standard input and pipes: where it comes from, and copies of it, as evidence is read again.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::NamedTempFile;

/// Where what can be read only once comes from. Whatever can be read serves as standard input.
pub trait Streams {
    /// Standard input.
    fn stdin(&mut self) -> &mut dyn Read;

    /// A pipe or device that was named, or a list of paths.
    fn open(&mut self, path: &Path) -> io::Result<Box<dyn Read>> {
        Ok(Box::new(File::open(path)?))
    }
}

impl<R: Read> Streams for R {
    fn stdin(&mut self) -> &mut dyn Read {
        self
    }
}

/// The copies there are now, of all searches of this process.
static COPIES: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

fn copies() -> MutexGuard<'static, Vec<PathBuf>> {
    COPIES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes all copies of what can be read only once: for a process about to end without tidying up.
pub fn remove_copies() {
    for path in copies().drain(..) {
        // There is nobody left to tell.
        let _ = fs::remove_file(path);
    }
}

/// A copy, gone when this is.
#[derive(Debug)]
pub(super) struct Spool(NamedTempFile);

impl Spool {
    /// Copies all there is to read, and says how much it was.
    pub(super) fn of(from: &mut dyn Read) -> io::Result<(Spool, u64)> {
        let mut spool = Spool(NamedTempFile::new()?);
        copies().push(spool.path().to_owned());
        let size = io::copy(from, &mut spool.0)?;
        Ok((spool, size))
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        copies().retain(|path| path != self.0.path());
    }
}
