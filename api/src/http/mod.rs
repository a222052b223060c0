//! HTTP and sockets around the graph.

mod batching;
mod credentials;
mod graph;
mod health;
mod socket;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::get;
use deskwire_domain::Desk;
use std::time::Duration;

use crate::config::ServeArgs;
use crate::graphql::context::Settings;
use crate::graphql::{DeskSchema, schema};

/// Name of the cookie that carries a session's secret.
pub const SESSION_COOKIE: &str = "deskwire_session";

/// Header in which a client names itself; see `Event.origin` in the graph.
pub const ORIGIN_HEADER: &str = "x-deskwire-origin";

/// What handlers share.
#[derive(Clone)]
struct App {
    desk: Desk,
    schema: DeskSchema,
    feeds: socket::Feeds,
    timeout: Duration,
    ping: Duration,
    max_body_bytes: usize,
}

/// The whole web application.
pub fn build_app(desk: Desk, args: &ServeArgs) -> Router {
    let settings = Settings { secure_cookies: args.secure_cookies };
    let app = App {
        schema: schema(desk.clone(), &args.limits, settings),
        desk,
        feeds: socket::Feeds::default(),
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
        .with_state(app)
}
