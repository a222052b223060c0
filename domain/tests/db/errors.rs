use deskwire_domain::db::Pool;
use deskwire_domain::testing::TestDatabase;
use deskwire_domain::{Desk, DeskConfig, Error};
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};

#[tokio::test(flavor = "multi_thread")]
async fn database_text_stays_out_of_what_callers_see() {
    let db = TestDatabase::create().await;
    let mut conn = db.conn().await;
    for sql in [
        "SELECT secret FROM hidden",
        "INSERT INTO queues (id) VALUES ('secret')",
        "SIGNAL SQLSTATE '40001' SET MESSAGE_TEXT = 'Deadlock found: secret'",
        "secret",
    ] {
        let error = diesel::sql_query(sql).execute(&mut conn).await.unwrap_err();
        let error = Error::from(error);
        let shown = error.to_string();
        assert!(
            ["internal error", "the database is not reachable"].contains(&&*shown),
            "{shown:?} for {sql}"
        );
    }
    drop(conn);
    db.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_away_is_unavailable_and_comes_back() {
    let db = TestDatabase::create().await;
    let away = Pool::new("mysql://root:secret@127.0.0.1:1/none", 1, None).unwrap();
    let Err(error) = away.get().await else { panic!("nobody listens there") };
    assert!(matches!(error, Error::Unavailable(_)), "{error:?}");
    assert_eq!(error.to_string(), "the database is not reachable");
    for url in ["postgres://localhost/x", "nonsense"] {
        assert!(matches!(Pool::new(url, 1, None), Err(Error::Invalid(_))), "{url}");
    }
    let config = DeskConfig { redis_url: "nonsense".into(), ..db.config.clone() };
    assert!(matches!(Desk::start(&config), Err(Error::Invalid(_))));

    // The server drops a pooled connection: the next caller gets another.
    let mut conn = db.conn().await;
    let killed = conn.batch_execute("KILL CONNECTION_ID()").await;
    if let Err(error) = killed {
        assert!(!Error::from(error).to_string().contains("killed"));
    }
    drop(conn);
    for _ in 0..3 {
        assert_eq!(db.count("queues").await, 0);
    }
    db.finish().await;
}
