//! Reading one's own drafts.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use std::collections::{HashMap, HashSet};

use super::{Draft, DraftPlace};
use crate::actor::Scope;
use crate::db::one_of;
use crate::db::schema::drafts;
use crate::error::Result;
use crate::ids::{DraftId, SubjectId, TicketId, UserId};
use crate::{Actor, Conn, tickets};

/// Most drafts that [`list`] looks at.
pub const LIST_MAX: i64 = 100;

/// The actor's own drafts, latest changed first, without those on tickets that are out of sight; the
/// newest [`LIST_MAX`] are looked at.
///
/// # Errors
/// [`crate::Error::Forbidden`] for the desk itself and without the scope.
pub async fn list(conn: &mut Conn, actor: &Actor) -> Result<Vec<Draft>> {
    actor.require_scope(Scope::TicketsRead)?;
    let mut all: Vec<Draft> = present(actor.user()?)
        .order((drafts::updated_at.desc(), drafts::id.desc()))
        .limit(LIST_MAX)
        .load(conn)
        .await?;
    let ids: Vec<TicketId> = all.iter().filter_map(Draft::ticket_id).collect();
    let visible = tickets::find_many(conn, actor, &ids).await?;
    let visible: HashSet<TicketId> = visible.into_iter().map(|ticket| ticket.id).collect();
    all.retain(|draft| draft.ticket_id().is_none_or(|ticket| visible.contains(&ticket)));
    Ok(all)
}

/// The actor's own draft in a place; `None` without one.
///
/// # Errors
/// [`crate::Error::Forbidden`] for the desk itself and without the scope.
pub async fn find(conn: &mut Conn, actor: &Actor, place: DraftPlace) -> Result<Option<Draft>> {
    actor.require_scope(Scope::TicketsRead)?;
    let author = actor.user()?;
    let found = present(author)
        .filter(drafts::subject_id.eq(place.subject(author)))
        .filter(drafts::kind.eq(place.kind()))
        .first(conn)
        .await
        .optional()?;
    Ok(found)
}

/// The actor's own drafts on several tickets the actor may see; tickets without one are left out.
///
/// # Errors
/// [`crate::Error::Forbidden`] for the desk itself and without the scope.
pub async fn of_tickets(
    conn: &mut Conn,
    actor: &Actor,
    ids: &[TicketId],
) -> Result<HashMap<TicketId, Vec<Draft>>> {
    actor.require_scope(Scope::TicketsRead)?;
    let subjects: Vec<SubjectId> = ids.iter().copied().map(Into::into).collect();
    let found: Vec<Draft> = present(actor.user()?)
        .filter(one_of(drafts::subject_id, &subjects))
        .order(drafts::kind.desc())
        .load(conn)
        .await?;
    let mut by_ticket: HashMap<TicketId, Vec<Draft>> = HashMap::new();
    for draft in found {
        if let Some(ticket) = draft.ticket_id() {
            by_ticket.entry(ticket).or_default().push(draft);
        }
    }
    Ok(by_ticket)
}

pub(super) async fn read(conn: &mut Conn, id: DraftId) -> Result<Draft> {
    Ok(Draft::query().filter(drafts::id.eq(id)).first(conn).await?)
}

type Drafts =
    drafts::BoxedQuery<'static, diesel::mysql::Mysql, diesel::dsl::SqlTypeOf<DraftColumns>>;
type DraftColumns = diesel::dsl::AsSelect<Draft, diesel::mysql::Mysql>;

fn present(author: UserId) -> Drafts {
    Draft::query()
        .filter(drafts::author_id.eq(author))
        .filter(drafts::cleared_at.is_null())
        .into_boxed()
}
