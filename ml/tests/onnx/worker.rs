//! A network on a desk: registered, tried, promoted, taken back, and served by the worker.

use deskwire_domain::Actor;
use deskwire_domain::models::{self, ModelVersion, Rollout, RolloutEdit, Stage, Verdict};
use deskwire_domain::suggestions::LabelKind;
use deskwire_ml::worker::Worker;
use serde_json::Value;

use crate::support::Desk;
use crate::tiny::{Network, tokenizer};

const KIND: LabelKind = LabelKind::Category;

fn edit() -> RolloutEdit {
    RolloutEdit::any_revision(KIND)
}

/// `deskwire-ml import-onnx` on this desk, calibrated on its own tickets; what it prints.
async fn import(desk: &Desk, args: &[&str]) -> Value {
    let folder = desk.folder().with_extension("files");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("model.onnx"), Network::default().onnx()).unwrap();
    std::fs::write(folder.join("tokenizer.json"), tokenizer()).unwrap();
    std::fs::write(folder.join("labels.txt"), "parcel\ncard\n").unwrap();
    let mut program = desk.program("import-onnx");
    program.current_dir(&folder).args(["--model", "model.onnx", "--tokenizer", "tokenizer.json"]);
    let output = program.arg("--json").args(args).output().await.unwrap();
    std::fs::remove_dir_all(folder).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

async fn versions(desk: &Desk) -> Vec<ModelVersion> {
    let mut all = models::list(&mut *desk.conn().await, &Actor::system()).await.unwrap();
    all.reverse();
    all
}

async fn state(desk: &Desk) -> Rollout {
    models::rollout(&mut *desk.conn().await, KIND).await.unwrap()
}

/// Suggestions by version number and arm.
async fn by(desk: &Desk, number: u32, arm: &str) -> i64 {
    let from = format!(
        "suggestions s JOIN model_versions m ON m.id = model_version_id WHERE m.number = {number} AND arm = '{arm}'"
    );
    desk.db.count(&from).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_is_rolled_out_like_any_other_version() {
    let desk = Desk::create().await;
    desk.register().await;
    let said = import(&desk, &["--labels", "labels.txt"]).await;
    assert_eq!(said["comparison"]["tickets"], 60);
    let version = versions(&desk).await.remove(1);
    let lineage = &version.lineage;
    assert_eq!((version.active, lineage.needs_onnx, lineage.maker_runs_onnx), (false, true, true));
    assert_eq!(lineage.parameters.as_ref().unwrap()["classifier"]["kind"], "onnx");
    let data = lineage.training_data.as_ref().unwrap();
    assert_eq!((&data["source"], &data["learned"]), (&"desk".into(), &false.into()));
    let mut conn = desk.conn().await;
    let validations = models::validations_of(&mut conn, &[version.id]).await.unwrap();
    assert_eq!(validations[&version.id][0].verdict, Verdict::NotWorse);

    let actor = Actor::system();
    let mut worker = Worker::new(desk.db.desk.clone(), desk.store.clone());
    models::start_shadow(&mut conn, &actor, edit(), version.id, None).await.unwrap();
    desk.ask_again("My card was stolen").await;
    assert_eq!(worker.run_once().await.unwrap(), 1);
    assert_eq!(desk.db.count("shadow_scores WHERE champion_agrees").await, 1);

    models::start_canary(&mut conn, &actor, edit(), Some(version.id), 99, None).await.unwrap();
    desk.sql("UPDATE model_rollouts SET percent = 100 WHERE kind = 'category'").await;
    desk.ask_again("My card was stolen again").await;
    assert_eq!(worker.run_once().await.unwrap(), 1);
    assert_eq!(by(&desk, 2, "canary").await, 1);
    let explained = "suggestions WHERE arm = 'canary' AND deciding_words LIKE '%stolen%' AND \
                     new_word_share IS NULL AND took_us > 0 AND NOT abstained";
    assert_eq!(desk.db.count(explained).await, 1);

    models::promote(&mut conn, &actor, edit(), None, None).await.unwrap();
    let texts: Vec<String> = (0..25).map(|n| format!("The parcel {n} came damaged")).collect();
    desk.ask(&texts.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let mut batches = Vec::new();
    loop {
        match worker.run_once().await.unwrap() {
            0 => break,
            jobs => batches.push(jobs),
        }
    }
    assert_eq!(batches, [10, 10, 5], "what is slow is recorded in small batches");
    assert_eq!(by(&desk, 2, "champion").await, 25);

    models::roll_back(&mut conn, &actor, edit(), "a test").await.unwrap();
    desk.ask_again("My card was blocked").await;
    assert_eq!(worker.run_once().await.unwrap(), 1);
    assert_eq!(by(&desk, 1, "champion").await, 2);
    drop(conn);
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_version_may_be_a_network_with_a_head_of_the_desks_own() {
    let desk = Desk::create().await;
    let said = import(&desk, &["--embedding", "--output", "vectors", "--tickets", "50"]).await;
    assert_eq!((&said["tickets"], &said["comparison"]), (&50.into(), &Value::Null));
    let version = versions(&desk).await.remove(0);
    assert!(version.active);
    assert_eq!(version.lineage.training_data.unwrap()["newest"], 50);
    desk.ask(&["My card was stolen", "The parcel came damaged"]).await;
    let worker = desk.program("worker").args(["--once", "--no-training"]).output().await.unwrap();
    assert!(worker.status.success(), "{worker:?}");
    for (name, word) in [("card", "stolen"), ("parcel", "damaged")] {
        let from = format!(
            "suggestions JOIN categories ON categories.id = category_id WHERE name = '{name}' \
             AND probability > 0.5 AND deciding_words LIKE '%{word}%'"
        );
        assert_eq!(desk.db.count(&from).await, 1, "{name}");
    }

    // A model of words that is trained next is held against it.
    let trained = desk.program("train").args(["--label", "category"]).output().await.unwrap();
    assert!(trained.status.success(), "{trained:?}");
    let compared = "model_validations WHERE champion_right > 0 AND sample = 15";
    assert_eq!(desk.db.count(compared).await, 1);
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_that_fails_on_a_ticket_is_taken_back() {
    let desk = Desk::create().await;
    desk.register().await;
    import(&desk, &["--labels", "labels.txt"]).await;
    let version = versions(&desk).await.remove(1);
    let (mut conn, actor) = (desk.conn().await, Actor::system());
    models::start_shadow(&mut conn, &actor, edit(), version.id, None).await.unwrap();
    drop(conn);
    desk.ask(&["My card was stolen", "My poison card"]).await;
    let mut worker = Worker::new(desk.db.desk.clone(), desk.store.clone());
    assert_eq!(worker.run_once().await.unwrap(), 2);
    assert_eq!(state(&desk).await.stage, Stage::Idle);
    assert_eq!((by(&desk, 1, "champion").await, desk.db.count("shadow_scores").await), (2, 0));
    let step = "model_rollout_steps WHERE action = 'rolled_back_automatically' \
                AND reason LIKE 'version 2 failed on ticket%'";
    assert_eq!(desk.db.count(step).await, 1);
    desk.finish().await;
}
