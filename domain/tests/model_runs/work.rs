use deskwire_domain::ids::WorkerId;
use deskwire_domain::jobs::{self, MAX_ATTEMPTS};
use deskwire_domain::models::runs::{self, Order, RunOptions, RunState, RunStep};
use deskwire_domain::models::{self, Verdict};
use deskwire_domain::page::PageRequest;

use super::{KIND, claim, let_leases_end, made, read, start};
use crate::support::{World, active};

#[tokio::test(flavor = "multi_thread")]
async fn a_finished_run_leaves_a_version_with_its_validation_and_no_job() {
    let mut w = World::new().await;
    let run = start(&mut w).await;
    let mut held = claim(&mut w, WorkerId::new()).await.unwrap();
    assert!(held.run.started_at.is_some());
    let news = Some((RunStep::Fitting, 0.7));
    assert_eq!(runs::report(&mut w.conn, &mut held, news, 60).await.unwrap(), Order::GoOn);
    let shown = read(&mut w, run.id).await;
    assert_eq!((shown.state, shown.step, shown.done), (RunState::Running, news.map(|n| n.0), 0.7));

    assert!(runs::finish(&mut w.conn, &held, made(&run)).await.unwrap());

    let ended = read(&mut w, run.id).await;
    assert_eq!((ended.state, ended.step, ended.done), (RunState::Succeeded, None, 1.0));
    assert_eq!((ended.tickets, ended.labelled), (Some(40), Some(60)));
    let id = ended.version_id.unwrap();
    let version = models::find_many(&mut w.conn, &[id]).await.unwrap().remove(0);
    assert_eq!((version.created_by, version.lineage.run_id), (run.requested_by, Some(run.id)));
    assert!(version.active, "the first of its kind suggests at once");
    let validation = models::latest_validation(&mut w.conn, id, None).await.unwrap().unwrap();
    assert_eq!(validation.verdict, Verdict::NoChampion);
    assert_eq!(w.db.count("jobs").await, 0);
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn later_versions_and_those_that_should_not_do_not_suggest_by_themselves() {
    let mut w = World::new().await;
    let admin = w.team.admin.clone();
    for (promote_when_first, champion) in [(false, None), (true, Some(2)), (true, Some(2))] {
        let options = RunOptions { promote_when_first, ..RunOptions::default() };
        let run = runs::start(&mut w.conn, &admin, KIND, options).await.unwrap();
        let held = claim(&mut w, WorkerId::new()).await.unwrap();
        let mut made = made(&run);
        let before = models::rollout(&mut w.conn, KIND).await.unwrap();
        made.comparison.champion_id = before.champion_id;
        made.comparison.note = before.champion_id.map(|_| "x".repeat(600));
        assert!(runs::finish(&mut w.conn, &held, made).await.unwrap());
        let active = active(&mut w.conn).await;
        assert_eq!(active.first().map(|version| version.number), champion);
    }
    let noted = "model_validations WHERE CHAR_LENGTH(note) = 500 AND verdict = 'too_few'";
    assert_eq!(w.db.count(noted).await, 1);
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_worker_leaves_nothing_and_another_starts_over() {
    let mut w = World::new().await;
    let run = start(&mut w).await;
    let mut dead = claim(&mut w, WorkerId::new()).await.unwrap();
    runs::report(&mut w.conn, &mut dead, Some((RunStep::Fitting, 0.7)), 60).await.unwrap();
    assert!(claim(&mut w, WorkerId::new()).await.is_none(), "the lease holds");
    let_leases_end(&mut w).await;

    let held = claim(&mut w, WorkerId::new()).await.unwrap();

    assert_eq!((held.run.id, held.run.state, held.run.done), (run.id, RunState::Running, 0.0));
    let news = Some((RunStep::Storing, 0.9));
    assert_eq!(runs::report(&mut w.conn, &mut dead, news, 60).await.unwrap(), Order::Leave);
    assert!(!runs::finish(&mut w.conn, &dead, made(&run)).await.unwrap());
    assert!(!runs::fail(&mut w.conn, &dead, "late").await.unwrap());
    assert!(!runs::retry(&mut w.conn, &dead, "late").await.unwrap());
    assert!(!runs::give_back(&mut w.conn, &dead).await.unwrap());
    assert!(!runs::cancelled(&mut w.conn, &dead).await.unwrap());
    assert_eq!(read(&mut w, run.id).await, held.run, "the late worker wrote nothing");
    assert_eq!(w.db.count("model_versions").await, 0);
    assert!(runs::finish(&mut w.conn, &held, made(&run)).await.unwrap());
    assert_eq!(w.db.count("model_versions").await, 1);
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_kills_its_workers_is_given_up_and_can_be_replayed() {
    let mut w = World::new().await;
    let run = start(&mut w).await;
    for attempt in 1..=MAX_ATTEMPTS {
        assert!(claim(&mut w, WorkerId::new()).await.is_some(), "attempt {attempt}");
        let_leases_end(&mut w).await;
    }
    assert!(claim(&mut w, WorkerId::new()).await.is_none());
    let failed = read(&mut w, run.id).await;
    assert_eq!(failed.state, RunState::Failed);
    let expected =
        "given up after 6 tries; the last one: the worker did not finish within the lease";
    assert_eq!(failed.error.as_deref(), Some(expected));
    let (admin, page) = (w.team.admin.clone(), PageRequest::first(1));
    let parked = jobs::list_parked(&mut w.conn, &admin, &page).await.unwrap().rows.remove(0);
    jobs::replay(&mut w.conn, &admin, parked.id).await.unwrap();
    let held = claim(&mut w, WorkerId::new()).await.unwrap();
    assert_eq!((held.run.id, held.run.state, held.run.error), (run.id, RunState::Running, None));
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_was_cancelled_never_ends_as_failed() {
    let mut w = World::new().await;
    start(&mut w).await;
    let held = claim(&mut w, WorkerId::new()).await.unwrap();
    w.sql("UPDATE model_runs SET cancel_requested = TRUE").await;
    assert!(runs::fail(&mut w.conn, &held, "no label has 5 tickets").await.unwrap());
    assert_eq!(read(&mut w, held.run.id).await.state, RunState::Cancelled);
    assert_eq!(w.db.count("jobs").await, 0);

    let parked = start(&mut w).await;
    w.sql("UPDATE jobs SET state = 'parked', attempts = 6, last_error = 'died'").await;
    w.sql("UPDATE model_runs SET cancel_requested = TRUE").await;
    assert!(claim(&mut w, WorkerId::new()).await.is_none());
    assert_eq!(read(&mut w, parked.id).await.state, RunState::Cancelled);
    assert_eq!(w.db.count("jobs").await, 0, "nothing is left to be replayed");
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replayed_run_gives_way_to_one_that_was_started_since() {
    let mut w = World::new().await;
    let old = start(&mut w).await;
    w.sql("UPDATE jobs SET state = 'parked', attempts = 6, last_error = 'no store'").await;
    assert!(claim(&mut w, WorkerId::new()).await.is_none());
    let new = start(&mut w).await;
    w.sql("UPDATE jobs SET state = 'ready', attempts = 0").await;
    w.sql("UPDATE jobs SET run_at = '2026-01-01' WHERE last_error IS NOT NULL").await;
    assert!(claim(&mut w, WorkerId::new()).await.is_none(), "the replayed job is done with");
    assert_eq!(claim(&mut w, WorkerId::new()).await.unwrap().run.id, new.id);
    assert_eq!(read(&mut w, old.id).await.state, RunState::Failed);
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_mend_is_tried_again_and_given_up_after_the_last_try() {
    let mut w = World::new().await;
    let run = start(&mut w).await;
    for attempt in 1..=MAX_ATTEMPTS {
        let held = claim(&mut w, WorkerId::new()).await.unwrap();
        assert!(runs::retry(&mut w.conn, &held, "the store is away").await.unwrap());
        let shown = read(&mut w, run.id).await;
        let error = shown.error.unwrap();
        if attempt < MAX_ATTEMPTS {
            assert_eq!((shown.state, &*error), (RunState::Queued, "the store is away"));
            assert!(claim(&mut w, WorkerId::new()).await.is_none(), "it waits");
        } else {
            assert_eq!(shown.state, RunState::Failed);
            assert_eq!(error, "given up after 6 tries; the last one: the store is away");
        }
        let_leases_end(&mut w).await;
    }
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_cannot_be_done_says_why_and_its_job_is_gone() {
    let mut w = World::new().await;
    let run = start(&mut w).await;
    let held = claim(&mut w, WorkerId::new()).await.unwrap();
    assert!(runs::fail(&mut w.conn, &held, "no label has 5 tickets yet").await.unwrap());
    let failed = read(&mut w, run.id).await;
    assert_eq!(failed.state, RunState::Failed);
    assert_eq!(failed.error.as_deref(), Some("no label has 5 tickets yet"));
    assert_eq!(w.db.count("jobs").await, 0);
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_ends_puts_its_run_back_without_spending_a_try() {
    let mut w = World::new().await;
    let run = start(&mut w).await;
    let held = claim(&mut w, WorkerId::new()).await.unwrap();
    assert!(runs::give_back(&mut w.conn, &held).await.unwrap());
    assert_eq!(read(&mut w, run.id).await.state, RunState::Queued);
    assert_eq!(w.db.count("jobs WHERE attempts = 0 AND claimed_by IS NULL").await, 1);
    assert!(claim(&mut w, WorkerId::new()).await.is_some(), "it is due at once");
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reporting_holds_the_lease() {
    let mut w = World::new().await;
    start(&mut w).await;
    let mut held = claim(&mut w, WorkerId::new()).await.unwrap();
    let_leases_end(&mut w).await;
    assert_eq!(runs::report(&mut w.conn, &mut held, None, 60).await.unwrap(), Order::GoOn);
    assert!(claim(&mut w, WorkerId::new()).await.is_none());
    assert_eq!(w.db.count("events WHERE kind = 'model_run.changed'").await, 2, "no news, no event");
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_whose_parked_job_is_discarded_ends_and_another_can_begin() {
    let mut w = World::new().await;
    let (admin, page) = (w.team.admin.clone(), PageRequest::first(1));
    let park = "UPDATE jobs SET state = 'parked', attempts = 6, last_error = 'died'";
    // No worker has looked since the job was parked: the run still counts as open.
    for (cancelled, state, error) in [
        (false, RunState::Failed, Some("its job was discarded")),
        (true, RunState::Cancelled, None),
    ] {
        let run = start(&mut w).await;
        w.sql(park).await;
        w.sql(&format!(
            "UPDATE model_runs SET cancel_requested = {cancelled} WHERE state = 'queued'"
        ))
        .await;
        let parked = jobs::list_parked(&mut w.conn, &admin, &page).await.unwrap().rows.remove(0);
        jobs::discard(&mut w.conn, &admin, parked.id).await.unwrap();
        let ended = read(&mut w, run.id).await;
        assert_eq!((ended.state, ended.error.as_deref()), (state, error));
        assert!(ended.finished_at.is_some());
        assert_eq!(w.db.count("jobs").await, 0);
    }
    // One that a worker has ended already keeps its own reason.
    let run = start(&mut w).await;
    w.sql(park).await;
    assert!(claim(&mut w, WorkerId::new()).await.is_none());
    let failed = read(&mut w, run.id).await;
    let parked = jobs::list_parked(&mut w.conn, &admin, &page).await.unwrap().rows.remove(0);
    jobs::discard(&mut w.conn, &admin, parked.id).await.unwrap();
    assert_eq!(read(&mut w, run.id).await, failed);
    w.finish().await;
}
