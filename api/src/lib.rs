//! Transport: GraphQL, HTTP, sockets and the `deskwire` program.

// The types of the merged schema nest by one for each noun; 128 was enough for two dozen.
#![recursion_limit = "256"]

pub mod cli;
pub mod config;
pub mod graphql;
pub mod http;
pub mod metrics;
