//! How fast records are read, against inflating alone, measured in turns in one process.

mod corpus;

use std::hint::black_box;
use std::time::Instant;

use flate2::{Compression, Decompress, FlushDecompress, write::GzEncoder};
use std::io::Write;
use trailsift::event::{Layout, Slots, scanner};

fn main() {
    let mut numbers = corpus::Numbers::new();
    let texts: Vec<String> = (0..100).map(|_| numbers.document(300)).collect();
    let packed: Vec<Vec<u8>> = texts
        .iter()
        .map(|text| {
            let mut gz = GzEncoder::new(Vec::new(), Compression::default());
            gz.write_all(text.as_bytes()).unwrap();
            gz.finish().unwrap()
        })
        .collect();
    let size: usize = texts.iter().map(String::len).sum();
    let small: usize = packed.iter().map(Vec::len).sum();
    println!("{} events of {} bytes, {:.1}x", 30_000, size / 30_000, size as f64 / small as f64);
    let layout = Layout::new(corpus::PATHS);
    let only = std::env::args().nth(1);
    let mut results: Vec<(&str, Vec<f64>)> =
        vec![("inflate", vec![]), ("crc", vec![]), ("scan", vec![]), ("utf8", vec![])];
    let mut out = vec![0u8; 1 << 20];
    let mut inflate = Decompress::new(false);
    let mut copy = String::new();
    let mut slots = Slots::new(layout.len());
    results.retain(|(name, _)| only.as_deref().is_none_or(|only| only == *name));
    for _ in 0..if only.is_some() { 50 } else { 9 }
        .min(std::env::var("ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(99))
    {
        for (name, times) in &mut results {
            let mut start = Instant::now();
            let mut spent = 0.0;
            match *name {
                "inflate" => {
                    for gz in &packed {
                        inflate.reset(false);
                        inflate.decompress(&gz[10..], &mut out, FlushDecompress::Finish).unwrap();
                        black_box(&out);
                    }
                }
                "crc" => {
                    for text in &texts {
                        let mut crc = flate2::Crc::new();
                        crc.update(text.as_bytes());
                        black_box(crc.sum());
                    }
                }
                "utf8" => {
                    for text in &texts {
                        black_box(std::str::from_utf8(text.as_bytes()).unwrap());
                    }
                }
                _ => {
                    for text in &texts {
                        copy.clear();
                        copy.push_str(text);
                        let text = &copy;
                        start = Instant::now();
                        let mut at = "{\"Records\":[".len();
                        loop {
                            at = scanner::read(text, at, &layout, &mut slots).unwrap();
                            black_box(&slots);
                            if text.as_bytes()[at] != b',' {
                                break;
                            }
                            at += 1;
                        }
                        spent += start.elapsed().as_secs_f64();
                    }
                }
            }
            times.push(if spent > 0.0 { spent } else { start.elapsed().as_secs_f64() });
        }
    }
    for (name, times) in &mut results {
        times.sort_by(f64::total_cmp);
        let median = times[times.len() / 2];
        println!(
            "{name:10} {:8.0} MB/s {:6.0} ns/event  best {:6.0}",
            size as f64 / median / 1e6,
            median / 30_000.0 * 1e9,
            times[0] / 30_000.0 * 1e9
        );
    }
}
