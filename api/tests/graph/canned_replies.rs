use serde_json::{Value, json};

use crate::support::{TestApp, at, codes, paths, public};
use deskwire_domain::Conn;
use deskwire_domain::ids::{TicketId, WorkerId};
use deskwire_domain::similar::{Neighbour, NewNeighbours};
use deskwire_domain::suggestions::{Recording, record};

const FIELDS: &str = "errors { code message path } cursor cannedReply { id name body active \
    queue { name } createdBy { name } }";

async fn note(conn: &mut Conn, ticket: TicketId, neighbour: TicketId, score: f64) {
    let neighbours = vec![Neighbour { ticket_id: neighbour, score }];
    let neighbours = vec![NewNeighbours { ticket_id: ticket, neighbours }];
    let found = Recording { neighbours, ..Default::default() };
    assert!(record(conn, WorkerId::new(), &[], found).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_prepares_a_reply_that_is_rendered_sent_and_suggested() {
    let app = TestApp::start().await;
    let (lea, ada) = (app.as_(&app.team.lead).await, app.as_(&app.team.agent).await);
    let queue = public("queue", app.team.queue);
    let body = "Hi {{requester.name}}, about #{{ticket.number}}: we refunded it. {{agent.name}}";
    let input = json!({ "name": "Money back", "body": body, "queueId": queue });
    let made = lea.change("createCannedReply", input, FIELDS).await;
    let reply = &made["data"]["payload"]["cannedReply"];
    assert_eq!(
        (&reply["queue"]["name"], &reply["createdBy"]["name"]),
        (&json!("Support"), &json!("lea"))
    );
    assert!(made["data"]["payload"]["cursor"].is_string(), "{made}");
    let id = at(&made, "/data/payload/cannedReply/id");
    let (old, new) = (app.ticket("Wrong amount").await, app.ticket("Amount is wrong").await);
    let operation = "query($id: ID!) { cannedReplies { render(ticketId: $id) } }";
    let rendered = ada.data(operation, json!({ "id": public("ticket", old.id) })).await;
    let text = "Hi carl, about #1: we refunded it. ada";
    assert_eq!(rendered["cannedReplies"][0]["render"], text);

    let message = json!({
        "ticketId": public("ticket", old.id), "body": text, "status": "SOLVED", "cannedReplyId": id,
    });
    let sent =
        ada.change("addReply", message, "errors { code } message { cannedReply { name } }").await;
    assert_eq!(sent["data"]["payload"]["message"]["cannedReply"]["name"], "Money back", "{sent}");
    note(&mut *app.db.conn().await, new.id, old.id, 0.7).await;
    let suggested =
        "{ ticket(number: 2) { suggestedReply { score reason body cannedReply { name } } } }";
    let seen = ada.data(suggested, json!({})).await;
    let wanted = json!({
        "score": 1.0, "reason": "SIMILAR_TICKETS", "cannedReply": { "name": "Money back" },
        "body": "Hi carl, about #2: we refunded it. ada",
    });
    assert_eq!(seen["ticket"]["suggestedReply"], wanted);

    // Who may not see the similar ticket is told nothing of what was sent there.
    let hidden =
        json!({ "id": public("ticket", old.id), "queueId": public("queue", app.team.other_queue) });
    let adam = app.as_(&app.team.admin).await;
    adam.change("moveTicket", hidden, "cursor").await;
    let seen = ada.data(suggested, json!({})).await;
    assert_eq!(seen["ticket"]["suggestedReply"], Value::Null);

    let retired = lea.change("deleteCannedReply", json!({ "id": id }), FIELDS).await;
    assert_eq!(retired["data"]["payload"]["cannedReply"]["active"], false);
    let listed = "query($all: Boolean!) { cannedReplies(includeInactive: $all) { name } }";
    for (all, count) in [(false, 0), (true, 1)] {
        let found = ada.data(listed, json!({ "all": all })).await;
        assert_eq!(found["cannedReplies"].as_array().unwrap().len(), count);
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn words_in_common_suggest_a_reply_where_no_ticket_is_alike() {
    let app = TestApp::start().await;
    let (adam, ada) = (app.as_(&app.team.admin).await, app.as_(&app.team.agent).await);
    for (name, body, queue) in [
        ("Blocked card", "Your blocked card was replaced.", Value::Null),
        ("Refund", "Your refund is on its way.", Value::Null),
        ("Blocked card abroad", "My blocked card", json!(public("queue", app.team.other_queue))),
    ] {
        let input = json!({ "name": name, "body": body, "queueId": queue });
        adam.change("createCannedReply", input, FIELDS).await;
    }
    app.ticket("My card is blocked").await;
    app.ticket("Something else").await;
    let operation = "query($n: Int!) { ticket(number: $n) { suggestedReply { reason score cannedReply { name } } } }";
    let seen = ada.data(operation, json!({ "n": 1 })).await;
    let reply = &seen["ticket"]["suggestedReply"];
    assert_eq!(
        (&reply["reason"], &reply["cannedReply"]["name"]),
        (&json!("TEXT"), &json!("Blocked card")),
        "{seen}"
    );
    let seen = ada.data(operation, json!({ "n": 2 })).await;
    assert_eq!(seen["ticket"]["suggestedReply"], Value::Null);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_fields_and_callers_change_no_canned_reply() {
    let app = TestApp::start().await;
    let adam = app.as_(&app.team.admin).await;
    let made = adam.change("createCannedReply", json!({ "name": "A", "body": "b" }), FIELDS).await;
    let id = at(&made, "/data/payload/cannedReply/id");
    let missing = public("cannedreply", uuid::Uuid::now_v7().simple());
    for (name, input, wanted) in [
        ("createCannedReply", json!({ "name": "", "body": "b" }), "INVALID name"),
        ("createCannedReply", json!({ "name": "x", "body": " " }), "INVALID body"),
        ("createCannedReply", json!({ "name": "x", "body": "{{secret}}" }), "INVALID body"),
        (
            "createCannedReply",
            json!({ "name": "x", "body": "b", "queueId": "x" }),
            "INVALID queueId",
        ),
        ("createCannedReply", json!({ "name": "a", "body": "b" }), "ALREADY_EXISTS name"),
        ("updateCannedReply", json!({ "id": "x" }), "INVALID id"),
        ("updateCannedReply", json!({ "id": missing }), "NOT_FOUND id"),
        ("updateCannedReply", json!({ "id": id, "body": "{{x.y}}" }), "INVALID body"),
        ("updateCannedReply", json!({ "id": id, "queueId": "x" }), "INVALID queueId"),
        ("deleteCannedReply", json!({ "id": "x" }), "INVALID id"),
        ("deleteCannedReply", json!({ "id": missing }), "NOT_FOUND id"),
    ] {
        let answer = adam.change(name, input.clone(), FIELDS).await;
        assert_eq!(paths(&answer), [wanted], "{name} {input}");
    }
    let unknown = adam
        .change("createCannedReply", json!({ "name": "x", "body": "{{secret}}" }), FIELDS)
        .await;
    assert!(at(&unknown, "/data/payload/errors/0/message").contains("{{secret}}"), "{unknown}");
    for (who, wanted) in [
        (app.anybody(), "UNAUTHENTICATED"),
        (app.as_(&app.team.customer).await, "FORBIDDEN"),
        (app.as_(&app.team.agent).await, "FORBIDDEN"),
        (app.as_(&app.team.lead).await, "FORBIDDEN"),
    ] {
        for (name, input) in [
            ("createCannedReply", json!({ "name": "z", "body": "b" })),
            ("updateCannedReply", json!({ "id": id, "name": "z" })),
            ("deleteCannedReply", json!({ "id": id })),
        ] {
            assert_eq!(codes(&who.change(name, input, FIELDS).await), [wanted], "{name}");
        }
    }
    let listed = "{ cannedReplies { name } }";
    let carl = app.as_(&app.team.customer).await;
    assert_eq!(codes(&carl.run(listed, json!({})).await), ["FORBIDDEN"]);
    assert_eq!(codes(&app.anybody().run(listed, json!({})).await), ["UNAUTHENTICATED"]);
    assert_eq!(app.db.count("canned_replies WHERE name = 'A' AND active").await, 1);
    app.finish().await;
}
