//! The values of derived fields for one record: computed once, kept as spans of one text, reused from record to record.

use std::collections::HashSet;

use super::Derived;
use super::once::Once;

/// What is known of a derived field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
enum State {
    /// Not computed yet.
    #[default]
    Unknown,
    /// Computed: these spans.
    Ready { first: u32, count: u32 },
    /// Decided at the end, when the facts of the whole data set are known, from these spans.
    Pending { first: u32, count: u32 },
}

/// The values of all derived fields of one record.
#[derive(Debug, Default)]
pub struct Values {
    text: String,
    spans: Vec<(u32, u32)>,
    states: Vec<State>,
    touched: Vec<usize>,
    /// Of texts that come again in other records.
    pub(super) once: Once,
    /// Accounts that records before this one have shown to be one's own. They stay so, whatever is read later.
    own_accounts: HashSet<String>,
}

impl Values {
    /// Room for `fields` fields.
    pub fn new(fields: usize) -> Values {
        Values { states: vec![State::Unknown; fields], ..Values::default() }
    }

    /// Forgets everything: the next record begins.
    pub fn clear(&mut self) {
        for field in self.touched.drain(..) {
            self.states[field] = State::Unknown;
        }
        self.text.clear();
        self.spans.clear();
    }

    /// Takes note that an account is one's own.
    pub fn learn_own(&mut self, account: &str) {
        self.own_accounts.insert(account.to_owned());
    }

    /// Whether a field that waits is the relation of an account that is known to be one's own already.
    pub fn will_be_own(&self, field: Derived) -> bool {
        field.is_relation() && self.get(field as usize).all(|account| self.own_accounts.contains(account))
    }

    pub(super) fn is_known(&self, field: usize) -> bool {
        self.states[field] != State::Unknown
    }

    /// Notes the values of a field that depend on the record alone.
    pub(super) fn set<S: AsRef<str>>(&mut self, field: usize, values: impl IntoIterator<Item = S>) {
        let (first, count) = self.push(values);
        self.states[field] = State::Ready { first, count };
        self.touched.push(field);
    }

    /// Notes the one value of a field, put together of these parts.
    pub(super) fn set_joined(&mut self, field: usize, parts: &[&str]) {
        let (first, _) = self.push(parts.first());
        parts[1..].iter().for_each(|part| self.text.push_str(part));
        if let Some(span) = self.spans.last_mut() {
            span.1 = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        }
        self.states[field] = State::Ready { first, count: 1 };
        self.touched.push(field);
    }

    /// Notes what a field will be computed from once all facts are known.
    pub(super) fn set_pending<S: AsRef<str>>(&mut self, field: usize, values: impl IntoIterator<Item = S>) {
        let (first, count) = self.push(values);
        self.states[field] = State::Pending { first, count };
        self.touched.push(field);
    }

    /// The values of a field that has been computed.
    pub fn get(&self, field: usize) -> impl Iterator<Item = &str> + '_ {
        let (first, count) = match self.states[field] {
            State::Unknown => (0, 0),
            State::Ready { first, count } | State::Pending { first, count } => (first, count),
        };
        self.spans[first as usize..(first + count) as usize]
            .iter()
            .map(|(a, b)| &self.text[*a as usize..*b as usize])
    }

    /// Whether the field waits for facts; its values are then what they will be computed from.
    pub fn is_pending(&self, field: usize) -> bool {
        matches!(self.states[field], State::Pending { .. })
    }

    fn push<S: AsRef<str>>(&mut self, values: impl IntoIterator<Item = S>) -> (u32, u32) {
        // One record's derived text is far below 4 GiB: readers bound a record's size.
        let at = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let first = at(self.spans.len());
        for value in values {
            let start = at(self.text.len());
            self.text.push_str(value.as_ref());
            self.spans.push((start, at(self.text.len())));
        }
        (first, at(self.spans.len()) - first)
    }
}
