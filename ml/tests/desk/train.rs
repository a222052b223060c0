//! `deskwire-ml train` on a desk: the same as a training run, and the same gate.

use deskwire_domain::models::runs::{self, RunOptions};
use deskwire_domain::models::{self, Lineage, ModelVersion, RolloutEdit, Validation, Verdict};
use deskwire_domain::{Actor, suggestions};
use deskwire_ml::dataset::{Dataset, Example, LabelKind};
use deskwire_ml::desk::recorded;
use deskwire_ml::evaluate::metrics;
use deskwire_ml::features::FEATURE_VERSION;
use deskwire_ml::run::Trainer;
use deskwire_ml::text::TicketText;
use deskwire_ml::train::{TrainConfig, train};
use deskwire_ml::worker::Worker;
use serde_json::{Value, json};
use tokio::sync::watch;

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
    let own = desk.labelled().await;

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
    let file = desk.folder().with_extension("jsonl");
    let lines = records().into_iter().map(|record| {
        let label = record.category.as_deref().map(|label| label.replace("card", "cards"));
        json!({ "id": record.id, "body": record.message(), "category": label }).to_string() + "\n"
    });
    std::fs::write(&file, lines.collect::<String>()).unwrap();

    let mut program = desk.program("train");
    let output = program.args(["--label", "category", "--from"]).arg(&file).output().await.unwrap();

    let text = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{text}");
    assert!(text.contains("create the categories first"), "{text}");
    assert!(text.contains("no such category on this desk: cards"), "{text}");
    assert_eq!(desk.db.count("model_versions").await, 0);
    std::fs::remove_file(file).unwrap();
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
    assert_eq!(desk.db.count("model_validations WHERE verdict = 'no_champion'").await, 1);
    assert_eq!(desk.db.count("model_validations WHERE verdict = 'too_few'").await, 1);

    let third = desk.train().await;
    assert!(third.active);
    let promoted =
        "model_rollout_steps WHERE action = 'promoted' AND reason = 'a test' AND is_override";
    assert_eq!(desk.db.count(promoted).await, 1);
    assert_eq!(desk.db.count("model_versions WHERE active AND number = 3").await, 1);
    desk.finish().await;
}

/// `deskwire-ml train --label category --json`, which says what it made.
async fn program(desk: &Desk, args: &[&str]) -> Value {
    let mut program = desk.program("train");
    let output = program.args(["--label", "category", "--json"]).args(args).output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Registered versions, oldest first, each with its validations.
async fn versions(desk: &Desk) -> Vec<(ModelVersion, Vec<Validation>)> {
    let mut conn = desk.conn().await;
    let mut all = models::list(&mut conn, &Actor::system()).await.unwrap();
    all.reverse();
    let ids: Vec<_> = all.iter().map(|version| version.id).collect();
    let mut found = models::validations_of(&mut conn, &ids).await.unwrap();
    all.into_iter()
        .map(|version| (found.remove(&version.id).unwrap_or_default(), version))
        .map(|(validations, version)| (version, validations))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_and_a_run_make_the_same_version() {
    let desk = Desk::create().await;
    desk.register_other().await;
    let said = program(&desk, &[]).await;
    let mut conn = desk.conn().await;
    let kind = suggestions::LabelKind::Category;
    runs::start(&mut conn, &desk.team.admin, kind, RunOptions::default()).await.unwrap();
    drop(conn);
    let (_, stop) = watch::channel(false);
    let mut trainer = Trainer::new(desk.db.desk.clone(), desk.store.clone(), stop);
    assert!(trainer.run_once().await.unwrap());

    let all = versions(&desk).await;
    let [_, (by_program, validated), (by_run, validated_too)] = &all[..] else { panic!("{all:?}") };
    assert_eq!(said["hash"], deskwire_ml::worker::hex(&by_run.artifact_hash));
    assert_eq!(by_program.artifact_hash, by_run.artifact_hash);
    assert_eq!(by_program.metrics, by_run.metrics);
    let lineage = Lineage { run_id: None, ..by_run.lineage.clone() };
    assert_eq!((&by_program.lineage, by_program.active), (&lineage, false));
    assert_eq!(lineage.training_data.unwrap()["source"], "desk");
    let ([one], [other]) = (&validated[..], &validated_too[..]) else { panic!("{all:?}") };
    assert_eq!((one.verdict, one.sample, &one.note), (other.verdict, other.sample, &other.note));
    assert_eq!((one.champion_id, one.verdict), (other.champion_id, Verdict::TooFew));
    assert_eq!(said["comparison"]["verdict"], "too_few");
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_program_made_passes_the_same_gate() {
    let desk = Desk::create().await;
    desk.label_more(460).await;
    assert_eq!(program(&desk, &[]).await["comparison"], Value::Null);
    let second = program(&desk, &["--target-precision", "0.8"]).await;
    assert_eq!(second["comparison"]["verdict"], "not_worse", "{second}");
    let (version, validations) = versions(&desk).await.remove(1);
    assert_eq!((version.active, validations[0].sample), (false, 52));

    let (mut conn, edit) = (desk.conn().await, RolloutEdit::any_revision(version.kind));
    let promoted = models::promote(&mut conn, &desk.team.admin, edit, Some(version.id), None);
    assert_eq!(promoted.await.unwrap().champion_id, Some(version.id));
    drop(conn);

    program(&desk, &["--target-precision", "0.7", "--promote", "in a hurry"]).await;
    let (third, validations) = versions(&desk).await.remove(2);
    assert!(third.active);
    assert_eq!(validations[0].champion_id, Some(version.id));
    let hurried = "model_rollout_steps WHERE reason = 'in a hurry' AND is_override";
    assert_eq!(desk.db.count(hurried).await, 1);
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_learns_from_the_chosen_tickets_and_says_what_is_missing() {
    let desk = Desk::create().await;
    let said = program(&desk, &["--created-from", "2026-01-01T10:20:00Z"]).await;
    assert_eq!(said["tickets"], 40);
    for (args, expected) in [
        (["--minimum-per-label", "31"], "no label has 31 tickets yet, the most has"),
        (["--minimum-per-label", "1"], "minimumPerLabel: must be 2 to 1000, got 1"),
        (["--created-to", "2026-01-01T10:00:00Z"], "no ticket created in the chosen time has"),
        (["--created-to", "yesterday"], "invalid value 'yesterday'"),
    ] {
        let output = desk.program("train").args(["--label", "category"]).args(args).output().await;
        let output = output.unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && text.contains(expected), "{args:?}: {text}");
    }
    // Nobody gave a priority: the other kind is learned all the same.
    let both = desk.program("train").output().await.unwrap();
    let text = String::from_utf8_lossy(&both.stderr);
    assert!(both.status.success() && text.contains("No priority model: no ticket has a"), "{text}");
    assert_eq!(desk.db.count("model_versions").await, 2);
    desk.finish().await;
}
