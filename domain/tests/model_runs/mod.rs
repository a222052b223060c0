//! Training runs: asked for, done, cancelled, given up, and by the clock.

mod cancel;
mod live;
mod schedule;
mod start;
mod training;
mod work;

use deskwire_domain::Timestamp;
use deskwire_domain::ids::{ModelRunId, WorkerId};
use deskwire_domain::models::runs::{self, Claim, ModelRun, RunOptions};
use deskwire_domain::models::{Comparison, Lineage, ModelDraft};
use deskwire_domain::suggestions::LabelKind;

use crate::support::World;

const KIND: LabelKind = LabelKind::Category;

async fn start(w: &mut World) -> ModelRun {
    let admin = w.team.admin.clone();
    runs::start(&mut w.conn, &admin, KIND, RunOptions::default()).await.unwrap()
}

async fn claim(w: &mut World, worker: WorkerId) -> Option<Claim> {
    runs::claim(&mut w.conn, worker, 60).await.unwrap()
}

async fn read(w: &mut World, id: ModelRunId) -> ModelRun {
    let admin = w.team.admin.clone();
    runs::find(&mut w.conn, &admin, id).await.unwrap()
}

/// The job of a dead worker, whose lease is over, or that waits for another try.
async fn let_leases_end(w: &mut World) {
    w.sql("UPDATE jobs SET run_at = '2026-01-01' WHERE state = 'ready'").await;
}

/// What a worker hands in for a run.
fn made(run: &ModelRun) -> runs::Finished {
    runs::Finished {
        draft: ModelDraft {
            kind: run.kind,
            artifact_hash: vec![7; 32],
            artifact_bytes: 9,
            threshold: 0.5,
            labels: Default::default(),
            metrics: serde_json::json!({}),
            lineage: Lineage { run_id: Some(run.id), ..Lineage::default() },
        },
        comparison: Comparison {
            champion_id: None,
            sample: 0,
            candidate_right: 0,
            champion_right: 0,
            difference: 0.0,
            low: -1.0,
            high: 1.0,
            note: None,
        },
        tickets: 40,
        labelled: 60,
    }
}

fn hours(n: i64) -> Timestamp {
    Timestamp::now().plus_seconds(n * 3600)
}
