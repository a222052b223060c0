use deskwire_domain::Timestamp;
use deskwire_domain::models::{self, Stage};
use deskwire_domain::page::PageRequest;
use deskwire_domain::suggestions::LabelKind;

use super::{KIND, bring, edit, world};
use crate::support::outcome;

#[tokio::test(flavor = "multi_thread")]
async fn who_was_live_at_a_time_is_the_last_step_before_it() {
    let (mut w, champion, waiting) = world().await;
    let admin = w.team.admin.clone();
    bring(&mut w, Stage::Canary, waiting).await.unwrap();
    models::promote(&mut w.conn, &admin, edit(), None, Some("good")).await.unwrap();
    models::roll_back(&mut w.conn, &admin, edit(), "bad").await.unwrap();
    let log = models::history(&mut w.conn, &admin, KIND, &PageRequest::first(10)).await.unwrap();
    for step in &log.rows {
        for (time, expected) in [
            (step.created_at, Some(&step.after)),
            (step.created_at.plus_milliseconds(-10_000_000), None),
        ] {
            let found = models::step_at(&mut w.conn, &admin, KIND, time).await.unwrap();
            let found = found.map(|step| step.after);
            // A registration and the promotion with it share their time.
            let is_shared = log.rows.iter().filter(|other| other.created_at == time).count() > 1;
            assert!(is_shared || found.as_ref() == expected, "{time}: {found:?}");
        }
    }
    let now = models::step_at(&mut w.conn, &admin, KIND, Timestamp::now()).await.unwrap().unwrap();
    assert_eq!(now.after, models::rollout(&mut w.conn, KIND).await.unwrap());
    assert_eq!(now.after.champion_id, Some(champion));
    let promoted = log.rows[1].created_at;
    let then = models::step_at(&mut w.conn, &admin, KIND, promoted).await.unwrap().unwrap();
    assert_eq!((then.after.champion_id, then.after.previous_id), (Some(waiting), Some(champion)));
    let other = models::step_at(&mut w.conn, &admin, LabelKind::Priority, promoted).await.unwrap();
    assert_eq!(other, None);
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_of_the_release_before_get_the_history_they_had() {
    let (mut w, first, second) = world().await;
    let third = super::version(&mut w.conn).await;
    let admin = w.team.admin.clone();
    models::promote(&mut w.conn, &admin, edit(), Some(third), Some("newest")).await.unwrap();
    w.sql(
        "DELETE FROM model_rollout_steps; DELETE FROM model_rollouts; \
         UPDATE model_versions SET created_at = TIMESTAMPADD(DAY, CAST(number AS SIGNED) - 10, UTC_TIMESTAMP(6))",
    )
    .await;
    let migration = include_str!("../../../migrations/2026-11-28-000001_model_rollout/up.sql");
    let (_, backfill) = migration.split_once("\n-- Until now").unwrap();
    w.sql(&format!("--{backfill}")).await;

    let now = models::rollout(&mut w.conn, KIND).await.unwrap();
    assert_eq!((now.champion_id, now.previous_id, now.revision), (Some(third), None, 3));
    let empty = models::rollout(&mut w.conn, LabelKind::Priority).await.unwrap();
    assert_eq!((empty.champion_id, empty.revision, empty.enabled), (None, 0, true));
    for (days_ago, champion) in
        [(10, None), (9, Some(first)), (8, Some(second)), (7, Some(third)), (0, Some(third))]
    {
        let time = Timestamp::now().plus_seconds(60 - days_ago * 24 * 3600);
        let found = models::step_at(&mut w.conn, &admin, KIND, time).await.unwrap();
        let then = found.and_then(|step| step.after.champion_id);
        assert_eq!(then, champion, "{days_ago} days ago");
    }
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_history_is_paged_and_for_staff() {
    let (mut w, _, waiting) = world().await;
    let admin = w.team.admin.clone();
    bring(&mut w, Stage::Shadow, waiting).await.unwrap();
    models::roll_back(&mut w.conn, &admin, edit(), "done").await.unwrap();
    let all = models::history(&mut w.conn, &admin, KIND, &PageRequest::first(100)).await.unwrap();
    assert_eq!((all.rows.len(), all.has_next), (5, false));
    let (mut paged, mut after) = (Vec::new(), None);
    loop {
        let request = PageRequest { first: 2, after };
        let page = models::history(&mut w.conn, &admin, KIND, &request).await.unwrap();
        after = page.rows.last().map(models::RolloutStep::cursor);
        paged.extend(page.rows);
        if !page.has_next {
            break;
        }
    }
    assert_eq!(paged, all.rows);
    for (who, actor) in w.actors() {
        let expected = if actor.is_staff() { "ok" } else { "forbidden" };
        let request = PageRequest::first(1);
        let history = models::history(&mut w.conn, &actor, KIND, &request).await;
        assert_eq!(outcome(&history), expected, "{who}");
        let past = models::step_at(&mut w.conn, &actor, KIND, Timestamp::now()).await;
        assert_eq!(outcome(&past), expected, "{who}");
        let now = models::find_rollout(&mut w.conn, &actor, KIND).await;
        assert_eq!(outcome(&now), expected, "{who}");
    }
    w.finish().await;
}
