use deskwire_domain::ids::{ModelRunId, WorkerId};
use deskwire_domain::models::runs::{self, Order, RunState};

use super::{claim, let_leases_end, made, read, start};
use crate::support::{World, outcome};

#[tokio::test(flavor = "multi_thread")]
async fn a_queued_run_ends_at_once_with_its_job() {
    let mut w = World::new().await;
    let (run, admin) = (start(&mut w).await, w.team.admin.clone());
    let cancelled = runs::cancel(&mut w.conn, &admin, run.id).await.unwrap();
    assert_eq!((cancelled.state, cancelled.cancel_requested), (RunState::Cancelled, true));
    assert!(cancelled.finished_at.is_some());
    assert_eq!(w.db.count("jobs").await, 0);
    assert_eq!(w.db.count("events WHERE kind = 'model_run.changed'").await, 2);
    let again = runs::cancel(&mut w.conn, &admin, run.id).await;
    assert_eq!(outcome(&again), "IllegalTransition");
    let missing = runs::cancel(&mut w.conn, &admin, ModelRunId::new()).await;
    assert_eq!(outcome(&missing), "no model run");
    start(&mut w).await;
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_run_hears_of_it_and_ends() {
    let mut w = World::new().await;
    let (run, admin) = (start(&mut w).await, w.team.admin.clone());
    let mut held = claim(&mut w, WorkerId::new()).await.unwrap();
    assert_eq!(runs::report(&mut w.conn, &mut held, None, 60).await.unwrap(), Order::GoOn);
    for _ in 0..2 {
        let cancelled = runs::cancel(&mut w.conn, &admin, run.id).await.unwrap();
        assert_eq!((cancelled.state, cancelled.cancel_requested), (RunState::Running, true));
    }
    assert_eq!(runs::report(&mut w.conn, &mut held, None, 60).await.unwrap(), Order::Cancel);
    assert!(runs::cancelled(&mut w.conn, &held).await.unwrap());
    let ended = read(&mut w, run.id).await;
    assert_eq!((ended.state, ended.step, ended.error), (RunState::Cancelled, None, None));
    assert_eq!(w.db.count("jobs").await, 0);
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_cancelled_in_its_last_moment_makes_no_version() {
    let mut w = World::new().await;
    let (run, admin) = (start(&mut w).await, w.team.admin.clone());
    let held = claim(&mut w, WorkerId::new()).await.unwrap();
    runs::cancel(&mut w.conn, &admin, run.id).await.unwrap();
    assert!(runs::finish(&mut w.conn, &held, made(&run)).await.unwrap());
    assert_eq!(read(&mut w, run.id).await.state, RunState::Cancelled);
    assert_eq!(w.db.count("model_versions").await, 0);
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_run_whose_worker_died_ends_with_the_next_claim() {
    let mut w = World::new().await;
    let (run, admin) = (start(&mut w).await, w.team.admin.clone());
    claim(&mut w, WorkerId::new()).await.unwrap();
    runs::cancel(&mut w.conn, &admin, run.id).await.unwrap();
    let_leases_end(&mut w).await;
    assert!(claim(&mut w, WorkerId::new()).await.is_none());
    assert_eq!(read(&mut w, run.id).await.state, RunState::Cancelled);
    assert_eq!(w.db.count("jobs").await, 0);
    w.finish().await;
}
