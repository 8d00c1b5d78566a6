//! Reads what the build has packed: a start does not parse the embedded rules again.
//!
//! A node is its kind, line and column, then the length of its text and where that starts among the texts of all files,
//! or the number of its children, then these; numbers are LEB128.

use super::error::Place;
use super::pack::{LIST, MAP, PLAIN, QUOTED};
use super::yaml::{Node, Value};

/// What `pack` made of a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Packed<'b> {
    pub(super) nodes: &'b [u8],
    /// Those of all files.
    pub(super) texts: &'b str,
}

impl<'b> Packed<'b> {
    /// The documents of the file; `None` when this is not what `pack` made.
    pub(super) fn documents(self) -> Option<Vec<Node<'b>>> {
        let mut rest = Rest { nodes: self.nodes, texts: self.texts };
        let count = rest.number()?;
        let documents = rest.nodes(count)?;
        rest.nodes.is_empty().then_some(documents)
    }
}

struct Rest<'b> {
    nodes: &'b [u8],
    texts: &'b str,
}

impl<'b> Rest<'b> {
    fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.nodes.split_first()?;
        self.nodes = rest;
        Some(*byte)
    }

    /// Most are small.
    #[inline]
    fn number(&mut self) -> Option<usize> {
        match self.nodes.split_first() {
            Some((byte, rest)) if *byte < 0x80 => {
                self.nodes = rest;
                Some(usize::from(*byte))
            }
            _ => self.large_number(),
        }
    }

    fn large_number(&mut self) -> Option<usize> {
        let (mut n, mut shift) = (0, 0);
        while shift < usize::BITS {
            let byte = self.byte()?;
            n |= usize::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(n);
            }
            shift += 7;
        }
        None
    }

    fn nodes(&mut self, count: usize) -> Option<Vec<Node<'b>>> {
        // A node is no shorter than four bytes: a count beyond that is none of ours.
        let mut nodes = Vec::with_capacity(count.min(self.nodes.len() / 4));
        for _ in 0..count {
            nodes.push(self.node()?);
        }
        Some(nodes)
    }

    fn node(&mut self) -> Option<Node<'b>> {
        let kind = self.byte()?;
        let place = Place { line: self.number()?, column: self.number()? };
        let count = self.number()?;
        let value = match kind {
            PLAIN | QUOTED => {
                let start = self.number()?;
                let text = self.texts.get(start..start.checked_add(count)?)?.into();
                Value::Scalar { text, plain: kind == PLAIN }
            }
            LIST => Value::List(self.nodes(count)?),
            MAP => {
                let mut entries = Vec::with_capacity(count.min(self.nodes.len() / 8));
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
    use super::super::pack::{Texts, pack};
    use super::super::yaml::documents;
    use super::*;

    #[test]
    fn what_was_packed_comes_back_with_its_places() {
        let short =
            "a: 1\n'b': [x, '1', ~, {}, x]\n---\nlong: |\n  a text\n  of lines\nmap:\n  ? - k\n  : v\n";
        let long = format!("{}k: {}\n", "\n".repeat(300), "x".repeat(20_000));
        let mut texts = Texts::default();
        let packed = [short, &long, short].map(|text| pack(&documents(text).unwrap(), &mut texts));
        assert_eq!(packed[0], packed[2]);
        for (nodes, text) in packed.iter().zip([short, &long]) {
            let unpacked = Packed { nodes, texts: &texts.all }.documents().unwrap();
            assert_eq!(format!("{unpacked:?}"), format!("{:?}", documents(text).unwrap()));
        }
    }

    #[test]
    fn other_bytes_are_refused() {
        let mut texts = Texts::default();
        let packed = pack(&documents("a: [b, 'c']\nd: é\n").unwrap(), &mut texts);
        let read = |nodes: &[u8], texts: &str| Packed { nodes, texts }.documents().is_some();
        assert!(read(&packed, &texts.all));
        for end in 0..packed.len() {
            assert!(!read(&packed[..end], &texts.all), "{end}");
        }
        for end in (0..texts.all.len()).filter(|end| texts.all.is_char_boundary(*end)) {
            assert!(!read(&packed, &texts.all[..end]), "{end}");
        }
        assert!(!read(&packed, "abcdeé"), "a text that begins or ends within a character");
        for nodes in [
            [packed.as_slice(), &[0]].concat(),
            vec![0x80; 12],
            vec![1, 9, 1, 1, 0],
            vec![1, 2, 1, 1, 0xff, 0xff, 0xff, 0xff, 0x7f],
            vec![1, 0, 1, 1, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
        ] {
            assert!(!read(&nodes, &texts.all), "{nodes:?}");
        }
    }
}
