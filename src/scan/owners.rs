//! Whose the logs are that are left unopened for their place: an account does not become a stranger because only another
//! one is looked at.

use std::collections::{BTreeMap, BTreeSet};

use crate::detect::{Range, time_of};
use crate::event::{Layout, field};
use crate::input::{KeyFilter, KeyKind, Reader, Source};

/// So many files of an account are looked into: where none of them tells of the time asked for, it hardly matters.
const MOST: usize = 8;

/// The accounts that received records of the time looked at which lie in `pruned`, files left unopened by their keys.
///
/// The key tells which files are of one account; whose they are is told by a record, as of every other file. So one of
/// each account is opened, the smallest, and others only while it has told nothing.
pub fn owners(pruned: &[Source], range: &Range) -> BTreeSet<String> {
    // What is left out for its time alone tells nothing, opened or not.
    if range.accounts.is_empty() && range.regions.is_empty() {
        return BTreeSet::new();
    }
    let in_time = KeyFilter { since: range.from, until: range.until, ..KeyFilter::default() };
    let mut of_account: BTreeMap<String, Vec<&Source>> = BTreeMap::new();
    for source in pruned {
        if let Some(key) = source.key().filter(|key| key.kind == KeyKind::Log && in_time.keeps(key)) {
            of_account.entry(key.account).or_default().push(source);
        }
    }
    let layout = Layout::new([]);
    let mut reader = Reader::new(&layout);
    let mut owners = BTreeSet::new();
    for mut files in of_account.into_values() {
        files.sort_by_key(|source| source.size);
        for source in files.into_iter().take(MOST) {
            let mut told = false;
            reader.read(source, &mut |record, _| {
                let account = record.text(field::RECIPIENT).filter(|account| !account.is_empty());
                if let Some(account) = account.filter(|_| range.holds(time_of(record))) {
                    told = true;
                    if !owners.contains(&*account) {
                        owners.insert(account.into_owned());
                    }
                }
            });
            if told {
                break;
            }
        }
    }
    owners
}
