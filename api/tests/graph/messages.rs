use serde_json::{Value, json};

use crate::support::{TestApp, at, codes, paths, public};

const FIELDS: &str = "errors { code message path } cursor \
    message { id body bodyHtml kind channel createdAt author { name } ticket { number } } \
    ticket { status version messages { nodes { body } } }";

#[tokio::test(flavor = "multi_thread")]
async fn replies_and_notes_reach_whom_they_are_for() {
    let app = TestApp::start().await;
    let (ada, carl) = (app.as_(&app.team.agent).await, app.as_(&app.team.customer).await);
    let id = public("ticket", app.ticket("Old").await.id);
    let reply =
        json!({ "ticketId": id, "body": "Done", "bodyHtml": "<i>Done</i>", "status": "SOLVED" });
    let answer = ada.change("addReply", reply, FIELDS).await;
    let payload = &answer["data"]["payload"];
    assert_eq!(payload["errors"], json!([]), "{answer}");
    assert_eq!(payload["message"]["author"]["name"], "ada");
    assert_eq!(payload["message"]["bodyHtml"], "<i>Done</i>");
    assert_eq!(
        (&payload["ticket"]["status"], &payload["ticket"]["version"]),
        (&json!("SOLVED"), &json!(2))
    );
    assert!(payload["cursor"].is_string());

    let note = json!({ "ticketId": id, "body": "Careful" });
    let answer = ada.change("addNote", note, FIELDS).await;
    let payload = &answer["data"]["payload"];
    assert_eq!(
        (&payload["message"]["kind"], &payload["ticket"]["version"]),
        (&json!("NOTE"), &json!(2))
    );
    assert_eq!(payload["ticket"]["messages"]["nodes"].as_array().unwrap().len(), 3);

    let thanks = json!({ "ticketId": id, "body": "Not yet" });
    let answer = carl.change("addReply", thanks, FIELDS).await;
    let ticket = &answer["data"]["payload"]["ticket"];
    assert_eq!(ticket["status"], "OPEN", "a customer's reply reopens");
    assert!(!ticket.to_string().contains("Careful"), "{ticket}");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_is_read_in_pages_from_either_end() {
    let app = TestApp::start().await;
    let ada = app.as_(&app.team.agent).await;
    let id = public("ticket", app.ticket("0").await.id);
    for body in ["1", "2"] {
        ada.change("addReply", json!({ "ticketId": id, "body": body }), "cursor").await;
    }
    let operation = "query($id: ID!, $order: MessageOrder, $after: String) { node(id: $id) { ... on \
        Ticket { messages(first: 2, order: $order, after: $after) { pageInfo { endCursor hasNextPage } \
        nodes { body } } } } }";
    for (order, wanted) in
        [("OLDEST", ["0, please help.", "1", "2"]), ("NEWEST", ["2", "1", "0, please help."])]
    {
        let page = async |after: Value| {
            let found =
                ada.data(operation, json!({ "id": id, "order": order, "after": after })).await;
            found["node"]["messages"].clone()
        };
        let first = page(Value::Null).await;
        let second = page(first["pageInfo"]["endCursor"].clone()).await;
        let bodies =
            [&first["nodes"][0], &first["nodes"][1], &second["nodes"][0]].map(|m| at(m, "/body"));
        assert_eq!(bodies, wanted);
        assert_eq!(second["pageInfo"]["hasNextPage"], false);
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_cannot_be_added_is_refused_and_not_written() {
    let app = TestApp::start().await;
    let team = &app.team;
    let ada = app.as_(&team.agent).await;
    let id = public("ticket", app.ticket("Old").await.id);
    for name in ["addReply", "addNote"] {
        for (field, value, wanted) in [
            ("ticketId", json!("7"), "INVALID ticketId"),
            (
                "ticketId",
                json!(public("ticket", uuid::Uuid::now_v7().simple())),
                "NOT_FOUND ticketId",
            ),
            ("body", json!(" "), "INVALID body"),
            ("body", json!("x".repeat(256 * 1024 + 1)), "INVALID body"),
            ("bodyHtml", json!("x".repeat(256 * 1024 + 1)), "INVALID bodyHtml"),
            ("idempotencyKey", json!(""), "INVALID idempotencyKey"),
        ] {
            let mut input = json!({ "ticketId": id, "body": "b" });
            input[field] = value;
            assert_eq!(paths(&ada.change(name, input, FIELDS).await), [wanted], "{name} {field}");
        }
        let input = json!({ "ticketId": id, "body": "b" });
        assert_eq!(
            codes(&app.anybody().change(name, input.clone(), FIELDS).await),
            ["UNAUTHENTICATED"]
        );
        let rita = app.as_(&team.reader).await;
        assert_eq!(codes(&rita.change(name, input.clone(), FIELDS).await), ["FORBIDDEN"], "{name}");
        for invisible_to in [&team.outsider, &team.other_customer] {
            let client = app.as_(invisible_to).await;
            let answer = client.change(name, input.clone(), FIELDS).await;
            assert_eq!(paths(&answer), ["NOT_FOUND ticketId"], "{name}");
            assert!(answer["data"]["payload"]["ticket"].is_null());
        }
    }
    let carl = app.as_(&team.customer).await;
    let note = json!({ "ticketId": id, "body": "b" });
    assert_eq!(codes(&carl.change("addNote", note.clone(), FIELDS).await), ["FORBIDDEN"]);
    ada.change("changeTicketStatus", json!({ "id": id, "status": "CLOSED" }), "cursor").await;
    let late = ada.change("addReply", note, FIELDS).await;
    assert_eq!(paths(&late), ["ILLEGAL_TRANSITION ticketId"]);
    assert_eq!(late["data"]["payload"]["ticket"]["status"], "CLOSED");
    assert_eq!(app.db.count("messages").await, 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_message_is_added_once() {
    let app = TestApp::start().await;
    let ada = app.as_(&app.team.agent).await;
    let id = public("ticket", app.ticket("Old").await.id);
    for name in ["addReply", "addNote"] {
        let input = json!({ "ticketId": id, "body": "b", "idempotencyKey": name });
        let first = ada.change(name, input.clone(), FIELDS).await;
        let again = ada.change(name, input, FIELDS).await;
        let message = "/data/payload/message/id";
        assert_eq!(at(&first, message), at(&again, message));
        let other = json!({ "ticketId": id, "body": "c", "idempotencyKey": name });
        let refused = ada.change(name, other, FIELDS).await;
        assert_eq!(paths(&refused), ["IDEMPOTENCY_KEY_REUSED idempotencyKey"]);
    }
    assert_eq!(app.db.count("messages").await, 3);
    app.finish().await;
}
