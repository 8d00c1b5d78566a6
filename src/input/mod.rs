//! Temporary reading room.

use crate::event::{Layout, Record, Slots, scanner};
use std::collections::BTreeMap;
use std::path::PathBuf;

#[derive(Clone, Debug)]
pub struct Source {
    pub path: PathBuf,
    pub name: String,
}
impl Source {
    pub fn file(p: &std::path::Path) -> Source {
        Source { path: p.to_owned(), name: p.display().to_string() }
    }
}
#[derive(Clone, Copy, Debug)]
pub struct SkipKind;
impl SkipKind {
    pub fn name(self) -> &'static str {
        "x"
    }
}
#[derive(Clone, Debug)]
pub struct Skipped {
    pub path: String,
    pub kind: SkipKind,
    pub reason: String,
    pub offset: Option<u64>,
    pub record: Option<u64>,
}
#[derive(Clone, Debug, Default)]
pub struct FileReport {
    pub bytes_read: u64,
    pub bytes_inflated: u64,
    pub events: u64,
    pub not_events: BTreeMap<&'static str, u64>,
    pub skipped: Vec<Skipped>,
    pub incomplete: bool,
}
pub struct Reader<'l> {
    layout: &'l Layout,
    slots: Slots,
}
impl<'l> Reader<'l> {
    pub fn new(layout: &'l Layout) -> Self {
        Reader { layout, slots: Slots::new(layout.len()) }
    }
    pub fn naive(layout: &'l Layout) -> Self {
        Self::new(layout)
    }
    pub fn read(&mut self, source: &Source, f: &mut dyn FnMut(&Record<'_>, u32)) -> FileReport {
        let bytes = std::fs::read(&source.path).unwrap_or_default();
        let text = if bytes.starts_with(&[0x1f, 0x8b]) {
            let mut s = String::new();
            use std::io::Read;
            let _ = flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_string(&mut s);
            s
        } else {
            String::from_utf8_lossy(&bytes).into_owned()
        };
        let mut report = FileReport { bytes_read: bytes.len() as u64, ..Default::default() };
        let values: Vec<serde_json::Value> = match serde_json::from_str::<serde_json::Value>(&text) {
            Ok(serde_json::Value::Array(list)) => list,
            Ok(serde_json::Value::Object(mut o)) => match o.remove("Records") {
                Some(serde_json::Value::Array(list)) => list,
                _ => vec![serde_json::Value::Object(o)],
            },
            _ => text.lines().filter_map(|l| serde_json::from_str(l).ok()).collect(),
        };
        for (n, v) in values.iter().enumerate() {
            let json = v.to_string();
            self.slots.clear();
            if let Ok(end) = scanner::read(&json, 0, self.layout, &mut self.slots) {
                report.events += 1;
                f(&Record::new(&json, 0, end, &self.slots), n as u32);
            }
        }
        report
    }
    pub fn fetch(&mut self, source: &Source, wanted: &[u32], f: &mut dyn FnMut(&Record<'_>, u32)) {
        self.read(source, &mut |r, n| {
            if wanted.contains(&n) {
                f(r, n)
            }
        });
    }
}
