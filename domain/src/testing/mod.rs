//! What tests build on: a database of their own and short ways to fill it.

mod builders;
mod database;
mod redis_server;
mod statements;

pub use builders::{Team, actor, agent, category, customer, queue, team, ticket, user};
pub use database::TestDatabase;
pub use redis_server::RedisServer;
pub use statements::Statements;
