//! The techniques of MITRE ATT&CK (Enterprise, v18) that rules name: id, name, tactics.

/// The tactics in the order of the matrix, as Sigma's tags spell them, with their names.
pub const TACTICS: [(&str, &str); 14] = [
    ("reconnaissance", "Reconnaissance"),
    ("resource-development", "Resource Development"),
    ("initial-access", "Initial Access"),
    ("execution", "Execution"),
    ("persistence", "Persistence"),
    ("privilege-escalation", "Privilege Escalation"),
    ("defense-evasion", "Defense Evasion"),
    ("credential-access", "Credential Access"),
    ("discovery", "Discovery"),
    ("lateral-movement", "Lateral Movement"),
    ("collection", "Collection"),
    ("command-and-control", "Command and Control"),
    ("exfiltration", "Exfiltration"),
    ("impact", "Impact"),
];

/// The release of ATT&CK that ids and names are of.
pub const VERSION: &str = "18";

/// A technique or sub-technique.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Technique {
    /// `T1078.004`
    pub id: &'static str,
    /// `Valid Accounts: Cloud Accounts`
    pub name: &'static str,
    /// Comma-separated, as [`TACTICS`] spells them.
    tactics: &'static str,
}

impl Technique {
    /// The tactics it serves.
    pub fn tactics(&self) -> impl Iterator<Item = &'static str> {
        self.tactics.split(',')
    }
}

/// All techniques that are known by name, by id.
pub fn techniques() -> impl Iterator<Item = Technique> {
    include_str!("attack.tsv").lines().filter_map(|line| {
        let mut cells = line.split('\t');
        Some(Technique { id: cells.next()?, name: cells.next()?, tactics: cells.next()? })
    })
}

/// The technique that a Sigma tag such as `attack.t1078.004` names; `None` for a tag that is no technique, or one
/// that is not in the table.
pub fn of_tag(tag: &str) -> Option<Technique> {
    technique(&id_of(tag)?)
}

/// The technique with an id such as `T1078.004`, if it is in the table.
pub fn technique(id: &str) -> Option<Technique> {
    techniques().find(|technique| technique.id == id)
}

/// The technique id in a Sigma tag, whether it is known or not.
pub fn id_of(tag: &str) -> Option<String> {
    let id = tag.to_ascii_uppercase();
    let id = id.strip_prefix("ATTACK.")?;
    let digits = id.strip_prefix('T')?;
    digits.starts_with(|c: char| c.is_ascii_digit()).then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_its_tactics_exist() {
        let all: Vec<Technique> = techniques().collect();
        assert_eq!(all.len(), include_str!("attack.tsv").lines().count());
        assert!(all.windows(2).all(|pair| pair[0].id < pair[1].id));
        for technique in all {
            for tactic in technique.tactics() {
                assert!(TACTICS.iter().any(|(known, _)| *known == tactic), "{technique:?}");
            }
        }
    }

    #[test]
    fn tags_are_read() {
        assert_eq!(of_tag("attack.t1078.004").unwrap().name, "Valid Accounts: Cloud Accounts");
        assert_eq!(id_of("attack.t9999").as_deref(), Some("T9999"));
        for tag in ["attack.persistence", "attack.ta0003", "cve.2020-1", "t1078"] {
            assert_eq!((of_tag(tag), id_of(tag)), (None, None), "{tag}");
        }
    }
}
