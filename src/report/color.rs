//! Colours of a terminal, where its surroundings allow any.

use std::borrow::Cow;

use super::Surroundings;
use crate::level::Level;

impl Surroundings {
    /// A text of ours, for heads of tables and sections.
    pub(crate) fn bold(self, text: &str) -> Cow<'_, str> {
        self.marked("1", text)
    }

    /// A text of ours in the colour of a level.
    pub(crate) fn of_level(self, level: Level, text: &str) -> Cow<'_, str> {
        let code = match level {
            Level::Critical => "1;97;41",
            Level::High => "1;31",
            Level::Medium => "33",
            Level::Low => "36",
            Level::Informational => "2",
        };
        self.marked(code, text)
    }

    fn marked<'t>(self, code: &str, text: &'t str) -> Cow<'t, str> {
        if self.color { Cow::Owned(format!("\u{1b}[{code}m{text}\u{1b}[0m")) } else { Cow::Borrowed(text) }
    }
}
