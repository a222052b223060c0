//! The graph over real HTTP and sockets: the production router, operation text in, JSON out.

mod canned_replies;
mod categories;
mod category_proposals;
mod http;
mod jobs;
mod live;
mod messages;
mod model_runs;
mod models;
mod node;
mod notifications;
mod organisations;
mod permissions;
mod queues;
mod schema;
mod selections;
mod sessions;
mod sql;
mod suggestions;
mod support;
mod tickets;
mod tokens;
mod users;
