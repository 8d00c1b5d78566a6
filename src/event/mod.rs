//! One CloudTrail record as the engine sees it: fields found by offset, decoded only when looked at.
//!
//! A [`Layout`] numbers the field paths a run reads. A reader ([`scanner`] on the hot path, [`naive`] as its oracle
//! and fallback) fills [`Slots`] for one record; a [`Record`] gives access to the values.

mod block;
mod canonical;
pub mod digest;
mod escapes;
pub mod id;
pub mod json;
#[cfg(test)]
mod laws;
pub mod layout;
mod mix;
pub mod naive;
mod pieces;
mod quotes;
pub mod record;
#[cfg(test)]
pub(crate) mod samples;
pub mod scanner;
mod shapes;
pub mod slots;
pub mod text;
mod trie;

pub use id::EventId;
pub(crate) use layout::PARTS;
pub use layout::{FieldId, Layout, field};
pub(crate) use mix::Mix;
pub use record::{Raw, Record};
pub(crate) use shapes::{Span, Spelling};
pub use slots::Slots;
