//! Ticket lists, search and single tickets.

use async_graphql::connection::{Connection, Edge, EmptyFields};
use async_graphql::{Context, ID, Object, SimpleObject};
use deskwire_domain::events;
use deskwire_domain::tickets::{self, Listing};
use std::collections::HashMap;

use super::filter::{TicketFilterInput, TicketOrder};
use super::object::Ticket;
use crate::graphql::connection::{
    DeletedRows, Hits, RowCursor, Rows, connection, list_cost, page_request,
};
use crate::graphql::context::ContextExt;
use crate::graphql::error::ApiResult;
use crate::graphql::ids::public;
use crate::graphql::plain::Plain;
use crate::graphql::scalars::Cursor;
use crate::graphql::suggestions::object::TicketPart;

#[derive(Default)]
pub struct TicketQuery;

#[Object]
impl TicketQuery {
    /// The ticket with this number. Null when there is none or the caller may not see it.
    async fn ticket(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What people call the ticket.")] number: u64,
    ) -> ApiResult<Option<Plain<Ticket>>> {
        let mut conn = ctx.conn().await?;
        let found = tickets::find_visible_by_number(&mut conn, ctx.actor()?, number).await;
        null_if_missing(found.map(|ticket| Plain(Ticket(ticket))))
    }

    /// Tickets the caller may see, filtered and ordered. Scope `tickets:read`.
    #[graphql(complexity = "list_cost(first, child_complexity)")]
    async fn tickets(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "All tickets the caller may see if not given.")] filter: Option<
            TicketFilterInput,
        >,
        #[graphql(desc = "NEWEST if not given.")] order: Option<TicketOrder>,
        #[graphql(desc = "Rows wanted, 1 to 100; 25 if not given.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the row before the first wanted one.")] after: Option<String>,
    ) -> ApiResult<Rows<Plain<Ticket>, TicketListFields>> {
        list(ctx, filter.unwrap_or_default().check(ctx.actor()?)?, order, first, after).await
    }

    /// Deleted tickets, latest deleted first; `restoreTicket` brings one back, its `history` says who
    /// deleted it and why. Admins only. Scope `tickets:read`.
    #[graphql(complexity = "list_cost(first, child_complexity)")]
    async fn deleted_tickets(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows wanted, 1 to 100; 25 if not given.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the row before the first wanted one.")] after: Option<String>,
    ) -> ApiResult<DeletedRows<Plain<Ticket>>> {
        let request = page_request(first, after)?;
        let mut conn = ctx.conn().await?;
        let page = tickets::list_deleted(&mut conn, ctx.actor()?, &request).await?;
        let row = |ticket: tickets::Ticket| (ticket.deleted_cursor(), Plain(Ticket(ticket)));
        Ok(connection(&request, page, EmptyFields, row))
    }

    /// Tickets whose subject or readable messages contain the words, most relevant first; `#123`
    /// finds the ticket of that number. Scope `tickets:read`.
    #[graphql(complexity = "list_cost(first, child_complexity)")]
    async fn search_tickets(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "1 to 200 characters.")] query: String,
        #[graphql(desc = "Restricts the hits further.")] filter: Option<TicketFilterInput>,
        #[graphql(desc = "Rows wanted, 1 to 100; 25 if not given.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the row before the first wanted one.")] after: Option<String>,
    ) -> ApiResult<Hits<Plain<Ticket>, SearchEdgeFields>> {
        let (request, actor) = (page_request(first, after)?, ctx.actor()?);
        let filter = filter.unwrap_or_default().check(actor)?;
        let mut conn = ctx.conn().await?;
        let page = tickets::search(&mut conn, actor, &query, &filter, &request).await?;
        let mut excerpts = match ctx.look_ahead().field("edges").field("excerpts").exists() {
            true => tickets::excerpts(&mut conn, actor, &query, &page.rows).await?,
            false => HashMap::new(),
        };
        let mut hits = Connection::new(request.after.is_some(), page.has_next);
        hits.edges.extend(page.rows.into_iter().map(|hit| {
            let excerpts = excerpts.remove(&hit.ticket.id).unwrap_or_default();
            let excerpts = excerpts.into_iter().map(Into::into).collect();
            let (cursor, node) = (RowCursor(hit.cursor()), Plain(Ticket(hit.ticket)));
            Edge::with_additional_fields(cursor, node, SearchEdgeFields { excerpts })
        }));
        Ok(hits)
    }
}

