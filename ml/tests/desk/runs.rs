//! Runs from the first job to the version, and everything that may come in between.

use deskwire_domain::ids::{ModelRunId, WorkerId};
use deskwire_domain::models::runs::{self, ModelRun, RunOptions, RunState, ScheduleDraft};
use deskwire_domain::models::{self, ModelVersion, Verdict};
use deskwire_domain::suggestions::LabelKind;
use deskwire_ml::run::Trainer;
use deskwire_ml::worker::Worker;
use diesel_async::SimpleAsyncConnection;
use tokio::sync::watch;

use super::support::Desk;

const KIND: LabelKind = LabelKind::Category;

fn trainer(desk: &Desk) -> Trainer {
    let (_, stop) = watch::channel(false);
    Trainer::new(desk.db.desk.clone(), desk.store.clone(), stop)
}

async fn start(desk: &Desk, options: RunOptions) -> ModelRunId {
    runs::start(&mut *desk.db.conn().await, &desk.team.admin, KIND, options).await.unwrap().id
}

async fn read(desk: &Desk, id: ModelRunId) -> ModelRun {
    runs::find(&mut *desk.db.conn().await, &desk.team.admin, id).await.unwrap()
}

async fn version_of(desk: &Desk, run: &ModelRun) -> ModelVersion {
    let id = run.version_id.expect("a version");
    models::find_many(&mut *desk.db.conn().await, &[id]).await.unwrap().remove(0)
}

async fn sql(desk: &Desk, text: &str) {
    desk.db.conn().await.batch_execute(text).await.unwrap();
}

