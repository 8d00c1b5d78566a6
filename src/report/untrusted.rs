//! Log text is the attacker's: what could steer a terminal or a reader's eye is made visible instead.

use std::borrow::Cow;

use crate::text::cut;

/// Whether a character may not reach an output as it is: controls, line and paragraph separators, marks that turn the
/// direction of writing, and characters that cannot be seen.
pub fn is_treacherous(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// Where the first treacherous character of a text stands.
pub(crate) fn first_treacherous(text: &str) -> Option<usize> {
    // Nearly all text is printable ASCII.
    let odd = text.bytes().position(|byte| !(b' '..=b'~').contains(&byte))?;
    text[odd..].find(is_treacherous).map(|at| odd + at)
}

/// Text for a terminal or a line of plain text.
pub fn plain(text: &str) -> Cow<'_, str> {
    if first_treacherous(text).is_none() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_treacherous(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// Text for HTML, as content or in a quoted attribute.
pub fn html(text: &str) -> Cow<'_, str> {
    let text = plain(text);
    if !text.contains(['&', '<', '>', '"', '\'']) {
        return text;
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// Text for Markdown, within a line. Words that are more than letters, digits and the marks of plain prose become code,
/// where nothing has a meaning: no markup, HTML, link, mention or reference to an issue.
pub fn markdown(text: &str) -> String {
    let text = plain(text);
    let mut out = String::with_capacity(text.len() + 16);
    let mut pending = String::new();
    for word in text.split(' ') {
        if is_prose(word) {
            flush(&mut out, &mut pending);
            separate(&mut out);
            out.push_str(word);
        } else {
            if !pending.is_empty() {
                pending.push(' ');
            }
            pending.push_str(word);
        }
    }
    flush(&mut out, &mut pending);
    out
}

/// Text as code for Markdown, also within a table.
pub(super) fn markdown_code(text: &str) -> String {
    let text = plain(text);
    if text.is_empty() {
        return String::new();
    }
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    // A blank inside each fence is taken off again; it parts the fence from a backtick, and keeps blanks of the text.
    let pad = if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) { " " } else { "" };
    format!("{fence}{pad}{}{pad}{fence}", text.replace('|', "\\|"))
}

/// Letters, digits and the marks of plain prose. Within a word an underscore is one.
fn is_prose(word: &str) -> bool {
    let mark = |c| matches!(c, ',' | ';' | '.' | '\'' | '"' | '(' | ')' | '%' | '/' | '-' | ':' | '…' | '·');
    let chars: Vec<char> = word.chars().collect();
    let inside = |at: usize| {
        let beside = [at.checked_sub(1), at.checked_add(1)];
        beside.iter().all(|at| at.and_then(|at| chars.get(at)).is_some_and(|c| c.is_alphanumeric()))
    };
    let plain = |(at, c): (usize, &char)| c.is_alphanumeric() || mark(*c) || (*c == '_' && inside(at));
    chars.iter().enumerate().all(plain)
        && !word.contains("://")
        && !word.contains("--")
        && !word.to_ascii_lowercase().contains("www.")
        && word.matches(':').count() < 2
        && !word.starts_with(['-', '.'])
}

fn flush(out: &mut String, pending: &mut String) {
    if !pending.is_empty() {
        // What closes a sentence stays outside, and a bracket that was opened there.
        let mut inner = pending.trim_end_matches([',', '.', ';', ':']);
        if inner.ends_with(')') && !inner.contains('(') {
            inner = inner.trim_end_matches(')');
        }
        let (inner, rest) =
            if inner.is_empty() { (pending.as_str(), "") } else { pending.split_at(inner.len()) };
        separate(out);
        out.push_str(&markdown_code(inner));
        out.push_str(rest);
        pending.clear();
    }
}

fn separate(out: &mut String) {
    if !out.is_empty() {
        out.push(' ');
    }
}

/// The first `most` characters, and how many there are in all when that is not all of them.
pub fn clipped(text: &str, most: usize) -> Cow<'_, str> {
    let Some(head) = cut(text, most) else { return Cow::Borrowed(text) };
    let all = super::summary::grouped(text.chars().count() as u64);
    Cow::Owned(format!("{head}… (cut here; {all} characters in all)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_steers() {
        assert_eq!(plain("user/jane"), "user/jane");
        assert_eq!(plain("a\u{1b}[2Jb"), "a\\u{1b}[2Jb");
        assert_eq!(plain("a\u{9b}31mb\r\n"), "a\\u{9b}31mb\\r\\n");
        assert_eq!(plain("gpj.\u{202e}exe"), "gpj.\\u{202e}exe");
        assert_eq!(plain("zero\u{200b}width"), "zero\\u{200b}width");
        assert_eq!(plain("Ünïcödé 😀"), "Ünïcödé 😀");
        assert_eq!(plain("Ünïcödé\u{202e}"), "Ünïcödé\\u{202e}");
    }

    #[test]
    fn nothing_is_markup() {
        assert_eq!(
            html("</script><img src=x onerror='a(\"&\")'>"),
            "&lt;/script&gt;&lt;img src=x onerror=&#39;a(&quot;&amp;&quot;)&#39;&gt;"
        );
        assert_eq!(html("<\u{202e}"), "&lt;\\u{202e}");
        assert!(matches!(html("user/jane"), Cow::Borrowed(_)));
    }

    #[test]
    fn long_text_says_that_it_was_cut() {
        assert_eq!(clipped("äöü", 3), "äöü");
        assert_eq!(clipped(&"ä".repeat(1_048_576), 2), "ää… (cut here; 1,048,576 characters in all)");
    }

    #[test]
    fn nothing_in_markdown_has_a_meaning() {
        for (text, expected) in [
            ("created svc-monitoring, from 198.51.100.23", "created svc-monitoring, from 198.51.100.23"),
            ("Denied: it failed, 3 times (twice).", "Denied: it failed, 3 times (twice)."),
            ("see [me](https://evil.example) now", "see `[me](https://evil.example)` now"),
            ("ping @team, please", "ping `@team`, please"),
            ("fixes #12 and org/repo#3", "fixes `#12` and `org/repo#3`"),
            ("a *b* _c_ <img src=x>", "a `*b* _c_ <img src=x>`"),
            ("https://evil.example/ www.evil.example", "`https://evil.example/ www.evil.example`"),
            ("a `b` ``c``", "a ``` `b` ``c`` ```"),
            ("line\n# head", "`line\\n#` head"),
            ("arn:aws:iam::111122223333:user/a did", "`arn:aws:iam::111122223333:user/a` did"),
            ("done (session x=1) so", "done (session `x=1`) so"),
            ("f(x=1) g", "`f(x=1)` g"),
            ("- item", "`-` item"),
            ("derived.policy.external_accounts: 1", "derived.policy.external_accounts: 1"),
            ("_a_ a._b", "`_a_ a._b`"),
            ("a*b: c", "`a*b`: c"),
            ("--- rule", "`---` rule"),
            ("a|b", "`a\\|b`"),
            ("\u{202e}x", "`\\u{202e}x`"),
            ("", ""),
        ] {
            assert_eq!(markdown(text), expected, "{text:?}");
        }
        assert_eq!(markdown_code("a`b"), "``a`b``");
        assert_eq!(markdown_code(" a "), "`  a  `");
    }
}
