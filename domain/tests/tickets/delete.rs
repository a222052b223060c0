use deskwire_domain::actor::Scope;
use deskwire_domain::events::EventKind;
use deskwire_domain::ids::{SubjectId, TicketId, WorkerId};
use deskwire_domain::jobs::{self, JobKind};
use deskwire_domain::messages::{self, MessageOrder};
use deskwire_domain::page::PageRequest;
use deskwire_domain::queues::QueueRight;
use deskwire_domain::suggestions::{self, Label, LabelKind};
use deskwire_domain::testing::agent;
use deskwire_domain::tickets::QueueUpdateKind::{Enter, Leave};
use deskwire_domain::tickets::{
    self, Edit, Listing, Priority, QueueStream, RequesterDraft, TicketDraft, TicketFilter,
    TicketStream,
};
use deskwire_domain::{Actor, events};
use std::time::Duration;
use tokio::time::timeout;

use crate::suggestions::{answer, model, suggest};
use crate::support::{Verb, World, message, outcome};

async fn soon<T>(next: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(10), next).await.expect("the stream should go on")
}

/// Deletes as the admin.
async fn delete(w: &mut World, id: TicketId) {
    let edit = Edit::any_version(id);
    tickets::delete(&mut w.conn, &w.team.admin, edit, "spam").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_delete_and_restore() {
    let mut w = World::new().await;
    let manager = agent(&mut w.conn, "mona", w.team.queue, QueueRight::Manage).await;
    let mut actors = w.actors().to_vec();
    actors.push(("manager", manager));
    for (who, actor) in actors {
        let ticket = w.ticket("Card lost").await;
        let edit = Edit::any_version(ticket.id);
        let expected = match who {
            "lead" | "admin" | "manager" => "ok",
            "owner" | "agent" | "reader" => "forbidden",
            _ => "no ticket",
        };
        let scopes = Some(vec![Scope::TicketsRead, Scope::Admin]);
        let token = Actor { scopes, ..actor.clone() };
        let deleted = tickets::delete(&mut w.conn, &token, edit, "spam").await;
        assert_eq!(outcome(&deleted), "forbidden", "{who} without tickets:write");
        let deleted = tickets::delete(&mut w.conn, &actor, edit, "spam").await;
        assert_eq!(outcome(&deleted), expected, "{who}");
        if expected == "ok" {
            let again = tickets::delete(&mut w.conn, &actor, edit, "spam").await;
            assert_eq!(outcome(&again), "no ticket", "{who}");
        } else {
            delete(&mut w, ticket.id).await;
        }
        let expected = if who == "admin" { "ok" } else { "forbidden" };
        assert_eq!(outcome(&tickets::restore(&mut w.conn, &token, ticket.id).await), "forbidden");
        let page = PageRequest::first(1);
        let listed = tickets::list_deleted(&mut w.conn, &actor, &page).await;
        assert_eq!(outcome(&listed), expected, "{who}");
        let restored = tickets::restore(&mut w.conn, &actor, ticket.id).await;
        assert_eq!(outcome(&restored), expected, "{who}");
        let hidden = Edit::any_version(w.hidden_ticket("Hidden").await.id);
        let expected = if who == "admin" { "ok" } else { "no ticket" };
        let deleted = tickets::delete(&mut w.conn, &actor, hidden, "spam").await;
        assert_eq!(outcome(&deleted), expected, "{who} hidden");
    }
    let missing = tickets::restore(&mut w.conn, &w.team.admin, TicketId::new()).await;
    assert_eq!(outcome(&missing), "no ticket");
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deleting_writes_the_row_and_the_reason_and_restoring_takes_it_back() {
    let mut w = World::new().await;
    let (lead, admin, to) = (w.team.lead.clone(), w.team.admin.clone(), w.targets());
    let before = w.ticket("Card lost").await;
    let edit = Edit { ticket_id: before.id, expected_version: Some(1) };
    for bad in ["", " ", "two\nlines", &"x".repeat(501)] {
        let refused = tickets::delete(&mut w.conn, &lead, edit, bad).await;
        assert_eq!(outcome(&refused), "invalid reason");
    }
    let stale = Edit { expected_version: Some(7), ..edit };
    let refused = tickets::delete(&mut w.conn, &lead, stale, "spam").await;
    assert_eq!(outcome(&refused), "StaleVersion");
    assert_eq!(w.db.count("events WHERE kind = 'ticket.deleted'").await, 0);

    let deleted = tickets::delete(&mut w.conn, &lead, edit, " spam ").await.unwrap();
    assert_eq!((deleted.version, deleted.deleted_at), (2, Some(deleted.updated_at)));
    let restored = tickets::restore(&mut w.conn, &admin, before.id).await.unwrap();
    let again = tickets::restore(&mut w.conn, &admin, before.id).await.unwrap();
    assert_eq!((&again, restored.version, restored.deleted_at), (&restored, 3, None));
    assert_eq!(
        tickets::Ticket { version: 1, updated_at: before.updated_at, ..restored.clone() },
        before
    );
    let log = w.events_of(before.id).await;
    let [_, first, second] = &log[..] else { panic!("{log:?}") };
    assert_eq!((first.kind, first.actor_id), (EventKind::TicketDeleted, lead.user_id));
    assert_eq!(first.payload.note.as_deref(), Some("spam"));
    assert_eq!(first.payload.ticket.as_ref().unwrap().ticket, deleted);
    assert_eq!((second.kind, second.actor_id), (EventKind::TicketRestored, admin.user_id));
    let snapshot = second.payload.ticket.as_ref().unwrap();
    assert_eq!(second.payload.changes.undo(snapshot).ticket, deleted);
    // Whoever still has the deleted ticket's version in mind learns who brought it back.
    let Err(deskwire_domain::Error::Conflict(conflict)) =
        Verb::Update.run(&mut w.conn, &lead, edit, to).await
    else {
        panic!("should conflict")
    };
    assert_eq!(conflict.changed_by, admin.user_id);
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_ticket_answers_nobody_by_any_path() {
    let mut w = World::new().await;
    let (agent, customer) = (w.team.agent.clone(), w.team.customer.clone());
    let kept = w.ticket("Kept trumpet").await;
    let draft = TicketDraft {
        requester: RequesterDraft::User(customer.user().unwrap()),
        queue_id: Some(w.team.queue),
        external_id: Some("A-1".into()),
        idempotency_key: Some("once".into()),
        category_id: Some(w.category),
        priority: Some(Priority::High),
        ..TicketDraft::new("Deleted trumpet", "With a harmonica")
    };
    let ticket = tickets::create(&mut w.conn, &agent, draft.clone()).await.unwrap();
    let keyed = messages::MessageDraft {
        idempotency_key: Some("reply".into()),
        ..message(ticket.id, "With a xylophone")
    };
    let (_, reply) = messages::reply(&mut w.conn, &agent, keyed.clone()).await.unwrap();
    let suggestion = suggest(&mut w, kept.id).await;
    w.sql(&format!("UPDATE suggestions SET ticket_id = UNHEX('{}')", ticket.id)).await;
    let labelled = w.learnt(&Actor::system(), LabelKind::Category).await;
    assert_eq!(labelled.unwrap().len(), 1);
    delete(&mut w, ticket.id).await;
    w.db.desk.settle().await.unwrap();

    let (page, all) = (PageRequest::first(50), TicketFilter::default());
    for (who, actor) in w.actors().into_iter().chain([("desk", Actor::system())]) {
        let conn = &mut *w.conn;
        let rows = tickets::list(conn, &actor, &Listing::default(), &page).await.unwrap().rows;
        let ids: Vec<TicketId> = rows.iter().map(|ticket| ticket.id).collect();
        assert!(!ids.contains(&ticket.id), "{who}");
        let count = tickets::count(conn, &actor, &all).await.unwrap();
        assert_eq!(count, ids.len() as u64, "{who}");
        let number = ticket.number.to_string();
        for words in ["trumpet", "harmonica", "xylophone", &number] {
            let found = tickets::search(conn, &actor, words, &all, &page).await.unwrap().rows;
            assert!(found.iter().all(|hit| hit.ticket.id != ticket.id), "{who} {words}");
        }
        let found = tickets::find_many(conn, &actor, &[ticket.id]).await.unwrap();
        assert_eq!((found.len(), who), (0, who));
        for found in [
            outcome(&tickets::find_visible(conn, &actor, ticket.id).await),
            outcome(&tickets::find_visible_by_number(conn, &actor, ticket.number).await),
        ] {
            assert_eq!(found, "no ticket", "{who}");
        }
        assert!(!tickets::matches(conn, &actor, &all, ticket.id).await.unwrap(), "{who}");
        assert_eq!(outcome(&messages::find(conn, &actor, reply.id).await), "no message", "{who}");
        let order = MessageOrder::Newest;
        let thread = messages::list(conn, &actor, ticket.id, order, &page).await.unwrap();
        assert_eq!(thread.rows, [], "{who}");
        let found = suggestions::find_visible(conn, &actor, suggestion).await;
        assert_eq!(outcome(&found), "no suggestion", "{who}");
        let found = suggestions::of_tickets(conn, &actor, &[ticket.id]).await.unwrap();
        assert!(found.is_empty(), "{who}");
        let to = w.targets();
        for verb in Verb::ALL {
            let edit = Edit::any_version(ticket.id);
            let changed = verb.run(&mut w.conn, &actor, edit, to).await;
            let expected = match (who, verb) {
                // Nobody writes in the desk's name.
                ("desk", Verb::Claim | Verb::Reply | Verb::Note) => "forbidden",
                _ => "no ticket",
            };
            assert_eq!(outcome(&changed), expected, "{who} {verb:?}");
        }
    }
    // What was done before is not done again, nor shown, nor forgotten.
    let again = tickets::create(&mut w.conn, &agent, draft.clone()).await;
    let Err(deskwire_domain::Error::NotFound { path, .. }) = again else { panic!("{again:?}") };
    assert_eq!(path, "idempotencyKey");
    let again = messages::reply(&mut w.conn, &agent, keyed).await;
    assert_eq!(outcome(&again), "no ticket");
    let same = TicketDraft { idempotency_key: None, ..draft };
    let refused = tickets::create(&mut w.conn, &agent, same).await;
    assert_eq!(outcome(&refused), "AlreadyExists");
    let external = ["A-1".to_owned()];
    let known = tickets::ids_by_external(&mut w.conn, "web", &external).await.unwrap();
    assert_eq!(known["A-1"], ticket.id);
    for kind in [LabelKind::Category, LabelKind::Priority] {
        let labelled = w.learnt(&Actor::system(), kind).await.unwrap();
        assert_eq!(labelled, [], "{kind}");
    }
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_of_deleted_and_merged_tickets_end_without_a_suggestion() {
    let mut w = World::new().await;
    let (deleted, merged) = (w.ticket("Deleted").await, w.ticket("Merged").await);
    let target = w.ticket("Target").await;
    let model = model(&mut w.conn, LabelKind::Category).await;
    let worker = WorkerId::new();
    let claimed = jobs::claim(&mut w.conn, JobKind::Suggest, worker, 10, 60).await.unwrap();
    assert_eq!(claimed.len(), 3);
    delete(&mut w, deleted.id).await;
    super::merge::merge(&mut w, &[merged.id], target.id).await.unwrap();

    let new = [&deleted, &merged, &target]
        .map(|ticket| answer(ticket.id, model, Label::Category(w.category)))
        .to_vec();
    let done: Vec<_> = claimed.iter().map(|job| job.id).collect();
    assert!(suggestions::record(&mut w.conn, worker, &done, new).await.unwrap());
    let rows = format!("suggestions WHERE ticket_id = UNHEX('{}')", target.id);
    assert_eq!((w.db.count("suggestions").await, w.db.count(&rows).await), (1, 1));
    assert_eq!(w.db.count("jobs").await, 0);
    // What it missed is asked for again.
    tickets::restore(&mut w.conn, &w.team.admin, deleted.id).await.unwrap();
    let claimed = jobs::claim(&mut w.conn, JobKind::Suggest, worker, 10, 60).await.unwrap();
    let subjects: Vec<SubjectId> = claimed.iter().map(|job| job.subject_id).collect();
    assert_eq!(subjects, [SubjectId::from(deleted.id)]);
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_ticket_leaves_live_queues_and_a_restored_one_enters() {
    let mut w = World::new().await;
    let (agent, customer) = (w.team.agent.clone(), w.team.customer.clone());
    let ticket = w.ticket("Live").await;
    w.ticket("Another").await;
    let cursor = w.db.desk.settle().await.unwrap();
    let mut one = TicketStream::open(&w.db.desk, customer.clone(), ticket.id, None).await.unwrap();
    delete(&mut w, ticket.id).await;
    tickets::restore(&mut w.conn, &w.team.admin, ticket.id).await.unwrap();
    w.db.desk.settle().await.unwrap();
    for actor in [&agent, &customer] {
        let filter = TicketFilter::default();
        let mut queue =
            QueueStream::open(&w.db.desk, actor.clone(), filter, Some(cursor), true).await.unwrap();
        let mut steps = Vec::new();
        for _ in 0..2 {
            let step = soon(queue.next()).await.unwrap();
            steps.push((step.kind, step.total_count));
        }
        assert_eq!(steps, [(Leave, Some(1)), (Enter, Some(2))], "{}", actor.role);
    }
    assert!(soon(one.next()).await.is_none());
    w.finish().await;
}

/// Whoever resumes from before the deletion counts right and reads nothing.
#[tokio::test(flavor = "multi_thread")]
async fn the_log_keeps_a_deleted_tickets_words_to_itself() {
    let mut w = World::new().await;
    let (agent, to) = (w.team.agent.clone(), w.targets());
    let start = w.db.desk.settle().await.unwrap();
    let ticket = w.ticket("Secret subject").await;
    Verb::Update.run(&mut w.conn, &agent, Edit::any_version(ticket.id), to).await.unwrap();
    delete(&mut w, ticket.id).await;
    let last = w.ticket("Last").await;
    w.db.desk.settle().await.unwrap();

    let filter = TicketFilter::default();
    let mut queue =
        QueueStream::open(&w.db.desk, agent.clone(), filter, Some(start), true).await.unwrap();
    let mut counts = Vec::new();
    loop {
        let step = soon(queue.next()).await.unwrap();
        counts.push(step.total_count.unwrap());
        // A LEAVE names the ticket and shows nothing of it.
        let Some(event) = step.event else { continue };
        let snapshot = event.payload.ticket.as_ref().unwrap();
        if snapshot.id == last.id {
            break;
        }
        assert_eq!(snapshot.subject, "(deleted)");
        assert!(!format!("{event:?}").contains("ecret"), "{event:?}");
    }
    assert_eq!(counts, [1, 1, 0, 1]);
    tickets::restore(&mut w.conn, &w.team.admin, ticket.id).await.unwrap();
    let log = w.events_of(ticket.id).await;
    assert_eq!(log[0].payload.ticket.as_ref().unwrap().subject, "Secret subject");
    assert_eq!(log[1].payload.changes.subject.as_ref().unwrap().from, "Secret subject");
    assert_eq!(events::read(&mut w.conn, start.position, 100).await.unwrap().len(), 5);
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deleted_tickets_are_listed_latest_first_by_pages() {
    let mut w = World::new().await;
    let mut expected = Vec::new();
    for n in 0..5 {
        let id = w.ticket("Deleted").await.id;
        w.ticket("Kept").await;
        delete(&mut w, id).await;
        // Ties are common: imports and scripts delete many at once.
        w.sql(&format!(
            "UPDATE tickets SET deleted_at = '2026-01-0{} 00:00:00' WHERE id = UNHEX('{id}')",
            n / 2 + 1
        ))
        .await;
        expected.insert(0, id);
    }
    for first in [1, 2, 100] {
        let (mut found, mut page) = (Vec::new(), PageRequest::first(first));
        loop {
            let rows = tickets::list_deleted(&mut w.conn, &w.team.admin, &page).await.unwrap();
            page.after = rows.rows.last().map(tickets::Ticket::deleted_cursor);
            found.extend(rows.rows.iter().map(|ticket| ticket.id));
            if !rows.has_next {
                break;
            }
        }
        assert_eq!(found, expected, "by {first}");
    }
    for bad in [0, 101] {
        let page = PageRequest::first(bad);
        let listed = tickets::list_deleted(&mut w.conn, &w.team.admin, &page).await;
        assert_eq!(outcome(&listed), "invalid first");
    }
    w.finish().await;
}
