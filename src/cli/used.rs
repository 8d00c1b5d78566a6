//! What bent a run, for whoever reads its answer: a configuration that nobody named can switch rules off.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use trailsift::finding::Run;
use trailsift::input::Source;
use trailsift::report::bounds;
use trailsift::report::untrusted::plain;
use trailsift::rule::Bent;

use super::context::OF_FOLDER;
use super::ruleset::Own;

/// The configuration that a run used, and what was asked of it.
pub(crate) struct Used {
    pub(super) files: Vec<String>,
    /// Whether that of the current folder is one of them, found and not named.
    pub(super) of_folder: bool,
    /// Whether that lies among the logs, where others may have put it.
    pub(super) among_logs: bool,
    pub(super) bent: Bent,
    /// What was asked for alone, in words.
    pub(super) only: Vec<String>,
    /// The rules of `--rules`.
    pub(super) own: Own,
}

impl Used {
    /// As used for these logs.
    pub(crate) fn over(mut self, paths: &[PathBuf], sources: &[Source]) -> Used {
        self.among_logs = self.of_folder && lies_among(paths, sources);
        self
    }

    /// As used when only this was asked for.
    pub(crate) fn only(self, only: Vec<String>) -> Used {
        Used { only, ..self }
    }

    /// Notes it in what the outputs tell of the run.
    pub(crate) fn note(&self, run: &mut Run) {
        let Bent { off, level, limits } = self.bent.clone();
        run.config.clone_from(&self.files);
        run.only.clone_from(&self.only);
        (run.rules_off, run.levels_changed, run.limits_changed) = (off, level, limits);
    }

    /// Tells of it on standard error, in a line each; with `quiet` only of what nobody can have meant.
    pub(crate) fn tell(&self, quiet: bool, err: &mut dyn Write) -> io::Result<()> {
        let mut run = Run::default();
        self.note(&mut run);
        let bent = bounds::bent(&run).map_or_else(String::new, |bent| format!(" ({bent})"));
        if !quiet && !self.among_logs && !self.files.is_empty() {
            writeln!(err, "configuration: {}{bent}", plain(&self.files.join(" over ")))?;
        }
        if !quiet {
            self.own.told().try_for_each(|told| writeln!(err, "rules: {}", plain(&told)))?;
        }
        if self.among_logs {
            writeln!(
                err,
                "warning: {OF_FOLDER} was found among the logs, where others may have put it, and is used{bent}; \
                 run from another folder, or name a configuration with --config"
            )?;
        }
        Ok(())
    }
}

/// Whether the current folder's configuration lies where logs are read: below a path, or as one of the files found.
fn lies_among(paths: &[PathBuf], sources: &[Source]) -> bool {
    let Ok(here) = Path::new(".").canonicalize() else { return false };
    let above = |path: &PathBuf| path.canonicalize().is_ok_and(|path| here.starts_with(path));
    let is_it = |path: PathBuf| {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        path.ends_with(OF_FOLDER) && folder.canonicalize().is_ok_and(|folder| folder == here)
    };
    paths.iter().any(above) || sources.iter().any(|source| is_it(source.path()))
}
