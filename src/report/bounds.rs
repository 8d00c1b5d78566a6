//! What keeps a run from telling all it could, in words: what the configuration made of its rules.

use super::summary::counted;
use crate::finding::Run;

/// What the configuration made of the rules; `None` if it left them alone.
pub fn bent(run: &Run) -> Option<String> {
    let told = [
        (&run.rules_off, "rule", "switched off"),
        (&run.levels_changed, "level", "changed"),
        (&run.limits_changed, "rule", "with other limits"),
    ];
    let told: Vec<String> = told
        .into_iter()
        .filter(|(rules, ..)| !rules.is_empty())
        .map(|(rules, what, how)| format!("{} {how}", counted(rules.len() as u64, what)))
        .collect();
    (!told.is_empty()).then(|| told.join(", "))
}

/// The sentences that reports say of it.
pub(super) fn caveats(run: &Run) -> Vec<String> {
    bent(run).into_iter().map(|bent| format!("{bent} by {}.", run.config.join(" over "))).collect()
}
