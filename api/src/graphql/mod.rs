//! The graph: one folder or file a noun, resolvers that parse, call one domain function and wrap.

pub mod batches;
pub mod canned_replies;
pub mod categories;
pub mod category_proposals;
pub mod codes;
pub mod connection;
pub mod context;
pub mod drafts;
pub mod error;
pub mod events;
pub mod ids;
pub mod jobs;
pub mod live;
pub mod loaders;
mod measure;
pub mod messages;
pub mod model_runs;
pub mod models;
pub mod node;
pub mod notifications;
pub mod operations;
pub mod organisations;
mod payload;
mod plain;
pub mod presence;
pub mod queues;
pub mod reports;
pub mod saved_views;
pub mod scalars;
pub mod sessions;
pub mod suggestions;
pub mod tags;
pub mod tickets;
pub mod tokens;
pub mod users;

use async_graphql::{MergedObject, MergedSubscription, SDLExportOptions, Schema};

/// Reading the desk. Everything answers with what the caller may see; what they may not see answers
/// as if it did not exist.
#[derive(MergedObject, Default)]
pub struct Query(
    sessions::SessionQuery,
    node::NodeQuery,
    tickets::query::TicketQuery,
    queues::QueueQuery,
    saved_views::SavedViewQuery,
    users::query::UserQuery,
    organisations::OrganisationQuery,
    categories::CategoryQuery,
    canned_replies::CannedReplyQuery,
    category_proposals::CategoryProposalQuery,
    tags::TagQuery,
    suggestions::figures::SuggestionQuery,
    reports::ReportQuery,
    models::query::ModelQuery,
    model_runs::query::ModelRunQuery,
    notifications::NotificationQuery,
    jobs::JobQuery,
    tickets::subscription::HeartbeatQuery,
);

/// Changing the desk. Every mutation takes one `input` and returns a payload whose `errors` list
/// what the caller can mend; nothing was changed when it is not empty.
#[derive(MergedObject, Default)]
pub struct Mutation(
    sessions::SessionMutation,
    users::profile::ProfileMutation,
    tickets::mutation::TicketMutation,
    messages::mutation::MessageMutation,
    drafts::DraftMutation,
    suggestions::mutation::SuggestionMutation,
    presence::PresenceMutation,
    users::mutation::UserMutation,
    organisations::OrganisationMutation,
    queues::QueueMutation,
    saved_views::SavedViewMutation,
    categories::CategoryMutation,
    tags::TagMutation,
    canned_replies::CannedReplyMutation,
    category_proposals::CategoryProposalMutation,
    tokens::TokenMutation,
    models::mutation::ModelMutation,
    notifications::NotificationMutation,
    model_runs::mutation::ModelRunMutation,
    jobs::JobMutation,
);

/// Live updates, over the `graphql-transport-ws` protocol at the same path as the graph.
///
/// An operation has one field of these. `queueUpdates`, `ticketUpdates` and `notificationUpdates` deliver what is committed,
/// in the order of the log, each step once; with `after`, everything the caller may see since that
/// cursor first. Slow readers are served from the log and lose nothing. The socket is closed with
/// 4403 when session or token end or the user's role changes, and with 1001 when the process stops:
/// connect again, with the last cursor as `after`.
#[derive(MergedSubscription, Default)]
pub struct Subscription(
    tickets::subscription::TicketSubscription,
    notifications::NotificationSubscription,
    presence::PresenceSubscription,
    models::subscription::ModelSubscription,
    model_runs::subscription::ModelRunSubscription,
);

type DeskSchema = Schema<Query, Mutation, Subscription>;
type SchemaBuilder = async_graphql::SchemaBuilder<Query, Mutation, Subscription>;

/// The schema in the schema definition language, as in `schema.graphql`.
pub fn sdl() -> String {
    builder().finish().sdl_with_options(SDLExportOptions::new().sorted_enum_items())
}

fn builder() -> SchemaBuilder {
    Schema::build(Query::default(), Mutation::default(), Subscription::default())
        .register_output_type::<node::Node>()
}
