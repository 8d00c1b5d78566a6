//! The identities, drawn as a tree: who was there first, and whom each one became.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use super::page::{Filter, Page, put};
use crate::finding::View;
use crate::level::Level;
use crate::report::actors::{Actor, Actors};
use crate::report::chains::{Step, kinds, steps};
use crate::report::identity::{Identity, owner};
use crate::report::summary::counted;
use crate::report::when;
use crate::time::Timestamp;

/// Identities that are drawn.
const MOST: usize = 150;
/// Keys, sessions and addresses that an identity names; more are counted.
const NAMED: usize = 6;
/// Deeper chains are told flat.
const DEEPEST: usize = 12;

struct Tree<'t> {
    view: &'t View,
    actors: BTreeMap<&'t str, &'t Actor<'t>>,
    /// The kinds of those who did nothing that is reported.
    kinds: BTreeMap<&'t str, &'t str>,
    /// The steps that each identity took, in order of time, and which of them are not drawn yet.
    steps: BTreeMap<&'t str, Vec<&'t Step>>,
    open: BTreeMap<&'t str, Vec<&'t Step>>,
    drawn: BTreeSet<&'t str>,
}

pub(super) fn write(view: &View, actors: &Actors<'_>, page: &mut Page<'_>) -> io::Result<()> {
    put!(page, "<section id=\"chain\" aria-labelledby=\"chain-title\">\n<h2 id=\"chain-title\">Identities "
        "<small>who became whom</small></h2>\n");
    let steps = steps(view, actors);
    let mut tree = Tree {
        view,
        actors: actors.list.iter().map(|actor| (actor.key, actor)).collect(),
        kinds: kinds(view),
        steps: BTreeMap::new(),
        open: BTreeMap::new(),
        drawn: BTreeSet::new(),
    };
    for step in &steps {
        tree.steps.entry(&step.from).or_default().push(step);
    }
    tree.open.clone_from(&tree.steps);
    let roots = roots(view, actors, &steps);
    if roots.is_empty() {
        put!(page, "<p>No finding names an actor.</p>\n");
    } else {
        put!(page, "<ul class=\"tree\">\n");
        for root in &roots {
            let open = tree.open.get(root).is_some_and(|steps| !steps.is_empty());
            if tree.drawn.len() < MOST && (open || !tree.drawn.contains(root)) {
                tree.node(root, None, 0, page)?;
            }
        }
        // What lies deeper than lists may go begins anew.
        while let Some(key) = tree.next_open().filter(|_| tree.drawn.len() < MOST) {
            tree.node(key, None, 0, page)?;
        }
        put!(page, "</ul>\n");
    }
    let left = actors.list.iter().filter(|actor| !tree.drawn.contains(actor.key)).count();
    if left > 0 {
        put!(page, "<p class=\"dim\">" (counted(left as u64, "identity").replace("identitys", "identities"))
            " with nothing above low, or beyond what can be drawn, in the list below only.</p>\n");
    }
    put!(page, "</section>\n");
    Ok(())
}

/// Where the drawing begins: identities that nobody became before they acted. Those who did nothing above low and
/// became nobody are left to the list.
fn roots<'t>(view: &View, actors: &Actors<'t>, steps: &'t [Step]) -> Vec<&'t str> {
    let mut acted: BTreeMap<&str, Timestamp> = BTreeMap::new();
    let seen = actors
        .list
        .iter()
        .flat_map(|actor| actor.findings.iter().map(|at| (actor.key, view.findings[*at].first_seen)));
    for (key, time) in seen.chain(steps.iter().map(|step| (step.from.as_str(), step.time))) {
        let Some(time) = time else { continue };
        let first = acted.entry(key).or_insert(time);
        *first = time.min(*first);
    }
    let mut became: BTreeMap<&str, &Step> = BTreeMap::new();
    for step in steps {
        became.entry(&step.to).or_insert(step);
    }
    let notable = actors.list.iter().any(|actor| actor.worst >= Level::Medium);
    let grave = actors.list.iter().filter(|actor| !notable || actor.worst >= Level::Medium);
    let stepping: BTreeSet<&str> = steps.iter().map(|step| step.from.as_str()).collect();
    let all = grave.map(|actor| actor.key).filter(|key| !key.is_empty()).chain(stepping);
    let mut roots: Vec<&str> = Vec::new();
    for key in all {
        let mut at = key;
        let mut passed = BTreeSet::from([at]);
        while let Some(step) = became.get(at) {
            // Who acted before somebody became it was there of itself.
            let itself = acted.get(at).is_some_and(|first| step.time.is_none_or(|time| *first < time));
            if itself || !passed.insert(step.from.as_str()) {
                break;
            }
            at = step.from.as_str();
        }
        if !roots.contains(&at) {
            roots.push(at);
        }
    }
    roots
}

