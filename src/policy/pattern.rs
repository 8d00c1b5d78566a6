//! Wildcard patterns as IAM reads them: `*` stands for any run of characters, `?` for exactly one.

use std::fmt;

/// Stands where only a wildcard reaches: no name holds this character, it is not one.
pub(super) const UNNAMED: char = '\u{10ffff}';

/// Steps after which comparing two patterns is given up: enough for any two ARNs of 200 characters.
const MAX_STEPS: usize = 50_000;

/// Lengths a `*` of the covered pattern is tried with. The long ones outgrow every run of `?` a name could fill.
const SPANS: [usize; 3] = [0, 41, 67];

/// A name that may hold wildcards: an action (`s3:Get*`), a resource, a condition value.
///
/// As the IAM User Guide has it for the Action and Resource elements: `*` matches any combination of characters, the
/// empty one and the colons of an ARN included, `?` any single character. `${*}`, `${?}` and `${$}` are the characters
/// themselves; other policy variables are only known while a request is judged, here they match nothing but their own
/// text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    text: String,
    tokens: Vec<Token>,
    ignores_case: bool,
}

/// Whether a part of a pattern is open.
pub(super) fn has_wildcard(text: &str) -> bool {
    text.contains(['*', '?'])
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    One,
    Many,
    Exactly(char),
}

impl Pattern {
    /// An action pattern: the case of letters does not matter.
    pub fn action(text: &str) -> Pattern {
        Pattern { text: text.to_owned(), tokens: tokens(text, true), ignores_case: true }
    }

