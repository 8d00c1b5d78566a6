//! The one hand that writes HTML: markup comes from the program's own text, everything else is escaped.
//!
//! [`Page::markup`] takes `&'static str` only, which no log can be. Whoever audits the report for injection reads
//! this file, and looks for nothing but `Box::leak` in the others.

use std::io::{self, Write};

use crate::report::untrusted::{clipped, html};
use crate::report::when;
use crate::time::Timestamp;

/// Longer texts are cut, with a notice.
const MOST: usize = 2_000;

/// Writes a page.
pub(crate) struct Page<'w> {
    out: &'w mut dyn Write,
}

/// Writes literals as markup, and expressions in parentheses as escaped text.
macro_rules! put {
    ($page:expr, $($part:tt)*) => {{
        $($crate::report::html::page::put_one!($page, $part);)*
    }};
}

macro_rules! put_one {
    ($page:expr, ($text:expr)) => {
        $page.text(AsRef::<str>::as_ref(&$text))?
    };
    ($page:expr, $markup:literal) => {
        $page.markup($markup)?
    };
}

pub(crate) use {put, put_one};

impl<'w> Page<'w> {
    pub(super) fn new(out: &'w mut dyn Write) -> Page<'w> {
        Page { out }
    }

    /// Markup of the program itself.
    pub(crate) fn markup(&mut self, markup: &'static str) -> io::Result<()> {
        self.out.write_all(markup.as_bytes())
    }

    /// The program's own style or script, whose hash the policy names, byte for byte.
    pub(super) fn asset(&mut self, asset: &super::policy::Asset) -> io::Result<()> {
        self.out.write_all(asset.text.as_bytes())
    }

    /// Any text, as content or within a quoted attribute.
    pub(crate) fn text(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(html(&clipped(text, MOST)).as_bytes())
    }

    /// Text of several lines, up to a greater length.
    pub(super) fn lines(&mut self, text: &str, most: usize) -> io::Result<()> {
        for (number, line) in clipped(text, most).split('\n').enumerate() {
            let end: &[u8] = if number > 0 { b"\n" } else { b"" };
            self.out.write_all(end)?;
            self.out.write_all(html(line).as_bytes())?;
        }
        Ok(())
    }

    /// A number.
    pub(crate) fn number(&mut self, number: impl Into<i64>) -> io::Result<()> {
        write!(self.out, "{}", number.into())
    }

    /// A time to the second, which machines can read too.
    pub(crate) fn moment(&mut self, time: Option<Timestamp>) -> io::Result<()> {
        let Some(time) = time else { return self.markup("<time>no time</time>") };
        let text = time.to_string();
        put!(self, "<time datetime=\"" (text) "\">" (when::stamp(time).trim_end_matches('Z')) "</time>");
        Ok(())
    }

    /// A share of the whole in percent, for the x of a drawing.
    pub(crate) fn percent(&mut self, share: f64) -> io::Result<()> {
        write!(self.out, "{:.3}%", share * 100.0)
    }

    /// A link within the page that sets the filters: `#q=...`. What is cut finds nothing, so it is not linked.
    pub(super) fn filter_link(&mut self, filter: Filter, value: &str) -> io::Result<()> {
        self.named_link(filter, value, value)
    }

    /// The same under another name.
    pub(super) fn named_link(&mut self, filter: Filter, value: &str, name: &str) -> io::Result<()> {
        if value.len() > 300 || value.is_empty() {
            return self.text(name);
        }
        self.markup("<a href=\"#")?;
        self.markup(filter.key())?;
        self.markup("=")?;
        for byte in value.bytes() {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                    self.out.write_all(&[byte])?;
                }
                _ => write!(self.out, "%{byte:02X}")?,
            }
        }
        self.markup("\">")?;
        self.text(name)?;
        self.markup("</a>")
    }
}

/// What can be filtered by a link.
#[derive(Clone, Copy, Debug)]
pub(super) enum Filter {
    /// Free text.
    Text,
    Actor,
    Rule,
    Account,
}

impl Filter {
    fn key(self) -> &'static str {
        match self {
            Filter::Text => "q",
            Filter::Actor => "actor",
            Filter::Rule => "rule",
            Filter::Account => "account",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl Fn(&mut Page<'_>) -> io::Result<()>) -> String {
        let mut out = Vec::new();
        write(&mut Page::new(&mut out)).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn only_literals_are_markup() {
        let text = "<script>'\"&\u{202e}".to_owned();
        let out = written(|page| {
            put!(page, "<p title=\"" (text) "\">" (text) "</p>");
            Ok(())
        });
        let escaped = "&lt;script&gt;&#39;&quot;&amp;\\u{202e}";
        assert_eq!(out, format!("<p title=\"{escaped}\">{escaped}</p>"));
    }

    #[test]
    fn links_hold_nothing_that_ends_them() {
        let out = written(|page| page.filter_link(Filter::Text, "\"><b&é"));
        assert_eq!(out, "<a href=\"#q=%22%3E%3Cb%26%C3%A9\">&quot;&gt;&lt;b&amp;é</a>");
        assert!(!written(|page| page.filter_link(Filter::Text, &"x".repeat(400))).contains("href"));
    }

    #[test]
    fn long_text_is_cut_with_a_notice() {
        let long = "<b>".repeat(1_000_000);
        let out = written(|page| page.text(&long));
        assert!(out.len() < 20_000 && out.contains("3,000,000 characters in all"), "{}", out.len());
        let out = written(|page| page.lines("a\n<b>\u{1b}\n", 100));
        assert_eq!(out, "a\n&lt;b&gt;\\u{1b}\n");
    }
}
