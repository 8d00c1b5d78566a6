//! Sets of names of which the smallest few hundred are kept: a log may name as many as its author likes.

use serde::{Serialize, Serializer};

/// Names kept of one set.
const MOST: usize = 500;

/// A set of names. Which of too many are kept depends on the set alone, not on who came first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// In order. Most sets hold one name, of which there may be as many as there are actors: a list takes a tenth of
    /// what a tree does then.
    kept: Vec<Box<str>>,
    more: bool,
}

impl Names {
    /// Adds a name.
    pub fn see(&mut self, name: &str) {
        if let Err(place) = self.kept.binary_search_by(|kept| (**kept).cmp(name)) {
            self.insert(place, name.into());
        }
    }

    /// Set union.
    pub fn merge(&mut self, other: Names) {
        self.more |= other.more;
        for name in other.kept {
            if let Err(place) = self.kept.binary_search(&name) {
                self.insert(place, name);
            }
        }
    }

    /// How many there are; when there are more than are kept, how many are kept.
    pub fn count(&self) -> u64 {
        self.kept.len() as u64
    }

    /// Whether there are more than are kept.
    pub fn more(&self) -> bool {
        self.more
    }

    /// The names kept, in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.kept.iter().map(|name| &**name)
    }

    fn insert(&mut self, place: usize, name: Box<str>) {
        if self.kept.len() == MOST {
            self.more = true;
            if place == MOST {
                return;
            }
            self.kept.pop();
        }
        if self.kept.is_empty() {
            self.kept.reserve_exact(1);
        }
        self.kept.insert(place, name);
    }
}

/// `count`, whether there are `more`, and the names.
impl Serialize for Names {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Form<'n> {
            count: u64,
            more: bool,
            names: Vec<&'n str>,
        }
        Form { count: self.count(), more: self.more, names: self.iter().collect() }.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_does_not_depend_on_the_order() {
        let names: Vec<String> = (0..2000).map(|n| format!("n{:04}", n * 7 % 2000)).collect();
        let (mut all, mut left, mut right) = (Names::default(), Names::default(), Names::default());
        names.iter().for_each(|name| all.see(name));
        names[..900].iter().rev().for_each(|name| left.see(name));
        names[700..].iter().for_each(|name| right.see(name));
        right.merge(left);
        assert_eq!(all, right);
        assert!(all.more() && all.count() == 500 && all.iter().next() == Some("n0000"));
    }

    #[test]
    fn exactly_full_is_all() {
        let mut names = Names::default();
        (0..500).chain(0..500).for_each(|n| names.see(&n.to_string()));
        assert!(!names.more());
    }
}
