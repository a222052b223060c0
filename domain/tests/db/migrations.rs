use deskwire_domain::db::{establish, migrations};
use deskwire_domain::ids::WorkerId;
use deskwire_domain::models::{Stage, runs};
use deskwire_domain::suggestions::{self, Label, LabelKind};
use deskwire_domain::testing::TestDatabase;
use deskwire_domain::tickets::{self, Edit, Priority, Status};

use crate::models::{KIND, bring, world};
use crate::suggestions::{answer, let_apply, model};

#[tokio::test(flavor = "multi_thread")]
async fn migrations_go_up_down_and_up_again() {
    let db = TestDatabase::create().await;
    let conn = async || establish(&db.config.database_url).await.unwrap();
    let all = migrations::count();
    let tables = "information_schema.tables WHERE table_schema = DATABASE() \
                  AND table_name NOT LIKE '\\_\\_diesel%'";
    let present = db.count(tables).await;
    for _ in 0..2 {
        assert_eq!(migrations::pending(conn().await).await.unwrap(), [""; 0]);
        assert_eq!(migrations::run(conn().await).await.unwrap(), [""; 0]);
        migrations::revert(conn().await, all).await.unwrap();
        assert_eq!(db.count(tables).await, 0);
        assert_eq!(migrations::pending(conn().await).await.unwrap().len(), all);
        // Several programs start at once: each migration runs once.
        let at_once = [migrations::run(conn().await), migrations::run(conn().await)];
        let ran = futures::future::join_all(at_once.map(tokio::spawn)).await;
        let ran: usize = ran.into_iter().map(|done| done.unwrap().unwrap().len()).sum();
        assert_eq!((ran, db.count(tables).await), (all, present));
    }
    db.finish().await;
}

/// Migrations of the release before model rollouts.
const BEFORE_ROLLOUTS: usize = 6;

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_goes_back_to_the_release_before_rollouts_and_forth_with_its_tickets() {
    let (mut w, champion, waiting) = world().await;
    let admin = w.team.admin.clone();
    let_apply(&mut w, KIND).await;
    // One category that the desk put on by itself, one that a person chose, and a suggestion that nobody decided.
    let applied = w.ticket("Applied").await.id;
    let new = vec![answer(applied, champion, Label::Category(w.category))];
    assert!(suggestions::record(&mut w.conn, WorkerId::new(), &[], new).await.unwrap());
    let chosen = w.ticket("Chosen").await.id;
    let category = Some(w.category);
    tickets::change_category(&mut w.conn, &admin, Edit::any_version(chosen), category)
        .await
        .unwrap();
    let ignored = w.ticket("Ignored").await.id;
    let priorities = model(&mut w.conn, LabelKind::Priority).await;
    let new = vec![answer(ignored, priorities, Label::Priority(Priority::High))];
    assert!(suggestions::record(&mut w.conn, WorkerId::new(), &[], new).await.unwrap());
    let solve = Edit::any_version(ignored);
    tickets::change_status(&mut w.conn, &admin, solve, Status::Solved).await.unwrap();
    // A trial, its end with a notification, the next one, and a training that waits.
    bring(&mut w, Stage::Canary, waiting).await.unwrap();
    deskwire_domain::models::report_fault(&mut w.conn, KIND, waiting, "broken").await.unwrap();
    w.sql("UPDATE model_rollouts SET cool_down_until = NULL").await;
    bring(&mut w, Stage::Canary, waiting).await.unwrap();
    runs::start(&mut w.conn, &admin, KIND, Default::default()).await.unwrap();
    assert_eq!(w.db.count("tickets WHERE applied_category_id IS NOT NULL").await, 1);
    assert_eq!(w.db.count("suggestions WHERE outcome = 'ignored'").await, 1);
    assert!(w.db.count("notifications").await > 0);
    let tables = ["tickets", "messages", "suggestions", "model_versions", "events", "users"];
    let before = counted(&w.db, tables).await;

    let conn = async || establish(&w.db.config.database_url).await.unwrap();
    let since = migrations::count() - BEFORE_ROLLOUTS;
    migrations::revert(conn().await, since).await.unwrap();
    assert_eq!(counted(&w.db, tables).await, before);
    assert_eq!(w.db.count("jobs WHERE kind = 'train'").await, 0);
    // What the desk put on would read as a person's there.
    assert_eq!(w.db.count("tickets WHERE category_id IS NOT NULL").await, 1);
    let ran = migrations::run(conn().await).await.unwrap();
    assert_eq!(ran.len(), since);
    assert_eq!(counted(&w.db, tables).await, before);
    let rollout = deskwire_domain::models::rollout(&mut w.conn, KIND).await.unwrap();
    assert_eq!((rollout.stage, rollout.champion_id), (Stage::Idle, Some(champion)));
    w.finish().await;
}

async fn counted<const N: usize>(db: &TestDatabase, tables: [&str; N]) -> [i64; N] {
    let mut all = [0; N];
    for (count, table) in all.iter_mut().zip(tables) {
        *count = db.count(table).await;
    }
    all
}
