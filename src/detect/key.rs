//! How several values become one key, and a key several values again.
//!
//! A key is a count of values, then each value as a length and its bytes, then whatever a residual wrote down.

/// Marks a value that is absent.
const ABSENT: u32 = u32::MAX;

/// Builds keys in a buffer that is used again and again.
#[derive(Debug, Default)]
pub(crate) struct KeyBuilder {
    bytes: Vec<u8>,
}

impl KeyBuilder {
    /// Begins a key.
    pub(crate) fn start(&mut self) {
        self.bytes.clear();
        self.bytes.push(0);
    }

    /// Adds the value that `write` appends to the buffer; when it returns false, the value is absent.
    pub(crate) fn value(&mut self, write: impl FnOnce(&mut Vec<u8>) -> bool) -> bool {
        let at = self.bytes.len();
        self.bytes.extend_from_slice(&ABSENT.to_le_bytes());
        let there = write(&mut self.bytes);
        if there {
            let length = u32::try_from(self.bytes.len() - at - 4).unwrap_or(ABSENT - 1);
            self.bytes[at..at + 4].copy_from_slice(&length.to_le_bytes());
        } else {
            self.bytes.truncate(at + 4);
        }
        self.bytes[0] += 1;
        there
    }

    /// Adds a value.
    pub(crate) fn text(&mut self, value: Option<&str>) {
        self.value(|out| {
            out.extend_from_slice(value.unwrap_or_default().as_bytes());
            value.is_some()
        });
    }

    /// Adds a value that was taken from another key.
    pub(crate) fn again(&mut self, value: &Value) -> bool {
        self.bytes.extend_from_slice(&value.0);
        self.bytes[0] += 1;
        value.is_there()
    }

    /// Lets a residual write down what it needs; nothing may follow.
    pub(crate) fn rest(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        write(&mut self.bytes);
    }

    /// The key so far.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// One value as it stands in a key.
#[derive(Debug)]
pub(crate) struct Value(Box<[u8]>);

impl Value {
    /// The value that `write` appends to a buffer; when it returns false, it is absent.
    pub(crate) fn new(write: impl FnOnce(&mut Vec<u8>) -> bool) -> Value {
        let mut builder = KeyBuilder::default();
        builder.start();
        builder.value(write);
        Value(builder.bytes[1..].into())
    }

    fn is_there(&self) -> bool {
        self.0[..4] != ABSENT.to_le_bytes()
    }
}

/// The values of a key, and what a residual wrote behind them.
pub(crate) fn split(key: &[u8]) -> (Vec<Option<String>>, &[u8]) {
    let Some((count, mut rest)) = key.split_first() else { return (Vec::new(), &[]) };
    let mut values = Vec::with_capacity(usize::from(*count));
    for _ in 0..*count {
        let Some((length, tail)) = rest.split_first_chunk::<4>() else { break };
        let length = u32::from_le_bytes(*length);
        rest = tail;
        if length == ABSENT {
            values.push(None);
            continue;
        }
        let Some((value, tail)) = rest.split_at_checked(length as usize) else { break };
        values.push(Some(String::from_utf8_lossy(value).into_owned()));
        rest = tail;
    }
    (values, rest)
}

/// The values of a key in which none is absent: a term, a place.
pub(crate) fn texts(key: &[u8]) -> Vec<String> {
    split(key).0.into_iter().map(Option::unwrap_or_default).collect()
}

/// A key made of values alone.
pub(crate) fn of(values: &[Option<&str>]) -> Vec<u8> {
    let mut builder = KeyBuilder::default();
    builder.start();
    values.iter().for_each(|value| builder.text(*value));
    builder.bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_apart_as_they_were_put_together() {
        let mut builder = KeyBuilder::default();
        builder.start();
        builder.text(Some("a"));
        builder.text(None);
        builder.text(Some(""));
        builder.rest(|out| out.extend_from_slice(b"xyz"));
        let (values, rest) = split(builder.bytes());
        assert_eq!(values, [Some("a".to_owned()), None, Some(String::new())]);
        assert_eq!(rest, b"xyz");
        let mut again = KeyBuilder::default();
        again.start();
        assert!(again.again(&Value::new(|out| {
            out.push(b'a');
            true
        })));
        assert!(!again.again(&Value::new(|_| false)));
        assert!(again.again(&Value::new(|_| true)));
        assert_eq!(again.bytes(), of(&[Some("a"), None, Some("")]));
        assert_ne!(of(&[Some("ab"), Some("c")]), of(&[Some("a"), Some("bc")]));
    }
}
