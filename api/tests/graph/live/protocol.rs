use serde_json::{Value, json};

use crate::support::{Frame, Socket, TestApp, codes};

#[tokio::test(flavor = "multi_thread")]
async fn other_sub_protocols_are_refused() {
    let app = TestApp::start().await;
    for headers in [vec![], vec![("sec-websocket-protocol", "graphql-ws")]] {
        // A client that gets no protocol it asked for gives up by itself too.
        assert_eq!(Socket::open(app.address, &headers).await.err(), Some(400));
    }
    let reply = app.anybody().get("/graphql").await;
    assert!((400..500).contains(&reply.status), "no socket: {}", reply.status);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mistakes_in_the_protocol_close_the_socket_with_its_codes() {
    let app = TestApp::start().await;
    let init = json!({ "type": "connection_init" });
    let subscribe =
        json!({ "id": "1", "type": "subscribe", "payload": { "query": "{ __typename }" } });
    let bad_token =
        json!({ "type": "connection_init", "payload": { "authorization": "Bearer dwt_x" } });
    for (messages, code) in [
        (vec![subscribe.to_string()], 4401),
        (vec![init.to_string(), init.to_string()], 4429),
        (vec!["nonsense".to_owned()], 4400),
        (vec![init.to_string(), "{}".to_owned()], 4400),
        (vec![bad_token.to_string()], 4403),
    ] {
        let mut socket = Socket::bare(app.address).await;
        for message in &messages {
            socket.send_text(message).await;
        }
        let closed = loop {
            match socket.next().await {
                Frame::Close(code) => break code,
                Frame::Json(message) => assert_eq!(message["type"], "connection_ack"),
            }
        };
        assert_eq!(closed, code, "{messages:?}");
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_can_be_used_again_only_when_its_operation_is_over() {
    let app = TestApp::start().await;
    let mut socket = app.socket(&app.team.agent).await;
    for _ in 0..2 {
        socket.subscribe("1", "{ viewer { user { name } } }", json!({})).await;
        assert_eq!(socket.item().await["user"]["name"], "ada");
        let done = json!({ "id": "1", "type": "complete" });
        assert_eq!(socket.next().await, Frame::Json(done));
    }
    for _ in 0..2 {
        socket.subscribe("1", "subscription { heartbeats(every: 60) { at } }", json!({})).await;
    }
    assert_eq!(socket.next().await, Frame::Close(4409));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pings_are_answered_and_completed_operations_are_silent() {
    let app = TestApp::start().await;
    let mut socket = app.socket(&app.team.agent).await;
    socket.send(json!({ "type": "ping" })).await;
    match socket.next().await {
        Frame::Json(pong) => assert_eq!(pong["type"], "pong"),
        other => panic!("{other:?}"),
    }
    socket
        .subscribe("1", super::queue::LIVE, json!({ "after": super::queue::cursor(&app).await }))
        .await;
    socket.send(json!({ "id": "1", "type": "complete" })).await;
    app.ticket("Unheard").await;
    socket.subscribe("2", "{ viewer { user { name } } }", json!({})).await;
    loop {
        match socket.next().await {
            Frame::Json(message) if message["id"] == "2" => break,
            Frame::Json(message) => assert_eq!(message["type"], "complete", "{message}"),
            other => panic!("{other:?}"),
        }
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_operations_run_over_a_socket() {
    let app = TestApp::start().await;
    let mut socket = app.socket(&app.team.agent).await;
    let create =
        "mutation { createTicket(input: { subject: \"s\", body: \"b\" }) { ticket { number } } }";
    socket.subscribe("1", create, json!({})).await;
    assert_eq!(socket.item().await["ticket"]["number"], 1);

    let mut nobody = Socket::bare(app.address).await;
    nobody.send(json!({ "type": "connection_init" })).await;
    assert_eq!(nobody.next().await, Frame::Json(json!({ "type": "connection_ack" })));
    for (operation, code) in [
        (super::queue::LIVE, "UNAUTHENTICATED"),
        (create, "UNAUTHENTICATED"),
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("subscription { nonsense }", "GRAPHQL_VALIDATION_FAILED"),
    ] {
        nobody.subscribe("1", operation, Value::Null).await;
        assert_eq!(codes(&nobody.payload().await), [code], "{operation}");
        if code == "UNAUTHENTICATED" {
            // These were run, with an error for their result.
            let done = json!({ "id": "1", "type": "complete" });
            assert_eq!(nobody.next().await, Frame::Json(done));
        }
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cookie_of_the_handshake_is_enough() {
    let app = TestApp::start().await;
    let secret = app.session_secret(&app.team.agent, 60).await;
    let mut socket = Socket::of_session(app.address, &secret).await;
    socket.subscribe("1", "{ viewer { user { name } } }", json!({})).await;
    assert_eq!(socket.item().await["user"]["name"], "ada");
    app.finish().await;
}
