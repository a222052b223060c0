//! How many SQL statements the database server has answered.

use anyhow::{Context, Result};
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Opts};
use tokio::runtime::Runtime;

/// Counts statements by the server's own figures; what others send is counted too.
pub struct Statements {
    runtime: Runtime,
    conn: Conn,
}

impl Statements {
    /// # Errors
    /// When the database does not answer.
    pub fn watch(database_url: &str) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let opts = Opts::from_url(database_url)?;
        let conn = runtime.block_on(Conn::new(opts))?;
        Ok(Self { runtime, conn })
    }

    /// Statements since the server's start: executed, and prepared.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn so_far(&mut self) -> Result<Count> {
        let statement =
            "SHOW GLOBAL STATUS WHERE Variable_name IN ('Questions', 'Com_stmt_prepare')";
        let rows: Vec<(String, u64)> = self.runtime.block_on(self.conn.query(statement))?;
        let of = |name: &str| {
            let found = rows.iter().find(|(variable, _)| variable.eq_ignore_ascii_case(name));
            found.map(|(_, count)| *count).context("the database server does not count statements")
        };
        Ok(Count { executed: of("Questions")?, prepared: of("Com_stmt_prepare")? })
    }
}

#[derive(Debug, Clone, Copy, Default)]
pub struct Count {
    pub executed: u64,
    pub prepared: u64,
}
