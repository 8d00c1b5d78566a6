//! The configuration file: `trailsift.toml`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use ipnet::IpNet;
use regex::Regex;
use serde::Deserialize;

use crate::known::{Accounts, Known, Networks, PrivilegedRoles};
use crate::rule::RuleSettings;
use crate::text::is_account_id;
use crate::time::Timestamp;

/// A commented example.
pub const EXAMPLE: &str = include_str!("example.toml");

/// The file as written. An unknown key is an error: a misspelt one would silently do nothing.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Accounts that are one's own, besides those whose trails are read.
    pub own_accounts: Option<BTreeSet<String>>,
    /// Other accounts of the organization.
    pub organization_accounts: Option<BTreeSet<String>>,
    /// Accounts of vendors, by id.
    pub vendors: Option<BTreeMap<String, String>>,
    /// Where calls come from.
    pub networks: Option<NetworksConfig>,
    /// VPC endpoints that are one's own.
    pub vpc_endpoints: Option<BTreeSet<String>>,
    /// Regular expressions that role session names follow.
    pub session_names: Option<Vec<String>>,
    /// Which roles are privileged.
    pub roles: Option<RolesConfig>,
    /// Lists for the `expand` modifier, by name.
    pub lists: Option<BTreeMap<String, Vec<String>>>,
    /// Geo databases in MaxMind's format.
    pub geoip: Option<Vec<PathBuf>>,
    /// Settings of single rules, by name.
    pub rules: Option<BTreeMap<String, RuleSettings>>,
    /// Findings that are known to be harmless.
    pub suppress: Option<Vec<Suppression>>,
}

/// Networks by purpose.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NetworksConfig {
    /// Offices, VPNs, NAT gateways: name and blocks.
    pub known: BTreeMap<String, Vec<IpNet>>,
    /// Where CI jobs run.
    pub ci: Vec<IpNet>,
}

/// Which roles are privileged.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RolesConfig {
    /// Regular expressions of privileged roles' names.
    pub privileged: Vec<String>,
    /// Regular expressions of roles that are not, whatever their name suggests.
    pub ordinary: Vec<String>,
    /// Whether the built-in words (admin, poweruser ...) count; they do by default.
    pub builtin: Option<bool>,
}

/// Findings that are known to be harmless.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suppression {
    /// The rule's name; `*` for all.
    pub rule: String,
    /// Fields of the finding and the values they must have, with `*` and `?`.
    #[serde(default, rename = "match")]
    pub fields: BTreeMap<String, String>,
    /// Why they are harmless.
    pub reason: String,
    /// The day from which on they are reported again.
    pub expires: Option<Day>,
}

/// A date, quoted or not.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Day {
    /// A TOML date.
    Date(toml::value::Datetime),
    /// A date as text.
    Text(String),
}

impl Day {
    /// The date as text.
    pub fn text(&self) -> String {
        match self {
            Day::Date(date) => date.to_string(),
            Day::Text(text) => text.clone(),
        }
    }

    /// When it begins; `None` if it is no date.
    pub fn begins(&self) -> Option<Timestamp> {
        Timestamp::parse(&self.text())
    }
}

/// What is wrong with a configuration file.
#[derive(Debug, thiserror::Error)]
#[error("{}: {reason}", path.display())]
pub struct ConfigError {
    /// The file.
    pub path: PathBuf,
    /// Place, what was expected, the nearest name.
    pub reason: String,
}

impl Config {
    /// Reads a file.
    pub fn read(path: &Path) -> Result<Config, ConfigError> {
        let wrong = |reason: String| ConfigError { path: path.to_owned(), reason };
        let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
        let config: Config = toml::from_str(&text).map_err(|error| wrong(explained(&error.to_string())))?;
        config.check().map_err(wrong)?;
        Ok(config.beside(path))
    }

    /// Paths in a file are meant from the file's folder.
    fn beside(mut self, path: &Path) -> Config {
        if let Some(folder) = path.parent() {
            for file in self.geoip.iter_mut().flatten() {
                *file = folder.join(&*file);
            }
        }
        self
    }

    fn check(&self) -> Result<(), String> {
        let listed =
            [("own_accounts", &self.own_accounts), ("organization_accounts", &self.organization_accounts)];
        let listed = listed.into_iter().flat_map(|(key, all)| all.iter().flatten().map(move |id| (key, id)));
        let vendors = self.vendors.iter().flat_map(BTreeMap::keys).map(|id| ("vendors", id));
        if let Some((key, id)) = listed.chain(vendors).find(|(_, id)| !is_account_id(id)) {
            return Err(format!("{key}: `{id}` is no account id: expected twelve digits in quotes"));
        }
        if let Some(id) = self.vpc_endpoints.iter().flatten().find(|id| !id.starts_with("vpce-")) {
            return Err(format!("vpc_endpoints: `{id}` is no endpoint: expected one such as vpce-0a1b2c3d"));
        }
        for (at, suppression) in self.suppress.iter().flatten().enumerate() {
            let rule = &suppression.rule;
            if rule != "*" && rule.contains(['*', '?']) {
                return Err(format!(
                    "suppress entry {}: `{rule}` is no rule: name one, or `*` for all of them with a `match`",
                    at + 1
                ));
            }
            let of_source =
                ["source.ip", "addresses"].iter().filter_map(|field| suppression.fields.get(*field));
            if let Some(net) = of_source.into_iter().find(|value| value.parse::<ipnet::IpNet>().is_ok()) {
                return Err(format!(
                    "suppress entry {}: addresses are compared as texts, `{net}` with none: write one such as 192.0.2.*",
                    at + 1
                ));
            }
            if suppression.expires.as_ref().is_some_and(|day| day.begins().is_none()) {
                return Err(format!("suppress entry {}: `expires` is no date: expected 2027-01-31", at + 1));
            }
            if suppression.reason.trim().is_empty() {
                return Err(format!(
                    "suppress entry {}: `reason` is empty: say why these are harmless",
                    at + 1
                ));
            }
            if suppression.rule == "*" && suppression.fields.is_empty() {
                return Err(format!(
                    "suppress entry {}: it would suppress everything; name a rule or a `match`",
                    at + 1
                ));
            }
        }
        Ok(())
    }

