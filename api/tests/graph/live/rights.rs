//! What happens to an open socket when session, token or rights end or change.

use deskwire_domain::actor::Scope;
use serde_json::{Value, json};

use super::queue::{LIVE, cursor};
use crate::support::{Frame, Socket, TestApp, public};

/// Reads on to the socket's end.
async fn closed(socket: &mut Socket) -> u16 {
    loop {
        if let Frame::Close(code) = socket.next().await {
            return code;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_closes_when_its_token_expires() {
    let app = TestApp::start().await;
    let token = app.token(&app.team.agent, Scope::ALL).await;
    app.sql("UPDATE api_tokens SET expires_at = UTC_TIMESTAMP(6) + INTERVAL 2 SECOND").await;
    let mut socket = Socket::of_token(app.address, &token).await;
    socket.subscribe("1", LIVE, json!({ "after": cursor(&app).await })).await;
    assert_eq!(closed(&mut socket).await, 4403);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_closes_when_its_token_is_revoked() {
    let app = TestApp::start().await;
    let token = app.token(&app.team.agent, Scope::ALL).await;
    let mut socket = Socket::of_token(app.address, &token).await;
    socket.subscribe("1", LIVE, json!({ "after": cursor(&app).await })).await;
    let mut other = app.socket(&app.team.agent).await;
    let ada = app.session(&app.team.agent, 60).await;
    let viewer = ada.data("{ viewer { tokens { id } } }", json!({})).await;
    // Newest first: the other socket's, then this one's.
    let id = &viewer["viewer"]["tokens"][1]["id"];
    ada.change("revokeToken", json!({ "id": id }), "errors { code }").await;
    assert_eq!(closed(&mut socket).await, 4403);
    other.subscribe("1", "{ viewer { user { name } } }", json!({})).await;
    assert_eq!(other.item().await["user"]["name"], "ada", "other tokens live on");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_closes_when_its_session_is_signed_out() {
    let app = TestApp::start().await;
    let secret = app.session_secret(&app.team.agent, 60).await;
    let mut socket = Socket::of_session(app.address, &secret).await;
    let ada = app.anybody().with_cookie(&secret);
    ada.data("mutation { signOut { signedOut } }", json!({})).await;
    assert_eq!(closed(&mut socket).await, 4403);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deactivated_user_hears_and_asks_nothing_more() {
    let app = TestApp::start().await;
    let mut socket = app.socket(&app.team.agent).await;
    socket.subscribe("1", LIVE, json!({ "after": cursor(&app).await })).await;
    let input = json!({ "id": public("user", app.team.agent.user().unwrap()), "active": false });
    app.as_(&app.team.admin).await.change("updateUser", input, "errors { code }").await;
    app.ticket("Unheard").await;
    cursor(&app).await;
    loop {
        match socket.next().await {
            Frame::Close(code) => break assert_eq!(code, 4403),
            Frame::Json(message) => assert_eq!(message["type"], "complete", "{message}"),
        }
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_role_closes_the_socket_even_of_a_token() {
    let app = TestApp::start().await;
    let mut socket = app.socket(&app.team.agent).await;
    let input = json!({ "id": public("user", app.team.agent.user().unwrap()), "role": "CUSTOMER" });
    app.as_(&app.team.admin).await.change("updateUser", input, "errors { code }").await;
    assert_eq!(closed(&mut socket).await, 4403);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn open_streams_and_sockets_follow_a_change_of_membership() {
    let app = TestApp::start().await;
    let adam = app.as_(&app.team.admin).await;
    let mut socket = app.socket(&app.team.outsider).await;
    socket.subscribe("live", LIVE, json!({ "after": cursor(&app).await })).await;
    let (queue, user) =
        (public("queue", app.team.queue), public("user", app.team.outsider.user().unwrap()));
    let right = async |right: Value| {
        let input = json!({ "queueId": queue, "userId": user, "right": right });
        adam.change("setQueueMembership", input, "errors { code }").await;
    };
    app.ticket("Before").await;
    right(json!("READ")).await;
    app.ticket("During").await;
    cursor(&app).await;
    for subject in ["Before", "During"] {
        let item = socket.item().await;
        assert_eq!((&item["kind"], &item["ticket"]["subject"]), (&json!("ENTER"), &json!(subject)));
    }
    socket.subscribe("ask", "{ tickets { totalCount } }", json!({})).await;
    assert_eq!(socket.item().await["totalCount"], 2, "operations see the new rights too");
    right(Value::Null).await;
    app.ticket("After").await;
    cursor(&app).await;
    let answered = json!({ "id": "ask", "type": "complete" });
    assert_eq!(socket.next().await, Frame::Json(answered));
    for _ in 0..2 {
        assert_eq!(socket.item().await["kind"], "LEAVE");
    }
    socket.subscribe("ask", "{ tickets { totalCount } }", json!({})).await;
    assert_eq!(socket.item().await["totalCount"], 0);
    app.finish().await;
}

/// They share what is sent, as the document asks for nothing that depends on rights elsewhere.
#[tokio::test(flavor = "multi_thread")]
async fn agents_of_one_queue_with_other_rights_elsewhere_each_follow_their_own() {
    const OF_QUEUE: &str = "subscription($filter: TicketFilterInput, $after: Cursor) { queueUpdates(\
        filter: $filter, after: $after) { kind ticket { subject requester { name } queue { id } } \
        event { kind } } }";
    let app = TestApp::start().await;
    let adam = app.as_(&app.team.admin).await;
    let (queue, elsewhere) =
        (public("queue", app.team.queue), public("queue", app.team.other_queue));
    let reader = public("user", app.team.reader.user().unwrap());
    let right = async |queue: &str, right: Value| {
        let input = json!({ "queueId": queue, "userId": reader, "right": right });
        adam.change("setQueueMembership", input, "errors { code }").await;
    };
    right(&elsewhere, json!("REPLY")).await;
    let mut agents = app.socket(&app.team.agent).await;
    let mut readers = app.socket(&app.team.reader).await;
    let after = cursor(&app).await;
    let variables = json!({ "filter": { "queueIds": [queue] }, "after": after });
    for socket in [&mut agents, &mut readers] {
        socket.subscribe("live", OF_QUEUE, variables.clone()).await;
    }
    app.ticket("Both").await;
    cursor(&app).await;
    for socket in [&mut agents, &mut readers] {
        let item = socket.item().await;
        assert_eq!((&item["kind"], &item["ticket"]["subject"]), (&json!("ENTER"), &json!("Both")));
        assert_eq!(item["ticket"]["queue"]["id"], queue);
    }
    // Rights elsewhere come and go unnoticed, here they count.
    right(&elsewhere, Value::Null).await;
    right(&queue, Value::Null).await;
    app.ticket("One").await;
    cursor(&app).await;
    assert_eq!(readers.item().await["kind"], "LEAVE");
    assert_eq!(agents.item().await["ticket"]["subject"], "One");
    readers.subscribe("ask", "{ tickets { totalCount } }", json!({})).await;
    assert_eq!(readers.item().await["totalCount"], 0);
    app.finish().await;
}
