//! Ticket lists.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::queries::visible;
use super::{Ticket, TicketFilter, TicketOrder, Visibility};
use crate::db::schema::tickets;
use crate::error::Result;
use crate::ids::TicketId;
use crate::page::{Page, PageRequest};
use crate::{Actor, Conn};

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
    let mut query = visible(&Visibility::of(actor)?);
    for predicate in listing.filter.predicates(actor.is_staff()) {
        query = query.filter(predicate);
    }
    if let Some(predicate) = listing.order.after(page)? {
        query = query.filter(predicate);
    }
    let rows = listing.order.apply(query).limit(page.limit()?).load(conn).await?;
    Ok(page.page(rows))
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
