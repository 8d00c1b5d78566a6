//! The wrappings a policy text comes in: percent-encoding, and JSON text inside a JSON string, in any order.

use std::borrow::Cow;

use serde_json::Value;

use super::PolicyFault;

/// Wrappings around one document. Real logs have up to two.
const MAX_LAYERS: usize = 8;

/// Takes off the wrappings until the text is JSON that is not itself a string.
pub(super) fn unwrap_layers(text: &str) -> Result<Value, PolicyFault> {
    let mut text = Cow::Borrowed(text);
    for _ in 0..MAX_LAYERS {
        let inner = text.trim_start_matches('\u{feff}').trim();
        if inner.is_empty() {
            return Err(PolicyFault::Empty);
        }
        let next = match serde_json::from_str(inner) {
            Ok(Value::String(string)) => string,
            Ok(value) => return Ok(value),
            // Some callers encode only quotes and braces, so that the text need not begin with a percent sign.
            Err(error) => match percent_decode(inner) {
                Some(decoded) => decoded.map_err(|_| PolicyFault::Encoding)?,
                None => return Err(PolicyFault::NotJson(error.to_string())),
            },
        };
        text = Cow::Owned(next);
    }
    Err(PolicyFault::Encoding)
}

/// Undoes `%XX`, and leaves `+` and whatever is no escape as it is; `None` when there is nothing to undo.
fn percent_decode(text: &str) -> Option<Result<String, std::string::FromUtf8Error>> {
    let hex = |byte: Option<&u8>| char::from(*byte?).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let bytes = text.as_bytes();
    let (mut out, mut at, mut found) = (Vec::with_capacity(bytes.len()), 0, false);
    while let Some(&byte) = bytes.get(at) {
        match (byte, hex(bytes.get(at + 1)), hex(bytes.get(at + 2))) {
            (b'%', Some(high), Some(low)) => {
                out.push(high << 4 | low);
                at += 3;
                found = true;
            }
            _ => {
                out.push(byte);
                at += 1;
            }
        }
    }
    found.then(|| String::from_utf8(out))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrappings_come_off_in_any_order() {
        let plain = serde_json::json!({"a": "é+%41"});
        for text in [
            r#"{"a": "é+%41"}"#,
            "\u{feff} {\"a\":\"\\u00e9+%41\"}\n",
            "%7B%22a%22%3A%22%C3%A9+%2541%22%7D",
            "{%22a%22:%22%c3%a9+%2541%22}",
            r#""{\"a\": \"é+%41\"}""#,
            r#""%7B%22a%22%3A%22%C3%A9+%2541%22%7D""#,
            "%22%7B%5C%22a%5C%22%3A%5C%22%C3%A9%2B%2541%5C%22%7D%22",
            "%257B%2522a%2522%253A%2522%25C3%25A9%2B%252541%2522%257D",
        ] {
            assert_eq!(unwrap_layers(text).unwrap(), plain, "{text}");
        }
    }

    #[test]
    fn what_is_no_json_says_so() {
        assert_eq!(unwrap_layers(" "), Err(PolicyFault::Empty));
        assert_eq!(unwrap_layers("\"\""), Err(PolicyFault::Empty));
        assert!(matches!(unwrap_layers("{\"a\":"), Err(PolicyFault::NotJson(_))));
        assert!(matches!(unwrap_layers("100% %zz %"), Err(PolicyFault::NotJson(_))));
        assert_eq!(unwrap_layers("%ff%fe"), Err(PolicyFault::Encoding));
        let nested = (0..9).fold("{}".to_owned(), |text, _| serde_json::Value::from(text).to_string());
        assert_eq!(unwrap_layers(&nested), Err(PolicyFault::Encoding));
    }
}