impl<'t> Tree<'t> {
    /// An identity, how it was become, what is known of it, and whom it became.
    fn node(
        &mut self,
        key: &'t str,
        step: Option<&Step>,
        depth: usize,
        page: &mut Page<'_>,
    ) -> io::Result<()> {
        let again = !self.drawn.insert(key);
        let actor = self.actors.get(key).copied();
        let identity = actor
            .map_or_else(|| Identity::of(key, self.kinds.get(key).copied()), |actor| actor.identity.clone());
        put!(page, "<li>");
        if let Some(step) = step {
            self.step(step, page)?;
        }
        put!(page, "<div class=\"node ");
        put!(page, (actor.map_or("none", |actor| actor.worst.name())) "\"><span class=\"kind\">" (identity.kind)
            "</span> ");
        match (identity.kind.as_str(), &identity.account) {
            ("account" | "root", Some(account)) => {
                put!(page, "<b>" (owner(account, &self.view.summary.vendors)) "</b>");
            }
            (_, account) => {
                put!(page, "<b>");
                page.filter_link(Filter::Text, &identity.name)?;
                put!(page, "</b>");
                if let Some(account) = account {
                    put!(page, " <span class=\"dim\">of " (owner(account, &self.view.summary.vendors)) "</span>");
                }
            }
        }
        match actor {
            _ if again => put!(page, " <span class=\"dim\">(also above)</span>"),
            Some(actor) => self.known(actor, page)?,
            None => {}
        }
        put!(page, "</div>");
        if depth >= DEEPEST {
            if self.open.get(key).is_some_and(|open| !open.is_empty()) {
                put!(page, "<p class=\"dim\">goes on below</p>");
            }
        } else {
            self.steps_of(key, step.and_then(|step| step.time), depth, page)?;
        }
        put!(page, "</li>\n");
        Ok(())
    }

    /// Whom an identity became. What it did before this way led to it belongs to somebody else, and stays open.
    fn steps_of(
        &mut self,
        key: &'t str,
        since: Option<Timestamp>,
        depth: usize,
        page: &mut Page<'_>,
    ) -> io::Result<()> {
        let open = self.open.remove(key).unwrap_or_default();
        let (steps, before): (Vec<_>, Vec<_>) =
            open.into_iter().partition(|next| since.is_none() || next.time >= since);
        self.open.insert(key, before);
        if steps.is_empty() {
            return Ok(());
        }
        put!(page, "\n<ul>\n");
        let mut done = BTreeSet::new();
        for next in steps {
            // Of several ways to one identity the first is drawn, the others are told on its line.
            if done.insert(next.to.as_str()) && self.drawn.len() < MOST {
                self.node(&next.to, Some(next), depth + 1, page)?;
            }
        }
        put!(page, "</ul>");
        Ok(())
    }

    /// Of the identities with steps that are not drawn, the one that took the first of them.
    fn next_open(&self) -> Option<&'t str> {
        let open = self.open.iter().filter_map(|(key, steps)| Some((steps.first()?.time, *key)));
        open.min().map(|(_, key)| key)
    }

    /// The steps from one identity to another, the first one with its time and place.
    fn step(&self, step: &Step, page: &mut Page<'_>) -> io::Result<()> {
        put!(page, "<p class=\"step\">");
        if let Some(time) = step.time {
            put!(page, "<time datetime=\"" (time.to_string()) "\">" (when::minute(time)) "</time> ");
        }
        put!(page, "<b>" (step.how) "</b>");
        let ways = self.steps.get(step.from.as_str()).into_iter().flatten();
        for other in ways.filter(|other| other.to == step.to && other.how != step.how) {
            put!(page, ", "(other.how));
        }
        if let Some(ip) = &step.ip {
            put!(page, " <span class=\"dim\">from</span> ");
            page.filter_link(Filter::Text, ip)?;
        }
        if let Some(key) = &step.key {
            put!(page, " <span class=\"dim\">with</span> ");
            page.filter_link(Filter::Text, key)?;
        }
        put!(page, "</p>");
        Ok(())
    }

    /// The findings, keys, sessions and addresses of an identity.
    fn known(&self, actor: &Actor<'_>, page: &mut Page<'_>) -> io::Result<()> {
        put!(page, " <span class=\"badge " (actor.worst.name()) "\">" (actor.worst.name()) "</span> <span class=\"dim\">"
            (counted(actor.findings.len() as u64, "finding")) "</span>");
        let addresses: BTreeSet<&str> =
            actor.findings.iter().filter_map(|at| self.view.findings[*at].source.ip.as_deref()).collect();
        let lists = [("keys", &actor.keys), ("sessions", &actor.sessions), ("from", &addresses)];
        if lists.iter().all(|(_, values)| values.is_empty()) {
            return Ok(());
        }
        put!(page, "<dl class=\"known\">");
        for (name, values) in lists.iter().filter(|(_, values)| !values.is_empty()) {
            put!(page, "<div><dt>" (name) "</dt> <dd>");
            for (number, value) in values.iter().take(NAMED).enumerate() {
                if number > 0 {
                    put!(page, ", ");
                }
                page.filter_link(Filter::Text, value)?;
            }
            if values.len() > NAMED {
                put!(page, " and " ((values.len() - NAMED).to_string()) " more");
            }
            put!(page, "</dd></div>");
        }
        put!(page, "</dl>");
        Ok(())
    }
}
