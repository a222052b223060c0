use deskwire_domain::housekeeping::{self, READ_NOTIFICATION_S, SHADOW_SCORE_S, Swept};
use deskwire_domain::ids::{ModelVersionId, WorkerId};
use deskwire_domain::messages::Channel;
use deskwire_domain::models::{self, ShadowScore, Stage};
use deskwire_domain::notifications::{self, Which};
use deskwire_domain::page::PageRequest;
use deskwire_domain::similar::{Neighbour, NewNeighbours};
use deskwire_domain::suggestions::{self, Label, Recording};
use deskwire_domain::tickets::{self, Edit, MergeDraft};
use deskwire_domain::{Conn, Timestamp};

use crate::models::{KIND, bring, edit, version, world};
use crate::support::World;

/// A sweep so many seconds from now.
async fn sweep(conn: &mut Conn, in_s: i64) -> Swept {
    housekeeping::sweep(conn, Timestamp::now().plus_seconds(in_s)).await.unwrap()
}

async fn record(conn: &mut Conn, recording: Recording) {
    suggestions::record_served(conn, WorkerId::new(), &[], recording).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn old_notifications_go_once_they_were_read() {
    let (mut w, _, waiting) = world().await;
    for _ in 0..2 {
        bring(&mut w, Stage::Canary, waiting).await.unwrap();
        models::report_fault(&mut w.conn, KIND, waiting, "cannot be read").await.unwrap();
        w.sql("UPDATE model_rollouts SET cool_down_until = NULL").await;
    }
    let admin = w.team.admin.clone();
    let page = PageRequest::first(10);
    let all = notifications::list(&mut w.conn, &admin, false, &page).await.unwrap().rows;
    let [unread, read] = &all[..] else { panic!("two: {all:?}") };
    notifications::mark_read(&mut w.conn, &admin, Which::These(vec![read.id])).await.unwrap();
    // More than one statement removes, with ids of the same time.
    let digits = "(SELECT 0 d UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION \
                  SELECT 5 UNION SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9)";
    w.sql(&format!(
        "INSERT INTO notifications (id, user_id, kind, subject_id, text, created_at, read_at) \
         SELECT UNHEX(CONCAT('{}7000800000000000', LPAD(HEX(a.d + 10 * b.d + 100 * c.d + 1000 * e.d), 4, '0'))), user_id, \
         kind, subject_id, text, created_at, created_at \
         FROM notifications n, {digits} a, {digits} b, {digits} c, {digits} e \
         WHERE n.id = UNHEX('{}') AND e.d < 5",
        &read.id.to_string()[..12],
        read.id,
    ))
    .await;
    assert_eq!(sweep(&mut w.conn, READ_NOTIFICATION_S - 60).await.notifications, 0);
    assert_eq!(sweep(&mut w.conn, READ_NOTIFICATION_S + 60).await.notifications, 5001);
    assert_eq!(sweep(&mut w.conn, READ_NOTIFICATION_S + 60).await.notifications, 0);
    let left = notifications::list(&mut w.conn, &admin, false, &page).await.unwrap().rows;
    assert_eq!(left.iter().collect::<Vec<_>>(), [unread]);
    w.finish().await;
}

/// Lets a version on trial score a fresh ticket.
async fn score(w: &mut World, model_version_id: ModelVersionId) {
    let score = ShadowScore {
        ticket_id: w.ticket("Card lost").await.id,
        model_version_id,
        label: Label::Category(w.category),
        probability: 0.6,
        abstained: false,
        champion_agrees: Some(true),
    };
    record(&mut w.conn, Recording { shadow: vec![score], ..Default::default() }).await;
}

async fn scores(w: &mut World, of: ModelVersionId) -> u64 {
    let found = models::agreement(&mut w.conn, &[of]).await.unwrap();
    found.get(&of).map_or(0, |agreement| agreement.scored)
}

#[tokio::test(flavor = "multi_thread")]
async fn shadow_scores_outlive_their_trial_by_three_months() {
    let (mut w, _, first) = world().await;
    let admin = w.team.admin.clone();
    bring(&mut w, Stage::Shadow, first).await.unwrap();
    score(&mut w, first).await;
    score(&mut w, first).await;
    assert_eq!(sweep(&mut w.conn, 10 * SHADOW_SCORE_S).await.shadow_scores, 0, "on trial");
    bring(&mut w, Stage::Canary, first).await.unwrap();
    assert_eq!(sweep(&mut w.conn, 10 * SHADOW_SCORE_S).await.shadow_scores, 0, "still on trial");
    // The trial began long ago; what counts is its end.
    w.sql("UPDATE model_rollout_steps SET created_at = created_at - INTERVAL 1 YEAR").await;
    w.sql("UPDATE shadow_scores SET created_at = created_at - INTERVAL 1 YEAR").await;
    models::roll_back(&mut w.conn, &admin, edit(), "worse").await.unwrap();
    let second = version(&mut w.conn).await;
    bring(&mut w, Stage::Shadow, second).await.unwrap();
    score(&mut w, second).await;
    assert_eq!(sweep(&mut w.conn, SHADOW_SCORE_S - 60).await.shadow_scores, 0, "not long over");
    assert_eq!(sweep(&mut w.conn, SHADOW_SCORE_S + 60).await.shadow_scores, 2);
    assert_eq!((scores(&mut w, first).await, scores(&mut w, second).await), (0, 1));
    models::promote(&mut w.conn, &admin, edit(), Some(second), Some("good")).await.unwrap();
    assert_eq!(sweep(&mut w.conn, SHADOW_SCORE_S + 60).await.shadow_scores, 1);
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_that_was_merged_away_needs_no_neighbours() {
    let mut w = World::new().await;
    let (kept, merged) = (w.ticket("Kept").await.id, w.ticket("Merged").await.id);
    let deleted = w.ticket("Deleted").await.id;
    let neighbours = vec![Neighbour { ticket_id: kept, score: 0.5 }];
    let of = |ticket_id| NewNeighbours { ticket_id, neighbours: neighbours.clone() };
    let recording =
        Recording { neighbours: [kept, merged, deleted].map(of).to_vec(), ..Default::default() };
    record(&mut w.conn, recording).await;
    assert_eq!(sweep(&mut w.conn, 0).await.neighbours, 0);
    let admin = w.team.admin.clone();
    // It may come back, and would not be looked at again.
    tickets::delete(&mut w.conn, &admin, Edit::any_version(deleted), "spam").await.unwrap();
    let merge = MergeDraft {
        source_ids: vec![merged],
        target: Edit::any_version(kept),
        note: None,
        channel: Channel::Web,
    };
    tickets::merge(&mut w.conn, &admin, merge).await.unwrap();
    assert_eq!(sweep(&mut w.conn, 0).await.neighbours, 1);
    let gone = format!("ticket_neighbours WHERE ticket_id = UNHEX('{merged}')");
    assert_eq!((w.db.count(&gone).await, w.db.count("ticket_neighbours").await), (0, 2));
    w.finish().await;
}
