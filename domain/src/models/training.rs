//! Training data: the labels people gave, never a model's own.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use diesel_async::RunQueryDsl;
use std::collections::HashMap;

use super::LabelMeanings;
use crate::actor::Scope;
use crate::db::schema::{categories, tickets};
use crate::error::{Error, Result};
use crate::ids::{CategoryId, TicketId};
use crate::suggestions::{Label, LabelKind};
use crate::tickets::{Priority, persons_label};
use crate::{Actor, Conn, Timestamp, messages};

/// A ticket with the label a person gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelledTicket {
    /// The external id where there is one, else the ticket's own.
    pub id: String,
    pub subject: String,
    /// Text of the first public message.
    pub body: String,
    /// The category's name, or the priority.
    pub label: String,
    pub created_at: Timestamp,
}

/// Tickets read at a time.
const PAGE: i64 = 1000;

/// Every ticket a person labelled with `kind`, without deleted and merged ones. Admins only.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Unavailable`].
pub async fn labelled_tickets(
    conn: &mut Conn,
    actor: &Actor,
    kind: LabelKind,
) -> Result<Vec<LabelledTicket>> {
    actor.require_admin(Scope::Admin)?;
    let mut all = Vec::new();
    let mut after: Option<TicketId> = None;
    loop {
        let page = page(conn, kind, after).await?;
        let Some(last) = page.last() else { return Ok(all) };
        after = Some(last.id);
        let ids: Vec<TicketId> = page.iter().map(|row| row.id).collect();
        let mut bodies = messages::first_of_tickets(conn, &ids).await?;
        all.extend(page.into_iter().map(|row| LabelledTicket {
            body: bodies.remove(&row.id).unwrap_or_default(),
            id: row.external_id.unwrap_or_else(|| row.id.to_string()),
            label: row.label,
            subject: row.subject,
            created_at: row.created_at,
        }));
    }
}

struct Labelled {
    id: TicketId,
    external_id: Option<String>,
    subject: String,
    label: String,
    created_at: Timestamp,
}

async fn page(conn: &mut Conn, kind: LabelKind, after: Option<TicketId>) -> Result<Vec<Labelled>> {
    let mut query = tickets::table
        .left_join(categories::table)
        .select((
            tickets::id,
            tickets::external_id,
            tickets::subject,
            tickets::priority,
            categories::name.nullable(),
            tickets::created_at,
        ))
        .filter(tickets::deleted_at.is_null())
        // What they were about is read as part of the ticket that has their messages now.
        .filter(tickets::merged_into_id.is_null())
        .filter(sql::<Bool>(persons_label(kind)))
        .order(tickets::id.asc())
        .limit(PAGE)
        .into_boxed();
    if let Some(id) = after {
        query = query.filter(tickets::id.gt(id));
    }
    type Columns = (TicketId, Option<String>, String, Priority, Option<String>, Timestamp);
    let rows: Vec<Columns> = query.load(conn).await?;
    Ok(rows
        .into_iter()
        .filter_map(|(id, external_id, subject, priority, category, created_at)| {
            let label = match kind {
                LabelKind::Category => category?,
                LabelKind::Priority => priority.as_str().to_owned(),
            };
            Some(Labelled { id, external_id, subject, label, created_at })
        })
        .collect())
}

/// What each label name means on this desk.
///
/// # Errors
/// [`Error::Invalid`] naming every label that is no category (or priority) here.
pub async fn meanings_of(
    conn: &mut Conn,
    kind: LabelKind,
    names: &[String],
) -> Result<LabelMeanings> {
    let known: HashMap<String, CategoryId> = match kind {
        LabelKind::Category => categories::table
            .select((categories::name, categories::id))
            .load::<(String, CategoryId)>(conn)
            .await?
            .into_iter()
            .collect(),
        LabelKind::Priority => HashMap::new(),
    };
    let meaning = |name: &String| match kind {
        LabelKind::Category => known.get(name).copied().map(Label::Category),
        LabelKind::Priority => crate::tickets::priority_named(name).map(Label::Priority),
    };
    let unknown: Vec<&str> =
        names.iter().filter(|name| meaning(name).is_none()).map(String::as_str).collect();
    if !unknown.is_empty() {
        let message = format!("no such {kind} on this desk: {}", unknown.join(", "));
        return Err(Error::invalid("labels", message));
    }
    Ok(names.iter().filter_map(|name| Some((name.clone(), meaning(name)?))).collect())
}
