use serde_json::{Value, json};

use super::queue::cursor;
use crate::support::{Frame, TestApp, codes, public};

const LIVE: &str = "subscription($id: ID!, $after: Cursor) { ticketUpdates(id: $id, after: $after) { \
    cursor resync ticket { subject } event { kind } message { body kind } suggestion { id } } }";

#[tokio::test(flavor = "multi_thread")]
async fn staff_follow_everything_that_happens_to_a_ticket() {
    let app = TestApp::start().await;
    let ada = app.as_(&app.team.agent).await;
    let id = public("ticket", app.ticket("Old").await.id);
    let mut socket = app.socket(&app.team.reader).await;
    socket.subscribe("1", LIVE, json!({ "id": id, "after": cursor(&app).await })).await;
    app.ticket("Another").await;
    for (name, input, kind, body) in [
        ("updateTicket", json!({ "id": id, "subject": "New" }), "TICKET_CHANGED", Value::Null),
        ("addReply", json!({ "ticketId": id, "body": "r" }), "MESSAGE_REPLIED", json!("r")),
        ("addNote", json!({ "ticketId": id, "body": "n" }), "MESSAGE_NOTED", json!("n")),
    ] {
        ada.change(name, input, "cursor").await;
        let item = socket.item().await;
        assert_eq!(
            (&item["event"]["kind"], &item["ticket"]["subject"]),
            (&json!(kind), &json!("New"))
        );
        assert_eq!((&item["message"]["body"], &item["resync"]), (&body, &json!(false)), "{name}");
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stream_ends_when_the_ticket_becomes_invisible() {
    let app = TestApp::start().await;
    let id = public("ticket", app.ticket("Old").await.id);
    let mut socket = app.socket(&app.team.agent).await;
    socket.subscribe("1", LIVE, json!({ "id": id, "after": cursor(&app).await })).await;
    let away = json!({ "id": id, "queueId": public("queue", app.team.other_queue) });
    app.as_(&app.team.admin).await.change("moveTicket", away, "cursor").await;
    assert_eq!(socket.next().await, Frame::Json(json!({ "id": "1", "type": "complete" })));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invisible_ticket_answers_as_a_missing_one() {
    let app = TestApp::start().await;
    let id = public("ticket", app.ticket("Old").await.id);
    let missing = public("ticket", uuid::Uuid::now_v7().simple());
    for (who, id, code) in [
        (&app.team.outsider, &id, "NOT_FOUND"),
        (&app.team.other_customer, &id, "NOT_FOUND"),
        (&app.team.admin, &missing, "NOT_FOUND"),
        (&app.team.admin, &"x".to_owned(), "BAD_USER_INPUT"),
    ] {
        let mut socket = app.socket(who).await;
        socket.subscribe("1", LIVE, json!({ "id": id })).await;
        assert_eq!(codes(&socket.payload().await), [code]);
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_cursor_is_answered_with_resync() {
    let app = TestApp::start().await;
    let id = public("ticket", app.ticket("Old").await.id);
    let mut socket = app.socket(&app.team.agent).await;
    socket.subscribe("1", LIVE, json!({ "id": id, "after": "00000000-999999" })).await;
    let item = socket.item().await;
    assert_eq!(
        (&item["resync"], &item["ticket"], &item["event"]),
        (&json!(true), &Value::Null, &Value::Null)
    );
    app.finish().await;
}
