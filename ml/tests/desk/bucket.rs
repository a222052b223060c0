//! Artefacts in a bucket: the program against a server that speaks S3.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::routing::put;
use deskwire_domain::models::runs::{self, RunOptions, RunState};
use deskwire_domain::suggestions::LabelKind;
use diesel_async::SimpleAsyncConnection;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::process::Output;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio::process::Command;

use super::support::Desk;

type Objects = Arc<Mutex<HashMap<String, Bytes>>>;

/// One bucket in memory: what `PUT`, `GET` and `HEAD` of an object need.
async fn serve(objects: Objects) -> SocketAddr {
    let object = put(write).get(read).head(read);
    let app = Router::new().route("/{bucket}/{*key}", object).with_state(objects);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

async fn write(
    State(objects): State<Objects>,
    Path((bucket, key)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> impl IntoResponse {
    let signed = headers.get("authorization").and_then(|value| value.to_str().ok());
    if !signed.is_some_and(|value| value.starts_with("AWS4-HMAC-SHA256 Credential=desk/")) {
        return (StatusCode::FORBIDDEN, [("etag", "")]);
    }
    objects.lock().unwrap().insert(format!("{bucket}/{key}"), body);
    (StatusCode::OK, [("etag", "\"1\"")])
}

async fn read(
    State(objects): State<Objects>,
    Path((bucket, key)): Path<(String, String)>,
) -> impl IntoResponse {
    let headers = [("etag", "\"1\""), ("last-modified", "Sat, 28 Nov 2026 00:00:00 GMT")];
    match objects.lock().unwrap().get(&format!("{bucket}/{key}")) {
        Some(body) => (StatusCode::OK, headers, body.clone()),
        None => (StatusCode::NOT_FOUND, headers, Bytes::new()),
    }
}

/// `deskwire-ml worker --once` with its models in a bucket of this server.
async fn work(desk: &Desk, server: SocketAddr) -> Output {
    Command::new(env!("CARGO_BIN_EXE_deskwire-ml"))
        .args(["worker", "--once"])
        .env("DESKWIRE_DATABASE_URL", &desk.db.config.database_url)
        .env("DESKWIRE_REDIS_URL", &desk.db.config.redis_url)
        .env("DESKWIRE_CHANNEL", &desk.db.config.channel)
        .env("DESKWIRE_MODELS", "s3://models/desk/one")
        .env("AWS_ACCESS_KEY_ID", "desk")
        .env("AWS_SECRET_ACCESS_KEY", "secretsecret")
        .env("AWS_REGION", "eu-central-1")
        .env("AWS_ENDPOINT", format!("http://{server}"))
        .env("AWS_ALLOW_HTTP", "true")
        .kill_on_drop(true)
        .output()
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_keeps_its_models_in_a_bucket_and_waits_while_it_is_away() {
    let desk = Desk::create().await;
    let mut conn = desk.db.conn().await;
    let (admin, kind) = (&desk.team.admin, LabelKind::Category);
    let id = runs::start(&mut conn, admin, kind, RunOptions::default()).await.unwrap().id;
    // A port that nobody listens on any more.
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();

    let output = work(&desk, nobody).await;

    assert!(output.status.success(), "{output:?}");
    let run = runs::find(&mut conn, admin, id).await.unwrap();
    let error = run.error.unwrap_or_default();
    assert_eq!(run.state, RunState::Queued, "{error}");
    assert!(error.starts_with("s3://models/desk/one/"), "{error}");
    assert!(!error.contains("secretsecret"), "{error}");

    let objects = Objects::default();
    let server = serve(objects.clone()).await;
    conn.batch_execute("UPDATE jobs SET run_at = '2026-01-01'").await.unwrap();
    let output = work(&desk, server).await;
    assert!(output.status.success(), "{output:?}");
    let run = runs::find(&mut conn, admin, id).await.unwrap();
    assert_eq!((run.state, run.error), (RunState::Succeeded, None), "{output:?}");
    let keys: Vec<String> = objects.lock().unwrap().keys().cloned().collect();
    assert!(matches!(&keys[..], [key] if key.starts_with("models/desk/one/")), "{keys:?}");

    desk.ask(&["My card was stolen"]).await;
    let output = work(&desk, server).await;
    assert!(output.status.success(), "{output:?}");
    assert_eq!(desk.db.count("suggestions").await, 1);
    drop(conn);
    desk.finish().await;
}
