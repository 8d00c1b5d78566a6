//! Walking raw JSON text: where a value ends, what an array holds. Iterative, so no depth can exhaust the stack.

use super::block::{self, Masks};
use super::pieces::Text;
use super::quotes::{MAX_TEXT, Quotes, escaped};
use super::record::Raw;
use super::scanner::MAX_LEVELS;

/// Why a value could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The byte at which reading stopped, from the start of the text.
    pub at: usize,
    /// What was wrong there.
    pub kind: FaultKind,
}

/// What is wrong with a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// The text ended inside a value.
    Truncated,
    /// Something else was expected here.
    Expected(&'static str),
    /// Nested deeper than any CloudTrail record.
    TooDeep,
    /// Well formed as far as seen, but unusual (a repeated key): to be read by the naive reader.
    Odd,
}

/// The first byte from `at` on that is no JSON white space; the length of the text if there is none.
#[inline]
pub fn skip_space(text: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\n' | b'\r' | b'\t') = text.get(at) {
        at += 1;
    }
    at
}

/// For a string whose first byte behind the opening quote is `at`: the closing quote, and whether escapes precede it.
pub fn string_end(text: &[u8], at: usize) -> Result<(usize, bool), Fault> {
    let truncated = Fault { at: text.len(), kind: FaultKind::Truncated };
    let rest = text.get(at..).unwrap_or_default();
    let found = at + memchr::memchr2(b'"', b'\\', rest).ok_or(truncated)?;
    if text[found] == b'"' {
        return Ok((found, false));
    }
    // Where one escape is, there are many: texts of JSON within JSON.
    let (blocks, last) = text[found..].as_chunks();
    let mut padded = [b' '; block::SIZE];
    padded[..last.len()].copy_from_slice(last);
    let mut carry = 0;
    for (number, block) in blocks.iter().chain([&padded]).enumerate() {
        let Masks { quotes, backslashes, .. } = block::masks(block);
        let (escaped, next) = escaped(backslashes, carry);
        carry = next;
        let quotes = quotes & !escaped;
        if quotes != 0 {
            return Ok((found + number * block::SIZE + quotes.trailing_zeros() as usize, true));
        }
    }
    Err(truncated)
}

/// The first byte behind the value that starts at `at`. Brackets are balanced and strings closed; what stands in
/// skipped scalars is not looked at.
pub fn value_end(text: &[u8], at: usize) -> Result<usize, Fault> {
    let truncated = Fault { at: text.len(), kind: FaultKind::Truncated };
    match text.get(at) {
        None => Err(truncated),
        Some(b'"') => Ok(string_end(text, at + 1)?.0 + 1),
        Some(b'{' | b'[') => {
            let mut depth = 0usize;
            let mut at = at;
            loop {
                let rest = text.get(at..).unwrap_or_default();
                let found = rest
                    .iter()
                    .position(|b| matches!(b, b'"' | b'{' | b'}' | b'[' | b']'))
                    .ok_or(truncated)?;
                at += found;
                match text[at] {
                    b'"' => at = string_end(text, at + 1)?.0,
                    b'{' | b'[' => depth += 1,
                    _ => depth -= 1,
                }
                at += 1;
                if depth == 0 {
                    return Ok(at);
                }
            }
        }
        Some(b't' | b'f' | b'n' | b'-' | b'0'..=b'9') => {
            let rest = &text[at..];
            let stop = |b: &u8| matches!(b, b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t');
            Ok(at + rest.iter().position(stop).unwrap_or(rest.len()))
        }
        Some(_) => Err(Fault { at, kind: FaultKind::Expected("a value") }),
    }
}

/// The first byte behind the object or array that starts at `at`, in which all is right: what [`value_end`] lets pass,
/// if brackets happen to balance, is a fault here.
pub(crate) fn container_end(text: &str, at: usize) -> Result<usize, Fault> {
    if text.len() > MAX_TEXT {
        return Err(Fault { at, kind: FaultKind::Expected("a text below 2 GiB") });
    }
    if !matches!(text.as_bytes().get(at), Some(b'{' | b'[')) {
        return Err(Fault { at, kind: FaultKind::Expected("an object or array") });
    }
    let mut quotes = Quotes::default();
    quotes.restart(at);
    // Both are below 2 GiB.
    let (end, _) = Text::new(text).skip(at as u32, &mut quotes, 0, MAX_LEVELS)?;
    Ok(end as usize)
}

/// The value at `start..end`, which a reader has found to be one.
pub fn raw(text: &str, start: usize, end: usize) -> Option<Raw<'_>> {
    let value = text.get(start..end)?;
    Some(match value.as_bytes().first()? {
        b'"' => {
            let inside = value.get(1..value.len() - 1)?;
            if inside.contains('\\') { Raw::Escaped(inside) } else { Raw::Text(inside) }
        }
        b'{' => Raw::Object(value),
        b'[' => Raw::Array(value),
        b'n' => Raw::Null,
        b't' => Raw::Bool(true),
        b'f' => Raw::Bool(false),
        _ => Raw::Number(value),
    })
}

/// The elements of an array, flattened through nested arrays; for any other value, that value.
#[derive(Clone, Debug)]
pub struct Elements<'a> {
    text: &'a str,
    at: usize,
    single: Option<Raw<'a>>,
}

