//! One finding: the sentence and where it was, then, folded, its reasons, facts, evidence and raw events.

use std::io;

use super::page::{Filter, Page, put};
use crate::finding::{EvidenceItem, Finding, View};
use crate::outcome::Outcome;
use crate::report::files::below;
use crate::report::headline::told;
use crate::report::identity::{Identity, owner, vendors_in};
use crate::report::summary::{counted, grouped};

/// Longer records are cut.
const RAW: usize = 50_000;
/// Entries of a list.
const LISTED: usize = 100;

pub(super) fn write(finding: &Finding, view: &View, folder: &str, page: &mut Page<'_>) -> io::Result<()> {
    put!(page, "<header><span class=\"badge " (finding.level.name()) "\">" (finding.level.name()) "</span> ");
    page.moment(finding.first_seen)?;
    put!(page, " <span class=\"dim\">"(counted(finding.count, "event")));
    if let Some(outcome) = finding.outcome.filter(|outcome| *outcome != Outcome::Success) {
        put!(page, ", "(outcome.name()));
    }
    put!(page, "</span>");
    if let Some(suppressed) = &finding.suppressed {
        put!(page, " <span class=\"badge none\">suppressed</span> <span class=\"dim\">" (suppressed.reason) "</span>");
    }
    if let Some(known) = &finding.known {
        let reason = known.reason.as_deref().unwrap_or("no reason given");
        put!(page, " <span class=\"badge none\">known</span> <span class=\"dim\">" (reason) "</span>");
    }
    put!(page, "</header>\n<h3>" (told(finding)) "</h3>\n<p class=\"meta\">");
    page.filter_link(Filter::Rule, &finding.rule.name)?;
    if let Some(principal) = &finding.principal.canonical {
        let identity = Identity::of(principal, finding.principal.kind.as_deref());
        put!(page, " · ");
        page.text(&identity.label(&view.summary.vendors))?;
    }
    if let Some(account) = &finding.account {
        put!(page, " · ");
        page.filter_link(Filter::Account, account)?;
        if let Some(vendor) = view.summary.vendors.get(account) {
            put!(page, " "(vendor));
        }
    }
    if let Some(region) = &finding.region {
        put!(page, " · "(region));
    }
    if let Some(ip) = &finding.source.ip {
        put!(page, " · ");
        page.filter_link(Filter::Text, ip)?;
    }
    put!(page, "</p>\n<details><summary>Reasons and evidence</summary>\n");
    why(finding, page)?;
    put!(page, "<h4>Facts</h4><dl class=\"facts\">");
    facts(finding, view, page)?;
    put!(page, "</dl>\n");
    super::detail::write(finding, page)?;
    evidence(finding, folder, page)?;
    rule(finding, page)?;
    put!(page, "</details>");
    Ok(())
}

fn why(finding: &Finding, page: &mut Page<'_>) -> io::Result<()> {
    put!(page, "<h4>Why</h4><ul>");
    for why in finding.why.iter().take(LISTED) {
        put!(page, "<li>" (why) "</li>");
    }
    if finding.why.len() > LISTED {
        put!(page, "<li>and " (grouped((finding.why.len() - LISTED) as u64)) " more</li>");
    }
    put!(page, "</ul>\n");
    Ok(())
}

