//! HTTP and sockets around the graph.

use axum::Router;
use deskwire_domain::Desk;

use crate::config::ServeArgs;

/// The whole web application.
pub fn build_app(_desk: Desk, _args: &ServeArgs) -> Router {
    Router::new()
}
