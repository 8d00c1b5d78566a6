//! From files to records: what to read, how it is packed, what it is wrapped in, and what is damaged.

mod ahead;
mod apart;
mod batch;
mod buffer;
mod content;
mod discover;
mod document;
mod expand;
mod key;
mod listing;
mod lists;
mod pairs;
mod reader;
mod records;
mod recover;
mod report;
mod search;
mod segment;
mod source;
mod spool;
mod texts;
mod unpack;
mod unwrap;

pub use batch::Batch;
pub use discover::{DiscoverError, Discovery, discover};
pub use key::{KeyFilter, KeyKind, ObjectKey};
pub use reader::Reader;
pub use report::{FileReport, RecordNumber, SkipKind, Skipped};
pub use source::Source;
pub use spool::{Streams, remove_copies};
