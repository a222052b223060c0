//! Serving by rollout: who answers, what is kept in the dark, what is taken back.

use deskwire_domain::ids::ModelVersionId;
use deskwire_domain::models::{self, Agreement, Rollout, RolloutEdit, Stage};
use deskwire_domain::suggestions::{self, LabelKind};
use deskwire_domain::{Actor, tickets};
use deskwire_ml::worker::{Worker, hex};

use sha2::{Digest, Sha256};

use super::support::Desk;

const KIND: LabelKind = LabelKind::Category;

fn edit() -> RolloutEdit {
    RolloutEdit::any_revision(KIND)
}

fn worker(desk: &Desk) -> Worker {
    Worker::new(desk.db.desk.clone(), desk.store.clone())
}

/// A desk with a champion and a version that waits.
async fn desk() -> (Desk, ModelVersionId, ModelVersionId) {
    let desk = Desk::create().await;
    let champion = desk.register().await;
    // The same tickets would give the same artefact.
    let waiting = desk.register_other().await;
    assert!(champion.active && !waiting.active);
    assert_ne!(champion.artifact_hash, waiting.artifact_hash);
    (desk, champion.id, waiting.id)
}

async fn canary(desk: &Desk, version: ModelVersionId, percent: u16) {
    let (mut conn, desk) = (desk.conn().await, Actor::system());
    models::start_canary(&mut conn, &desk, edit(), Some(version), percent, None).await.unwrap();
}

async fn shadow(desk: &Desk, version: ModelVersionId) {
    let mut conn = desk.conn().await;
    models::start_shadow(&mut conn, &Actor::system(), edit(), version, None).await.unwrap();
}

async fn state(desk: &Desk) -> Rollout {
    models::rollout(&mut *desk.conn().await, KIND).await.unwrap()
}

async fn ask(desk: &Desk, count: usize) {
    let texts: Vec<String> = (0..count).map(|n| format!("My card number {n} was stolen")).collect();
    desk.ask(&texts.iter().map(String::as_str).collect::<Vec<_>>()).await;
}

async fn by(desk: &Desk, version: ModelVersionId, arm: &str) -> i64 {
    let from = format!("suggestions WHERE model_version_id = UNHEX('{version}') AND arm = '{arm}'");
    desk.db.count(&from).await
}

