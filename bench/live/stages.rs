//! From the writer's call to the subscriber's screen, and where the time goes.

use anyhow::Result;
use deskwire_bench::http;
use deskwire_bench::server::free_address;
use deskwire_bench::table::{Table, say};
use std::collections::BTreeMap;
use std::net::SocketAddr;

use crate::options::Args;
use crate::queue::{Measured, measure, name};
use crate::speak::Side;

const SUBSCRIBERS: usize = 100;
/// Wanted of the desk on a machine that does nothing else.
const P95_MS: f64 = 50.0;
/// In the order an update passes them.
const STAGES: [&str; 6] = ["commit", "sequence", "publish", "load", "evaluate", "send"];
const HISTOGRAM: &str = "deskwire_live_stage_seconds";

/// One stage's counts: by upper bound in seconds, then all, then their sum in seconds.
#[derive(Debug, Clone, Default, PartialEq)]
struct Stage {
    buckets: Vec<(f64, f64)>,
    count: f64,
    sum_s: f64,
}

type Stages = BTreeMap<String, Stage>;

pub fn run(args: &Args) -> Result<()> {
    let rate = args.rate.unwrap_or(50);
    for _ in 0..args.rounds {
        let mut all = Vec::new();
        for side in [Side::Desk, Side::Broadcaster] {
            say(&format!("{SUBSCRIBERS} subscribers, {rate} changes/s: {}", name(side)));
            let metrics = free_address()?;
            let server = side.start_with(args, &["--metrics-listen", &metrics.to_string()])?;
            let before = stages(metrics);
            all.push(measure(args, &server, side, SUBSCRIBERS, rate)?);
            if side == Side::Desk {
                print_stages(before, stages(metrics));
            }
        }
        print(&all);
    }
    Ok(())
}

fn print(all: &[Measured]) {
    let mut table = Table::new(&["milliseconds", "p50", "p95", "p99", "wanted p95", ""]);
    for measured in all {
        let who = name(measured.side);
        let kinds = [
            ("call → item on screen", &measured.from_call),
            ("answer → item on screen", &measured.from_answer),
            ("call → answer", &measured.calls),
        ];
        for (kind, times) in kinds {
            let [p50, p95, p99] = times.percentiles([0.5, 0.95, 0.99]);
            let mut row = vec![format!("{who}: {kind}")];
            row.extend([p50, p95, p99].map(|millis| format!("{millis:.2}")));
            if measured.side == Side::Desk && kind.starts_with("call → item") {
                row.push(format!("< {P95_MS:.0}"));
                row.push(if p95 < P95_MS { "met" } else { "NOT MET" }.into());
            }
            table.row(row);
        }
    }
    table.print();
    for measured in all {
        let lost = measured.lost + measured.wrong;
        if lost > 0 || measured.failed > 0 {
            say(&format!(
                "{}: {lost} lost or wrong, {} failed.",
                name(measured.side),
                measured.failed
            ));
        }
    }
}

/// The stages as the server counts them; `None` where it offers no such figures.
fn stages(metrics: SocketAddr) -> Option<Stages> {
    let text = http::get(metrics, "/metrics", None).ok()?;
    let stages = parse(&String::from_utf8_lossy(&text));
    (!stages.is_empty()).then_some(stages)
}

fn print_stages(before: Option<Stages>, after: Option<Stages>) {
    let Some(after) = after else {
        say(&format!("The server offers no {HISTOGRAM} in /metrics; no shares of stages."));
        return;
    };
    let before = before.unwrap_or_default();
    let spent: Stages = after
        .into_iter()
        .map(|(name, stage)| (name.clone(), stage.since(before.get(&name))))
        .collect();
    let all: f64 = spent.values().map(Stage::mean_ms).sum();
    let mut table = Table::new(&["stage", "times", "mean ms", "p50 ms ≤", "p95 ms ≤", "share %"]);
    let in_order = STAGES.iter().filter_map(|name| spent.get_key_value(*name));
    for (name, stage) in in_order {
        table.row(vec![
            name.clone(),
            format!("{:.0}", stage.count),
            format!("{:.3}", stage.mean_ms()),
            format!("{:.3}", stage.bound_ms(0.5)),
            format!("{:.3}", stage.bound_ms(0.95)),
            format!("{:.0}", 100.0 * stage.mean_ms() / all),
        ]);
    }
    table.print();
}

impl Stage {
    fn since(mut self, before: Option<&Self>) -> Self {
        if let Some(before) = before {
            self.count -= before.count;
            self.sum_s -= before.sum_s;
            for (now, then) in self.buckets.iter_mut().zip(&before.buckets) {
                now.1 -= then.1;
            }
        }
        self
    }

    fn mean_ms(&self) -> f64 {
        if self.count > 0.0 { 1000.0 * self.sum_s / self.count } else { 0.0 }
    }

    /// Upper bound of the bucket in which this part of all lies.
    fn bound_ms(&self, part: f64) -> f64 {
        let rank = part * self.count;
        let found = self.buckets.iter().find(|(_, below)| *below >= rank);
        found.map_or(f64::INFINITY, |(bound, _)| 1000.0 * bound)
    }
}

/// Reads the histogram from Prometheus' text format.
fn parse(text: &str) -> Stages {
    let mut stages = Stages::new();
    for line in text.lines() {
        let Some(rest) = line.strip_prefix(HISTOGRAM) else { continue };
        let Some((kind, rest)) = rest.split_once('{') else { continue };
        let Some((labels, value)) = rest.split_once('}') else { continue };
        let label = |wanted: &str| {
            labels.split(',').find_map(|pair| {
                let (name, value) = pair.split_once('=')?;
                (name.trim() == wanted).then(|| value.trim_matches('"').to_owned())
            })
        };
        let (Some(name), Ok(value)) = (label("stage"), value.trim().parse::<f64>()) else {
            continue;
        };
        let stage = stages.entry(name).or_default();
        match kind {
            "_count" => stage.count = value,
            "_sum" => stage.sum_s = value,
            "_bucket" => {
                let bound = label("le").and_then(|bound| bound.parse().ok());
                stage.buckets.push((bound.unwrap_or(f64::INFINITY), value));
            }
            _ => {}
        }
    }
    stages
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_are_read_and_subtracted() {
        let text = |fast: u32, all: u32, sum: f64| {
            format!(
                "# TYPE deskwire_live_stage_seconds histogram\n\
                 deskwire_live_stage_seconds_bucket{{stage=\"load\",le=\"0.001\"}} {fast}\n\
                 deskwire_live_stage_seconds_bucket{{stage=\"load\",le=\"+Inf\"}} {all}\n\
                 deskwire_live_stage_seconds_sum{{stage=\"load\"}} {sum}\n\
                 deskwire_live_stage_seconds_count{{stage=\"load\"}} {all}\n\
                 deskwire_sockets 3\n"
            )
        };
        let (before, after) = (parse(&text(1, 2, 0.5)), parse(&text(5, 6, 0.504)));
        let load = after["load"].clone().since(before.get("load"));
        assert_eq!((load.count, load.bound_ms(0.5)), (4.0, 1.0));
        assert!((load.mean_ms() - 1.0).abs() < 1e-9);
    }
}
