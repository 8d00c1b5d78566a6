//! The findings, in full while there is room, then in a line each, then counted; and one finding in full.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::{LISTED, code, list, prose};
use crate::finding::{EvidenceItem, Finding, View};
use crate::level::Level;
use crate::report::files::{below, folder};
use crate::report::headline::told;
use crate::report::identity::{owner, vendors_in};
use crate::report::summary::{counted, grouped};

/// Findings are told in full while they fit into so many bytes: the common trackers take 32 or 64 KiB.
const IN_FULL: usize = 30_000;
/// So many more in a line each.
const IN_A_LINE: usize = 60;

pub(super) fn write(view: &View, out: &mut dyn Write) -> io::Result<()> {
    if view.findings.is_empty() {
        return Ok(());
    }
    writeln!(out, "## Findings\n")?;
    let folder = folder(view);
    if !folder.is_empty() {
        writeln!(out, "Files are below {}.\n", code(folder))?;
    }
    let mut full = 0;
    let mut spent = 0;
    let mut level = None;
    for finding in &view.findings {
        let mut text = Vec::new();
        in_full(finding, view, folder, &mut text)?;
        spent += text.len();
        if spent > IN_FULL && full > 0 {
            break;
        }
        if level != Some(finding.level) {
            level = Some(finding.level);
            let n = view.findings.iter().filter(|other| other.level == finding.level).count();
            writeln!(out, "### {} ({n})\n", finding.level)?;
        }
        out.write_all(&text)?;
        full += 1;
    }
    let rest = &view.findings[full..];
    // Context is counted only: what of it matters stands beneath something graver.
    let notable = rest.iter().take_while(|finding| finding.level > Level::Informational).count();
    let (lines, rest) = rest.split_at(notable.min(IN_A_LINE));
    if !lines.is_empty() {
        writeln!(out, "### In short\n")?;
        for finding in lines {
            let time = finding.first_seen.map_or_else(|| "no time".to_owned(), |time| time.to_string());
            writeln!(
                out,
                "- {time} {}: {} ({})",
                finding.level,
                prose(&told(finding)),
                code(&finding.rule.name)
            )?;
        }
        writeln!(out)?;
    }
    let mut counts: BTreeMap<(std::cmp::Reverse<Level>, &str), u64> = BTreeMap::new();
    for finding in rest {
        *counts.entry((std::cmp::Reverse(finding.level), finding.rule.name.as_str())).or_default() += 1;
    }
    if !counts.is_empty() {
        writeln!(out, "### Not listed: {}\n", counted(rest.len() as u64, "finding"))?;
        let lines =
            counts.iter().map(|((level, rule), n)| format!("{} {}: {}", grouped(*n), level.0, code(rule)));
        list("", lines.collect(), out)?;
    }
    Ok(())
}

fn in_full(finding: &Finding, view: &View, folder: &str, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "#### {}\n", prose(&told(finding)))?;
    if let Some(known) = &finding.known {
        writeln!(out, "Known before: {}\n", prose(known.reason.as_deref().unwrap_or("no reason given")))?;
    }
    if let Some(suppressed) = &finding.suppressed {
        writeln!(out, "Suppressed by {}: {}\n", code(&suppressed.by), prose(&suppressed.reason))?;
    }
    let mut facts: Vec<(&str, String)> = Vec::new();
    let attack = if finding.rule.attack.is_empty() {
        String::new()
    } else {
        format!(", ATT&CK {}", prose(&finding.rule.attack.join(", ")))
    };
    facts.push(("Rule", format!("{} ({}){attack}", prose(&finding.rule.title), code(&finding.rule.name))));
    if let (Some(first), Some(last)) = (finding.first_seen, finding.last_seen) {
        let events = counted(finding.count, "event");
        let when = if first == last { first.to_string() } else { format!("{first} to {last}") };
        facts.push(("When", format!("{when}, {events}")));
    }
    let principal = &finding.principal;
    facts.extend(
        [
            ("Actor", principal.canonical.as_deref().or(principal.arn.as_deref())),
            ("Session", principal.session_name.as_deref().filter(|_| finding.sessions.len() < 2)),
            ("Access key", principal.access_key_id.as_deref().filter(|_| finding.access_keys.len() < 2)),
            ("Target", finding.target.as_deref().filter(|_| finding.targets.len() < 2)),
            ("User agent", finding.user_agent.as_deref()),
            ("Error", finding.error_code.as_deref()),
            ("Id", Some(finding.id.as_str())),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, code(value?)))),
    );
    let vendors = vendors_in(finding, &view.summary.vendors);
    if !vendors.is_empty() {
        facts.push(("Vendors", prose(&vendors.join(", "))));
    }
    let place = [finding.account.as_deref().map(|a| owner(a, &view.summary.vendors)), finding.region.clone()];
    let place: Vec<String> = place.into_iter().flatten().map(|text| code(&text)).collect();
    if !place.is_empty() {
        facts.push(("Where", place.join(" ")));
    }
    let source = &finding.source;
    let asn = source.asn.map(|asn| format!("AS{asn}"));
    let from = [&source.ip, &source.country, &asn, &source.org, &source.vpc_endpoint];
    let from: Vec<String> = from.into_iter().flatten().map(|text| code(text)).collect();
    if !from.is_empty() {
        facts.push(("From", from.join(" ")));
    }
    for (name, value) in facts {
        writeln!(out, "- {name}: {value}")?;
    }
    for (name, all) in finding.lists() {
        let all: Vec<String> = all.iter().map(|one| code(one)).collect();
        writeln!(out, "- {}: {}", prose(name), all.join(", "))?;
    }
    writeln!(out)?;
    if !principal.chain.is_empty() {
        let links = principal.chain.iter().map(|link| {
            let who = link.principal.as_deref().or(link.access_key_id.as_deref()).unwrap_or("unknown");
            code(who)
        });
        writeln!(out, "Chain: {}\n", links.collect::<Vec<_>>().join(" → "))?;
    }
    list("Why:", finding.why.iter().map(|why| prose(why)).collect(), out)?;
    evidence(finding, folder, out)?;
    list("What else looks like this:", finding.false_positives.iter().map(|text| prose(text)).collect(), out)
}

fn evidence(finding: &Finding, folder: &str, out: &mut dyn Write) -> io::Result<()> {
    if finding.evidence.is_empty() {
        return Ok(());
    }
    let shown = finding.evidence.len() as u64;
    if shown < finding.evidence_total {
        writeln!(out, "Evidence ({shown} of {} events):\n", grouped(finding.evidence_total))?;
    } else {
        writeln!(out, "Evidence:\n")?;
    }
    writeln!(out, "| time | event | id | file | record |\n| --- | --- | --- | --- | ---: |")?;
    for item in finding.evidence.iter().take(LISTED) {
        let EvidenceItem { time, event_id, event_name, event_source, file, record, .. } = item;
        let time = time.map_or_else(|| "no time".to_owned(), |time| time.to_string());
        let name: Vec<&str> = [event_source, event_name].into_iter().flatten().map(String::as_str).collect();
        let id = event_id.as_deref().unwrap_or_default();
        writeln!(
            out,
            "| {time} | {} | {} | {} | {record} |",
            code(&name.join(" ")),
            code(id),
            code(below(file, folder))
        )?;
    }
    writeln!(out)
}
