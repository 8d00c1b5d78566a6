//! The bucket: log files in CloudTrail's layout, one `{"Records":[...]}` each.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use flate2::{Compression, GzBuilder};
use sha2::{Digest, Sha256};

use crate::clock::{MINUTE, Secs, compact, folder};
use crate::ids;
use crate::org::{HOME_REGION, ORGANIZATION, Org, PROD, SECOND_REGION};
use crate::rng::{Rng, tag};

/// Good compression before the curve gets steep: about what CloudTrail's own files have.
const GZIP_LEVEL: u32 = 6;

/// The files of one account, Region and trail follow each other.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stream {
    pub(crate) account: usize,
    pub(crate) second_region: bool,
    pub(crate) second_trail: bool,
}

impl Stream {
    fn index(self) -> usize {
        self.account * 4 + usize::from(self.second_region) * 2 + usize::from(self.second_trail)
    }

    fn region(self) -> &'static str {
        if self.second_region { SECOND_REGION } else { HOME_REGION }
    }
}

/// How the records are cut into files.
pub(crate) struct Cut {
    /// Records in a file at most.
    pub(crate) records: usize,
    /// A file holds what was delivered within so many minutes.
    pub(crate) minutes: u32,
    pub(crate) gzip: bool,
}

struct Open {
    period: Secs,
    last: Secs,
    records: usize,
    text: String,
}

/// A finished log file, as a digest names it.
pub(crate) struct Listed {
    pub(crate) key: String,
    pub(crate) hash: String,
    pub(crate) delivered: Secs,
    /// The times of its first and last event.
    pub(crate) oldest: String,
    pub(crate) newest: String,
}

/// What was written.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) files: u64,
    pub(crate) records: u64,
    pub(crate) json_bytes: u64,
}

/// Writes the files, one open for each stream.
pub(crate) struct Files<'o> {
    org: &'o Org,
    root: PathBuf,
    cut: Cut,
    open: Vec<Option<Open>>,
    rng: Rng,
    pub(crate) tally: Tally,
    /// The files of production's home Region delivered on the digest's day.
    pub(crate) listed: Vec<Listed>,
}

/// The day, from 0, of which digest files are kept.
pub(crate) const DIGEST_DAY: u32 = 1;

impl<'o> Files<'o> {
    pub(crate) fn new(org: &'o Org, root: &Path, cut: Cut) -> Files<'o> {
        let open = (0..org.accounts.len() * 4).map(|_| None).collect();
        let rng = Rng::keyed(org.seed, &[tag("files")]);
        Files { org, root: root.to_owned(), cut, open, rng, tally: Tally::default(), listed: Vec::new() }
    }

    /// Adds one record, delivered at `at`.
    pub(crate) fn add(&mut self, stream: Stream, at: Secs, record: &str) -> io::Result<()> {
        let period = at / (self.cut.minutes * MINUTE);
        let full = |open: &Open| open.period != period || open.records >= self.cut.records;
        if self.open[stream.index()].as_ref().is_some_and(full) {
            self.close(stream)?;
        }
        let open = self.open[stream.index()].get_or_insert_with(|| Open {
            period,
            last: at,
            records: 0,
            text: String::from(r#"{"Records":["#),
        });
        if open.records > 0 {
            open.text.push(',');
        }
        open.text.push_str(record);
        open.records += 1;
        open.last = open.last.max(at);
        Ok(())
    }

    fn close(&mut self, stream: Stream) -> io::Result<()> {
        let Some(mut open) = self.open[stream.index()].take() else { return Ok(()) };
        open.text.push_str("]}");
        let key = self.key(stream.account, "CloudTrail", stream.region(), open.last);
        self.tally.files += 1;
        self.tally.records += open.records as u64;
        self.tally.json_bytes += open.text.len() as u64;
        self.put(&key, &open.text)?;
        let home = Stream { account: PROD, second_region: false, second_trail: false };
        if stream == home && self.org.calendar.day_of(open.last) == DIGEST_DAY {
            let times = || open.text.split(r#""eventTime":""#).skip(1).filter_map(|rest| rest.get(..20));
            self.listed.push(Listed {
                key,
                hash: sha256(&open.text),
                delivered: open.last,
                oldest: times().min().unwrap_or_default().to_owned(),
                newest: times().max().unwrap_or_default().to_owned(),
            });
        }
        Ok(())
    }

    /// Closes all files.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        for account in 0..self.org.accounts.len() {
            for second_region in [false, true] {
                for second_trail in [false, true] {
                    self.close(Stream { account, second_region, second_trail })?;
                }
            }
        }
        Ok(())
    }

    /// The key of a new log file, or of another kind of file named like one.
    pub(crate) fn key(&mut self, account: usize, kind: &str, region: &str, at: Secs) -> String {
        let suffix = ids::file_suffix(&mut self.rng);
        self.place(account, kind, region, at, &format!("{region}_{}_{suffix}", compact(at)))
    }

    /// The key of an object of one kind (`CloudTrail`, `CloudTrail-Digest`, `CloudTrail-Insight`).
    pub(crate) fn place(&self, account: usize, kind: &str, region: &str, at: Secs, name: &str) -> String {
        let id = &self.org.accounts[account].id;
        let extension = if self.cut.gzip { "json.gz" } else { "json" };
        format!("AWSLogs/{ORGANIZATION}/{id}/{kind}/{region}/{}/{id}_{kind}_{name}.{extension}", folder(at))
    }

    /// Writes one object.
    pub(crate) fn put(&self, key: &str, text: &str) -> io::Result<()> {
        let path = self.root.join(key);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        if !self.cut.gzip {
            return fs::write(path, text);
        }
        // No name and no time in the header: the same events give the same bytes.
        let buffer = Vec::with_capacity(text.len() / 6);
        let mut gzip = GzBuilder::new().mtime(0).write(buffer, Compression::new(GZIP_LEVEL));
        gzip.write_all(text.as_bytes())?;
        fs::write(path, gzip.finish()?)
    }
}

/// In lower-case hex.
pub(crate) fn sha256(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
