//! The progress bar, on a terminal.

use std::io::{self, IsTerminal};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use trailsift::report::summary::grouped;
use trailsift::scan::Progress;

use super::args::RunArgs;

/// Set once the user interrupts.
pub(crate) static STOPPED: AtomicBool = AtomicBool::new(false);

/// Files, bytes, events, time left.
pub(crate) struct Bar {
    bar: ProgressBar,
    bytes: AtomicU64,
    events: AtomicU64,
}

impl Bar {
    /// A bar over so many files; hidden unless standard error is a terminal and progress is wanted.
    pub(crate) fn new(files: usize, run: &RunArgs) -> Bar {
        let wanted = !run.is_quiet() && !run.no_progress && io::stderr().is_terminal();
        let target =
            if wanted { ProgressDrawTarget::stderr_with_hz(8) } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(files as u64), target);
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} files, {msg}, {eta} left") {
            bar.set_style(style);
        }
        if wanted {
            bar.enable_steady_tick(Duration::from_millis(250));
        }
        Bar { bar, bytes: AtomicU64::new(0), events: AtomicU64::new(0) }
    }

    /// Removes the bar.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Progress for Bar {
    fn file(&self, bytes: u64, events: u64) {
        let bytes = self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        let events = self.events.fetch_add(events, Ordering::Relaxed) + events;
        self.bar.inc(1);
        if !self.bar.is_hidden() {
            let seconds = self.bar.elapsed().as_secs().max(1);
            let rate = events / seconds;
            self.bar.set_message(format!(
                "{} MiB, {} events, {}/s",
                bytes >> 20,
                grouped(events),
                grouped(rate)
            ));
        }
    }

    fn stopped(&self) -> bool {
        STOPPED.load(Ordering::Relaxed)
    }
}
