//! CPU and time of one request through the production router, without a network.
//!
//! ```text
//! . the environment of ./dev test; cargo run --release -p deskwire-api --example request_path [SECONDS]
//! ```
//!
//! Makes a database of its own with one ticket of ten messages and prints, for each case, requests a
//! second with one and with eight callers, and the processor time of a request (this process; the
//! database's own is not in it).

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use clap::Parser;
use deskwire_api::config::ServeArgs;
use deskwire_api::http::build_app;
use deskwire_domain::Actor;
use deskwire_domain::actor::Scope;
use deskwire_domain::messages::{self, Channel, MessageDraft};
use deskwire_domain::testing::{TestDatabase, team, ticket};
use deskwire_domain::tickets;
use deskwire_domain::tokens::{self, TokenDraft};
use futures::future::join_all;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tower::ServiceExt;

const TICKET: &str = "query($id: ID!) { node(id: $id) { ... on Ticket { id number subject status requester { name } \
    assignee { name } messages(first: 10, order: NEWEST) { nodes { id body author { name } } } } } }";
const LIST: &str = "query($first: Int) { tickets(first: $first, filter: { statuses: [OPEN] }) { totalCount nodes \
    { id number subject requester { name } assignee { name } tags { name } } } }";

#[derive(Parser)]
struct Command {
    /// Time for each measurement
    #[arg(default_value_t = 3)]
    seconds: u64,
    /// Only cases whose name contains this
    #[arg(long, default_value = "")]
    only: String,
    #[command(flatten)]
    serve: ServeArgs,
}

#[tokio::main]
async fn main() {
    let command = Command::parse();
    let db = TestDatabase::create().await;
    let (id, token) = fill(&db).await;
    let app = build_app(db.desk.clone(), &command.serve);
    let ticket = json!({ "query": TICKET, "variables": { "id": id } });
    let list = json!({ "query": LIST, "variables": { "first": 25 } });
    let viewer = json!({ "query": "{ viewer { expiresAt } }" });
    let cases: [(&str, &Value, Option<&str>); 4] = [
        ("ticket, nobody (no SQL)", &ticket, None),
        ("viewer, agent", &viewer, Some(&token)),
        ("ticket, agent", &ticket, Some(&token)),
        ("list, agent", &list, Some(&token)),
    ];
    println!("{:<26} {:>8} {:>12} {:>12}", "case", "callers", "requests/s", "CPU µs each");
    for (name, body, token) in cases.iter().filter(|(name, ..)| name.contains(&command.only)) {
        for callers in [1, 8] {
            let body = body.to_string();
            let span = Duration::from_secs(command.seconds);
            for (is_measured, span) in [(false, span / 4), (true, span)] {
                let (cpu, start) = (cpu_time(), Instant::now());
                let until = start + span;
                let runs = (0..callers).map(|_| {
                    tokio::spawn(repeat(app.clone(), body.clone(), token.map(str::to_owned), until))
                });
                let count: u32 = join_all(runs).await.into_iter().map(Result::unwrap).sum();
                let (cpu, elapsed) = (cpu_time() - cpu, start.elapsed());
                if is_measured {
                    let each = cpu.as_secs_f64() * 1e6 / f64::from(count);
                    let rate = f64::from(count) / elapsed.as_secs_f64();
                    println!("{name:<26} {callers:>8} {rate:>12.0} {each:>12.1}");
                }
            }
        }
    }
    drop(app);
    db.finish().await;
}

async fn repeat(app: Router, body: String, token: Option<String>, until: Instant) -> u32 {
    let mut count = 0;
    while Instant::now() < until {
        let mut request = Request::post("/graphql").header("content-type", "application/json");
        if let Some(token) = &token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let answer =
            app.clone().oneshot(request.body(Body::from(body.clone())).unwrap()).await.unwrap();
        assert_eq!(answer.status(), 200);
        let answer = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        assert!(
            token.is_none() || !answer.windows(8).any(|bytes| bytes == b"\"errors\""),
            "{answer:?}"
        );
        count += 1;
    }
    count
}

async fn fill(db: &TestDatabase) -> (String, String) {
    let mut conn = db.conn().await;
    let team = team(&mut conn).await;
    let requester = team.customer.user().unwrap();
    let mut first = None;
    for n in 0..30 {
        let made = ticket(&mut conn, team.queue, requester, &format!("Number {n}")).await;
        tickets::claim(&mut conn, &team.agent, made.id).await.unwrap();
        first.get_or_insert(made.id);
    }
    let ticket_id = first.unwrap();
    for n in 0..12 {
        let draft = MessageDraft {
            ticket_id,
            body: format!("Message {n}: {}", "text ".repeat(40)),
            body_html: None,
            channel: Channel::Api,
            status: None,
            idempotency_key: None,
            canned_reply_id: None,
            mentions: Vec::new(),
        };
        let author = if n % 2 == 0 { &team.agent } else { &team.lead };
        messages::reply(&mut conn, author, draft).await.unwrap();
    }
    let draft = TokenDraft {
        user_id: team.agent.user().unwrap(),
        name: "driver".into(),
        scopes: Scope::ALL.to_vec(),
        expires_at: None,
    };
    let (_, secret) = tokens::create(&mut conn, &Actor::system(), draft).await.unwrap();
    (deskwire_api::graphql::ids::public(ticket_id).to_string(), secret.expose_secret().to_owned())
}

/// User and system time of this process so far; zero where there is no /proc.
fn cpu_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    // Fields 14 and 15 of proc(5), in hundredths of a second; the name before the bracket was cut off.
    let ticks: u64 = fields.skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}
