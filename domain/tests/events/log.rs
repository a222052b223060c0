use deskwire_domain::actor::{Origin, Scope};
use deskwire_domain::events::{self, Cursor, EventKind, EventPayload, Start};
use deskwire_domain::tickets::{Edit, QueueStream, QueueUpdateKind, TicketFilter};
use deskwire_domain::{Actor, tokens};
use std::time::Duration;

use crate::support::{Verb, World, at};

#[tokio::test(flavor = "multi_thread")]
async fn every_event_of_a_verb_names_the_clients_origin() {
    let mut w = World::new().await;
    let to = w.targets();
    let origin = Some(Origin::parse(b"tab-7").unwrap());
    let named = Actor { origin, ..w.team.admin.clone() };
    for verb in Verb::ALL {
        let ticket = w.ticket("Card lost").await;
        verb.run(&mut w.conn, &named, Edit::any_version(ticket.id), to).await.unwrap();
        let origins: Vec<_> = w.events_of(ticket.id).await.into_iter().map(|e| e.origin).collect();
        // The desk itself created the ticket and calls itself nothing.
        assert_eq!(origins, [None, Some("tab-7".to_owned())], "{verb:?}");
    }
    let draft = tokens::TokenDraft {
        user_id: named.user().unwrap(),
        name: "program".into(),
        scopes: Scope::ALL.to_vec(),
        expires_at: None,
    };
    let (token, _) = tokens::create(&mut w.conn, &named, draft).await.unwrap();
    tokens::revoke(&mut w.conn, &named, token.id).await.unwrap();
    w.db.desk.settle().await.unwrap();
    let unnamed = "events WHERE origin IS NULL AND actor_id IS NOT NULL";
    assert_eq!(w.db.count(unnamed).await, 0, "a verb forgets the origin");
    w.finish().await;
}

/// As while a newer program runs beside this one.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_newer_program_wrote_is_passed_over_and_keeps_its_place() {
    let mut w = World::new().await;
    let first = w.ticket("Card lost").await;
    let end = w.db.desk.settle().await.unwrap();
    let start: Cursor = at(end, 0);
    let payload = r#"{"ticket":"of a shape unknown here","temperature":7}"#;
    w.sql(&format!(
        "INSERT INTO events (kind, subject_id, internal, payload, occurred_at) VALUES \
         ('ticket.teleported', UNHEX('{}'), FALSE, '{payload}', UTC_TIMESTAMP(6))",
        first.id
    ))
    .await;
    let last = w.ticket("Another").await;
    let end = w.db.desk.settle().await.unwrap();

    let log = events::read(&mut w.conn, 0, 1000).await.unwrap();
    assert!(log.iter().map(|event| event.position).eq(1..=end.position));
    let unknown = &log[log.len() - 2];
    assert_eq!((unknown.kind, &unknown.payload), (EventKind::Unknown, &EventPayload::default()));
    assert!(unknown.kind.is_internal() && !unknown.kind.is_about_ticket());

    let Start::Resumed(mut follower) = w.db.desk.hub.follow(Some(start)).await.unwrap() else {
        panic!("the cursor is this log's")
    };
    let agent = w.team.agent.clone();
    let filter = TicketFilter::default();
    let mut stream = QueueStream::open(&w.db.desk, agent, filter, Some(start), true).await.unwrap();
    let all = async {
        for position in 1..=end.position {
            assert_eq!(follower.next().await.unwrap().position, position);
        }
        for id in [first.id, last.id] {
            let step = stream.next().await.unwrap();
            assert_eq!(step.kind, QueueUpdateKind::Enter);
            assert_eq!(step.event.unwrap().payload.ticket.as_ref().unwrap().id, id);
        }
    };
    tokio::time::timeout(Duration::from_secs(10), all).await.expect("nobody is held up");
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_whose_payload_cannot_be_read_holds_nobody_up() {
    let mut w = World::new().await;
    let first = w.ticket("Card lost").await;
    let start: Cursor = at(w.db.desk.settle().await.unwrap(), 0);
    let agent = w.team.agent.clone();
    for (kind, subject, payload) in [
        ("ticket.changed", first.id.to_string(), r#"{"ticket":"of a shape unknown here"}"#),
        ("membership.changed", agent.user().unwrap().to_string(), r#"{"right":7}"#),
    ] {
        w.sql(&format!(
            "INSERT INTO events (kind, subject_id, internal, payload, occurred_at) VALUES \
             ('{kind}', UNHEX('{subject}'), FALSE, '{payload}', UTC_TIMESTAMP(6))"
        ))
        .await;
    }
    w.ticket("Another").await;
    let end = w.db.desk.settle().await.unwrap();

    let log = events::read(&mut w.conn, 0, 1000).await.unwrap();
    assert!(log.iter().map(|event| event.position).eq(1..=end.position));
    let unread = &log[log.len() - 3..log.len() - 1];
    assert!(unread.iter().all(|event| event.payload == EventPayload::default()));
    // Somebody's rights changed, which must not be missed though nobody can say how.
    let kinds = unread.iter().map(|event| event.kind);
    assert!(kinds.eq([EventKind::Unknown, EventKind::MembershipChanged]));

    let Start::Resumed(mut follower) = w.db.desk.hub.follow(Some(start)).await.unwrap() else {
        panic!("the cursor is this log's")
    };
    let now = Some(at(end, end.position));
    let filter = TicketFilter::default();
    let mut stream = QueueStream::open(&w.db.desk, agent, filter, now, false).await.unwrap();
    let after = w.ticket("A third").await;
    w.db.desk.settle().await.unwrap();
    let all = async {
        for position in 1..=end.position {
            assert_eq!(follower.next().await.unwrap().position, position);
        }
        let step = stream.next().await.unwrap();
        assert_eq!((step.kind, step.ticket_id), (QueueUpdateKind::Enter, Some(after.id)));
    };
    tokio::time::timeout(Duration::from_secs(10), all).await.expect("nobody is held up");
    w.finish().await;
}
