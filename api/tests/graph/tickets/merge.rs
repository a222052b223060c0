use deskwire_domain::testing::Statements;
use serde_json::{Value, json};

use crate::support::{TestApp, codes, paths, public};

const FIELDS: &str = "errors { code message path changedBy { name } } cursor \
    ticket { id number version mergedInto { number } mergedFrom { number status mergedInto { id } } \
    messages { nodes { body kind } } }";

/// Public ids of new tickets of the team's customer.
async fn tickets<const N: usize>(app: &TestApp, subjects: [&str; N]) -> [String; N] {
    let mut ids = Vec::new();
    for subject in subjects {
        ids.push(public("ticket", app.ticket(subject).await.id));
    }
    ids.try_into().expect("as many")
}

#[tokio::test(flavor = "multi_thread")]
async fn duplicates_become_one_conversation() {
    let app = TestApp::start().await;
    let (ada, carl) = (app.as_(&app.team.agent).await, app.as_(&app.team.customer).await);
    let [one, two, three] = tickets(&app, ["One", "Two", "Three"]).await;
    let input = json!({ "sourceIds": [three, one], "targetId": two, "expectedVersion": 1,
        "note": "The same card" });
    let answer = ada.change("mergeTickets", input, FIELDS).await;
    assert_eq!(paths(&answer), [""; 0]);
    let payload = &answer["data"]["payload"];
    assert_eq!(payload["cursor"], app.db.desk.settle().await.unwrap().to_string());
    let ticket = &payload["ticket"];
    assert_eq!((&ticket["id"], &ticket["version"]), (&json!(two), &json!(2)));
    let merged =
        |number: u64| json!({ "number": number, "status": "CLOSED", "mergedInto": { "id": two } });
    assert_eq!(ticket["mergedFrom"], json!([merged(1), merged(3)]));
    assert!(ticket["mergedInto"].is_null());
    let bodies: Vec<&Value> =
        ticket["messages"]["nodes"].as_array().unwrap().iter().map(|m| &m["body"]).collect();
    let expected =
        ["One, please help.", "Two, please help.", "Three, please help.", "The same card"];
    assert_eq!(bodies, expected);

    let operation = "{ ticket(number: 1) { mergedInto { number } messages { nodes { body } } \
        history { kind reason otherTickets { number } changes { field from to } message { body } } } \
        target: ticket(number: 2) { mergedFrom { number } messages { nodes { kind } } \
        history { kind otherTickets { number } message { body } } } \
        tickets { totalCount nodes { number } } closed: tickets(filter: { statuses: [CLOSED] }) { \
        totalCount } searchTickets(query: \"three\") { nodes { number } } }";
    for (client, sees_note) in [(&ada, true), (&carl, false)] {
        let found = client.data(operation, json!({})).await;
        assert_eq!(found["ticket"]["mergedInto"]["number"], 2);
        assert_eq!(found["ticket"]["messages"]["nodes"], json!([]));
        let event = json!({ "kind": "TICKET_MERGED", "reason": null,
            "otherTickets": [{ "number": 2 }], "message": null,
            "changes": [{ "field": "status", "from": "open", "to": "closed" }] });
        assert_eq!(found["ticket"]["history"][1], event);
        assert_eq!(found["target"]["mergedFrom"], json!([{ "number": 1 }, { "number": 3 }]));
        let note = if sees_note { json!({ "body": "The same card" }) } else { Value::Null };
        let event = json!({ "kind": "TICKET_MERGED", "message": note,
            "otherTickets": [{ "number": 1 }, { "number": 3 }] });
        assert_eq!(found["target"]["history"][1], event);
        let messages = found["target"]["messages"]["nodes"].as_array().unwrap();
        assert_eq!(messages.len(), if sees_note { 4 } else { 3 });
        let rows = json!({ "totalCount": 1, "nodes": [{ "number": 2 }] });
        assert_eq!((&found["tickets"], &found["closed"]["totalCount"]), (&rows, &json!(0)));
        assert_eq!(found["searchTickets"]["nodes"], json!([{ "number": 2 }]));
    }
    for client in [&ada, &carl] {
        let reply = json!({ "ticketId": one, "body": "Hello?" });
        let answer = client
            .change(
                "addReply",
                reply,
                "errors { code path message } \
            ticket { mergedInto { number } } message { id }",
            )
            .await;
        assert_eq!(paths(&answer), ["MERGED ticketId"]);
        let payload = &answer["data"]["payload"];
        assert!(payload["errors"][0]["message"].as_str().unwrap().contains("#2"), "{payload}");
        assert_eq!(payload["ticket"]["mergedInto"]["number"], 2);
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_merged_is_named() {
    let app = TestApp::start().await;
    let team = &app.team;
    let ada = app.as_(&team.agent).await;
    let [source, target, merged, other] = tickets(&app, ["S", "T", "M", "O"]).await;
    let input = json!({ "sourceIds": [merged], "targetId": other });
    assert_eq!(paths(&ada.change("mergeTickets", input, FIELDS).await), [""; 0]);
    let stranger = team.other_customer.user().unwrap();
    let conn = &mut *app.db.conn().await;
    let foreign = deskwire_domain::testing::ticket(conn, team.queue, stranger, "A stranger's");
    let foreign = public("ticket", foreign.await.id);
    let missing = public("ticket", uuid::Uuid::now_v7().simple());
    let input =
        |sources: &[&String], target: &String| json!({ "sourceIds": sources, "targetId": target });
    let mut stale = input(&[&source], &target);
    stale["expectedVersion"] = json!(7);
    let mut noted = input(&[&source], &target);
    noted["note"] = json!(" ");
    let many: Vec<&String> = std::iter::repeat_n(&source, 21).collect();
    for (input, expected) in [
        (input(&[], &target), "INVALID sourceIds"),
        (input(&many, &target), "INVALID sourceIds"),
        (input(&[&target], &target), "INVALID sourceIds"),
        (input(&[&foreign], &target), "INVALID sourceIds"),
        (json!({ "sourceIds": ["x"], "targetId": target }), "INVALID sourceIds"),
        (json!({ "sourceIds": [source], "targetId": "x" }), "INVALID targetId"),
        (input(&[&missing], &target), "NOT_FOUND sourceIds"),
        (input(&[&source], &missing), "NOT_FOUND targetId"),
        (input(&[&merged], &target), "MERGED sourceIds"),
        (input(&[&source], &merged), "MERGED targetId"),
        (stale, "CONFLICT expectedVersion"),
        (noted, "INVALID note"),
    ] {
        let answer = ada.change("mergeTickets", input.clone(), FIELDS).await;
        assert_eq!(paths(&answer), [expected], "{input}");
    }
    let closing = json!({ "id": target, "status": "CLOSED" });
    ada.change("changeTicketStatus", closing, FIELDS).await;
    let valid = input(&[&source], &target);
    let answer = ada.change("mergeTickets", valid.clone(), FIELDS).await;
    assert_eq!(paths(&answer), ["ILLEGAL_TRANSITION targetId"]);
    for forbidden in [&team.reader, &team.customer, &team.other_customer] {
        let answer = app.as_(forbidden).await.change("mergeTickets", valid.clone(), FIELDS).await;
        assert_eq!(codes(&answer), ["FORBIDDEN"]);
    }
    let answer = app.as_(&team.outsider).await.change("mergeTickets", valid.clone(), FIELDS).await;
    assert_eq!(paths(&answer), ["NOT_FOUND targetId"]);
    let answer = app.anybody().change("mergeTickets", valid, FIELDS).await;
    assert_eq!(codes(&answer), ["UNAUTHENTICATED"]);
    assert_eq!(app.db.count("tickets WHERE merged_into_id IS NOT NULL").await, 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn merged_tickets_of_a_page_are_one_statement() {
    let watch = Statements::watch();
    let app = TestApp::start().await;
    let ada = app.as_(&app.team.agent).await;
    for _ in 0..3 {
        let [one, two] = tickets(&app, ["One", "Two"]).await;
        let input = json!({ "sourceIds": [one], "targetId": two });
        assert_eq!(paths(&ada.change("mergeTickets", input, FIELDS).await), [""; 0]);
    }
    watch.take();
    let page = "{ tickets { nodes { number mergedFrom { number mergedInto { number } } } } }";
    let found = ada.data(page, json!({})).await;
    let text = found.to_string();
    assert_eq!(text.matches("mergedInto\":{").count(), 3, "{found}");
    let sent = watch.take();
    let about = sent.iter().filter(|sql| sql.contains("FROM `tickets`")).count();
    assert_eq!(about, 3, "the page, what was merged, and where to: {sent:#?}");
    app.finish().await;
}
