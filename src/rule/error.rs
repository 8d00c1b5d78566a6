//! What is wrong with a rule: code, place, what was expected, and the nearest name.

use std::fmt;

use crate::text::nearest;

/// A line and a column, both from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

/// The kinds of rule errors. Codes are stable: they may be looked up and filtered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Code {
    /// The text is not YAML.
    Yaml,
    /// A key stands twice in one mapping.
    DuplicateKey,
    /// A key that every rule needs is missing.
    MissingKey,
    /// A value has the wrong shape: a list where text was expected, say.
    WrongShape,
    /// A value is not one of those allowed.
    UnknownValue,
    /// A key that means nothing where it stands.
    UnknownKey,
    /// A modifier that Sigma does not have, or that makes no sense at its place in the chain.
    Modifier,
    /// A regular expression, network, number or time that cannot be read.
    BadValue,
    /// The condition does not parse.
    Condition,
    /// The condition names a search identifier that is not there.
    UnknownIdentifier,
    /// A rule refers to another that does not exist.
    UnknownRule,
    /// Correlations refer to each other in a circle.
    Cycle,
    /// Two rules have the same name or id.
    DuplicateRule,
    /// `%name%` of the `expand` modifier is not configured.
    UnknownList,
    /// A `derived.` field that trailsift does not compute.
    UnknownField,
    /// A rule file cannot be read.
    Unreadable,
}

impl Code {
    /// The code as printed.
    pub fn id(self) -> &'static str {
        match self {
            Code::Yaml => "R001",
            Code::DuplicateKey => "R002",
            Code::MissingKey => "R003",
            Code::WrongShape => "R004",
            Code::UnknownValue => "R005",
            Code::UnknownKey => "R006",
            Code::Modifier => "R007",
            Code::BadValue => "R008",
            Code::Condition => "R009",
            Code::UnknownIdentifier => "R010",
            Code::UnknownRule => "R011",
            Code::Cycle => "R012",
            Code::DuplicateRule => "R013",
            Code::UnknownList => "R014",
            Code::UnknownField => "R015",
            Code::Unreadable => "R016",
        }
    }
}

/// A problem within one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What kind of problem.
    pub code: Code,
    /// Where it begins.
    pub place: Place,
    /// How many characters it spans.
    pub width: usize,
    /// What is wrong, in one line.
    pub message: String,
    /// What was expected, or how to mend it.
    pub help: Option<String>,
}

impl Problem {
    pub(super) fn new(code: Code, place: Place, message: String) -> Problem {
        Problem { code, place, width: 1, message, help: None }
    }

    pub(super) fn span(mut self, width: usize) -> Problem {
        self.width = width.max(1);
        self
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Problem {
        self.help = Some(help.into());
        self
    }

    /// Names what is allowed, and the nearest of it.
    pub(super) fn expected<'a>(self, got: &str, allowed: impl IntoIterator<Item = &'a str>) -> Problem {
        let allowed: Vec<&str> = allowed.into_iter().collect();
        let help = match nearest(got, allowed.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if allowed.is_empty() => "nothing is allowed here".to_owned(),
            None if allowed.len() <= 40 => format!("expected one of: {}", allowed.join(", ")),
            None => "no such name".to_owned(),
        };
        self.help(help)
    }
}

/// A problem with the file and the line of text it concerns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleError {
    /// The rule file, as the user named it.
    pub file: String,
    /// What is wrong in it.
    pub problem: Problem,
    /// The line of the file that the problem is on, without its line end.
    pub line_text: String,
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Problem { code, place, width, message, help } = &self.problem;
        writeln!(f, "error[{}]: {message}", code.id())?;
        let gutter = place.line.to_string().len();
        writeln!(f, "{:gutter$}--> {}:{}:{}", "", self.file, place.line, place.column)?;
        if !self.line_text.is_empty() {
            let shown: String =
                self.line_text.chars().take(160).map(|c| if c.is_control() { ' ' } else { c }).collect();
            let room = shown.chars().count().saturating_sub(place.column - 1).max(1);
            writeln!(f, "{:gutter$} |", "")?;
            writeln!(f, "{} | {shown}", place.line)?;
            writeln!(
                f,
                "{:gutter$} | {:indent$}{}",
                "",
                "",
                "^".repeat((*width).min(room)),
                indent = place.column - 1
            )?;
        }
        if let Some(help) = help {
            writeln!(f, "{:gutter$} = help: {help}", "")?;
        }
        Ok(())
    }
}

/// Every error of a rule set at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleErrors(pub Vec<RuleError>);

impl fmt::Display for RuleErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for error in &self.0 {
            writeln!(f, "{error}")?;
        }
        let files: std::collections::BTreeSet<&str> =
            self.0.iter().map(|error| error.file.as_str()).collect();
        let plural = |n: usize| if n == 1 { "" } else { "s" };
        write!(
            f,
            "{} error{} in {} rule file{}",
            self.0.len(),
            plural(self.0.len()),
            files.len(),
            plural(files.len())
        )
    }
}

impl std::error::Error for RuleErrors {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_points() {
        let error = RuleError {
            file: "r.yml".into(),
            problem: Problem::new(Code::Modifier, Place { line: 12, column: 5 }, "unknown modifier".into())
                .span(4)
                .help("did you mean `all`?"),
            line_text: "    x|al: 1".into(),
        };
        let expected = "error[R007]: unknown modifier\n  --> r.yml:12:5\n   |\n12 |     x|al: 1\n   |     ^^^^\n   = help: did you mean `all`?\n";
        assert_eq!(error.to_string(), expected);
    }
}
