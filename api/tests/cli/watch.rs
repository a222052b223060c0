//! The watch against a small server that speaks `graphql-transport-ws` and hangs up at will.

use axum::Router;
use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::routing::get;
use deskwire_domain::testing::{TestDatabase, team};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::net::TcpListener;
use tokio::process::{Child, ChildStdout};
use tokio::time::timeout;

use super::program::{command, folder, run};

/// What the server was asked, and what it sends on each connection in turn.
#[derive(Clone, Default)]
struct Fake {
    connections: Arc<Mutex<Vec<Vec<Value>>>>,
    tokens: Arc<Mutex<Vec<String>>>,
    afters: Arc<Mutex<Vec<String>>>,
}

impl Fake {
    /// Each connection sends its updates and hangs up; the last one stays.
    async fn start(connections: Vec<Vec<Value>>) -> (Self, String) {
        let fake = Self { connections: Arc::new(Mutex::new(connections)), ..Self::default() };
        let app = Router::new().route("/graphql", get(upgrade)).with_state(fake.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        (fake, url)
    }

    async fn speak(self, mut socket: WebSocket) -> Option<()> {
        let init = receive(&mut socket).await?;
        let token = init["payload"]["authorization"].as_str()?.to_owned();
        self.tokens.lock().unwrap().push(token);
        send(&mut socket, json!({ "type": "connection_ack" })).await?;
        let query = receive(&mut socket).await?;
        let queues = json!({ "data": { "queues": [{ "id": "q1", "name": "Support" }] } });
        send(&mut socket, json!({ "id": query["id"], "type": "next", "payload": queues })).await?;
        send(&mut socket, json!({ "id": query["id"], "type": "complete" })).await?;
        let subscribe = receive(&mut socket).await?;
        let variables = &subscribe["payload"]["variables"];
        assert_eq!(variables["filter"], json!({ "queueIds": ["q1"] }));
        self.afters.lock().unwrap().push(variables["after"].as_str()?.to_owned());
        send(&mut socket, json!({ "type": "ping" })).await?;
        assert_eq!(receive(&mut socket).await?["type"], "pong");
        let (updates, stays) = {
            let mut connections = self.connections.lock().unwrap();
            (connections.remove(0), connections.is_empty())
        };
        for update in updates {
            let payload = json!({ "data": { "queueUpdates": update } });
            send(&mut socket, json!({ "id": subscribe["id"], "type": "next", "payload": payload }))
                .await?;
        }
        if stays {
            receive(&mut socket).await;
        }
        Some(())
    }
}

async fn upgrade(State(fake): State<Fake>, upgrade: WebSocketUpgrade) -> axum::response::Response {
    upgrade.protocols(["graphql-transport-ws"]).on_upgrade(async |socket| {
        fake.speak(socket).await;
    })
}

async fn receive(socket: &mut WebSocket) -> Option<Value> {
    match socket.recv().await? {
        Ok(Message::Text(text)) => serde_json::from_str(&text).ok(),
        _ => None,
    }
}

async fn send(socket: &mut WebSocket, message: Value) -> Option<()> {
    socket.send(Message::Text(message.to_string().into())).await.ok()
}

fn update(kind: &str, position: u64) -> Value {
    let ticket = json!({ "id": "t", "number": position, "subject": "Flat tyre", "status": "OPEN",
        "priority": "HIGH", "version": 1, "assignee": { "name": "Ada" } });
    json!({ "kind": kind, "cursor": format!("11111111-{position}"), "totalCount": 1,
        "event": { "kind": "TICKET_CREATED" }, "suggestion": null,
        "ticket": if kind == "RESYNC" { Value::Null } else { ticket } })
}

async fn next(lines: &mut Lines<BufReader<ChildStdout>>) -> String {
    let line = timeout(Duration::from_secs(20), lines.next_line()).await;
    line.expect("a line in time").unwrap().expect("the watch goes on")
}

/// As Ctrl-C does.
async fn interrupt(child: Child) -> (Option<i32>, String) {
    let id = child.id().unwrap().to_string();
    tokio::process::Command::new("kill").args(["-INT", &id]).status().await.unwrap();
    let output = timeout(Duration::from_secs(20), child.wait_with_output()).await.unwrap().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_resumes_after_a_lost_connection_where_it_was() {
    let db = TestDatabase::create().await;
    let (fake, url) = Fake::start(vec![
        vec![update("RESYNC", 5)],
        vec![update("ENTER", 6), update("UPDATE", 7)],
        vec![update("RESYNC", 2), update("LEAVE", 3)],
    ])
    .await;
    let folder = folder();
    let (token, place) = (folder.join("token"), folder.join("place"));
    std::fs::write(&token, "dwt_secret\n").unwrap();
    let args = ["watch", "--queue", "support", "--url", &url];
    let files = ["--token-file", token.to_str().unwrap(), "--cursor-file", place.to_str().unwrap()];
    let mut child = command(&db, &[&args[..], &files].concat()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    for (kind, number) in [("ENTER", "#6"), ("UPDATE", "#7"), ("LEAVE", "#3")] {
        let line = next(&mut lines).await;
        assert!(line.contains(kind) && line.contains(number), "{line}");
        assert!(line.contains("open") && line.contains("Ada") && line.contains("Flat tyre"));
    }
    let (code, err) = interrupt(child).await;
    assert_eq!(code, Some(0), "{err}");
    assert!(err.contains("resuming after 11111111-7"), "{err}");
    assert!(err.contains("RESYNC"), "{err}");
    assert_eq!(*fake.afters.lock().unwrap(), ["00000000-0", "11111111-5", "11111111-7"]);
    assert_eq!(fake.tokens.lock().unwrap()[0], "Bearer dwt_secret");
    assert_eq!(std::fs::read_to_string(place).unwrap(), "11111111-3\n");
    db.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_without_a_token_makes_one_that_ends_with_it() {
    let db = TestDatabase::create().await;
    team(&mut *db.conn().await).await;
    db.desk.settle().await.unwrap();
    let (fake, url) = Fake::start(vec![vec![update("UPDATE", 9)]]).await;
    let args = ["watch", "--queue", "Support", "--url", &url, "--json", "--after", "11111111-8"];
    let mut child = command(&db, &args).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let object: Value = serde_json::from_str(&next(&mut lines).await).unwrap();
    assert_eq!((&object["cursor"], &object["kind"]), (&json!("11111111-9"), &json!("UPDATE")));
    let (code, err) = interrupt(child).await;
    assert_eq!(code, Some(0), "{err}");
    let token = fake.tokens.lock().unwrap()[0].trim_start_matches("Bearer ").to_owned();
    assert!(token.starts_with("dwt_") && !err.contains(&token), "{err}");
    assert_eq!(db.count("api_tokens WHERE revoked_at IS NOT NULL").await, 1);
    assert_eq!(*fake.afters.lock().unwrap(), ["11111111-8"]);
    db.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_that_cannot_begin_says_why() {
    let db = TestDatabase::create().await;
    team(&mut *db.conn().await).await;
    db.desk.settle().await.unwrap();
    let (_fake, url) = Fake::start(vec![vec![]]).await;
    for (args, code, says) in [
        (&["--queue", "Nope", "--url", &url][..], 1, "you see: Support"),
        (&["--queue", "Support", "--url", "http://127.0.0.1:9"], 1, "deskwire serve"),
        (&["--queue", "Support", "--url", "ftp://x"], 1, "http:// or https://"),
        (&["--queue", "Support", "--after", "12"], 2, "cursors look like"),
    ] {
        let refused = run(&db, &[&["watch"], args].concat()).await;
        assert_eq!(refused.code, Some(code), "{refused:?}");
        assert!(refused.err.contains(says), "{refused:?}");
    }
    db.finish().await;
}
