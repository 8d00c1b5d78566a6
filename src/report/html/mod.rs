//! One self-contained page for the person who must decide tonight: it works from a USB stick, without network, and
//! without scripts as well.
//!
//! The program writes the page whole; the script only hides, sorts into pages and draws anew what stands there. What
//! is not shown at once stands in `<noscript>`, which a browser with scripts leaves unparsed: so ten thousand findings
//! cost nothing until they are looked at, and a browser without scripts shows them all. Everything from a log passes
//! through one hand ([`page`]), and the policy ([`policy`]) names all that may run. Other rooms that write a page use the
//! same [`shell`] and the same hand.

mod detail;
mod finding;
mod findings;
mod overview;
pub(crate) mod page;
mod policy;
pub(crate) mod read;
pub(crate) mod shell;
mod timeline;
mod told;
mod tree;

use std::io::{self, Write};

use super::Surroundings;
use super::actors::Actors;
use crate::finding::View;
use shell::Shell;

/// Findings beyond these, of the lowest levels, are counted: a page has to open on any machine.
const MOST: usize = 20_000;

/// The whole page.
pub(super) fn render(view: &View, _: Surroundings, out: &mut dyn Write) -> io::Result<()> {
    let actors = Actors::of(view);
    let shell = Shell {
        title: "trailsift report",
        skip: ("findings", "Skip to the findings"),
        sections: &[
            ("told", "What happened"),
            ("chain", "Identities"),
            ("timeline", "Timeline"),
            ("findings", "Findings"),
            ("read", "What was read"),
        ],
        script: concat!(include_str!("page.js"), include_str!("shell.js")),
    };
    shell.write(out, |page| {
        overview::write(view, &actors, page)?;
        told::write(view, &actors, page)?;
        tree::write(view, &actors, page)?;
        timeline::write(view, &actors, page)?;
        findings::write(view, &actors, page)?;
        read::write(view, page)
    })
}
