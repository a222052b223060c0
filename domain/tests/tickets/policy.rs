use deskwire_domain::messages::{self, MessageOrder};
use deskwire_domain::page::PageRequest;
use deskwire_domain::tickets::{self, Edit, Listing, TicketFilter, Visibility};
use deskwire_domain::{Actor, actor::Scope, events, suggestions};

use crate::suggestions::suggest;
use crate::support::{Verb, World, message, outcome};

#[tokio::test(flavor = "multi_thread")]
async fn who_may_change_what() {
    let mut w = World::new().await;
    let to = w.targets();
    for (who, actor) in w.actors() {
        for verb in Verb::ALL {
            let expected = match (who, verb) {
                ("owner", Verb::Solve | Verb::Reply) => "ok",
                ("agent" | "lead" | "admin", _) => "ok",
                ("owner" | "reader", _) => "forbidden",
                _ => "no ticket",
            };
            let ticket = w.ticket("Visible").await;
            let edit = Edit::any_version(ticket.id);
            let changed = verb.run(&mut w.conn, &actor, edit, to).await;
            assert_eq!(outcome(&changed), expected, "{who} {verb:?}");

            let hidden = Edit::any_version(w.hidden_ticket("Hidden").await.id);
            let expected = if who == "admin" { "ok" } else { "no ticket" };
            let changed = verb.run(&mut w.conn, &actor, hidden, to).await;
            assert_eq!(outcome(&changed), expected, "{who} {verb:?} hidden");

            let scopes = Some(vec![Scope::TicketsRead, Scope::UsersWrite, Scope::Admin]);
            let token = Actor { scopes, ..actor.clone() };
            let changed = verb.run(&mut w.conn, &token, edit, to).await;
            assert_eq!(outcome(&changed), "forbidden", "{who} {verb:?} without tickets:write");
        }
    }
    w.finish().await;
}

/// What each reader sees of two tickets, one with a reply, a note and a suggestion.
#[tokio::test(flavor = "multi_thread")]
async fn who_may_read_what() {
    let mut w = World::new().await;
    let visible = w.ticket("Visible trumpet").await;
    let hidden = w.hidden_ticket("Hidden trumpet").await;
    let agent = w.team.agent.clone();
    let reply = message(visible.id, "With a harmonica");
    messages::reply(&mut w.conn, &agent, reply).await.unwrap();
    let note = message(visible.id, "Only a xylophone");
    let (_, note) = messages::note(&mut w.conn, &agent, note).await.unwrap();
    let suggestion = suggest(&mut w, visible.id).await;
    w.db.desk.settle().await.unwrap();

    let page = PageRequest::first(50);
    let all = TicketFilter::default();
    for (who, actor) in w.actors() {
        let (sees, internal) = match who {
            "owner" => (1, false),
            "stranger" | "outsider" => (0, who == "outsider"),
            "admin" => (2, true),
            _ => (1, true),
        };
        let conn = &mut *w.conn;
        let rows = tickets::list(conn, &actor, &Listing::default(), &page).await.unwrap().rows;
        assert_eq!(rows.len(), sees, "{who}");
        assert_eq!(tickets::count(conn, &actor, &all).await.unwrap(), sees as u64, "{who}");
        let many = tickets::find_many(conn, &actor, &[visible.id, hidden.id]).await.unwrap();
        assert_eq!(many.len(), sees, "{who}");
        for (ticket, found) in [(&visible, sees > 0), (&hidden, sees > 1)] {
            let by_id = tickets::find_visible(conn, &actor, ticket.id).await;
            let by_number = tickets::find_visible_by_number(conn, &actor, ticket.number).await;
            let matches = tickets::matches(conn, &actor, &all, ticket.id).await.unwrap();
            let expected = if found { "ok" } else { "no ticket" };
            assert_eq!((&*outcome(&by_id), &*outcome(&by_number)), (expected, expected), "{who}");
            assert_eq!(matches, found, "{who}");
        }
        let reads_notes = sees > 0 && internal;
        let number = hidden.number.to_string();
        for (words, hits) in [
            ("trumpet", sees),
            ("harmonica", sees.min(1)),
            ("xylophone", usize::from(reads_notes)),
            (&*number, sees.saturating_sub(1)),
        ] {
            let found = tickets::search(conn, &actor, words, &all, &page).await.unwrap().rows;
            assert_eq!(found.len(), hits, "{who} searches {words}");
            let text = Some(words.to_owned());
            let filter = TicketFilter { text, ..TicketFilter::default() };
            if words != number {
                let counted = tickets::count(conn, &actor, &filter).await.unwrap();
                assert_eq!(counted, hits as u64, "{who} filters by {words}");
            }
        }
        let found = messages::find(conn, &actor, note.id).await;
        assert_eq!(found.is_ok(), reads_notes, "{who}");
        let found = suggestions::find_visible(conn, &actor, suggestion).await;
        assert_eq!(found.is_ok(), reads_notes, "{who}");
        let order = MessageOrder::Newest;
        let thread = messages::list(conn, &actor, visible.id, order, &page).await.unwrap();
        let readable = if reads_notes { 3 } else { 2 * sees };
        assert_eq!(thread.rows.len(), readable, "{who}");
        let found = suggestions::of_tickets(conn, &actor, &[visible.id]).await.unwrap();
        assert_eq!(found.is_empty(), !reads_notes, "{who}");
        let log = events::history(conn, visible.id, actor.is_staff(), 0, 50).await.unwrap();
        assert_eq!(log.len(), if internal { 4 } else { 2 }, "{who}");
        assert!(internal || log.iter().all(|event| !event.kind.is_internal()), "{who}");
    }
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_without_tickets_read_lists_and_finds_nothing() {
    let mut w = World::new().await;
    let ticket = w.ticket("Visible").await;
    let scopes = Some(vec![Scope::TicketsWrite]);
    let token = Actor { scopes, ..w.team.admin.clone() };
    assert_eq!(outcome(&Visibility::of(&token)), "forbidden");
    let (conn, page, all) = (&mut *w.conn, PageRequest::first(1), TicketFilter::default());
    for result in [
        outcome(&tickets::list(conn, &token, &Listing::default(), &page).await),
        outcome(&tickets::count(conn, &token, &all).await),
        outcome(&tickets::search(conn, &token, "visible", &all, &page).await),
        outcome(&tickets::find_visible(conn, &token, ticket.id).await),
        outcome(&tickets::find_visible_by_number(conn, &token, 1).await),
        outcome(&tickets::find_many(conn, &token, &[ticket.id]).await),
        outcome(&tickets::matches(conn, &token, &all, ticket.id).await),
        outcome(&deskwire_domain::queues::list(conn, &token).await),
        outcome(&deskwire_domain::queues::find_visible(conn, &token, ticket.queue_id).await),
        outcome(&deskwire_domain::tags::list(conn, &token).await),
        outcome(&deskwire_domain::models::list(conn, &token).await),
    ] {
        assert_eq!(result, "forbidden");
    }
    w.finish().await;
}
