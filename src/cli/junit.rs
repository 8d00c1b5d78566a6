//! The results of `rules test` as JUnit XML.

use std::io::{self, Read, Write};
use std::path::Path;

use anyhow::{Result, bail};
use trailsift::report::untrusted::plain;
use trailsift::scan::trial::Trial;

/// Results of before are replaced; what is no XML may be the events, the rules or anything else.
pub(crate) fn refuse_another(file: &Path) -> Result<()> {
    if !file.is_file() {
        return Ok(());
    }
    let mut start = Vec::new();
    std::fs::File::open(file)?.take(5).read_to_end(&mut start)?;
    if !start.is_empty() && start != b"<?xml" {
        bail!("--junit {}: it exists and holds no XML; write to another file, or remove it", file.display());
    }
    Ok(())
}

/// Writes the results.
pub(crate) fn write(trials: &[Trial], out: &mut dyn Write) -> io::Result<()> {
    let failed = trials.iter().filter(|trial| trial.failure.is_some()).count();
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(out, "<testsuite name=\"trailsift rules\" tests=\"{}\" failures=\"{failed}\">", trials.len())?;
    for trial in trials {
        let name = trial.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        write!(out, "  <testcase classname=\"{}\" name=\"{}\"", xml(&trial.rule), xml(&name))?;
        match &trial.failure {
            Some(reason) => writeln!(out, "><failure message=\"{}\"/></testcase>", xml(reason))?,
            None => writeln!(out, "/>")?,
        }
    }
    writeln!(out, "</testsuite>")
}

/// Text in an attribute. XML has no place for U+FFFE and U+FFFF, not even escaped.
fn xml(text: &str) -> String {
    let text =
        plain(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    text.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_has_no_place_for_is_replaced() {
        assert_eq!(xml("a\u{ffff}\u{fffe}<\"&\u{1b}"), "a\u{fffd}\u{fffd}&lt;&quot;&amp;\\u{1b}");
    }

    #[test]
    fn only_results_are_replaced() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for (text, fine) in
            [("", true), ("<?xml version=\"1.0\"?>", true), ("{\"Records\":[]}", false), ("title", false)]
        {
            std::fs::write(file.path(), text).unwrap();
            assert_eq!(refuse_another(file.path()).is_ok(), fine, "{text}");
        }
        assert!(refuse_another(Path::new("no/such/file")).is_ok());
    }
}
