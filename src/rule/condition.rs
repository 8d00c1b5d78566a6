//! The condition line: `selection and not 1 of filter_*`.

use super::Expr;
use super::error::{Code, Place, Problem};

/// Deeper than any honest condition.
const DEEPEST: usize = 100;

/// A named search identifier.
pub(super) type Identifier = (String, Expr);

/// Reads a condition over `identifiers`. Unless `keep` says that these are still wanted, what they stand for is moved out
/// of them rather than copied.
pub(super) fn parse(
    text: &str,
    place: Place,
    identifiers: &mut [Identifier],
    keep: bool,
) -> Result<Expr, Problem> {
    let tokens = tokens(text, place)?;
    let mut parser = Parser { tokens: &tokens, at: 0, identifiers, keep, end: place, depth: 0 };
    let expr = parser.or()?;
    match parser.tokens.get(parser.at) {
        None => Ok(expr),
        Some(token) => Err(token
            .problem(format!("did not expect `{}` here", token.text))
            .help("expected `and`, `or` or the end")),
    }
}

/// Whether a condition names a search identifier, by itself or by a pattern behind `of`. What is no condition names all.
pub(super) fn names(text: &str, identifier: &str) -> bool {
    let Ok(tokens) = tokens(text, Place { line: 1, column: 1 }) else { return true };
    tokens.iter().any(|token| token.text == identifier)
        || tokens.windows(2).any(|pair| pair[0].is("of") && pair[1].includes(identifier))
}

struct Token<'t> {
    text: &'t str,
    place: Place,
}

impl Token<'_> {
    fn problem(&self, message: String) -> Problem {
        Problem::new(Code::Condition, self.place, message).span(self.text.chars().count())
    }

    fn is(&self, word: &str) -> bool {
        self.text.eq_ignore_ascii_case(word)
    }

    /// Whether an identifier is among those meant, behind `of`.
    fn includes(&self, name: &str) -> bool {
        // Identifiers that begin with an underscore serve other identifiers only.
        if self.is("them") { !name.starts_with('_') } else { fits(self.text, name) }
    }
}

fn tokens(text: &str, place: Place) -> Result<Vec<Token<'_>>, Problem> {
    let mut all = Vec::new();
    let mut chars = text.char_indices().enumerate().peekable();
    while let Some((column, (at, c))) = chars.next() {
        let place = Place { line: place.line, column: place.column + column };
        let mut end = at + c.len_utf8();
        match c {
            c if c.is_whitespace() => continue,
            '(' | ')' => {}
            '|' => {
                return Err(Problem::new(
                    Code::Condition,
                    place,
                    "aggregations behind `|` are not part of Sigma 2".to_owned(),
                )
                .help("write a correlation rule: `correlation: {type: event_count, ...}`"));
            }
            c if word(c) => {
                while let Some((_, (at, c))) = chars.next_if(|(_, (_, c))| word(*c)) {
                    end = at + c.len_utf8();
                }
            }
            other => {
                return Err(Problem::new(
                    Code::Condition,
                    place,
                    format!("did not expect `{other}` in a condition"),
                )
                .help("conditions are made of identifiers, and, or, not, parentheses, `1 of`, `all of`"));
            }
        }
        all.push(Token { text: &text[at..end], place });
    }
    Ok(all)
}

fn word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '*' | '-' | '.' | '?')
}

struct Parser<'t> {
    tokens: &'t [Token<'t>],
    at: usize,
    identifiers: &'t mut [Identifier],
    keep: bool,
    end: Place,
    depth: usize,
}

impl<'t> Parser<'t> {
    fn peek(&self, word: &str) -> bool {
        self.tokens.get(self.at).is_some_and(|token| token.is(word))
    }

    fn take(&mut self, word: &str) -> bool {
        let there = self.peek(word);
        self.at += usize::from(there);
        there
    }

    fn or(&mut self) -> Result<Expr, Problem> {
        let mut parts = vec![self.and()?];
        while self.take("or") {
            parts.push(self.and()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Expr::Any(parts) })
    }

    fn and(&mut self) -> Result<Expr, Problem> {
        let mut parts = vec![self.not()?];
        while self.take("and") {
            parts.push(self.not()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Expr::All(parts) })
    }

