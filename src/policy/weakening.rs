//! A new version of a policy against the one before: what protects less than it did.

use std::collections::BTreeSet;

use super::condition::{Condition, all_imply};
use super::inclusion::{Atom, Part, Who, atoms, includes_part, includes_who, list, size};
use super::pattern::{Pattern, has_wildcard};
use super::principal::Principal;
use super::statement::{Effect, Policy, Selector, Statement};
use crate::arn::Arn;

/// Comparisons beyond which two versions are not compared in full: enough for statements of some hundred actions on some
/// dozens of resources, and a bound on what nonsense in a log may cost.
const MAX_COMPARISONS: usize = 5_000_000;

/// One way in which a new version of a policy protects less than the one before.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Weakening {
    /// What kind it is of.
    pub kind: WeakeningKind,
    /// What changed, with the values, in a short sentence without a full stop. It holds text from the policies.
    pub sentence: String,
}

/// The kinds of weakening, gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WeakeningKind {
    /// It makes an administrator, and did not ([`Policy::grants_admin`]).
    AdminGained,
    /// It lets any role be passed, and did not ([`Policy::pass_role_any`]).
    PassRoleOpened,
    /// It opens a known way to escalate that was closed ([`Policy::escalation_combos`]).
    EscalationOpened,
    /// It lets in a principal that had no access: everyone, a further account or provider, an account where only some
    /// of its identities were named.
    PrincipalWidened,
    /// A wildcard, or a NotAction, allows actions that were not allowed.
    ActionsWidened,
    /// Actions that were allowed already now reach resources through a wider pattern.
    ResourcesWidened,
    /// What was allowed under conditions is allowed without one of them, or under a weaker one.
    ConditionRemoved,
    /// A Deny is gone.
    DenyRemoved,
    /// A Deny covers less than it did, or holds under conditions only.
    DenyNarrowed,
    /// The versions are too large to compare in full.
    NotCompared,
}

impl Policy {
    /// What this version allows more loosely than `previous`, gravest first; empty when it only narrows or reorders.
    ///
    /// Statements are compared by what they allow or deny, in parts of one principal, one action and one resource,
    /// whatever statement the parts stand in. An action or resource added by its full name is growth, not weakening,
    /// unless it opens a way to escalate. Neither is a further service as principal, or a further identity of an account
    /// that is named already. A Deny that is gone counts even where nothing in this document allows what it denied:
    /// other policies of the same identity may.
    pub fn weakened_since(&self, previous: &Policy) -> Vec<Weakening> {
        let mut found = self.powers_gained(previous);
        let added = unmatched(self, previous, Effect::Allow);
        let removed = unmatched(previous, self, Effect::Deny);
        if too_large(&added, previous) || too_large(&removed, self) {
            let sentence = "the two versions are too large to compare in full".to_owned();
            found.push(Weakening { kind: WeakeningKind::NotCompared, sentence });
        } else {
            found.extend(added.iter().flat_map(|statement| allows_more(statement, previous)));
            found.extend(removed.iter().flat_map(|statement| denies_less(statement, self)));
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    fn powers_gained(&self, previous: &Policy) -> Vec<Weakening> {
        let mut found = Vec::new();
        let mut tell = |kind, sentence| found.push(Weakening { kind, sentence });
        let admin = self.grants_admin().is_granted() && !previous.grants_admin().is_granted();
        if admin {
            tell(WeakeningKind::AdminGained, "now makes an administrator".to_owned());
        }
        if self.pass_role_any().is_granted() && !previous.pass_role_any().is_granted() {
            tell(WeakeningKind::PassRoleOpened, "now allows iam:PassRole on any role".to_owned());
        }
        let before = previous.escalation_combos();
        let opened: Vec<_> =
            self.escalation_combos().into_iter().filter(|way| !before.contains(way)).collect();
        if !admin && !opened.is_empty() {
            let sentence = format!("now opens a way to escalate privileges: {}", list(opened.iter()));
            tell(WeakeningKind::EscalationOpened, sentence);
        }
        found
    }
}

/// The statements of one effect in `policy` that are not in `other` as they stand.
fn unmatched<'a>(policy: &'a Policy, other: &Policy, effect: Effect) -> Vec<&'a Statement> {
    let same = |a: &Statement, b: &Statement| {
        a.effect == b.effect
            && a.actions == b.actions
            && a.resources == b.resources
            && a.principals == b.principals
            && a.conditions == b.conditions
    };
    let is_new = |statement: &&Statement| {
        statement.effect == effect && !other.statements.iter().any(|known| same(known, statement))
    };
    policy.statements.iter().filter(is_new).collect()
}

