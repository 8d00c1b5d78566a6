//! The shapes documents have: where the next record starts, whatever lies around it, and where to go on behind damage.
//!
//! One walk for all shapes: any number of JSON values after another (lines are nothing special), of which arrays,
//! and objects with a list under [a key known for it](super::lists), hold records, and all others are records. The walk
//! never looks at what is in a record, and goes on from text to text, so that a file of any size is walked in segments.

use super::content::{LONGEST_STAMP, stamp};
use super::lists::{List, find_list};
use super::recover::keep_from;
use crate::event::json::{FaultKind, skip_space, string_end, value_end};

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A record starts here.
    Record(usize),
    /// The text ends before that is clear. All before this position has been dealt with.
    More(usize),
    /// The content ends within a list.
    Cut(usize),
    /// Something else was expected here.
    Fault(usize, &'static str),
    /// There is nothing more.
    End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Outside of all documents.
    Between,
    /// Before a list's first element.
    First,
    /// Before a further element.
    Next,
    /// Behind an element.
    Behind,
    /// Behind a list, in the object that holds it.
    Rest,
    /// Looking for anything that may be a record.
    Lost,
}

/// The walk over one file's documents.
#[derive(Clone, Debug)]
pub(super) struct Walk {
    pub(super) state: State,
    /// Whether the list stands in an object, not alone.
    in_object: bool,
    /// Whether it was within a list that the way was lost.
    pub(super) in_list: bool,
    /// Whether damage was met: what is left over of broken structure then means nothing more.
    pub(super) mended: bool,
}

impl Walk {
    pub(super) fn new() -> Walk {
        Walk { state: State::Between, in_object: false, in_list: false, mended: false }
    }

    /// What comes at `at`; `last` if no more text does.
    pub(super) fn next(&mut self, text: &str, mut at: usize, last: bool) -> Step {
        let bytes = text.as_bytes();
        loop {
            if self.state == State::Lost {
                match self.find(bytes, at) {
                    Some(found) => at = found,
                    None if last => return Step::End,
                    None => return Step::More(at.max(keep_from(text))),
                }
            }
            at = skip_space(bytes, at);
            let Some(byte) = bytes.get(at) else {
                return match self.state {
                    _ if !last => Step::More(at),
                    State::Between => Step::End,
                    _ => Step::Cut(at),
                };
            };
            match (self.state, byte) {
                (State::Between, b'{') => match find_list(text, at, true) {
                    List::Opens(first) => {
                        self.enter();
                        at = first;
                    }
                    List::Cut if !last => return Step::More(at),
                    List::Cut | List::None => return Step::Record(at),
                },
                (State::Between, b'[') => {
                    (self.state, self.in_object) = (State::First, false);
                    at += 1;
                }
                // A number, or the time before a line's object.
                (State::Between, b'0'..=b'9') => match stamp(&bytes[at..]) {
                    Some(length) => at += length,
                    None if !last && bytes.len() - at < LONGEST_STAMP => return Step::More(at),
                    None => return Step::Record(at),
                },
                (State::Between, b'"' | b't' | b'f' | b'n' | b'-') => return Step::Record(at),
                (State::Between, b',' | b']' | b'}') if self.mended => at += 1,
                // A byte order mark.
                (State::Between, 0xef) if text[at..].starts_with('\u{feff}') => at += 3,
                (State::Between, _) => return Step::Fault(at, "a JSON object or array"),
                (State::First | State::Behind, b']') => {
                    self.state = if self.in_object { State::Rest } else { State::Between };
                    at += 1;
                }
                (State::Next, b']') => return Step::Fault(at, "a record behind the comma"),
                (State::First | State::Next, _) => return Step::Record(at),
                (State::Behind, b',') => {
                    self.state = State::Next;
                    at += 1;
                }
                (State::Behind, _) => return Step::Fault(at, "a comma or the end of the records"),
                (State::Rest, b'}') => {
                    self.state = State::Between;
                    at += 1;
                }
                (State::Rest, b',') => match self.member(text, at) {
                    Ok(behind) => at = behind,
                    Err(Step::Cut(_)) if !last => return Step::More(at),
                    Err(step) => return step,
                },
                (State::Rest, _) => return Step::Fault(at, "a comma or the end of the object"),
                (State::Lost, _) => return Step::Fault(at, "a record"),
            }
        }
    }

