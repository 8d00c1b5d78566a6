//! How fast files are read, against reading and inflating them alone, measured in turns in one process.
//!
//! Absolute figures say little on a shared machine: look at the ratios.

#![expect(clippy::print_stdout, reason = "a bench prints what it measured")]

mod corpus;

use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

use flate2::write::GzEncoder;
use flate2::{Compression, Crc, Decompress, FlushDecompress};
use trailsift::event::Layout;
use trailsift::input::{Reader, Source};

/// How often each way is measured; the median counts.
const ROUNDS: usize = 9;

/// The same events in files packed and plain.
struct Files {
    packed: Vec<Source>,
    plain: Vec<Source>,
    events: u64,
    bytes: u64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    for (name, files, events) in [("files of 300 events", 100, 300), ("files of 8 events", 2000, 8)] {
        let files = write(&folder.path().join(events.to_string()), files, events)?;
        for paths in [&corpus::PATHS[..13], &corpus::PATHS] {
            let layout = Layout::new(paths.iter().copied());
            println!("{name}, {} bytes an event, {} paths", files.bytes / files.events, layout.len());
            measure(&files, &layout)?;
        }
    }
    Ok(())
}

fn write(folder: &Path, files: usize, events: usize) -> Result<Files, Box<dyn Error>> {
    fs::create_dir_all(folder)?;
    let mut numbers = corpus::Numbers::new();
    let mut all = Files { packed: Vec::new(), plain: Vec::new(), events: 0, bytes: 0 };
    for number in 0..files {
        let text = numbers.document(events);
        let (plain, packed) =
            (folder.join(format!("{number}.json")), folder.join(format!("{number}.json.gz")));
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text.as_bytes())?;
        fs::write(&packed, encoder.finish()?)?;
        fs::write(&plain, &text)?;
        all.events += events as u64;
        all.bytes += text.len() as u64;
        all.plain.push(Source::file(&plain));
        all.packed.push(Source::file(&packed));
    }
    Ok(all)
}

fn measure(files: &Files, layout: &Layout) -> Result<(), Box<dyn Error>> {
    let mut inflate = Decompress::new(false);
    let mut out = vec![0; 1 << 20];
    let mut floor = || -> Result<(), Box<dyn Error>> {
        for source in &files.packed {
            let bytes = fs::read(&source.path)?;
            inflate.reset(false);
            // The header is the plainest there is: this bench wrote it.
            inflate.decompress(&bytes[10..], &mut out, FlushDecompress::Finish)?;
            let mut checksum = Crc::new();
            checksum.update(&out[..usize::try_from(inflate.total_out())?]);
            black_box(checksum.sum());
        }
        Ok(())
    };
    let mut reader = Reader::new(layout);
    let mut read = |sources: &[Source]| {
        let count = |source| {
            reader
                .read(source, &mut |record, _| {
                    black_box(record);
                })
                .events
        };
        assert_eq!(sources.iter().map(count).sum::<u64>(), files.events);
    };
    let mut times = [const { Vec::new() }; 3];
    for _ in 0..ROUNDS {
        let start = Instant::now();
        floor()?;
        times[0].push(start.elapsed());
        let start = Instant::now();
        read(&files.packed);
        times[1].push(start.elapsed());
        let start = Instant::now();
        read(&files.plain);
        times[2].push(start.elapsed());
    }
    let medians = times.map(|mut times| {
        times.sort();
        times[ROUNDS / 2].as_secs_f64()
    });
    for (name, median) in ["read and inflate", "events of .gz", "events of plain"].into_iter().zip(medians) {
        println!(
            "  {name:16} {:6.0} MB/s {:6.0} ns an event  {:3.0} % of the floor",
            files.bytes as f64 / median / 1e6,
            median / files.events as f64 * 1e9,
            medians[0] / median * 100.0,
        );
    }
    Ok(())
}