/// Why a run of this desk fails.
async fn failure(desk: &Desk, options: RunOptions) -> String {
    let id = start(desk, options).await;
    assert!(trainer(desk).run_once().await.unwrap());
    let run = read(desk, id).await;
    assert_eq!((run.state, run.version_id), (RunState::Failed, None));
    assert_eq!(desk.db.count("jobs WHERE kind = 'train'").await, 0);
    run.error.expect("a reason")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_makes_the_first_version_which_suggests_and_tells_where_it_comes_from() {
    let desk = Desk::create().await;
    let mut trainer = trainer(&desk);
    assert!(!trainer.run_once().await.unwrap(), "nothing waits");
    let id = start(&desk, RunOptions::default()).await;

    assert!(trainer.run_once().await.unwrap());

    let run = read(&desk, id).await;
    assert_eq!((run.state, run.tickets, run.labelled), (RunState::Succeeded, Some(60), Some(60)));
    let version = version_of(&desk, &run).await;
    assert!(version.active);
    assert_eq!(version.created_by, desk.team.admin.user_id);
    let data = version.lineage.training_data.unwrap();
    assert_eq!((&data["source"], &data["tickets"]), (&"desk".into(), &60.into()));
    assert_eq!(data["perLabel"], serde_json::json!({ "card": 30, "parcel": 30 }));
    assert_eq!(data["from"], "2026-01-01T10:00:00Z");
    assert_eq!(
        (&data["heldBack"], &data["minimumPerLabel"]),
        (&version.metrics["heldBackTickets"], &5.into())
    );
    let right = &version.lineage.confusion.unwrap()["card"]["card"];
    assert!(right.as_u64().unwrap() > 0, "{right}");
    assert_eq!(version.lineage.parameters.unwrap()["targetPrecision"], 0.9);
    let steps = "events WHERE kind = 'model_run.changed'";
    assert!(desk.db.count(steps).await >= 4, "queued, running, at least one step, succeeded");

    desk.ask(&["My card was stolen"]).await;
    let mut worker = Worker::new(desk.db.desk.clone(), desk.store.clone());
    assert_eq!(worker.run_once().await.unwrap(), 1);
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_version_is_compared_with_the_champion_and_waits() {
    let desk = Desk::create().await;
    let mut validations = Vec::new();
    for _ in 0..2 {
        let id = start(&desk, RunOptions::default()).await;
        assert!(trainer(&desk).run_once().await.unwrap());
        let version = version_of(&desk, &read(&desk, id).await).await;
        let mut conn = desk.db.conn().await;
        let found = models::validations_of(&mut conn, &[version.id]).await.unwrap();
        validations.push((version, found[&read(&desk, id).await.version_id.unwrap()][0].clone()));
    }
    let (first, second) = (&validations[0], &validations[1]);
    assert_eq!((first.1.verdict, first.1.sample), (Verdict::NoChampion, 0));
    assert!(!second.0.active);
    assert_eq!(second.1.champion_id, Some(first.0.id));
    assert_eq!((second.1.verdict, second.1.sample), (Verdict::TooFew, 15));
    let note = second.1.note.as_ref().unwrap();
    assert!(note.contains("may have learned from 15 of these 15 tickets"), "{note}");
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_cancelled_while_it_trains_makes_nothing() {
    let desk = Desk::create().await;
    let id = start(&desk, RunOptions::default()).await;
    // Nobody gets past the first statement of a training.
    let mut block = desk.db.conn().await;
    block.batch_execute("LOCK TABLES categories WRITE").await.unwrap();
    let mut trainer = trainer(&desk);
    let training = tokio::spawn(async move { trainer.run_once().await.unwrap() });
    while read(&desk, id).await.state != RunState::Running {
        tokio::task::yield_now().await;
    }
    runs::cancel(&mut *desk.db.conn().await, &desk.team.admin, id).await.unwrap();
    block.batch_execute("UNLOCK TABLES").await.unwrap();
    drop(block);

    assert!(training.await.unwrap());

    let run = read(&desk, id).await;
    assert_eq!((run.state, run.version_id), (RunState::Cancelled, None));
    assert_eq!(desk.db.count("model_versions").await, 0);
    assert_eq!(desk.db.count("jobs WHERE kind = 'train'").await, 0);
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_whose_worker_was_killed_is_done_by_another() {
    let desk = Desk::create().await;
    let id = start(&desk, RunOptions::default()).await;
    // A lease of no time: as if the worker had died long ago.
    let dead = runs::claim(&mut *desk.db.conn().await, WorkerId::new(), 0).await.unwrap().unwrap();
    assert!(trainer(&desk).run_once().await.unwrap());
    assert_eq!(read(&desk, id).await.state, RunState::Succeeded);
    let late = runs::fail(&mut *desk.db.conn().await, &dead, "late").await.unwrap();
    assert!(!late, "the dead worker no longer holds the run");
    assert_eq!(read(&desk, id).await.state, RunState::Succeeded);
    assert_eq!(desk.db.count("model_versions").await, 1);
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_killed_in_training_leaves_a_run_that_starts_over() {
    let desk = Desk::create().await;
    let id = start(&desk, RunOptions::default()).await;
    let mut block = desk.db.conn().await;
    block.batch_execute("LOCK TABLES categories WRITE").await.unwrap();
    let mut child = desk.program("worker").spawn().unwrap();
    while read(&desk, id).await.state != RunState::Running {
        tokio::task::yield_now().await;
    }
    child.kill().await.unwrap();
    block.batch_execute("UNLOCK TABLES").await.unwrap();
    drop(block);
    assert!(!trainer(&desk).run_once().await.unwrap(), "its lease holds");

    sql(&desk, "UPDATE jobs SET run_at = '2026-01-01'").await;
    assert!(trainer(&desk).run_once().await.unwrap());

    assert_eq!(read(&desk, id).await.state, RunState::Succeeded);
    assert_eq!(desk.db.count("model_versions").await, 1);
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_only_suggests_leaves_runs_to_others() {
    let desk = Desk::create().await;
    let id = start(&desk, RunOptions::default()).await;
    let ended = desk.program("worker").args(["--once", "--no-training"]).status().await.unwrap();
    assert!(ended.success());
    assert_eq!(read(&desk, id).await.state, RunState::Queued);
    let ended = desk.program("worker").arg("--once").status().await.unwrap();
    assert!(ended.success());
    assert_eq!(read(&desk, id).await.state, RunState::Succeeded);
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_stopped_puts_its_run_back() {
    let desk = Desk::create().await;
    let id = start(&desk, RunOptions::default()).await;
    let (_stop, stopped) = watch::channel(true);
    let mut ending = Trainer::new(desk.db.desk.clone(), desk.store.clone(), stopped);
    assert!(ending.run_once().await.unwrap());
    assert_eq!(read(&desk, id).await.state, RunState::Queued);
    assert_eq!(desk.db.count("jobs WHERE kind = 'train' AND attempts = 0").await, 1);
    assert!(trainer(&desk).run_once().await.unwrap());
    assert_eq!(read(&desk, id).await.state, RunState::Succeeded);
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_workers_do_a_run_once() {
    let desk = Desk::create().await;
    start(&desk, RunOptions::default()).await;
    let (mut one, mut other) = (trainer(&desk), trainer(&desk));
    let (one, other) = tokio::join!(one.run_once(), other.run_once());
    assert!(one.unwrap() != other.unwrap());
    assert_eq!(desk.db.count("model_versions").await, 1);
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_enough_labels_a_run_says_what_is_missing() {
    let desk = Desk::create().await;
    let high = RunOptions { minimum_per_label: 31, ..RunOptions::default() };
    let error = failure(&desk, high).await;
    assert!(error.starts_with("no label has 31 tickets yet, the most has"), "{error}");

    // A label with one ticket is left out and named, and one label alone is no choice.
    sql(
        &desk,
        "UPDATE tickets t JOIN categories c ON c.id = t.category_id SET t.category_id = NULL \
                WHERE c.name = 'parcel' AND t.external_id <> 'old-01'",
    )
    .await;
    let error = failure(&desk, RunOptions::default()).await;
    assert!(error.starts_with("only \"card\" has 5 tickets"), "{error}");

    sql(&desk, "UPDATE tickets SET category_id = NULL").await;
    let error = failure(&desk, RunOptions::default()).await;
    assert!(error.starts_with("no ticket has a category that a person gave"), "{error}");
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_label_with_one_ticket_is_left_out_and_named() {
    let desk = Desk::create().await;
    let admin = desk.team.admin.clone();
    let mut conn = desk.db.conn().await;
    let odd = deskwire_domain::categories::create(&mut conn, &admin, "odd", "").await.unwrap().id;
    drop(conn);
    let set =
        format!("UPDATE tickets SET category_id = UNHEX('{odd}') WHERE external_id = 'old-00'");
    sql(&desk, &set).await;
    let id = start(&desk, RunOptions::default()).await;
    assert!(trainer(&desk).run_once().await.unwrap());
    let run = read(&desk, id).await;
    assert_eq!((run.tickets, run.labelled), (Some(59), Some(60)));
    let version = version_of(&desk, &run).await;
    assert!(!version.labels.contains_key("odd"));
    assert_eq!(version.lineage.training_data.unwrap()["tooFew"], serde_json::json!({ "odd": 1 }));
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_store_away_a_run_waits_and_succeeds_once_it_is_back() {
    let desk = Desk::create().await;
    let id = start(&desk, RunOptions::default()).await;
    std::fs::write(desk.folder(), b"in the way").unwrap();
    assert!(trainer(&desk).run_once().await.unwrap());
    let run = read(&desk, id).await;
    assert_eq!((run.state, run.version_id), (RunState::Queued, None));
    let error = run.error.unwrap();
    assert!(error.contains("check that the folder or bucket is there"), "{error}");
    assert_eq!(
        desk.db.count("jobs WHERE kind = 'train' AND state = 'ready' AND attempts = 1").await,
        1
    );
    assert!(!trainer(&desk).run_once().await.unwrap(), "it waits before the next try");

    std::fs::remove_file(desk.folder()).unwrap();
    sql(&desk, "UPDATE jobs SET run_at = '2026-01-01'").await;
    assert!(trainer(&desk).run_once().await.unwrap());
    let run = read(&desk, id).await;
    assert_eq!((run.state, run.error), (RunState::Succeeded, None));
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_champion_whose_artefact_is_gone_does_not_hold_up_its_successor() {
    let desk = Desk::create().await;
    desk.train().await;
    sql(&desk, "UPDATE model_versions SET artifact_hash = UNHEX(REPEAT('0a', 32))").await;
    let id = start(&desk, RunOptions::default()).await;
    assert!(trainer(&desk).run_once().await.unwrap());
    let version = version_of(&desk, &read(&desk, id).await).await;
    let mut conn = desk.db.conn().await;
    let found = models::validations_of(&mut conn, &[version.id]).await.unwrap();
    let validation = &found[&version.id][0];
    assert_eq!((validation.verdict, validation.sample), (Verdict::TooFew, 0));
    let note = validation.note.as_ref().unwrap();
    assert!(note.starts_with("version 1 could not be asked"), "{note}");
    drop(conn);
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trainer_starts_what_a_schedule_asks_for() {
    let desk = Desk::create().await;
    let draft = ScheduleDraft { every_hours: 1, minimum_new_labels: 60, enabled: true };
    let mut conn = desk.db.conn().await;
    runs::set_schedule(&mut conn, &desk.team.admin, KIND, draft).await.unwrap();
    drop(conn);
    assert!(trainer(&desk).run_once().await.unwrap());
    assert!(!trainer(&desk).run_once().await.unwrap());
    let by_clock = "model_runs WHERE requested_by IS NULL AND state = 'succeeded'";
    assert_eq!(desk.db.count(by_clock).await, 1);
    desk.finish().await;
}
