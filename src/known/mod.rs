//! What is known before any log is read: whose accounts, networks and roles are whose.

pub mod accounts;
pub mod attack;
pub mod geo;
pub mod networks;

pub use accounts::{Accounts, Vendor};
pub use geo::{Geo, GeoError, Place};
pub use networks::{Networks, SourceClass};

use std::collections::BTreeSet;

use regex::Regex;

/// Everything the owner configured, over what is compiled in.
#[derive(Debug, Default)]
pub struct Known {
    /// Own, organization and vendor accounts.
    pub accounts: Accounts,
    /// Known networks and CI networks.
    pub networks: Networks,
    /// VPC endpoints that are known to be one's own.
    pub vpc_endpoints: BTreeSet<String>,
    /// Which roles are privileged.
    pub roles: PrivilegedRoles,
    /// Conventions that role session names follow; none configured when empty.
    pub session_names: Vec<Regex>,
    /// The user's own geo databases.
    pub geo: Option<Geo>,
}

/// Tells privileged roles by their name.
#[derive(Debug)]
pub struct PrivilegedRoles {
    /// Configured patterns; a match makes a role privileged.
    pub patterns: Vec<Regex>,
    /// Configured exceptions; a match makes it ordinary, whatever else says so.
    pub exceptions: Vec<Regex>,
    /// Whether the built-in words count.
    pub builtin: bool,
}

impl Default for PrivilegedRoles {
    fn default() -> Self {
        PrivilegedRoles { patterns: Vec::new(), exceptions: Vec::new(), builtin: true }
    }
}

/// Parts of role names that stand for far-reaching rights: AWS's own cross-account administration roles, and the
/// words people use.
const PRIVILEGED_WORDS: [&str; 13] = [
    "admin",
    "poweruser",
    "power-user",
    "fullaccess",
    "full-access",
    "superuser",
    "breakglass",
    "break-glass",
    "rootrole",
    "organizationaccountaccessrole",
    "awscontroltowerexecution",
    "stacksets-exec",
    "emergency",
];

impl PrivilegedRoles {
    /// Whether the role with this name or ARN is privileged. The path counts as part of the name.
    pub fn is_privileged(&self, role: &str) -> bool {
        let name = role.split_once(":role/").map_or(role, |(_, name)| name);
        if self.exceptions.iter().any(|pattern| pattern.is_match(name)) {
            return false;
        }
        if self.patterns.iter().any(|pattern| pattern.is_match(name)) {
            return true;
        }
        let lower = name.to_ascii_lowercase();
        self.builtin && PRIVILEGED_WORDS.iter().any(|word| lower.contains(word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn privileged_roles_by_word_pattern_and_exception() {
        let mut roles = PrivilegedRoles::default();
        assert!(roles.is_privileged("arn:aws:iam::111122223333:role/OrganizationAccountAccessRole"));
        assert!(roles.is_privileged("AWSReservedSSO_AdministratorAccess_0123456789abcdef"));
        assert!(!roles.is_privileged("arn:aws:iam::111122223333:role/billing-reader"));
        roles.patterns.push(Regex::new("^billing-").unwrap());
        roles.exceptions.push(Regex::new("ReadOnlyAdmin").unwrap());
        assert!(roles.is_privileged("arn:aws:iam::111122223333:role/billing-reader"));
        assert!(!roles.is_privileged("ReadOnlyAdmin"));
    }
}