/// Where a found ticket has the words.
#[derive(SimpleObject)]
pub struct SearchEdgeFields {
    /// Where the ticket has the words: its subject, and the readable message that fits best, each only if it
    /// has one of them. Words count as the full-text index takes them: three letters and more, without regard
    /// to case and accents, and not the most frequent ones.
    excerpts: Vec<SearchExcerpt>,
}

/// A part of a text with the places of the found words.
#[derive(SimpleObject)]
pub struct SearchExcerpt {
    /// Of which text it is a part.
    part: TicketPart,
    /// The message. Null for the subject.
    message_id: Option<ID>,
    /// One line: the whole subject, or at most about 220 characters of a message; `…` where something was
    /// left out.
    text: String,
    /// The found words, in order.
    ranges: Vec<TextRange>,
}

/// A place in a text, counted in characters (Unicode scalar values, not bytes or UTF-16 units).
#[derive(SimpleObject)]
pub struct TextRange {
    /// Where it begins.
    start: u32,
    /// Where it ends, behind its last character.
    end: u32,
}

impl From<tickets::Excerpt> for SearchExcerpt {
    fn from(excerpt: tickets::Excerpt) -> Self {
        let tickets::Excerpt { message_id, text, ranges } = excerpt;
        Self {
            part: match message_id {
                Some(_) => TicketPart::Message,
                None => TicketPart::Subject,
            },
            message_id: message_id.map(public),
            text,
            ranges: ranges.into_iter().map(|(start, end)| TextRange { start, end }).collect(),
        }
    }
}

/// What a ticket list knows beside its rows.
pub struct TicketListFields {
    filter: tickets::TicketFilter,
    stream_cursor: Option<Cursor>,
}

#[Object]
impl TicketListFields {
    /// Tickets in the whole list, as of the log's end; the caller's own changes are in it. Costs next to
    /// nothing for filters by queue, status, priority and `unassigned`; others are counted when asked for.
    #[graphql(complexity = 10)]
    async fn total_count(&self, ctx: &Context<'_>) -> ApiResult<u64> {
        Ok(tickets::count(&mut *ctx.conn().await?, ctx.actor()?, &self.filter).await?)
    }

    /// Where the event log stood when the list was read: `queueUpdates(after:)` with this cursor
    /// continues the list without a gap.
    async fn stream_cursor(&self) -> Option<Cursor> {
        self.stream_cursor
    }
}

pub async fn list(
    ctx: &Context<'_>,
    filter: tickets::TicketFilter,
    order: Option<TicketOrder>,
    first: Option<i32>,
    after: Option<String>,
) -> ApiResult<Rows<Plain<Ticket>, TicketListFields>> {
    let request = page_request(first, after)?;
    let order = order.map_or(tickets::TicketOrder::default(), Into::into);
    let listing = Listing { filter, order };
    let mut conn = ctx.conn().await?;
    // Before the rows: what changes in between comes again over the stream instead of never.
    let stream_cursor = if ctx.look_ahead().field("streamCursor").exists() {
        let (log, end) = events::mark(&mut conn).await?;
        Some(Cursor(events::Cursor::new(log, end)))
    } else {
        None
    };
    let page = tickets::list(&mut conn, ctx.actor()?, &listing, &request).await?;
    let fields = TicketListFields { filter: listing.filter, stream_cursor };
    Ok(connection(&request, page, fields, |ticket| (order.cursor(&ticket), Plain(Ticket(ticket)))))
}

/// For single records: one that is missing or invisible is null, not an error.
pub fn null_if_missing<T>(found: Result<T, deskwire_domain::Error>) -> ApiResult<Option<T>> {
    match found {
        Ok(value) => Ok(Some(value)),
        Err(deskwire_domain::Error::NotFound { .. }) => Ok(None),
        Err(other) => Err(other.into()),
    }
}
