//! One database a test, on the server that `./dev test` started.

use diesel_async::{RunQueryDsl, SimpleAsyncConnection};

use crate::db::{Pooled, establish, migrations};
use crate::tickets::counts;
use crate::{Desk, DeskConfig};

/// A migrated, empty database that is dropped by [`TestDatabase::finish`].
pub struct TestDatabase {
    pub config: DeskConfig,
    pub desk: Desk,
    server_url: String,
    name: String,
}

#[derive(diesel::QueryableByName)]
struct Count {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    rows_found: i64,
}

impl TestDatabase {
    /// Needs `DESKWIRE_TEST_DATABASE_URL` (a server, no database) and `DESKWIRE_TEST_REDIS_URL`.
    pub async fn create() -> Self {
        let server_url = variable("DESKWIRE_TEST_DATABASE_URL");
        let name = format!("deskwire_test_{}", uuid::Uuid::now_v7().simple());
        let mut conn = establish(&server_url).await.expect("the test database server answers");
        conn.batch_execute(&format!(
            "CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci"
        ))
        .await
        .expect("test databases may be created");
        let mut url = url::Url::parse(&server_url).expect("a URL");
        url.set_path(&name);
        let config = DeskConfig {
            database_url: url.to_string(),
            redis_url: variable("DESKWIRE_TEST_REDIS_URL"),
            max_connections: 12,
            channel: name.clone(),
            statement_limit: None,
        };
        let conn = establish(&config.database_url).await.expect("the new database answers");
        migrations::run(conn).await.expect("migrations run");
        let desk = Desk::start(&config).expect("valid URLs");
        Self { config, desk, server_url, name }
    }

    pub async fn conn(&self) -> Pooled {
        self.desk.conn().await.expect("the database answers")
    }

    /// Rows of a query `SELECT COUNT(*) AS rows_found …`.
    pub async fn count(&self, from: &str) -> i64 {
        let sql = format!("SELECT COUNT(*) AS rows_found FROM {from}");
        let count: Count =
            diesel::sql_query(sql).get_result(&mut self.conn().await).await.expect("valid SQL");
        count.rows_found
    }

    /// Ends a test: every event must have its position and be counted by now, and the database goes.
    pub async fn finish(self) {
        self.desk.settle().await.expect("the database answers");
        assert_eq!(self.count("events WHERE position IS NULL").await, 0, "unnumbered events");
        let gaps = "events e WHERE position > 1 AND NOT EXISTS \
                    (SELECT 1 FROM events p WHERE p.position = e.position - 1)";
        assert_eq!(self.count(gaps).await, 0, "gaps in the log");
        // A test that writes tickets by hand has to end with `counts::rebuild`.
        let wrong = counts::check(&mut *self.conn().await).await.expect("the database answers");
        assert_eq!(wrong, [], "ticket counts differ from the tickets");
        self.drop_database().await;
    }

    /// Ends a test whose log is not whole on purpose.
    pub async fn drop_unchecked(self) {
        self.drop_database().await;
    }

    async fn drop_database(self) {
        if let Ok(mut conn) = establish(&self.server_url).await {
            let _ = conn.batch_execute(&format!("DROP DATABASE {}", self.name)).await;
        }
    }
}

fn variable(name: &str) -> String {
    std::env::var(name)
        .unwrap_or_else(|_| panic!("{name} is not set; run the tests with ./dev test"))
}
