//! Regular expressions that are compiled when the first value is held against them.

use std::sync::OnceLock;

use regex::RegexBuilder;

/// Longer expressions may exceed the compiler's limits, and are compiled at once so that it is told at the start.
const LONGEST: usize = 1_000;

/// Compiling all of the pack's took half of the start-up; few of them ever meet a value.
#[derive(Debug)]
pub(crate) struct Regex {
    pattern: Box<str>,
    ignore_case: bool,
    multi_line: bool,
    dot_all: bool,
    compiled: OnceLock<regex::Regex>,
}

impl Regex {
    /// An expression that the rule loader has accepted without its flags.
    pub(crate) fn new(
        pattern: &str,
        ignore_case: bool,
        multi_line: bool,
        dot_all: bool,
    ) -> Result<Regex, String> {
        let regex =
            Regex { pattern: pattern.into(), ignore_case, multi_line, dot_all, compiled: OnceLock::new() };
        // Braces repeat, and what begins with a backslash may be a class of thousands of letters.
        if pattern.len() > LONGEST || pattern.contains(['{', '\\']) {
            let compiled = regex.compile().map_err(|error| error.to_string())?;
            regex.compiled.get_or_init(|| compiled);
        }
        Ok(regex)
    }

    fn compile(&self) -> Result<regex::Regex, regex::Error> {
        RegexBuilder::new(&self.pattern)
            .case_insensitive(self.ignore_case)
            .multi_line(self.multi_line)
            .dot_matches_new_line(self.dot_all)
            .build()
    }

    /// Whether it is found in the text.
    ///
    /// # Panics
    /// When a short expression without counts compiles without its flags, but not with them; none is known to. The
    /// rule is then reported as one that could not be judged, as for every panic while a record is judged.
    #[inline]
    pub(crate) fn is_match(&self, text: &str) -> bool {
        let compile = || self.compile().unwrap_or_else(|error| panic!("`{}`: {error}", self.pattern));
        self.compiled.get_or_init(compile).is_match(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_ones_are_compiled_when_asked() {
        let regex = Regex::new("^a.b$", true, false, false).unwrap();
        assert!(regex.compiled.get().is_none());
        assert!(regex.is_match("A-B"));
        assert!(!regex.is_match("A\nB"));
        assert!(regex.compiled.get().is_some());
    }

    #[test]
    fn what_is_too_large_is_told_at_the_start() {
        assert!(Regex::new(r"(\pL{900}){900}", true, false, false).is_err());
        assert!(Regex::new("a{2}", false, false, false).unwrap().compiled.get().is_some());
    }

    #[test]
    fn the_largest_that_wait_can_be_compiled() {
        for (part, text) in [("[^a]", "é"), (".", "é"), ("k", "K"), ("é", "É"), ("[!-ÿ]", "k")] {
            let regex = Regex::new(&part.repeat(LONGEST / part.len()), true, true, true).unwrap();
            assert!(regex.compiled.get().is_none());
            assert!(regex.is_match(&text.repeat(LONGEST)));
        }
        assert!(Regex::new(r"\w", true, true, true).unwrap().compiled.get().is_some());
    }
}