    fn not(&mut self) -> Result<Expr, Problem> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Problem::new(Code::Condition, self.end, "nested too deeply".to_owned()));
        }
        let expr = if self.take("not") { Expr::Not(Box::new(self.not()?)) } else { self.atom()? };
        self.depth -= 1;
        Ok(expr)
    }

    fn atom(&mut self) -> Result<Expr, Problem> {
        let Some(token) = self.tokens.get(self.at) else {
            let message = "the condition ends where something was expected".to_owned();
            return Err(
                Problem::new(Code::Condition, self.end, message).help("expected an identifier, `not` or `(`")
            );
        };
        self.at += 1;
        if token.is("(") {
            let expr = self.or()?;
            if !self.take(")") {
                return Err(token.problem("this `(` is not closed".to_owned()).help("expected `)`"));
            }
            return Ok(expr);
        }
        let all = token.is("all");
        if self.peek("of") && !self.identifiers.iter().any(|(name, _)| name == token.text && name != "all") {
            if !all && !token.is("1") && !token.is("any") {
                return Err(token
                    .problem(format!("`{} of` is not part of Sigma", token.text))
                    .help("expected `1 of` or `all of`"));
            }
            self.at += 1;
            return self.quantified(all);
        }
        if [")", "and", "or", "of"].iter().any(|word| token.is(word)) {
            return Err(token
                .problem(format!("did not expect `{}` here", token.text))
                .help("expected an identifier, `not` or `(`"));
        }
        match self.identifiers.iter().position(|(name, _)| name == token.text) {
            Some(at) => Ok(self.meaning(at)),
            None => Err(self.unknown(token)),
        }
    }

    /// What an identifier stands for.
    fn meaning(&mut self, at: usize) -> Expr {
        let (name, expr) = &mut self.identifiers[at];
        let named = self.tokens.iter().filter(|token| token.text == name).count();
        let quantified =
            self.tokens.windows(2).filter(|pair| pair[0].is("of") && pair[1].includes(name)).count();
        match self.keep || named + quantified > 1 {
            true => expr.clone(),
            false => std::mem::replace(expr, Expr::All(Vec::new())),
        }
    }

    fn quantified(&mut self, all: bool) -> Result<Expr, Problem> {
        let Some(token) = self.tokens.get(self.at) else {
            let message = "the condition ends behind `of`".to_owned();
            return Err(Problem::new(Code::Condition, self.end, message)
                .help("expected `them` or a pattern such as `selection_*`"));
        };
        self.at += 1;
        let meant: Vec<usize> =
            (0..self.identifiers.len()).filter(|at| token.includes(&self.identifiers[*at].0)).collect();
        let parts: Vec<Expr> = meant.into_iter().map(|at| self.meaning(at)).collect();
        if parts.is_empty() {
            return Err(self.unknown(token));
        }
        Ok(if all { Expr::All(parts) } else { Expr::Any(parts) })
    }

    fn unknown(&self, token: &Token<'_>) -> Problem {
        let message = format!("no search identifier is named `{}`", token.text);
        Problem::new(Code::UnknownIdentifier, token.place, message)
            .span(token.text.chars().count())
            .expected(token.text, self.identifiers.iter().map(|(name, _)| name.as_str()))
    }
}

/// Whether an identifier fits a pattern in which `*` stands for any run of characters.
fn fits(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((start, rest)) => {
            let Some(tail) = name.strip_prefix(start) else { return false };
            (0..=tail.len()).filter(|at| tail.is_char_boundary(*at)).any(|at| fits(rest, &tail[at..]))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Test;
    use super::*;

    fn names(list: &[&str]) -> Vec<Identifier> {
        list.iter()
            .map(|name| {
                ((*name).to_owned(), Expr::Field { field: (*name).to_owned(), test: Test::Exists(true) })
            })
            .collect()
    }

    fn shown(text: &str) -> String {
        let all = names(&["selection", "sel_a", "sel_b", "filter", "_hidden"]);
        let [kept, moved] = [true, false].map(|keep| {
            let mut identifiers = all.clone();
            let shown = match parse(text, Place { line: 1, column: 1 }, &mut identifiers, keep) {
                Ok(expr) => expr.to_string().replace(" exists", ""),
                Err(problem) => {
                    format!("{}@{}: {}", problem.code.id(), problem.place.column, problem.message)
                }
            };
            assert!(!keep || identifiers == all, "{text}");
            shown
        });
        assert_eq!(kept, moved);
        kept
    }

    #[test]
    fn precedence_quantifiers_and_parentheses() {
        assert_eq!(shown("selection and not filter"), "(selection and not filter)");
        assert_eq!(shown("sel_a or sel_b and filter"), "(sel_a or (sel_b and filter))");
        assert_eq!(shown("(sel_a OR sel_b) AND NOT filter"), "((sel_a or sel_b) and not filter)");
        assert_eq!(shown("1 of sel_*"), "(sel_a or sel_b)");
        assert_eq!(shown("all of sel_* and not 1 of filter*"), "((sel_a and sel_b) and not filter)");
        assert_eq!(shown("1 of them"), "(selection or sel_a or sel_b or filter)");
        assert_eq!(shown("not not filter"), "not not filter");
    }

    #[test]
    fn what_stands_twice_is_there_twice() {
        assert_eq!(shown("sel_a and filter or sel_a"), "((sel_a and filter) or sel_a)");
        assert_eq!(shown("1 of sel_* and not sel_b"), "((sel_a or sel_b) and not sel_b)");
        assert_eq!(
            shown("1 of sel_* or all of sel*"),
            "((sel_a or sel_b) or (selection and sel_a and sel_b))"
        );
        assert_eq!(
            shown("_hidden and 1 of them and _hidden"),
            "(_hidden and (selection or sel_a or sel_b or filter) and _hidden)"
        );
    }

    #[test]
    fn errors_say_where() {
        assert_eq!(shown("selection and"), "R009@1: the condition ends where something was expected");
        assert_eq!(shown("selection and selction"), "R010@15: no search identifier is named `selction`");
        assert_eq!(shown("(selection"), "R009@1: this `(` is not closed");
        assert_eq!(shown("selection filter"), "R009@11: did not expect `filter` here");
        assert_eq!(shown("2 of sel_*"), "R009@1: `2 of` is not part of Sigma");
        assert_eq!(shown("1 of nothing*"), "R010@6: no search identifier is named `nothing*`");
        assert_eq!(
            shown("selection | count() > 3"),
            "R009@11: aggregations behind `|` are not part of Sigma 2"
        );
        assert_eq!(shown(&"(".repeat(5000)).split(':').next(), Some("R009@1"));
    }
}
