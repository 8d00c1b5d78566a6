//! Where credentials came from and what they became, as a tree and as JSON.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write};

use super::told::{alike, label, sentence, session, total, used};
use super::{Action, Node, Trace};
use crate::level::Level;
use crate::report::Surroundings;
use crate::report::summary::{counted, grouped};
use crate::report::untrusted::{clipped, plain};
use crate::report::when;
use crate::report::wrap::wrap;
use crate::text::few;
use crate::time::Timestamp;

/// Calls listed of one credential, findings of one, and calls in all.
const ACTIONS: usize = 6;
const FINDINGS: usize = 6;
const IN_ALL: usize = 20;
/// Addresses listed of one credential; of more than these the networks are told.
const ADDRESSES: usize = 4;
/// Deeper trees go on at this depth, or there would be no room for words.
const DEEPEST: usize = 12;

/// Writes one JSON document.
pub fn json(trace: &Trace, out: &mut dyn Write) -> io::Result<()> {
    crate::report::document(trace, out)
}

/// Writes the tree, then what all of it did.
pub fn table(trace: &Trace, around: Surroundings, out: &mut dyn Write) -> io::Result<()> {
    let mut tree = Tree { around, vendors: &trace.vendors, out };
    let count = counted(trace.credentials, "credential");
    tree.line("", "", &format!("trace of {}: {count}; ◆ is meant, or came of what is", trace.id), None)?;
    for note in &trace.notes {
        tree.line("", "  ", &format!("note: {note}"), None)?;
    }
    let heads = alike(&trace.roots);
    for group in heads {
        writeln!(tree.out)?;
        tree.group(&group, "", "", 0)?;
    }
    tree.actions(&trace.actions)
}

struct Tree<'o> {
    around: Surroundings,
    vendors: &'o BTreeMap<String, String>,
    out: &'o mut dyn Write,
}

impl Tree<'_> {
    /// `branch` stands before the first line, `stem` before those below it.
    fn group(&mut self, nodes: &[&Node], branch: &str, stem: &str, depth: usize) -> io::Result<()> {
        let Some(node) = nodes.first() else { return Ok(()) };
        self.line(branch, stem, &head(node, nodes, self.vendors), Some(node.traced))?;
        let inner = format!("{stem}{}", if node.children.is_empty() { "   " } else { "│  " });
        if let Some(origin) = &node.origin {
            self.line(&inner, &inner, origin, None)?;
        }
        let used = match used(nodes.iter().copied()) {
            Some((first, last)) => format!("used {}{}", span(first, last), from(node)),
            // Of a call without a readable time it is known that it was made, and not when.
            None if nodes.iter().any(|node| !node.actions.is_empty()) => {
                format!("used, at no readable time{}", from(node))
            }
            None => "never used in the logs".to_owned(),
        };
        self.line(&inner, &inner, &used, None)?;
        if node.traced && nodes.len() == 1 {
            self.deeds(node, &inner)?;
        }
        let groups = alike(&node.children);
        for (number, group) in groups.iter().enumerate() {
            let last = number + 1 == groups.len();
            let flat = depth >= DEEPEST;
            let branch = format!("{stem}{}", if last { "└─ " } else { "├─ " });
            let below = match (flat, last) {
                (true, _) => stem.to_owned(),
                (false, true) => format!("{stem}   "),
                (false, false) => format!("{stem}│  "),
            };
            self.group(group, &branch, &below, depth + 1)?;
        }
        Ok(())
    }

    fn deeds(&mut self, node: &Node, stem: &str) -> io::Result<()> {
        if !node.actions.is_empty() {
            let mut parts: Vec<String> = node.actions.iter().take(ACTIONS).map(done).collect();
            let more = node.actions.len().saturating_sub(parts.len());
            if more > 0 {
                parts.push(kinds(more));
            }
            self.line(stem, stem, &parts.join(", "), None)?;
        }
        let mut findings: Vec<_> = node.findings.iter().filter(|f| f.level > Level::Informational).collect();
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.level));
        let more = findings.len().saturating_sub(FINDINGS);
        findings.truncate(FINDINGS);
        findings.sort_by_key(|finding| finding.first_seen);
        for finding in findings {
            let time = finding.first_seen.map(minute).unwrap_or_default();
            let level = self.around.of_level(finding.level, finding.level.name());
            let text = format!("{} [{}]", clipped(sentence(node, &finding.title), 200), finding.rule);
            let room = self.around.width.saturating_sub(stem.chars().count() + 27);
            for (number, line) in wrap(&plain(&text), room).iter().enumerate() {
                if number == 0 {
                    writeln!(self.out, "{stem}! {time} {level} {line}")?;
                } else {
                    writeln!(self.out, "{stem}    {line}")?;
                }
            }
        }
        if more > 0 {
            self.line(stem, stem, &format!("! and {}", counted(more as u64, "more finding")), None)?;
        }
        Ok(())
    }

    fn actions(&mut self, actions: &[Action]) -> io::Result<()> {
        if actions.is_empty() {
            return Ok(());
        }
        let shown = &actions[..actions.len().min(IN_ALL)];
        let wide = shown.iter().map(|action| plain(&clipped(&action.action, 60)).chars().count()).max();
        let wide = wide.unwrap_or(0).max("all that was done".len());
        writeln!(
            self.out,
            "\n{:wide$} {:>8} {:>7} {:>7}  first and last",
            "all that was done", "done", "denied", "failed"
        )?;
        for action in shown {
            let name = plain(&clipped(&action.action, 60)).into_owned();
            let times = match (action.first_seen, action.last_seen) {
                (Some(first), Some(last)) => span(first, last),
                _ => String::new(),
            };
            let line = format!(
                "{name:wide$} {:>8} {:>7} {:>7}  {times}",
                some(action.succeeded),
                some(action.denied),
                some(action.failed)
            );
            writeln!(self.out, "{}", line.trim_end())?;
        }
        if actions.len() > shown.len() {
            writeln!(self.out, "{}, in -f json", kinds(actions.len() - shown.len()))?;
        }
        Ok(())
    }

    /// A line, broken where it must be; that of a credential's head is bold, and `head` tells whether it is traced.
    fn line(&mut self, first: &str, rest: &str, text: &str, head: Option<bool>) -> io::Result<()> {
        let mark = if head == Some(true) { "◆ " } else { "" };
        let room = self.around.width.saturating_sub(first.chars().count().max(rest.chars().count()) + 4);
        for (number, line) in wrap(&plain(&format!("{mark}{text}")), room).iter().enumerate() {
            let stem = if number == 0 { first.to_owned() } else { format!("{rest}  ") };
            let line = if head.is_some() { self.around.bold(line) } else { Cow::from(line) };
            writeln!(self.out, "{}", format!("{stem}{line}").trim_end())?;
        }
        Ok(())
    }
}

