//! The SQL of a page.

use diesel::dsl::{AsSelect, SqlTypeOf};
use diesel::mysql::Mysql;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::Binary;

use super::Branch;
use super::branches::Source;
use crate::tickets::{Ticket, TicketOrder};

/// Branches up to which a statement is kept prepared; larger ones come in too many shapes.
const PREPARED_MAX: usize = 8;

/// The first `limit` tickets of all branches together.
///
/// One branch is a plain query. Several find only ids and order columns, which the indexes hold, so
/// that rows are fetched for the page alone:
///
/// ```sql
/// SELECT … FROM (
///   (SELECT id, created_at FROM tickets FORCE INDEX (…) WHERE … ORDER BY … LIMIT 26) UNION ALL (…)
///   ORDER BY … LIMIT 26
/// ) AS page STRAIGHT_JOIN tickets ON tickets.id = page.id ORDER BY …
/// ```
pub(super) struct ListStatement {
    columns: Columns,
    branches: Vec<Branch>,
    order: TicketOrder,
    limit: i64,
}

type Columns = AsSelect<Ticket, Mysql>;

impl Query for ListStatement {
    type SqlType = SqlTypeOf<Columns>;
}

impl QueryId for ListStatement {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl QueryFragment<Mysql> for ListStatement {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Mysql>) -> QueryResult<()> {
        if self.branches.len() > PREPARED_MAX {
            out.unsafe_to_cache_prepared();
        }
        if let [only] = &self.branches[..] {
            return self.select(only, true, &mut out);
        }
        out.push_sql("SELECT ");
        self.columns.walk_ast(out.reborrow())?;
        out.push_sql(" FROM (");
        for (n, branch) in self.branches.iter().enumerate() {
            out.push_sql(if n == 0 { "(" } else { " UNION ALL (" });
            self.select(branch, false, &mut out)?;
            out.push_sql(")");
        }
        self.sort("", &mut out);
        self.cut(&mut out);
        // The order of this join is known; nobody shall begin with all tickets.
        out.push_sql(") AS `page` STRAIGHT_JOIN `tickets` ON `tickets`.`id` = `page`.`id`");
        self.sort("`page`.", &mut out);
        Ok(())
    }
}

impl ListStatement {
    /// `branches` must not be empty.
    pub fn new(branches: Vec<Branch>, order: TicketOrder, limit: i64) -> Self {
        Self { columns: Ticket::as_select(), branches, order, limit }
    }

    fn select<'b>(
        &'b self,
        branch: &'b Branch,
        whole_rows: bool,
        out: &mut AstPass<'_, 'b, Mysql>,
    ) -> QueryResult<()> {
        out.push_sql("SELECT ");
        if whole_rows {
            self.columns.walk_ast(out.reborrow())?;
        } else {
            out.push_sql("`tickets`.`id`");
            for column in self.keys() {
                out.push_sql(", `tickets`.");
                out.push_sql(column);
            }
        }
        match &branch.source {
            Source::Any => out.push_sql(" FROM `tickets`"),
            Source::Index(name) => {
                out.push_sql(" FROM `tickets` FORCE INDEX (");
                out.push_sql(name);
                out.push_sql(")");
            }
            Source::Tags(tags) => {
                out.push_sql(
                    " FROM (SELECT DISTINCT `ticket_id` FROM `ticket_tags` WHERE `tag_id` IN (",
                );
                for (n, tag) in tags.iter().enumerate() {
                    out.push_sql(if n == 0 { "" } else { ", " });
                    out.push_bind_param::<Binary, _>(tag)?;
                }
                out.unsafe_to_cache_prepared();
                out.push_sql(
                    ")) AS `tagged` STRAIGHT_JOIN `tickets` ON `tickets`.`id` = \
                     `tagged`.`ticket_id`",
                );
            }
            Source::Organisation(id) => {
                out.push_sql(" FROM (SELECT `id` FROM `users` WHERE `organisation_id` = ");
                out.push_bind_param::<Binary, _>(id)?;
                out.push_sql(
                    ") AS `requesters` STRAIGHT_JOIN `tickets` FORCE INDEX \
                     (tickets_requester_status_urgency) ON `tickets`.`requester_id` = \
                     `requesters`.`id`",
                );
            }
        }
        for (n, condition) in branch.conditions.iter().enumerate() {
            out.push_sql(if n == 0 { " WHERE " } else { " AND " });
            condition.walk_ast(out.reborrow())?;
        }
        self.sort("`tickets`.", out);
        self.cut(out);
        Ok(())
    }

    fn sort(&self, table: &str, out: &mut AstPass<'_, '_, Mysql>) {
        let descends = matches!(self.order, TicketOrder::Newest | TicketOrder::RecentlyUpdated);
        for (n, column) in self.keys().iter().chain(&["`id`"]).enumerate() {
            out.push_sql(if n == 0 { " ORDER BY " } else { ", " });
            out.push_sql(table);
            out.push_sql(column);
            out.push_sql(if descends { " DESC" } else { " ASC" });
        }
    }

    fn cut(&self, out: &mut AstPass<'_, '_, Mysql>) {
        // Checked to be 2 to 101; the few sizes that programs use are worth a statement each.
        out.push_sql(&format!(" LIMIT {}", self.limit));
    }

    /// The columns of the order, before the id.
    fn keys(&self) -> &'static [&'static str] {
        match self.order {
            TicketOrder::Newest | TicketOrder::Oldest => &["`created_at`"],
            TicketOrder::RecentlyUpdated => &["`updated_at`"],
            TicketOrder::PriorityThenAge => &["`urgency`", "`created_at`"],
        }
    }
}
