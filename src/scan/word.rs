//! The words of a message that are no fields.

/// Something about the finding that a message can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    Principal,
    Account,
    Region,
    Source,
    /// It, and whatever else the calls came from, in a sequence, too.
    Sources,
    Target,
    Count,
    Term,
    Scope,
    Novelty,
    /// What the condition of this number counted, from 0: `observed`, `observed.2`, ...
    Observed(usize),
    Weakening,
    /// How many of the calls were refused; nothing where none was.
    Refused,
    /// `asked for`, where some call was refused; nothing where none was.
    Asked,
}

const WORDS: [(&str, Word); 14] = [
    ("principal", Word::Principal),
    ("account", Word::Account),
    ("region", Word::Region),
    ("source", Word::Source),
    ("sources", Word::Sources),
    ("target", Word::Target),
    ("count", Word::Count),
    ("term", Word::Term),
    ("scope", Word::Scope),
    ("novelty", Word::Novelty),
    ("observed", Word::Observed(0)),
    ("weakening", Word::Weakening),
    ("refused", Word::Refused),
    ("asked", Word::Asked),
];

/// The words of a message that are no fields, as rules spell them.
pub fn words() -> [&'static str; WORDS.len()] {
    WORDS.map(|(name, _)| name)
}

impl Word {
    /// The word of this name; `None` for fields.
    pub(super) fn parse(name: &str) -> Option<Word> {
        if let Some(number) = name.strip_prefix("observed.") {
            return Some(Word::Observed(number.parse::<usize>().ok()?.checked_sub(1)?));
        }
        WORDS.iter().find(|(word, _)| *word == name).map(|(_, word)| *word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_told_from_fields() {
        for (name, word) in [
            ("term", Some(Word::Term)),
            ("observed", Some(Word::Observed(0))),
            ("observed.1", Some(Word::Observed(0))),
            ("observed.12", Some(Word::Observed(11))),
            ("observed.0", None),
            ("observed.x", None),
            ("eventName", None),
            ("Term", None),
        ] {
            assert_eq!(Word::parse(name), word, "{name}");
        }
    }
}
