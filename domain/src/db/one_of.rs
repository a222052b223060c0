//! `IN` lists whose statements stay prepared.

use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping};
use diesel::mysql::Mysql;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{Bool, HasSqlType};

/// Lists up to this length stay prepared, in a statement for each power of two.
const PREPARED_MAX: usize = 128;

/// Whether a column has one of some values; made by [`one_of`].
#[derive(Debug, Clone)]
pub struct OneOf<C, T> {
    column: C,
    values: Vec<T>,
}

/// `column IN (…)`, and never true for no values.
///
/// diesel's own `eq_any` is prepared anew each time, since there would be a statement for each length.
/// Here the last value is repeated up to the next power of two. For lists that come with nearly every
/// request; `eq_any` is for those that differ in more than their length.
pub(crate) fn one_of<C, T: Clone>(column: C, values: &[T]) -> OneOf<C, T> {
    OneOf { column, values: values.to_vec() }
}

impl<C, T> Expression for OneOf<C, T>
where
    C: Expression,
{
    type SqlType = Bool;
}

impl<C, T, QS> AppearsOnTable<QS> for OneOf<C, T> where C: AppearsOnTable<QS> {}
impl<C, T, QS> SelectableExpression<QS> for OneOf<C, T> where C: SelectableExpression<QS> {}

impl<C, T, G> ValidGrouping<G> for OneOf<C, T>
where
    C: ValidGrouping<G>,
{
    type IsAggregate = C::IsAggregate;
}

impl<C, T> QueryId for OneOf<C, T> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<C, T> QueryFragment<Mysql> for OneOf<C, T>
where
    C: Expression + QueryFragment<Mysql>,
    T: ToSql<C::SqlType, Mysql>,
    Mysql: HasSqlType<C::SqlType>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Mysql>) -> QueryResult<()> {
        let Some(last) = self.values.last() else {
            out.push_sql("FALSE");
            return Ok(());
        };
        let mut length = self.values.len();
        if length <= PREPARED_MAX {
            length = length.next_power_of_two();
        } else {
            out.unsafe_to_cache_prepared();
        }
        self.column.walk_ast(out.reborrow())?;
        for n in 0..length {
            out.push_sql(if n == 0 { " IN (" } else { ", " });
            out.push_bind_param(self.values.get(n).unwrap_or(last))?;
        }
        out.push_sql(")");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::schema::tickets;
    use diesel::debug_query;

    fn sql(values: &[u64]) -> (String, bool) {
        let list = one_of(tickets::number, values);
        let text = debug_query::<Mysql, _>(&list).to_string();
        let (text, _) = text.split_once(" --").unwrap();
        (text.to_owned(), list.is_safe_to_cache_prepared(&Mysql).unwrap())
    }

    #[test]
    fn lists_of_similar_length_share_a_statement_that_stays_prepared() {
        let (four, is_kept) = sql(&[1, 2, 3, 4]);
        assert_eq!((&*four, is_kept), ("`tickets`.`number` IN (?, ?, ?, ?)", true));
        assert_eq!(sql(&[1, 2, 3]).0, four);
        assert_ne!(sql(&[1, 2]).0, four);
        assert!(!sql(&[7; PREPARED_MAX + 1]).1);
    }

    #[test]
    fn an_empty_list_has_nothing() {
        assert_eq!(sql(&[]).0, "FALSE");
    }
}
