use deskwire_domain::db::Pool;
use deskwire_domain::testing::TestDatabase;
use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl;
use std::time::{Duration, Instant};
use tokio::time::timeout;

#[derive(diesel::QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

/// A request that is given up, because its client went away or its time was over, leaves its statement
/// unanswered. Whoever gets the connection next must not be given that answer.
#[tokio::test(flavor = "multi_thread")]
async fn an_abandoned_statements_answer_reaches_nobody() {
    let db = TestDatabase::create().await;
    let pool = Pool::new(&db.config.database_url, 1, None).unwrap();
    for n in 1..=3 {
        let abandoned = async {
            let mut conn = pool.get().await.unwrap();
            let slow = "SELECT CAST(7 + SLEEP(0.5) AS SIGNED) AS n";
            let answer: Number = diesel::sql_query(slow).get_result(&mut conn).await.unwrap();
            answer.n
        };
        assert!(timeout(Duration::from_millis(100), abandoned).await.is_err());
        let mut conn = pool.get().await.unwrap();
        let asked = format!("SELECT CAST({n} AS SIGNED) AS n");
        let answer: Number = diesel::sql_query(asked).get_result(&mut conn).await.unwrap();
        assert_eq!(answer.n, n);
    }
    drop(pool);
    db.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_nobody_waits_for_ends_on_the_server_too() {
    let db = TestDatabase::create().await;
    let limit = Some(Duration::from_secs(1));
    let pool = Pool::new(&db.config.database_url, 1, limit).unwrap();
    let begun = Instant::now();
    let slow = "SELECT COUNT(*) AS n FROM information_schema.COLLATIONS WHERE SLEEP(60)";
    let mut conn = pool.get().await.unwrap();
    // MariaDB answers with an error, MySQL ends the sleep.
    let _ = diesel::sql_query(slow).get_result::<Number>(&mut conn).await;
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
    drop((conn, pool));
    db.finish().await;
}