    /// A resource pattern: the case of letters matters.
    pub fn resource(text: &str) -> Pattern {
        Pattern { text: text.to_owned(), tokens: tokens(text, false), ignores_case: false }
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether a `*` or `?` in it is meant as a wildcard.
    pub fn has_wildcard(&self) -> bool {
        self.tokens.iter().any(|token| !matches!(token, Token::Exactly(_)))
    }

    /// Whether the pattern matches `name`, taken literally.
    pub fn matches(&self, name: &str) -> bool {
        self.matches_within(usize::MAX, name.chars())
    }

    /// Whether everything `other` matches is matched by this pattern too.
    ///
    /// Tried with stand-ins for what `other` leaves open, which is exact but for patterns whose `?` count the length
    /// of a name. Where patterns are too contrived to compare, the answer is no.
    pub fn covers(&self, other: &Pattern) -> bool {
        let filled = |span: usize| {
            other.tokens.iter().flat_map(move |&token| match token {
                Token::Exactly(letter) => std::iter::repeat_n(letter, 1),
                Token::One => std::iter::repeat_n(UNNAMED, 1),
                Token::Many => std::iter::repeat_n(UNNAMED, span),
            })
        };
        self.tokens == other.tokens || SPANS.iter().all(|&span| self.matches_within(MAX_STEPS, filled(span)))
    }

    /// Whether some name is matched by both patterns. Where patterns are too contrived to compare, the answer is yes.
    pub fn overlaps(&self, other: &Pattern) -> bool {
        let differ = |(a, b): (&Token, &Token)| match (a, b) {
            (Token::Exactly(a), Token::Exactly(b)) => (!self.same(*a, *b)).then_some(true),
            _ => Some(false),
        };
        if self.tokens.iter().zip(&other.tokens).find_map(differ) == Some(true) {
            return false;
        }
        if self.tokens.len() * other.tokens.len() > MAX_STEPS {
            return true;
        }
        // Row by row from the end: `row[j]` says whether the rest of this pattern and `other[j..]` share a name.
        let width = other.tokens.len();
        let mut below = vec![false; width + 1];
        below[width] = true;
        for j in (0..width).rev() {
            below[j] = below[j + 1] && other.tokens[j] == Token::Many;
        }
        for &mine in self.tokens.iter().rev() {
            let mut row = vec![false; width + 1];
            row[width] = mine == Token::Many && below[width];
            for j in (0..width).rev() {
                let theirs = other.tokens[j];
                row[j] = match (mine, theirs) {
                    (Token::Many, _) | (_, Token::Many) => below[j] || row[j + 1],
                    (Token::Exactly(a), Token::Exactly(b)) => self.same(a, b) && below[j + 1],
                    (Token::One, _) | (_, Token::One) => below[j + 1],
                };
            }
            below = row;
        }
        below[0]
    }

    fn same(&self, written: char, found: char) -> bool {
        written == found || (self.ignores_case && written.eq_ignore_ascii_case(&found))
    }

    /// Greedy matching that goes back to the last `*` only: linear in most cases, quadratic at worst.
    fn matches_within(&self, steps: usize, mut rest: impl Iterator<Item = char> + Clone) -> bool {
        let mut at = 0;
        let mut retry = None;
        for _ in 0..steps {
            let here = rest.clone();
            match (self.tokens.get(at), rest.next()) {
                (Some(Token::Many), _) => {
                    at += 1;
                    if at == self.tokens.len() {
                        return true;
                    }
                    rest = here.clone();
                    retry = Some((at, here));
                }
                (Some(Token::One), Some(_)) => at += 1,
                (Some(Token::Exactly(letter)), Some(found)) if self.same(*letter, found) => at += 1,
                (None, None) => return true,
                (_, None) => return false,
                (_, Some(_)) => {
                    let Some((after, mut start)) = retry.take() else { return false };
                    start.next();
                    at = after;
                    rest = start.clone();
                    retry = Some((after, start));
                }
            }
        }
        false
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

fn tokens(text: &str, fold: bool) -> Vec<Token> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let escaped = ["${*}", "${?}", "${$}"].iter().find(|escape| rest.starts_with(**escape));
        if let Some(escape) = escaped {
            out.extend(escape.chars().nth(2).map(Token::Exactly));
            rest = &rest[escape.len()..];
            continue;
        }
        rest = &rest[letter.len_utf8()..];
        match letter {
            '*' if out.last() == Some(&Token::Many) => {}
            '*' => out.push(Token::Many),
            '?' => out.push(Token::One),
            other if fold => out.push(Token::Exactly(other.to_ascii_lowercase())),
            other => out.push(Token::Exactly(other)),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_ignore_case_and_resources_do_not() {
        assert!(Pattern::action("IAM:create*").matches("iam:CreateUser"));
        assert!(Pattern::resource("arn:aws:s3:::Bucket").matches("arn:aws:s3:::Bucket"));
        assert!(!Pattern::resource("arn:aws:s3:::Bucket").matches("arn:aws:s3:::bucket"));
    }

    #[test]
    fn a_star_crosses_colons_and_may_be_empty() {
        assert!(Pattern::resource("arn:aws:iam::*").matches("arn:aws:iam::111122223333:role/x"));
        assert!(Pattern::action("s3:Get*").matches("s3:Get"));
        assert!(!Pattern::action("s3:Get?").matches("s3:Get"));
        assert!(Pattern::action("?*:*").matches("s3:Get"));
        assert!(Pattern::action("**").matches(""));
    }

    #[test]
    fn an_escaped_wildcard_is_a_letter_and_a_variable_is_opaque() {
        let escaped = Pattern::resource("a${*}b${?}${$}");
        assert!(escaped.matches("a*b?$") && !escaped.matches("axb?$") && !escaped.has_wildcard());
        let own = Pattern::resource("arn:aws:iam::*:user/${aws:username}");
        assert!(!own.matches("arn:aws:iam::111122223333:user/eve"));
    }

    #[test]
    fn a_pattern_covers_the_narrower_one() {
        let covers = |a: &str, b: &str| Pattern::action(a).covers(&Pattern::action(b));
        assert!(covers("*", "s3:*") && covers("s3:*", "S3:Get*") && covers("s3:Get*", "s3:GetObject"));
        assert!(!covers("s3:Get*", "s3:*") && !covers("s3:*", "*") && !covers("s3:GetObject", "s3:Get*"));
        assert!(!covers("s3:Get?*", "s3:Get*") && covers("s3:Get*", "s3:Get?*") && covers("*?", "?*"));
    }

    #[test]
    fn overlapping_patterns_share_a_name() {
        let overlap = |a: &str, b: &str| Pattern::action(a).overlaps(&Pattern::action(b));
        assert!(overlap("iam:Get*", "iam:*User") && overlap("*", "") && overlap("a?c", "*b*"));
        assert!(!overlap("iam:Get*", "s3:*") && !overlap("a", "") && !overlap("a?", "a"));
    }
}
