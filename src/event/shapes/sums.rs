//! The digest of a record whose shape is known: what all records of the shape say is summed up once.

use super::super::digest::walk;
use super::Shapes;
use super::shape::{Shape, Sums};

impl Shapes {
    /// The digest of the record at hand, whose shape is `number`, in the text it was read from.
    pub(in crate::event) fn digest(&self, number: u32, text: &str) -> Option<u128> {
        let shape = &self.shapes[number as usize];
        let sums = shape.sums.get_or_init(|| self.sums(shape, text)).as_ref()?;
        let mut sum = sums.same;
        for ((run, length), place) in shape.holes.iter().zip(&sums.places) {
            let (start, end) = (self.starts[*run] + u32::from(*length), self.starts[run + 1]);
            sum = sum.wrapping_add(place.hash(text, start, end, !self.is_escaped(*run)));
        }
        Some(sum)
    }

    fn sums(&self, shape: &Shape, text: &str) -> Option<Sums> {
        let (first, end) = (self.starts[0], self.starts[u8::try_from(shape.lengths.len()).ok()?]);
        let record = &text[first as usize..end as usize];
        let start = |(run, length): &(u8, u16)| self.starts[*run] + u32::from(*length) - first;
        let mut holes = shape.holes.iter().map(start).peekable();
        let (mut same, mut places) = (0u128, Vec::new());
        let walked = walk(record, &mut |said| match holes.next_if_eq(&said.start) {
            Some(_) => places.push(said.place()),
            None => same = same.wrapping_add(said.hash()),
        });
        let whole = walked.is_ok() && places.len() == shape.holes.len();
        whole.then(|| Sums { same, places: places.into() })
    }
}
