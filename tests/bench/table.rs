//! Medians as a table.

use crate::corpus::Corpus;
use crate::stages::{Measured, Took, Way};

impl Measured {
    fn median(&self, of: impl Fn(&[Took; Way::ALL.len()]) -> f64) -> f64 {
        let mut all: Vec<f64> = self.rounds.iter().map(of).collect();
        all.sort_by(f64::total_cmp);
        all.get(all.len() / 2).copied().unwrap_or(f64::NAN)
    }

    /// The median over the rounds of one way's share of another's in the same round.
    fn ratio(&self, of: Way, to: Way, time: impl Fn(&Took) -> f64) -> f64 {
        self.median(|round| time(&round[of as usize]) / time(&round[to as usize]))
    }
}

/// Prints what one corpus came to.
pub(crate) fn print(corpus: &Corpus, measured: &Measured, peak: Option<u64>) {
    println!(
        "\n{}: {} events in {} files, {:.1} times compressible, medians of {}",
        corpus.name,
        measured.events,
        corpus.sources.len(),
        measured.bytes as f64 / measured.packed as f64,
        measured.rounds.len(),
    );
    println!("{:34} {:>10} {:>7} {:>12} {:>12}", "", "events/s", "MB/s", "% of floor", "by CPU time");
    for (way, name) in [
        (Way::Read, "read"),
        (Way::Floor, "read + inflate (libdeflate): floor"),
        (Way::ZlibRs, "read + inflate (zlib-rs)"),
        (Way::Records, "... and find records and fields"),
        (Way::Stateless, "scan, stateless rules"),
        (Way::Mission, "scan, rules of the mission"),
        (Way::Pack, "scan, whole pack"),
    ] {
        let wall = measured.median(|round| round[way as usize].wall);
        println!(
            "{name:34} {:>10.0} {:>7.0} {:>12.0} {:>12.0}",
            measured.events as f64 / wall,
            measured.bytes as f64 / wall / 1e6,
            100.0 * measured.ratio(Way::Floor, way, |took| took.wall),
            100.0 * measured.ratio(Way::Floor, way, |took| took.cpu),
        );
    }
    shares(measured);
    if let Some(peak) = peak {
        println!("peak memory, whole pack: {} MiB", peak >> 20);
    }
}

/// Where the time of a scan with the whole pack goes: each way takes what the one before it does not.
fn shares(measured: &Measured) {
    let cpu = |way: Way| measured.median(|round| round[way as usize].cpu);
    let finish = measured.median(|round| round[Way::Pack as usize].finish);
    let list = cpu(Way::List);
    let inflated = cpu(if cfg!(feature = "libdeflate") { Way::Floor } else { Way::ZlibRs });
    let all = cpu(Way::Pack) + list;
    let parts = [
        ("list", list),
        ("read", cpu(Way::Read)),
        ("inflate", inflated - cpu(Way::Read)),
        ("scan", cpu(Way::Records) - inflated),
        ("rules and states", cpu(Way::Pack) - cpu(Way::Records) - finish),
        ("finish", finish),
    ];
    let parts: Vec<String> =
        parts.iter().map(|(name, part)| format!("{name} {:.0} %", 100.0 * part / all)).collect();
    println!("share of processor time, whole pack: {}", parts.join(", "));
}
