//! Every change of an existing ticket: what all have in common as one table, then each one's own.

use serde_json::{Value, json};

use crate::support::{TestApp, codes, paths, public};

const FIELDS: &str = "errors { code message path changedBy { name } changedAt } cursor \
    ticket { id subject status priority priorityOrigin version solvedAt queue { name } \
    assignee { name } category { name } tags { name } }";

/// Mutation, its own input fields, and what the ticket shows afterwards.
async fn edits(app: &TestApp) -> Vec<(&'static str, Value, &'static str, Value)> {
    let category = deskwire_domain::testing::category(&mut *app.db.conn().await, "Cards").await;
    let agent = public("user", app.team.agent.user().unwrap());
    vec![
        ("updateTicket", json!({ "subject": "New" }), "/subject", json!("New")),
        ("changeTicketStatus", json!({ "status": "PENDING" }), "/status", json!("PENDING")),
        ("assignTicket", json!({ "assigneeId": agent }), "/assignee/name", json!("ada")),
        ("changeTicketPriority", json!({ "priority": "URGENT" }), "/priority", json!("URGENT")),
        (
            "changeTicketCategory",
            json!({ "categoryId": public("category", category) }),
            "/category/name",
            json!("Cards"),
        ),
        ("tagTicket", json!({ "add": ["vip"] }), "/tags/0/name", json!("vip")),
        (
            "moveTicket",
            json!({ "queueId": public("queue", app.team.other_queue) }),
            "/queue/name",
            json!("Legal"),
        ),
    ]
}

fn input(fields: &Value, id: &str, version: Option<u32>) -> Value {
    let mut input = fields.clone();
    input["id"] = json!(id);
    input["expectedVersion"] = json!(version);
    input
}