#[tokio::test(flavor = "multi_thread")]
async fn two_workers_give_a_canary_the_same_tickets() {
    let (desk, champion, waiting) = desk().await;
    canary(&desk, waiting, 30).await;
    ask(&desk, 250).await;
    let (mut first, mut second) = (worker(&desk), worker(&desk));
    while {
        let (a, b) = tokio::join!(first.run_once(), second.run_once());
        a.unwrap() + b.unwrap() > 0
    } {}
    let share = by(&desk, waiting, "canary").await;
    assert!((40..=110).contains(&share), "{share} of 250 at 30 %");
    assert_eq!(by(&desk, champion, "champion").await + share, 250);
    assert_eq!(desk.db.count("suggestions WHERE took_us IS NULL").await, 0);

    // Which ones is settled by their ids alone.
    let rollout = state(&desk).await;
    let mut conn = desk.conn().await;
    let names: Vec<String> = (0..250).map(|n| format!("new-{n}")).collect();
    let ids = tickets::ids_by_external(&mut conn, "new", &names).await.unwrap();
    let ids: Vec<_> = ids.into_values().collect();
    let said = suggestions::recorded(&mut conn, KIND, &ids).await.unwrap();
    assert_eq!(said.len(), 250);
    for (ticket, suggestion) in said {
        assert_eq!(models::arm_of(&rollout, ticket), suggestion.served.arm);
    }
    drop(conn);
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shadow_writes_nothing_that_anybody_sees() {
    let (desk, champion, waiting) = desk().await;
    shadow(&desk, waiting).await;
    desk.ask(&["My card was stolen", "The parcel came damaged"]).await;
    assert_eq!(worker(&desk).run_once().await.unwrap(), 2);
    assert_eq!(by(&desk, champion, "champion").await, 2);
    assert_eq!(desk.db.count("suggestions").await, 2);
    assert_eq!(desk.db.count("events WHERE kind = 'suggestion.recorded'").await, 2);
    let found = models::agreement(&mut *desk.conn().await, &[waiting]).await.unwrap();
    assert_eq!(found[&waiting], Agreement { scored: 2, agreed: 2, disagreed: 0 });
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_worker_follows_every_step() {
    let (desk, champion, waiting) = desk().await;
    let mut worker = worker(&desk);
    let mut conn = desk.conn().await;
    let actor = Actor::system();
    for (step, expected) in [
        ("none", [1, 0, 0]),
        ("canary", [1, 0, 1]),
        ("roll back", [2, 0, 1]),
        ("promote", [2, 1, 1]),
        ("disable", [2, 1, 1]),
        ("enable", [2, 2, 1]),
        ("go back", [3, 2, 1]),
    ] {
        match step {
            "canary" => {
                canary(&desk, waiting, 99).await;
                // One ticket in a hundred would be the champion's.
                desk.sql("UPDATE model_rollouts SET percent = 100").await;
            }
            "roll back" | "go back" => {
                models::roll_back(&mut conn, &actor, edit(), step).await.unwrap();
            }
            "promote" => {
                let why = Some("test");
                models::promote(&mut conn, &actor, edit(), Some(waiting), why).await.unwrap();
            }
            "disable" => {
                models::disable(&mut conn, &actor, edit(), step).await.unwrap();
            }
            "enable" => {
                models::enable(&mut conn, &actor, edit(), step).await.unwrap();
            }
            _ => {}
        }
        desk.ask_again(&format!("My card was stolen before {step}")).await;
        assert_eq!(worker.run_once().await.unwrap(), 1, "{step}: the job is done in any case");
        let counts = [
            by(&desk, champion, "champion").await,
            by(&desk, waiting, "champion").await,
            by(&desk, waiting, "canary").await,
        ];
        assert_eq!(counts, expected, "{step}");
    }
    assert_eq!(desk.db.count("jobs").await, 0);
    drop(conn);
    desk.finish().await;
}

/// An artefact with the hash of what it holds now.
fn rehashed(mut bytes: Vec<u8>) -> Vec<u8> {
    let end = bytes.len() - 32;
    let digest = Sha256::digest(&bytes[..end]);
    bytes[end..].copy_from_slice(&digest);
    bytes
}

/// An artefact that says of itself that it is a network.
fn as_network(bytes: &[u8]) -> Vec<u8> {
    let length = u32::from_le_bytes(bytes[12..16].try_into().unwrap()) as usize;
    let (header, rest) = bytes[16..].split_at(length);
    let mut header: serde_json::Value = serde_json::from_slice(header).unwrap();
    header["classifier"] = serde_json::json!({
        "kind": "onnx", "max_tokens": 64, "output": 0, "head": "logits", "onnx_bytes": 1, "tokenizer_bytes": 1,
    });
    let header = serde_json::to_vec(&header).unwrap();
    let length = u32::try_from(header.len()).unwrap().to_le_bytes();
    rehashed([&bytes[..12], &length, &header, rest].concat())
}

#[cfg(not(feature = "onnx"))]
#[tokio::test(flavor = "multi_thread")]
async fn a_program_without_onnx_says_so_and_lets_the_champion_serve() {
    let (desk, champion, waiting) = desk().await;
    let path = desk.folder().join(format!("{}.model", hex(&desk.artefacts().await[1])));
    let bytes = as_network(&std::fs::read(&path).unwrap());
    std::fs::write(&path, bytes).unwrap();
    desk.sql(&format!("UPDATE model_versions SET needs_onnx = TRUE WHERE id = UNHEX('{waiting}')"))
        .await;
    shadow(&desk, waiting).await;
    ask(&desk, 1).await;
    let mut worker = worker(&desk);
    assert_eq!(worker.run_once().await.unwrap(), 1);
    assert_eq!(by(&desk, champion, "champion").await, 1);
    let step = "model_rollout_steps WHERE action = 'rolled_back_automatically' AND \
                reason LIKE '%is an ONNX network, and this program was built without ONNX%'";
    assert_eq!(desk.db.count(step).await, 1);

    // Promoted all the same, it serves nobody here; what is trained next takes its place for good.
    let (mut conn, system) = (desk.conn().await, Actor::system());
    models::promote(&mut conn, &system, edit(), Some(waiting), Some("a mistake")).await.unwrap();
    desk.ask_again("My card was stolen again").await;
    let error = format!("{:#}", worker.run_once().await.unwrap_err());
    assert!(error.contains("cannot load the category model, version 2"), "{error}");
    assert!(error.contains("built without ONNX"), "{error}");
    let third = desk.register().await;
    assert!(third.active);
    assert_eq!(worker.run_once().await.unwrap(), 1);
    assert_eq!(by(&desk, third.id, "champion").await, 1);
    let back = models::roll_back(&mut conn, &system, edit(), "worse").await;
    assert!(back.is_err(), "no worker here could use it");
    drop(conn);
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_candidate_that_cannot_be_loaded_is_taken_back_and_the_champion_serves() {
    for (stage, damage) in [
        (Stage::Shadow, "missing"),
        (Stage::Canary, "corrupt"),
        (Stage::Canary, "another"),
        (Stage::Shadow, "newer"),
        (Stage::Canary, "network"),
    ] {
        let (desk, champion, waiting) = desk().await;
        let files = desk.artefacts().await;
        let (hash, other) = (&files[1], &files[0]);
        let path = |hash: &[u8]| desk.folder().join(format!("{}.model", hex(hash)));
        match damage {
            "missing" => std::fs::remove_file(path(hash)).unwrap(),
            "corrupt" => {
                let mut bytes = std::fs::read(path(hash)).unwrap();
                bytes[500] ^= 1;
                std::fs::write(path(hash), bytes).unwrap();
            }
            "another" => {
                std::fs::copy(path(other), path(hash)).unwrap();
            }
            // Reads texts in a way that this program does not know.
            "newer" => {
                let mut bytes = std::fs::read(path(hash)).unwrap();
                bytes[10] = 99;
                std::fs::write(path(hash), rehashed(bytes)).unwrap();
            }
            // Only programs that were built for it can use it, and this one would find it broken.
            _ => {
                let bytes = as_network(&std::fs::read(path(hash)).unwrap());
                std::fs::write(path(hash), bytes).unwrap();
            }
        }
        match stage {
            Stage::Shadow => shadow(&desk, waiting).await,
            _ => canary(&desk, waiting, 99).await,
        }
        ask(&desk, 5).await;
        assert_eq!(worker(&desk).run_once().await.unwrap(), 5, "{stage} {damage}");
        assert_eq!(by(&desk, champion, "champion").await, 5, "{stage} {damage}");
        let after = state(&desk).await;
        assert_eq!((after.stage, after.champion_id), (Stage::Idle, Some(champion)));
        let step = "model_rollout_steps WHERE action = 'rolled_back_automatically' AND \
                    evidence LIKE '%\"faults\"%' AND reason LIKE 'version 2 cannot be loaded: %'";
        assert_eq!(desk.db.count(step).await, 1, "{stage} {damage}");
        assert_eq!(desk.db.count("shadow_scores").await, 0);
        desk.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kind_that_is_switched_off_keeps_no_jobs_waiting() {
    let (desk, ..) = desk().await;
    let mut worker = worker(&desk);
    let mut conn = desk.conn().await;
    models::disable(&mut conn, &Actor::system(), edit(), "nonsense").await.unwrap();
    ask(&desk, 3).await;
    assert_eq!(worker.run_once().await.unwrap(), 3);
    assert_eq!((desk.db.count("jobs").await, desk.db.count("suggestions").await), (0, 0));
    drop(conn);
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_takes_back_what_people_override() {
    let (desk, champion, waiting) = desk().await;
    canary(&desk, waiting, 50).await;
    ask(&desk, 250).await;
    let mut first = worker(&desk);
    while first.run_once().await.unwrap() > 0 {}
    desk.sql(
        "UPDATE suggestions SET state = IF(arm = 'canary', 'overridden', 'accepted'), abstained = FALSE",
    )
    .await;
    worker(&desk).run_once().await.unwrap();
    let after = state(&desk).await;
    assert_eq!((after.stage, after.champion_id), (Stage::Idle, Some(champion)));
    assert!(after.cool_down_until.is_some());
    desk.finish().await;
}
