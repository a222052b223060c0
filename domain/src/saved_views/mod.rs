//! Saved views: ticket lists that people keep, for themselves or for others.
//!
//! A view is a filter, an order and columns, kept as they were given. What it names may be gone later: such
//! ids stay in it and find nothing, so that a view never shows more than it was made for, and [`unknown`]
//! says which they are.

mod create;
mod delete;
mod list;
mod policy;
mod reorder;
mod rules;
mod unknown;
mod update;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde::{Deserialize, Serialize};

use crate::db::schema::saved_views;
use crate::error::{Error, Result};
use crate::ids::{QueueId, SavedViewId, TagId, UserId};
use crate::tickets::{AssigneeFilter, TicketFilter, TicketOrder};
use crate::{Actor, Conn, Timestamp};

pub use create::{SavedViewDraft, VIEWS_MAX, create};
pub use delete::delete;
pub use list::{find, list};
pub use policy::may_change;
pub use reorder::reorder;
pub use unknown::{Unknown, unknown};
pub use update::{SavedViewChange, update};

crate::text_enum! {
    /// Who sees a view beside its owner.
    pub enum Sharing {
        Private = "private",
        /// The members of a queue.
        Queue = "queue",
        /// All staff.
        Everyone = "everyone",
    }
}

/// Who sees a view beside its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    Nobody,
    Queue(QueueId),
    Everyone,
}

impl Audience {
    /// # Errors
    /// [`Error::Invalid`] for `queueId` unless it is there exactly for sharing with a queue.
    pub fn new(sharing: Sharing, queue: Option<QueueId>) -> Result<Self> {
        match (sharing, queue) {
            (Sharing::Private, None) => Ok(Self::Nobody),
            (Sharing::Everyone, None) => Ok(Self::Everyone),
            (Sharing::Queue, Some(queue)) => Ok(Self::Queue(queue)),
            (Sharing::Queue, None) => {
                Err(Error::invalid("queueId", "name the queue whose members share the view"))
            }
            (_, Some(_)) => Err(Error::invalid("queueId", "is only for sharing with a queue")),
        }
    }

    pub fn sharing(self) -> Sharing {
        match self {
            Self::Nobody => Sharing::Private,
            Self::Queue(_) => Sharing::Queue,
            Self::Everyone => Sharing::Everyone,
        }
    }

    pub fn queue_id(self) -> Option<QueueId> {
        match self {
            Self::Queue(queue) => Some(queue),
            Self::Nobody | Self::Everyone => None,
        }
    }
}

/// A filter that may mean whoever looks.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ViewFilter {
    #[serde(flatten)]
    pub tickets: TicketFilter,
    /// Assigned to whoever looks; `tickets` has no assignee then.
    pub assigned_to_me: bool,
}

impl ViewFilter {
    /// The filter for one person.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for the desk itself where it means the person.
    pub fn of(&self, actor: &Actor) -> Result<TicketFilter> {
        let mut filter = self.tickets.clone();
        if self.assigned_to_me {
            filter.assignee = Some(AssigneeFilter::User(actor.user()?));
        }
        Ok(filter)
    }
}

/// What a view shows and how.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Definition {
    pub filter: ViewFilter,
    pub order: TicketOrder,
    /// Names that clients give to their columns, in their order.
    pub columns: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedView {
    pub id: SavedViewId,
    pub owner_id: UserId,
    pub name: String,
    pub definition: Definition,
    pub audience: Audience,
    /// Where it stands among others; ascending.
    pub position: i32,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

#[derive(HasQuery, Insertable)]
#[diesel(table_name = saved_views)]
#[diesel(treat_none_as_default_value = false)]
struct Row {
    id: SavedViewId,
    owner_id: UserId,
    name: String,
    definition: String,
    sharing: Sharing,
    queue_id: Option<QueueId>,
    position: i32,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl From<&SavedView> for Row {
    fn from(view: &SavedView) -> Self {
        Self {
            id: view.id,
            owner_id: view.owner_id,
            name: view.name.clone(),
            definition: rules::json(&view.definition),
            sharing: view.audience.sharing(),
            queue_id: view.audience.queue_id(),
            position: view.position,
            created_at: view.created_at,
            updated_at: view.updated_at,
        }
    }
}

impl TryFrom<Row> for SavedView {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.id,
            owner_id: row.owner_id,
            name: row.name,
            definition: serde_json::from_str(&row.definition).map_err(Error::internal)?,
            audience: Audience::new(row.sharing, row.queue_id).map_err(Error::internal)?,
            position: row.position,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

/// Lets views that name a tag name the one it was merged into; call in that transaction.
pub(crate) async fn replace_tag(conn: &mut Conn, from: TagId, to: TagId) -> Result<()> {
    // Ids stand in the JSON with hyphens and nowhere else: no other text looks like one.
    let (from, to) = (from.0.hyphenated().to_string(), to.0.hyphenated().to_string());
    diesel::sql_query(
        "UPDATE saved_views SET definition = REPLACE(definition, ?, ?) \
         WHERE INSTR(definition, ?) > 0",
    )
    .bind::<diesel::sql_types::Text, _>(&from)
    .bind::<diesel::sql_types::Text, _>(&to)
    .bind::<diesel::sql_types::Text, _>(&from)
    .execute(conn)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sharings_round_trip() {
        Sharing::assert_round_trips();
    }

    #[test]
    fn a_view_that_an_earlier_release_kept_is_read_with_defaults() {
        let read: Definition = serde_json::from_str(r#"{"filter":{"statuses":["open"]}}"#).unwrap();
        assert_eq!(read.filter.tickets.statuses, [crate::tickets::Status::Open]);
        assert_eq!(read, serde_json::from_str(&rules::json(&read)).unwrap());
    }
}
