//! Typed access to the keys of a YAML mapping; what does not fit becomes a problem, and reading goes on.

use super::error::{Code, Place, Problem};
use super::yaml::{Node, Value};

/// A mapping whose keys are asked for by name.
pub(super) struct Keys<'n> {
    pub(super) place: Place,
    entries: &'n [(Node<'n>, Node<'n>)],
}

impl<'n> Keys<'n> {
    /// The keys of `node`, which must be a mapping; `what` names it in the error.
    pub(super) fn of(node: &'n Node<'n>, what: &str) -> Result<Keys<'n>, Problem> {
        match &node.value {
            Value::Map(entries) => Ok(Keys { place: node.place, entries }),
            _ => Err(Problem::new(
                Code::WrongShape,
                node.place,
                format!("expected {what}, found {}", node.kind()),
            )
            .help("write `key: value` lines")),
        }
    }

    /// Every key and value, in the order written.
    pub(super) fn all(&self) -> impl Iterator<Item = (&'n str, &'n Node<'n>, &'n Node<'n>)> {
        self.entries.iter().filter_map(|(key, value)| match &key.value {
            Value::Scalar { text, .. } => Some((text.as_ref(), key, value)),
            _ => None,
        })
    }

    /// The value of `key`.
    pub(super) fn get(&self, key: &str) -> Option<&'n Node<'n>> {
        self.entry(key).map(|(_, value)| value)
    }

    /// The key itself and its value.
    pub(super) fn entry(&self, key: &str) -> Option<(&'n Node<'n>, &'n Node<'n>)> {
        self.all().find(|(name, _, _)| *name == key).map(|(_, key, value)| (key, value))
    }

    /// The value of `key` as text, if it is there and not null.
    pub(super) fn text(&self, key: &str, problems: &mut Vec<Problem>) -> Option<(&'n str, Place)> {
        let value = self.get(key).filter(|value| !value.is_null())?;
        match value.text() {
            Some(text) => Some((text, value.place)),
            None => {
                problems.push(shape(value, key, "text"));
                None
            }
        }
    }

    /// The value of `key` as a list of texts; a single text is a list of one.
    pub(super) fn texts(&self, key: &str, problems: &mut Vec<Problem>) -> Vec<(&'n str, Place)> {
        let Some(value) = self.get(key).filter(|value| !value.is_null()) else { return Vec::new() };
        match &value.value {
            Value::List(items) => items
                .iter()
                .filter_map(|item| match item.text() {
                    Some(text) => Some((text, item.place)),
                    None => {
                        problems.push(shape(item, key, "text"));
                        None
                    }
                })
                .collect(),
            Value::Scalar { text, .. } => vec![(text.as_ref(), value.place)],
            Value::Map(_) => {
                problems.push(shape(value, key, "a list of texts"));
                Vec::new()
            }
        }
    }

    /// The value of `key` as true or false.
    pub(super) fn flag(&self, key: &str, problems: &mut Vec<Problem>) -> Option<bool> {
        let (text, place) = self.text(key, problems)?;
        match text.to_ascii_lowercase().as_str() {
            "true" | "yes" => Some(true),
            "false" | "no" => Some(false),
            _ => {
                let message = format!("`{key}` expects true or false, found `{text}`");
                problems.push(Problem::new(Code::BadValue, place, message).span(text.chars().count()));
                None
            }
        }
    }

    /// The value of `key` read by `FromStr`; `expected` says what it should have been.
    pub(super) fn value<T: std::str::FromStr>(
        &self,
        key: &str,
        expected: &str,
        problems: &mut Vec<Problem>,
    ) -> Option<T> {
        let (text, place) = self.text(key, problems)?;
        match text.trim().parse() {
            Ok(value) => Some(value),
            Err(_) => {
                let message = format!("`{key}: {text}`: expected {expected}");
                problems.push(Problem::new(Code::BadValue, place, message).span(text.chars().count()));
                None
            }
        }
    }

    /// The value of `key` as a timespan.
    pub(super) fn timespan(&self, key: &str, problems: &mut Vec<Problem>) -> Option<crate::time::Timespan> {
        let (text, place) = self.text(key, problems)?;
        match crate::time::Timespan::parse(text) {
            Ok(span) => Some(span),
            Err(error) => {
                let message = format!("`{key}: {text}` is no timespan");
                problems.push(
                    Problem::new(Code::BadValue, place, message)
                        .span(text.chars().count())
                        .help(error.to_string()),
                );
                None
            }
        }
    }

    /// Keys other than those allowed are problems.
    pub(super) fn only(&self, allowed: &[&str], problems: &mut Vec<Problem>) {
        for (name, key, _) in self.all() {
            if !allowed.contains(&name) {
                let problem = Problem::new(Code::UnknownKey, key.place, format!("unknown key `{name}`"));
                problems.push(problem.span(name.chars().count()).expected(name, allowed.iter().copied()));
            }
        }
    }

    /// A key that must be there.
    pub(super) fn missing(&self, key: &str, help: &str) -> Problem {
        Problem::new(Code::MissingKey, self.place, format!("`{key}` is missing")).help(help)
    }
}

fn shape(value: &Node, key: &str, wanted: &str) -> Problem {
    Problem::new(Code::WrongShape, value.place, format!("`{key}` expects {wanted}, found {}", value.kind()))
}
