//! Ordinary life, one file for each kind of actor. It must look real, and leave a good detector quiet.
//!
//! What recurs, recurs within six days: identities, networks, roles, Regions and services are all met in the first
//! week and never out of sight for longer than a week, but for what [`NOVELTIES`] lists.

pub(crate) mod apps;
pub(crate) mod backup;
pub(crate) mod care;
pub(crate) mod changes;
pub(crate) mod ci;
pub(crate) mod logins;
pub(crate) mod people;
pub(crate) mod services;
pub(crate) mod terraform;
pub(crate) mod users;
pub(crate) mod vendors;

use crate::clock::Span;
use crate::org::Org;
use crate::outbox::Outbox;
use crate::people::{JOINS, TRIP};

/// What is new and harmless: the day it is first seen, who, and what.
pub(crate) const NOVELTIES: [(u32, &str, &str); 8] = [
    (
        8,
        "terraform-apply",
        "creates the policy payments-deploy; later others of least privilege, and new versions",
    ),
    (9, "terraform-apply", "creates the role preview-env-migrate, which only ECS tasks may take over"),
    (11, "priya.raman", "makes a new access key for herself, then switches off and deletes the old one"),
    (JOINS, "felix.moreau@example.com", "starts to work, from the office and later from home"),
    (changes::REFUNDS, "refunds-worker", "a new service with a new role, policy and secret"),
    (16, "grace.ndiaye@example.com", "synchronizes the MFA device of priya.raman"),
    (TRIP, "grace.ndiaye@example.com", "works from a hotel for a day"),
    (0, "report-builder", "is refused a parameter several times a day, all month"),
];

/// All actors but the workloads, whose share is what the others leave.
pub(crate) fn act(org: &Org, span: Span, out: &mut Outbox<'_>) {
    people::act(org, span, out);
    users::act(org, span, out);
    logins::act(org, span, out);
    ci::act(org, span, out);
    services::act(org, span, out);
    vendors::act(org, span, out);
    backup::act(org, span, out);
    apps::misconfigured(org, span, out);
}
