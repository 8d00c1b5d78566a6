//! The findings: filters, then one article each, the gravest first.

use std::collections::BTreeSet;
use std::io;

use super::page::{Page, put};
use super::{MOST, finding};
use crate::finding::{Finding, View};
use crate::level::Level;
use crate::report::actors::Actors;
use crate::report::files::folder;
use crate::report::identity::owner;
use crate::report::summary::{counted, grouped};

/// Articles that stand in the page at once; the script shows as many at a time.
const AT_ONCE: usize = 50;

/// What the filters choose among. The script knows each by its place.
struct Choices<'v> {
    accounts: Vec<&'v str>,
    rules: Vec<&'v str>,
}

impl<'v> Choices<'v> {
    fn of(view: &'v View) -> Choices<'v> {
        let of = |value: fn(&'v Finding) -> Option<&'v str>| -> Vec<&'v str> {
            let values: BTreeSet<&str> = view.findings.iter().filter_map(value).collect();
            values.into_iter().collect()
        };
        Choices {
            accounts: of(|finding| finding.account.as_deref()),
            rules: of(|finding| Some(finding.rule.name.as_str())),
        }
    }
}

pub(super) fn write(view: &View, actors: &Actors<'_>, page: &mut Page<'_>) -> io::Result<()> {
    let choices = Choices::of(view);
    put!(page, "<section id=\"findings\" aria-labelledby=\"findings-title\">\n<h2 id=\"findings-title\">Findings "
        "<small>" (grouped(view.findings.len() as u64)) "</small></h2>\n");
    filters(view, actors, &choices, page)?;
    let folder = folder(view);
    if !folder.is_empty() {
        put!(page, "<p class=\"dim\">Files are below <code>" (folder) "</code></p>\n");
    }
    if view.findings.is_empty() {
        put!(page, "<p>No findings.</p>\n");
    }
    put!(page, "<div id=\"list\">\n");
    let shown = &view.findings[..view.findings.len().min(MOST)];
    for (number, finding) in shown.iter().enumerate() {
        if number == AT_ONCE {
            put!(page, "</div>\n<noscript id=\"more\">");
        }
        // The script parts the articles here; no text can hold this, for it has no angle brackets.
        put!(page, "<!--f-->");
        let place = |list: &[&str], value: Option<&str>| {
            value.and_then(|value| list.binary_search(&value).ok()).map_or(-1, |at| at as i64)
        };
        put!(page, "<article class=\"finding " (finding.level.name()) "\" id=\"f-" (finding.id) "\" tabindex=\"-1\" data-k=\"");
        let time = finding.first_seen.map_or(-1, |time| i64::from(time.secs()));
        let keys = [
            finding.level as i64,
            time,
            actors.of[number] as i64,
            place(&choices.accounts, finding.account.as_deref()),
            place(&choices.rules, Some(&finding.rule.name)),
        ];
        for key in keys {
            page.number(key)?;
            put!(page, " ");
        }
        put!(page, "\">");
        finding::write(finding, view, folder, page)?;
        put!(page, "</article>\n");
    }
    if shown.len() > AT_ONCE {
        put!(page, "</noscript>\n");
    } else {
        put!(page, "</div>\n");
    }
    put!(page, "<p id=\"next\" hidden><button type=\"button\" id=\"show-more\">Show more</button></p>\n"
        "<p id=\"unprinted\" class=\"dim paper-only\"></p>\n");
    let left = view.findings.len() - shown.len();
    if left > 0 {
        put!(page, "<p class=\"caveats\" role=\"note\">" (counted(left as u64, "finding"))
            " of the lowest levels are not on this page: <code>-f jsonl</code> has all.</p>\n");
    }
    put!(page, "</section>\n");
    Ok(())
}

fn filters(view: &View, actors: &Actors<'_>, choices: &Choices<'_>, page: &mut Page<'_>) -> io::Result<()> {
    put!(page, "<form id=\"filters\" class=\"filters\" role=\"search\" aria-label=\"Filter the findings\" hidden>\n"
        "<fieldset class=\"levels\"><legend>Level</legend>");
    for level in Level::ALL.into_iter().rev() {
        let count = view.findings.iter().filter(|finding| finding.level == level).count();
        put!(page, "<label class=\"" (level.name()) "\"><input type=\"checkbox\" name=\"level\" value=\"" (level.name())
            "\" data-level=\"");
        page.number(level as i64)?;
        put!(page, "\" checked> " (level.name()) " <span class=\"dim\">" (grouped(count as u64)) "</span></label>");
    }
    put!(page, "</fieldset>\n<label>Actor <select name=\"actor\"><option value=\"\">all</option>");
    for actor in &actors.list {
        put!(page, "<option value=\"" (actor.key) "\">");
        page.text(&actor.identity.label(&view.summary.vendors))?;
        if let Some(account) = actor.identity.account.as_deref().filter(|_| actor.identity.kind != "account")
        {
            put!(page, " of "(account));
        }
        put!(page, "</option>");
    }
    put!(page, "</select></label>\n<label>Account <select name=\"account\"><option value=\"\">all</option>");
    for account in &choices.accounts {
        put!(page, "<option value=\"" (account) "\">" (owner(account, &view.summary.vendors)) "</option>");
    }
    put!(page, "</select></label>\n<label>Rule <select name=\"rule\"><option value=\"\">all</option>");
    for rule in &choices.rules {
        put!(page, "<option value=\"" (rule) "\">" (rule) "</option>");
    }
    put!(page, "</select></label>\n<label class=\"text\">Text <input type=\"search\" name=\"q\" autocomplete=\"off\" "
        "spellcheck=\"false\" placeholder=\"address, key, event id, ...\"></label>\n"
        "<button type=\"button\" id=\"clear\">Clear</button>\n"
        "<button type=\"button\" id=\"open-all\">Open shown</button>\n"
        "<p id=\"count\" role=\"status\"></p>\n</form>\n");
    Ok(())
}
