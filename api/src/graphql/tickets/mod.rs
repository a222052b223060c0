//! Tickets in the graph.

pub mod filter;
pub mod mutation;
pub mod object;
pub mod payload;
pub mod query;
pub mod similar;
pub mod subscription;
