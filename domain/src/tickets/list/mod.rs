//! Ticket lists: pages that cost the same however many tickets there are.
//!
//! Nearly all tickets of a grown desk are closed, and no single index can serve "these queues, these
//! statuses, in this order". A list is therefore cut into [`Branch`]es, one for each queue and status,
//! say, each a range of an index that already has the list's order. The first rows of every branch are
//! merged and cut to the page, in one statement: at most a page's rows are read from each.

mod branches;
mod statement;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{Ticket, TicketFilter, TicketOrder, Visibility};
use crate::db::schema::{ticket_tags, tickets};
use crate::error::Result;
use crate::ids::{OrganisationId, TagId, TicketId};
use crate::page::{Page, PageRequest};
use crate::{Actor, Conn};

use branches::{Branch, branches, of_organisation};
use statement::ListStatement;

/// Tickets with the filter's tags up to which all of them are fetched and sorted; where more have them,
/// the list is read in its order and each ticket is asked for its tags.
const RARE: i64 = 5000;

/// What a list shows, in which order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listing {
    pub filter: TicketFilter,
    pub order: TicketOrder,
}

/// One page of the tickets that the filter admits and the actor may see.
///
/// # Errors
/// [`crate::Error::Invalid`] for a bad page size or cursor; [`crate::Error::Forbidden`] for a
/// token without `tickets:read`.
pub async fn list(
    conn: &mut Conn,
    actor: &Actor,
    listing: &Listing,
    page: &PageRequest,
) -> Result<Page<Ticket>> {
    let visibility = Visibility::of(actor)?;
    let (limit, after) = (page.limit()?, listing.order.place(page)?);
    let Some(filter) = visibility.narrow(&listing.filter) else {
        return Ok(page.page(Vec::new()));
    };
    let by_tag = !filter.tags.is_empty() && are_rare(conn, &filter.tags).await?;
    let branches = branches(&filter, actor.is_staff(), listing.order, after, by_tag);
    if branches.is_empty() {
        return Ok(page.page(Vec::new()));
    }
    let statement = ListStatement::new(branches, listing.order, limit);
    Ok(page.page(statement.load(conn).await?))
}

/// One page of those tickets of a [`list`] whose requesters belong to an organisation now. All of the
/// organisation's tickets are looked at.
///
/// # Errors
/// As [`list`].
pub async fn list_of_organisation(
    conn: &mut Conn,
    actor: &Actor,
    id: OrganisationId,
    listing: &Listing,
    page: &PageRequest,
) -> Result<Page<Ticket>> {
    let (limit, after) = (page.limit()?, listing.order.place(page)?);
    let Some(filter) = Visibility::of(actor)?.narrow(&listing.filter) else {
        return Ok(page.page(Vec::new()));
    };
    let branch = of_organisation(id, filter, actor.is_staff(), listing.order, after);
    let statement = ListStatement::new(vec![branch], listing.order, limit);
    Ok(page.page(statement.load(conn).await?))
}

async fn are_rare(conn: &mut Conn, tags: &[TagId]) -> Result<bool> {
    let beyond: Option<TicketId> = ticket_tags::table
        .filter(ticket_tags::tag_id.eq_any(tags))
        .select(ticket_tags::ticket_id)
        .offset(RARE)
        .first(conn)
        .await
        .optional()?;
    Ok(beyond.is_none())
}

/// Whether one ticket is in the filtered, visible list right now.
///
/// # Errors
/// [`crate::Error::Forbidden`] for a token without `tickets:read`.
pub async fn matches(
    conn: &mut Conn,
    actor: &Actor,
    filter: &TicketFilter,
    id: TicketId,
) -> Result<bool> {
    let mut query = tickets::table
        .count()
        .into_boxed()
        .filter(Visibility::of(actor)?.predicate())
        .filter(tickets::id.eq(id));
    for predicate in filter.predicates(actor.is_staff()) {
        query = query.filter(predicate);
    }
    let rows: i64 = query.get_result(conn).await?;
    Ok(rows > 0)
}
