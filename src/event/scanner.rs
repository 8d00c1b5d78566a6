//! The record scanner: finds a layout's fields in one JSON object without building values.
//!
//! It hops from quote to quote, descends only where the layout's trie does, and notes offsets. Of what it passes it
//! checks the structure: strings, keys, commas and brackets must stand where JSON has them, and scalars it meets on
//! its way must be right; what stands between the strings of a container nobody asked for is not looked at. Hence
//! it refuses nothing that serde_json accepts, and [`super::naive`] is asked about what is merely unusual.

use super::json::{Fault, FaultKind, skip_space};
use super::layout::{Key, Node};
use super::quotes::{NONE, Quotes};
use super::slots::{Kind, Slot};
use super::text::unescape;
use super::{Layout, Slots};

/// How many containers may lie one in another, the record included: as many as serde_json allows, so that both
/// readers refuse the same records.
pub const MAX_LEVELS: usize = 127;

/// Reads the object that starts at `text[at]` and notes where the layout's fields lie. Returns the first byte
/// behind it. After a fault, `slots` means nothing.
pub fn read(text: &str, at: usize, layout: &Layout, slots: &mut Slots) -> Result<usize, Fault> {
    if u32::try_from(text.len()).is_err() {
        return Err(Fault { at, kind: FaultKind::Expected("a text below 4 GiB") });
    }
    slots.clear();
    slots.expect_keys(layout.keys());
    let quotes = Quotes::new(text.as_bytes(), at);
    let mut scan = Scan { source: text, text: text.as_bytes(), quotes, layout, slots };
    match scan.byte(at) {
        b'{' => scan.object(at, layout.root(), MAX_LEVELS),
        _ => Err(scan.fault(at, "an object")),
    }
}

struct Scan<'a> {
    source: &'a str,
    text: &'a [u8],
    quotes: Quotes<'a>,
    layout: &'a Layout,
    slots: &'a mut Slots,
}

/// A string found in the text, without its quotes.
#[derive(Clone, Copy)]
struct Inside {
    start: usize,
    end: usize,
    plain: bool,
}

impl<'a> Scan<'a> {
    /// The byte at `at`; behind the text's end, one that stands nowhere in JSON.
    #[inline(always)]
    fn byte(&self, at: usize) -> u8 {
        self.text.get(at).copied().unwrap_or(0)
    }

    /// `at`, or the first byte behind the white space there.
    #[inline(always)]
    fn space(&self, at: usize) -> usize {
        if self.byte(at) <= b' ' { skip_space(self.text, at) } else { at }
    }

    #[cold]
    #[inline(never)]
    fn fault(&self, at: usize, expected: &'static str) -> Fault {
        if at >= self.text.len() {
            Fault { at: self.text.len(), kind: FaultKind::Truncated }
        } else {
            Fault { at, kind: FaultKind::Expected(expected) }
        }
    }

    /// Reads the object whose brace is at `at`. `levels` is how many containers may lie one in another from here on.
    fn object(&mut self, at: usize, node: &'a Node, levels: usize) -> Result<usize, Fault> {
        if levels == 0 {
            return Err(Fault { at, kind: FaultKind::TooDeep });
        }
        let instance = self.slots.enter();
        let mut at = self.space(at + 1);
        if self.byte(at) == b'}' {
            return Ok(at + 1);
        }
        loop {
            if self.byte(at) != b'"' {
                return Err(self.fault(at, "a key"));
            }
            let inside = self.string(at)?;
            let key = match inside.plain {
                true => node.find_in(self.text, inside.start, inside.end),
                false => node.find(unescape(&self.source[inside.start..inside.end]).as_bytes()),
            };
            at = self.space(inside.end + 1);
            if self.byte(at) != b':' {
                return Err(self.fault(at, "a colon"));
            }
            at = self.space(at + 1);
            at = match key {
                None => self.pass(at, levels)?,
                Some(key) if self.slots.meet(key.number, instance) => self.take(at, key, levels)?,
                // Of a key that comes twice the last one counts, and what the first one's value held must go.
                Some(_) => return Err(Fault { at: inside.start - 1, kind: FaultKind::Odd }),
            };
            at = self.space(at);
            match self.byte(at) {
                b',' => at = self.space(at + 1),
                b'}' => return Ok(at + 1),
                _ => return Err(self.fault(at, "a comma or the end of an object")),
            }
        }
    }

    /// Passes a value nobody asked for.
    #[inline(always)]
    fn pass(&mut self, at: usize, levels: usize) -> Result<usize, Fault> {
        match self.byte(at) {
            b'"' => Ok(self.string(at)?.end + 1),
            b'{' | b'[' => self.quotes.skip(at, levels - 1),
            _ => Ok(self.scalar(at)?.0),
        }
    }

