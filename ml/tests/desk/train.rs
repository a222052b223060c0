use deskwire_ml::dataset::{Dataset, Example, LabelKind};
use deskwire_ml::desk::{labelled, recorded};
use deskwire_ml::evaluate::metrics;
use deskwire_ml::features::FEATURE_VERSION;
use deskwire_ml::text::TicketText;
use deskwire_ml::train::{TrainConfig, train};
use deskwire_ml::worker::Worker;

use super::support::{Desk, records};

fn from_file() -> Dataset {
    let examples = records().into_iter().map(|record| Example {
        text: TicketText::from(&record),
        id: record.id,
        label: record.category,
        created_at: record.created_at,
    });
    Dataset::new(examples.collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_desk_and_the_file_it_came_from_train_the_same_model() {
    let desk = Desk::create().await;
    let own = labelled(&mut *desk.conn().await, LabelKind::Category).await.unwrap();

    let config = TrainConfig::default();
    let (own, file) = (train(&own, &config).unwrap(), train(&from_file(), &config).unwrap());

    assert_eq!(own.model.hash(), file.model.hash());
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_worker_recorded_measures_like_the_model_itself() {
    let desk = Desk::create().await;
    desk.train().await;
    desk.ask(&["My card was stolen", "Parcel? My card is late", "Something else"]).await;
    let mut worker = Worker::new(desk.db.desk.clone(), desk.store.clone());
    worker.run_once().await.unwrap();
    let truth = |n: usize, label: &str| Example {
        id: format!("new-{n}"),
        text: TicketText::new("", ""),
        label: Some(label.into()),
        created_at: None,
    };
    let tests = Dataset::new(vec![truth(0, "card"), truth(1, "card"), truth(7, "parcel")]);

    let mut conn = desk.conn().await;
    let (outcomes, missing) =
        recorded(&mut conn, "new", &tests, LabelKind::Category).await.unwrap();

    assert_eq!((outcomes.len(), missing), (2, 1), "the third was never imported");
    assert!(metrics(&outcomes).accuracy >= 0.5);
    drop(conn);
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn labels_that_are_no_category_here_are_named() {
    let desk = Desk::create().await;
    let mut conn = desk.conn().await;
    let own = labelled(&mut conn, LabelKind::Category).await.unwrap();
    let trained = train(&own, &TrainConfig::default()).unwrap();
    let rename = "UPDATE categories SET name = 'cards' WHERE name = 'card'";
    diesel_async::SimpleAsyncConnection::batch_execute(&mut *conn, rename).await.unwrap();

    let error = deskwire_ml::desk::publish(&mut conn, &desk.store, &trained).await.unwrap_err();

    let text = format!("{error:#}");
    assert!(text.contains("no such category on this desk: card"), "{text}");
    drop(conn);
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_model_serves_and_later_ones_wait_or_are_promoted_with_a_reason() {
    let desk = Desk::create().await;
    let first = desk.register().await;
    let second = desk.register_other().await;
    assert_eq!((first.number, first.active, second.number, second.active), (1, true, 2, false));
    let lineage = &second.lineage;
    assert_eq!((first.lineage.feature_version, lineage.run_id), (FEATURE_VERSION, None));
    let data = lineage.training_data.as_ref().unwrap();
    assert_eq!(data["tickets"], 58);
    assert_eq!(data["perLabel"], serde_json::json!({ "card": 29, "parcel": 29 }));
    let confusion = lineage.confusion.as_ref().unwrap().as_object().unwrap();
    let held_back: u64 = confusion
        .values()
        .flat_map(|row| row.as_object().unwrap().values())
        .map(|count| count.as_u64().unwrap())
        .sum();
    assert_eq!(data["heldBack"], held_back);
    assert!(lineage.parameters.as_ref().unwrap()["classifier"].is_object());

    let third = desk.train().await;
    assert!(third.active);
    let promoted =
        "model_rollout_steps WHERE action = 'promoted' AND reason = 'a test' AND is_override";
    assert_eq!(desk.db.count(promoted).await, 1);
    assert_eq!(desk.db.count("model_versions WHERE active AND number = 3").await, 1);
    desk.finish().await;
}
