//! Transport: GraphQL, HTTP, sockets and the `deskwire` program.

pub mod cli;
pub mod config;
pub mod graphql;
pub mod http;
pub mod metrics;
