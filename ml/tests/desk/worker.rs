use deskwire_domain::Actor;
use deskwire_domain::ids::WorkerId;
use deskwire_domain::jobs::{self, JobKind};
use deskwire_domain::models::{self, ModelDraft};
use deskwire_domain::suggestions;
use deskwire_domain::tickets::ids_by_external;
use deskwire_ml::worker::Worker;

use super::support::Desk;

#[tokio::test(flavor = "multi_thread")]
async fn every_waiting_ticket_gets_one_suggestion_with_reasons() {
    let desk = Desk::create().await;
    desk.train().await;
    desk.ask(&["My card was stolen", "The parcel came damaged"]).await;

    let mut worker = Worker::new(desk.db.desk.clone(), desk.store.clone());
    assert_eq!(worker.run_once().await.unwrap(), 2);
    assert_eq!(worker.run_once().await.unwrap(), 0);

    assert_eq!(desk.db.count("jobs").await, 0);
    assert_eq!(desk.db.count("events WHERE kind = 'suggestion.recorded'").await, 2);
    for (name, word) in [("card", "stolen"), ("parcel", "damaged")] {
        let from = format!(
            "suggestions JOIN categories ON categories.id = category_id \
             WHERE name = '{name}' AND state = 'open' AND probability > 0.5 \
             AND deciding_words LIKE '%{word}%'"
        );
        assert_eq!(desk.db.count(&from).await, 1, "{name}");
    }
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn words_say_where_they_stand_in_characters() {
    let desk = Desk::create().await;
    desk.train().await;
    let body = "Grüße 😀, meine: my card was stolen. Stolen!";
    desk.ask(&[body]).await;
    let mut worker = Worker::new(desk.db.desk.clone(), desk.store.clone());
    assert_eq!(worker.run_once().await.unwrap(), 1);

    let mut conn = desk.conn().await;
    let ids = ids_by_external(&mut conn, "new", &["new-0".to_owned()]).await.unwrap();
    let ids: Vec<_> = ids.into_values().collect();
    let kind = suggestions::LabelKind::Category;
    let made = suggestions::recorded(&mut conn, kind, &ids).await.unwrap();
    let words = &made[&ids[0]].deciding_words;
    let is_stolen = |word: &&suggestions::DecidingWord| word.text.to_lowercase() == "stolen";
    assert_eq!(words.iter().filter(is_stolen).count(), 1, "{words:?}");
    for word in words {
        let place = word.place.unwrap();
        assert_eq!(place.part, suggestions::Part::Message);
        assert!(place.message_id.is_some());
        let (start, end) = (place.start as usize, place.end as usize);
        let there: String = body.chars().skip(start).take(end - start).collect();
        assert_eq!(there, word.text);
    }
    // The first of two places.
    let stolen = words.iter().find(is_stolen).unwrap().place.unwrap();
    assert_eq!(stolen.start, 28);
    drop(conn);
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_wait_for_the_first_model() {
    let desk = Desk::create().await;
    desk.ask(&["My card was stolen"]).await;

    let mut worker = Worker::new(desk.db.desk.clone(), desk.store.clone());
    assert_eq!(worker.run_once().await.unwrap(), 0);
    assert_eq!(desk.db.count("jobs WHERE attempts = 0").await, 1);

    desk.train().await;
    assert_eq!(worker.run_once().await.unwrap(), 1);
    assert_eq!(desk.db.count("suggestions").await, 1);
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_whose_worker_died_is_done_again_and_recorded_once() {
    let desk = Desk::create().await;
    desk.train().await;
    desk.ask(&["My card was stolen"]).await;
    let dead = WorkerId::new();
    let mut conn = desk.conn().await;
    // A lease of no time: as if the worker had died long ago.
    let claimed = jobs::claim(&mut conn, JobKind::Suggest, dead, 10, 0).await.unwrap();
    assert_eq!(claimed.len(), 1);

    let mut worker = Worker::new(desk.db.desk.clone(), desk.store.clone());
    assert_eq!(worker.run_once().await.unwrap(), 1);

    let late = suggestions::record(&mut conn, dead, &[claimed[0].id], Vec::new()).await.unwrap();
    assert!(!late, "the dead worker no longer holds the job");
    assert_eq!(desk.db.count("suggestions").await, 1);
    assert_eq!(desk.db.count("events WHERE kind = 'suggestion.recorded'").await, 1);
    drop(conn);
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_workers_share_the_jobs() {
    let desk = Desk::create().await;
    desk.train().await;
    let texts: Vec<String> = (0..250).map(|n| format!("My card number {n} was stolen")).collect();
    desk.ask(&texts.iter().map(String::as_str).collect::<Vec<_>>()).await;

    let mut workers = [0, 1].map(|_| Worker::new(desk.db.desk.clone(), desk.store.clone()));
    let [first, second] = &mut workers;
    while {
        let (a, b) = tokio::join!(first.run_once(), second.run_once());
        a.unwrap() + b.unwrap() > 0
    } {}

    assert_eq!(desk.db.count("suggestions").await, 250);
    assert_eq!(desk.db.count("jobs").await, 0);
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_artefact_is_reported_and_the_jobs_wait() {
    let desk = Desk::create().await;
    desk.train().await;
    desk.ask(&["My card was stolen"]).await;
    std::fs::remove_dir_all(desk.folder()).unwrap();

    let mut worker = Worker::new(desk.db.desk.clone(), desk.store.clone());
    let error = format!("{:#}", worker.run_once().await.unwrap_err());
    assert!(error.contains("cannot load the category model, version 1"), "{error}");
    assert_eq!(desk.db.count("jobs WHERE attempts = 0").await, 1);
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_champion_that_cannot_be_read_stops_its_own_kind_alone() {
    let desk = Desk::create().await;
    desk.train().await;
    let draft = ModelDraft {
        kind: suggestions::LabelKind::Priority,
        artifact_hash: vec![1; 32],
        artifact_bytes: 1,
        threshold: 0.5,
        labels: Default::default(),
        metrics: serde_json::Value::Null,
        lineage: Default::default(),
    };
    let mut conn = desk.conn().await;
    models::introduce(&mut conn, &Actor::system(), draft).await.unwrap();
    drop(conn);
    std::fs::write(desk.folder().join(format!("{}.model", "01".repeat(32))), b"garbage").unwrap();
    desk.ask(&["My card was stolen"]).await;

    let mut worker = Worker::new(desk.db.desk.clone(), desk.store.clone());
    assert_eq!(worker.run_once().await.unwrap(), 1);
    assert_eq!(desk.db.count("suggestions WHERE kind = 'category'").await, 1);
    assert_eq!(desk.db.count("suggestions").await, 1);
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_model_takes_over_without_a_restart() {
    let desk = Desk::create().await;
    desk.train().await;
    let mut worker = Worker::new(desk.db.desk.clone(), desk.store.clone());
    worker.run_once().await.unwrap();
    desk.train().await;
    desk.ask(&["My card was stolen"]).await;

    assert_eq!(worker.run_once().await.unwrap(), 1);
    let by_second =
        "suggestions JOIN model_versions m ON m.id = model_version_id WHERE m.number = 2";
    assert_eq!(desk.db.count(by_second).await, 1);
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_larger_than_allowed_is_not_read() {
    let desk = Desk::create().await;
    desk.train().await;
    desk.ask(&["My card was stolen"]).await;
    let small = desk.store.clone().with_model_bytes_max(1000);
    let error = Worker::new(desk.db.desk.clone(), small).run_once().await.unwrap_err();
    assert!(format!("{error:#}").contains("at most 1000 are read"), "{error:#}");
    assert_eq!(desk.db.count("jobs WHERE attempts = 0").await, 1);
    desk.finish().await;
}
