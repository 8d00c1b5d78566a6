//! Whether a file holds all that it says it holds.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{BaselineError, Snapshot};

/// How much a file says it holds: one that was cut at the end of a line looks like one that has learnt less.
#[derive(Default)]
pub(super) struct Counts {
    /// Of the header; files of before have none.
    rules: Option<u64>,
    credentials: Option<u64>,
    rows: BTreeMap<String, u64>,
}

impl Counts {
    /// Notes what a line says of others.
    pub(super) fn note(&mut self, line: &Value) {
        match (line["rule"].as_str(), line["rows"].as_u64()) {
            (Some(rule), Some(rows)) => drop(self.rows.insert(rule.to_owned(), rows)),
            _ => {
                self.rules = self.rules.or(line["rules"].as_u64());
                self.credentials = self.credentials.or(line["credentials"].as_u64());
            }
        }
    }

    /// Whether all of it is there.
    pub(super) fn check(&self, snapshot: &Snapshot) -> Result<(), BaselineError> {
        let cut = |what: String, said: u64, found: usize| match usize::try_from(said) {
            Ok(said) if said == found => Ok(()),
            _ => Err(BaselineError::Cut { what, said, found }),
        };
        for (rule, said) in &self.rows {
            let rows = snapshot.rules.get(rule).map_or(0, |learnt| learnt.rows.len());
            cut(format!("rows of rule `{rule}`"), *said, rows)?;
        }
        let all = [
            ("credentials", self.credentials, snapshot.credentials.len()),
            ("rules", self.rules, snapshot.rules.len()),
        ];
        let mut said = all.into_iter().filter_map(|(what, said, found)| Some((what, said?, found)));
        said.try_for_each(|(what, said, found)| cut(what.to_owned(), said, found))
    }
}
