//! What is special to a kind of finding: the new term and its baseline, the counts, the steps.

use std::io;

use super::page::{Page, put};
use crate::finding::Finding;
use crate::report::summary::grouped;

/// Terms and values that are named.
const NAMED: usize = 30;

pub(super) fn write(finding: &Finding, page: &mut Page<'_>) -> io::Result<()> {
    if let Some(new) = &finding.new_term {
        put!(page, "<h4>What is new</h4><dl class=\"facts\">");
        for pair in new.scope.iter().take(NAMED) {
            put!(page, "<dt>For " (pair.field) "</dt><dd>" (pair.value) "</dd>");
        }
        for pair in new.term.iter().chain(new.terms.iter().flatten()).take(NAMED) {
            put!(page, "<dt>New " (pair.field) "</dt><dd>" (pair.value) "</dd>");
        }
        put!(page, "<dt>Seen before</dt><dd>");
        match new.last_seen_before {
            Some(time) => {
                put!(page, "last on ");
                page.moment(Some(time))?;
            }
            None => put!(page, "never"),
        }
        put!(page, "</dd><dt>Baseline</dt><dd>");
        page.moment(Some(new.baseline_from))?;
        put!(page, " to ");
        page.moment(Some(new.baseline_to))?;
        put!(page, ", " (grouped(new.known_count)) " known</dd>");
        if !new.nearest.is_empty() {
            let nearest: Vec<&str> = new.nearest.iter().take(NAMED).map(String::as_str).collect();
            put!(page, "<dt>Most like it</dt><dd>" (nearest.join(", ")) "</dd>");
        }
        put!(page, "</dl>\n");
    }
    if let Some(threshold) = &finding.threshold {
        put!(page, "<h4>Counts</h4><dl class=\"facts\">");
        for count in threshold.counts.iter().take(NAMED) {
            put!(page, "<dt>" (count.what) "</dt><dd>" (count.observed.to_string()) ", the rule asks for " (count.limit) "</dd>");
        }
        put!(page, "<dt>Window</dt><dd>" (threshold.window.to_string()) "</dd>");
        if let Some(peak) = threshold.peak_before {
            put!(page, "<dt>Own peak before</dt><dd>" (grouped(peak)) "</dd>");
        }
        put!(page, "</dl>\n");
    }
    if let Some(sequence) = &finding.sequence {
        put!(page, "<h4>Steps <span class=\"dim\">within " (sequence.window.to_string()) "</span></h4><ol>");
        for step in sequence.steps.iter().take(NAMED) {
            put!(page, "<li>");
            page.moment(Some(step.time))?;
            put!(page, " " (step.rule) "</li>");
        }
        put!(page, "</ol>\n");
        if sequence.order_ambiguous {
            put!(page, "<p class=\"dim\">Two steps fell into one second: their order is not known.</p>\n");
        }
    }
    Ok(())
}