fn too_large(statements: &[&Statement], other: &Policy) -> bool {
    let sum = |sizes: &mut dyn Iterator<Item = usize>| sizes.fold(0, usize::saturating_add);
    let ours = sum(&mut statements.iter().map(|statement| size(statement).0));
    let theirs = sum(&mut other.statements.iter().map(|statement| size(statement).1));
    ours.saturating_mul(theirs) > MAX_COMPARISONS
}

/// What of one statement's parts has changed in the same way.
#[derive(Default)]
struct Gap {
    people: BTreeSet<String>,
    actions: BTreeSet<String>,
    resources: BTreeSet<String>,
    conditions: BTreeSet<String>,
}

impl Gap {
    fn add(&mut self, atom: &Atom<'_>) {
        self.people.insert(atom.who.to_string());
        self.actions.insert(atom.action.to_string());
        self.resources.insert(atom.resource.to_string());
    }

    fn is_empty(&self) -> bool {
        self.actions.is_empty()
    }
}

fn told(gap: &Gap, kind: WeakeningKind, sentence: String) -> Option<Weakening> {
    (!gap.is_empty()).then_some(Weakening { kind, sentence })
}

fn allows_more(statement: &Statement, previous: &Policy) -> Vec<Weakening> {
    let (mut people, mut actions, mut resources, mut conditions) =
        (Gap::default(), Gap::default(), Gap::default(), Gap::default());
    for atom in atoms(statement) {
        let with_action = |old: &&Statement| includes_part(&old.actions, atom.action);
        let with_resource = |old: &&Statement| includes_part(&old.resources, atom.resource);
        let with_who = |old: &&Statement| includes_who(old.principals.as_ref(), atom.who);
        let covering: Vec<_> = previous.allowing().filter(with_action).filter(with_resource).collect();
        let same_people: Vec<_> = covering.iter().copied().filter(with_who).collect();
        if !same_people.is_empty() {
            if !same_people.iter().any(|old| all_imply(&statement.conditions, &old.conditions)) {
                conditions.add(&atom);
                let tests = same_people.iter().flat_map(|old| dropped(statement, old));
                conditions.conditions.extend(tests.map(ToString::to_string));
            }
        } else if is_newcomer(atom.who, previous) {
            people.add(&atom);
        } else if previous.allowing().filter(with_who).any(|old| with_action(&old)) {
            if is_wider(atom, previous) {
                resources.add(&atom);
            }
        } else if is_open(atom.action) && !matches!(atom.who, Who::Named(Principal::UniqueId(_))) {
            actions.add(&atom);
        }
    }
    let (who, what) = (list(people.people.iter()), list(people.actions.iter()));
    let people_told = told(&people, WeakeningKind::PrincipalWidened, format!("now lets in {who} for {what}"));
    let (what, whereto) = (list(actions.actions.iter()), list(actions.resources.iter()));
    let actions_told =
        told(&actions, WeakeningKind::ActionsWidened, format!("now allows {what} on {whereto}"));
    let (what, whereto) = (list(resources.actions.iter()), list(resources.resources.iter()));
    let wider = format!("now allows {what} on {whereto}, which is wider than before");
    let resources_told = told(&resources, WeakeningKind::ResourcesWidened, wider);
    let (what, held) = (list(conditions.actions.iter()), list(conditions.conditions.iter()));
    let free = format!("no longer holds {what} to the condition {held}");
    let conditions_told = told(&conditions, WeakeningKind::ConditionRemoved, free);
    [people_told, actions_told, resources_told, conditions_told].into_iter().flatten().collect()
}

/// The conditions of the old statement that the new one does not keep.
fn dropped<'a>(new: &'a Statement, old: &'a Statement) -> impl Iterator<Item = &'a Condition> {
    let kept = |wanted: &Condition| new.conditions.iter().any(|given| given.implies(wanted));
    old.conditions.iter().filter(move |wanted| !kept(wanted))
}

