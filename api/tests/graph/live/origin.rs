use serde_json::{Value, json};

use super::queue::cursor;
use crate::support::{Frame, Socket, TestApp, at, codes, public};

const LIVE: &str = "subscription($after: Cursor) { queueUpdates(after: $after) { \
    event { kind origin } } }";
const HISTORY: &str = "{ ticket(number: 1) { history { kind origin } } }";

#[tokio::test(flavor = "multi_thread")]
async fn a_client_knows_its_own_events_and_customers_learn_of_nobody_else() {
    let app = TestApp::start().await;
    let team = &app.team;
    let after = cursor(&app).await;
    let mut streams = Vec::new();
    for (actor, is_shown) in
        [(&team.agent, true), (&team.lead, true), (&team.admin, true), (&team.customer, false)]
    {
        let mut socket = app.socket(actor).await;
        socket.subscribe("1", LIVE, json!({ "after": after })).await;
        streams.push((actor, socket, is_shown));
    }
    let id = public("ticket", app.ticket("Old").await.id);
    let plain = app.as_(&team.agent).await;
    let named = plain.clone().with("x-deskwire-origin", "tab-7");
    named.change("addReply", json!({ "ticketId": id, "body": "b" }), "cursor").await;
    plain.change("addReply", json!({ "ticketId": id, "body": "b" }), "cursor").await;

    for (actor, socket, is_shown) in &mut streams {
        let mut origins = Vec::new();
        for _ in 0..3 {
            origins.push(socket.item().await["event"]["origin"].take());
        }
        let expected = if *is_shown { json!("tab-7") } else { Value::Null };
        assert_eq!(origins, [Value::Null, expected.clone(), Value::Null], "{}", actor.role);
        let history = app.as_(actor).await.data(HISTORY, json!({})).await;
        let origins: Vec<&Value> = history["ticket"]["history"]
            .as_array()
            .unwrap()
            .iter()
            .map(|event| &event["origin"])
            .collect();
        assert_eq!(origins, [&Value::Null, &expected, &Value::Null], "{}", actor.role);
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_names_itself_when_it_begins() {
    let app = TestApp::start().await;
    let token = app.token(&app.team.agent, deskwire_domain::actor::Scope::ALL).await;
    let authorization = format!("Bearer {token}");
    let init = |origin: Value| {
        let payload = json!({ "authorization": authorization, "origin": origin });
        json!({ "type": "connection_init", "payload": payload })
    };
    let header = [
        ("sec-websocket-protocol", "graphql-transport-ws"),
        ("x-deskwire-origin", "from-the-handshake"),
    ];
    let create = "mutation { createTicket(input: { subject: \"s\", body: \"b\" }) { ticket { \
        history { origin } } } }";
    for (headers, origin, expected) in [
        (&header[..1], json!("tab-7"), json!("tab-7")),
        (&header[..], json!("tab-7"), json!("tab-7")),
        (&header[..], Value::Null, json!("from-the-handshake")),
        (&header[..1], Value::Null, Value::Null),
    ] {
        let mut socket = Socket::open(app.address, headers).await.unwrap();
        socket.send(init(origin)).await;
        assert_eq!(socket.next().await, Frame::Json(json!({ "type": "connection_ack" })));
        socket.subscribe("1", create, json!({})).await;
        assert_eq!(socket.item().await["ticket"]["history"][0]["origin"], expected);
    }
    for bad in [json!(""), json!("a b"), json!("x".repeat(65)), json!("\u{e4}"), json!(7)] {
        let mut socket = Socket::bare(app.address).await;
        socket.send(init(bad.clone())).await;
        assert_eq!(socket.next().await, Frame::Close(4400), "{bad}");
    }
    let bad = [header[0], ("x-deskwire-origin", "a b")];
    assert_eq!(Socket::open(app.address, &bad).await.err(), Some(400));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_header_is_refused_before_anything_is_done() {
    let app = TestApp::start().await;
    let ada = app.as_(&app.team.agent).await;
    let create = json!({
        "query": "mutation { createTicket(input: { subject: \"s\", body: \"b\" }) { cursor } }"
    });
    for bad in ["a b", "\u{e4}", &"x".repeat(65), ""] {
        let reply = ada.clone().with("x-deskwire-origin", bad).send(&create).await;
        assert_eq!((reply.status, codes(&reply.json())), (400, vec!["BAD_REQUEST"]), "{bad:?}");
        let answer = reply.json();
        let message = at(&answer, "/errors/0/message");
        assert!(message.contains("x-deskwire-origin") && message.contains("64"), "{message}");
    }
    assert_eq!(app.db.count("tickets").await, 0);
    let longest = "~".repeat(64);
    let reply = ada.with("x-deskwire-origin", &longest).send(&create).await;
    assert_eq!(reply.status, 200);
    assert_eq!(app.db.count(&format!("events WHERE origin = '{longest}'")).await, 1);
    app.finish().await;
}
