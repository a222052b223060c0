//! Is the process alive, and can it do its work?

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde_json::json;

use super::App;

/// The process answers; says nothing about database and Redis.
pub async fn livez() -> &'static str {
    "alive\n"
}

/// Whether requests can be served: 200 with the database there, 503 without. Redis away delays live
/// updates between processes by up to a second, so it is reported but no reason to send traffic
/// elsewhere; neither is an old heartbeat, which says how stale live updates may be.
pub async fn readyz(State(app): State<App>) -> impl IntoResponse {
    let (database, redis) = tokio::join!(app.desk.ping_database(), app.desk.ping_redis());
    let status = if database { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let heartbeat_age_ms = app.desk.hub.heartbeat().map(|beat| beat.age().as_millis() as u64);
    let report = json!({
        "ready": database,
        "database": database,
        "redis": redis,
        "heartbeatAgeMs": heartbeat_age_ms,
    });
    (status, Json(report))
}
