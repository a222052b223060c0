//! What is asked for in one way or another reads the same.

use serde_json::{Value, json};

use crate::support::{Client, TestApp, public};

/// Plain selections are answered another way than those with fragments or further fields.
#[tokio::test(flavor = "multi_thread")]
async fn people_and_tags_read_the_same_however_they_are_selected() {
    let app = TestApp::start().await;
    let ada = app.as_(&app.team.agent).await;
    let made = json!({
        "subject": "S", "body": "B", "queueId": public("queue", app.team.queue),
        "requesterId": public("user", app.team.customer.user().unwrap()), "tags": ["vip"],
    });
    ada.change("createTicket", made, "errors { code }").await;
    let plain =
        "{ tickets { nodes { requester { __typename id called: name id } tags { name } } } }";
    let plain = ada.data(plain, json!({})).await["tickets"]["nodes"][0].clone();
    let other = "query($yes: Boolean!) { tickets { nodes { \
        requester { ... on User { __typename id } called: name @include(if: $yes) } \
        tags { ...Word name @skip(if: $yes) } } } } fragment Word on Tag { name }";
    let other = ada.data(other, json!({ "yes": true })).await["tickets"]["nodes"][0].clone();
    assert_eq!(plain, other);
    assert_eq!(plain["requester"]["__typename"], "User");
    assert_eq!(plain["tags"], json!([{ "name": "vip" }]));
    let keys: Vec<_> = plain["requester"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(keys.len(), 3, "{keys:?}");
    let more = "{ tickets { nodes { requester { id name email createdAt } } } }";
    let more = ada.data(more, json!({})).await["tickets"]["nodes"][0]["requester"].clone();
    assert_eq!(
        (&more["id"], &more["name"]),
        (&plain["requester"]["id"], &plain["requester"]["called"])
    );
    assert!(more["email"].is_string(), "{more}");
    app.finish().await;
}

/// Names of an object's fields that take no arguments and have no fields of their own.
async fn leaves(ada: &Client, of: &str) -> Vec<String> {
    let query = "query($of: String!) { __type(name: $of) { fields { name args { name } \
        type { kind ofType { kind } } } } }";
    let fields = ada.data(query, json!({ "of": of })).await["__type"]["fields"].take();
    let is_leaf = |field: &&Value| {
        let kind = field["type"]["ofType"]["kind"].as_str().or(field["type"]["kind"].as_str());
        field["args"] == json!([]) && matches!(kind, Some("SCALAR" | "ENUM"))
    };
    let all = fields.as_array().unwrap();
    all.iter().filter(is_leaf).map(|field| field["name"].as_str().unwrap().to_owned()).collect()
}

/// Whatever is answered at once is what the library answers field by field, in the order asked for.
#[tokio::test(flavor = "multi_thread")]
async fn tickets_and_messages_read_the_same_however_they_are_selected() {
    let app = TestApp::start().await;
    let ada = app.as_(&app.team.agent).await;
    let made = json!({
        "subject": "S", "body": "B", "queueId": public("queue", app.team.queue),
        "requesterId": public("user", app.team.customer.user().unwrap()),
    });
    ada.change("createTicket", made, "errors { code }").await;
    let ticket = leaves(&ada, "Ticket").await;
    let message = leaves(&ada, "Message").await;
    assert!(ticket.len() > 10 && message.len() > 5, "{ticket:?} {message:?}");
    let (ticket, message) = (ticket.join(" "), message.join(" "));
    let wrong = "wrong: messages(after: \"nonsense\") { nodes { id } }";
    let more = "requester { name } messages { nodes { __typename author { name } MESSAGE } } assignee { name }";
    let at_once =
        format!("{{ tickets {{ nodes {{ {ticket} {wrong} {more} called: subject }} }} }}")
            .replace("MESSAGE", &message);
    let by_field = format!(
        "{{ tickets {{ nodes {{ ...T called: subject }} }} }} fragment T on Ticket {{ {ticket} {wrong} {more} }} \
         fragment M on Message {{ {message} }}"
    )
    .replace("MESSAGE", "...M");
    let at_once = ada.run(&at_once, json!({})).await;
    let by_field = ada.run(&by_field, json!({})).await;
    assert_eq!(at_once["data"], by_field["data"]);
    let told = |body: &Value| -> Vec<_> {
        let all = body["errors"].as_array().unwrap().iter();
        all.map(|e| [&e["message"], &e["path"], &e["extensions"]].map(Value::clone)).collect()
    };
    assert_eq!(told(&at_once), told(&by_field));
    assert_eq!(told(&at_once)[0][1], json!(["tickets", "nodes", 0, "wrong"]));
    let row = at_once["data"]["tickets"]["nodes"][0].clone();
    assert_eq!((&row["called"], &row["messages"]["nodes"][0]["body"]), (&json!("S"), &json!("B")));
    app.finish().await;
}
