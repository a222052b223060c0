use deskwire_domain::actor::Scope;
use deskwire_domain::testing::Statements;
use serde_json::{Value, json};

use crate::support::{TestApp, at, codes, paths, public};

const FIELDS: &str = "draft { id kind body subject version ticket { number } } ticket { number \
    draft(kind: REPLY) { version } drafts { kind } } errors { code message path changedAt changedBy { name } }";

fn reply(ticket: &str, body: &str, expected: Value) -> Value {
    json!({ "ticketId": ticket, "kind": "REPLY", "body": body, "expectedVersion": expected })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_kept_found_again_and_not_overwritten() {
    let app = TestApp::start().await;
    let ada = app.session(&app.team.agent, 600).await;
    let elsewhere = app.as_(&app.team.agent).await;
    let ticket = public("ticket", app.ticket("Printer").await.id);
    let saved = ada.change("saveDraft", reply(&ticket, "Dear", json!(0)), FIELDS).await;
    let payload = &saved["data"]["payload"];
    assert_eq!((&payload["draft"]["version"], &payload["errors"]), (&json!(1), &json!([])));
    assert_eq!(payload["ticket"]["draft"]["version"], 1);
    elsewhere.change("saveDraft", reply(&ticket, "Dear Carl", json!(1)), FIELDS).await;
    let stale = ada.change("saveDraft", reply(&ticket, "Dear C", json!(1)), FIELDS).await;
    assert_eq!(paths(&stale), ["CONFLICT expectedVersion"]);
    let payload = &stale["data"]["payload"];
    assert_eq!(
        (&payload["draft"]["body"], &payload["draft"]["version"]),
        (&json!("Dear Carl"), &json!(2))
    );
    assert_eq!(payload["errors"][0]["changedBy"]["name"], "ada");

    let all = "{ viewer { drafts { kind body ticket { number } } newTicketDraft { subject } } }";
    let new = json!({ "kind": "TICKET", "subject": "Another", "body": "" });
    ada.change("saveDraft", new, FIELDS).await;
    let found = elsewhere.data(all, json!({})).await;
    let kinds: Vec<&Value> =
        found["viewer"]["drafts"].as_array().unwrap().iter().map(|draft| &draft["kind"]).collect();
    assert_eq!(kinds, ["TICKET", "REPLY"]);
    assert_eq!(found["viewer"]["newTicketDraft"]["subject"], "Another");

    let sent = json!({ "ticketId": ticket, "body": "Dear Carl, it works." });
    let sent = ada.change("addReply", sent, "ticket { drafts { id } }").await;
    assert_eq!(sent["data"]["payload"]["ticket"]["drafts"], json!([]));
    let late = elsewhere.change("saveDraft", reply(&ticket, "Dear Carl,", json!(2)), FIELDS).await;
    assert_eq!(paths(&late), ["CONFLICT expectedVersion"]);
    assert_eq!(late["data"]["payload"]["draft"], Value::Null);
    let created = json!({ "subject": "Another", "body": "B" });
    ada.change("createTicket", created, "cursor").await;
    let gone = ada.data(all, json!({})).await;
    assert_eq!(gone["viewer"], json!({ "drafts": [], "newTicketDraft": null }));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn discarding_answers_with_the_ticket_and_is_no_error_twice() {
    let app = TestApp::start().await;
    let ada = app.as_(&app.team.agent).await;
    let ticket = public("ticket", app.ticket("Printer").await.id);
    ada.change("saveDraft", reply(&ticket, "Dear", Value::Null), FIELDS).await;
    let stale = json!({ "ticketId": ticket, "kind": "REPLY", "expectedVersion": 7 });
    let stale = ada.change("discardDraft", stale, FIELDS).await;
    assert_eq!(paths(&stale), ["CONFLICT expectedVersion"]);
    assert_eq!(stale["data"]["payload"]["draft"]["body"], "Dear");
    for _ in 0..2 {
        let input = json!({ "ticketId": ticket, "kind": "REPLY", "expectedVersion": 1 });
        let gone = ada.change("discardDraft", input, FIELDS).await;
        let payload = &gone["data"]["payload"];
        assert_eq!((&payload["draft"], &payload["errors"]), (&Value::Null, &json!([])));
        assert_eq!(payload["ticket"]["drafts"], json!([]));
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_bad_field_and_each_wrong_person_is_refused() {
    let app = TestApp::start().await;
    let ada = app.as_(&app.team.agent).await;
    let ticket = public("ticket", app.ticket("Printer").await.id);
    let hidden = public("ticket", uuid::Uuid::now_v7().simple());
    for (input, expected) in [
        (json!({ "kind": "REPLY", "body": "b" }), "INVALID ticketId"),
        (json!({ "kind": "TICKET", "ticketId": ticket, "body": "b" }), "INVALID ticketId"),
        (json!({ "kind": "REPLY", "ticketId": "7", "body": "b" }), "INVALID ticketId"),
        (json!({ "kind": "REPLY", "ticketId": hidden, "body": "b" }), "NOT_FOUND ticketId"),
        (json!({ "kind": "REPLY", "ticketId": ticket, "body": "" }), "INVALID body"),
        (
            json!({ "kind": "NOTE", "ticketId": ticket, "body": "b", "subject": "s" }),
            "INVALID subject",
        ),
    ] {
        let answer = ada.change("saveDraft", input.clone(), FIELDS).await;
        assert_eq!(paths(&answer), [expected], "{input}");
        assert_eq!(answer["data"]["payload"]["draft"], Value::Null);
    }
    let note = json!({ "kind": "NOTE", "ticketId": ticket, "body": "b" });
    let reading = app.scoped(&app.team.agent, &[Scope::TicketsRead]).await;
    for (who, code) in [
        (app.anybody(), "UNAUTHENTICATED"),
        (app.as_(&app.team.customer).await, "FORBIDDEN"),
        (reading, "FORBIDDEN"),
    ] {
        assert_eq!(codes(&who.change("saveDraft", note.clone(), FIELDS).await), [code]);
        let gone = json!({ "kind": "NOTE", "ticketId": ticket });
        assert_eq!(codes(&who.change("discardDraft", gone, FIELDS).await), [code]);
    }
    for who in [&app.team.outsider, &app.team.other_customer] {
        let answer = app.as_(who).await.change("saveDraft", note.clone(), FIELDS).await;
        assert_eq!(paths(&answer), ["NOT_FOUND ticketId"]);
        assert_eq!(answer["data"]["payload"]["ticket"], Value::Null);
    }
    // A token that only writes is told that it worked, and shown no ticket.
    let writing = app.scoped(&app.team.agent, &[Scope::TicketsWrite]).await;
    let kept =
        writing.change("saveDraft", note, "draft { body } ticket { number } errors { code }");
    let kept = kept.await;
    assert_eq!(
        kept["data"]["payload"],
        json!({ "draft": { "body": "b" }, "ticket": null, "errors": [] })
    );
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_sees_anothers_draft_by_any_path() {
    let app = TestApp::start().await;
    let ticket = public("ticket", app.ticket("Printer").await.id);
    let lea = app.as_(&app.team.lead).await;
    lea.change("saveDraft", reply(&ticket, "secretdraft", Value::Null), FIELDS).await;
    let part = "drafts { body } draft(kind: REPLY) { body }";
    for who in [&app.team.agent, &app.team.admin, &app.team.customer] {
        let client = app.as_(who).await;
        for operation in [
            format!("{{ tickets {{ nodes {{ number {part} }} }} }}"),
            format!("{{ viewer {{ drafts {{ body }} }} ticket(number: 1) {{ {part} }} }}"),
        ] {
            let answer = client.data(&operation, json!({})).await;
            assert!(!answer.to_string().contains("secretdraft"), "{answer}");
        }
        let saved = client.change("saveDraft", reply(&ticket, "mine", json!(0)), FIELDS).await;
        assert_eq!(saved["data"]["payload"]["draft"]["version"], 1, "{saved}");
    }
    app.finish().await;
}

/// Staff of equal rights share what a live queue sends, but not this.
#[tokio::test(flavor = "multi_thread")]
async fn a_live_queue_gives_each_their_own_drafts() {
    let app = TestApp::start().await;
    let id = app.ticket("Printer").await.id;
    let ticket = public("ticket", id);
    let mut conn = app.db.conn().await;
    let other = deskwire_domain::testing::agent(
        &mut conn,
        "alan",
        app.team.queue,
        deskwire_domain::queues::QueueRight::Reply,
    )
    .await;
    drop(conn);
    let agents = [&app.team.agent, &other];
    let live = "subscription($after: Cursor) { queueUpdates(after: $after) { \
        ticket { subject draft(kind: REPLY) { body } } } }";
    for (agent, text) in agents.into_iter().zip(["of ada", "of alan"]) {
        app.as_(agent).await.change("saveDraft", reply(&ticket, text, Value::Null), FIELDS).await;
    }
    let after = app.db.desk.settle().await.unwrap().to_string();
    let mut sockets = [app.socket(agents[0]).await, app.socket(agents[1]).await];
    for socket in &mut sockets {
        socket.subscribe("1", live, json!({ "after": after })).await;
    }
    let adam = app.as_(&app.team.admin).await;
    for subject in ["One", "Two", "Three"] {
        adam.change("updateTicket", json!({ "id": ticket, "subject": subject }), "cursor").await;
        for (socket, text) in sockets.iter_mut().zip(["of ada", "of alan"]) {
            let item = socket.item().await;
            assert_eq!(item["ticket"]["subject"], subject);
            assert_eq!(at(&item, "/ticket/draft/body"), text);
        }
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn drafts_of_a_page_are_one_statement() {
    let watch = Statements::watch();
    let app = TestApp::start().await;
    let ada = app.as_(&app.team.agent).await;
    let mut counts = Vec::new();
    for more in [1, 4] {
        for n in 0..more {
            let id = public("ticket", app.ticket(&format!("T{n}")).await.id);
            ada.change("saveDraft", reply(&id, "d", Value::Null), "errors { code }").await;
        }
        watch.take();
        let page = "{ tickets { nodes { drafts { body } draft(kind: NOTE) { body } } } }";
        ada.data(page, json!({})).await;
        let sent = watch.take();
        counts.push(sent.iter().filter(|sql| sql.contains("`drafts`")).count());
    }
    assert_eq!(counts, [1, 1]);
    app.finish().await;
}
