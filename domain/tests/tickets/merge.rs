use deskwire_domain::error::Error;
use deskwire_domain::events::EventKind;
use deskwire_domain::ids::TicketId;
use deskwire_domain::messages::{self, Channel, MessageDraft, MessageKind, MessageOrder};
use deskwire_domain::page::PageRequest;
use deskwire_domain::suggestions::{LabelKind, SuggestionState};
use deskwire_domain::testing::ticket;
use deskwire_domain::tickets::QueueUpdateKind::{Leave, Update};
use deskwire_domain::tickets::{
    self, Edit, Listing, MERGE_MAX, MergeDraft, QueueStream, Status, Ticket, TicketFilter,
    TicketStream,
};
use deskwire_domain::{Actor, Result, suggestions};
use std::time::Duration;
use tokio::time::timeout;

use crate::suggestions::suggest;
use crate::support::{Verb, World, message, outcome};

fn draft(sources: &[TicketId], target: TicketId) -> MergeDraft {
    MergeDraft {
        source_ids: sources.to_vec(),
        target: Edit::any_version(target),
        note: None,
        channel: Channel::Web,
    }
}

/// Merges as the team's agent.
pub async fn merge(w: &mut World, sources: &[TicketId], target: TicketId) -> Result<Ticket> {
    tickets::merge(&mut w.conn, &w.team.agent, draft(sources, target)).await
}

