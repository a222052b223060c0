use deskwire_domain::Actor;
use deskwire_domain::actor::Scope;
use deskwire_domain::events::EventKind;
use deskwire_domain::messages::{self, MessageDraft, MessageKind};
use deskwire_domain::tickets::{self, Edit, Status};

use crate::support::{World, message, outcome};

#[tokio::test(flavor = "multi_thread")]
async fn a_requesters_reply_opens_the_ticket_again_and_an_agents_leaves_it() {
    let mut w = World::new().await;
    let (customer, agent) = (w.team.customer.clone(), w.team.agent.clone());
    for (who, from, wanted, expected) in [
        (&customer, Status::Solved, None, Status::Open),
        (&customer, Status::Pending, None, Status::Open),
        (&customer, Status::Open, Some(Status::Solved), Status::Solved),
        (&agent, Status::Solved, None, Status::Solved),
        (&agent, Status::Open, Some(Status::Pending), Status::Pending),
    ] {
        let ticket = w.ticket("Card lost").await;
        let edit = Edit::any_version(ticket.id);
        let before = tickets::change_status(&mut w.conn, &agent, edit, from).await.unwrap();
        let draft = MessageDraft { status: wanted, ..message(ticket.id, "Hello\r\n") };
        let (after, reply) = messages::reply(&mut w.conn, who, draft).await.unwrap();
        assert_eq!((after.status, after.version), (expected, before.version + 1));
        assert_eq!((&*reply.body_text, reply.kind), ("Hello", MessageKind::Reply));
        assert_eq!(messages::find(&mut w.conn, &customer, reply.id).await.unwrap(), reply);
        let log = w.events_of(ticket.id).await;
        let last = log.last().unwrap();
        assert_eq!(
            last.payload.changes.status.as_ref().map(|c| c.to),
            (from != expected).then_some(expected)
        );
        assert_eq!(last.payload.message.as_ref().unwrap().id, reply.id);
    }
    w.finish().await;
}

/// A note is internal, the status it sets is not: two events, so that customers hear of the second.
#[tokio::test(flavor = "multi_thread")]
async fn a_status_set_by_a_note_is_an_event_of_its_own() {
    let mut w = World::new().await;
    let ticket = w.ticket("Card lost").await;
    let draft = MessageDraft { status: Some(Status::Solved), ..message(ticket.id, "Fixed it") };
    let (after, _) = messages::note(&mut w.conn, &w.team.agent, draft).await.unwrap();
    assert_eq!((after.status, after.version), (Status::Solved, 2));
    let log = w.events_of(ticket.id).await;
    let kinds: Vec<EventKind> = log.iter().map(|event| event.kind).collect();
    assert_eq!(
        kinds,
        [EventKind::TicketCreated, EventKind::TicketChanged, EventKind::MessageNoted]
    );
    assert!(log[1].payload.changes.status.is_some() && log[1].payload.message.is_none());
    assert!(log[2].payload.changes.is_empty());
    assert!(log[1..].iter().all(|e| e.payload.ticket.as_ref().unwrap().ticket == after));
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn closed_tickets_take_notes_but_no_replies() {
    let mut w = World::new().await;
    let ticket = w.ticket("Card lost").await;
    let (customer, agent) = (w.team.customer.clone(), w.team.agent.clone());
    let edit = Edit::any_version(ticket.id);
    tickets::change_status(&mut w.conn, &agent, edit, Status::Closed).await.unwrap();
    for who in [&customer, &agent] {
        let refused = messages::reply(&mut w.conn, who, message(ticket.id, "Hello")).await;
        assert_eq!(outcome(&refused), "IllegalTransition");
    }
    assert!(messages::note(&mut w.conn, &agent, message(ticket.id, "Hello")).await.is_ok());
    let reopening = MessageDraft { status: Some(Status::Open), ..message(ticket.id, "Hello") };
    let refused = messages::note(&mut w.conn, &agent, reopening).await;
    assert_eq!(outcome(&refused), "IllegalTransition");
    assert_eq!(w.db.count("messages").await, 2);
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_messages_are_refused_and_repeated_ones_are_added_once() {
    let mut w = World::new().await;
    let ticket = w.ticket("Card lost").await;
    let agent = w.team.agent.clone();
    let bad = MessageDraft {
        body_html: Some("x".repeat(300_000)),
        idempotency_key: Some("x".repeat(101)),
        ..message(ticket.id, " ")
    };
    let refused = messages::reply(&mut w.conn, &agent, bad).await;
    assert_eq!(outcome(&refused), "invalid body bodyHtml idempotencyKey");
    let by_desk = messages::reply(&mut w.conn, &Actor::system(), message(ticket.id, "Hi")).await;
    assert_eq!(outcome(&by_desk), "forbidden");

    let keyed =
        |body: &str| MessageDraft { idempotency_key: Some("k".into()), ..message(ticket.id, body) };
    let (_, first) = messages::reply(&mut w.conn, &agent, keyed("Hi")).await.unwrap();
    let (now, again) = messages::reply(&mut w.conn, &agent, keyed("Hi")).await.unwrap();
    assert_eq!((now.version, again), (2, first));
    let token = Actor { scopes: Some(vec![Scope::TicketsWrite]), ..agent.clone() };
    assert!(messages::reply(&mut w.conn, &token, keyed("Hi")).await.is_ok());
    for other in [
        messages::reply(&mut w.conn, &agent, keyed("Ho")).await,
        messages::note(&mut w.conn, &agent, keyed("Hi")).await,
    ] {
        assert_eq!(outcome(&other), "IdempotencyKeyReused");
    }
    // The first answer holds even when the ticket was closed in the meantime.
    let edit = Edit::any_version(ticket.id);
    tickets::change_status(&mut w.conn, &agent, edit, Status::Closed).await.unwrap();
    assert!(messages::reply(&mut w.conn, &agent, keyed("Hi")).await.is_ok());
    assert_eq!(w.db.count("messages").await, 2);
    w.finish().await;
}