/// Whether nobody in `who` was let in before, and it is somebody whose coming weakens.
fn is_newcomer(who: Who<'_>, previous: &Policy) -> bool {
    let known = previous.allowing().any(|old| includes_who(old.principals.as_ref(), who));
    let named = |account: &str| previous.principals().iter().any(|old| old.account() == Some(account));
    match who {
        Who::Holder => false,
        Who::AllBut(_) | Who::Named(Principal::Everyone) => true,
        Who::Named(Principal::Service(_) | Principal::UniqueId(_)) => false,
        Who::Named(Principal::Account(_) | Principal::Federated(_) | Principal::CanonicalUser(_)) => !known,
        Who::Named(one @ Principal::Identity(_)) => !known && !one.account().is_some_and(named),
    }
}

/// Whether the resource takes in one that the action reached before, or leaves open which resource is meant.
fn is_wider(atom: Atom<'_>, previous: &Policy) -> bool {
    let Part::Named(pattern) = atom.resource else { return true };
    let old = previous.allowing().filter(|old| includes_part(&old.actions, atom.action));
    let takes_in = |old: &Statement| match &old.resources {
        Selector::Only(patterns) => patterns.iter().any(|narrow| pattern.covers(narrow)),
        Selector::AllBut(_) => false,
    };
    pattern.has_wildcard() && (names_nothing(pattern) || old.into_iter().any(takes_in))
}

fn is_open(action: Part<'_>) -> bool {
    match action {
        Part::Named(pattern) => pattern.has_wildcard(),
        Part::AllBut(_) => true,
    }
}

/// Whether a resource pattern tells the kind at most: `*`, `arn:aws:iam::*:role/*`, but not `arn:aws:s3:::bucket/*`.
fn names_nothing(pattern: &Pattern) -> bool {
    let only_wildcards = |text: &str| text.bytes().all(|byte| matches!(byte, b'*' | b'?'));
    match Arn::parse(pattern.as_str()) {
        Some(arn) if has_wildcard(arn.resource_head()) => arn.resource.starts_with(['*', '?']),
        Some(arn) if arn.service == "s3" => false,
        Some(arn) => arn.resource.split_once(['/', ':']).is_some_and(|(_, name)| only_wildcards(name)),
        None => pattern.as_str().starts_with('*') || pattern.as_str().starts_with("arn:"),
    }
}

fn denies_less(statement: &Statement, new: &Policy) -> Vec<Weakening> {
    let (mut gone, mut conditional, mut kept) = (Gap::default(), Gap::default(), false);
    for atom in atoms(statement) {
        let covers = |new: &&Statement| {
            includes_part(&new.actions, atom.action)
                && includes_part(&new.resources, atom.resource)
                && includes_who(new.principals.as_ref(), atom.who)
        };
        let covering: Vec<_> = new.denying().filter(covers).collect();
        // The new Deny must hold whenever the old one did.
        if covering.iter().any(|new| all_imply(&statement.conditions, &new.conditions)) {
            kept = true;
        } else if covering.is_empty() {
            gone.add(&atom);
        } else {
            conditional.add(&atom);
            let tests = covering.iter().flat_map(|deny| dropped(statement, deny));
            conditional.conditions.extend(tests.map(ToString::to_string));
        }
    }
    let narrowed = kept
        || !conditional.is_empty()
        || new.denying().any(|deny| shares(&deny.actions, &statement.actions));
    let kind = if narrowed { WeakeningKind::DenyNarrowed } else { WeakeningKind::DenyRemoved };
    let (what, whereto) = (list(gone.actions.iter()), list(gone.resources.iter()));
    let gone_told = told(&gone, kind, format!("no longer denies {what} on {whereto}"));
    let (what, whereto) = (list(conditional.actions.iter()), list(conditional.resources.iter()));
    let tests = list(conditional.conditions.iter());
    let only = format!("denies {what} on {whereto} only under the condition {tests}");
    let conditional_told = told(&conditional, WeakeningKind::DenyNarrowed, only);
    gone_told.into_iter().chain(conditional_told).collect()
}

/// Whether two selectors may have something in common.
fn shares(a: &Selector, b: &Selector) -> bool {
    match (a, b) {
        (Selector::Only(a), Selector::Only(b)) => {
            a.iter().any(|one| b.iter().any(|other| one.overlaps(other)))
        }
        _ => true,
    }
}
