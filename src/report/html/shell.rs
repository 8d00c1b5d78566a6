//! What every page has: its head and policy, the bar on top, the style, the scripts.

use std::io::{self, Write};

use super::page::{Page, put};
use super::policy::{Asset, policy};

/// A page but for its content.
pub(crate) struct Shell<'t> {
    /// The title, which may hold an id that somebody typed.
    pub(crate) title: &'t str,
    /// Where the first link of the page leads, and what it says: whoever cannot see the page starts there.
    pub(crate) skip: (&'static str, &'static str),
    /// The sections with their names.
    pub(crate) sections: &'static [(&'static str, &'static str)],
    /// What the page can do besides showing itself.
    pub(crate) script: &'static str,
}

impl Shell<'_> {
    /// Writes the page.
    pub(crate) fn write(
        &self,
        out: &mut dyn Write,
        content: impl FnOnce(&mut Page<'_>) -> io::Result<()>,
    ) -> io::Result<()> {
        let (style, script) = (Asset::style(), Asset::script(self.script));
        let page = &mut Page::new(out);
        put!(page,
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
            "<meta http-equiv=\"Content-Security-Policy\" content=\"" (policy(&style, &script)) "\">\n"
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
            "<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n"
            "<title>" (self.title) "</title>\n<style>"
        );
        page.asset(&style)?;
        put!(page, "</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#");
        page.markup(self.skip.0)?;
        put!(page, "\">");
        page.markup(self.skip.1)?;
        put!(
            page,
            "</a>\n<header class=\"top\"><p class=\"brand\">trailsift</p><nav aria-label=\"Sections\">"
        );
        for (id, name) in self.sections {
            put!(page, "<a href=\"#");
            page.markup(id)?;
            put!(page, "\">");
            page.markup(name)?;
            put!(page, "</a>");
        }
        put!(
            page,
            "</nav><button type=\"button\" id=\"theme\" hidden>Theme: system</button></header>\n<main>\n"
        );
        content(page)?;
        put!(page, "</main>\n<script>");
        page.asset(&script)?;
        put!(page, "</script>\n</body>\n</html>\n");
        Ok(())
    }
}

/// What bears on how far the page can be relied on; `more` is markup behind it.
pub(crate) fn caveats(caveats: &[String], more: &'static str, page: &mut Page<'_>) -> io::Result<()> {
    if caveats.is_empty() {
        return Ok(());
    }
    put!(page, "<div class=\"caveats\" role=\"note\"><p><b>Before you rely on this:</b></p><ul>");
    for caveat in caveats {
        put!(page, "<li>" (caveat) "</li>");
    }
    put!(page, "</ul>");
    page.markup(more)?;
    put!(page, "</div>\n");
    Ok(())
}
