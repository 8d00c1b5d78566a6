//! Reads what the build has packed: a start does not parse the embedded rules again.
//!
//! A node is its kind, line and column, then the length of its text or the number of its children, then these; numbers
//! are LEB128.

use super::error::Place;
use super::pack::{LIST, MAP, PLAIN, QUOTED};
use super::yaml::{Node, Value};

/// The documents of a file; `None` when the bytes are not what `pack` made.
pub(super) fn unpack(bytes: &[u8]) -> Option<Vec<Node<'_>>> {
    let mut rest = Rest(bytes);
    let count = rest.number()?;
    let documents = rest.nodes(count)?;
    rest.0.is_empty().then_some(documents)
}

struct Rest<'b>(&'b [u8]);

impl<'b> Rest<'b> {
    fn take(&mut self, count: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<usize> {
        let mut n = 0;
        for shift in (0..usize::BITS).step_by(7) {
            let byte = self.take(1)?[0];
            n |= usize::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(n);
            }
        }
        None
    }

    fn nodes(&mut self, count: usize) -> Option<Vec<Node<'b>>> {
        // A node is no shorter than four bytes: a count beyond that is none of ours.
        let mut nodes = Vec::with_capacity(count.min(self.0.len() / 4));
        for _ in 0..count {
            nodes.push(self.node()?);
        }
        Some(nodes)
    }

    fn node(&mut self) -> Option<Node<'b>> {
        let kind = self.take(1)?[0];
        let place = Place { line: self.number()?, column: self.number()? };
        let count = self.number()?;
        let value = match kind {
            PLAIN | QUOTED => {
                let text = std::str::from_utf8(self.take(count)?).ok()?.into();
                Value::Scalar { text, plain: kind == PLAIN }
            }
            LIST => Value::List(self.nodes(count)?),
            MAP => {
                let mut entries = Vec::with_capacity(count.min(self.0.len() / 8));
                for _ in 0..count {
                    entries.push((self.node()?, self.node()?));
                }
                Value::Map(entries)
            }
            _ => return None,
        };
        Some(Node { place, value })
    }
}

#[cfg(test)]
mod tests {
    use super::super::pack::pack;
    use super::super::yaml::documents;
    use super::*;

    #[test]
    fn what_was_packed_comes_back_with_its_places() {
        let text = "a: 1\n'b': [x, '1', ~, {}]\n---\nlong: |\n  a text\n  of lines\nmap:\n  ? - k\n  : v\n";
        let parsed = documents(text).unwrap();
        let packed = pack(&parsed);
        assert_eq!(format!("{:?}", unpack(&packed).unwrap()), format!("{parsed:?}"));
        let text = format!("{}k: {}\n", "\n".repeat(300), "x".repeat(20_000));
        let long = documents(&text).unwrap();
        assert_eq!(format!("{:?}", unpack(&pack(&long)).unwrap()), format!("{long:?}"));
    }

    #[test]
    fn other_bytes_are_refused() {
        let packed = pack(&documents("a: [b, 'c']\nd: e\n").unwrap());
        for end in 0..packed.len() {
            assert!(unpack(&packed[..end]).is_none(), "{end}");
        }
        assert!(unpack(&[packed.as_slice(), &[0]].concat()).is_none());
        assert!(unpack(&[0x80; 12]).is_none());
        assert!(unpack(&[1, 9, 1, 1, 0]).is_none());
        assert!(unpack(&[1, 2, 1, 1, 0xff, 0xff, 0xff, 0xff, 0x7f]).is_none());
    }
}
