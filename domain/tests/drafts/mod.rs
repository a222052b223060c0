use deskwire_domain::actor::Scope;
use deskwire_domain::drafts::{self, Draft, DraftKind, DraftPlace, DraftText};
use deskwire_domain::housekeeping::{self, CLEARED_DRAFT_S};
use deskwire_domain::ids::TicketId;
use deskwire_domain::messages::{self, Channel, MessageKind};
use deskwire_domain::tickets::{self, TicketDraft};
use deskwire_domain::{Actor, Conn, Result, Timestamp};

use crate::support::{World, message, outcome};

fn text(place: DraftPlace, body: &str, expected_version: Option<u32>) -> DraftText {
    DraftText { place, subject: String::new(), body: body.into(), expected_version }
}

fn reply_on(ticket: TicketId) -> DraftPlace {
    DraftPlace::On(ticket, MessageKind::Reply)
}

async fn keep(
    conn: &mut Conn,
    actor: &Actor,
    place: DraftPlace,
    body: &str,
    expected: Option<u32>,
) -> Result<Draft> {
    drafts::save(conn, actor, text(place, body, expected)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn two_devices_do_not_overwrite_each_other() {
    let mut w = World::new().await;
    let (agent, place) = (w.team.agent.clone(), reply_on(w.ticket("Printer").await.id));
    let first = keep(&mut w.conn, &agent, place, "Dear", Some(0)).await.unwrap();
    assert_eq!((first.version, &*first.body, first.kind), (1, "Dear", DraftKind::Reply));
    let second = keep(&mut w.conn, &agent, place, "Dear Carl\r\n ", Some(1)).await.unwrap();
    assert_eq!((second.id, second.version, &*second.body), (first.id, 2, "Dear Carl\r\n "));
    assert_eq!(second.created_at, first.created_at);
    for stale in [0, 1, 3] {
        let lost = keep(&mut w.conn, &agent, place, "Dear colleague", Some(stale)).await;
        assert_eq!(outcome(&lost), "StaleVersion", "{stale}");
    }
    // A repeated request of the device that was first is no conflict.
    let again = keep(&mut w.conn, &agent, place, "Dear Carl\r\n ", Some(1)).await.unwrap();
    assert_eq!(again, second);
    let forced = keep(&mut w.conn, &agent, place, "Hello", None).await.unwrap();
    assert_eq!(forced.version, 3);

    // Sent or discarded elsewhere: the other device's text stays its own until it says otherwise.
    drafts::discard(&mut w.conn, &agent, place, Some(3)).await.unwrap();
    assert_eq!(drafts::find(&mut w.conn, &agent, place).await.unwrap(), None);
    assert_eq!(outcome(&keep(&mut w.conn, &agent, place, "Hello!", Some(3)).await), "StaleVersion");
    let new = keep(&mut w.conn, &agent, place, "Anew", Some(0)).await.unwrap();
    assert!(new.version > 3, "no later draft has an earlier one's version: {new:?}");
    assert!(new.created_at > first.created_at);
    assert_eq!(
        outcome(&drafts::discard(&mut w.conn, &agent, place, Some(3)).await),
        "StaleVersion"
    );
    assert_eq!(w.db.count("drafts").await, 1);
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_devices_that_begin_at_once_make_one_draft() {
    let mut w = World::new().await;
    let (agent, place) = (w.team.agent.clone(), reply_on(w.ticket("Printer").await.id));
    let mut other = w.db.conn().await;
    let (one, two) = futures::join!(
        keep(&mut w.conn, &agent, place, "one", Some(0)),
        keep(&mut other, &agent, place, "two", Some(0))
    );
    let ends = [outcome(&one), outcome(&two)];
    assert!(ends.contains(&"ok".into()) && ends.contains(&"StaleVersion".into()), "{ends:?}");
    drop(other);
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn drafts_are_for_whoever_sees_the_ticket_and_for_nobody_else() {
    let mut w = World::new().await;
    let ticket = w.ticket("Printer").await.id;
    let note = DraftPlace::On(ticket, MessageKind::Note);
    for (who, actor) in w.actors() {
        let (as_reply, as_note) = match who {
            "owner" => ("ok", "forbidden"),
            "stranger" | "outsider" => ("no ticket", "no ticket"),
            _ => ("ok", "ok"),
        };
        let body = format!("of {who}");
        let saved = keep(&mut w.conn, &actor, reply_on(ticket), &body, None).await;
        assert_eq!(outcome(&saved), as_reply, "{who}");
        assert_eq!(outcome(&keep(&mut w.conn, &actor, note, &body, None).await), as_note, "{who}");
        let gone = drafts::discard(&mut w.conn, &actor, note, None).await;
        assert_eq!(outcome(&gone), as_note, "{who}");
        let own = drafts::of_tickets(&mut w.conn, &actor, &[ticket]).await.unwrap();
        let own: Vec<String> = own.into_values().flatten().map(|draft| draft.body).collect();
        assert_eq!(own, vec![body; usize::from(as_reply == "ok")], "{who}");
    }
    let reader = Actor { scopes: Some(vec![Scope::TicketsRead]), ..w.team.agent.clone() };
    let writer = Actor { scopes: Some(vec![Scope::TicketsWrite]), ..w.team.agent.clone() };
    for (name, actor, reads, writes) in [
        ("system", Actor::system(), "forbidden", "forbidden"),
        ("reader", reader, "ok", "forbidden"),
        ("writer", writer, "forbidden", "ok"),
    ] {
        let conn = &mut w.conn;
        assert_eq!(outcome(&drafts::list(conn, &actor).await), reads, "{name}");
        assert_eq!(outcome(&drafts::find(conn, &actor, note).await), reads, "{name}");
        assert_eq!(outcome(&drafts::of_tickets(conn, &actor, &[ticket]).await), reads, "{name}");
        assert_eq!(outcome(&keep(conn, &actor, note, "x", None).await), writes, "{name}");
        assert_eq!(outcome(&drafts::discard(conn, &actor, note, None).await), writes, "{name}");
    }
    assert_eq!(w.events_of(ticket).await.len(), 1, "the log knows of no draft");
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_drafts_are_refused_by_field() {
    let mut w = World::new().await;
    let agent = w.team.agent.clone();
    let on = reply_on(w.ticket("Printer").await.id);
    for (name, place, subject, body, expected) in [
        ("empty", on, "", " \n", "invalid body"),
        ("long", on, "", &*"x".repeat(256 * 1024 + 1), "invalid body"),
        ("reply with subject", on, "S", "B", "invalid subject"),
        ("nothing", DraftPlace::NewTicket, " ", "", "invalid body"),
        ("lines", DraftPlace::NewTicket, "a\nb", "B", "invalid subject"),
        ("long subject", DraftPlace::NewTicket, &*"x".repeat(256), "B", "invalid subject"),
        ("both", DraftPlace::NewTicket, "\t", " ", "invalid body subject"),
        ("missing", reply_on(TicketId::new()), "", "B", "no ticket"),
    ] {
        let bad =
            DraftText { place, subject: subject.into(), body: body.into(), expected_version: None };
        assert_eq!(outcome(&drafts::save(&mut w.conn, &agent, bad).await), expected, "{name}");
    }
    assert_eq!(w.db.count("drafts").await, 0);
    let id = TicketId::new();
    for (kind, ticket, expected) in [
        (DraftKind::Ticket, Some(id), "invalid ticketId"),
        (DraftKind::Reply, None, "invalid ticketId"),
        (DraftKind::Note, None, "invalid ticketId"),
        (DraftKind::Ticket, None, "ok"),
        (DraftKind::Note, Some(id), "ok"),
    ] {
        assert_eq!(outcome(&DraftPlace::new(kind, ticket)), expected, "{kind} {ticket:?}");
    }
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sending_a_message_removes_its_authors_draft_of_the_kind() {
    let mut w = World::new().await;
    let ticket = w.ticket("Printer").await.id;
    let (agent, lead) = (w.team.agent.clone(), w.team.lead.clone());
    let note = DraftPlace::On(ticket, MessageKind::Note);
    for actor in [&agent, &lead] {
        for place in [reply_on(ticket), note] {
            keep(&mut w.conn, actor, place, "half a sen", None).await.unwrap();
        }
    }
    let refused = messages::reply(&mut w.conn, &agent, message(ticket, " ")).await;
    assert_eq!(outcome(&refused), "invalid body");
    let conn = &mut w.conn;
    assert!(
        drafts::find(conn, &agent, reply_on(ticket)).await.unwrap().is_some(),
        "nothing was sent"
    );
    let mut sent = message(ticket, "half a sentence");
    sent.idempotency_key = Some("once".into());
    messages::reply(conn, &agent, sent.clone()).await.unwrap();
    assert_eq!(drafts::find(conn, &agent, reply_on(ticket)).await.unwrap(), None);
    for (actor, place) in [(&agent, note), (&lead, reply_on(ticket)), (&lead, note)] {
        assert!(drafts::find(conn, actor, place).await.unwrap().is_some(), "{place:?}");
    }
    // The answer was lost and the client sends again: what was begun since is another draft.
    let next = keep(conn, &agent, reply_on(ticket), "One more thing", Some(0)).await.unwrap();
    messages::reply(conn, &agent, sent).await.unwrap();
    assert_eq!(drafts::find(conn, &agent, reply_on(ticket)).await.unwrap(), Some(next));
    messages::note(conn, &lead, message(ticket, "noted")).await.unwrap();
    assert_eq!(drafts::find(conn, &lead, note).await.unwrap(), None);
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_written_at_the_console_removes_the_draft_of_one() {
    let mut w = World::new().await;
    let carl = w.team.customer.clone();
    let draft = DraftText { subject: "Prin".into(), ..text(DraftPlace::NewTicket, "", None) };
    let draft = drafts::save(&mut w.conn, &carl, draft).await.unwrap();
    assert_eq!((draft.ticket_id(), &*draft.subject), (None, "Prin"));
    let by = |channel| TicketDraft { channel, ..TicketDraft::new("Printer", "Help") };
    tickets::create(&mut w.conn, &carl, by(Channel::Api)).await.unwrap();
    assert_eq!(drafts::list(&mut w.conn, &carl).await.unwrap(), [draft]);
    tickets::create(&mut w.conn, &carl, by(Channel::Web)).await.unwrap();
    assert_eq!(drafts::list(&mut w.conn, &carl).await.unwrap(), []);
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_is_newest_first_without_tickets_that_are_out_of_sight() {
    let mut w = World::new().await;
    let (agent, admin) = (w.team.agent.clone(), w.team.admin.clone());
    let (one, two) = (w.ticket("One").await.id, w.ticket("Two").await.id);
    for place in [reply_on(one), reply_on(two), DraftPlace::NewTicket] {
        keep(&mut w.conn, &agent, place, "text", None).await.unwrap();
    }
    keep(&mut w.conn, &agent, reply_on(one), "changed", None).await.unwrap();
    let places = |all: Vec<Draft>| all.iter().map(Draft::ticket_id).collect::<Vec<_>>();
    let all = drafts::list(&mut w.conn, &agent).await.unwrap();
    assert_eq!(places(all), [Some(one), None, Some(two)]);
    tickets::delete(&mut w.conn, &admin, tickets::Edit::any_version(two), "spam").await.unwrap();
    let left = drafts::list(&mut w.conn, &agent).await.unwrap();
    assert_eq!(places(left), [Some(one), None]);
    let lost = keep(&mut w.conn, &agent, reply_on(two), "more", None).await;
    assert_eq!(outcome(&lost), "no ticket");
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_of_a_draft_is_swept_after_a_month() {
    let mut w = World::new().await;
    let (agent, ticket) = (w.team.agent.clone(), w.ticket("Printer").await.id);
    let note = DraftPlace::On(ticket, MessageKind::Note);
    keep(&mut w.conn, &agent, note, "kept", None).await.unwrap();
    keep(&mut w.conn, &agent, reply_on(ticket), "gone", None).await.unwrap();
    drafts::discard(&mut w.conn, &agent, reply_on(ticket), None).await.unwrap();
    assert_eq!(w.db.count("drafts WHERE body = 'gone'").await, 0);
    for (seconds, expected) in [(CLEARED_DRAFT_S - 60, 0), (CLEARED_DRAFT_S + 60, 1)] {
        let then = Timestamp::now().plus_seconds(seconds);
        let swept = housekeeping::sweep(&mut w.conn, then).await.unwrap();
        assert_eq!(swept.drafts, expected);
    }
    assert_eq!(w.db.count("drafts").await, 1);
    w.finish().await;
}
