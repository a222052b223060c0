//! Similar tickets: who gets which, and what follows from them.

use deskwire_domain::actor::Scope;
use deskwire_domain::ids::{JobId, TicketId, WorkerId};
use deskwire_domain::messages::{self, Channel, MessageDraft};
use deskwire_domain::similar::{self, Neighbour, NewNeighbours};
use deskwire_domain::suggestions::{Recording, record};
use deskwire_domain::tickets::{self, Edit, MergeDraft, Status, Ticket};
use deskwire_domain::{Actor, Conn};

use crate::support::{World, message, outcome};

/// Writes down neighbours, the nearest first, as the worker does.
async fn note(conn: &mut Conn, ticket: TicketId, neighbours: &[TicketId]) {
    let scored = neighbours
        .iter()
        .zip(1..)
        .map(|(id, n)| Neighbour { ticket_id: *id, score: 1.0 - f64::from(n) / 100.0 });
    let neighbours = vec![NewNeighbours { ticket_id: ticket, neighbours: scored.collect() }];
    let found = Recording { neighbours, ..Default::default() };
    assert!(record(conn, WorkerId::new(), &[], found).await.unwrap());
}

async fn solve(w: &mut World, actor: &Actor, ticket: &Ticket, reply: &str) {
    let status = Some(Status::Solved);
    let draft = MessageDraft { status, ..message(ticket.id, reply) };
    messages::reply(&mut w.conn, actor, draft).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn everyone_gets_the_similar_tickets_they_may_see_and_no_others() {
    let mut w = World::new().await;
    let (near, hidden) = (w.ticket("Near").await, w.hidden_ticket("Hidden").await);
    let (deleted, merged) = (w.ticket("Deleted").await, w.ticket("Merged").await);
    let asked = w.ticket("Asked").await;
    let admin = w.team.admin.clone();
    let edit = Edit::any_version;
    tickets::delete(&mut w.conn, &admin, edit(deleted.id), "spam").await.unwrap();
    let merge = MergeDraft {
        source_ids: vec![merged.id],
        target: edit(near.id),
        note: None,
        channel: Channel::Web,
    };
    tickets::merge(&mut w.conn, &admin, merge).await.unwrap();
    let all = [hidden.id, deleted.id, merged.id, near.id, TicketId::new()];
    note(&mut w.conn, asked.id, &all).await;

    for (name, actor) in w.actors() {
        let found = similar::of_tickets(&mut w.conn, &actor, &[asked.id]).await.unwrap();
        let seen: Vec<TicketId> =
            found.into_values().flatten().map(|known| known.ticket.id).collect();
        let wanted = match name {
            "admin" => vec![hidden.id, near.id],
            "agent" | "reader" | "lead" => vec![near.id],
            _ => vec![],
        };
        assert_eq!(seen, wanted, "{name}");
    }
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_out_of_sight_tells_nothing_of_its_own() {
    let mut w = World::new().await;
    let (near, hidden) = (w.ticket("Near").await, w.hidden_ticket("Hidden").await);
    note(&mut w.conn, hidden.id, &[near.id]).await;
    let agent = w.team.agent.clone();
    let found = similar::of_tickets(&mut w.conn, &agent, &[hidden.id]).await.unwrap();
    assert!(found.is_empty(), "{found:?}");
    let token = Actor { scopes: Some(vec![Scope::TicketsWrite]), ..agent };
    let refused = similar::of_tickets(&mut w.conn, &token, &[near.id]).await;
    assert_eq!(outcome(&refused), "forbidden");
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_done_twice_leaves_the_later_neighbours_and_a_lost_one_none() {
    let mut w = World::new().await;
    let (first, second) = (w.ticket("First").await, w.ticket("Second").await);
    let asked = w.ticket("Asked").await;
    note(&mut w.conn, asked.id, &[first.id]).await;
    note(&mut w.conn, asked.id, &[second.id, first.id]).await;
    let neighbours = vec![NewNeighbours { ticket_id: first.id, neighbours: Vec::new() }];
    let found = Recording { neighbours, ..Default::default() };
    let lost = record(&mut w.conn, WorkerId::new(), &[JobId::new()], found).await.unwrap();

    assert!(!lost);
    assert_eq!(w.db.count("ticket_neighbours").await, 1);
    let admin = w.team.admin.clone();
    let found = similar::of_tickets(&mut w.conn, &admin, &[asked.id, first.id]).await.unwrap();
    let seen: Vec<_> =
        found[&asked.id].iter().map(|known| (known.ticket.id, known.score)).collect();
    assert_eq!(seen, [(second.id, 0.99), (first.id, 0.98)]);
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_solution_is_the_last_public_reply_of_staff_before_the_end() {
    let mut w = World::new().await;
    let (agent, customer) = (w.team.agent.clone(), w.team.customer.clone());
    let (solved, open) = (w.ticket("Solved").await, w.ticket("Open").await);
    let silent = w.ticket("Silent").await;
    messages::reply(&mut w.conn, &agent, message(solved.id, "Try this")).await.unwrap();
    messages::reply(&mut w.conn, &customer, message(solved.id, "No")).await.unwrap();
    messages::note(&mut w.conn, &agent, message(solved.id, "A note")).await.unwrap();
    solve(&mut w, &agent, &solved, "Then that").await;
    messages::note(&mut w.conn, &agent, message(solved.id, "Another note")).await.unwrap();
    messages::reply(&mut w.conn, &agent, message(solved.id, "You are welcome")).await.unwrap();
    messages::reply(&mut w.conn, &agent, message(open.id, "Try this")).await.unwrap();
    let edit = Edit::any_version(silent.id);
    tickets::change_status(&mut w.conn, &agent, edit, Status::Solved).await.unwrap();
    // Staff who ask for help do not answer themselves.
    let own = w.hidden_ticket("The lead's own").await;
    let admin = w.team.admin.clone();
    let edit = Edit::any_version(own.id);
    tickets::change_status(&mut w.conn, &admin, edit, Status::Solved).await.unwrap();

    let ids = [solved.id, open.id, silent.id, own.id];
    for (name, actor) in w.actors() {
        let found = similar::solutions(&mut w.conn, &actor, &ids).await.unwrap();
        let texts: Vec<(TicketId, String)> =
            found.into_iter().map(|(id, message)| (id, message.body_text)).collect();
        let wanted = match name {
            "admin" | "agent" | "reader" | "lead" => Some("Then that"),
            _ => None,
        };
        let wanted: Vec<_> = wanted.map(|text| (solved.id, text.to_owned())).into_iter().collect();
        assert_eq!(texts, wanted, "{name}");
    }
    w.finish().await;
}
