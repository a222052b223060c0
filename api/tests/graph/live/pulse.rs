//! A connection that is open is live, or says that it is not.

use deskwire_api::config::Limits;
use deskwire_domain::Timestamp;
use deskwire_domain::events::prune;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::queue::{LIVE, cursor};
use crate::support::{Frame, Socket, TestApp, at, codes};

#[tokio::test(flavor = "multi_thread")]
async fn heartbeats_come_the_whole_way_of_an_update() {
    let app = TestApp::start().await;
    let mut socket = app.socket(&app.team.customer).await;
    let operation = "subscription { heartbeats(every: 1) { at ageMs cursor } }";
    socket.subscribe("1", operation, json!({})).await;
    let first = socket.item().await;
    app.ticket("Between two beats").await;
    let second = socket.item().await;
    let third = socket.item().await;
    assert!(at(&first, "/at") < at(&second, "/at") && at(&second, "/at") < at(&third, "/at"));
    // Nobody numbered the ticket's event: the beat did on its way.
    assert!(at(&first, "/cursor") < at(&third, "/cursor"));
    let client = app.as_(&app.team.customer).await;
    let known = client.data("{ heartbeat { ageMs cursor } }", json!({})).await;
    assert!(known["heartbeat"]["ageMs"].as_u64().unwrap() < 10_000, "{known}");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn heartbeats_are_for_the_signed_in_and_at_most_one_a_second() {
    let app = TestApp::start().await;
    let mut socket = app.socket(&app.team.customer).await;
    for every in [0, 61] {
        let operation = "subscription($every: Int) { heartbeats(every: $every) { at } }";
        socket.subscribe("1", operation, json!({ "every": every })).await;
        assert_eq!(codes(&socket.payload().await), ["BAD_USER_INPUT"]);
        socket.next().await;
    }
    let answer = app.anybody().run("{ heartbeat { ageMs } }", json!({})).await;
    assert_eq!(codes(&answer), ["UNAUTHENTICATED"]);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_before_the_kept_log_is_answered_with_resync() {
    let app = TestApp::start().await;
    let old = cursor(&app).await;
    for n in 0..3 {
        app.ticket(&format!("{n}")).await;
        cursor(&app).await;
    }
    let kept = cursor(&app).await;
    let later = Timestamp::now().plus_seconds(60);
    let gone = prune(&mut *app.db.conn().await, later, |_| {}).await.unwrap();
    assert!(gone > 2, "all but the newest: {gone}");
    let mut socket = app.socket(&app.team.agent).await;
    socket.subscribe("old", LIVE, json!({ "after": old })).await;
    let item = socket.item().await;
    assert_eq!((at(&item, "/kind"), at(&item, "/cursor")), ("RESYNC", &*kept));
    app.ticket("After").await;
    cursor(&app).await;
    assert_eq!(at(&socket.item().await, "/ticket/subject"), "After");
    let mut resumed = app.socket(&app.team.agent).await;
    resumed.subscribe("1", LIVE, json!({ "after": kept })).await;
    assert_eq!(at(&resumed.item().await, "/ticket/subject"), "After");
    app.db.drop_unchecked().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sockets_that_are_silent_are_closed() {
    let app = TestApp::with_limits(Limits { ping_seconds: 1, ..Limits::default() }).await;
    let mut nobody = Socket::bare(app.address).await;
    assert_eq!(nobody.next().await, Frame::Close(4408), "it never said who it is");

    // Shakes hands, initialises, and then answers no ping: the bytes are written by hand.
    let mut dead = TcpStream::connect(app.address).await.unwrap();
    let handshake = format!(
        "GET /graphql HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n",
        app.address
    );
    dead.write_all(handshake.as_bytes()).await.unwrap();
    let init = br#"{"type":"connection_init"}"#;
    let masked = [&[0x81, 0x80 | init.len() as u8, 0, 0, 0, 0][..], init].concat();
    dead.write_all(&masked).await.unwrap();
    let mut heard = Vec::new();
    let end = dead.read_to_end(&mut heard);
    tokio::time::timeout(std::time::Duration::from_secs(10), end).await.expect("closed").unwrap();
    let heard = String::from_utf8_lossy(&heard);
    assert!(heard.contains("connection_ack") && heard.contains("No answer to pings"), "{heard}");
    app.finish().await;
}
