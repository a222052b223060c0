//! Which tickets have news for somebody.

use diesel::mysql::Mysql;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::Binary;
use diesel_async::RunQueryDsl;
use std::collections::HashSet;

use crate::db::one_of;
use crate::db::schema::tickets;
use crate::error::Result;
use crate::ids::{TicketId, UserId};
use crate::tickets::{TicketPredicate, Visibility};
use crate::{Actor, Conn};

/// What is news to customers: what they can see. Changes of queue and tags alone are not.
const NEWS_FOR_CUSTOMERS: &str = "(kind IN ('ticket.created', 'ticket.merged', 'message.replied') OR \
    (kind = 'ticket.changed' AND JSON_CONTAINS_PATH(payload, 'one', '$.changes.subject', \
    '$.changes.status', '$.changes.priority', '$.changes.category_id', '$.changes.assignee_id')))";
/// What is news to staff. Tags and the models' suggestions alone are not.
const NEWS_FOR_STAFF: &str = "(kind IN ('ticket.created', 'ticket.merged', 'ticket.restored', \
    'message.replied', 'message.noted') OR (kind = 'ticket.changed' AND \
    JSON_CONTAINS_PATH(payload, 'one', '$.changes.subject', '$.changes.status', '$.changes.priority', \
    '$.changes.category_id', '$.changes.assignee_id', '$.changes.queue_id')))";

/// Those of the tickets that the actor may see and on which somebody else did something visible since the
/// actor saw them last.
///
/// # Errors
/// [`crate::Error::Forbidden`] for the desk itself and without the scope.
pub async fn unread(conn: &mut Conn, actor: &Actor, ids: &[TicketId]) -> Result<HashSet<TicketId>> {
    let reader = actor.user()?;
    let query = Unread {
        asked: Box::new(one_of(tickets::id, ids)),
        visible: Visibility::of(actor)?.predicate(),
        reader,
        news: if actor.is_staff() { NEWS_FOR_STAFF } else { NEWS_FOR_CUSTOMERS },
    };
    let found: Vec<TicketId> = query.load(conn).await?;
    Ok(found.into_iter().collect())
}

/// For each ticket the events behind the mark are looked at, oldest first, until one is news: nothing at
/// all for a ticket that was seen.
struct Unread {
    asked: TicketPredicate,
    visible: TicketPredicate,
    reader: UserId,
    news: &'static str,
}

impl Query for Unread {
    type SqlType = Binary;
}

impl QueryId for Unread {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl QueryFragment<Mysql> for Unread {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Mysql>) -> QueryResult<()> {
        out.push_sql(
            "SELECT `tickets`.`id` FROM `tickets` STRAIGHT_JOIN `users` ON `users`.`id` = ",
        );
        out.push_bind_param::<Binary, _>(&self.reader)?;
        out.push_sql(
            " LEFT JOIN `read_marks` ON `read_marks`.`ticket_id` = `tickets`.`id` \
             AND `read_marks`.`user_id` = `users`.`id` WHERE ",
        );
        self.asked.walk_ast(out.reborrow())?;
        out.push_sql(" AND ");
        self.visible.walk_ast(out.reborrow())?;
        // With a limit, because neither server turns that into a join with all events.
        out.push_sql(
            " AND (SELECT 1 FROM `events` WHERE `events`.`subject_id` = `tickets`.`id` \
             AND `events`.`seq` > COALESCE(`read_marks`.`seq`, 0) \
             AND `events`.`occurred_at` >= COALESCE(`users`.`seen_from`, `users`.`created_at`) \
             AND (`events`.`actor_id` IS NULL OR `events`.`actor_id` <> `users`.`id`) AND ",
        );
        out.push_sql(self.news);
        out.push_sql(" LIMIT 1) IS NOT NULL");
        Ok(())
    }
}
