//! `policy_weakened`: each version of a policy against the one before it in the logs.

use super::super::firing::Firing;
use super::super::hits::Hit;
use super::super::intern::KeyId;
use super::super::state::Map;
use super::Court;
use crate::rule::{Correlation, RuleIndex};

pub(super) fn finish(
    court: &Court<'_>,
    rule: RuleIndex,
    correlation: &Correlation,
    state: Map<KeyId, Vec<(Hit, KeyId)>>,
) -> Vec<Firing> {
    let _ = (court, rule, correlation, state);
    Vec::new()
}