    /// Notes the value of a key that some path ends at or goes through.
    #[inline(always)]
    fn take(&mut self, at: usize, key: &'a Key, levels: usize) -> Result<usize, Fault> {
        let (start, stop, end, kind) = match self.byte(at) {
            b'"' => {
                let inside = self.string(at)?;
                let kind = if inside.plain { Kind::Text } else { Kind::Escaped };
                (inside.start, inside.end, inside.end + 1, kind)
            }
            b'{' => {
                let end = match key.child {
                    Some(child) => self.object(at, self.layout.node(child), levels - 1)?,
                    None => self.quotes.skip(at, levels - 1)?,
                };
                (at, end, end, Kind::Object)
            }
            b'[' => {
                let end = match key.child {
                    Some(child) => self.array(at, self.layout.node(child), levels - 1)?,
                    None => self.quotes.skip(at, levels - 1)?,
                };
                (at, end, end, Kind::Array)
            }
            _ => {
                let (end, kind) = self.scalar(at)?;
                (at, end, end, kind)
            }
        };
        for leaf in &key.leaves {
            // The text is below 4 GiB: see `read`.
            let slot = Slot { start: start as u32, end: stop as u32, kind, rank: leaf.rank, more: false };
            self.slots.add(leaf.field, slot);
        }
        Ok(end)
    }

    /// Reads the array whose bracket is at `at`: paths go on in the objects it holds, however deeply in arrays.
    fn array(&mut self, at: usize, node: &'a Node, levels: usize) -> Result<usize, Fault> {
        if levels == 0 {
            return Err(Fault { at, kind: FaultKind::TooDeep });
        }
        let mut at = self.space(at + 1);
        if self.byte(at) == b']' {
            return Ok(at + 1);
        }
        loop {
            at = match self.byte(at) {
                b'{' => self.object(at, node, levels - 1)?,
                b'[' => self.array(at, node, levels - 1)?,
                _ => self.pass(at, levels)?,
            };
            at = self.space(at);
            match self.byte(at) {
                b',' => at = self.space(at + 1),
                b']' => return Ok(at + 1),
                _ => return Err(self.fault(at, "a comma or the end of an array")),
            }
        }
    }

    /// The string whose opening quote is at `at`.
    #[inline(always)]
    fn string(&mut self, at: usize) -> Result<Inside, Fault> {
        let open = self.quotes.next();
        let end = self.quotes.next();
        // An escaped quote is not among the quotes, but outside of strings nothing can be escaped.
        if open != at || end == NONE {
            return Err(self.no_string(open, at));
        }
        let start = at + 1;
        let plain = self.quotes.plain(start, end);
        if !plain {
            self.no_controls(start, end)?;
        }
        Ok(Inside { start, end, plain })
    }

    #[cold]
    #[inline(never)]
    fn no_string(&self, open: usize, at: usize) -> Fault {
        self.fault(if open == at { self.text.len() } else { at }, "a string")
    }

    #[cold]
    #[inline(never)]
    fn no_controls(&self, start: usize, end: usize) -> Result<(), Fault> {
        match self.text[start..end].iter().position(|byte| *byte < b' ') {
            Some(found) => Err(self.fault(start + found, "no control character in a string")),
            None => Ok(()),
        }
    }

    /// The end and the kind of the number or literal at `at`.
    #[inline]
    fn scalar(&self, at: usize) -> Result<(usize, Kind), Fault> {
        let rest = self.text.get(at..).unwrap_or_default();
        match rest.first() {
            Some(b't') => self.literal(at, b"true", Kind::True),
            Some(b'f') => self.literal(at, b"false", Kind::False),
            Some(b'n') => self.literal(at, b"null", Kind::Null),
            Some(b'-' | b'0'..=b'9') => match number(rest) {
                Ok(length) => Ok((at + length, Kind::Number)),
                Err(length) => Err(self.fault(at + length, "a digit")),
            },
            _ => Err(self.fault(at, "a value")),
        }
    }

    #[inline]
    fn literal(&self, at: usize, word: &'static [u8], kind: Kind) -> Result<(usize, Kind), Fault> {
        let rest = &self.text[at..];
        if rest.starts_with(word) {
            return Ok((at + word.len(), kind));
        }
        let cut = word.starts_with(rest);
        Err(self.fault(if cut { self.text.len() } else { at }, "true, false or null"))
    }
}

