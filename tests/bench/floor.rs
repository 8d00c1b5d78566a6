//! How fast a scan is, against reading and inflating the same files and nothing else: `cargo bench --bench floor`.
//!
//! Everything is measured in turns in one process, and the median counts. Absolute figures say little on a shared
//! machine: look at the fractions of the floor. `README.md` beside this file says how to read them.

#![expect(clippy::print_stdout, reason = "a bench prints what it measured")]

mod corpus;
mod memory;
mod stages;
mod table;

use std::path::PathBuf;

use anyhow::Result;
use clap::Parser;

use corpus::Corpus;
use stages::Stages;

/// That of the command.
#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measure how fast trailsift is, as a fraction of reading and inflating the same files.
#[derive(Parser)]
#[command(name = "floor")]
pub(crate) struct Args {
    /// Events of the corpus of ordinary files, some 300 in each
    #[arg(long, default_value_t = 1_000_000)]
    events: u64,

    /// Files of the corpus of small files, about eight events in each; 0 leaves it out
    #[arg(long, default_value_t = 100_000)]
    small_files: u64,

    /// How often each way is measured; the median counts
    #[arg(long, default_value_t = 5)]
    rounds: usize,

    /// Worker threads [default: one for each core]
    #[arg(long)]
    jobs: Option<usize>,

    /// A smaller corpus and fewer rounds, for CI: fractions only to be read as "not ten times slower than it was"
    #[arg(long)]
    quick: bool,

    /// Measure this folder of logs instead of a generated corpus
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,

    /// Measure peak memory for these numbers of events, with the whole pack, one after another, and nothing else
    #[arg(long, value_name = "EVENTS", value_delimiter = ',')]
    memory: Vec<u64>,

    /// Say what the states would hold after so many events, by what they hold after fewer, and nothing else
    #[arg(long, value_name = "EVENTS")]
    states: Option<u64>,

    /// What cargo passes to every bench
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Result<()> {
    let mut args = Args::parse();
    if args.quick {
        args.events = args.events.min(60_000);
        args.small_files = args.small_files.min(4_000);
        args.rounds = args.rounds.min(3);
    }
    if !args.memory.is_empty() {
        return memory::growth(&args.memory);
    }
    let jobs =
        args.jobs.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, std::num::NonZero::get));
    let stages = Stages::new(jobs)?;
    if let Some(events) = args.states {
        return memory::states(events, |corpus| Ok(stages.census(corpus)));
    }
    println!("{}", stages.describe());
    println!("start-up with the embedded rules: {:.1} ms", memory::start_up(args.rounds)? * 1e3);
    let corpora = match &args.folder {
        Some(folder) => vec![Corpus::of(folder)?],
        None => {
            let mut corpora = vec![Corpus::ordinary(args.events)?];
            if args.small_files > 0 {
                corpora.push(Corpus::small(args.small_files)?);
            }
            corpora
        }
    };
    for corpus in corpora {
        let measured = stages.measure(&corpus, args.rounds)?;
        let peak = memory::peak(&corpus.folder, jobs)?;
        table::print(&corpus, &measured, peak);
    }
    Ok(())
}
