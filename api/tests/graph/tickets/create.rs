use serde_json::{Value, json};

use crate::support::{TestApp, at, codes, paths, public};

const FIELDS: &str = "errors { code message path } cursor ticket { id number subject status \
    priority priorityOrigin version source externalId queue { id } requester { email } \
    assignee { name } category { name } tags { name } \
    messages { nodes { body bodyHtml kind channel author { name } } } }";

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_creates_a_complete_ticket_for_somebody_new() {
    let app = TestApp::start().await;
    let category = deskwire_domain::testing::category(&mut *app.db.conn().await, "Cards").await;
    let input = json!({
        "subject": " Card lost ", "body": "Please help", "bodyHtml": "<b>Help</b><script>x</script>",
        "requesterEmail": "new@example.org", "requesterName": "Nina", "priority": "HIGH",
        "queueId": public("queue", app.team.queue), "categoryId": public("category", category),
        "assigneeId": public("user", app.team.agent.user().unwrap()),
        "tags": ["VIP", "vip"], "externalId": "x-1",
    });
    let answer = app.as_(&app.team.agent).await.change("createTicket", input, FIELDS).await;

    let payload = &answer["data"]["payload"];
    assert_eq!(payload["errors"], json!([]), "{answer}");
    assert!(at(payload, "/cursor").contains('-'));
    let ticket = &payload["ticket"];
    for (field, value) in [
        ("subject", json!("Card lost")),
        ("status", json!("OPEN")),
        ("priority", json!("HIGH")),
        ("priorityOrigin", json!("PERSON")),
        ("version", json!(1)),
        ("source", json!("api")),
        ("externalId", json!("x-1")),
        ("requester", json!({ "email": "new@example.org" })),
        ("assignee", json!({ "name": "ada" })),
        ("category", json!({ "name": "Cards" })),
        ("tags", json!([{ "name": "vip" }])),
    ] {
        assert_eq!(ticket[field], value, "{field}");
    }
    let message = &ticket["messages"]["nodes"][0];
    assert_eq!(
        (&message["body"], &message["bodyHtml"]),
        (&json!("Please help"), &json!("<b>Help</b>"))
    );
    assert_eq!((&message["kind"], &message["channel"]), (&json!("REPLY"), &json!("API")));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_creates_a_plain_ticket_and_nothing_more() {
    let app = TestApp::start().await;
    let carl = app.session(&app.team.customer, 60).await;
    let answer = carl.change("createTicket", json!({ "subject": "s", "body": "b" }), FIELDS).await;
    let ticket = &answer["data"]["payload"]["ticket"];
    assert_eq!(ticket["messages"]["nodes"][0]["channel"], "WEB", "{answer}");
    assert_eq!((&ticket["queue"], &ticket["source"]), (&Value::Null, &Value::Null));

    for (field, value) in [
        ("requesterEmail", json!("x@example.org")),
        ("queueId", json!(public("queue", app.team.queue))),
        ("priority", json!("LOW")),
        ("assigneeId", json!(public("user", app.team.agent.user().unwrap()))),
        ("tags", json!(["vip"])),
        ("externalId", json!("x")),
    ] {
        let mut input = json!({ "subject": "s", "body": "b" });
        input[field] = value;
        let answer = carl.change("createTicket", input, FIELDS).await;
        assert_eq!(codes(&answer), ["FORBIDDEN"], "{field}: {answer}");
    }
    assert_eq!(app.db.count("tickets").await, 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_invalid_field_is_named_and_nothing_is_written() {
    let app = TestApp::start().await;
    let ada = app.as_(&app.team.agent).await;
    let retired = deskwire_domain::testing::category(&mut *app.db.conn().await, "Old").await;
    app.sql("UPDATE categories SET active = FALSE").await;
    let unknown = uuid::Uuid::now_v7().simple().to_string();
    let customer = public("user", app.team.customer.user().unwrap());
    for (field, value, wanted) in [
        ("subject", json!(" "), "subject"),
        ("subject", json!("x".repeat(256)), "subject"),
        ("subject", json!("a\nb"), "subject"),
        ("body", json!(" \n "), "body"),
        ("body", json!("x".repeat(256 * 1024 + 1)), "body"),
        ("bodyHtml", json!("x".repeat(256 * 1024 + 1)), "bodyHtml"),
        ("requesterId", json!("user_1"), "requesterId"),
        ("requesterId", json!(public("user", &unknown)), "requesterId"),
        ("requesterEmail", json!("nobody"), "requesterEmail"),
        ("queueId", json!(public("user", &unknown)), "queueId"),
        ("queueId", json!(public("queue", &unknown)), "queueId"),
        ("queueId", json!(public("queue", app.team.other_queue)), "queueId"),
        ("categoryId", json!("category_"), "categoryId"),
        ("categoryId", json!(public("category", &unknown)), "categoryId"),
        ("categoryId", json!(public("category", retired)), "categoryId"),
        ("assigneeId", json!(customer), "assigneeId"),
        ("assigneeId", json!(public("user", app.team.outsider.user().unwrap())), "assigneeId"),
        ("tags", json!([""]), "tags"),
        ("tags", json!(["x".repeat(61)]), "tags"),
        ("tags", json!((0..31).map(|n| n.to_string()).collect::<Vec<_>>()), "tags"),
        ("externalId", json!(""), "externalId"),
        ("idempotencyKey", json!(""), "idempotencyKey"),
        ("idempotencyKey", json!("x".repeat(101)), "idempotencyKey"),
    ] {
        let mut input = json!({ "subject": "s", "body": "b" });
        input[field] = value;
        let answer = ada.change("createTicket", input, FIELDS).await;
        assert_eq!(paths(&answer), [format!("INVALID {wanted}")], "{field}");
        let payload = &answer["data"]["payload"];
        assert!(payload["ticket"].is_null() && payload["cursor"].is_null(), "{payload}");
    }
    let all = json!({ "subject": "", "body": "", "externalId": "" });
    let answer = ada.change("createTicket", all, FIELDS).await;
    assert_eq!(paths(&answer), ["INVALID subject", "INVALID body", "INVALID externalId"]);
    let both =
        json!({ "subject": "s", "body": "b", "requesterId": customer, "requesterEmail": "a@b" });
    assert_eq!(paths(&ada.change("createTicket", both, FIELDS).await), ["INVALID requesterEmail"]);
    for table in ["tickets", "messages", "tags", "jobs", "idempotency_keys"] {
        assert_eq!(app.db.count(table).await, 0, "{table}");
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_request_creates_one_ticket() {
    let app = TestApp::start().await;
    let ada = app.as_(&app.team.agent).await;
    let input = json!({ "subject": "s", "body": "b", "idempotencyKey": "k-1" });
    let first = ada.change("createTicket", input.clone(), FIELDS).await;
    let again = ada.change("createTicket", input, FIELDS).await;
    let id = |answer: &Value| at(answer, "/data/payload/ticket/id").to_owned();
    assert_eq!(id(&first), id(&again));
    let other = json!({ "subject": "another", "body": "b", "idempotencyKey": "k-1" });
    let refused = ada.change("createTicket", other, FIELDS).await;
    assert_eq!(paths(&refused), ["IDEMPOTENCY_KEY_REUSED idempotencyKey"]);
    assert_eq!(app.db.count("tickets").await, 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_external_id_comes_in_once() {
    let app = TestApp::start().await;
    let ada = app.as_(&app.team.agent).await;
    let input = json!({ "subject": "s", "body": "b", "externalId": "x-1" });
    assert!(paths(&ada.change("createTicket", input.clone(), FIELDS).await).is_empty());
    let again = ada.change("createTicket", input, FIELDS).await;
    assert_eq!(paths(&again), ["ALREADY_EXISTS externalId"]);
    assert_eq!(app.db.count("tickets").await, 1);
    app.finish().await;
}