/// The length of the number `text` starts with, or where a digit is missing.
fn number(text: &[u8]) -> Result<usize, usize> {
    let digits = |from: usize| {
        let count = text[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        if count == 0 { Err(from) } else { Ok(from + count) }
    };
    let whole = usize::from(text[0] == b'-');
    let mut at = if text.get(whole) == Some(&b'0') { whole + 1 } else { digits(whole)? };
    if text.get(at) == Some(&b'.') {
        at = digits(at + 1)?;
    }
    if let Some(b'e' | b'E') = text.get(at) {
        let sign = usize::from(matches!(text.get(at + 1), Some(b'+' | b'-')));
        at = digits(at + 1 + sign)?;
    }
    Ok(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::samples::{PATHS, broken_record, record};
    use crate::event::{FieldId, Raw, Record, field, naive};
    use proptest::prelude::*;
    use serde_json::Value;

    fn value(raw: Raw<'_>) -> Value {
        match raw {
            Raw::Array(text) | Raw::Object(text) | Raw::Number(text) => serde_json::from_str(text).unwrap(),
            Raw::Bool(value) => value.into(),
            Raw::Null => Value::Null,
            Raw::Text(_) | Raw::Escaped(_) => raw.scalar().unwrap().into(),
        }
    }

    fn values(record: &Record<'_>, field: FieldId) -> Vec<Value> {
        record.all(field).map(value).collect()
    }

    /// Both readers on `text`, compared. Gives what the scanner said.
    fn compared(text: &str, layout: &Layout) -> Result<usize, Fault> {
        let mut slots = Slots::new(layout.len());
        let mut naive_slots = Slots::new(layout.len());
        let scanned = read(text, 0, layout, &mut slots);
        match (scanned, naive::read(text, 0, layout, &mut naive_slots)) {
            (Ok(end), Ok(naive)) => {
                assert_eq!(end, naive.end);
                let scanned = Record::new(text, 0, end, &slots);
                let naive = Record::new(&naive.text, 0, end, &naive_slots);
                assert_eq!(scanned.json(), naive.json());
                for (field, name) in layout.names() {
                    assert_eq!(values(&scanned, field), values(&naive, field), "{name} of {text}");
                }
            }
            (Err(fault), Ok(_)) => assert_eq!(fault.kind, FaultKind::Odd, "{text}"),
            (_, Err(_)) => {}
        }
        scanned
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn every_field_is_as_serde_json_sees_it(text in record()) {
            let scanned = compared(&text, &Layout::new(PATHS));
            prop_assert!(matches!(scanned, Ok(_) | Err(Fault { kind: FaultKind::Odd, .. })), "{:?}", scanned);
        }

        #[test]
        fn what_is_refused_serde_json_refuses_too(text in broken_record()) {
            let _ = compared(&text, &Layout::new(PATHS));
        }
    }

    #[test]
    fn every_cut_is_noticed() {
        let text = r#"{"a":[{"b":1.5,"c":true}],"é":"x\"y","eventName" : "n", "z":{"y":[null]},"b":-2e5}"#;
        let layout = Layout::new(PATHS);
        assert_eq!(compared(text, &layout), Ok(text.len()));
        for cut in (0..text.len()).filter(|cut| text.is_char_boundary(*cut)) {
            let fault = compared(&text[..cut], &layout).unwrap_err();
            assert_eq!(fault.kind, FaultKind::Truncated, "{}", &text[..cut]);
        }
    }

    #[test]
    fn a_repeated_key_is_odd_only_where_it_matters() {
        let layout = Layout::new(PATHS);
        let odd = Err(FaultKind::Odd);
        let kind = |text: &str| compared(text, &layout).map_err(|fault| fault.kind);
        assert_eq!(kind(r#"{"a":1,"a":2}"#), odd);
        assert_eq!(kind(r#"{"a":1,"\u0061":2}"#), odd);
        assert_eq!(kind(r#"{"a":{"b":1,"b":2}}"#), odd);
        assert!(kind(r#"{"x":1,"x":2,"a":[{"b":1},{"b":2}],"b":{"a":1,"a":2}}"#).is_ok());
    }

    #[test]
    fn depth_is_bounded_as_serde_json_bounds_it() {
        let layout = Layout::new(PATHS);
        for key in ["a", "x"] {
            for (levels, fits) in [(126, true), (127, false), (100_000, false)] {
                let text = format!("{{\"{key}\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
                let fault = compared(&text, &layout).err().map(|fault| fault.kind);
                assert_eq!(fault, (!fits).then_some(FaultKind::TooDeep), "{key} {levels}");
                assert_eq!(naive::read(&text, 0, &layout, &mut Slots::new(layout.len())).is_ok(), fits);
            }
        }
    }

    #[test]
    fn half_a_surrogate_pair_costs_nothing() {
        let layout = Layout::new([]);
        let mut slots = Slots::new(layout.len());
        let text = r#" {"eventName":"a\ud83d"}"#;
        let end = read(text, 1, &layout, &mut slots).unwrap();
        let record = Record::new(text, 1, end, &slots);
        assert_eq!(record.text(field::EVENT_NAME).unwrap(), "a\u{fffd}");
    }
}
