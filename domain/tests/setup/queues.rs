use deskwire_domain::Actor;
use deskwire_domain::actor::Scope;
use deskwire_domain::ids::{QueueId, UserId};
use deskwire_domain::queues::{self, QueueChange, QueueRight};
use deskwire_domain::testing::agent;

use crate::support::{World, outcome};

#[tokio::test(flavor = "multi_thread")]
async fn admins_manage_queues_and_one_is_the_default() {
    let mut w = World::new().await;
    let admin = w.team.admin.clone();
    let long = "x".repeat(501);
    for (name, description, expected) in [
        ("Sales", "", "ok"),
        ("SALES", "", "AlreadyExists"),
        ("", &*long, "invalid description name"),
    ] {
        let created = queues::create(&mut w.conn, &admin, name, description).await;
        assert_eq!(outcome(&created), expected, "{name}");
    }
    let is_default = Some(true);
    let change = |is_default| QueueChange { is_default, ..QueueChange::default() };
    let (queue, other) = (w.team.queue, w.team.other_queue);
    let name = Some("sales".to_owned());
    for (id, change, expected) in [
        (other, change(is_default), "ok"),
        (other, change(Some(false)), "invalid isDefault"),
        (
            other,
            QueueChange { name: Some(" ".into()), ..change(Some(false)) },
            "invalid isDefault name",
        ),
        (QueueId::new(), change(is_default), "no queue"),
        (queue, QueueChange { name, ..QueueChange::default() }, "AlreadyExists"),
    ] {
        let updated = queues::update(&mut w.conn, &admin, id, change).await;
        assert_eq!(outcome(&updated), expected);
    }
    assert_eq!(queues::default_queue(&mut w.conn).await.unwrap().id, other);
    assert_eq!(w.db.count("queues WHERE is_default").await, 1);
    for (who, actor) in w.actors() {
        let seen = match who {
            "admin" => 3,
            "agent" | "reader" | "lead" => 1,
            _ => 0,
        };
        assert_eq!(queues::list(&mut w.conn, &actor).await.unwrap().len(), seen, "{who}");
        let found = queues::find_visible(&mut w.conn, &actor, queue).await;
        assert_eq!(found.is_ok(), seen > 0, "{who}");
        let actor = if who == "admin" {
            Actor { scopes: Some(vec![Scope::TicketsWrite]), ..actor }
        } else {
            actor
        };
        let created = queues::create(&mut w.conn, &actor, "New", "").await;
        assert_eq!(outcome(&created), "forbidden", "{who}");
        let updated = queues::update(&mut w.conn, &actor, queue, QueueChange::default()).await;
        assert_eq!(outcome(&updated), "forbidden", "{who}");
    }
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_change_memberships() {
    let mut w = World::new().await;
    let member = w.team.outsider.user().unwrap();
    let manager = agent(&mut w.conn, "mona", w.team.queue, QueueRight::Manage).await;
    let mut actors = w.actors().to_vec();
    actors.push(("manager", manager));
    for (who, actor) in actors {
        for (queue, expected) in [
            (
                w.team.queue,
                match who {
                    "admin" | "lead" | "manager" => "ok",
                    "agent" | "reader" => "forbidden",
                    _ => "no queue",
                },
            ),
            (w.team.other_queue, if who == "admin" { "ok" } else { "no queue" }),
        ] {
            for right in [Some(QueueRight::Read), Some(QueueRight::Reply), None] {
                let set = queues::set_membership(&mut w.conn, &actor, queue, member, right).await;
                assert_eq!(outcome(&set), expected, "{who}");
                if set.is_ok() {
                    let rights = queues::rights_of(&mut w.conn, member).await.unwrap();
                    assert_eq!(rights.get(&queue).copied(), right, "{who}");
                }
            }
        }
    }
    let admin = w.team.admin.clone();
    let read = Some(QueueRight::Read);
    for (queue, user, expected) in [
        (QueueId::new(), member, "no queue"),
        (w.team.queue, UserId::new(), "invalid userId"),
        (w.team.queue, w.team.customer.user().unwrap(), "invalid userId"),
    ] {
        let set = queues::set_membership(&mut w.conn, &admin, queue, user, read).await;
        assert_eq!(outcome(&set), expected);
    }
    let token = Actor { scopes: Some(vec![Scope::UsersWrite]), ..admin };
    let set = queues::set_membership(&mut w.conn, &token, w.team.queue, member, read).await;
    assert_eq!(outcome(&set), "forbidden");
    w.finish().await;
}
