//! JSON and JSON Lines: the published form, with treacherous characters escaped. Other formats that are JSON are
//! written by the same hand.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter};

use super::Surroundings;
use super::untrusted::first_treacherous;
use crate::finding::View;

/// One document, indented.
pub(super) fn render_document(view: &View, _: Surroundings, out: &mut dyn Write) -> io::Result<()> {
    write_document(view, out)
}

/// One finding a line.
pub(super) fn render_lines(view: &View, _: Surroundings, out: &mut dyn Write) -> io::Result<()> {
    view.findings.iter().try_for_each(|finding| write_line(finding, out))
}

/// Any value, indented.
pub(super) fn write_document(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let mut serializer = Serializer::with_formatter(&mut *out, Careful(PrettyFormatter::new()));
    value.serialize(&mut serializer).map_err(io::Error::from)?;
    out.write_all(b"\n")
}

/// Any value on one line.
pub(super) fn write_line(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let mut serializer = Serializer::with_formatter(&mut *out, Careful(CompactFormatter));
    value.serialize(&mut serializer).map_err(io::Error::from)?;
    out.write_all(b"\n")
}

/// Writes characters that could steer a terminal as `\u` escapes, which mean the same to every JSON reader.
struct Careful<F>(F);

macro_rules! forward {
    ($($name:ident($($arg:ident: $kind:ty),*);)*) => {
        $(fn $name<W: ?Sized + Write>(&mut self, writer: &mut W $(, $arg: $kind)*) -> io::Result<()> {
            self.0.$name(writer $(, $arg)*)
        })*
    };
}

impl<F: Formatter> Formatter for Careful<F> {
    forward! {
        begin_array(); end_array(); begin_array_value(first: bool); end_array_value();
        begin_object(); end_object(); begin_object_key(first: bool); end_object_key();
        begin_object_value(); end_object_value();
    }

    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = first_treacherous(rest) {
            writer.write_all(&rest.as_bytes()[..at])?;
            let Some(c) = rest[at..].chars().next() else { break };
            let mut units = [0u16; 2];
            for unit in c.encode_utf16(&mut units) {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = &rest[at + c.len_utf8()..];
        }
        writer.write_all(rest.as_bytes())
    }

    /// A record as it was logged. Between its tokens only blanks, tabs and line ends may stand, and those are left
    /// out of a line; everything else that is treacherous stands in a string, where an escape means the same.
    fn write_raw_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        for line in fragment.split(['\n', '\r', '\t']) {
            self.write_string_fragment(writer, line)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::*;

    #[test]
    fn escapes_mean_the_same() {
        let text = "a\u{202e}b\u{1b}[0m\u{e0041}é\"";
        let mut out = Vec::new();
        text.serialize(&mut Serializer::with_formatter(&mut out, Careful(CompactFormatter))).unwrap();
        let out = String::from_utf8(out).unwrap();
        assert_eq!(first_treacherous(&out), None, "{out}");
        assert_eq!(serde_json::from_str::<String>(&out).unwrap(), text);
    }

    #[test]
    fn raw_records_stay_on_their_line() {
        let raw = RawValue::from_string("{\r\n\t\"a\": \"gpj.\u{202e}exe\"\n}".to_owned()).unwrap();
        let mut out = Vec::new();
        raw.serialize(&mut Serializer::with_formatter(&mut out, Careful(CompactFormatter))).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), r#"{"a": "gpj.\u202eexe"}"#);
    }
}
