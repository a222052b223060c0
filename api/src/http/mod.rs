//! HTTP and sockets around the graph.

mod batching;
mod credentials;
mod graph;
mod health;
mod metrics;
mod process;
mod socket;
mod stopping;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::get;
use deskwire_domain::Desk;
use std::time::Duration;
use tower::util::MapFutureLayer;

use crate::config::ServeArgs;
use crate::graphql::context::Settings;
use crate::graphql::{DeskSchema, schema};

pub use metrics::build_metrics;
pub use stopping::Stopping;

/// Name of the cookie that carries a session's secret.
pub const SESSION_COOKIE: &str = "deskwire_session";

/// What handlers share.
#[derive(Clone)]
struct App {
    desk: Desk,
    schema: DeskSchema,
    feeds: socket::Feeds,
    stopping: Stopping,
    timeout: Duration,
    ping: Duration,
    max_body_bytes: usize,
}

/// The whole web application.
pub fn build_app(desk: Desk, args: &ServeArgs) -> Router {
    build_app_until(desk, args, Stopping::default())
}

/// As [`build_app`]; its sockets close when `stopping` begins.
pub fn build_app_until(desk: Desk, args: &ServeArgs, stopping: Stopping) -> Router {
    let settings = Settings { secure_cookies: args.secure_cookies };
    let app = App {
        schema: schema(desk.clone(), &args.limits, settings),
        desk,
        feeds: socket::Feeds::default(),
        stopping,
        ping: Duration::from_secs(args.limits.ping_seconds),
        max_body_bytes: args.limits.max_body_bytes,
        timeout: Duration::from_millis(args.limits.timeout_ms),
    };
    Router::new()
        .route("/graphql", get(socket::connect).post(graph::execute))
        .route("/graphiql", get(graph::graphiql))
        .route("/", get(graph::home))
        .route("/livez", get(health::livez))
        .route("/readyz", get(health::readyz))
        .layer(DefaultBodyLimit::max(args.limits.max_body_bytes))
        .layer(MapFutureLayer::new(metrics::measured))
        .with_state(app)
}
