use deskwire_domain::models::{self, RolloutAction, Stage};
use deskwire_domain::page::PageRequest;
use deskwire_domain::{Actor, Timestamp};

use super::{KIND, bring, draft, edit, state, world};
use crate::support::{active, outcome};

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_ends_and_the_champion_stays() {
    for stage in [Stage::Shadow, Stage::Canary] {
        let (mut w, champion, waiting) = world().await;
        let admin = w.team.admin.clone();
        bring(&mut w, stage, waiting).await.unwrap();
        let after = models::roll_back(&mut w.conn, &admin, edit(), " odd labels ").await.unwrap();
        assert_eq!(
            (after.stage, after.candidate_id, after.percent, after.champion_id),
            (Stage::Idle, None, 0, Some(champion))
        );
        assert_eq!(after.cool_down_until, None, "an admin may try again at once");
        let log = models::history(&mut w.conn, &admin, KIND, &PageRequest::first(1)).await.unwrap();
        let step = &log.rows[0];
        assert_eq!((step.action, step.version_id), (RolloutAction::RolledBack, Some(waiting)));
        assert_eq!(step.reason.as_deref(), Some("odd labels"));
        w.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_previous_champion_comes_back_once() {
    let (mut w, champion, waiting) = world().await;
    let admin = w.team.admin.clone();
    let refused = models::roll_back(&mut w.conn, &admin, edit(), "why").await;
    assert_eq!(outcome(&refused), "IllegalStage", "there was no other champion");
    models::promote(&mut w.conn, &admin, edit(), Some(waiting), Some("now")).await.unwrap();
    let after = models::roll_back(&mut w.conn, &admin, edit(), "worse").await.unwrap();
    assert_eq!((after.champion_id, after.previous_id), (Some(champion), None));
    assert_eq!(active(&mut w.conn).await[0].id, champion);
    let log = models::history(&mut w.conn, &admin, KIND, &PageRequest::first(1)).await.unwrap();
    assert_eq!(log.rows[0].version_id, Some(waiting), "the one that was taken");
    let again = models::roll_back(&mut w.conn, &admin, edit(), "again").await;
    assert_eq!(outcome(&again), "IllegalStage");
    assert_eq!(state(&mut w).await, after);
    w.finish().await;
}

/// A desk that brought a network once, and whose programs do not run any now, or still do.
#[tokio::test(flavor = "multi_thread")]
async fn a_network_is_a_way_back_only_for_who_can_run_it() {
    for runs_onnx in [false, true] {
        let (mut w, words, _) = world().await;
        let (system, admin) = (Actor::system(), w.team.admin.clone());
        let mut network = draft(KIND);
        (network.lineage.needs_onnx, network.lineage.maker_runs_onnx) = (true, true);
        let network = models::introduce(&mut w.conn, &system, network).await.unwrap();
        assert_eq!((network.active, network.lineage.needs_onnx), (false, true), "it waits as ever");
        models::promote(&mut w.conn, &admin, edit(), Some(network.id), Some("try")).await.unwrap();
        models::roll_back(&mut w.conn, &admin, edit(), "worse").await.unwrap();
        assert_eq!(state(&mut w).await.champion_id, Some(words), "who runs networks reads words");
        models::promote(&mut w.conn, &admin, edit(), Some(network.id), Some("again"))
            .await
            .unwrap();

        let mut next = draft(KIND);
        next.lineage.maker_runs_onnx = runs_onnx;
        let next = models::introduce(&mut w.conn, &system, next).await.unwrap();
        assert_eq!(next.active, !runs_onnx, "who cannot run the champion takes its place");
        if runs_onnx {
            let why = Some("better");
            models::promote(&mut w.conn, &admin, edit(), Some(next.id), why).await.unwrap();
        } else {
            let taken = "model_rollout_steps WHERE reason LIKE 'the champion is an ONNX network%'";
            assert_eq!(w.db.count(taken).await, 1);
        }
        let now = state(&mut w).await;
        assert_eq!((now.champion_id, now.previous_id), (Some(next.id), Some(network.id)));
        let compared = models::compare(&mut w.conn, &now, Timestamp::now()).await.unwrap();
        assert_eq!(compared.is_some(), runs_onnx);
        let back = models::roll_back(&mut w.conn, &admin, edit(), "worse").await;
        assert_eq!(outcome(&back), if runs_onnx { "ok" } else { "IllegalStage" });
        w.finish().await;
    }
}

/// After an upgrade that reads texts in another way, the old versions are history.
#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_reads_texts_as_another_release_did_is_no_way_back() {
    let (mut w, champion, _) = world().await;
    let (system, admin) = (Actor::system(), w.team.admin.clone());
    let newer = || {
        let mut draft = draft(KIND);
        draft.lineage.feature_version = 7;
        draft
    };
    let first = models::introduce(&mut w.conn, &system, newer()).await.unwrap();
    assert!(first.active, "no worker of this release could use the old champion");
    let now = state(&mut w).await;
    assert_eq!((now.champion_id, now.previous_id), (Some(first.id), Some(champion)));
    let back = models::roll_back(&mut w.conn, &admin, edit(), "worse").await;
    assert_eq!(outcome(&back), "IllegalStage");
    let compared = models::compare(&mut w.conn, &now, Timestamp::now()).await.unwrap();
    assert_eq!(compared, None, "there is nothing to go back to");

    let second = models::introduce(&mut w.conn, &system, newer()).await.unwrap();
    assert!(!second.active, "the next one waits as ever");
    models::promote(&mut w.conn, &admin, edit(), Some(second.id), Some("good")).await.unwrap();
    models::roll_back(&mut w.conn, &admin, edit(), "worse").await.unwrap();
    assert_eq!(state(&mut w).await.champion_id, Some(first.id));
    w.finish().await;
}
