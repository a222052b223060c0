use deskwire_domain::actor::Scope;
use deskwire_domain::messages::Channel;
use deskwire_domain::testing::{TestDatabase, team};
use deskwire_domain::tickets::{self, LabelOrigin, Priority, RequesterDraft, TicketDraft};
use deskwire_domain::{Actor, error::Error};

use crate::support::{World, outcome};

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_creates_a_ticket_with_message_event_and_job() {
    let db = TestDatabase::create().await;
    let mut conn = db.conn().await;
    let team = team(&mut conn).await;
    let before = db.desk.settle().await.unwrap().position;

    let draft = TicketDraft::new(" Card lost ", "Please help\r\n");
    let ticket = tickets::create(&mut conn, &team.customer, draft).await.unwrap();

    assert_eq!(ticket.subject, "Card lost");
    assert_eq!(ticket.queue_id, team.queue);
    assert_eq!(db.desk.settle().await.unwrap().position, before + 1);
    for (rows, from) in
        [(1, "tickets"), (1, "messages WHERE body_text = 'Please help'"), (1, "jobs")]
    {
        assert_eq!(db.count(from).await, rows, "{from}");
    }
    drop(conn);
    db.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_creates_for_somebody_with_every_field() {
    let mut w = World::new().await;
    let draft = TicketDraft {
        body_html: Some("<b>Hi</b><script>x</script>".into()),
        channel: Channel::Email,
        requester: RequesterDraft::Email { email: "New@example.org".into(), name: None },
        queue_id: Some(w.team.queue),
        priority: Some(Priority::Urgent),
        category_id: Some(w.category),
        assignee_id: w.team.reader.user_id,
        tags: vec!["VIP".into(), "vip".into(), "new".into()],
        external_id: Some("mail-1".into()),
        ..TicketDraft::new("Subject", "Body")
    };
    let ticket = tickets::create(&mut w.conn, &w.team.agent, draft.clone()).await.unwrap();

    let read = tickets::find_visible(&mut w.conn, &w.team.agent, ticket.id).await.unwrap();
    assert_eq!(read, ticket);
    assert_eq!((ticket.priority_origin, ticket.version), (LabelOrigin::Person, 1));
    assert_eq!((&*ticket.source, ticket.external_id.as_deref()), ("email", Some("mail-1")));
    let [event] = &w.events_of(ticket.id).await[..] else { panic!("one event") };
    let snapshot = event.payload.ticket.as_ref().unwrap();
    assert_eq!((&snapshot.ticket, snapshot.tag_ids.len()), (&ticket, 2));
    assert!(event.payload.changes.is_empty());
    for (rows, from) in [
        (1, "messages WHERE body_html = '<b>Hi</b>'"),
        (1, "users WHERE email = 'new@example.org' AND role = 'customer'"),
        (2, "ticket_tags"),
        // Both labels are there: nothing to suggest.
        (0, "jobs"),
    ] {
        assert_eq!(w.db.count(from).await, rows, "{from}");
    }
    let again = tickets::create(&mut w.conn, &w.team.agent, draft).await;
    assert_eq!(outcome(&again), "AlreadyExists");
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_bad_field_is_reported_at_once_and_nothing_is_written() {
    let mut w = World::new().await;
    let long = "x".repeat(300);
    let good = || TicketDraft::new("Subject", "Body");
    let unknown = deskwire_domain::ids::UserId::new();
    let cases = [
        (
            "body bodyHtml externalId idempotencyKey requesterEmail subject tags",
            TicketDraft {
                subject: long.clone(),
                body: " ".into(),
                body_html: Some("x".repeat(300_000)),
                requester: RequesterDraft::Email { email: "nobody".into(), name: None },
                tags: vec![long.clone()],
                external_id: Some(String::new()),
                idempotency_key: Some(long.clone()),
                ..good()
            },
        ),
        (
            "assigneeId categoryId requesterId",
            TicketDraft {
                requester: RequesterDraft::User(unknown),
                category_id: Some(deskwire_domain::ids::CategoryId::new()),
                assignee_id: w.team.customer.user_id,
                ..good()
            },
        ),
        ("queueId", TicketDraft { queue_id: Some(w.team.other_queue), ..good() }),
        ("subject", TicketDraft { subject: "two\nlines".into(), ..good() }),
        ("tags", TicketDraft { tags: (0..31).map(|n| n.to_string()).collect(), ..good() }),
        ("assigneeId", TicketDraft { assignee_id: w.team.outsider.user_id, ..good() }),
    ];
    for (fields, draft) in cases {
        let created = tickets::create(&mut w.conn, &w.team.agent, draft).await;
        assert_eq!(outcome(&created), format!("invalid {fields}"));
    }
    let by_desk = tickets::create(&mut w.conn, &Actor::system(), good()).await;
    assert_eq!(outcome(&by_desk), "invalid requesterId");
    for table in ["tickets", "messages", "jobs", "tags", "idempotency_keys"] {
        assert_eq!(w.db.count(table).await, 0, "{table}");
    }
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_create_where() {
    let mut w = World::new().await;
    let (queue, other) = (Some(w.team.queue), Some(w.team.other_queue));
    let plain = || TicketDraft::new("Subject", "Body");
    for (who, no_queue, own_queue, other_queue) in [
        ("owner", "ok", "forbidden", "forbidden"),
        ("agent", "ok", "ok", "invalid queueId"),
        ("reader", "forbidden", "forbidden", "invalid queueId"),
        ("outsider", "forbidden", "invalid queueId", "invalid queueId"),
        ("lead", "ok", "ok", "invalid queueId"),
        ("admin", "ok", "ok", "ok"),
    ] {
        let actor = w.actors().into_iter().find(|(name, _)| *name == who).unwrap().1;
        for (queue_id, expected) in [(None, no_queue), (queue, own_queue), (other, other_queue)] {
            let draft = TicketDraft { queue_id, ..plain() };
            let created = tickets::create(&mut w.conn, &actor, draft).await;
            assert_eq!(outcome(&created), expected, "{who} {queue_id:?}");
        }
    }
    let customer = w.team.customer.clone();
    for draft in [
        TicketDraft { priority: Some(Priority::High), ..plain() },
        TicketDraft { tags: vec!["vip".into()], ..plain() },
        TicketDraft { requester: RequesterDraft::User(customer.user().unwrap()), ..plain() },
    ] {
        assert_eq!(outcome(&tickets::create(&mut w.conn, &customer, draft).await), "forbidden");
    }
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_request_creates_one_ticket_also_when_both_come_at_once() {
    let mut w = World::new().await;
    let keyed = |subject: &str, key: &str| TicketDraft {
        idempotency_key: Some(key.into()),
        ..TicketDraft::new(subject, "Body")
    };
    let agent = w.team.agent.clone();
    let first = tickets::create(&mut w.conn, &agent, keyed("One", "k1")).await.unwrap();
    let again = tickets::create(&mut w.conn, &agent, keyed("One", "k1")).await.unwrap();
    assert_eq!(first, again);
    let other = tickets::create(&mut w.conn, &agent, keyed("Two", "k1")).await;
    assert_eq!(outcome(&other), "IdempotencyKeyReused");
    // Keys belong to a user; somebody else's same key is another request.
    tickets::create(&mut w.conn, &w.team.customer, keyed("Two", "k1")).await.unwrap();
    // A token that may only write gets its answer again, too.
    let token = Actor { scopes: Some(vec![Scope::TicketsWrite]), ..agent.clone() };
    let again = tickets::create(&mut w.conn, &token, keyed("One", "k1")).await.unwrap();
    assert_eq!(first, again);
    // A refused request leaves its key free.
    let refused = TicketDraft { queue_id: Some(w.team.other_queue), ..keyed("Three", "k2") };
    assert!(matches!(tickets::create(&mut w.conn, &agent, refused).await, Err(Error::Invalid(_))));
    let at_once = (0..6).map(|_| {
        let (desk, agent) = (w.db.desk.clone(), agent.clone());
        let draft = keyed("Three", "k2");
        tokio::spawn(async move {
            tickets::create(&mut desk.conn().await.unwrap(), &agent, draft).await.unwrap().id
        })
    });
    let ids = futures::future::join_all(at_once.collect::<Vec<_>>()).await;
    let first = *ids[0].as_ref().unwrap();
    assert!(ids.iter().all(|id| *id.as_ref().unwrap() == first), "{ids:?}");
    assert_eq!(w.db.count("tickets").await, 3);
    w.finish().await;
}
