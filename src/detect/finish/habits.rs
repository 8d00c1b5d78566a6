//! Habits: what a rule sees again and again of the same actor becomes one finding at the habit's level.
//!
//! Pipelines read more broadly than any intruder, every day. Who did it on enough days over enough time does it as a
//! habit; what another rule raises (a new network, say) is told all the same.

use std::collections::{BTreeMap, BTreeSet};

use super::super::firing::{Firing, FiringKey, named_values};
use super::super::state::State;
use super::Court;
use super::episodes::{Events, absorb};
use crate::rule::{Habit, RuleIndex, When};
use crate::time::{Timespan, Timestamp};

/// By rule and actor: the days.
pub type Days = BTreeMap<(RuleIndex, Vec<Option<String>>), BTreeSet<u32>>;

/// Adds the days of these firings, and of those over events that were only learnt from.
pub(super) fn learn(court: &Court<'_>, mut past: Vec<State>, fired: &[Vec<Firing>], days: &mut Days) {
    let none: Vec<Vec<Firing>> = vec![Vec::new(); fired.len()];
    for rule in 0..fired.len() {
        let Some(habit) = &court.plan.set.rules[rule].extension.habit else { continue };
        let state = std::mem::take(&mut past[rule]);
        // What came before `since` is learnt from, whether it would be reported or not.
        let before = court.looking_back().judge(rule, state, &none, &mut None);
        for firing in before.iter().chain(&fired[rule]) {
            let who = named_values(&firing.group, &habit.by);
            days.entry((rule, who)).or_default().insert(firing.moment.day());
        }
    }
}

/// Folds the firings of habits.
pub(super) fn fold(court: &Court<'_>, days: &Days, fired: &mut [Vec<Firing>]) {
    let horizon = court.horizon().day();
    for (rule, firings) in fired.iter_mut().enumerate() {
        let of = &court.plan.set.rules[rule];
        let Some(habit) = &of.extension.habit else { continue };
        let mut usual: BTreeMap<Vec<Option<String>>, (Firing, Events)> = BTreeMap::new();
        let mut kept = Vec::new();
        // Of groups that are one actor's the earliest comes first, whatever it is called.
        firings.sort_by(|a, b| (a.moment, &a.key, &a.group).cmp(&(b.moment, &b.key, &b.group)));
        for firing in firings.drain(..) {
            let who = named_values(&firing.group, &habit.by);
            let seen = days.get(&(rule, who.clone())).filter(|days| is_habit(habit, days, horizon));
            let raised = of.extension.escalate.iter().zip(&firing.raised_by).any(|(escalation, known)| {
                let by_rule =
                    escalation.when.iter().any(|when| matches!(when, When::Rule { fired: true, .. }));
                by_rule && known.iter().all(|known| *known == Some(true))
            });
            if seen.is_none() || raised {
                kept.push(firing);
                continue;
            }
            match usual.get_mut(&who) {
                Some((one, events)) => {
                    one.first = one.first.min(firing.first);
                    one.episodes += 1;
                    absorb(one, firing, events);
                }
                None => {
                    let events = Events::of(&firing);
                    usual.insert(who, (firing, events));
                }
            }
        }
        let habits = usual
            .into_iter()
            .filter_map(|(who, (firing, _))| Some(as_habit(firing, habit, days.get(&(rule, who))?)));
        kept.extend(habits);
        *firings = kept;
    }
}

fn is_habit(habit: &Habit, days: &BTreeSet<u32>, horizon: u32) -> bool {
    let days = days.range(horizon..);
    let (Some(first), Some(last)) = (days.clone().next(), days.clone().next_back()) else { return false };
    let enough = u32::try_from(days.count()).unwrap_or(u32::MAX) >= habit.days;
    enough && Timespan::from_days(last - first) >= habit.over
}

fn as_habit(mut firing: Firing, habit: &Habit, days: &BTreeSet<u32>) -> Firing {
    let day = |day: Option<&u32>| Timestamp::of_day(day.copied().unwrap_or(0)).date();
    firing.base = habit.level;
    firing.raised_by.iter_mut().flatten().for_each(|known| *known = Some(false));
    firing.why.push(format!(
        "a habit: on {} days from {} to {} (at least {} days over {})",
        days.len(),
        day(days.first()),
        day(days.last()),
        habit.days,
        habit.over.max(Timespan::from_secs(1)).human(),
    ));
    firing.key = FiringKey::Habit;
    firing
}
