use deskwire_domain::models::{self, RolloutAction, Stage};
use deskwire_domain::page::PageRequest;

use super::{KIND, bring, edit, state, world};
use crate::support::outcome;

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
    assert_eq!(models::active(&mut w.conn).await.unwrap()[0].id, champion);
    let log = models::history(&mut w.conn, &admin, KIND, &PageRequest::first(1)).await.unwrap();
    assert_eq!(log.rows[0].version_id, Some(waiting), "the one that was taken");
    let again = models::roll_back(&mut w.conn, &admin, edit(), "again").await;
    assert_eq!(outcome(&again), "IllegalStage");
    assert_eq!(state(&mut w).await, after);
    w.finish().await;
}
