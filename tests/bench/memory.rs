//! What the real binary takes: peak memory and start-up, each of a process of its own.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use trailsift::detect::{Census, Held};

use crate::corpus::Corpus;

/// The binary as built for this bench.
const BINARY: &str = env!("CARGO_BIN_EXE_trailsift");

fn scan(folder: &Path, jobs: usize) -> Result<Child> {
    let jobs = jobs.to_string();
    let mut command = Command::new(BINARY);
    command.arg("scan").arg(folder).args(["-q", "-f", "jsonl", "--jobs", &jobs]);
    Ok(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?)
}

/// The most memory that a scan with the whole pack ever had, in bytes; `None` where the system does not tell.
pub(crate) fn peak(folder: &Path, jobs: usize) -> Result<Option<u64>> {
    let mut child = scan(folder, jobs)?;
    let mut peak = None;
    let status = loop {
        peak = peak.max(high_water(child.id()));
        if let Some(status) = child.try_wait()? {
            break status;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    ensure!(status.success(), "the scan failed: {status}");
    Ok(peak)
}

fn high_water(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kib| kib << 10)
}

/// Seconds from start to end over a file with one record: median of some runs.
pub(crate) fn start_up(rounds: usize) -> Result<f64> {
    let folder = tempfile::tempdir()?;
    std::fs::write(
        folder.path().join("one.json"),
        r#"{"Records":[{"eventVersion":"1.09","eventSource":"s3.amazonaws.com","eventName":"GetObject"}]}"#,
    )?;
    let mut times = Vec::new();
    for _ in 0..rounds.max(5) {
        let start = Instant::now();
        let _ = scan(folder.path(), 1)?.wait()?;
        times.push(start.elapsed().as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() / 2])
}

/// The organization whose memory is measured, and files for so many days that their number is not what grows.
const ORGANIZATION: [&str; 6] = ["--minutes-per-file", "1440", "--accounts", "12", "--people", "120"];

/// Records in a file, as the generator has it if not asked.
const PER_FILE: u64 = 300;

/// Peak memory by number of events: of an organization whose sessions, credentials and files become more with its
/// events, and of one in which only events become more. Each corpus is removed again.
pub(crate) fn growth(sizes: &[u64]) -> Result<()> {
    let few = sizes.iter().copied().min().unwrap_or_default();
    println!("people and accounts stay, sessions, credentials and files become more:");
    let mut first = 0;
    for events in sizes {
        let peak = peak_of(*events, &[])?;
        if *events == few {
            first = peak;
        }
    }
    println!(
        "the sessions, credentials, addresses, resources and files of {few} events, and more events of them:"
    );
    for events in sizes.iter().filter(|events| **events != few) {
        let (terms, per_file) = (few.to_string(), (PER_FILE * events).div_ceil(few.max(1)).to_string());
        let peak = peak_of(*events, &["--terms-of", &terms, "--events-per-file", &per_file])?;
        println!("{:>11.2} times the peak of {few}", peak as f64 / first.max(1) as f64);
    }
    Ok(())
}

/// Prints and gives the peak of a corpus of so many events.
fn peak_of(events: u64, more: &[&str]) -> Result<u64> {
    let text = events.to_string();
    let arguments = [&["--events", &text], &ORGANIZATION[..], more].concat();
    let corpus = Corpus::generated(&format!("memory-{events}"), &arguments)?;
    let start = Instant::now();
    let peak = peak(&corpus.folder, 2)?.unwrap_or(0);
    println!(
        "{events:>11} events, {:>7} files: peak {:>5} MiB, {:.1} s",
        corpus.sources.len(),
        peak >> 20,
        start.elapsed().as_secs_f64()
    );
    std::fs::remove_dir_all(&corpus.folder)?;
    Ok(peak)
}

/// What the states would hold after so many events: what they hold after two smaller numbers of events of the same
/// organization, and the straight line through both. Terms become fewer by the event as a log goes on, so the line
/// lies above them; what grows with matched events lies on it.
pub(crate) fn states(events: u64, census: impl Fn(&Corpus) -> Result<Census>) -> Result<()> {
    // Far enough apart for a slope, and both done within minutes.
    let sizes = [500_000, 2_000_000];
    let mut measured = Vec::new();
    for size in sizes {
        let text = size.to_string();
        let corpus = Corpus::generated(
            &format!("states-{size}"),
            &[&["--events", &text], &ORGANIZATION[..]].concat(),
        )?;
        measured.push(census(&corpus)?);
        std::fs::remove_dir_all(&corpus.folder)?;
    }
    let [few, many] = sizes;
    println!(
        "{:<28} {few:>10} {many:>10} events, at {events}: entries and MiB by a straight line",
        "entries after"
    );
    let line = |a: u64, b: u64| {
        let slope = (b as f64 - a as f64) / (many - few) as f64;
        (b as f64 + slope * (events as f64 - many as f64)).max(0.0)
    };
    let mut all = 0.0;
    for (kind, after) in &measured[1] {
        let before = measured[0].get(kind).copied().unwrap_or_default();
        let Held { entries, bytes } = *after;
        let (more, mib) = (line(before.entries, entries), line(before.bytes, bytes) / f64::from(1 << 20));
        all += mib;
        println!("{kind:<28} {:>10} {entries:>10} {more:>14.0} {mib:>9.0}", before.entries);
    }
    println!("{:<28} {:>10} {:>10} {:>14} {all:>9.0}", "all", "", "", "");
    println!(
        "Simulated, not measured: no log of {events} events was read. It covers the joined states of the whole"
    );
    println!(
        "pack after the last record. It does not cover each worker's own copy of them before they are joined (as"
    );
    println!(
        "much again for every further thread at most), the memory of behaviours, buffers, the list of files,"
    );
    println!(
        "what judging takes, findings, and the allocator's own room; nor other organizations than this one."
    );
    Ok(())
}
