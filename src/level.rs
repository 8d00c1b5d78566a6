//! Sigma's five levels.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How much a finding matters, lowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Context for other findings.
    Informational,
    /// Notable, rarely an incident by itself.
    Low,
    /// To be looked at.
    Medium,
    /// To be looked at now.
    High,
    /// An incident until shown otherwise.
    Critical,
}

impl Level {
    /// All levels, lowest first.
    pub const ALL: [Level; 5] =
        [Level::Informational, Level::Low, Level::Medium, Level::High, Level::Critical];

    /// The level's name.
    pub const fn name(self) -> &'static str {
        match self {
            Level::Informational => "informational",
            Level::Low => "low",
            Level::Medium => "medium",
            Level::High => "high",
            Level::Critical => "critical",
        }
    }

    /// The next lower level; informational stays.
    pub fn lowered(self) -> Level {
        Level::ALL[(self as usize).saturating_sub(1)]
    }

    /// The next higher level; critical stays.
    pub fn raised(self) -> Level {
        Level::ALL[(self as usize + 1).min(Level::ALL.len() - 1)]
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A text that names no level.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected one of informational, low, medium, high, critical")]
pub struct UnknownLevel;

impl FromStr for Level {
    type Err = UnknownLevel;

    /// Reads a level's name in any case; `info` is understood too.
    fn from_str(text: &str) -> Result<Level, UnknownLevel> {
        let text = text.trim();
        if text.eq_ignore_ascii_case("info") {
            return Ok(Level::Informational);
        }
        Level::ALL.into_iter().find(|level| level.name().eq_ignore_ascii_case(text)).ok_or(UnknownLevel)
    }
}
