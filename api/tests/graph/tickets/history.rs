use serde_json::{Value, json};

use crate::support::{TestApp, at, public};

const HISTORY: &str = "{ ticket(number: 1) { version history { kind ticketVersion changes { field from to \
    fromName toName } } } }";

/// The last event's only change.
fn last(found: &Value) -> Value {
    let history = found["ticket"]["history"].as_array().unwrap();
    history.last().unwrap()["changes"][0].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_name_people_queues_categories_and_tags() {
    let app = TestApp::start().await;
    let id = public("ticket", app.ticket("Printer").await.id);
    let adam = app.as_(&app.team.admin).await;
    let category = adam.change("createCategory", json!({ "name": "Billing" }), "category { id }");
    let category = category.await;
    let category = at(&category, "/data/payload/category/id");
    let agent = public("user", app.team.agent.user().unwrap());
    let queue = public("queue", app.team.other_queue);
    for (name, input, field, from, to) in [
        ("assignTicket", json!({ "assigneeId": agent }), "assignee", json!(null), json!("ada")),
        (
            "changeTicketCategory",
            json!({ "categoryId": category }),
            "category",
            json!(null),
            json!("Billing"),
        ),
        ("tagTicket", json!({ "add": ["vip"] }), "tags", json!(null), json!("vip")),
        ("tagTicket", json!({ "add": ["b2b"] }), "tags", json!("vip"), json!("vip, b2b")),
        (
            "updateTicket",
            json!({ "subject": "Toner" }),
            "subject",
            json!("Printer"),
            json!("Toner"),
        ),
        (
            "changeTicketStatus",
            json!({ "status": "SOLVED" }),
            "status",
            json!("open"),
            json!("solved"),
        ),
        ("assignTicket", json!({ "assigneeId": null }), "assignee", json!("ada"), json!(null)),
        ("moveTicket", json!({ "queueId": queue }), "queue", json!("Support"), json!("Legal")),
    ] {
        let mut input = input;
        input["id"] = json!(id);
        let done = adam.change(name, input, "errors { code message }").await;
        assert_eq!(done["data"]["payload"]["errors"], json!([]), "{name}");
        let found = adam.data(HISTORY, json!({})).await;
        let change = last(&found);
        assert_eq!((&change["field"], &change["fromName"]), (&json!(field), &from), "{name}");
        assert_eq!(change["toName"], to, "{name}");
        let history = found["ticket"]["history"].as_array().unwrap();
        assert_eq!(history.last().unwrap()["ticketVersion"], found["ticket"]["version"]);
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn queues_that_the_caller_does_not_see_have_no_name() {
    let app = TestApp::start().await;
    let id = public("ticket", app.ticket("Printer").await.id);
    let (adam, ada) = (app.as_(&app.team.admin).await, app.as_(&app.team.agent).await);
    for queue in [app.team.other_queue, app.team.queue] {
        let moved = json!({ "id": id, "queueId": public("queue", queue) });
        adam.change("moveTicket", moved, "errors { code }").await;
    }
    let change = last(&ada.data(HISTORY, json!({})).await);
    assert_eq!((&change["fromName"], &change["toName"]), (&Value::Null, &json!("Support")));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn history_is_read_from_either_end() {
    let app = TestApp::start().await;
    let id = public("ticket", app.ticket("0").await.id);
    let ada = app.as_(&app.team.agent).await;
    for n in 1..=5 {
        let input = json!({ "id": id, "subject": n.to_string() });
        ada.change("updateTicket", input, "errors { code }").await;
    }
    let note = json!({ "ticketId": id, "body": "n" });
    ada.change("addNote", note, "errors { code }").await;
    let query = "query($first: Int, $after: Int, $newest: Boolean!, $before: Int) { ticket(number: 1) { \
        history(first: $first, afterPosition: $after, newestFirst: $newest, beforePosition: $before) { \
        position kind ticketVersion } } }";
    let read =
        async |variables: Value| ada.data(query, variables).await["ticket"]["history"].take();
    let all = read(json!({ "newest": false })).await.as_array().unwrap().clone();
    assert_eq!(all.len(), 7);
    let mut back: Vec<Value> = Vec::new();
    loop {
        let before = back.last().map(|event| event["position"].clone());
        let page = read(json!({ "first": 3, "newest": true, "before": before })).await;
        if page == json!([]) {
            break;
        }
        back.extend(page.as_array().unwrap().clone());
    }
    back.reverse();
    assert_eq!(back, all);
    let carl = app.as_(&app.team.customer).await;
    let latest = carl.data(query, json!({ "first": 1, "newest": true })).await;
    assert_eq!(latest["ticket"]["history"][0]["kind"], "TICKET_CHANGED", "not the note");
    for (variables, path) in [
        (json!({ "newest": true, "after": 1 }), "afterPosition"),
        (json!({ "newest": false, "before": 1 }), "beforePosition"),
    ] {
        let answer = ada.run(query, variables).await;
        assert_eq!(answer["errors"][0]["extensions"]["path"], path);
    }
    app.finish().await;
}