async fn read(w: &mut World, id: TicketId) -> Ticket {
    tickets::find_visible(&mut w.conn, &w.team.admin, id).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_move_in_order_of_time_and_the_sources_close() {
    let mut w = World::new().await;
    let (agent, customer) = (w.team.agent.clone(), w.team.customer.clone());
    let tickets = [w.ticket("One").await, w.ticket("Two").await, w.ticket("Three").await];
    let [one, two, three] = tickets.each_ref().map(|ticket| ticket.id);
    // Alternately, so that order of time is not order of tickets.
    for n in 0..6 {
        let body = format!("Reply {n}");
        let draft = message([one, two, three][n % 3], &body);
        messages::reply(&mut w.conn, &customer, draft).await.unwrap();
    }
    messages::note(&mut w.conn, &agent, message(one, "Internal")).await.unwrap();
    let suggestion = suggest(&mut w, one).await;
    let edit = Edit::any_version(three);
    tickets::change_status(&mut w.conn, &agent, edit, Status::Closed).await.unwrap();
    let solved_at = read(&mut w, three).await.solved_at;
    let versions = [read(&mut w, one).await.version, read(&mut w, three).await.version];
    let before = read(&mut w, two).await;

    let draft = MergeDraft {
        target: Edit { ticket_id: two, expected_version: Some(before.version) },
        note: Some("The same card ".into()),
        // Named twice is merged once.
        ..draft(&[three, one, one], two)
    };
    let after = tickets::merge(&mut w.conn, &agent, draft).await.unwrap();

    let same = Ticket { version: before.version, updated_at: before.updated_at, ..after.clone() };
    assert_eq!((same, after.version), (before.clone(), before.version + 1));
    assert_eq!(read(&mut w, two).await, after);
    for (id, version) in [one, three].into_iter().zip(versions) {
        let source = read(&mut w, id).await;
        assert_eq!((source.status, source.merged_into_id), (Status::Closed, Some(two)));
        assert_eq!((source.version, source.updated_at), (version + 1, after.updated_at));
        let expected = if id == three { solved_at } else { Some(after.updated_at) };
        assert_eq!(source.solved_at, expected);
    }
    let page = PageRequest::first(50);
    let order = MessageOrder::Oldest;
    let thread = messages::list(&mut w.conn, &agent, two, order, &page).await.unwrap().rows;
    let bodies: Vec<&str> = thread.iter().map(|message| &*message.body_text).collect();
    let [first, second, third] = ["One", "Two", "Three"].map(|s| format!("{s}, please help."));
    let expected = [
        &*first,
        &second,
        &third,
        "Reply 0",
        "Reply 1",
        "Reply 2",
        "Reply 3",
        "Reply 4",
        "Reply 5",
        "Internal",
        "The same card",
    ];
    assert_eq!(bodies, expected);
    let note = thread.last().unwrap();
    assert_eq!((note.kind, Some(note.author_id)), (MessageKind::Note, agent.user_id));
    // The requester reads on at the target, without the notes, and finds nothing at the sources.
    for (id, count) in [(two, 9), (one, 0), (three, 0)] {
        let thread = messages::list(&mut w.conn, &customer, id, order, &page).await.unwrap().rows;
        assert_eq!(thread.len(), count);
    }
    let suggestion = suggestions::find_visible(&mut w.conn, &agent, suggestion).await.unwrap();
    assert_eq!(suggestion.state, SuggestionState::Superseded);
    let sources = tickets::merged_into(&mut w.conn, &customer, &[one, two]).await.unwrap();
    assert_eq!(sources.len(), 1);
    assert_eq!(sources[&two].iter().map(|ticket| ticket.id).collect::<Vec<_>>(), [one, three]);

    for (id, others) in [(one, vec![two]), (three, vec![two]), (two, vec![one, three])] {
        let event = w.events_of(id).await.pop().unwrap();
        assert_eq!((event.kind, event.actor_id), (EventKind::TicketMerged, agent.user_id));
        assert_eq!(event.payload.other_tickets, others);
        let now = read(&mut w, id).await;
        assert_eq!(event.payload.ticket.as_ref().unwrap().ticket, now);
        assert_eq!(event.payload.message.is_some(), id == two);
    }
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_merge() {
    let mut w = World::new().await;
    for (who, actor) in w.actors() {
        let expected = match who {
            "owner" | "stranger" | "reader" => "forbidden",
            "outsider" => "no ticket",
            _ => "ok",
        };
        let (source, target) = (w.ticket("Source").await, w.ticket("Target").await);
        let merged = tickets::merge(&mut w.conn, &actor, draft(&[source.id], target.id)).await;
        assert_eq!(outcome(&merged), expected, "{who}");
        let scopes = Some(vec![deskwire_domain::actor::Scope::TicketsRead]);
        let token = Actor { scopes, ..actor.clone() };
        let (source, target) = (w.ticket("Source").await, w.ticket("Target").await);
        let merged = tickets::merge(&mut w.conn, &token, draft(&[source.id], target.id)).await;
        assert_eq!(outcome(&merged), "forbidden", "{who} without tickets:write");
        // In every queue concerned: one invisible ticket among visible ones is one too many.
        let requester = w.team.customer.user().unwrap();
        let hidden = ticket(&mut w.conn, w.team.other_queue, requester, "Hidden").await;
        let expected = match who {
            "owner" | "stranger" => "forbidden",
            "admin" => "ok",
            _ => "no ticket",
        };
        let into_hidden = draft(&[target.id], hidden.id);
        for draft in [draft(&[source.id, hidden.id], target.id), into_hidden] {
            let merged = tickets::merge(&mut w.conn, &actor, draft.clone()).await;
            // An admin's first merge has taken the hidden one away.
            let is_second = who == "admin" && draft.target.ticket_id == hidden.id;
            let expected = if is_second { "Merged" } else { expected };
            assert_eq!(outcome(&merged), expected, "{who}");
        }
    }
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_merged_is_refused_by_field_and_nothing_is_written() {
    let mut w = World::new().await;
    let stranger = w.team.other_customer.user().unwrap();
    let foreign = ticket(&mut w.conn, w.team.queue, stranger, "A stranger's").await;
    let (source, target) = (w.ticket("Source").await, w.ticket("Target").await);
    let (merged, other) = (w.ticket("Merged").await, w.ticket("Other").await);
    merge(&mut w, &[merged.id], other.id).await.unwrap();
    let [deleted, closed] = [w.ticket("Deleted").await, w.ticket("Closed").await];
    let edit = Edit::any_version(deleted.id);
    tickets::delete(&mut w.conn, &w.team.lead, edit, "spam").await.unwrap();
    let edit = Edit::any_version(closed.id);
    tickets::change_status(&mut w.conn, &w.team.agent, edit, Status::Closed).await.unwrap();
    let missing = TicketId::new();
    let many: Vec<TicketId> = (0..=MERGE_MAX).map(|_| TicketId::new()).collect();
    let stale = Edit { ticket_id: target.id, expected_version: Some(7) };
    let events = w.db.count("events").await;

    let plain = |sources: &[TicketId]| draft(sources, target.id);
    let names = |ticket: &Ticket| format!("#{}", ticket.number);
    for (draft, expected, path, hint) in [
        (plain(&[]), "invalid sourceIds", "", "1 to 20 tickets, got 0".to_owned()),
        (plain(&many), "invalid sourceIds", "", "got 21".into()),
        (plain(&[source.id, target.id]), "invalid sourceIds", "", "into itself".into()),
        (plain(&[source.id, foreign.id]), "invalid sourceIds", "", names(&foreign)),
        (plain(&[source.id, missing]), "no ticket", "sourceIds", String::new()),
        (plain(&[source.id, deleted.id]), "no ticket", "sourceIds", String::new()),
        (plain(&[source.id, merged.id]), "Merged", "sourceIds", names(&other)),
        (draft(&[source.id], missing), "no ticket", "targetId", String::new()),
        (draft(&[source.id], deleted.id), "no ticket", "targetId", String::new()),
        (draft(&[source.id], merged.id), "Merged", "targetId", names(&other)),
        (draft(&[other.id], merged.id), "Merged", "targetId", names(&other)),
        (draft(&[source.id], closed.id), "IllegalTransition", "targetId", "closed".into()),
        (
            MergeDraft { target: stale, ..plain(&[source.id]) },
            "StaleVersion",
            "expectedVersion",
            String::new(),
        ),
        (
            MergeDraft { note: Some(" \n".into()), ..plain(&[]) },
            "invalid note sourceIds",
            "",
            "must not be empty".into(),
        ),
    ] {
        let refused = tickets::merge(&mut w.conn, &w.team.agent, draft.clone()).await;
        assert_eq!(outcome(&refused), expected, "{draft:?}");
        let error = refused.unwrap_err();
        assert!(error.to_string().contains(&hint), "{error} should contain {hint:?}");
        match error {
            Error::Conflict(conflict) => assert_eq!(conflict.path, path),
            Error::NotFound { path: found, .. } => assert_eq!(found, path),
            _ => {}
        }
    }
    let with_note = MergeDraft { note: Some("Hi".into()), ..plain(&[source.id]) };
    let by_desk = tickets::merge(&mut w.conn, &Actor::system(), with_note).await;
    assert_eq!(outcome(&by_desk), "forbidden");
    assert_eq!(w.db.count("events").await, events);
    assert_eq!(read(&mut w, source.id).await, source);
    assert_eq!(read(&mut w, target.id).await, target);
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merged_ticket_is_in_no_list_takes_no_change_and_can_be_found() {
    let mut w = World::new().await;
    let (agent, customer) = (w.team.agent.clone(), w.team.customer.clone());
    let (source, target) = (w.ticket("Source trumpet").await, w.ticket("Target").await);
    let keyed = MessageDraft { idempotency_key: Some("k".into()), ..message(source.id, "Hello") };
    let (_, first) = messages::reply(&mut w.conn, &customer, keyed.clone()).await.unwrap();
    let (edit, to) = (Edit::any_version(source.id), w.targets());
    Verb::Categorise.run(&mut w.conn, &agent, edit, to).await.unwrap();
    merge(&mut w, &[source.id], target.id).await.unwrap();
    w.db.desk.settle().await.unwrap();

    let all = TicketFilter::default();
    let closed = TicketFilter { statuses: vec![Status::Closed], ..TicketFilter::default() };
    let page = PageRequest::first(50);
    for actor in [&agent, &customer, &w.team.admin] {
        let conn = &mut *w.conn;
        let rows = tickets::list(conn, actor, &Listing::default(), &page).await.unwrap().rows;
        assert_eq!(rows.iter().map(|ticket| ticket.id).collect::<Vec<_>>(), [target.id]);
        assert_eq!(tickets::count(conn, actor, &all).await.unwrap(), 1);
        assert_eq!(tickets::count(conn, actor, &closed).await.unwrap(), 0);
        let number = source.number.to_string();
        for (words, hits) in
            [("source", vec![target.id]), ("hello", vec![target.id]), (&number, vec![])]
        {
            let found = tickets::search(conn, actor, words, &all, &page).await.unwrap().rows;
            let found: Vec<TicketId> = found.iter().map(|hit| hit.ticket.id).collect();
            assert_eq!(found, hits, "{words}");
        }
        assert!(!tickets::matches(conn, actor, &all, source.id).await.unwrap());
        let found = tickets::find_visible_by_number(conn, actor, source.number).await.unwrap();
        assert_eq!(found.merged_into_id, Some(target.id));
    }
    let labelled = w.learnt(&Actor::system(), LabelKind::Category).await;
    assert_eq!(labelled.unwrap(), []);

    for verb in Verb::ALL {
        let refused = verb.run(&mut w.conn, &w.team.admin, edit, to).await;
        assert_eq!(outcome(&refused), "Merged", "{verb:?}");
        let message = refused.unwrap_err().to_string();
        assert!(message.contains(&format!("#{}", target.number)), "{message}");
    }
    let refused = tickets::delete(&mut w.conn, &w.team.admin, edit, "spam").await;
    assert_eq!(outcome(&refused), "Merged");
    // The first answer to a repeated request holds.
    let (now, again) = messages::reply(&mut w.conn, &customer, keyed).await.unwrap();
    assert_eq!((now.id, again.id, again.ticket_id), (source.id, first.id, target.id));

    // Who may not see the target is not told which it is.
    let move_away = Edit::any_version(target.id);
    tickets::move_to_queue(&mut w.conn, &agent, move_away, w.team.other_queue).await.unwrap();
    let refused = Verb::Reply.run(&mut w.conn, &agent, edit, to).await.unwrap_err().to_string();
    assert!(refused.ends_with("into another ticket"), "{refused}");
    assert!(tickets::merged_into(&mut w.conn, &agent, &[target.id]).await.unwrap().len() == 1);
    let stranger = &w.team.outsider;
    assert!(tickets::merged_into(&mut w.conn, stranger, &[target.id]).await.unwrap().is_empty());
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn live_queues_lose_the_sources_and_keep_their_count() {
    let mut w = World::new().await;
    let (agent, customer) = (w.team.agent.clone(), w.team.customer.clone());
    let (one, two, target) =
        (w.ticket("One").await, w.ticket("Two").await, w.ticket("Target").await);
    let cursor = w.db.desk.settle().await.unwrap();
    let draft = MergeDraft { note: Some("Internal".into()), ..draft(&[two.id, one.id], target.id) };
    tickets::merge(&mut w.conn, &agent, draft).await.unwrap();
    w.db.desk.settle().await.unwrap();
    for actor in [&agent, &customer] {
        let filter = TicketFilter { requester: customer.user_id, ..TicketFilter::default() };
        let mut queue =
            QueueStream::open(&w.db.desk, actor.clone(), filter.clone(), Some(cursor), true)
                .await
                .unwrap();
        let mut steps = Vec::new();
        for _ in 0..3 {
            let step = timeout(Duration::from_secs(10), queue.next()).await.unwrap().unwrap();
            steps.push((step.kind, step.ticket_id.unwrap(), step.total_count));
        }
        let expected =
            [(Leave, one.id, Some(2)), (Leave, two.id, Some(1)), (Update, target.id, Some(1))];
        assert_eq!(steps, expected);
        assert_eq!(tickets::count(&mut w.conn, actor, &filter).await.unwrap(), 1);
        // The source stays visible: its own stream tells where it went.
        let mut stream =
            TicketStream::open(&w.db.desk, actor.clone(), one.id, Some(cursor)).await.unwrap();
        let step = timeout(Duration::from_secs(10), stream.next()).await.unwrap().unwrap();
        assert_eq!(step.event.unwrap().payload.other_tickets, [target.id]);
    }
    w.finish().await;
}

/// Everybody merges everything into everything, replies and deletes meanwhile: each call ends well or
/// with a conflict, never with a deadlock, and no message is lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn merges_at_once_wait_for_each_other() {
    let mut w = World::new().await;
    let mut ids = Vec::new();
    for _ in 0..6 {
        ids.push(w.ticket("Duplicate").await.id);
    }
    let calls = (0..24_usize).map(|n| {
        let (desk, agent, ids) = (w.db.desk.clone(), w.team.agent.clone(), ids.clone());
        tokio::spawn(async move {
            let mut conn = desk.conn().await.unwrap();
            let at = |offset: usize| ids[(n + offset) % 6];
            if n % 4 == 3 {
                let draft = message(at(0), "Meanwhile");
                return messages::reply(&mut conn, &agent, draft).await.map(|(ticket, _)| ticket);
            }
            tickets::merge(&mut conn, &agent, draft(&[at(3), at(1)], at(2))).await
        })
    });
    let (mut merged, mut replies) = (0, 0);
    for (n, call) in futures::future::join_all(calls).await.into_iter().enumerate() {
        let result = call.unwrap();
        match outcome(&result).as_str() {
            "ok" if n % 4 == 3 => replies += 1,
            "ok" => merged += 1,
            "Merged" => {}
            other => panic!("{other}"),
        }
    }
    assert!((1..=2).contains(&merged), "{merged}");
    assert_eq!(w.db.count("messages").await, 6 + replies);
    assert_eq!(w.db.count("tickets WHERE merged_into_id IS NOT NULL").await, 2 * merged);
    let astray = "messages m JOIN tickets t ON t.id = m.ticket_id WHERE merged_into_id IS NOT NULL";
    let chained = "tickets t WHERE EXISTS (SELECT 1 FROM tickets s WHERE s.merged_into_id = t.id) \
                   AND t.merged_into_id IS NOT NULL";
    // A target may be merged on later, and takes everything along.
    assert_eq!(w.db.count(astray).await, 0);
    assert!(w.db.count(chained).await <= 1);
    w.finish().await;
}