fn facts(finding: &Finding, view: &View, page: &mut Page<'_>) -> io::Result<()> {
    let principal = &finding.principal;
    let source = &finding.source;
    let vendors = &view.summary.vendors;
    let account = |account: &Option<String>| account.as_deref().map(|account| owner(account, vendors));
    let place = [source.country.clone(), source.asn.map(|asn| format!("AS{asn}")), source.org.clone()];
    let place: Vec<String> = place.into_iter().flatten().collect();
    let named = vendors_in(finding, vendors);
    let last = finding.last_seen.filter(|last| Some(*last) != finding.first_seen);
    // Those a reader looks for elsewhere are links to all that has them.
    let facts: [(&str, Option<String>, bool); 18] = [
        ("Last seen", last.map(|time| time.to_string()), false),
        ("Actor", principal.canonical.clone(), true),
        ("as", principal.arn.clone().filter(|arn| principal.canonical.as_ref() != Some(arn)), true),
        ("Actor's account", account(&principal.account), false),
        ("Vendors", (!named.is_empty()).then(|| named.join(", ")), false),
        ("Session", principal.session_name.clone().filter(|_| finding.sessions.len() < 2), true),
        ("Access key", principal.access_key_id.clone().filter(|_| finding.access_keys.len() < 2), true),
        ("Target", finding.target.clone().filter(|_| finding.targets.len() < 2), true),
        ("Account", account(&finding.account), false),
        ("Region", finding.region.clone(), false),
        ("Address", source.ip.clone(), true),
        ("Network", (!place.is_empty()).then(|| place.join(" ")), false),
        ("Kind of address", source.class.clone(), false),
        ("VPC endpoint", source.vpc_endpoint.clone(), true),
        ("User agent", finding.user_agent.clone(), false),
        ("Error", finding.error_code.clone(), true),
        ("Suppressed by", finding.suppressed.as_ref().map(|suppressed| suppressed.by.clone()), false),
        ("Finding", Some(finding.id.clone()), false),
    ];
    for (name, value, linked) in facts {
        let Some(value) = value else { continue };
        put!(page, "<dt>" (name) "</dt><dd>");
        if linked {
            page.filter_link(Filter::Text, &value)?;
        } else {
            put!(page, (value));
        }
        put!(page, "</dd>");
    }
    for (name, all) in finding.lists() {
        put!(page, "<dt>" (name) "</dt><dd>");
        for (number, one) in all.iter().enumerate() {
            put!(page, (if number == 0 { "" } else { ", " }));
            page.filter_link(Filter::Text, one)?;
        }
        put!(page, "</dd>");
    }
    if !principal.chain.is_empty() {
        put!(page, "<dt>Chain</dt><dd><ol class=\"chain\">");
        for link in principal.chain.iter().take(LISTED) {
            let who = link.principal.as_deref().unwrap_or("unknown");
            put!(page, "<li>"(who));
            if let Some(key) = &link.access_key_id {
                put!(page, " with ");
                page.filter_link(Filter::Text, key)?;
            }
            if let Some(ip) = &link.ip {
                put!(page, " from ");
                page.filter_link(Filter::Text, ip)?;
            }
            if let Some(time) = link.time {
                put!(page, " ");
                page.moment(Some(time))?;
            }
            put!(page, "</li>");
        }
        put!(page, "<li>" (principal.canonical.as_deref().unwrap_or("unknown")) "</li></ol></dd>");
    }
    Ok(())
}

fn evidence(finding: &Finding, folder: &str, page: &mut Page<'_>) -> io::Result<()> {
    if finding.evidence.is_empty() {
        return Ok(());
    }
    put!(page, "<h4>Evidence <span class=\"dim\">" (grouped(finding.evidence.len() as u64)) " of "
        (counted(finding.evidence_total, "event")) "</span></h4>\n"
        "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Evidence\"><table><thead><tr><th scope=\"col\">Time</th>"
        "<th scope=\"col\">Event</th><th scope=\"col\">Event id</th><th scope=\"col\">File, record</th></tr></thead><tbody>\n");
    for item in finding.evidence.iter().take(LISTED) {
        put!(page, "<tr><td>");
        page.moment(item.time)?;
        put!(page, "</td><td>" (item.event_name.as_deref().unwrap_or("unknown")) " <span class=\"dim\">"
            (item.event_source.as_deref().unwrap_or_default()) "</span></td><td><code>"
            (item.event_id.as_deref().unwrap_or("none")) "</code></td><td><code>" (below(&item.file, folder))
            "</code>, " (item.record.to_string()) "</td></tr>\n");
    }
    put!(page, "</tbody></table></div>\n");
    for item in finding.evidence.iter().take(LISTED) {
        raw(item, page)?;
    }
    Ok(())
}

fn raw(item: &EvidenceItem, page: &mut Page<'_>) -> io::Result<()> {
    let Some(raw) = &item.raw else { return Ok(()) };
    put!(page, "<details class=\"raw\"><summary>Raw event " (item.event_name.as_deref().unwrap_or_default())
        " <code>" (item.event_id.as_deref().unwrap_or_default()) "</code></summary><pre tabindex=\"0\"><code>");
    let value: Result<serde_json::Value, _> = serde_json::from_str(raw.get());
    let text = value.and_then(|value| serde_json::to_string_pretty(&value));
    page.lines(text.as_deref().unwrap_or(raw.get()), RAW)?;
    put!(page, "</code></pre></details>\n");
    Ok(())
}

fn rule(finding: &Finding, page: &mut Page<'_>) -> io::Result<()> {
    let rule = &finding.rule;
    if !finding.false_positives.is_empty() {
        put!(page, "<h4>What else looks like this</h4><ul>");
        for text in finding.false_positives.iter().take(LISTED) {
            put!(page, "<li>" (text) "</li>");
        }
        put!(page, "</ul>\n");
    }
    put!(page, "<h4>Rule</h4><p>" (rule.title) " <code>" (rule.name) "</code>");
    if !rule.attack.is_empty() {
        put!(page, ", ATT&amp;CK "(rule.attack.join(", ")));
    }
    put!(page, "</p>\n");
    // A link to follow is no request by the page; anything but the web's own scheme stays text.
    let is_link = |link: &&String| link.starts_with("https://") && link.len() < 500;
    let links: Vec<&String> = rule.references.iter().filter(is_link).take(LISTED).collect();
    if !links.is_empty() {
        put!(page, "<ul>");
        for link in links {
            put!(page, "<li><a rel=\"noreferrer noopener\" href=\"" (link) "\">" (link) "</a></li>");
        }
        put!(page, "</ul>\n");
    }
    Ok(())
}