#[tokio::test(flavor = "multi_thread")]
async fn each_change_shows_in_the_ticket_and_the_log() {
    let app = TestApp::start().await;
    let ada = app.as_(&app.team.agent).await;
    let id = public("ticket", app.ticket("Old").await.id);
    for (version, (name, fields, pointer, value)) in (1..).zip(edits(&app).await) {
        let answer = ada.change(name, input(&fields, &id, Some(version)), FIELDS).await;
        assert_eq!(paths(&answer), [""; 0], "{name}");
        let payload = &answer["data"]["payload"];
        assert_eq!(payload["ticket"].pointer(pointer), Some(&value), "{name}");
        assert_eq!(payload["ticket"]["version"], version + 1, "{name}");
        let position = app.db.desk.settle().await.unwrap().to_string();
        assert_eq!(payload["cursor"], position, "{name}");
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_version_is_told_who_changed_the_ticket_and_when() {
    let app = TestApp::start().await;
    let (ada, lea) = (app.as_(&app.team.agent).await, app.as_(&app.team.lead).await);
    let id = public("ticket", app.ticket("Old").await.id);
    let subject = json!({ "id": id, "subject": "Changed by Lea" });
    lea.change("updateTicket", subject, FIELDS).await;
    let before = app.db.desk.settle().await.unwrap();
    for (name, fields, _, _) in edits(&app).await {
        let answer = ada.change(name, input(&fields, &id, Some(1)), FIELDS).await;
        assert_eq!(paths(&answer), ["CONFLICT expectedVersion"], "{name}");
        let payload = &answer["data"]["payload"];
        assert_eq!(payload["errors"][0]["changedBy"]["name"], "lea", "{name}");
        assert!(payload["errors"][0]["changedAt"].is_string(), "{name}");
        assert_eq!(payload["ticket"]["subject"], "Changed by Lea", "{name}");
        assert_eq!((&payload["ticket"]["version"], &payload["cursor"]), (&json!(2), &Value::Null));
    }
    let after = app.db.desk.settle().await.unwrap();
    // One event of the category that the table makes.
    assert_eq!(after.position, before.position + 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_change_a_ticket_changes_nothing() {
    let app = TestApp::start().await;
    let id = public("ticket", app.ticket("Old").await.id);
    let before = edits(&app).await;
    let log = app.db.desk.settle().await.unwrap();
    let team = &app.team;
    let not_found = ["NOT_FOUND id"];
    for (name, fields, _, _) in before {
        let send = async |client: crate::support::Client, id: &str| {
            client.change(name, input(&fields, id, None), FIELDS).await
        };
        assert_eq!(codes(&send(app.anybody(), &id).await), ["UNAUTHENTICATED"], "{name}");
        assert_eq!(codes(&send(app.as_(&team.reader).await, &id).await), ["FORBIDDEN"], "{name}");
        if name != "changeTicketStatus" {
            let carl = app.as_(&team.customer).await;
            assert_eq!(codes(&send(carl, &id).await), ["FORBIDDEN"], "{name}");
        }
        for invisible_to in [&team.outsider, &team.other_customer] {
            let answer = send(app.as_(invisible_to).await, &id).await;
            assert_eq!(paths(&answer), not_found, "{name}");
            assert!(answer["data"]["payload"]["ticket"].is_null(), "{name}");
        }
        let ada = app.as_(&team.agent).await;
        let missing = public("ticket", uuid::Uuid::now_v7().simple());
        assert_eq!(paths(&send(ada.clone(), &missing).await), not_found, "{name}");
        assert_eq!(paths(&send(ada, "ticket_7").await), ["INVALID id"], "{name}");
    }
    assert_eq!(app.db.desk.settle().await.unwrap(), log, "no event was written");
    assert_eq!(app.db.count("tickets WHERE version = 1 AND subject = 'Old'").await, 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_invalid_field_of_a_change_is_named() {
    let app = TestApp::start().await;
    let ada = app.as_(&app.team.agent).await;
    let id = public("ticket", app.ticket("Old").await.id);
    let unknown = uuid::Uuid::now_v7().simple().to_string();
    let customer = public("user", app.team.customer.user().unwrap());
    let many: Vec<String> = (0..31).map(|n| n.to_string()).collect();
    for (name, fields, wanted) in [
        ("updateTicket", json!({ "subject": "" }), "INVALID subject"),
        ("updateTicket", json!({ "subject": "x".repeat(256) }), "INVALID subject"),
        ("assignTicket", json!({ "assigneeId": "nobody" }), "INVALID assigneeId"),
        ("assignTicket", json!({ "assigneeId": public("user", &unknown) }), "INVALID assigneeId"),
        ("assignTicket", json!({ "assigneeId": customer }), "INVALID assigneeId"),
        ("moveTicket", json!({ "queueId": public("queue", &unknown) }), "INVALID queueId"),
        ("moveTicket", json!({ "queueId": id }), "INVALID queueId"),
        ("changeTicketCategory", json!({}), "INVALID categoryId"),
        ("changeTicketCategory", json!({ "categoryId": "" }), "INVALID categoryId"),
        (
            "changeTicketCategory",
            json!({ "categoryId": public("category", &unknown) }),
            "INVALID categoryId",
        ),
        ("tagTicket", json!({ "add": [" "] }), "INVALID tags"),
        ("tagTicket", json!({ "remove": ["x".repeat(61)] }), "INVALID tags"),
        ("tagTicket", json!({ "add": many }), "INVALID tags"),
    ] {
        let answer = ada.change(name, input(&fields, &id, None), FIELDS).await;
        assert_eq!(paths(&answer), [wanted], "{name} {fields}");
        assert_eq!(answer["data"]["payload"]["ticket"]["version"], 1, "shown as it is");
    }
    assert_eq!(app.db.count("tags").await, 0);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_ticket_stays_closed_and_customers_solve_and_reopen() {
    let app = TestApp::start().await;
    let id = public("ticket", app.ticket("Old").await.id);
    let (ada, carl) = (app.as_(&app.team.agent).await, app.as_(&app.team.customer).await);
    for (who, status, outcome) in [
        (&carl, "PENDING", Some("ILLEGAL_TRANSITION status")),
        (&carl, "SOLVED", None),
        (&carl, "OPEN", None),
        (&carl, "CLOSED", Some("ILLEGAL_TRANSITION status")),
        (&ada, "CLOSED", None),
        (&ada, "OPEN", Some("ILLEGAL_TRANSITION status")),
    ] {
        let input = json!({ "id": id, "status": status });
        let answer = who.change("changeTicketStatus", input, FIELDS).await;
        assert_eq!(paths(&answer), Vec::from_iter(outcome), "{status}");
        assert_eq!(answer["data"]["payload"]["ticket"]["status"] == status, outcome.is_none());
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn null_takes_off_assignee_category_and_the_last_tag() {
    let app = TestApp::start().await;
    let ada = app.as_(&app.team.agent).await;
    let id = public("ticket", app.ticket("Old").await.id);
    for (name, fields, _, _) in edits(&app).await.into_iter().take(6) {
        ada.change(name, input(&fields, &id, None), FIELDS).await;
    }
    for (name, fields, field, empty) in [
        ("assignTicket", json!({ "assigneeId": null }), "assignee", json!(null)),
        ("changeTicketCategory", json!({ "categoryId": null }), "category", json!(null)),
        ("tagTicket", json!({ "add": ["x"], "remove": ["VIP", "x"] }), "tags", json!([])),
    ] {
        let answer = ada.change(name, input(&fields, &id, None), FIELDS).await;
        assert_eq!(answer["data"]["payload"]["ticket"][field], empty, "{answer}");
    }
    assert_eq!(app.db.count("ticket_tags").await, 0);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_at_once_share_a_small_pool_and_all_get_their_cursor() {
    let app = TestApp::start().await;
    let config = deskwire_domain::DeskConfig { max_connections: 2, ..app.db.config.clone() };
    let desk = deskwire_domain::Desk::start(&config).unwrap();
    let address = crate::support::serve(desk, Default::default()).await;
    let ada = app.as_(&app.team.agent).await.at(address);
    let id = public("ticket", app.ticket("Old").await.id);
    let change = |n: u32| {
        let (ada, id) = (ada.clone(), id.clone());
        async move {
            let input = json!({ "id": id, "subject": format!("Number {n}") });
            ada.change("updateTicket", input, "cursor errors { code }").await
        }
    };
    for answer in futures::future::join_all((0..16).map(change)).await {
        assert!(answer["data"]["payload"]["cursor"].is_string(), "{answer}");
    }
    app.finish().await;
}
