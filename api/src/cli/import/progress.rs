//! A bar on the terminal while an import runs.

use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{IsTerminal, stderr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::source::Source;
use crate::cli::output::tell;

#[derive(Clone)]
pub struct Progress {
    bar: ProgressBar,
    bytes_read: Arc<AtomicU64>,
    started: Instant,
}

impl Progress {
    /// Draws nothing when `quiet`, or when nobody watches.
    pub fn start(source: &Source, quiet: bool) -> Self {
        let bar = match source.bytes_total {
            Some(bytes) => ProgressBar::new(bytes)
                .with_style(style("{bar:30} {percent:>3} %  {msg}  {eta} left")),
            None => ProgressBar::new_spinner().with_style(style("{spinner} {elapsed}  {msg}")),
        };
        if quiet || !stderr().is_terminal() {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        } else {
            bar.enable_steady_tick(Duration::from_millis(200));
        }
        Self { bar, bytes_read: source.bytes_read.clone(), started: Instant::now() }
    }

    pub fn show(&self, created: usize, skipped: usize, rejected: usize) {
        self.bar.set_position(self.bytes_read.load(Ordering::Relaxed));
        let rate = created as f64 / self.started.elapsed().as_secs_f64().max(0.001);
        let count = |n: usize| HumanCount(n as u64);
        self.bar.set_message(format!(
            "{} created ({rate:.0}/s), {} skipped, {} rejected",
            count(created),
            count(skipped),
            count(rejected)
        ));
    }

    /// A line beside the bar.
    pub fn say(&self, text: &str) {
        self.bar.suspend(|| tell(text));
    }

    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("the templates above are valid")
}
