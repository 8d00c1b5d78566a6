//! From files to records: what to read, how it is packed, what it is wrapped in, and what is damaged.

mod discover;
mod key;
mod report;
mod unpack;

pub use discover::{DiscoverError, Discovery, Source, discover};
pub use key::{KeyFilter, KeyKind, ObjectKey};
pub use report::{FileReport, RecordNumber, SkipKind, Skipped};
