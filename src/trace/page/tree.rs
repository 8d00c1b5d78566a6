//! The tree: from what a credential came, what it is, and all that it became.

use std::io;

use super::calls::table;
use super::{Drawn, LISTED, MOST, class, some, worst};
use crate::report::html::page::{Page, put};
use crate::report::identity::owner;
use crate::report::summary::{counted, grouped};
use crate::trace::told::{alike, calls, identity, sentence, session, used};
use crate::trace::{Node, Trace};

/// Deeper than this there is no room to indent: what follows stands below.
const DEEPEST: usize = 12;
/// Addresses and networks named of one credential.
const NAMED: usize = 8;

pub(super) fn write(trace: &Trace, drawn: &Drawn<'_>, page: &mut Page<'_>) -> io::Result<()> {
    put!(page, "<section id=\"chain\" aria-labelledby=\"chain-title\" tabindex=\"-1\">\n<h2 id=\"chain-title\">Chain "
        "<small>who issued what to whom, all times UTC</small></h2>\n"
        "<p id=\"folds\" hidden><button type=\"button\" id=\"open-all\">Open all</button></p>\n");
    let mut tree = Tree { trace, drawn, page };
    put!(tree.page, "<ul class=\"tree\">\n");
    for group in alike(&trace.roots) {
        tree.group(&group, 0)?;
    }
    put!(tree.page, "</ul>\n");
    let left: usize = drawn.groups.iter().skip(MOST).map(Vec::len).sum();
    if left > 0 {
        put!(page, "<p class=\"caveats\" role=\"note\">" (counted(left as u64, "credential"))
            " more are not on this page: <code>-f json</code> has all.</p>\n");
    }
    put!(page, "</section>\n");
    Ok(())
}

struct Tree<'t, 'p, 'w> {
    trace: &'t Trace,
    drawn: &'t Drawn<'t>,
    page: &'p mut Page<'w>,
}

