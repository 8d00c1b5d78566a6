//! What a user agent or an address tells: found out once, for the record at hand and those to come.

use std::collections::HashMap;
use std::net::IpAddr;
use std::rc::Rc;

use super::agent::Agent;
use super::source::Source;
use crate::known::networks::Networks;
use crate::known::{Geo, Place};

/// More places than this are not kept: a log of a scanned service names millions of addresses.
const MOST_PLACES: usize = 50_000;

/// Nor more texts of a kind, nor longer ones: AWS cuts user agents at this length.
const MOST_TEXTS: usize = 10_000;
const LONGEST_TEXT: usize = 1 << 10;

/// What one worker has found out.
#[derive(Debug, Default)]
pub(super) struct Once {
    places: HashMap<IpAddr, Rc<Place>>,
    agents: Texts<Agent>,
    sources: Texts<Source>,
}

impl Once {
    /// What the databases tell of an address.
    pub(super) fn place(&mut self, geo: &Geo, address: IpAddr) -> Rc<Place> {
        if self.places.len() >= MOST_PLACES {
            self.places.clear();
        }
        self.places.entry(address).or_insert_with(|| Rc::new(geo.place(address))).clone()
    }

    /// What a user agent tells.
    pub(super) fn agent(&mut self, text: &str) -> Rc<Agent> {
        self.agents.of(text, Agent::of)
    }

    /// What the source of a call tells.
    pub(super) fn source(&mut self, networks: &Networks, text: &str) -> Rc<Source> {
        self.sources.of(text, |text| Source::of(networks, text))
    }
}

/// By text.
#[derive(Debug)]
struct Texts<T>(hashbrown::HashMap<Box<str>, Rc<T>>);

impl<T> Default for Texts<T> {
    fn default() -> Texts<T> {
        Texts(hashbrown::HashMap::default())
    }
}

impl<T> Texts<T> {
    fn of(&mut self, text: &str, find: impl FnOnce(&str) -> T) -> Rc<T> {
        if let Some(found) = self.0.get(text) {
            return found.clone();
        }
        let found = Rc::new(find(text));
        if text.len() <= LONGEST_TEXT {
            if self.0.len() >= MOST_TEXTS {
                self.0.clear();
            }
            self.0.insert(text.into(), found.clone());
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_out_is_not_found_out_again_and_room_is_bounded() {
        let mut texts = Texts::default();
        let mut times = 0;
        for text in ["a", "b", "a"] {
            texts.of(text, |text| {
                times += 1;
                text.len()
            });
        }
        assert_eq!(times, 2);
        (0..3 * MOST_TEXTS).for_each(|number| {
            texts.of(&number.to_string(), str::len);
            assert!(texts.0.len() <= MOST_TEXTS);
        });
        assert_eq!(*texts.of(&"x".repeat(LONGEST_TEXT + 1), str::len), LONGEST_TEXT + 1);
        assert!(texts.0.keys().all(|text| text.len() <= LONGEST_TEXT));
    }
}
