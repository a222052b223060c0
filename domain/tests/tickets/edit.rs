use deskwire_domain::error::{ConflictCode, Error};
use deskwire_domain::events::EventKind;
use deskwire_domain::ids::{CategoryId, QueueId, TicketId, UserId};
use deskwire_domain::messages::{self, MessageDraft};
use deskwire_domain::tickets::{self, Edit, Status, TicketUpdateDraft};
use deskwire_domain::users::{self, UserChange};
use deskwire_domain::{Actor, categories};

use crate::support::{Verb, World, message, outcome};

#[tokio::test(flavor = "multi_thread")]
async fn every_change_writes_the_row_and_one_event_with_from_and_to() {
    let mut w = World::new().await;
    let (agent, to) = (w.team.agent.clone(), w.targets());
    for (verb, kind, fields) in [
        (Verb::Update, EventKind::TicketChanged, &["subject"][..]),
        (Verb::Solve, EventKind::TicketChanged, &["solved_at", "status"]),
        (Verb::Assign, EventKind::TicketChanged, &["assignee_id"]),
        (Verb::Claim, EventKind::TicketChanged, &["assignee_id"]),
        (Verb::Move, EventKind::TicketChanged, &["queue_id"]),
        (Verb::Prioritise, EventKind::TicketChanged, &["priority"]),
        (Verb::Categorise, EventKind::TicketChanged, &["category_id"]),
        (Verb::Tag, EventKind::TicketChanged, &["tag_ids"]),
        (Verb::Reply, EventKind::MessageReplied, &[]),
        (Verb::Note, EventKind::MessageNoted, &[]),
    ] {
        let before = w.ticket("Card lost").await;
        let edit = Edit { ticket_id: before.id, expected_version: Some(1) };
        let after = verb.run(&mut w.conn, &agent, edit, to).await.unwrap();

        let version = if verb == Verb::Note { 1 } else { 2 };
        assert_eq!(after.version, version, "{verb:?}");
        let read = tickets::find_visible(&mut w.conn, &Actor::system(), after.id).await.unwrap();
        assert_eq!(read, after, "{verb:?}");
        let log = w.events_of(after.id).await;
        let [created, event] = &log[..] else { panic!("{verb:?}: {log:?}") };
        assert_eq!((event.kind, event.actor_id), (kind, agent.user_id), "{verb:?}");
        // What a plain note tells nobody: the requester sees both.
        let moved = if version == 2 { &["updated_at", "version"][..] } else { &[] };
        let mut expected: Vec<&str> = [fields, moved].concat();
        expected.sort();
        let changes = serde_json::to_value(&event.payload.changes).unwrap();
        let changed: Vec<&String> = changes.as_object().unwrap().keys().collect();
        assert_eq!(changed, expected, "{verb:?}");
        let snapshot = event.payload.ticket.as_ref().unwrap();
        assert_eq!(snapshot.ticket, after, "{verb:?}");
        let mut undone = event.payload.changes.undo(snapshot);
        undone.priority_origin = before.priority_origin;
        assert_eq!(&undone, created.payload.ticket.as_ref().unwrap(), "{verb:?}");
        assert_eq!(event.payload.message.is_some(), matches!(verb, Verb::Reply | Verb::Note));
    }
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn doing_the_same_again_writes_nothing() {
    let mut w = World::new().await;
    let to = w.targets();
    let admin = w.team.admin.clone();
    for verb in Verb::ALL.into_iter().filter(|verb| !matches!(verb, Verb::Reply | Verb::Note)) {
        let ticket = w.ticket("Card lost").await;
        let edit = Edit::any_version(ticket.id);
        let once = verb.run(&mut w.conn, &admin, edit, to).await.unwrap();
        let twice = verb.run(&mut w.conn, &admin, edit, to).await.unwrap();
        assert_eq!(once, twice, "{verb:?}");
        assert_eq!(w.events_of(ticket.id).await.len(), 2, "{verb:?}");
    }
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_version_names_who_changed_the_ticket_and_when() {
    let mut w = World::new().await;
    let to = w.targets();
    let lead = w.team.lead.clone();
    let changes = [(Verb::Update, None), (Verb::Reply, None), (Verb::Note, Some(Status::Pending))];
    for (change, status) in changes {
        let ticket = w.ticket("Card lost").await;
        let edit = Edit { ticket_id: ticket.id, expected_version: Some(1) };
        let draft = MessageDraft { status, ..message(ticket.id, "A note") };
        let changed = match change {
            Verb::Note => messages::note(&mut w.conn, &lead, draft).await.unwrap().0,
            verb => verb.run(&mut w.conn, &lead, edit, to).await.unwrap(),
        };
        // A plain note afterwards changes no version and is not what the caller missed.
        let plain = message(ticket.id, "Another");
        messages::note(&mut w.conn, &w.team.admin, plain).await.unwrap();
        for verb in Verb::ALL.into_iter().filter(|verb| verb.takes_version()) {
            let Err(Error::Conflict(conflict)) =
                verb.run(&mut w.conn, &w.team.agent, edit, to).await
            else {
                panic!("{verb:?} should conflict")
            };
            assert_eq!(conflict.code, ConflictCode::StaleVersion, "{verb:?}");
            assert_eq!(conflict.changed_by, lead.user_id, "{verb:?} after {change:?}");
            assert_eq!(conflict.changed_at, Some(changed.updated_at), "{verb:?}");
        }
    }
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_values_are_refused_by_field_and_nothing_is_written() {
    let mut w = World::new().await;
    let agent = w.team.agent.clone();
    let ticket = w.ticket("Card lost").await;
    let edit = Edit::any_version(ticket.id);
    let events = w.db.count("events").await;

    for subject in ["", " ", "two\nlines", &"x".repeat(256)] {
        let draft = TicketUpdateDraft { subject: Some(subject.into()) };
        let updated = tickets::update(&mut w.conn, &agent, edit, draft).await;
        assert_eq!(outcome(&updated), "invalid subject");
    }
    let unknown = UserId::new();
    let people = [&w.team.customer, &w.team.outsider].map(|actor| actor.user().unwrap());
    for user in [unknown].into_iter().chain(people) {
        let assigned = tickets::assign(&mut w.conn, &agent, edit, Some(user)).await;
        assert_eq!(outcome(&assigned), "invalid assigneeId");
    }
    let moved = tickets::move_to_queue(&mut w.conn, &agent, edit, QueueId::new()).await;
    assert_eq!(outcome(&moved), "invalid queueId");
    let unknown = Some(CategoryId::new());
    let labelled = tickets::change_category(&mut w.conn, &agent, edit, unknown).await;
    assert_eq!(outcome(&labelled), "invalid categoryId");
    let tags: Vec<String> = (0..31).map(|n| format!("tag {n}")).collect();
    for bad in [&tags[..], &["".into()], &["x".repeat(61)], &["a\nb".into()]] {
        let tagged = tickets::set_tags(&mut w.conn, &agent, edit, bad, &[]).await;
        assert_eq!(outcome(&tagged), "invalid tags");
    }
    assert_eq!(w.db.count("events").await, events);

    let reader = w.team.reader.user().unwrap();
    let change = UserChange { active: Some(false), ..UserChange::default() };
    users::update(&mut w.conn, &w.team.admin, reader, change).await.unwrap();
    let assigned = tickets::assign(&mut w.conn, &agent, edit, Some(reader)).await;
    assert_eq!(outcome(&assigned), "invalid assigneeId");
    let retired = categories::CategoryChange { active: Some(false), ..Default::default() };
    categories::update(&mut w.conn, &w.team.admin, w.category, retired).await.unwrap();
    let category = Some(w.category);
    let labelled = tickets::change_category(&mut w.conn, &agent, edit, category).await;
    assert_eq!(outcome(&labelled), "invalid categoryId");
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_of_many_agents_gets_the_ticket() {
    let mut w = World::new().await;
    let ticket = w.ticket("Card lost").await;
    let agents = [&w.team.agent, &w.team.lead, &w.team.admin].map(Actor::clone);
    let claims = agents.clone().map(|agent| {
        let desk = w.db.desk.clone();
        tokio::spawn(async move {
            let mut conn = desk.conn().await.unwrap();
            (agent.user_id, tickets::claim(&mut conn, &agent, ticket.id).await)
        })
    });
    let (mut winners, mut losers) = (Vec::new(), Vec::new());
    for claim in futures::future::join_all(claims).await {
        match claim.unwrap() {
            (user, Ok(_)) => winners.push(user),
            (_, Err(Error::Conflict(conflict))) => {
                assert_eq!(conflict.code, ConflictCode::AlreadyClaimed);
                losers.push(conflict.changed_by);
            }
            (_, Err(other)) => panic!("{other:?}"),
        }
    }
    assert_eq!((winners.len(), losers), (1, vec![winners[0]; 2]));
    let by_desk = tickets::claim(&mut w.conn, &Actor::system(), ticket.id).await;
    assert_eq!(outcome(&by_desk), "forbidden");
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn moving_takes_off_an_assignee_who_cannot_see_the_new_queue() {
    let mut w = World::new().await;
    for (assignee, stays) in [(w.team.reader.user_id, false), (w.team.admin.user_id, true)] {
        let ticket = w.ticket("Card lost").await;
        let edit = Edit::any_version(ticket.id);
        tickets::assign(&mut w.conn, &w.team.agent, edit, assignee).await.unwrap();
        let moved = tickets::move_to_queue(&mut w.conn, &w.team.agent, edit, w.team.other_queue);
        assert_eq!(moved.await.unwrap().assignee_id, assignee.filter(|_| stays));
        let seen = tickets::find_visible(&mut w.conn, &w.team.agent, ticket.id).await;
        assert_eq!(outcome(&seen), "no ticket");
    }
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn statuses_carry_their_times_and_closed_is_final() {
    let mut w = World::new().await;
    let ticket = w.ticket("Card lost").await;
    let edit = Edit::any_version(ticket.id);
    let customer = w.team.customer.clone();
    for (who, status, expected, has_time) in [
        (&customer, Status::Pending, "IllegalTransition", false),
        (&customer, Status::Solved, "ok", true),
        (&customer, Status::Closed, "IllegalTransition", true),
        (&customer, Status::Open, "ok", false),
        (&w.team.agent, Status::Pending, "ok", false),
        (&w.team.agent, Status::Closed, "ok", true),
        (&w.team.agent, Status::Open, "IllegalTransition", true),
        (&w.team.admin, Status::Solved, "IllegalTransition", true),
    ] {
        let changed = tickets::change_status(&mut w.conn, who, edit, status).await;
        assert_eq!(outcome(&changed), expected, "{} → {status}", who.role);
        let now = tickets::find_visible(&mut w.conn, who, ticket.id).await.unwrap();
        assert_eq!(now.solved_at.is_some(), has_time, "{} → {status}", who.role);
    }
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tags_are_added_and_taken_off_by_name() {
    let mut w = World::new().await;
    let ticket = w.ticket("Card lost").await;
    let edit = Edit::any_version(ticket.id);
    for (add, remove, expected) in [
        (&["VIP", "late"][..], &[][..], &["late", "vip"][..]),
        (&["late", "new"], &["vip", "never seen"], &["late", "new"]),
        // Removing wins over adding.
        (&["vip"], &["vip"], &["late", "new"]),
        (&[], &["late", "new"], &[]),
    ] {
        let [add, remove] = [add, remove]
            .map(|names| names.iter().map(|name| (*name).to_owned()).collect::<Vec<String>>());
        tickets::set_tags(&mut w.conn, &w.team.agent, edit, &add, &remove).await.unwrap();
        let mut tags = deskwire_domain::tags::of_tickets(&mut w.conn, &[ticket.id]).await.unwrap();
        let tags = tags.remove(&ticket.id).unwrap_or_default();
        assert_eq!(tags.iter().map(|tag| &*tag.name).collect::<Vec<_>>(), expected);
    }
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_ticket_is_not_found_by_any_verb() {
    let mut w = World::new().await;
    let (edit, to) = (Edit::any_version(TicketId::new()), w.targets());
    for verb in Verb::ALL {
        let changed = verb.run(&mut w.conn, &w.team.admin, edit, to).await;
        assert_eq!(outcome(&changed), "no ticket", "{verb:?}");
    }
    w.finish().await;
}
