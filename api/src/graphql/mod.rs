//! The graph: one folder or file a noun, resolvers that parse, call one domain function and wrap.

pub mod categories;
pub mod codes;
pub mod connection;
pub mod context;
pub mod error;
pub mod events;
pub mod ids;
pub mod jobs;
pub mod limits;
pub mod live;
pub mod loaders;
pub mod messages;
pub mod models;
pub mod node;
pub mod organisations;
mod payload;
pub mod queues;
pub mod scalars;
pub mod sessions;
pub mod suggestions;
pub mod tags;
pub mod tickets;
pub mod tokens;
pub mod users;

use async_graphql::{MergedObject, SDLExportOptions, Schema};
use deskwire_domain::Desk;

use crate::config::Limits;
use context::Settings;

/// Reading the desk. Everything answers with what the caller may see; what they may not see answers
/// as if it did not exist.
#[derive(MergedObject, Default)]
pub struct Query(
    sessions::SessionQuery,
    node::NodeQuery,
    tickets::query::TicketQuery,
    queues::QueueQuery,
    users::query::UserQuery,
    organisations::OrganisationQuery,
    categories::CategoryQuery,
    tags::TagQuery,
    models::ModelQuery,
    jobs::JobQuery,
    tickets::subscription::HeartbeatQuery,
);

/// Changing the desk. Every mutation takes one `input` and returns a payload whose `errors` list
/// what the caller can mend; nothing was changed when it is not empty.
#[derive(MergedObject, Default)]
pub struct Mutation(
    sessions::SessionMutation,
    tickets::mutation::TicketMutation,
    messages::mutation::MessageMutation,
    suggestions::mutation::SuggestionMutation,
    users::mutation::UserMutation,
    organisations::OrganisationMutation,
    queues::QueueMutation,
    categories::CategoryMutation,
    tokens::TokenMutation,
    jobs::JobMutation,
);

pub type DeskSchema = Schema<Query, Mutation, tickets::subscription::TicketSubscription>;

/// The executable schema, with limits.
pub fn schema(desk: Desk, limits: &Limits, settings: Settings) -> DeskSchema {
    builder()
        .data(desk)
        .data(settings)
        .limit_depth(limits.max_depth)
        .limit_complexity(limits.max_complexity)
        .limit_recursive_depth(64)
        .limit_directives(8)
        .extension(codes::Codes)
        .extension(limits::Cost)
        .finish()
}

/// The schema in the schema definition language, as in `schema.graphql`.
pub fn sdl() -> String {
    builder().finish().sdl_with_options(SDLExportOptions::new().sorted_enum_items())
}

fn builder()
-> async_graphql::SchemaBuilder<Query, Mutation, tickets::subscription::TicketSubscription> {
    Schema::build(Query::default(), Mutation::default(), tickets::subscription::TicketSubscription)
        .register_output_type::<node::Node>()
}
