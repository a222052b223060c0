use deskwire_domain::actor::Scope;
use deskwire_domain::ids::{ModelVersionId, NotificationId};
use deskwire_domain::models;
use deskwire_domain::notifications::{self, NotificationKind, Which};
use deskwire_domain::page::PageRequest;
use deskwire_domain::testing::user;
use deskwire_domain::users::{self, Role, UserChange};
use deskwire_domain::{Actor, sessions};

use crate::models::{KIND, bring, world};
use crate::support::{World, outcome};

/// A candidate that the desk takes back.
async fn taken_back(w: &mut World, candidate: ModelVersionId) {
    bring(w, models::Stage::Canary, candidate).await.unwrap();
    models::report_fault(&mut w.conn, KIND, candidate, "cannot be read").await.unwrap().unwrap();
    w.sql("UPDATE model_rollouts SET cool_down_until = NULL").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_active_admin_is_told_of_a_version_that_was_taken_back() {
    let (mut w, _, waiting) = world().await;
    let other = user(&mut w.conn, Role::Admin, "anna").await.id;
    let gone = user(&mut w.conn, Role::Admin, "gregor").await.id;
    let inactive = UserChange { active: Some(false), ..Default::default() };
    users::update(&mut w.conn, &Actor::system(), gone, inactive).await.unwrap();
    taken_back(&mut w, waiting).await;
    assert_eq!(w.db.count("notifications").await, 2);
    let anna = sessions::actor_of_user(&mut w.conn, other, None).await.unwrap();
    let request = PageRequest::first(10);
    for actor in [&anna, &w.team.admin] {
        let page = notifications::list(&mut w.conn, actor, false, &request).await.unwrap();
        let [told] = &page.rows[..] else { panic!("one: {page:?}") };
        assert_eq!((told.kind, told.read_at), (NotificationKind::ModelRolledBack, None));
        assert_eq!(told.text, "The category model, version 2, was taken back: cannot be read");
        let step = models::history(&mut w.conn, actor, KIND, &PageRequest::first(1)).await.unwrap();
        assert_eq!(told.subject_id, step.rows[0].id.into());
        assert_eq!(notifications::count_unread(&mut w.conn, actor).await.unwrap(), 1);
    }
    for (who, actor) in w.actors().into_iter().filter(|(who, _)| *who != "admin") {
        let page = notifications::list(&mut w.conn, &actor, false, &request).await.unwrap();
        assert_eq!(page.rows, [], "{who}");
    }
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_mark_their_own_and_nobody_elses() {
    let (mut w, _, waiting) = world().await;
    let other = user(&mut w.conn, Role::Admin, "anna").await.id;
    let anna = sessions::actor_of_user(&mut w.conn, other, None).await.unwrap();
    for _ in 0..3 {
        taken_back(&mut w, waiting).await;
    }
    let (admin, conn) = (w.team.admin.clone(), &mut w.conn);
    let all = notifications::list(conn, &admin, true, &PageRequest::first(10)).await.unwrap().rows;
    let hers = notifications::list(conn, &anna, true, &PageRequest::first(10)).await.unwrap().rows;
    assert_eq!((all.len(), hers.len()), (3, 3));
    let many: Vec<NotificationId> = (0..101).map(|_| NotificationId::new()).collect();
    for (name, ids, expected) in [
        ("none", vec![], "invalid ids"),
        ("too many", many, "invalid ids"),
        ("another's", vec![all[0].id, hers[0].id], "no notification"),
        ("missing", vec![NotificationId::new()], "no notification"),
    ] {
        let marked = notifications::mark_read(conn, &admin, Which::These(ids)).await;
        assert_eq!(outcome(&marked), expected, "{name}");
    }
    assert_eq!(notifications::count_unread(conn, &admin).await.unwrap(), 3);
    notifications::mark_read(conn, &admin, Which::These(vec![all[1].id])).await.unwrap();
    let left = notifications::list(conn, &admin, true, &PageRequest::first(10)).await.unwrap().rows;
    assert_eq!(left, [all[0].clone(), all[2].clone()], "newest first");
    let first = notifications::list(conn, &admin, false, &PageRequest::first(2)).await.unwrap();
    assert!(first.has_next && first.rows[1].read_at.is_some());
    let next = PageRequest { first: 2, after: Some(first.rows[1].cursor()) };
    let rest = notifications::list(conn, &admin, false, &next).await.unwrap();
    assert_eq!(rest.rows, [all[2].clone()]);

    notifications::mark_read(conn, &admin, Which::All).await.unwrap();
    let unread = [&admin, &anna];
    for (actor, expected) in unread.into_iter().zip([0, 3]) {
        assert_eq!(notifications::count_unread(conn, actor).await.unwrap(), expected);
    }
    let again = notifications::list(conn, &admin, false, &next).await.unwrap().rows;
    notifications::mark_read(conn, &admin, Which::All).await.unwrap();
    let same = notifications::list(conn, &admin, false, &next).await.unwrap().rows;
    assert_eq!(again, same, "what was read keeps its time");
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_desk_itself_and_tokens_without_the_scope_have_none() {
    let mut w = World::new().await;
    let limited = Actor { scopes: Some(vec![Scope::Admin]), ..w.team.admin.clone() };
    for actor in [Actor::system(), limited] {
        let conn = &mut w.conn;
        let request = PageRequest::first(1);
        let list = notifications::list(conn, &actor, false, &request).await;
        assert_eq!(outcome(&list), "forbidden");
        assert_eq!(outcome(&notifications::count_unread(conn, &actor).await), "forbidden");
        let marked = notifications::mark_read(conn, &actor, Which::All).await;
        assert_eq!(outcome(&marked), "forbidden");
    }
    w.finish().await;
}
