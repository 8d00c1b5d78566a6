//! trailsift: who abused an identity in this CloudTrail bucket, when, and how do we know?

pub mod baseline;
pub mod config;
pub mod derive;
pub mod detect;
pub mod event;
pub mod finding;
pub mod input;
pub mod known;
pub mod level;
pub mod policy;
pub mod report;
pub mod rule;
pub mod scan;
pub mod text;
pub mod time;
pub mod triage;
