//! The migrations, embedded in the program.

use diesel::migration::MigrationSource;
use diesel::mysql::Mysql;
use diesel_async::{AsyncMigrationHarness, RunQueryDsl};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::Conn;
use crate::error::{Error, Result};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../migrations");

#[derive(diesel::QueryableByName)]
struct LockAnswer {
    #[diesel(sql_type = diesel::sql_types::Nullable<diesel::sql_types::BigInt>)]
    granted: Option<i64>,
}

/// Runs what is not yet applied and returns the names of what it ran.
///
/// Programs starting at once wait for each other on a named lock (`GET_LOCK`), so each migration
/// runs once. Needs the multi-threaded tokio runtime.
///
/// # Errors
/// [`Error::Internal`] when a migration fails or another migrator holds the lock for two minutes.
pub async fn run(mut conn: Conn) -> Result<Vec<String>> {
    let lock = diesel::sql_query(
        "SELECT CAST(GET_LOCK(CONCAT('deskwire-migrate-', DATABASE()), 120) AS SIGNED) AS granted",
    );
    let answer: LockAnswer = lock.get_result(&mut conn).await?;
    if answer.granted != Some(1) {
        return Err(Error::internal("another program is migrating this database; try again later"));
    }
    let mut harness = AsyncMigrationHarness::new(conn);
    let versions = harness.run_pending_migrations(MIGRATIONS).map_err(Error::Internal)?;
    // The lock ends with the connection.
    Ok(versions.iter().map(ToString::to_string).collect())
}

/// Names of the migrations that [`run`] would apply, oldest first; empty when up to date.
///
/// # Errors
/// [`Error::Unavailable`] or [`Error::Internal`] when the database cannot be asked.
pub async fn pending(conn: Conn) -> Result<Vec<String>> {
    let mut harness = AsyncMigrationHarness::new(conn);
    let pending = harness.pending_migrations(MIGRATIONS).map_err(Error::Internal)?;
    Ok(pending.iter().map(|m| m.name().to_string()).collect())
}

/// Undoes the newest applied migrations, the newest first. What a release before cannot hold is lost; undoing
/// all of them destroys all data.
///
/// # Errors
/// [`Error::Internal`] when a migration cannot be undone, or fewer are applied.
pub async fn revert(conn: Conn, migrations: usize) -> Result<()> {
    let mut harness = AsyncMigrationHarness::new(conn);
    for _ in 0..migrations {
        harness.revert_last_migration(MIGRATIONS).map_err(Error::Internal)?;
    }
    Ok(())
}

/// Number of migrations in the program.
pub fn count() -> usize {
    MigrationSource::<Mysql>::migrations(&MIGRATIONS).map_or(0, |all| all.len())
}
