use deskwire_domain::suggestions::{Label, LabelKind, set_auto_apply};
use deskwire_domain::tickets::Priority;
use serde_json::{Value, json};

use crate::support::{Socket, TestApp, at, codes, public, suggestion};

pub const LIVE: &str = "subscription($filter: TicketFilterInput, $after: Cursor) { queueUpdates(filter: \
    $filter, after: $after) { kind cursor totalCount ticket { id subject status } \
    event { position kind } suggestion { label } } }";

pub async fn cursor(app: &TestApp) -> String {
    app.db.desk.settle().await.unwrap().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_enters_changes_in_and_leaves_the_list_with_its_count() {
    let app = TestApp::start().await;
    app.ticket("Earlier").await;
    let ada = app.as_(&app.team.agent).await;
    let after = cursor(&app).await;
    let mut socket = app.socket(&app.team.agent).await;
    let filter = json!({ "statuses": ["OPEN"], "queueIds": [public("queue", app.team.queue)] });
    socket.subscribe("1", LIVE, json!({ "filter": filter, "after": after })).await;

    let input = json!({ "subject": "New", "body": "b" });
    let made = ada.change("createTicket", input, "ticket { id } cursor").await;
    let id = at(&made, "/data/payload/ticket/id");
    let entered = socket.item().await;
    assert_eq!((&entered["kind"], &entered["totalCount"]), (&json!("ENTER"), &json!(2)));
    assert_eq!(
        entered["cursor"], made["data"]["payload"]["cursor"],
        "the answer's cursor is the stream's"
    );
    assert_eq!(entered["ticket"]["subject"], "New");

    let priority = json!({ "id": id, "priority": "HIGH" });
    let note = json!({ "ticketId": id, "body": "b" });
    for (name, input, kind) in [
        ("updateTicket", json!({ "id": id, "subject": "Newer" }), "TICKET_CHANGED"),
        ("claimTicket", json!({ "id": id }), "TICKET_CHANGED"),
        ("tagTicket", json!({ "id": id, "add": ["vip"] }), "TICKET_CHANGED"),
        ("changeTicketPriority", priority, "TICKET_CHANGED"),
        ("addReply", note.clone(), "MESSAGE_REPLIED"),
        ("addNote", note, "MESSAGE_NOTED"),
    ] {
        ada.change(name, input, "cursor").await;
        let item = socket.item().await;
        let found = (&item["kind"], &item["event"]["kind"], &item["totalCount"]);
        assert_eq!(found, (&json!("UPDATE"), &json!(kind), &json!(2)), "{name}");
    }
    for (name, input, kind, count) in [
        ("changeTicketStatus", json!({ "id": id, "status": "SOLVED" }), "LEAVE", 1),
        ("changeTicketStatus", json!({ "id": id, "status": "OPEN" }), "ENTER", 2),
        (
            "moveTicket",
            json!({ "id": id, "queueId": public("queue", app.team.other_queue) }),
            "LEAVE",
            1,
        ),
    ] {
        ada.change(name, input, "cursor").await;
        let item = socket.item().await;
        assert_eq!((&item["kind"], &item["totalCount"]), (&json!(kind), &json!(count)), "{name}");
        assert_eq!(item["ticket"].is_null(), kind == "LEAVE");
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suggestion_arrives_with_its_ticket() {
    let app = TestApp::start().await;
    let ticket = app.ticket("Card lost").await;
    let mut socket = app.socket(&app.team.reader).await;
    socket.subscribe("1", LIVE, json!({ "after": cursor(&app).await })).await;
    suggestion(&mut *app.db.conn().await, ticket.id, Label::Priority(Priority::High)).await;
    cursor(&app).await;
    let item = socket.item().await;
    assert_eq!(
        (&item["kind"], &item["event"]["kind"]),
        (&json!("UPDATE"), &json!("SUGGESTION_RECORDED"))
    );
    assert_eq!(item["suggestion"]["label"], "high");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_applied_label_is_one_update_in_every_live_queue() {
    let app = TestApp::start().await;
    let mut conn = app.db.conn().await;
    let (admin, kind) = (&app.team.admin, LabelKind::Priority);
    set_auto_apply(&mut conn, admin, app.team.queue, kind, Some(0.75)).await.unwrap();
    let ticket = app.ticket("Card lost").await;
    let after = cursor(&app).await;
    let mut sockets = [app.socket(&app.team.reader).await, app.socket(&app.team.customer).await];
    for socket in &mut sockets {
        socket.subscribe("1", LIVE, json!({ "after": after })).await;
    }
    suggestion(&mut conn, ticket.id, Label::Priority(Priority::High)).await;
    drop(conn);
    cursor(&app).await;
    let input = json!({ "id": public("ticket", ticket.id), "subject": "Afterwards" });
    app.as_(&app.team.agent).await.change("updateTicket", input, "cursor").await;
    for (socket, label) in sockets.iter_mut().zip([json!("high"), Value::Null]) {
        let item = socket.item().await;
        let found = (&item["kind"], &item["event"]["kind"], &item["totalCount"]);
        assert_eq!(found, (&json!("UPDATE"), &json!("TICKET_CHANGED"), &json!(1)));
        assert_eq!(item["suggestion"].get("label").unwrap_or(&Value::Null), &label, "{item}");
        assert_eq!(socket.item().await["ticket"]["subject"], "Afterwards");
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_resumes_without_gap_or_repetition_in_another_process() {
    let app = TestApp::start().await;
    let ada = app.as_(&app.team.agent).await;
    let other = app.another_process().await;
    let token = app.token(&app.team.agent, deskwire_domain::actor::Scope::ALL).await;
    let mut after = cursor(&app).await;
    let mut seen: Vec<u64> = Vec::new();
    for round in 0..3 {
        let at_other = round % 2 == 1;
        let mut socket = Socket::of_token(if at_other { other } else { app.address }, &token).await;
        socket.subscribe("1", LIVE, json!({ "after": after })).await;
        // Twice as many as are read: the rest is what the next socket starts with.
        for n in 0..4 {
            let input = json!({ "subject": format!("{round}-{n}"), "body": "b" });
            let writer = if n % 2 == 0 { ada.clone() } else { ada.clone().at(other) };
            writer.change("createTicket", input, "cursor").await;
        }
        for _ in 0..2 {
            let item = socket.item().await;
            seen.push(item["event"]["position"].as_u64().unwrap());
            after = at(&item, "/cursor").to_owned();
        }
    }
    let mut socket = Socket::of_token(app.address, &token).await;
    socket.subscribe("1", LIVE, json!({ "after": after })).await;
    for _ in 0..6 {
        seen.push(socket.item().await["event"]["position"].as_u64().unwrap());
    }
    let first = seen[0];
    assert_eq!(seen, (first..first + 12).collect::<Vec<_>>());
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_and_its_stream_fit_together() {
    let app = TestApp::start().await;
    let ada = app.as_(&app.team.agent).await;
    app.ticket("Listed").await;
    let list = ada.data("{ tickets { streamCursor nodes { subject } } }", json!({})).await;
    assert_eq!(list["tickets"]["nodes"], json!([{ "subject": "Listed" }]));
    app.ticket("Between").await;
    let mut socket = app.socket(&app.team.agent).await;
    socket.subscribe("1", LIVE, json!({ "after": list["tickets"]["streamCursor"] })).await;
    let mut subjects = Vec::new();
    cursor(&app).await;
    // The list was read before the first ticket's event had its number: it may come again.
    while subjects.last() != Some(&"Between".to_owned()) {
        subjects.push(at(&socket.item().await, "/ticket/subject").to_owned());
    }
    assert!(subjects.len() <= 2, "{subjects:?}");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_of_another_log_is_answered_with_resync() {
    let app = TestApp::start().await;
    let own = cursor(&app).await;
    let (log, position) = own.split_once('-').unwrap();
    let foreign = if log == "00000000" { "00000001" } else { "00000000" };
    for after in
        [format!("{foreign}-1"), format!("{log}-{}", position.parse::<u64>().unwrap() + 100)]
    {
        let mut socket = app.socket(&app.team.agent).await;
        socket.subscribe("1", LIVE, json!({ "after": after })).await;
        let item = socket.item().await;
        assert_eq!(
            (&item["kind"], &item["ticket"], &item["event"]),
            (&json!("RESYNC"), &Value::Null, &Value::Null)
        );
        app.ticket("After").await;
        cursor(&app).await;
        assert_eq!(socket.item().await["kind"], "ENTER", "and it goes on from there");
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_arguments_end_only_their_subscription() {
    let app = TestApp::start().await;
    let mut socket = app.socket(&app.team.agent).await;
    for (variables, code) in [
        (json!({ "after": "yesterday" }), "BAD_USER_INPUT"),
        (json!({ "after": "4f3a9c21-99999999999999999999999" }), "BAD_USER_INPUT"),
        (json!({ "filter": { "queueIds": ["x"] } }), "BAD_USER_INPUT"),
    ] {
        socket.subscribe("bad", LIVE, variables.clone()).await;
        let payload = socket.payload().await;
        assert_eq!(codes(&payload), [code], "{variables}: {payload}");
        let done = json!({ "id": "bad", "type": "complete" });
        assert_eq!(socket.next().await, crate::support::Frame::Json(done));
    }
    socket.subscribe("good", "{ viewer { user { name } } }", json!({})).await;
    assert_eq!(socket.item().await["user"]["name"], "ada");
    app.finish().await;
}