fn kinds(more: usize) -> String {
    format!("and {more} more kind{} of calls", if more == 1 { "" } else { "s" })
}

/// Who it is, and how it came to be.
fn head(node: &Node, all: &[&Node], vendors: &BTreeMap<String, String>) -> String {
    let principal = node.principal.as_deref().unwrap_or_default();
    let who = label(node, vendors, "in");
    let session = session(node, &who);
    let session = session.map(|session| format!(" (session {})", clipped(session, 64))).unwrap_or_default();
    if all.len() > 1 {
        let issued = node.issued.as_ref().map(|issued| issued.call.as_str()).unwrap_or_default();
        return format!("{issued}: {who}, {} times", grouped(all.len() as u64));
    }
    let key = match () {
        () if !node.key_recorded => ", key not recorded".to_owned(),
        () if principal == node.credential => String::new(),
        () => format!(", {}", clipped(&node.credential, 64)),
    };
    match &node.issued {
        Some(issued) => {
            let from =
                issued.address.as_deref().map(|address| format!(" from {address}")).unwrap_or_default();
            format!("{} {}{from}: {who}{session}{key}", when::stamp(issued.time), issued.call)
        }
        None => format!("{who}{session}{key}"),
    }
}

/// From which networks; a few addresses are named.
fn from(node: &Node) -> String {
    let some = |values: &[String], more: bool| {
        let few = few(values.iter(), ADDRESSES);
        // Of the others, too, not all are known.
        if more { few.replacen(" and ", " and more than ", 1) } else { few }
    };
    let networks = || some(&node.networks, node.more_networks);
    match (node.addresses.len(), node.networks.is_empty()) {
        (0, true) => String::new(),
        (0, false) => format!(", from {}", networks()),
        (_, true) | (1..=ADDRESSES, _) => format!(", from {}", some(&node.addresses, node.more_addresses)),
        (all, false) => {
            let than = if node.more_addresses { "more than " } else { "" };
            format!(", from {than}{} addresses in {}", grouped(all as u64), networks())
        }
    }
}

fn done(action: &Action) -> String {
    let denied =
        if action.denied > 0 { format!(" ({} denied)", grouped(action.denied)) } else { String::new() };
    format!("{} ×{}{denied}", clipped(&action.action, 60), grouped(total(action)))
}

fn some(n: u64) -> String {
    if n == 0 { String::new() } else { grouped(n) }
}

fn minute(time: Timestamp) -> String {
    when::stamp(time).get(..16).unwrap_or_default().to_owned()
}

/// From when to when, to the minute, saying no day twice.
fn span(first: Timestamp, last: Timestamp) -> String {
    let (from, to) = (minute(first), minute(last));
    match () {
        () if from == to => from,
        () if first.day() == last.day() => format!("{from} to {}", to.get(11..).unwrap_or_default()),
        () => format!("{from} to {to}"),
    }
}
