//! Canned replies: who keeps them, who sees them, what is made from them.

use deskwire_domain::Actor;
use deskwire_domain::actor::Scope;
use deskwire_domain::canned_replies::{self, CannedReply, CannedReplyChange, CannedReplyDraft};
use deskwire_domain::ids::{CannedReplyId, QueueId};
use deskwire_domain::messages::{self, MessageDraft};

use crate::support::{World, message, outcome};

fn draft(name: &str, queue_id: Option<QueueId>) -> CannedReplyDraft {
    CannedReplyDraft { name: name.into(), body: "Hi {{requester.name}}".into(), queue_id }
}

async fn reply(w: &mut World, name: &str, queue: Option<QueueId>) -> CannedReply {
    canned_replies::create(&mut w.conn, &Actor::system(), draft(name, queue)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_manages_a_queue_keeps_its_replies_and_admins_the_global_ones() {
    let mut w = World::new().await;
    let (queue, other) = (w.team.queue, w.team.other_queue);
    let (mine, theirs) =
        (reply(&mut w, "Mine", Some(queue)).await, reply(&mut w, "Theirs", Some(other)).await);
    let global = reply(&mut w, "Global", None).await;
    for (name, actor) in w.actors() {
        let [for_queue, for_other, for_all] = match name {
            "admin" => ["ok", "ok", "ok"],
            "lead" => ["ok", "invalid queueId", "forbidden"],
            "agent" | "reader" => ["forbidden", "invalid queueId", "forbidden"],
            "outsider" => ["invalid queueId", "invalid queueId", "forbidden"],
            _ => ["forbidden", "forbidden", "forbidden"],
        };
        for (n, (queue, wanted)) in
            [(Some(queue), for_queue), (Some(other), for_other), (None, for_all)]
                .into_iter()
                .enumerate()
        {
            let draft = draft(&format!("{name} {n}"), queue);
            let made = canned_replies::create(&mut w.conn, &actor, draft).await;
            assert_eq!(outcome(&made), wanted, "{name} {queue:?}");
        }
        for (id, wanted) in [(mine.id, for_queue), (theirs.id, for_other), (global.id, for_all)] {
            // What is out of sight does not exist.
            let wanted = wanted.replace("invalid queueId", "no canned reply");
            let retired = canned_replies::retire(&mut w.conn, &actor, id).await;
            assert_eq!(outcome(&retired), wanted, "{name} retires");
        }
    }
    let token = Actor { scopes: Some(vec![Scope::TicketsWrite]), ..w.team.admin.clone() };
    let made = canned_replies::create(&mut w.conn, &token, draft("T", None)).await;
    assert_eq!(outcome(&made), "forbidden");
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_fields_are_refused_together_and_changes_are_written() {
    let mut w = World::new().await;
    let admin = w.team.admin.clone();
    let known = reply(&mut w, "Known", None).await;
    let queue = Some(QueueId::new());
    for (name, body, queue_id, wanted) in [
        ("", "", None, "invalid body name"),
        ("x", "Hi {{requester.email}}", None, "invalid body"),
        ("KNOWN", "Hi", None, "AlreadyExists"),
        ("x", "Hi", queue, "invalid queueId"),
        ("", "{{x}}", queue, "invalid body name queueId"),
        ("x", &*"x".repeat(20_001), None, "invalid body"),
        (&*"x".repeat(121), "Hi", None, "invalid name"),
    ] {
        let draft = CannedReplyDraft { name: name.into(), body: body.into(), queue_id };
        let change = CannedReplyChange {
            name: Some(draft.name.clone()),
            body: Some(draft.body.clone()),
            queue_id: Some(queue_id),
            active: None,
        };
        let made = canned_replies::create(&mut w.conn, &admin, draft).await;
        assert_eq!(outcome(&made), wanted, "{name:.9} {body:.9}");
        if wanted.starts_with("invalid") {
            let changed = canned_replies::update(&mut w.conn, &admin, known.id, change).await;
            assert_eq!(outcome(&changed), wanted, "{name:.9} {body:.9}");
        }
    }
    let unseen = draft("", Some(w.team.other_queue));
    let made = canned_replies::create(&mut w.conn, &w.team.lead, unseen).await;
    assert_eq!(outcome(&made), "invalid name queueId");
    assert_eq!(w.db.count("canned_replies").await, 1);
    let change = CannedReplyChange {
        name: Some("Renamed".into()),
        body: Some("Bye {{agent.name}}\r\n".into()),
        queue_id: Some(Some(w.team.queue)),
        active: Some(false),
    };
    let changed = canned_replies::update(&mut w.conn, &admin, known.id, change).await.unwrap();
    assert_eq!((&*changed.name, &*changed.body), ("Renamed", "Bye {{agent.name}}"));
    assert_eq!((changed.queue_id, changed.active), (Some(w.team.queue), false));
    let missing = CannedReplyChange::default();
    let missing = canned_replies::update(&mut w.conn, &admin, CannedReplyId::new(), missing).await;
    assert_eq!(outcome(&missing), "no canned reply");
    let lead = w.team.lead.clone();
    let away = CannedReplyChange { queue_id: Some(Some(w.team.other_queue)), ..Default::default() };
    let moved = canned_replies::update(&mut w.conn, &lead, known.id, away).await;
    assert_eq!(outcome(&moved), "invalid queueId");
    let up = CannedReplyChange { queue_id: Some(None), ..Default::default() };
    let moved = canned_replies::update(&mut w.conn, &lead, known.id, up).await;
    assert_eq!(outcome(&moved), "forbidden");
    let revive = CannedReplyChange { active: Some(true), ..Default::default() };
    let revived = canned_replies::update(&mut w.conn, &lead, known.id, revive).await.unwrap();
    assert!(revived.active && revived.queue_id.is_some());
    w.db.desk.settle().await.unwrap();
    assert_eq!(w.db.count("events WHERE kind = 'canned_reply.changed' AND internal").await, 3);
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_see_the_replies_of_their_queues() {
    let mut w = World::new().await;
    let (queue, other) = (w.team.queue, w.team.other_queue);
    let all = [
        reply(&mut w, "Global", None).await.id,
        reply(&mut w, "Mine", Some(queue)).await.id,
        reply(&mut w, "Theirs", Some(other)).await.id,
    ];
    let old = reply(&mut w, "Old", None).await;
    canned_replies::retire(&mut w.conn, &Actor::system(), old.id).await.unwrap();
    for (name, actor) in w.actors() {
        let wanted = match name {
            "admin" => &all[..],
            "agent" | "reader" | "lead" => &all[..2],
            "outsider" => &all[..1],
            _ => {
                let listed = canned_replies::list(&mut w.conn, &actor, None, true).await;
                assert_eq!(outcome(&listed), "forbidden", "{name}");
                assert_eq!(canned_replies::usable(&mut w.conn, &actor).await.unwrap(), []);
                &[]
            }
        };
        let mut found: Vec<_> = canned_replies::find_many(&mut w.conn, &actor, &all).await.unwrap();
        found.sort_by_key(|reply| reply.id);
        assert_eq!(found.iter().map(|reply| reply.id).collect::<Vec<_>>(), wanted, "{name}");
        if actor.is_staff() {
            let listed = canned_replies::list(&mut w.conn, &actor, None, false).await.unwrap();
            assert_eq!(listed.len(), wanted.len(), "{name}");
            let both = canned_replies::list(&mut w.conn, &actor, None, true).await.unwrap();
            assert_eq!(both.len(), wanted.len() + 1, "{name}");
            let of_queue = canned_replies::list(&mut w.conn, &actor, Some(queue), false).await;
            let is_member = name != "outsider";
            assert_eq!(outcome(&of_queue), if is_member { "ok" } else { "no queue" }, "{name}");
            assert!(of_queue.is_err() || of_queue.unwrap().len() == 2);
        }
    }
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_remembers_what_it_was_made_from() {
    let mut w = World::new().await;
    let ticket = w.ticket("Printer").await;
    let (queue, other) = (w.team.queue, w.team.other_queue);
    let mine = reply(&mut w, "Mine", Some(queue)).await;
    let theirs = reply(&mut w, "Theirs", Some(other)).await;
    let old = reply(&mut w, "Old", None).await;
    canned_replies::retire(&mut w.conn, &Actor::system(), old.id).await.unwrap();
    let (agent, admin, customer) =
        (w.team.agent.clone(), w.team.admin.clone(), w.team.customer.clone());
    let made_from = |id| MessageDraft { canned_reply_id: Some(id), ..message(ticket.id, "Hi") };
    for (who, id, wanted) in [
        (&customer, mine.id, "invalid cannedReplyId"),
        (&agent, theirs.id, "invalid cannedReplyId"),
        (&admin, theirs.id, "invalid cannedReplyId"),
        (&agent, old.id, "invalid cannedReplyId"),
        (&agent, CannedReplyId::new(), "invalid cannedReplyId"),
    ] {
        let sent = messages::reply(&mut w.conn, who, made_from(id)).await;
        assert_eq!(outcome(&sent), wanted, "{id}");
    }
    let noted = messages::note(&mut w.conn, &agent, made_from(mine.id)).await;
    assert_eq!(outcome(&noted), "invalid cannedReplyId");
    assert_eq!(w.db.count("messages").await, 1, "nothing was added");
    let keyed = MessageDraft { idempotency_key: Some("k".into()), ..made_from(mine.id) };
    let (_, sent) = messages::reply(&mut w.conn, &agent, keyed.clone()).await.unwrap();
    let (_, again) = messages::reply(&mut w.conn, &agent, keyed).await.unwrap();
    assert_eq!(sent.id, again.id);

    assert_eq!(w.db.count("canned_reply_uses").await, 1);
    let uses = canned_replies::uses_of(&mut w.conn, &[ticket.id]).await.unwrap();
    assert_eq!(uses[&ticket.id], [mine.id]);
    for (name, actor) in w.actors() {
        let found = canned_replies::of_messages(&mut w.conn, &actor, &[sent.id]).await.unwrap();
        let sees = !["owner", "stranger", "outsider"].contains(&name);
        assert_eq!(found.contains_key(&sent.id), sees, "{name}");
    }
    w.finish().await;
}
