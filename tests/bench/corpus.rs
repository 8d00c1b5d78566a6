//! What is measured: trails written by the project's own generator, made once and kept below `target`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use trailsift::input::{Source, discover};

/// A folder of logs.
pub(crate) struct Corpus {
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
    pub(crate) sources: Vec<Source>,
}

impl Corpus {
    /// About 300 records in a file.
    pub(crate) fn ordinary(events: u64) -> Result<Corpus> {
        let name = format!("trail-{events}");
        // So many minutes of a trail of this density fill a file.
        let minutes = (1_440_000_000 / events.max(1)).clamp(60, 43_200).to_string();
        Corpus::generated(&name, &["--events", &events.to_string(), "--minutes-per-file", &minutes])
    }

    /// About eight records in a file.
    pub(crate) fn small(files: u64) -> Result<Corpus> {
        let events = (files * 8).to_string();
        // At the density of 100,000 such files; fewer events lie further apart.
        Corpus::generated(&format!("eights-{files}"), &["--events", &events, "--minutes-per-file", "15"])
    }

    /// What somebody has.
    pub(crate) fn of(folder: &Path) -> Result<Corpus> {
        let found = discover(&[folder.to_owned()], &mut std::io::empty())?;
        Ok(Corpus { name: folder.display().to_string(), folder: folder.to_owned(), sources: found.sources })
    }

    /// Writes a trail with an intrusion, unless it is there already.
    pub(crate) fn generated(name: &str, arguments: &[&str]) -> Result<Corpus> {
        let bench = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench");
        let (folder, unfinished) = (bench.join(name), bench.join(format!("{name}.unfinished")));
        if !folder.exists() {
            #[expect(clippy::print_stderr, reason = "it takes minutes; whoever waits should know")]
            {
                eprintln!("writing {}", folder.display());
            }
            let _ = std::fs::remove_dir_all(&unfinished);
            let status = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
                .args(["run", "--quiet", "--release", "--manifest-path"])
                .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"))
                .args(["--example", "generate", "--", "--intrusion", "demo"])
                .args(arguments)
                .arg(&unfinished)
                .status()
                .context("cannot run cargo")?;
            ensure!(status.success(), "the generator failed");
            std::fs::rename(&unfinished, &folder)?;
        }
        Ok(Corpus { name: name.to_owned(), ..Corpus::of(&folder)? })
    }
}
