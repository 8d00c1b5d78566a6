//! Where to go on behind damage.

use super::document::{State, Walk};
use crate::event::json::{container_end, skip_space};

/// How far ahead the end of a damaged record is looked for. Fixed, so that where reading goes on does not depend on
/// how much text happens to be there.
pub(super) const WINDOW: usize = 4 << 20;

/// The longest text by which [`plausible`] knows a record's start.
const LOOK_BACK: usize = 64;

/// From where on a text without a record's start may hold the beginning of one.
pub(super) fn keep_from(text: &str) -> usize {
    boundary(text, text.len().saturating_sub(LOOK_BACK))
}

impl Walk {
    /// Gives up on what starts at `at`, which is larger than any record: goes on where something like a record starts
    /// behind it.
    pub(super) fn give_up(&mut self, text: &str, at: usize) -> usize {
        self.lose();
        boundary(text, at + 1)
    }

    fn lose(&mut self) {
        (self.in_list, self.mended) = (self.in_list(), true);
        self.state = State::Lost;
    }

    /// Where to go on behind the record at `at`, which is broken. `None` if that takes more text.
    pub(super) fn behind_broken(&mut self, text: &str, at: usize, last: bool) -> Option<usize> {
        let window = window(text, at, last)?;
        let bytes = window.as_bytes();
        let mut ways = Vec::new();
        if let Ok(end) = container_end(window, 0) {
            let next = skip_space(bytes, end);
            let sound = match self.in_list() {
                true => matches!(bytes.get(next), Some(b',' | b']')),
                false => matches!(bytes.get(next), None | Some(b'{' | b'[')),
            };
            ways.extend(sound.then_some((end, true)));
        }
        ways.extend(plausible(bytes, 1).map(|start| (start, false)));
        if !self.in_list() {
            ways.extend(line(bytes, 0).map(|start| (start, false)));
        }
        self.mended = true;
        match ways.into_iter().min() {
            Some((behind, true)) => {
                self.passed();
                Some(at + behind)
            }
            Some((start, false)) => Some(at + start),
            None => Some(self.give_up(text, at)),
        }
    }

    /// Where to go on at `at`, where something else was expected than a record. `None` if that takes more text.
    pub(super) fn behind_fault(&mut self, text: &str, at: usize, last: bool) -> Option<usize> {
        let window = window(text, at, last)?;
        let bytes = window.as_bytes();
        self.mended = true;
        let rest = match self.state {
            State::Next => {
                self.state = State::Behind;
                return Some(at);
            }
            // Brackets too many, most likely.
            State::Behind => {
                bytes.iter().position(|byte| !matches!(byte, b'}' | b' ' | b'\n' | b'\r' | b'\t'))
            }
            _ => bytes.iter().position(|byte| !b"}], \n\r\t".contains(byte)),
        };
        match (self.state, rest.and_then(|rest| Some((rest, bytes.get(rest)?)))) {
            (State::Behind, Some((rest, b',' | b']'))) => return Some(at + rest),
            (State::Behind, Some((rest, b'{'))) => {
                self.state = State::Next;
                return Some(at + rest);
            }
            (State::Between | State::Rest, Some((rest, b'{' | b'['))) => {
                self.state = State::Between;
                return Some(at + rest);
            }
            _ => {}
        }
        if self.state == State::Rest {
            self.state = State::Between;
        }
        self.lose();
        Some(at)
    }

    /// The next thing that may be a record.
    pub(super) fn find(&mut self, bytes: &[u8], at: usize) -> Option<usize> {
        let line = if self.in_list { None } else { line(bytes, at) };
        let found = plausible(bytes, at).into_iter().chain(line).min()?;
        self.state = if self.in_list { State::Next } else { State::Between };
        Some(found)
    }
}

/// The text from `at` on that decisions may rest on.
fn window(text: &str, at: usize, last: bool) -> Option<&str> {
    let rest = &text[at..];
    // A character may start just before the window's end.
    if rest.len() >= WINDOW + 4 {
        return Some(&rest[..boundary(rest, WINDOW)]);
    }
    last.then_some(rest)
}

/// The first start of a character from `at` on.
fn boundary(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at += 1;
    }
    at
}

/// The start of a line that starts with an object.
fn line(bytes: &[u8], at: usize) -> Option<usize> {
    memchr::memmem::find(&bytes[at..], b"\n{").map(|found| at + found + 1)
}

/// The start, from `at` on, of an object whose first key is `eventVersion`, as that of nearly every event is.
fn plausible(bytes: &[u8], at: usize) -> Option<usize> {
    memchr::memmem::find_iter(bytes.get(at..)?, b"\"eventVersion\"").find_map(|found| {
        let before = &bytes[at..at + found];
        let space = before.iter().rev().take_while(|byte| byte.is_ascii_whitespace()).take(40).count();
        let start = before.len().checked_sub(space + 1)?;
        (before[start] == b'{').then_some(at + start)
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::document::Step;
    use super::*;
    use crate::event::json::value_end;

    /// The records found, each said to be as long as a JSON value is, and how the walk ended.
    pub(in super::super) fn walk(text: &str) -> (Vec<&str>, Vec<Step>) {
        let mut walk = Walk::new();
        let (mut at, mut records, mut trouble) = (0, Vec::new(), Vec::new());
        loop {
            match walk.next(text, at, true) {
                Step::Record(start) => match value_end(text.as_bytes(), start) {
                    Ok(end) => {
                        records.push(&text[start..end]);
                        walk.passed();
                        at = end;
                    }
                    Err(fault) => {
                        trouble.push(Step::Fault(fault.at, "a value"));
                        at = walk.behind_broken(text, start, true).unwrap();
                    }
                },
                Step::Fault(place, expected) => {
                    trouble.push(Step::Fault(place, expected));
                    at = walk.behind_fault(text, place, true).unwrap();
                }
                Step::End => return (records, trouble),
                Step::Cut(at) => {
                    trouble.push(Step::Cut(at));
                    return (records, trouble);
                }
                step @ Step::More(_) => panic!("{step:?}"),
            }
        }
    }

    #[test]
    fn behind_damage_the_walk_goes_on() {
        let (a, b) = (r#"{"eventVersion":"1","n":1}"#, r#"{"eventVersion":"1","n":2}"#);
        for broken in [
            format!(r#"{{"Records":[{a}}}}},{b}]}}"#),
            format!(r#"{{"Records":[{a}{b}]}}"#),
            format!(r#"{{"Records":[{a},{b},]}}"#),
            format!(r#"{{"Records":[{a},{{"x":[[,{b}]}}"#),
            format!(r#"{{"Records":[{a},{{"x":"cut,{b}]}}"#),
            format!(r#"[{a},{b}] x"#),
            format!("{a}\n{{\"cut\":\n{b}"),
            format!("{a} ,\n{b},"),
            format!(r#"{{"Records":[{a}],x {b}"#),
            format!("Jan 1 host: {a}\nJan 2 host: {b}"),
        ] {
            let (records, trouble) = walk(&broken);
            let whole: Vec<&str> = records.into_iter().filter(|record| [a, b].contains(record)).collect();
            assert_eq!(whole, [a, b], "{broken}");
            assert!(!trouble.is_empty(), "{broken}");
        }
        assert_eq!(walk(r#"[{"a":1},"#).1, [Step::Cut(9)]);
        assert_eq!(walk(r#"{"Records":[{"a":1}],"b":"#).1, [Step::Cut(25)]);
    }
}
