use deskwire_domain::ids::TicketId;
use deskwire_domain::presence::{Activity, PresenceStream, announce};
use deskwire_domain::queues::set_membership;
use deskwire_domain::tickets::{Edit, move_to_queue};
use deskwire_domain::{Actor, Desk};

use super::{LONG, next, open, process, says, watch};
use crate::support::{Verb, World, outcome};
use Activity::{Typing, Viewing};

/// How a mutation and a stream answer; they have to agree.
async fn answers(desk: &Desk, actor: &Actor, ticket: TicketId, client: &str) -> String {
    let said = outcome(&announce(desk, actor, ticket, client, Typing).await);
    let opened = PresenceStream::open(desk, actor.clone(), ticket, client, Viewing).await;
    assert_eq!(outcome(&opened), said, "{client:?}");
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn only_staff_who_see_the_ticket_are_on_it() {
    let mut w = World::new().await;
    let ticket = w.ticket("Seen").await.id;
    let desk = process(&w.db.config, LONG);
    let token = Actor { scopes: Some(Vec::new()), ..w.team.agent.clone() };
    for (actor, id, client, expected) in [
        (&w.team.customer, ticket, "tab", "forbidden"),
        (&w.team.other_customer, ticket, "tab", "forbidden"),
        (&token, ticket, "tab", "forbidden"),
        (&Actor::system(), ticket, "tab", "forbidden"),
        (&w.team.outsider, ticket, "tab", "no ticket"),
        (&w.team.admin, TicketId::new(), "tab", "no ticket"),
        (&w.team.agent, ticket, "", "invalid clientId"),
        (&w.team.agent, ticket, "two words", "invalid clientId"),
        (&w.team.agent, ticket, &"x".repeat(65), "invalid clientId"),
    ] {
        assert_eq!(answers(&desk, actor, id, client).await, expected);
        assert_eq!(desk.presence.of_tickets(&[id]).await[&id], []);
    }
    assert_eq!(answers(&desk, &w.team.reader, ticket, "tab").await, "ok");
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_when_its_ticket_becomes_invisible_and_takes_its_client_along() {
    let mut w = World::new().await;
    let ticket = w.ticket("Seen").await.id;
    let desk = process(&w.db.config, LONG);
    let (admin, agent, reader) =
        (w.team.admin.clone(), w.team.agent.clone(), w.team.reader.clone());
    let mut watching = watch(&desk, &admin, ticket).await;
    let mut agents = open(&desk, &agent, ticket, "tab").await;
    let mut readers = open(&desk, &reader, ticket, "tab").await;
    super::until(&mut watching, &w, "agent Viewing 1, reader Viewing 1").await;
    for stream in [&mut agents, &mut readers] {
        super::until(stream, &w, "agent Viewing 1, reader Viewing 1").await;
    }

    // What changes nobody's rights ends nothing.
    let (edit, targets) = (Edit::any_version(ticket), w.targets());
    Verb::Note.run(&mut w.conn, &agent, edit, targets).await.unwrap();
    let (queue, id) = (w.team.queue, agent.user().unwrap());
    set_membership(&mut w.conn, &admin, queue, id, None).await.unwrap();
    w.db.desk.settle().await.unwrap();
    assert!(next(&mut agents).await.is_none());
    drop(agents);
    assert_eq!(says(&mut watching, &w).await, "reader Viewing 1");
    assert_eq!(says(&mut readers, &w).await, "reader Viewing 1");

    let other = w.team.other_queue;
    move_to_queue(&mut w.conn, &admin, edit, other).await.unwrap();
    w.db.desk.settle().await.unwrap();
    assert!(next(&mut readers).await.is_none());
    drop(readers);
    assert_eq!(says(&mut watching, &w).await, "");
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_with_its_users_role_and_account() {
    let mut w = World::new().await;
    let ticket = w.ticket("Seen").await.id;
    let desk = process(&w.db.config, LONG);
    let (admin, agent, lead) = (w.team.admin.clone(), w.team.agent.clone(), w.team.lead.clone());
    for (actor, change) in [(&agent, "role = 'admin'"), (&lead, "active = FALSE")] {
        let mut stream = open(&desk, actor, ticket, "tab").await;
        assert!(next(&mut stream).await.is_some());
        w.sql(&format!("UPDATE users SET {change} WHERE id = UNHEX('{}')", actor.user().unwrap()))
            .await;
        let (queue, id) = (w.team.other_queue, actor.user().unwrap());
        let right = Some(deskwire_domain::queues::QueueRight::Read);
        set_membership(&mut w.conn, &admin, queue, id, right).await.unwrap();
        w.db.desk.settle().await.unwrap();
        assert!(next(&mut stream).await.is_none(), "{change}");
    }
    w.finish().await;
}
