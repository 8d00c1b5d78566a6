//! trailsift: who abused an identity in this CloudTrail bucket, when, and how do we know?
//!
//! # The flow
//!
//! ```text
//!            rules/*.yml ──rule──┐
//!  files ──input──▶ event ──▶ detect ──▶ (merge) ──▶ finish ──▶ scan ──▶ finding ──▶ report
//!  digest chain,    slots,     a shard     shards      counts,    titles,   the view    table, json,
//!  wrappers,        no Value   of states   of all      windows,   evidence              html, ...
//!  damage                      per worker  workers     order
//! ```
//!
//! - [`input`] finds files and turns whatever they hold into records, with damage reported, in bounded memory.
//! - [`event`] reads of a record only the fields that some active rule names, into slots.
//! - [`rule`] reads Sigma rules; [`detect`] compiles them into a plan and feeds events into states that can be merged.
//!   Order, windows and counts exist only in its `finish`.
//! - [`mod@derive`] computes the `derived.*` fields, with [`policy`] reading IAM policies and [`known`] telling vendors
//!   and networks.
//! - [`scan`] runs all of that over files and dresses what fired as [`finding`]s; [`report`] writes a finished view.
//! - [`activity`] looks on during a scan and tells who was active; [`explain`] tells why rules did or did not fire,
//!   [`trace`] where a credential came from and what it became.
//! - [`baseline`] keeps what was learnt in a file, [`triage`] which findings somebody has looked at; [`config`] reads
//!   `trailsift.toml`.
//! - [`verify`] holds a copy of a trail against CloudTrail's digest files, without reading an event.
//! - At the ground: [`time`], [`level`], [`outcome`] and [`text`].
//!
//! # A scan
//!
//! ```
//! use std::sync::Arc;
//! use trailsift::detect::{Choice, Plan};
//! use trailsift::scan::{self, Silent, Unopened};
//! use trailsift::{derive, input, known::Known, rule};
//!
//! let derived = derive::FIELDS.iter().map(|field| field.name).collect();
//! let rules = rule::load(&[rule::builtin()], &rule::Options { derived, ..rule::Options::default() })?;
//! let plan = Plan::new(Arc::new(rules), Arc::new(Known::default()), Choice::default())?;
//!
//! let found = input::discover(&["testdata/demo".into()], &mut std::io::empty())?;
//! let options = scan::Options::default();
//! let collected = scan::collect(&plan, &found.sources, &options, &Silent);
//! let concluded =
//!     scan::conclude(&plan, collected, &found.sources, Unopened::default(), &[], &options, &Silent)?;
//! assert!(concluded.view.findings.iter().any(|finding| finding.rule.name == "cloudtrail-stopped"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The law
//!
//! A run is a function of the set of events, the rules, the configuration and the baseline: neither the order of
//! files and records, nor copies, nor the split into files and folders, nor compression, nor the number of threads may
//! change a byte of the findings. `tests/laws.rs` holds every state to it, `tests/oracle.rs` holds every state to a
//! naive evaluation of its definition, and `tests/walls.rs` keeps the rooms apart.

pub mod activity;
mod arn;
pub mod baseline;
pub mod config;
mod crew;
pub mod derive;
pub mod detect;
pub mod event;
pub mod explain;
pub mod finding;
pub mod input;
pub mod known;
pub mod level;
mod named;
pub mod outcome;
pub mod policy;
pub mod report;
pub mod rule;
pub mod scan;
pub mod text;
pub mod time;
pub mod trace;
pub mod triage;
pub mod verify;
