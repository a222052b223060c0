//! What the desk measures about itself while it works.
//!
//! Instruments belong to the process, not to a desk, and are plain statics: an observation needs no
//! lookup. They are `prometheus-client`'s, which wants no recorder and no upkeep task: a counter is
//! one atomic addition, a histogram a lock held for the addition. (The histograms of `metrics` with its
//! exporter keep every sample until somebody scrapes.) Whoever exposes them puts them into a registry
//! with [`register`].

use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use crate::error::Result;

/// A part of the way from a change to a subscriber's screen, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The transaction of the verb.
    Commit,
    /// From the commit until the event has its position.
    Sequence,
    /// From the position until Redis has the announcement.
    Publish,
    /// From the announcement until the event was read from the table.
    Load,
    /// From there until the item is written, once for all who share it; not where somebody alone
    /// reads an older part of the log.
    Evaluate,
    /// From there until a socket has taken the item, the wait for its turn included; once a write.
    Send,
}

/// The label's values, in the order of [`Stage`].
const STAGES: [&str; 6] = ["commit", "sequence", "publish", "load", "evaluate", "send"];

type Stages = Family<[(&'static str, &'static str); 1], Histogram, fn() -> Histogram>;

static STAGE_FAMILY: LazyLock<Stages> = LazyLock::new(|| Family::new_with_constructor(durations));
static STAGE: LazyLock<[Histogram; 6]> =
    LazyLock::new(|| STAGES.map(|name| STAGE_FAMILY.get_or_create_owned(&[("stage", name)])));
static POOL_WAIT: LazyLock<Histogram> = LazyLock::new(durations);

/// Buckets from 50 µs, each twice the last, to 6.5 s.
pub fn durations() -> Histogram {
    Histogram::new(exponential_buckets(50e-6, 2.0, 18))
}

/// Counts one passage of a stage.
pub fn observe_stage(stage: Stage, took: Duration) {
    STAGE[stage as usize].observe(took.as_secs_f64());
}

/// Runs the transaction of a verb; one that commits counts as a [`Stage::Commit`].
pub(crate) async fn committed<T>(transaction: impl Future<Output = Result<T>>) -> Result<T> {
    let begun = Instant::now();
    let outcome = transaction.await?;
    observe_stage(Stage::Commit, begun.elapsed());
    Ok(outcome)
}

/// Counts one loan of a database connection, granted or not.
pub(crate) fn observe_pool_wait(waited: Duration) {
    POOL_WAIT.observe(waited.as_secs_f64());
}

/// Puts the instruments into a registry, whose prefix becomes theirs.
pub fn register(registry: &mut Registry) {
    // All stages are there from the start, also those nothing has passed yet.
    LazyLock::force(&STAGE);
    registry.register_with_unit(
        "live_stage",
        "Parts of the way from a change to a subscriber's screen",
        Unit::Seconds,
        STAGE_FAMILY.clone(),
    );
    registry.register_with_unit(
        "db_pool_wait",
        "Waiting for a database connection, opening a new one included",
        Unit::Seconds,
        POOL_WAIT.clone(),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use prometheus_client::encoding::text::encode;

    #[test]
    fn each_stage_has_its_own_histogram() {
        for (stage, count) in [(Stage::Commit, 1), (Stage::Load, 2), (Stage::Send, 3)] {
            for _ in 0..count {
                observe_stage(stage, Duration::from_millis(1));
            }
        }
        let mut registry = Registry::with_prefix("deskwire");
        register(&mut registry);
        let mut text = String::new();
        encode(&mut text, &registry).unwrap();
        for (stage, count) in STAGES.into_iter().zip([1, 0, 0, 2, 0, 3]) {
            let line = format!("deskwire_live_stage_seconds_count{{stage=\"{stage}\"}} {count}\n");
            assert!(text.contains(&line), "{line}{text}");
        }
    }
}
