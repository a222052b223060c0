use diesel_async::SimpleAsyncConnection;
use serde_json::json;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::support::{Client, Frame, Program, Socket, TestApp, public};
use deskwire_domain::actor::Scope;

/// Waits until something is so, looking often.
async fn soon(mut is_so: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !is_so().await {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(20), wait).await.expect("it should become so");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_program_ends_what_is_under_way_and_sends_sockets_elsewhere() {
    let app = TestApp::start().await;
    let ticket = public("ticket", app.ticket("Busy").await.id);
    let program = Program::serve(&app.db).await;
    let token = app.token(&app.team.agent, Scope::ALL).await;
    let mut socket = Socket::of_token(program.address, &token).await;
    let live =
        "subscription($t: ID!) { presenceUpdates(ticketId: $t, clientId: \"a\") { activity } }";
    socket.subscribe("1", live, json!({ "t": ticket })).await;
    assert_eq!(socket.item().await, json!([{ "activity": "VIEWING" }]));

    let mut blocker = app.db.conn().await;
    blocker.batch_execute("BEGIN; SELECT * FROM tickets FOR UPDATE").await.unwrap();
    let agent = Client::new(program.address).with_bearer(&token);
    let reply = tokio::spawn(async move {
        let input = json!({ "ticketId": ticket, "body": "Under way" });
        agent.change("addReply", input, "message { body } errors { code }").await
    });
    // Each server has one list of sessions that can be read while statements carry binary ids.
    let is_mariadb = app.db.count("DUAL WHERE VERSION() LIKE '%MariaDB%'").await > 0;
    let waiting = if is_mariadb {
        "information_schema.PROCESSLIST WHERE DB = DATABASE() AND ID <> CONNECTION_ID() \
         AND COMMAND = 'Execute' AND INFO LIKE '%tickets%FOR UPDATE%'"
    } else {
        "performance_schema.threads WHERE PROCESSLIST_DB = DATABASE() \
         AND PROCESSLIST_ID <> CONNECTION_ID() AND PROCESSLIST_COMMAND = 'Execute'"
    };
    soon(async || app.db.count(waiting).await > 0).await;

    program.terminate().await;
    assert_eq!(socket.next().await, Frame::Close(1001));
    soon(async || TcpStream::connect(program.address).await.is_err()).await;
    assert!(!reply.is_finished());
    blocker.batch_execute("ROLLBACK").await.unwrap();
    drop(blocker);
    let answer = reply.await.unwrap();
    assert_eq!(answer["data"]["payload"]["message"]["body"], "Under way", "{answer}");
    assert!(program.ended().await.success());
    app.finish().await;
}
