use serde_json::{Value, json};

use crate::support::{TestApp, at, codes, paths, public};

const FIELDS: &str = "errors { code message path changedBy { name } } cursor \
    ticket { id version deletedAt updatedAt }";
const PATHS: [&str; 5] = [
    "{ node(id: $ticket) { id } }",
    "{ ticket(number: 1) { id } }",
    "{ tickets { totalCount nodes { id } } }",
    "{ searchTickets(query: \"Printer\") { nodes { id } } }",
    "{ node(id: $message) { id } }",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_ticket_is_gone_until_an_admin_brings_it_back() {
    let app = TestApp::start().await;
    let (lea, adam) = (app.as_(&app.team.lead).await, app.as_(&app.team.admin).await);
    let (ada, carl) = (app.as_(&app.team.agent).await, app.as_(&app.team.customer).await);
    let id = public("ticket", app.ticket("Printer").await.id);
    let reply = json!({ "ticketId": id, "body": "Printer" });
    let reply = ada.change("addReply", reply, "message { id }").await;
    let message = at(&reply, "/data/payload/message/id").to_owned();
    let seen = |operation: &str| {
        let filled = operation.replace("$ticket", &format!("{id:?}"));
        filled.replace("$message", &format!("{message:?}"))
    };

    let input = json!({ "id": id, "expectedVersion": 2, "reason": "Sent twice" });
    let answer = lea.change("deleteTicket", input.clone(), FIELDS).await;
    assert_eq!(paths(&answer), [""; 0]);
    let payload = &answer["data"]["payload"];
    assert_eq!((&payload["ticket"]["id"], &payload["ticket"]["version"]), (&json!(id), &json!(3)));
    assert_eq!(payload["ticket"]["deletedAt"], payload["ticket"]["updatedAt"]);
    assert_eq!(payload["cursor"], app.db.desk.settle().await.unwrap().to_string());
    let again = lea.change("deleteTicket", input, FIELDS).await;
    assert_eq!(paths(&again), ["NOT_FOUND id"]);
    assert!(again["data"]["payload"]["ticket"].is_null());

    for client in [&lea, &adam, &ada, &carl] {
        for operation in PATHS {
            let found = client.data(&seen(operation), json!({})).await;
            let field = found.as_object().unwrap().values().next().unwrap();
            let rows = field.get("nodes").unwrap_or(field);
            assert!(rows.is_null() || *rows == json!([]), "{operation}: {found}");
            assert!(field["totalCount"].is_null() || field["totalCount"] == 0, "{found}");
        }
    }
    let list = "{ deletedTickets { pageInfo { hasNextPage } nodes { id subject deletedAt \
        messages { nodes { body } } history { kind reason actor { name } changes { field } } } } }";
    let found = adam.data(list, json!({})).await;
    let row = &found["deletedTickets"]["nodes"][0];
    assert_eq!((&row["id"], &row["subject"]), (&json!(id), &json!("Printer")));
    assert_eq!(row["messages"]["nodes"], json!([]), "what was said stays out of sight");
    let last = row["history"].as_array().unwrap().last().unwrap();
    let expected = json!({ "kind": "TICKET_DELETED", "reason": "Sent twice",
        "actor": { "name": "lea" }, "changes": [] });
    assert_eq!(*last, expected);

    let answer = adam.change("restoreTicket", json!({ "id": id }), FIELDS).await;
    assert_eq!(paths(&answer), [""; 0]);
    assert!(answer["data"]["payload"]["ticket"]["deletedAt"].is_null());
    for client in [&lea, &adam, &ada, &carl] {
        for operation in PATHS {
            let found = client.data(&seen(operation), json!({})).await;
            assert!(found.to_string().contains("_0"), "{operation}: {found}");
        }
    }
    // Customers learn that it was away and by whom, not why.
    let history = "{ ticket(number: 1) { history { kind reason } } }";
    let log = carl.data(history, json!({})).await;
    let log = log["ticket"]["history"].as_array().unwrap();
    assert_eq!(log[2], json!({ "kind": "TICKET_DELETED", "reason": null }));
    assert_eq!(log[3], json!({ "kind": "TICKET_RESTORED", "reason": null }));
    let found = adam.data(list, json!({})).await;
    assert_eq!(found["deletedTickets"]["nodes"], json!([]));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_delete_or_says_it_wrong_changes_nothing() {
    let app = TestApp::start().await;
    let team = &app.team;
    let id = public("ticket", app.ticket("Printer").await.id);
    let input = |version: Option<u32>, reason: &str| json!({ "id": id, "expectedVersion": version, "reason": reason });
    let lea = app.as_(&team.lead).await;
    for (input, expected) in [
        (input(Some(1), " "), "INVALID reason"),
        (input(Some(1), &"x".repeat(501)), "INVALID reason"),
        (input(Some(9), "spam"), "CONFLICT expectedVersion"),
        (json!({ "id": "ticket_7", "reason": "spam" }), "INVALID id"),
        (
            json!({ "id": public("ticket", uuid::Uuid::now_v7().simple()), "reason": "spam" }),
            "NOT_FOUND id",
        ),
    ] {
        assert_eq!(paths(&lea.change("deleteTicket", input, FIELDS).await), [expected]);
    }
    for forbidden in [&team.agent, &team.reader, &team.customer] {
        let client = app.as_(forbidden).await;
        let answer = client.change("deleteTicket", input(None, "spam"), FIELDS).await;
        assert_eq!(codes(&answer), ["FORBIDDEN"]);
    }
    for invisible_to in [&team.outsider, &team.other_customer] {
        let client = app.as_(invisible_to).await;
        let answer = client.change("deleteTicket", input(None, "spam"), FIELDS).await;
        assert_eq!(paths(&answer), ["NOT_FOUND id"]);
    }
    let anybody = app.anybody();
    for (name, input) in
        [("deleteTicket", input(None, "spam")), ("restoreTicket", json!({ "id": id }))]
    {
        assert_eq!(codes(&anybody.change(name, input, FIELDS).await), ["UNAUTHENTICATED"]);
    }
    let adam = app.as_(&team.admin).await;
    for (input, expected) in [
        (json!({ "id": "7" }), "INVALID id"),
        (json!({ "id": public("ticket", uuid::Uuid::now_v7().simple()) }), "NOT_FOUND id"),
    ] {
        assert_eq!(paths(&adam.change("restoreTicket", input, FIELDS).await), [expected]);
    }
    // What was not deleted stays as it is.
    let answer = adam.change("restoreTicket", json!({ "id": id }), FIELDS).await;
    assert_eq!(answer["data"]["payload"]["ticket"]["version"], 1);
    let scope = [deskwire_domain::actor::Scope::TicketsRead];
    let reader = app.scoped(&team.admin, &scope).await;
    let answer = reader.change("deleteTicket", input(None, "spam"), FIELDS).await;
    assert_eq!(codes(&answer), ["FORBIDDEN"]);
    let written = "events WHERE kind IN ('ticket.deleted', 'ticket.restored')";
    assert_eq!(app.db.count(written).await, 0);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deleted_tickets_leave_live_lists_and_a_repeated_create_says_so() {
    let app = TestApp::start().await;
    let (ada, adam) = (app.as_(&app.team.agent).await, app.as_(&app.team.admin).await);
    let input = json!({ "subject": "New", "body": "b", "idempotencyKey": "once" });
    let made = ada.change("createTicket", input.clone(), "ticket { id }").await;
    let id = at(&made, "/data/payload/ticket/id").to_owned();
    let live = "subscription($after: Cursor) { queueUpdates(after: $after) { kind totalCount \
        ticket { id } event { kind } } }";
    let one = "subscription($id: ID!) { ticketUpdates(id: $id) { event { kind } } }";
    let after = app.db.desk.settle().await.unwrap().to_string();
    let mut queue = app.socket(&app.team.agent).await;
    queue.subscribe("1", live, json!({ "after": after })).await;
    let mut ticket = app.socket(&app.team.agent).await;
    ticket.subscribe("1", one, json!({ "id": id })).await;
    ticket.subscribe("2", "{ viewer { user { name } } }", json!({})).await;
    assert_eq!(ticket.item().await["user"]["name"], "ada", "the subscription before has begun");
    ticket.next().await;

    adam.change("deleteTicket", json!({ "id": id, "reason": "spam" }), "cursor").await;
    let left = queue.item().await;
    let expected = json!({ "kind": "LEAVE", "totalCount": 0, "ticket": null, "event": null });
    assert_eq!(left, expected);
    match ticket.next().await {
        crate::support::Frame::Json(message) => {
            assert_eq!(message, json!({ "id": "1", "type": "complete" }));
        }
        other => panic!("{other:?}"),
    }
    let again = ada.change("createTicket", input, FIELDS).await;
    assert_eq!(paths(&again), ["NOT_FOUND idempotencyKey"]);

    adam.change("restoreTicket", json!({ "id": id }), "cursor").await;
    let entered = queue.item().await;
    assert_eq!((&entered["kind"], &entered["totalCount"]), (&json!("ENTER"), &json!(1)));
    assert_eq!(entered["event"]["kind"], Value::from("TICKET_RESTORED"));
    app.finish().await;
}
