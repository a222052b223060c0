//! Tags: free words staff put on tickets.

mod delete;
mod merge;
mod rename;
mod retag;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use std::collections::HashMap;

use crate::actor::Scope;
use crate::db::one_of;
use crate::db::schema::{tags, ticket_tags, tickets as tickets_table};
use crate::error::{Error, FieldErrors, Result};
use crate::events::{self, EventKind, EventPayload, NewEvent};
use crate::ids::{TagId, TicketId};
use crate::tickets::Visibility;
use crate::{Actor, Conn, Timestamp};

pub use delete::delete;
pub use merge::{MERGE_MAX, merge};
pub use rename::rename;
pub use retag::Retagged;

/// Most tags one ticket may have.
pub const TAGS_MAX: usize = 30;

#[derive(Debug, Clone, PartialEq, Eq, HasQuery, Insertable)]
#[diesel(table_name = tags)]
pub struct Tag {
    pub id: TagId,
    /// Lower case, unique.
    pub name: String,
    pub created_at: Timestamp,
}

/// All tags by name. Staff only.
///
/// # Errors
/// [`Error::Forbidden`] for customers.
pub async fn list(conn: &mut Conn, actor: &Actor) -> Result<Vec<Tag>> {
    actor.require_staff(Scope::TicketsRead)?;
    Ok(Tag::query().order(tags::name.asc()).load(conn).await?)
}

/// Several tags at once, in no order.
///
/// # Errors
/// [`Error::Unavailable`] when the database is away.
pub async fn find_many(conn: &mut Conn, ids: &[TagId]) -> Result<Vec<Tag>> {
    Ok(Tag::query().filter(one_of(tags::id, ids)).load(conn).await?)
}

/// Tags of several tickets, each list by name; tickets without tags are left out.
///
/// # Errors
/// [`Error::Unavailable`] when the database is away.
pub async fn of_tickets(
    conn: &mut Conn,
    tickets: &[TicketId],
) -> Result<HashMap<TicketId, Vec<Tag>>> {
    let rows: Vec<(TicketId, TagId, String, Timestamp)> = ticket_tags::table
        .inner_join(tags::table)
        .filter(one_of(ticket_tags::ticket_id, tickets))
        .order(tags::name.asc())
        .select((ticket_tags::ticket_id, tags::id, tags::name, tags::created_at))
        .load(conn)
        .await?;
    let mut by_ticket: HashMap<TicketId, Vec<Tag>> = HashMap::new();
    for (ticket, id, name, created_at) in rows {
        by_ticket.entry(ticket).or_default().push(Tag { id, name, created_at });
    }
    Ok(by_ticket)
}

/// How many tickets in lists that the actor may see have each of the tags; tags on none are left out.
///
/// # Errors
/// [`Error::Forbidden`] for customers.
pub async fn count_tickets(
    conn: &mut Conn,
    actor: &Actor,
    ids: &[TagId],
) -> Result<HashMap<TagId, u64>> {
    actor.require_staff(Scope::TicketsRead)?;
    let rows: Vec<(TagId, i64)> = ticket_tags::table
        .inner_join(tickets_table::table)
        .filter(one_of(ticket_tags::tag_id, ids))
        .filter(tickets_table::list_status.is_not_null())
        .filter(Visibility::of(actor)?.predicate_with_tags())
        .group_by(ticket_tags::tag_id)
        .select((ticket_tags::tag_id, diesel::dsl::count_star()))
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(|(id, tickets)| (id, tickets.unsigned_abs())).collect())
}

/// # Errors
/// [`Error::NotFound`] for `path` unless there are tags of all these ids.
async fn require_all(conn: &mut Conn, ids: &[TagId], path: &'static str) -> Result<Vec<Tag>> {
    let found = find_many(conn, ids).await?;
    if ids.iter().any(|id| !found.iter().any(|tag| tag.id == *id)) {
        return Err(Error::not_found("tag", path));
    }
    Ok(found)
}

async fn append_event(conn: &mut Conn, actor: &Actor, tag: TagId, note: String) -> Result<()> {
    let payload = EventPayload { note: Some(note), ..Default::default() };
    let event = NewEvent::new(EventKind::TagChanged, actor, tag, Timestamp::now(), payload);
    events::append(conn, &[event]).await
}

/// Ids of the tags with these names; unknown ones are created.
///
/// # Errors
/// [`Error::Invalid`] for `tags` when a name is empty, longer than 60 characters, or there are more
/// than [`TAGS_MAX`].
pub(crate) async fn ids_of(conn: &mut Conn, names: &[String]) -> Result<Vec<TagId>> {
    let names = check_names(names)?;
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let now = Timestamp::now();
    let rows: Vec<Tag> = names
        .iter()
        .map(|name| Tag { id: TagId::new(), name: name.clone(), created_at: now })
        .collect();
    // Existing names are left alone; two agents may invent the same tag at once.
    diesel::insert_or_ignore_into(tags::table).values(&rows).execute(conn).await?;
    let mut ids: Vec<TagId> =
        tags::table.filter(one_of(tags::name, &names)).select(tags::id).load(conn).await?;
    ids.sort();
    Ok(ids)
}

/// Ids of those names that are tags; unknown ones are left out.
///
/// # Errors
/// [`Error::Invalid`] for `tags` as for [`ids_of`].
pub(crate) async fn known_ids(conn: &mut Conn, names: &[String]) -> Result<Vec<TagId>> {
    let names = check_names(names)?;
    if names.is_empty() {
        return Ok(Vec::new());
    }
    Ok(tags::table.filter(one_of(tags::name, &names)).select(tags::id).load(conn).await?)
}

/// # Errors
/// [`Error::Invalid`] for `tags` when a ticket would have more than [`TAGS_MAX`].
pub(crate) fn check_count(count: usize) -> Result<()> {
    if count > TAGS_MAX {
        return Err(Error::invalid("tags", format!("at most {TAGS_MAX} tags, got {count}")));
    }
    Ok(())
}

pub(crate) fn check_names(names: &[String]) -> Result<Vec<String>> {
    let mut errors = FieldErrors::default();
    let mut checked: Vec<String> =
        names.iter().map(|name| errors.line("tags", &name.to_lowercase(), 60)).collect();
    checked.sort();
    checked.dedup();
    errors.into_result()?;
    check_count(checked.len())?;
    Ok(checked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_lowered_and_repeated_ones_merged() {
        let names = ["VIP".to_owned(), " vip ".to_owned(), "a".to_owned()];
        assert_eq!(check_names(&names).unwrap(), ["a", "vip"]);
        assert!(check_names(&[String::new()]).is_err());
    }
}
