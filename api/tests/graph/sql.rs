//! What a page costs the database: statements counted, plans explained.

use deskwire_domain::testing::Statements;
use diesel::QueryableByName;
use diesel::sql_types::{Nullable, Text};
use diesel_async::RunQueryDsl;
use serde_json::{Value, json};

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

#[derive(QueryableByName, Debug)]
#[diesel(check_for_backend(diesel::mysql::Mysql))]
struct Plan {
    #[diesel(sql_type = Nullable<Text>)]
    key: Option<String>,
    #[diesel(sql_type = Nullable<Text>, column_name = "Extra")]
    extra: Option<String>,
}

/// Four thousand tickets spread over queues, requesters and assignees.
async fn crowd(app: &TestApp) {
    app.ticket("Seed").await;
    app.sql("SET FOREIGN_KEY_CHECKS = 0").await;
    let doubled = "INSERT INTO tickets (id, subject, status, priority, priority_origin, queue_id, \
         requester_id, assignee_id, version, source, created_at, updated_at, deleted_at, merged_into_id) \
         SELECT UNHEX(REPLACE(UUID(), '-', '')), 'Many', ELT(1 + number % 4, 'open', 'pending', 'solved', \
         'closed'), ELT(1 + number % 3, 'low', 'normal', 'high'), 'default', \
         (SELECT id FROM queues ORDER BY (number + CRC32(queues.id)) % 2 LIMIT 1), \
         (SELECT id FROM users WHERE role = 'customer' ORDER BY (number + CRC32(users.id)) % 3, id LIMIT 1), \
         (SELECT id FROM users WHERE role = 'agent' ORDER BY (number + CRC32(users.id)) % 5, id LIMIT 1), \
         1, 'web', created_at + INTERVAL number SECOND, updated_at + INTERVAL 2 * number SECOND, \
         IF(number % 31 = 3, created_at, NULL), IF(number % 37 = 5, id, NULL) FROM tickets";
    for _ in 0..12 {
        app.sql(doubled).await;
    }
    app.sql("SET FOREIGN_KEY_CHECKS = 1; ANALYZE TABLE tickets").await;
    assert_eq!(app.db.count("tickets").await, 4096);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_order_of_a_ticket_list_is_read_from_an_index() {
    let watch = Statements::watch();
    let app = TestApp::start().await;
    crowd(&app).await;
    let team = &app.team;
    let uuid = |noun: &str| format!("UNHEX('{}')", noun.rsplit('_').next().unwrap());
    let queue = public("queue", team.queue);
    let agent = public("user", team.agent.user().unwrap());
    let customer = public("user", team.customer.user().unwrap());
    let orders = ["NEWEST", "OLDEST", "RECENTLY_UPDATED", "PRIORITY_THEN_AGE"];
    let mut lists: Vec<(&deskwire_domain::Actor, &str, Value, Vec<String>)> = Vec::new();
    for order in orders {
        lists.push((&team.admin, order, json!({}), vec![]));
        lists.push((&team.admin, order, json!({ "queueIds": [queue] }), vec![uuid(&queue)]));
        lists.push((&team.agent, order, json!({}), vec![uuid(&queue)]));
    }
    lists.push((&team.customer, "NEWEST", json!({}), vec![uuid(&customer)]));
    lists.push((&team.admin, "NEWEST", json!({ "requesterId": customer }), vec![uuid(&customer)]));
    lists.push((
        &team.admin,
        "RECENTLY_UPDATED",
        json!({ "assigneeId": agent }),
        vec![uuid(&agent)],
    ));
    let operation = "query($order: TicketOrder, $filter: TicketFilterInput) { tickets(first: 25, \
        order: $order, filter: $filter) { nodes { id } } }";
    let mut slow = Vec::new();
    for (who, order, filter, mut values) in lists {
        let client = app.as_(who).await;
        watch.take();
        client.data(operation, json!({ "order": order, "filter": filter })).await;
        let sent = watch.take();
        let list = sent.iter().find(|sql| sql.contains("FROM `tickets`")).expect("the list");
        values.push("26".into());
        let plan: Vec<Plan> =
            diesel::sql_query(explain(list, &values)).load(&mut app.db.conn().await).await.unwrap();
        let sorts = plan.iter().any(|p| p.extra.as_deref().unwrap_or("").contains("filesort"));
        if sorts || plan.iter().any(|p| p.key.is_none()) {
            slow.push(format!("{:?} {order} {filter}: {plan:?}", who.role));
        }
    }
    assert!(slow.is_empty(), "{slow:#?}");
    app.finish().await;
}

/// The statement with its bind values written into it.
fn explain(statement: &str, values: &[String]) -> String {
    let text = statement.split(" -- binds").next().expect("the statement");
    let mut parts = text.split('?');
    let mut sql = format!("EXPLAIN FORMAT=TRADITIONAL {}", parts.next().expect("a beginning"));
    for (n, part) in parts.enumerate() {
        sql += values.get(n).unwrap_or_else(|| panic!("more binds than {values:?}: {text}"));
        sql += part;
    }
    sql
}
