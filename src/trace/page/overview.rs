//! The first screen: what the id means, how it came to be, and what came of it in numbers.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use super::{Drawn, class, some, worst};
use crate::finding::View;
use crate::level::Level;
use crate::report::html::page::{Page, put};
use crate::report::html::shell::caveats;
use crate::report::identity::owner;
use crate::report::summary::{counted, grouped};
use crate::report::when;
use crate::trace::told::{identity, label, session, total, used};
use crate::trace::{Action, Node, Trace};

/// Ways that are told, values that are listed.
const WAYS: usize = 8;
const NAMED: usize = 20;

pub(super) fn write(trace: &Trace, view: &View, drawn: &Drawn<'_>, page: &mut Page<'_>) -> io::Result<()> {
    let traced: Vec<&Node> = drawn.nodes().filter(|node| node.traced).collect();
    put!(page, "<section class=\"overview\" aria-labelledby=\"headline\">\n<h1 id=\"headline\">Trace of " (trace.id) "</h1>\n"
        "<p class=\"lead\">" (lead(trace, &traced)) "</p>\n");
    if view.run.rules > 0 {
        levels(&traced, page)?;
    }
    ways(trace, drawn, page)?;
    facts(trace, &traced, page)?;
    caveats(&trace.notes, "", page)?;
    put!(page, "</section>\n");
    Ok(())
}

/// How many credentials, how many calls, when.
fn lead(trace: &Trace, traced: &[&Node]) -> String {
    let sum = |of: fn(&Action) -> u64| trace.actions.iter().map(of).sum::<u64>();
    let calls = sum(total);
    let mut text = format!("{} meant", are(trace.credentials, "credential"));
    let more = (traced.len() as u64).saturating_sub(trace.credentials);
    if more > 0 {
        let them = if trace.credentials == 1 { "it" } else { "them" };
        text.push_str(&format!(", {} came of {them}", grouped(more)));
    }
    match calls {
        0 => text.push_str(". No call made with them is in the logs"),
        _ => text.push_str(&format!(". {} in all", counted(calls, "call"))),
    }
    for (count, what) in [(sum(|action| action.denied), "denied"), (sum(|action| action.failed), "failed")] {
        if count > 0 {
            text.push_str(&format!(", {} {what}", grouped(count)));
        }
    }
    if let Some((first, last)) = used(traced.iter().copied()) {
        text.push_str(&format!(", {}", when::span(first, last)));
    }
    text + "."
}

fn are(count: u64, what: &str) -> String {
    format!("{} {}", counted(count, what), if count == 1 { "is" } else { "are" })
}

/// Findings of each level on what is traced.
fn levels(traced: &[&Node], page: &mut Page<'_>) -> io::Result<()> {
    put!(page, "<ul class=\"tiles\">");
    for level in Level::ALL.into_iter().rev() {
        let count =
            traced.iter().flat_map(|node| &node.findings).filter(|found| found.level == level).count();
        put!(page, "<li class=\"tile " (level.name()) "\"><a href=\"#findings\"><b>" (grouped(count as u64)) "</b> "
            (level.name()) "</a></li>");
    }
    put!(page, "</ul>\n");
    Ok(())
}

/// For what is meant, the ways that led there; the same way by many credentials is told once.
fn ways(trace: &Trace, drawn: &Drawn<'_>, page: &mut Page<'_>) -> io::Result<()> {
    let mut ways: Vec<(Vec<&Node>, u64)> = Vec::new();
    let mut places: BTreeMap<Vec<String>, usize> = BTreeMap::new();
    let mut path = Vec::new();
    for root in &trace.roots {
        walk(root, &mut path, &mut |path| {
            // Names of sessions are often made up anew each time.
            let told: Vec<String> = path.iter().map(|node| label(node, &trace.vendors, "of")).collect();
            match places.get(&told) {
                Some(place) => ways[*place].1 += 1,
                None => {
                    places.insert(told, ways.len());
                    ways.push((path.to_vec(), 1));
                }
            }
        });
    }
    put!(page, "<h2>How it came to be</h2>\n<ul class=\"ways\">\n");
    for (way, count) in ways.iter().take(WAYS) {
        put!(page, "<li><ol class=\"chain\">");
        for node in way {
            put!(page, "<li>");
            drawn.link(node, &step(node, trace, *count), page)?;
            put!(page, "</li>");
        }
        put!(page, "</ol>");
        if *count > 1 {
            put!(page, " <span class=\"dim\">" (grouped(*count)) " times</span>");
        }
        if let Some(origin) = way.first().and_then(|node| node.origin.as_deref()) {
            put!(page, " <span class=\"dim\">begins with " (origin) "</span>");
        }
        put!(page, "</li>\n");
    }
    if ways.len() > WAYS {
        put!(page, "<li class=\"dim\">" (grouped((ways.len() - WAYS) as u64)) " more ways, see <a href=\"#chain\">the chain</a></li>\n");
    }
    put!(page, "</ul>\n");
    Ok(())
}

/// Every way from a root to what is meant itself.
fn walk<'t>(node: &'t Node, path: &mut Vec<&'t Node>, found: &mut dyn FnMut(&[&'t Node])) {
    path.push(node);
    if node.meant {
        found(path);
    } else {
        node.children.iter().for_each(|child| walk(child, path, found));
    }
    path.pop();
}

/// A credential on the way: whose it is, with the session's name if it is the only one.
fn step(node: &Node, trace: &Trace, count: u64) -> String {
    let who = label(node, &trace.vendors, "of");
    match session(node, &who).filter(|_| count == 1) {
        Some(session) => format!("{who} (session {session})"),
        None => who,
    }
}

fn facts(trace: &Trace, traced: &[&Node], page: &mut Page<'_>) -> io::Result<()> {
    let set = |values: &mut dyn Iterator<Item = String>| values.collect::<BTreeSet<String>>();
    let accounts = set(&mut traced.iter().filter_map(|node| identity(node).account));
    let any = |more: fn(&Node) -> bool| traced.iter().any(|node| more(node));
    let addresses = set(&mut traced.iter().flat_map(|node| node.addresses.iter().cloned()));
    let networks = set(&mut traced.iter().flat_map(|node| node.networks.iter().cloned()));
    let facts = [
        ("Addresses", addresses, any(|node| node.more_addresses)),
        ("Networks", networks, any(|node| node.more_networks)),
        ("Accounts", accounts.iter().map(|account| owner(account, &trace.vendors)).collect(), false),
    ];
    put!(page, "<dl class=\"facts\">");
    for (name, values, more) in facts.iter().filter(|(_, values, _)| !values.is_empty()) {
        put!(page, "<dt>" (name) "</dt><dd>");
        some(values.iter().map(String::as_str), NAMED, *more, page)?;
        put!(page, "</dd>");
    }
    if let Some(worst) = worst(traced.iter().copied()) {
        put!(page, "<dt>Highest level</dt><dd><span class=\"badge " (class(Some(worst))) "\">" (worst.name()) "</span></dd>");
    }
    put!(page, "</dl>\n");
    Ok(())
}
