//! What the programs of `bench/` share: the desk they measure, and how they measure it.

pub mod http;
pub mod options;
pub mod plan;
pub mod server;
pub mod statements;
pub mod table;
pub mod times;
