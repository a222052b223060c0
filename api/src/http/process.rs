//! The process as the operating system sees it, under the names every Prometheus client uses.

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Unit;
use std::time::{SystemTime, UNIX_EPOCH};

/// Ticks of `/proc/PID/stat`: `USER_HZ`, which Linux keeps at 100 for programs whatever its own clock.
const TICKS_PER_SECOND: f64 = 100.0;

/// Looks when it is asked. Without `/proc` only the start is known.
#[derive(Debug)]
pub struct Process {
    started_at: f64,
}

impl Process {
    pub fn new() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { started_at: since.as_secs_f64() }
    }
}

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), std::fmt::Error> {
        let (seconds, bytes) = (Some(&Unit::Seconds), Some(&Unit::Bytes));
        let mut gauge = |name, help, unit, value: Option<f64>| match value.map(ConstGauge::new) {
            Some(metric) => {
                let kind = metric.metric_type();
                metric.encode(encoder.encode_descriptor(name, help, unit, kind)?)
            }
            None => Ok(()),
        };
        let started_at = Some(self.started_at);
        gauge("process_start_time", "Start of the process since 1970.", seconds, started_at)?;
        gauge("process_resident_memory", "Resident memory.", bytes, resident_bytes())?;
        gauge("process_open_fds", "Open file descriptors.", None, open_files())?;
        if let Some(metric) = cpu_seconds().map(ConstCounter::new) {
            let (help, kind) = ("User and system CPU time spent.", metric.metric_type());
            metric.encode(encoder.encode_descriptor("process_cpu", help, seconds, kind)?)?;
        }
        Ok(())
    }
}

fn cpu_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The program's name stands in brackets and may hold spaces. Behind it, field 3 comes first.
    let (_, rest) = stat.rsplit_once(')')?;
    let mut ticks = rest.split_ascii_whitespace().skip(11).map(|field| field.parse::<f64>().ok());
    Some((ticks.next()?? + ticks.next()??) / TICKS_PER_SECOND)
}

fn resident_bytes() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024.0)
}

fn open_files() -> Option<f64> {
    Some(std::fs::read_dir("/proc/self/fd").ok()?.count() as f64)
}