    /// Passes a member behind a list, which may be another list.
    fn member(&mut self, text: &str, at: usize) -> Result<usize, Step> {
        // The comma stands where a lone member's brace would.
        if let List::Opens(first) = find_list(text, at, true) {
            self.enter();
            return Ok(first);
        }
        let bytes = text.as_bytes();
        let cut = Step::Cut(text.len());
        let key = skip_space(bytes, at + 1);
        let colon = match bytes.get(key) {
            Some(b'"') => skip_space(bytes, string_end(bytes, key + 1).map_err(|_| cut)?.0 + 1),
            Some(_) => return Err(Step::Fault(key, "a key")),
            None => return Err(cut),
        };
        match bytes.get(colon) {
            Some(b':') => {}
            Some(_) => return Err(Step::Fault(colon, "a colon")),
            None => return Err(cut),
        }
        let value = skip_space(bytes, colon + 1);
        let end = value_end(bytes, value).map_err(|fault| match fault.kind {
            FaultKind::Truncated => cut,
            _ => Step::Fault(fault.at, "a value"),
        })?;
        // A number or literal at the text's end may go on.
        if end < text.len() { Ok(end) } else { Err(cut) }
    }

    /// Goes on in a list found in an object that had been taken for a record.
    pub(super) fn enter(&mut self) {
        (self.state, self.in_object) = (State::First, true);
    }

    /// Notes that the record has been read.
    pub(super) fn passed(&mut self) {
        if let State::First | State::Next = self.state {
            self.state = State::Behind;
        }
    }

    /// Whether records lie in a list here, not side by side.
    pub(super) fn in_list(&self) -> bool {
        self.state != State::Between
    }

    /// Whether the walk has lost its way.
    pub(super) fn is_lost(&self) -> bool {
        self.state == State::Lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::recover::tests::walk;

    #[test]
    fn every_shape_gives_its_records() {
        for text in [
            r#"{"Records":[{"a":1},{"b":2}]}"#,
            r#"[{"a":1},{"b":2}]"#,
            "{\"a\":1}\r\n\r\n{\"b\":2}\n",
            r#"{"a":1}{"b":2}"#,
            "\u{feff}[\n {\"a\":1} ,\t{\"b\":2} ] ",
            r#"{ "Events" : [ {"a":1} ] , "NextToken":"x","n":[1],"k":2}{"Records":[{"b":2}]}"#,
            r#"{"events":[],"Records":[{"a":1},{"b":2}],"n":null}"#,
            r#"[{"a":1}][][{"b":2}]"#,
            "2026-03-28T14:00:00.000Z {\"a\":1}\n2026-03-28T14:00:01.000Z {\"b\":2}\n",
        ] {
            assert_eq!(walk(text), (vec![r#"{"a":1}"#, r#"{"b":2}"#], vec![]), "{text}");
        }
        for empty in ["", " \n", "[]", r#"{"Records":[]}"#, "\u{feff}"] {
            assert_eq!(walk(empty), (vec![], vec![]), "{empty}");
        }
        assert_eq!(walk(r#"1 "a" null {"Records":null}"#).0, ["1", r#""a""#, "null", r#"{"Records":null}"#]);
    }

    #[test]
    fn segments_do_not_change_what_is_found() {
        let text = r#"{"k":{},"Records":[{"a":1}, {"b":2}],"Events":[{"c":3}],"z":1} [{"d":4}]  {"e":5}"#;
        let whole = [r#"{"a":1}"#, r#"{"b":2}"#, r#"{"c":3}"#, r#"{"d":4}"#, r#"{"e":5}"#];
        for step in 1..40 {
            let (mut walk, mut start, mut end, mut records) = (Walk::new(), 0, 0, Vec::new());
            'segments: loop {
                end = (end + step).min(text.len());
                let (segment, last) = (&text[start..end], end == text.len());
                let mut at = 0;
                start += loop {
                    match walk.next(segment, at, last) {
                        Step::Record(record) => match value_end(segment.as_bytes(), record) {
                            Ok(found) if find_list(segment, record, false) == List::None => {
                                records.push(&segment[record..found]);
                                walk.passed();
                                at = found;
                            }
                            _ => match find_list(segment, record, false) {
                                List::Opens(first) => {
                                    walk.enter();
                                    at = first;
                                }
                                _ => break record,
                            },
                        },
                        Step::More(keep) => break keep,
                        Step::End => break 'segments,
                        step => panic!("{step:?}"),
                    }
                };
            }
            assert_eq!(records, whole, "{step}");
        }
    }
}
