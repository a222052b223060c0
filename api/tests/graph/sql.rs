//! What a page costs the database: statements counted. Rows are counted in `domain/tests/tickets/pages.rs`.

use deskwire_domain::testing::Statements;
use serde_json::json;

use crate::support::{Client, TestApp, public};

const QUEUE_PAGE: &str = "query($id: ID!) { queue(id: $id) { tickets(first: 25, filter: { statuses: \
    [OPEN, PENDING] }) { totalCount nodes { id number subject requester { name } assignee { name } \
    tags { name } } } } }";
const TICKET_PAGE: &str = "query($id: ID!) { node(id: $id) { ... on Ticket { subject queue { name } \
    category { name } requester { name } assignee { name } tags { name } suggestions { label } \
    messages(first: 50) { nodes { body author { name } } } } } }";

/// The statements an operation sends, without those that may have to find out who is asking and the
/// log's own reader and heartbeat, which run beside it.
async fn statements(watch: &Statements, client: &Client, operation: &str, id: &str) -> Vec<String> {
    watch.take();
    client.data(operation, json!({ "id": id })).await;
    let mut sent = watch.take();
    // The pool prepares new connections, and asks others whether they live before it lends them out.
    sent.retain(|sql| !sql.starts_with("SET SESSION") && !sql.starts_with("DO 1"));
    sent.retain(|sql| {
        !["BEGIN", "COMMIT"].contains(&sql.split([';', ' ']).next().unwrap_or_default())
    });
    sent.retain(|sql| !sql.contains("`events`") && !sql.contains("`event_sequence`"));
    let is_lookup = sent[..].first().is_some_and(|sql| sql.contains("`api_tokens`"));
    if is_lookup {
        let known: Vec<String> = sent.drain(..3).collect();
        assert!(known[2].contains("`queue_members`"), "{known:?}");
    }
    sent
}

async fn fill(app: &TestApp, count: usize) {
    let ada = app.as_(&app.team.agent).await;
    for n in 0..count {
        let input = json!({
            "subject": format!("Number {n}"), "body": "b", "tags": [format!("tag{}", n % 7)],
            "requesterEmail": format!("r{}@example.org", n % 9),
            "assigneeId": public("user", app.team.agent.user().unwrap()),
        });
        ada.change("createTicket", input, "errors { code }").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_page_takes_five_statements_for_any_number_of_rows() {
    let watch = Statements::watch();
    let app = TestApp::start().await;
    let ada = app.as_(&app.team.agent).await;
    for more in [5, 20] {
        fill(&app, more).await;
        let sent = statements(&watch, &ada, QUEUE_PAGE, &public("queue", app.team.queue)).await;
        assert_eq!(sent.len(), 5, "{sent:#?}");
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn totals_of_lists_and_queues_are_read_and_not_counted() {
    let watch = Statements::watch();
    let app = TestApp::start().await;
    fill(&app, 3).await;
    for n in 0..8 {
        deskwire_domain::testing::queue(&mut *app.db.conn().await, &format!("Queue {n}")).await;
    }
    let adam = app.as_(&app.team.admin).await;
    let sidebar = "{ queues { name open: ticketCount(statuses: [OPEN]) all: ticketCount \
        unassigned: ticketCount(unassigned: true) } }";
    let sent = statements(&watch, &adam, sidebar, "").await;
    assert_eq!(sent.len(), 2, "{sent:#?}");
    for filter in [
        "",
        "(filter: { statuses: [OPEN, PENDING] })",
        "(filter: { priorities: [NORMAL], unassigned: true })",
    ] {
        let total = format!("{{ tickets{filter} {{ totalCount }} }}");
        let sent = statements(&watch, &adam, &total, "").await;
        assert!(sent.iter().all(|sql| !sql.contains("COUNT(*)")), "{sent:#?}");
        assert!(sent.iter().any(|sql| sql.contains("`ticket_counts`")), "{sent:#?}");
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_page_takes_as_many_statements_for_two_messages_as_for_twenty() {
    let watch = Statements::watch();
    let app = TestApp::start().await;
    let (ada, lea) = (app.as_(&app.team.agent).await, app.as_(&app.team.lead).await);
    let id = public("ticket", app.ticket("Old").await.id);
    for more in [1, 9] {
        for n in 0..more {
            for author in [&ada, &lea] {
                let input = json!({ "ticketId": id, "body": format!("{n}") });
                author.change("addReply", input, "errors { code }").await;
            }
        }
        let sent = statements(&watch, &ada, TICKET_PAGE, &id).await;
        // Ticket, queue, tags, suggestions, messages, users of the ticket, authors.
        assert!(sent.len() <= 7, "{sent:#?}");
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_and_organisations_are_lists_of_two_statements() {
    let watch = Statements::watch();
    let app = TestApp::start().await;
    let adam = app.as_(&app.team.admin).await;
    for n in 0..12 {
        let made = adam
            .change(
                "createOrganisation",
                json!({ "name": format!("Org {n}") }),
                "organisation { id }",
            )
            .await;
        let id = &made["data"]["payload"]["organisation"]["id"];
        let user = json!({ "email": format!("o{n}@example.org"), "name": format!("o{n}"), "role": "CUSTOMER", "organisationId": id });
        adam.change("createUser", user, "errors { code }").await;
    }
    let users = "{ users(first: 100) { nodes { name email organisation { name } } } }";
    let sent = statements(&watch, &adam, users, "").await;
    assert_eq!(sent.len(), 2, "{sent:#?}");
    let organisations = "{ organisations(first: 100) { nodes { name } } }";
    let sent = statements(&watch, &adam, organisations, "").await;
    assert_eq!(sent.len(), 1, "{sent:#?}");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn creating_a_ticket_takes_six_statements_and_its_place_in_the_log_three() {
    let watch = Statements::watch();
    let app = TestApp::start().await;
    let ada = app.as_(&app.team.agent).await;
    let input = json!({
        "subject": "S", "body": "B", "queueId": public("queue", app.team.queue),
        "requesterId": public("user", app.team.customer.user().unwrap()), "idempotencyKey": "k",
    });
    app.db.desk.settle().await.unwrap();
    watch.take();
    let made = ada.change("createTicket", input, "ticket { number } errors { code }").await;
    assert!(made["data"]["payload"]["ticket"]["number"].is_u64(), "{made}");
    let sent = watch.take();
    // Begins and ends of transactions, the sequencer's lock and look at the log, and who asks are left
    // out: the heartbeat and the log's reader send the same beside it.
    let begin = sent.iter().position(|sql| sql == "BEGIN").unwrap();
    let words =
        |sql: &String| sql.replace('`', "").split(' ').take(3).collect::<Vec<_>>().join(" ");
    let sent: Vec<String> = sent[begin..]
        .iter()
        .filter(|sql| !sql.contains(".`position`") && !sql.contains("`beat_at`"))
        .map(words)
        .filter(|sql| !["BEGIN", "COMMIT", "SELECT ? --"].contains(&sql.as_str()))
        .filter(|sql| !sql.starts_with("SET SESSION"))
        .collect();
    assert_eq!(
        sent,
        [
            "INSERT INTO idempotency_keys",
            "INSERT INTO tickets",
            "SELECT last_insert_id() --",
            "INSERT INTO messages",
            "INSERT INTO events",
            "INSERT INTO jobs",
            "UPDATE events SET",
            "INSERT INTO ticket_counts",
            "UPDATE event_sequence SET",
        ]
    );
    app.finish().await;
}
