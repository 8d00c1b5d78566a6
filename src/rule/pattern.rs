//! Sigma's string values: literals with `*` and `?`, escaped by a backslash.

use std::fmt;

/// One piece of a pattern.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Piece {
    /// Text that stands as it is.
    Literal(String),
    /// `*`: any run of characters, also none.
    Any,
    /// `?`: exactly one character.
    One,
}

/// A string to compare with, as the rule wrote it: not folded, not compiled.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct Pattern(pub Vec<Piece>);

impl Pattern {
    /// Reads Sigma's notation. A backslash escapes `*`, `?` and itself; before anything else it is a backslash.
    pub fn parse(text: &str) -> Pattern {
        if !text.bytes().any(|byte| matches!(byte, b'\\' | b'*' | b'?')) {
            return Pattern::literal(text);
        }
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            let piece = match c {
                '\\' => {
                    let next = chars.next_if(|next| matches!(next, '*' | '?' | '\\'));
                    literal.push(next.unwrap_or('\\'));
                    continue;
                }
                '*' => Piece::Any,
                '?' => Piece::One,
                other => {
                    literal.push(other);
                    continue;
                }
            };
            if !literal.is_empty() {
                pieces.push(Piece::Literal(std::mem::take(&mut literal)));
            }
            // `**` says nothing that `*` does not.
            if piece != Piece::Any || pieces.last() != Some(&Piece::Any) {
                pieces.push(piece);
            }
        }
        if !literal.is_empty() {
            pieces.push(Piece::Literal(literal));
        }
        Pattern(pieces)
    }

    /// A pattern without wildcards.
    pub fn literal(text: impl Into<String>) -> Pattern {
        let text = text.into();
        if text.is_empty() { Pattern::default() } else { Pattern(vec![Piece::Literal(text)]) }
    }

    /// The text, if there are no wildcards.
    pub fn as_literal(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Piece::Literal(text)] => Some(text),
            _ => None,
        }
    }

    /// With `*` before it.
    pub fn open_start(mut self) -> Pattern {
        if self.0.first() != Some(&Piece::Any) {
            self.0.insert(0, Piece::Any);
        }
        self
    }

    /// With `*` behind it.
    pub fn open_end(mut self) -> Pattern {
        if self.0.last() != Some(&Piece::Any) {
            self.0.push(Piece::Any);
        }
        self
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for piece in &self.0 {
            match piece {
                Piece::Literal(text) => f.write_str(text)?,
                Piece::Any => f.write_str("*")?,
                Piece::One => f.write_str("?")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lit(text: &str) -> Piece {
        Piece::Literal(text.to_owned())
    }

    #[test]
    fn wildcards_and_escapes() {
        assert_eq!(Pattern::parse("Get*").0, [lit("Get"), Piece::Any]);
        assert_eq!(Pattern::parse(r"a\*b\?c\\d").0, [lit(r"a*b?c\d")]);
        assert_eq!(Pattern::parse(r"\\*").0, [lit(r"\"), Piece::Any]);
        assert_eq!(Pattern::parse(r"C:\Windows\n").0, [lit(r"C:\Windows\n")]);
        assert_eq!(Pattern::parse("a**?b").0, [lit("a"), Piece::Any, Piece::One, lit("b")]);
        assert_eq!(Pattern::parse("").as_literal(), Some(""));
        assert_eq!(Pattern::parse("x").open_start().open_end().to_string(), "*x*");
    }
}
