//! Many rows in one statement.

use anyhow::Result;
use deskwire_domain::Timestamp;
use mysql_async::Conn;
use mysql_async::prelude::Queryable;
use std::fmt::Write;
use uuid::Uuid;

/// A statement is sent when it has this many bytes; servers take 16 MiB.
const STATEMENT_BYTES: usize = 1 << 20;

#[derive(Debug, Clone, Copy)]
pub enum Value<'a> {
    Null,
    Number(u64),
    Text(&'a str),
    Id(Uuid),
    Bytes(&'a [u8]),
    Time(Timestamp),
}

/// Collects rows for one table.
pub struct Insert {
    head: String,
    sql: String,
}

impl Insert {
    /// `target` is the table with its columns in brackets.
    pub fn new(target: &str) -> Self {
        Self { head: format!("INSERT INTO {target} VALUES "), sql: String::new() }
    }

    /// # Errors
    /// What the database says about the rows that are sent now.
    pub async fn row(&mut self, conn: &mut Conn, values: &[Value<'_>]) -> Result<()> {
        if self.sql.is_empty() {
            self.sql.push_str(&self.head);
        } else {
            self.sql.push(',');
        }
        self.sql.push('(');
        for (number, value) in values.iter().enumerate() {
            if number > 0 {
                self.sql.push(',');
            }
            self.literal(*value);
        }
        self.sql.push(')');
        if self.sql.len() >= STATEMENT_BYTES { self.finish(conn).await } else { Ok(()) }
    }

    /// Sends what is left.
    ///
    /// # Errors
    /// What the database says.
    pub async fn finish(&mut self, conn: &mut Conn) -> Result<()> {
        if !self.sql.is_empty() {
            conn.query_drop(std::mem::take(&mut self.sql)).await?;
        }
        Ok(())
    }

    fn literal(&mut self, value: Value<'_>) {
        let written = match value {
            Value::Null => write!(self.sql, "NULL"),
            Value::Number(number) => write!(self.sql, "{number}"),
            Value::Id(id) => write!(self.sql, "X'{}'", id.simple()),
            Value::Bytes(bytes) => {
                self.sql.push_str("X'");
                for byte in bytes {
                    write!(self.sql, "{byte:02x}").expect("strings take everything");
                }
                write!(self.sql, "'")
            }
            Value::Time(time) => {
                write!(self.sql, "'{}'", time.as_utc().format("%Y-%m-%d %H:%M:%S%.6f"))
            }
            Value::Text(text) => {
                self.sql.push('\'');
                for part in text.split_inclusive(['\'', '\\']) {
                    // Both are doubled, in strings of MySQL and MariaDB with default settings.
                    self.sql.push_str(part);
                    if let Some(last @ ('\'' | '\\')) = part.chars().last() {
                        self.sql.push(last);
                    }
                }
                write!(self.sql, "'")
            }
        };
        written.expect("strings take everything");
    }
}
