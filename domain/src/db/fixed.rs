//! Statements that stay prepared.

use diesel::mysql::Mysql;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Binary, Bool, Datetime, Text, Unsigned};
use diesel_async::RunQueryDsl;

use super::Conn;
use crate::Timestamp;
use crate::error::Result;

/// A value for a `?` of a [`Fixed`] statement.
pub(crate) enum Bind {
    Unsigned(u64),
    Signed(i64),
    Bytes(Vec<u8>),
    Text(&'static str),
    Bool(bool),
    At(Timestamp),
}

/// A statement whose text never changes.
///
/// diesel prepares every update anew and throws it away, two round trips where one would do; this one
/// is prepared once for each connection. Worth it where every change of the desk passes.
pub(crate) struct Fixed {
    sql: &'static str,
    binds: Vec<Bind>,
}

impl Fixed {
    /// As many `binds` as `sql` has question marks.
    pub fn new(sql: &'static str, binds: impl Into<Vec<Bind>>) -> Self {
        Self { sql, binds: binds.into() }
    }

    /// Rows that were changed.
    ///
    /// # Errors
    /// Whatever the database says.
    pub async fn run(self, conn: &mut Conn) -> Result<usize> {
        Ok(self.execute(conn).await?)
    }
}

impl QueryId for Fixed {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl QueryFragment<Mysql> for Fixed {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Mysql>) -> QueryResult<()> {
        let mut binds = self.binds.iter();
        for (n, text) in self.sql.split('?').enumerate() {
            if n > 0 {
                match binds.next().expect("a bind for each question mark") {
                    Bind::Unsigned(value) => {
                        out.push_bind_param::<Unsigned<BigInt>, _>(value)?;
                    }
                    Bind::Signed(value) => out.push_bind_param::<BigInt, _>(value)?,
                    Bind::Bytes(value) => out.push_bind_param::<Binary, _>(value)?,
                    Bind::Text(value) => out.push_bind_param::<Text, _>(value)?,
                    Bind::Bool(value) => out.push_bind_param::<Bool, _>(value)?,
                    Bind::At(value) => out.push_bind_param::<Datetime, _>(value)?,
                }
            }
            out.push_sql(text);
        }
        Ok(())
    }
}
