//! Compiled string tests: wildcards without backtracking over what cannot match.

use std::borrow::Cow;

use memchr::memmem::Finder;

use super::fold;
use crate::rule::{Pattern, Piece};

/// A compiled pattern.
#[derive(Debug)]
pub struct TextTest {
    cased: bool,
    shape: Shape,
}

#[derive(Debug)]
enum Shape {
    Exact(String),
    Prefix(String),
    Suffix(String),
    Contains(Box<Finder<'static>>),
    /// Anything, also nothing.
    Anything,
    Glob(Vec<Piece>),
}

impl TextTest {
    /// Compiles a pattern; without `cased`, texts are compared under simple case folding.
    pub fn compile(pattern: &Pattern, cased: bool) -> TextTest {
        let ready = |text: &str| if cased { text.to_owned() } else { fold::fold(text).into_owned() };
        let shape = match pattern.0.as_slice() {
            [] => Shape::Exact(String::new()),
            [Piece::Literal(text)] => Shape::Exact(ready(text)),
            [Piece::Any] => Shape::Anything,
            [Piece::Literal(text), Piece::Any] => Shape::Prefix(ready(text)),
            [Piece::Any, Piece::Literal(text)] => Shape::Suffix(ready(text)),
            [Piece::Any, Piece::Literal(text), Piece::Any] => {
                Shape::Contains(Box::new(Finder::new(ready(text).as_bytes()).into_owned()))
            }
            pieces => Shape::Glob(
                pieces
                    .iter()
                    .map(|piece| match piece {
                        Piece::Literal(text) => Piece::Literal(ready(text)),
                        other => other.clone(),
                    })
                    .collect(),
            ),
        };
        TextTest { cased, shape }
    }

    /// Whether a text fits.
    #[inline]
    pub fn fits(&self, value: &str) -> bool {
        match &self.shape {
            Shape::Anything => true,
            Shape::Exact(text) if self.cased => value == text,
            Shape::Exact(text) => fold::equals(value, text),
            Shape::Prefix(text) if self.cased || value.is_ascii() => {
                value.len() >= text.len() && self.same(&value.as_bytes()[..text.len()], text.as_bytes())
            }
            Shape::Suffix(text) if self.cased || value.is_ascii() => {
                value.len() >= text.len()
                    && self.same(&value.as_bytes()[value.len() - text.len()..], text.as_bytes())
            }
            Shape::Contains(finder) if !self.cased => {
                fold::with(value, |folded| finder.find(folded.as_bytes()).is_some())
            }
            shape => {
                let value = if self.cased { Cow::Borrowed(value) } else { fold::fold(value) };
                match shape {
                    Shape::Prefix(text) => value.starts_with(text.as_str()),
                    Shape::Suffix(text) => value.ends_with(text.as_str()),
                    Shape::Contains(finder) => finder.find(value.as_bytes()).is_some(),
                    Shape::Glob(pieces) => glob(pieces, &value),
                    Shape::Anything => true,
                    Shape::Exact(text) => value == text.as_str(),
                }
            }
        }
    }

    fn same(&self, a: &[u8], b: &[u8]) -> bool {
        if self.cased { a == b } else { a.eq_ignore_ascii_case(b) }
    }
}

/// Matches pieces against a whole value. Only the last `*` is ever taken back, so the time is at most the product of
/// both lengths.
fn glob(pieces: &[Piece], value: &str) -> bool {
    let (mut at, mut rest) = (0, value);
    let mut retry: Option<(usize, &str)> = None;
    loop {
        let step = match pieces.get(at) {
            None if rest.is_empty() => return true,
            None => None,
            Some(Piece::Any) => {
                retry = Some((at + 1, rest));
                Some(rest)
            }
            Some(Piece::One) => {
                let mut chars = rest.chars();
                chars.next().map(|_| chars.as_str())
            }
            Some(Piece::Literal(text)) => rest.strip_prefix(text.as_str()),
        };
        match (step, retry) {
            (Some(next), _) => {
                rest = next;
                at += 1;
            }
            (None, Some((piece, from))) => {
                let mut chars = from.chars();
                if chars.next().is_none() {
                    return false;
                }
                (at, rest) = (piece, chars.as_str());
                retry = Some((piece, rest));
            }
            (None, None) => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fits(pattern: &str, value: &str) -> bool {
        TextTest::compile(&Pattern::parse(pattern), false).fits(value)
    }

    #[test]
    fn shapes() {
        assert!(fits("Get*", "getCallerIdentity") && !fits("Get*", "ListX"));
        assert!(fits("*Access", "AdministratorACCESS") && fits("*", "") && fits("*min*", "ADMIN"));
        assert!(fits("a?c*e", "abcdde") && !fits("a?c", "ac") && fits("*a*b", "xxaxxbab"));
        assert!(fits("", "") && !fits("", "x") && fits("?", "ä") && !fits("?", ""));
        assert!(fits("stra?e*", "STRAßEN") && fits("*key*", "my\u{212a}eys"));
        let cased = TextTest::compile(&Pattern::parse("Get*"), true);
        assert!(cased.fits("GetX") && !cased.fits("getX"));
    }

    /// The definition, written down.
    fn naive(pieces: &[Piece], value: &[char]) -> bool {
        match pieces.split_first() {
            None => value.is_empty(),
            Some((Piece::Any, rest)) => (0..=value.len()).any(|at| naive(rest, &value[at..])),
            Some((Piece::One, rest)) => !value.is_empty() && naive(rest, &value[1..]),
            Some((Piece::Literal(text), rest)) => {
                let text: Vec<char> = text.chars().map(fold::fold_char).collect();
                value.starts_with(&text) && naive(rest, &value[text.len()..])
            }
        }
    }

    proptest! {
        #[test]
        fn compiled_patterns_match_as_defined(pattern in "[abAB?*ä]{0,8}", value in "[abABäÄ]{0,10}") {
            let pattern = Pattern::parse(&pattern);
            let folded: Vec<char> = value.chars().map(fold::fold_char).collect();
            prop_assert_eq!(TextTest::compile(&pattern, false).fits(&value), naive(&pattern.0, &folded));
        }
    }
}
