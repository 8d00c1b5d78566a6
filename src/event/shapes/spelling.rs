//! How the records of one shape spell the values of some fields: in a few stretches of their text, which can be taken in
//! at once.

use super::super::layout::FieldId;
use super::super::mix::Mix;
use super::Shapes;
use super::shape::Slot;

/// Stretches no further apart than this are one: what lies between is the same each time.
const GAP: u16 = 64;

/// A stretch of a record's text, told by its runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    from: u8,
    skip: u16,
    to: u8,
    keep: u16,
}

/// Where the values of some fields stand.
#[derive(Debug, Default)]
pub(crate) struct Spelling {
    /// The stretches that hold them, in the order of the text.
    pub(crate) spans: Box<[Span]>,
    /// Records of two shapes with this same description hold the same values if they hold the same text in `spans`:
    /// what stands where and what is read as what can be told by both.
    pub(crate) description: Vec<u8>,
}

impl Shapes {
    /// How records of the shape `number` spell all values of these fields.
    pub(in crate::event) fn spelling(&self, number: u32, fields: impl Iterator<Item = FieldId>) -> Spelling {
        let shape = &self.shapes[number as usize];
        let mut slots: Vec<(Slot, FieldId)> = Vec::new();
        for field in fields {
            if let Some(place) = shape.places.get(field.index()).filter(|place| **place > 0) {
                slots.push((shape.slots[usize::from(*place) - 1], field));
                let more = shape.more.iter().filter(|(other, _)| *other == field);
                slots.extend(more.map(|(_, slot)| (*slot, field)));
            }
        }
        slots.sort_by_key(|(slot, field)| {
            ((slot.from, slot.skip), std::cmp::Reverse((slot.to, slot.keep)), *field)
        });
        let mut spans: Vec<Span> = Vec::new();
        let mut description = Vec::new();
        description.extend_from_slice(&(slots.len() as u64).to_le_bytes());
        for (slot, field) in slots {
            let Slot { from, skip, to, keep, kind, hole, .. } = slot;
            match spans.last_mut() {
                Some(last) if joins(last, from, skip) => {
                    (last.to, last.keep) = (last.to, last.keep).max((to, keep));
                }
                _ => spans.push(Span { from, skip, to, keep }),
            }
            // Places are counted from where the stretch starts.
            let first = spans[spans.len() - 1];
            let behind = |run: u8, at: u16| if run == first.from { at - first.skip } else { at };
            description.extend_from_slice(&field.0.to_le_bytes());
            description.extend([spans.len() as u8, kind as u8, u8::from(hole)]);
            description.extend([from - first.from, to - first.from]);
            description.extend_from_slice(&behind(from, skip).to_le_bytes());
            description.extend_from_slice(&behind(to, keep).to_le_bytes());
        }
        for span in &spans {
            for run in usize::from(span.from)..usize::from(span.to) {
                let before = if run == usize::from(span.from) { span.skip } else { 0 };
                let hole = shape.holes.iter().any(|(with, _)| usize::from(*with) == run);
                description.extend_from_slice(&(shape.lengths[run] - before).to_le_bytes());
                description.push(u8::from(hole));
            }
        }
        Spelling { spans: spans.into(), description }
    }

    /// Takes stretches of the record at hand in.
    #[inline]
    pub(in crate::event) fn mix(&self, text: &[u8], spans: &[Span], mix: Mix) -> Mix {
        spans.iter().fold(mix, |mix, span| {
            let start = self.starts[span.from] + u32::from(span.skip);
            let end = self.starts[span.to] + u32::from(span.keep);
            mix.stretch(text, start as usize, end as usize)
        })
    }
}

/// Whether what starts here lies in the stretch, or so near behind it that nothing lies between but a part of a run.
fn joins(last: &Span, from: u8, skip: u16) -> bool {
    (from, skip) <= (last.to, last.keep) || (from == last.to && skip - last.keep <= GAP)
}
