//! What keeps a run from telling all it could, in words: what was asked for alone, and how rules were bent.

use super::summary::counted;
use crate::finding::{Run, View};

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

/// What was asked for alone, and what that left out; `None` if all was told.
fn narrowed(view: &View) -> Option<String> {
    if view.run.only.is_empty() {
        return None;
    }
    let below: u64 = view.summary.below_level.values().sum();
    let verb = if below == 1 { "is" } else { "are" };
    let left = if below > 0 {
        format!("; {} {verb} below that level", counted(below, "finding"))
    } else {
        String::new()
    };
    Some(format!("This tells only of {}{left}", view.run.only.join(", ")))
}

/// The sentences that reports say of it.
pub(super) fn caveats(view: &View) -> Vec<String> {
    let bent = bent(&view.run).map(|bent| format!("{bent} by {}", view.run.config.join(" over ")));
    narrowed(view).into_iter().chain(bent).map(|told| format!("{told}.")).collect()
}
