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
