//! HTTP and sockets around the graph.

mod answer;
mod batching;
mod console;
mod credentials;
mod graph;
mod health;
mod incoming;
mod metrics;
mod process;
mod socket;
mod stopping;

use axum::Router;
use axum::body::Body;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{DefaultBodyLimit, RawQuery, State};
use axum::http::header::UPGRADE;
use axum::http::{HeaderMap, Request};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use deskwire_domain::Desk;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;
use tower::util::MapFutureLayer;

use crate::config::ServeArgs;
use crate::graphql::context::Settings;
use crate::graphql::operations::Graph;

pub use metrics::build_metrics;
pub use stopping::Stopping;

/// Name of the cookie that carries a session's secret.
pub const SESSION_COOKIE: &str = "deskwire_session";

/// Header in which a client names itself; see `Event.origin` in the graph.
pub const ORIGIN_HEADER: &str = "x-deskwire-origin";

/// What handlers share; cheap to clone.
#[derive(Clone)]
struct App(Arc<Shared>);

struct Shared {
    desk: Desk,
    schema: Graph,
    console: console::Console,
    feeds: socket::Feeds,
    stopping: Stopping,
    timeout: Duration,
    ping: Duration,
    max_body_bytes: usize,
}

impl Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

/// The whole web application.
pub fn build_app(desk: Desk, args: &ServeArgs) -> Router {
    build_app_until(desk, args, Stopping::default())
}

/// As [`build_app`]; its sockets close when `stopping` begins.
pub fn build_app_until(desk: Desk, args: &ServeArgs, stopping: Stopping) -> Router {
    let settings = Settings { secure_cookies: args.secure_cookies };
    let app = App(Arc::new(Shared {
        schema: Graph::new(desk.clone(), &args.limits, settings, &args.documents),
        desk,
        console: console::Console::embedded(),
        feeds: socket::Feeds::default(),
        stopping,
        ping: Duration::from_secs(args.limits.ping_seconds),
        max_body_bytes: args.limits.max_body_bytes,
        timeout: Duration::from_millis(args.limits.timeout_ms),
    }));
    Router::new()
        .route("/graphql", get(socket_or_query).post(graph::post))
        .route("/graphiql", get(graph::graphiql))
        .route("/livez", get(health::livez))
        .route("/readyz", get(health::readyz))
        .fallback(async |State(app): State<App>, request: Request<Body>| {
            app.console.answer(&request)
        })
        .layer(DefaultBodyLimit::max(args.limits.max_body_bytes))
        .layer(MapFutureLayer::new(metrics::measured))
        .with_state(app)
}

/// A socket where one is asked for, else a query.
async fn socket_or_query(
    State(app): State<App>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
    RawQuery(query): RawQuery,
) -> Response {
    if !headers.contains_key(UPGRADE) {
        return graph::get(&app, &headers, query.as_deref()).await;
    }
    match upgrade {
        Ok(upgrade) => socket::connect(State(app), headers, upgrade).await,
        Err(rejection) => rejection.into_response(),
    }
}
