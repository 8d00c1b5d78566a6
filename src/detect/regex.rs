//! Regular expressions that are compiled when the first value is held against them.

use std::cell::RefCell;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use hashbrown::HashMap;
use regex::RegexBuilder;

use crate::event::Mix;

/// The rule loader has checked it. Compiling all of the pack's took half of the start-up; few of them ever meet a value.
#[derive(Debug)]
pub(crate) struct Regex {
    pattern: Box<str>,
    ignore_case: bool,
    multi_line: bool,
    dot_all: bool,
    compiled: OnceLock<regex::Regex>,
    /// Tells it from all others.
    number: u64,
}

static NUMBERS: AtomicU64 = AtomicU64::new(0);

/// Shorter texts are held against an expression sooner than found among those that were.
const SHORT: usize = 40;

/// So many verdicts are remembered at a time.
const MOST: usize = 4_096;

/// What was found of long texts: a few user agents come again and again. By expression and by a hash that starts from
/// a secret.
struct Verdicts {
    secret: Mix,
    found: HashMap<(u64, u128), bool>,
}

thread_local! {
    static VERDICTS: RefCell<Verdicts> =
        RefCell::new(Verdicts { secret: Mix::secret(), found: HashMap::new() });
}

impl Regex {
    /// An expression that the rule loader has accepted with its flags.
    pub(crate) fn new(pattern: &str, ignore_case: bool, multi_line: bool, dot_all: bool) -> Regex {
        Regex {
            pattern: pattern.into(),
            ignore_case,
            multi_line,
            dot_all,
            compiled: OnceLock::new(),
            number: NUMBERS.fetch_add(1, Ordering::Relaxed),
        }
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
    /// When it does not compile, which only a rule that no loader has read can make happen. The rule is then reported
    /// as one that could not be judged, as for every panic while a record is judged.
    #[inline]
    pub(crate) fn is_match(&self, text: &str) -> bool {
        let compile = || self.compile().unwrap_or_else(|error| panic!("`{}`: {error}", self.pattern));
        let regex = self.compiled.get_or_init(compile);
        if text.len() < SHORT {
            return regex.is_match(text);
        }
        VERDICTS.with_borrow_mut(|Verdicts { secret, found }| {
            if found.len() >= MOST {
                found.clear();
            }
            let key = (self.number, secret.text(text.as_bytes()).value());
            *found.entry(key).or_insert_with(|| regex.is_match(text))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_compiled_when_asked() {
        let regex = Regex::new(r"^a.b\s{2}$", true, false, false);
        assert!(regex.compiled.get().is_none());
        assert!(regex.is_match("A-B  "));
        assert!(!regex.is_match("A\nB  "));
        assert!(regex.compiled.get().is_some());
    }

    #[test]
    fn what_is_remembered_is_of_one_expression_and_one_text() {
        let [a, b] = ["a$", "b$"].map(|pattern| Regex::new(pattern, false, false, false));
        for _ in 0..2 {
            for (text, last) in ["xa", "xb"].iter().map(|end| (format!("{:40}{end}", "x"), end)) {
                assert_eq!(a.is_match(&text), *last == "xa");
                assert_eq!(b.is_match(&text), *last == "xb");
            }
        }
    }
}