impl<'a> Elements<'a> {
    pub(crate) fn of(value: Raw<'a>) -> Elements<'a> {
        match value {
            Raw::Array(text) => Elements { text, at: 0, single: None },
            other => Elements { text: "", at: 0, single: Some(other) },
        }
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = Raw<'a>;

    fn next(&mut self) -> Option<Raw<'a>> {
        if let Some(single) = self.single.take() {
            return Some(single);
        }
        let bytes = self.text.as_bytes();
        while let Some(b' ' | b'\n' | b'\r' | b'\t' | b',' | b'[' | b']') = bytes.get(self.at) {
            self.at += 1;
        }
        let end = value_end(bytes, self.at).ok()?;
        let value = raw(self.text, self.at, end);
        self.at = end;
        value
    }
}

/// The members of an object, as far as it is well formed.
#[derive(Clone, Debug)]
pub(crate) struct Members<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Members<'a> {
    /// The members of the object that `text` starts with.
    pub(crate) fn of(text: &'a str) -> Members<'a> {
        Members { text, at: 0 }
    }

    /// Goes on to the next member's value and gives its key, still escaped; `None` at the object's end.
    fn next_key(&mut self) -> Option<&'a str> {
        let text = self.text.as_bytes();
        let opens = if self.at == 0 { b'{' } else { b',' };
        self.at = skip_space(text, self.at);
        if text.get(self.at) != Some(&opens) {
            return None;
        }
        let start = skip_space(text, self.at + 1) + 1;
        if text.get(start - 1) != Some(&b'"') {
            return None;
        }
        let (end, _) = string_end(text, start).ok()?;
        let colon = skip_space(text, end + 1);
        self.at = skip_space(text, colon + 1);
        (text.get(colon) == Some(&b':')).then(|| &self.text[start..end])
    }
}

/// A member of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Member<'a> {
    /// Its key, still escaped.
    pub(crate) key: &'a str,
    /// Its value.
    pub(crate) value: Raw<'a>,
    /// Where the value starts.
    pub(crate) start: usize,
}

impl<'a> Iterator for Members<'a> {
    type Item = Member<'a>;

    fn next(&mut self) -> Option<Member<'a>> {
        let key = self.next_key()?;
        let start = self.at;
        self.at = value_end(self.text.as_bytes(), start).ok()?;
        Some(Member { key, value: raw(self.text, start, self.at)?, start })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_come_in_order() {
        let all: Vec<_> = Members::of(r#"{ "a" : [1,{"x":2}],"b\n":"c" , "d":null}, "e":1"#)
            .map(|member| (member.key, member.value, member.start))
            .collect();
        let expected =
            [("a", Raw::Array(r#"[1,{"x":2}]"#), 8), (r"b\n", Raw::Text("c"), 26), ("d", Raw::Null, 36)];
        assert_eq!(all, expected);
        for none in ["", "{}", "[]", "{\"a\"", "{1:2}", "x"] {
            assert_eq!(Members::of(none).count(), 0, "{none}");
        }
    }

    #[test]
    fn containers_end_strictly() {
        assert_eq!(container_end(r#"  {"a":"]"}x"#, 2), Ok(11));
        assert!(container_end(r#"{"a":"b"c"}"#, 0).is_err());
        assert!(container_end("}", 0).is_err());
    }

    #[test]
    fn values_end_where_they_end() {
        for (text, end) in [
            (r#""a\"b" x"#, 6),
            (r#"{"a":"}","b":[1,{"c":"\\"}]},"#, 28),
            ("12.5e3,", 6),
            ("null]", 4),
            ("[]", 2),
        ] {
            assert_eq!(value_end(text.as_bytes(), 0).unwrap(), end, "{text}");
        }
        for length in 0..200 {
            for inside in
                ["a".repeat(length), format!("{}\\\"", "\\\\".repeat(length)), "\\\"a".repeat(length)]
            {
                let text = format!("\"{inside}\"");
                assert_eq!(value_end(text.as_bytes(), 0).unwrap(), text.len());
                assert!(value_end(&text.as_bytes()[..text.len() - 1], 0).is_err());
            }
        }
        for cut in [r#""abc"#, r#"{"a":1"#, "[[", "", r#"["a\"#] {
            assert_eq!(value_end(cut.as_bytes(), 0).unwrap_err().kind, FaultKind::Truncated, "{cut}");
        }
        assert_eq!(value_end(b"x", 0).unwrap_err().kind, FaultKind::Expected("a value"));
    }

    #[test]
    fn depth_costs_no_stack() {
        let deep = format!("{}{}", "[".repeat(1_000_000), "]".repeat(1_000_000));
        assert_eq!(value_end(deep.as_bytes(), 0).unwrap(), deep.len());
    }

    #[test]
    fn elements_flatten() {
        let all: Vec<_> = Raw::Array(r#"[ "a", [1, null], {"b":[2]} , true]"#).elements().collect();
        assert_eq!(
            all,
            vec![Raw::Text("a"), Raw::Number("1"), Raw::Null, Raw::Object(r#"{"b":[2]}"#), Raw::Bool(true)]
        );
        assert_eq!(Raw::Text("x").elements().collect::<Vec<_>>(), vec![Raw::Text("x")]);
    }
}