impl<'t> Tree<'t, '_, '_> {
    /// One credential, or several that differ in key and time only, and what they became.
    fn group(&mut self, group: &[&'t Node], depth: usize) -> io::Result<()> {
        let Some(node) = group.first() else { return Ok(()) };
        let Some(place) = self.drawn.places.get(node.credential.as_str()).filter(|place| **place < MOST)
        else {
            return Ok(());
        };
        let page = &mut *self.page;
        put!(page, "<li id=\"c-" (place.to_string()) "\" tabindex=\"-1\">");
        issue(group, page)?;
        put!(page, "<div class=\"node "(class(worst(group.iter().copied()))));
        put!(page, "\">");
        self.who(node)?;
        self.known(group)?;
        self.folded(node, group)?;
        put!(self.page, "</div>");
        // A credential that a group stands for became nothing, or it would stand alone.
        let children = alike(&node.children);
        if depth >= DEEPEST {
            put!(self.page, "</li>\n");
            for child in &children {
                self.group(child, depth)?;
            }
            return Ok(());
        }
        if !children.is_empty() {
            put!(self.page, "\n<ul>\n");
            for child in &children {
                self.group(child, depth + 1)?;
            }
            put!(self.page, "</ul>");
        }
        put!(self.page, "</li>\n");
        Ok(())
    }

    fn who(&mut self, node: &Node) -> io::Result<()> {
        let (page, vendors) = (&mut *self.page, &self.trace.vendors);
        let identity = identity(node);
        put!(page, "<span class=\"kind\">" (identity.kind) "</span> ");
        match (identity.kind.as_str(), &identity.account) {
            ("account" | "root", Some(account)) => put!(page, "<b>" (owner(account, vendors)) "</b>"),
            (_, account) => {
                put!(page, "<b>" (identity.name) "</b>");
                if let Some(account) = account {
                    put!(page, " <span class=\"dim\">of " (owner(account, vendors)) "</span>");
                }
            }
        }
        // Not by colour alone: who asked wants to know what of this is the answer.
        match (node.meant, node.traced) {
            (true, _) => put!(page, " <span class=\"badge mark\">asked for</span>"),
            (false, true) => put!(page, " <span class=\"badge mark\">came of it</span>"),
            (false, false) => put!(page, " <span class=\"badge none\">led there</span>"),
        }
        if let Some(level) = worst([node]) {
            put!(page, " <span class=\"badge " (level.name()) "\">" (level.name()) "</span> <span class=\"dim\">"
                (counted(node.findings.len() as u64, "finding")) "</span>");
        }
        Ok(())
    }

    /// Key, session, when and from where.
    fn known(&mut self, group: &[&Node]) -> io::Result<()> {
        let Some(node) = group.first() else { return Ok(()) };
        let page = &mut *self.page;
        put!(page, "<dl class=\"known\">");
        match (group.len(), node.key_recorded, node.principal.as_deref() == Some(&node.credential)) {
            (1, false, _) => put!(page, "<div><dt>key</dt> <dd>not recorded</dd></div>"),
            (1, true, false) => {
                put!(page, "<div><dt>key</dt> <dd><code>" (node.credential) "</code></dd></div>")
            }
            _ => {}
        }
        if let Some(session) = session(node, "").filter(|_| group.len() == 1) {
            put!(page, "<div><dt>session</dt> <dd>" (session) "</dd></div>");
        }
        if let Some(origin) = &node.origin {
            put!(page, "<div><dt>from</dt> <dd>" (origin) "</dd></div>");
        }
        put!(page, "<div><dt>used</dt> <dd>");
        match used(group.iter().copied()) {
            Some((first, last)) => {
                page.moment(Some(first))?;
                if last != first {
                    put!(page, " to ");
                    page.moment(Some(last))?;
                }
            }
            None => put!(page, "never in the logs"),
        }
        put!(page, "</dd></div>");
        for (name, values, more) in [
            ("addresses", &node.addresses, node.more_addresses),
            ("networks", &node.networks, node.more_networks),
        ] {
            if values.is_empty() {
                continue;
            }
            put!(page, "<div><dt>" (name) "</dt> <dd>");
            some(values.iter().map(String::as_str), NAMED, more, page)?;
            put!(page, "</dd></div>");
        }
        put!(page, "</dl>");
        Ok(())
    }

    /// The calls and findings of a credential, the issues of several.
    fn folded(&mut self, node: &Node, group: &[&Node]) -> io::Result<()> {
        let page = &mut *self.page;
        if group.len() > 1 {
            put!(page, "<details><summary>" (counted(group.len() as u64, "issue")) "</summary><ul class=\"entries\">");
            for one in group.iter().take(LISTED) {
                put!(page, "<li>");
                page.moment(one.issued.as_ref().map(|issued| issued.time))?;
                put!(page, " <code>" (one.credential) "</code>");
                if let Some(session) = session(one, "") {
                    put!(page, " session "(session));
                }
                let calls = calls(&one.actions);
                put!(page, " <span class=\"dim\">" (counted(calls, "call")) "</span></li>");
            }
            left_out(group.len(), page)?;
            put!(page, "</ul></details>");
            return Ok(());
        }
        if !node.actions.is_empty() {
            let calls = calls(&node.actions);
            let denied: u64 = node.actions.iter().map(|action| action.denied).sum();
            put!(page, "<details><summary>" (counted(calls, "call")) " of " (counted(node.actions.len() as u64, "kind")));
            if denied > 0 {
                put!(page, ", " (grouped(denied)) " denied");
            }
            put!(page, "</summary>\n");
            table(&node.actions, LISTED, page)?;
            put!(page, "</details>");
        }
        if !node.findings.is_empty() {
            put!(page, "<details><summary>" (counted(node.findings.len() as u64, "finding")) "</summary><ol class=\"lines\">\n");
            for finding in node.findings.iter().take(LISTED) {
                put!(page, "<li class=\"" (finding.level.name()) "\">");
                page.moment(finding.first_seen)?;
                put!(page, " <span class=\"badge " (finding.level.name()) "\">" (finding.level.name()) "</span> <span>"
                    (sentence(node, &finding.title)) " <span class=\"dim\">" (finding.rule) "</span></span></li>\n");
            }
            left_out(node.findings.len(), page)?;
            put!(page, "</ol></details>");
        }
        Ok(())
    }
}

/// The end of a list that shows no more than [`LISTED`].
fn left_out(all: usize, page: &mut Page<'_>) -> io::Result<()> {
    if all > LISTED {
        put!(page, "<li>and " (grouped((all - LISTED) as u64)) " more: <code>-f json</code> has all</li>");
    }
    Ok(())
}

/// How it was issued: when, by which call, from where.
fn issue(group: &[&Node], page: &mut Page<'_>) -> io::Result<()> {
    let Some(issued) = group.first().and_then(|node| node.issued.as_ref()) else { return Ok(()) };
    put!(page, "<p class=\"step\">");
    page.moment(Some(issued.time))?;
    put!(page, " <b>" (issued.call) "</b>");
    if group.len() > 1 {
        put!(page, " and "(counted(group.len() as u64 - 1, "more time")));
    }
    if let Some(address) = issued.address.as_deref().filter(|_| group.len() == 1) {
        put!(page, " <span class=\"dim\">from</span> "(address));
    }
    if group.len() == 1 {
        put!(page, " <span class=\"dim\">event " (issued.event_id) "</span>");
    }
    put!(page, "</p>");
    Ok(())
}
