//! Credentials issued in the log and who asked for them: the table that chains of role assumptions are followed through.
//!
//! An entry is found by the access key id it issued, hashed to 64 bits; where the answer of the call was not recorded,
//! by the role, the session's name and the second it was made in. Of several records of one issue (copies, both sides
//! of a call across accounts) the one that names the caller's key stays, then the earliest: the table is a set under
//! union, whatever came first.
//!
//! Memory: an entry takes about 130 bytes, and each distinct caller some 200 more. No more than [`MOST`] entries are
//! kept, those with the smallest hashes, so that what is kept does not depend on order either; the summary says so
//! when that happens, and the chains through the others end as `unresolved`.

use std::collections::BTreeMap;

use super::hits::Hit;
use super::intern::KeyId;
use super::issuing::CALLS;

/// Entries kept at most: about 60 MB with their tree.
pub(crate) const MOST: usize = 450_000;

/// A credential as the table knows it; 0 is none.
pub(crate) type Handle = u64;

/// One credential, issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Issue {
    /// The event.
    pub(crate) hit: Hit,
    /// The caller's access key.
    pub(crate) by: Handle,
    /// The caller's session, for keys whose issue was recorded without its answer.
    pub(crate) by_session: Handle,
    /// The caller: [`super::issuing::Caller`]'s values as a key.
    pub(crate) who: KeyId,
    /// The role that was assumed, as a key of one value.
    pub(crate) role: KeyId,
    /// Which of [`CALLS`].
    pub(crate) call: u8,
}

impl Issue {
    fn preference(&self) -> impl Ord + use<> {
        (self.by == 0, self.hit.time, self.hit.id, self.hit.digest, self.hit.at, self.by)
    }

    /// The call's name.
    pub(crate) fn call(&self) -> &'static str {
        CALLS.get(usize::from(self.call)).copied().unwrap_or_default()
    }
}

/// Credentials issued.
#[derive(Debug)]
pub(crate) struct Issued {
    table: BTreeMap<Handle, Issue>,
    most: usize,
    overflowed: bool,
    /// How many there were when the old ones were last left out.
    pub(super) tidied: usize,
}

impl Default for Issued {
    fn default() -> Self {
        Issued { table: BTreeMap::new(), most: MOST, overflowed: false, tidied: 0 }
    }
}

impl Issued {
    /// Whether an entry with this handle would be kept.
    pub(crate) fn takes(&self, handle: Handle) -> bool {
        self.table.len() < self.most
            || self.table.last_key_value().is_none_or(|(largest, _)| handle <= *largest)
    }

    /// Adds an entry.
    pub(crate) fn insert(&mut self, handle: Handle, issue: Issue) {
        if handle == 0 {
            return;
        }
        let kept = self.table.entry(handle).or_insert(issue);
        if issue.preference() < kept.preference() {
            *kept = issue;
        }
        if self.table.len() > self.most {
            self.table.pop_last();
            self.overflowed = true;
        }
    }

    /// Joins another table, whose key numbers `keys` translates.
    pub(crate) fn merge(&mut self, other: Issued, keys: &[KeyId]) {
        self.overflowed |= other.overflowed;
        for (handle, issue) in other.table {
            let (who, role) = (keys[issue.who.index()], keys[issue.role.index()]);
            self.insert(handle, Issue { who, role, ..issue });
        }
    }

    /// The entry of a credential.
    pub(crate) fn get(&self, handle: Handle) -> Option<&Issue> {
        self.table.get(&handle)
    }

    /// All entries.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Handle, &Issue)> {
        self.table.iter().map(|(handle, issue)| (*handle, issue))
    }

    /// All entries, to be changed.
    pub(super) fn issues_mut(&mut self) -> impl Iterator<Item = &mut Issue> {
        self.table.values_mut()
    }

    /// Leaves out all others.
    pub(super) fn keep_if(&mut self, mut wanted: impl FnMut(&Issue) -> bool) {
        self.table.retain(|_, issue| wanted(issue));
    }

    /// How many entries there are.
    pub(crate) fn len(&self) -> usize {
        self.table.len()
    }

    /// Notes that an entry was left out.
    pub(crate) fn leave_out(&mut self) {
        self.overflowed = true;
    }

    /// Whether entries were left out.
    pub(crate) fn overflowed(&self) -> bool {
        self.overflowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::hits::Location;
    use crate::detect::intern::Interner;
    use crate::event::EventId;
    use crate::time::Timestamp;
    use proptest::prelude::*;

    /// Who called is part of the record, so of its digest.
    fn issue(time: u32, digest: u64) -> Issue {
        let mut interner = Interner::default();
        let none = interner.intern(b"");
        let id = EventId::from_bits(u128::from(digest));
        let hit = Hit { time: Timestamp::from_secs(time), id, digest, at: Location::NOWHERE };
        Issue { hit, by: digest % 3, by_session: 0, who: none, role: none, call: 0 }
    }

    proptest! {
        /// Which entries are kept, and which record of each, does not depend on order, copies or parts.
        #[test]
        fn the_table_is_a_set(
            issues in proptest::collection::vec((1u64..20, 0u32..4, 0u64..12), 0..60), cut in 0usize..60, most in 1usize..12,
        ) {
            let empty = || Issued { most, ..Issued::default() };
            let add = |table: &mut Issued, (handle, time, digest): &(u64, u32, u64)| {
                table.insert(*handle, issue(*time, *digest));
            };
            let mut whole = empty();
            issues.iter().for_each(|one| add(&mut whole, one));
            let cut = cut.min(issues.len());
            let (mut left, mut right) = (empty(), empty());
            issues[..cut].iter().rev().for_each(|one| add(&mut left, one));
            issues[cut..].iter().rev().chain(&issues).for_each(|one| add(&mut right, one));
            let mut interner = Interner::default();
            let keys = [interner.intern(b"")];
            right.merge(left, &keys);
            prop_assert_eq!(&whole.table, &right.table);
            prop_assert_eq!(whole.overflowed, right.overflowed);
            let distinct: std::collections::BTreeSet<u64> = issues.iter().map(|(handle, ..)| *handle).collect();
            let kept: Vec<u64> = distinct.iter().copied().take(most).collect();
            prop_assert_eq!(whole.table.keys().copied().collect::<Vec<_>>(), kept);
            prop_assert_eq!(whole.overflowed, distinct.len() > most);
        }
    }
}