    /// This configuration, with what it leaves open taken from another.
    #[must_use]
    pub fn over(self, other: Config) -> Config {
        Config {
            own_accounts: self.own_accounts.or(other.own_accounts),
            organization_accounts: self.organization_accounts.or(other.organization_accounts),
            vendors: self.vendors.or(other.vendors),
            networks: self.networks.or(other.networks),
            vpc_endpoints: self.vpc_endpoints.or(other.vpc_endpoints),
            session_names: self.session_names.or(other.session_names),
            roles: self.roles.or(other.roles),
            lists: self.lists.or(other.lists),
            geoip: self.geoip.or(other.geoip),
            rules: self.rules.or(other.rules),
            suppress: self.suppress.or(other.suppress),
        }
    }

    /// What rules and findings need to know of it. Databases are opened separately.
    pub fn known(&self) -> Result<Known, String> {
        let regexes = |list: &[String], what: &str| -> Result<Vec<Regex>, String> {
            let compile = |text: &String| {
                Regex::new(text)
                    .map_err(|error| format!("{what}: `{text}` is no regular expression: {error}"))
            };
            list.iter().map(compile).collect()
        };
        let networks = self.networks.clone().unwrap_or_default();
        let blocks = networks
            .known
            .into_iter()
            .flat_map(|(name, blocks)| blocks.into_iter().map(move |net| (name.clone(), net)));
        let roles = self.roles.clone().unwrap_or_default();
        Ok(Known {
            accounts: Accounts {
                own: self.own_accounts.clone().unwrap_or_default(),
                organization: self.organization_accounts.clone().unwrap_or_default(),
                vendors: self.vendors.clone().unwrap_or_default(),
            },
            networks: Networks { known: blocks.collect(), ci: networks.ci },
            vpc_endpoints: self.vpc_endpoints.clone().unwrap_or_default(),
            roles: PrivilegedRoles {
                patterns: regexes(&roles.privileged, "roles.privileged")?,
                exceptions: regexes(&roles.ordinary, "roles.ordinary")?,
                builtin: roles.builtin.unwrap_or(true),
            },
            session_names: regexes(self.session_names.as_deref().unwrap_or_default(), "session_names")?,
            geo: None,
        })
    }
}

/// Adds the nearest name to serde's `unknown field` message.
fn explained(message: &str) -> String {
    let message = message.trim_end();
    if message.contains("| [suppress]") {
        return format!("{message}\nwrite `[[suppress]]`, once for each entry");
    }
    let Some((_, rest)) = message.split_once("unknown field `") else { return message.to_owned() };
    let Some((got, rest)) = rest.split_once('`') else { return message.to_owned() };
    let names: Vec<&str> = rest.split('`').skip(1).step_by(2).collect();
    match crate::text::nearest(got, names) {
        Some(near) => format!("{message}\ndid you mean `{near}`?"),
        None => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Config, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        Config::read(file.path()).map_err(|error| error.reason)
    }

    #[test]
    fn every_key_is_read() {
        let config = read(include_str!("example.toml")).unwrap();
        let known = config.known().unwrap();
        assert!(!known.networks.known.is_empty() && !known.accounts.own.is_empty());
        assert!(config.suppress.is_some() && config.rules.is_some() && config.lists.is_some());
    }

    #[test]
    fn slips_are_pointed_at() {
        let error = read("own_acounts = []\n").unwrap_err();
        assert!(error.contains("line 1") && error.contains("did you mean `own_accounts`?"), "{error}");
        for slip in ["own_accounts = ['12']", "organization_accounts = ['12']", "vendors = {'12' = 'x'}"] {
            let (key, _) = slip.split_once(' ').unwrap();
            let expected = format!("{key}: `12` is no account id: expected twelve digits in quotes");
            assert_eq!(read(slip).unwrap_err(), expected);
        }
        assert!(read("[networks]\nci = ['10.0.0/8']").is_err());
        for (slip, expected) in [
            (
                "vpc_endpoints = ['vpc-12']",
                "vpc_endpoints: `vpc-12` is no endpoint: expected one such as vpce-0a1b2c3d",
            ),
            ("[[suppress]]\nrule = '*'\nreason = 'x'", "suppress everything"),
            ("[[suppress]]\nrule = 'a'\nreason = 'x'\nexpires = 'soon'", "no date"),
            ("[suppress]\nrule = 'a'\nreason = 'x'", "write `[[suppress]]`, once for each entry"),
            (
                "[[suppress]]\nrule = 'a-*'\nreason = 'x'",
                "suppress entry 1: `a-*` is no rule: name one, or `*` for all",
            ),
            (
                "[[suppress]]\nrule = 'a'\nreason = 'x'\nmatch = {'source.ip' = '192.0.2.0/24'}",
                "suppress entry 1: addresses are compared as texts, `192.0.2.0/24` with none",
            ),
        ] {
            let error = read(slip).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }
}
