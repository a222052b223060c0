use deskwire_domain::{Desk, DeskConfig};
use serde_json::json;
use std::time::{Duration, Instant};

use crate::support::{Client, Socket, TestApp, codes, public, serve};

#[tokio::test(flavor = "multi_thread")]
async fn a_healthy_desk_is_alive_and_ready() {
    let app = TestApp::start().await;
    assert_eq!(app.anybody().get("/livez").await.status, 200);
    let beating = async {
        loop {
            let ready = app.anybody().get("/readyz").await;
            let mut report = ready.json();
            let age = report["heartbeatAgeMs"].take();
            let rest = json!({
                "ready": true, "database": true, "redis": true, "heartbeatAgeMs": null,
            });
            assert_eq!((ready.status, report), (200, rest));
            // A process has none in its first second.
            if let Some(age) = age.as_u64() {
                return age;
            }
        }
    };
    let age = tokio::time::timeout(Duration::from_secs(10), beating).await.expect("a heartbeat");
    assert!(age < 10_000, "{age}");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_database_the_desk_says_so_within_seconds() {
    let config = DeskConfig {
        database_url: "mysql://root@localhost/desk?socket=/nowhere/db.sock".into(),
        redis_url: "redis+unix:///nowhere/redis.sock".into(),
        max_connections: 2,
        channel: "nowhere".into(),
        statement_limit: None,
    };
    let address = serve(Desk::start(&config).unwrap(), Default::default()).await;
    let nobody = Client::new(address);
    let begun = Instant::now();
    assert_eq!(nobody.get("/livez").await.status, 200);
    let ready = nobody.get("/readyz").await;
    assert_eq!(ready.status, 503);
    let report = json!({
        "ready": false, "database": false, "redis": false, "heartbeatAgeMs": null,
    });
    assert_eq!(ready.json(), report);
    for client in [nobody.clone().with_bearer("dwt_x"), nobody.clone().with_cookie("dws_x")] {
        let reply = client.send(&json!({ "query": "{ tickets { totalCount } }" })).await;
        assert_eq!((reply.status, codes(&reply.json())), (503, vec!["SERVICE_UNAVAILABLE"]));
    }
    let sign_in = "mutation { signIn(input: { email: \"a@b\", password: \"x\" }) { expiresAt } }";
    assert_eq!(codes(&nobody.run(sign_in, json!({})).await), ["SERVICE_UNAVAILABLE"]);
    let headers =
        [("authorization", "Bearer dwt_x"), ("sec-websocket-protocol", "graphql-transport-ws")];
    assert_eq!(Socket::open(address, &headers).await.err(), Some(503));
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_writes_reads_and_live_updates_go_on() {
    let app = TestApp::start().await;
    let redis_url = "redis+unix:///nowhere/redis.sock".into();
    let config = DeskConfig { redis_url, ..app.db.config.clone() };
    let address = serve(Desk::start(&config).unwrap(), Default::default()).await;
    let ready = Client::new(address).get("/readyz").await;
    assert_eq!((ready.status, &ready.json()["redis"]), (200, &json!(false)));

    let token = app.token(&app.team.agent, deskwire_domain::actor::Scope::ALL).await;
    let ada = Client::new(address).with_bearer(&token);
    let list = ada.data("{ tickets { streamCursor } }", json!({})).await;
    let mut socket = Socket::of_token(address, &token).await;
    let operation =
        "subscription($after: Cursor) { queueUpdates(after: $after) { kind ticket { subject } } }";
    socket.subscribe("1", operation, json!({ "after": list["tickets"]["streamCursor"] })).await;
    let own = json!({ "subject": "Here", "body": "b" });
    ada.change("createTicket", own, "errors { code }").await;
    assert_eq!(socket.item().await, json!({ "kind": "ENTER", "ticket": { "subject": "Here" } }));
    app.ticket("Elsewhere").await;
    app.db.desk.settle().await.unwrap();
    assert_eq!(
        socket.item().await,
        json!({ "kind": "ENTER", "ticket": { "subject": "Elsewhere" } })
    );
    app.set_password(&app.team.lead, "a long password").await;
    let sign_in = "mutation { signIn(input: { email: \"lea@example.org\", password: \"a long password\" }) \
        { user { name } } }";
    assert_eq!(ada.data(sign_in, json!({})).await["signIn"]["user"]["name"], "lea");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_database_is_an_internal_error_without_its_text() {
    let app = TestApp::start().await;
    let ada = app.as_(&app.team.agent).await;
    let id = public("ticket", app.ticket("Old").await.id);
    app.sql("SET FOREIGN_KEY_CHECKS = 0; DROP TABLE messages; DROP TABLE ticket_tags; SET FOREIGN_KEY_CHECKS = 1")
        .await;
    let read = "{ tickets { nodes { id tags { name } messages { nodes { id } } } } }";
    let search = "{ searchTickets(query: \"old\") { nodes { id } } }";
    for operation in [read, search] {
        let answer = ada.run(operation, json!({})).await;
        assert!(codes(&answer).iter().all(|code| *code == "INTERNAL"), "{answer}");
        assert!(
            !codes(&answer).is_empty() && !answer.to_string().contains("ticket_tags"),
            "{answer}"
        );
    }
    let reply = json!({ "ticketId": id, "body": "b" });
    let answer = ada.change("addReply", reply, "errors { code }").await;
    assert_eq!(codes(&answer), ["INTERNAL"]);
    app.finish().await;
}
