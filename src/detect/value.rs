//! Objects as text, and every string of a record.

use crate::event::text::unescape;

/// JSON without white space between its tokens and without needless escapes, so that a pretty-printed export reads
/// like the original.
pub(crate) fn compact(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for token in Tokens::of(json) {
        match token {
            Token::Text(inside) => {
                out.push('"');
                out.push_str(&unescape(inside));
                out.push('"');
            }
            Token::Other(text) => out.push_str(text),
        }
    }
    out
}

/// Every string value of a record, unescaped; keys are no values.
pub(crate) fn any_string(json: &str, mut f: impl FnMut(&str) -> bool) -> bool {
    let mut tokens = Tokens::of(json).peekable();
    while let Some(token) = tokens.next() {
        if let Token::Text(inside) = token {
            let key = matches!(tokens.peek(), Some(Token::Other(":")));
            if !key && f(&unescape(inside)) {
                return true;
            }
        }
    }
    false
}

enum Token<'a> {
    Text(&'a str),
    Other(&'a str),
}

struct Tokens<'a> {
    json: &'a str,
    at: usize,
}

impl<'a> Tokens<'a> {
    fn of(json: &'a str) -> Tokens<'a> {
        Tokens { json, at: 0 }
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let bytes = self.json.as_bytes();
        self.at = crate::event::json::skip_space(bytes, self.at);
        let start = self.at;
        match bytes.get(start)? {
            b'"' => {
                // A reader has found this text to be well formed; the end is a fallback.
                let end =
                    crate::event::json::string_end(bytes, start + 1).map_or(bytes.len(), |(end, _)| end);
                self.at = (end + 1).min(bytes.len());
                Some(Token::Text(self.json.get(start + 1..end).unwrap_or_default()))
            }
            b'{' | b'}' | b'[' | b']' | b',' | b':' => {
                self.at += 1;
                Some(Token::Other(&self.json[start..self.at]))
            }
            _ => {
                let stop = |b: &u8| {
                    matches!(b, b'"' | b'{' | b'}' | b'[' | b']' | b',' | b':' | b' ' | b'\n' | b'\r' | b'\t')
                };
                self.at = start + bytes[start..].iter().position(stop).unwrap_or(bytes.len() - start);
                Some(Token::Other(self.json.get(start..self.at).unwrap_or_default()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compact_text_is_the_same_for_pretty_and_plain() {
        let plain = r#"{"a":[1,true,null],"b":{"c":"x = y"}}"#;
        let pretty = "{\n  \"a\" : [ 1, true,\tnull ],\n  \"b\": { \"c\": \"x \\u003d y\" }\n}";
        assert_eq!(compact(pretty), compact(plain));
        assert_eq!(compact(plain), plain);
    }

    #[test]
    fn strings_without_keys() {
        let mut all = Vec::new();
        any_string(r#"{"k1":"v1","k2":["v2",{"k3":"v\"3"}],"n":5}"#, |text| {
            all.push(text.to_owned());
            false
        });
        assert_eq!(all, ["v1", "v2", "v\"3"]);
    }
}
