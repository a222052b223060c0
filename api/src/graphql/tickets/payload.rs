//! What ticket mutations answer.

use async_graphql::{Context, SimpleObject};
use deskwire_domain::actor::Scope;
use deskwire_domain::error::Result;
use deskwire_domain::ids::TicketId;
use deskwire_domain::tickets;

use super::object::Ticket;
use crate::graphql::context::ContextExt;
use crate::graphql::error::{ApiResult, UserError, mendable};
use crate::graphql::plain::Plain;
use crate::graphql::scalars::Cursor;

/// Outcome of a ticket mutation.
#[derive(SimpleObject)]
pub struct TicketPayload {
    /// The ticket after the change; with errors, as it is now. Null when there is none the caller
    /// may see.
    pub ticket: Option<Plain<Ticket>>,
    /// What the caller can mend. Empty when the change was made.
    pub errors: Vec<UserError>,
    /// Where the change stands in the event log: a stream at or after it has shown the change. Null
    /// with errors.
    pub cursor: Option<Cursor>,
}

impl TicketPayload {
    /// Wraps a verb's outcome; `id` is the ticket it was about, if it existed before.
    pub async fn of(
        ctx: &Context<'_>,
        id: Option<TicketId>,
        outcome: Result<tickets::Ticket>,
    ) -> ApiResult<Self> {
        Ok(match mendable(outcome)? {
            Ok(ticket) => Self {
                ticket: Some(Plain(Ticket(ticket))),
                errors: Vec::new(),
                cursor: ctx.settle().await,
            },
            Err(errors) => Self { ticket: present(ctx, id).await?, errors, cursor: None },
        })
    }
}

/// The ticket as it is now, to show beside errors.
pub async fn present(ctx: &Context<'_>, id: Option<TicketId>) -> ApiResult<Option<Plain<Ticket>>> {
    match id {
        // A token may be allowed to change tickets and not to read them.
        Some(id) if ctx.actor()?.require_scope(Scope::TicketsRead).is_ok() => {
            Ok(Ticket::load(ctx, id).await?.map(Plain))
        }
        Some(_) => Ok(None),
        None => Ok(None),
    }
}
