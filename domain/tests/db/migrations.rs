use deskwire_domain::db::{establish, migrations};
use deskwire_domain::testing::TestDatabase;

#[tokio::test(flavor = "multi_thread")]
async fn migrations_go_up_down_and_up_again() {
    let db = TestDatabase::create().await;
    let conn = async || establish(&db.config.database_url).await.unwrap();
    let all = migrations::count();
    let tables = "information_schema.tables WHERE table_schema = DATABASE() \
                  AND table_name NOT LIKE '\\_\\_diesel%'";
    let present = db.count(tables).await;
    for _ in 0..2 {
        assert_eq!(migrations::pending(conn().await).await.unwrap(), [""; 0]);
        assert_eq!(migrations::run(conn().await).await.unwrap(), [""; 0]);
        migrations::revert_all(conn().await).await.unwrap();
        assert_eq!(db.count(tables).await, 0);
        assert_eq!(migrations::pending(conn().await).await.unwrap().len(), all);
        // Several programs start at once: each migration runs once.
        let at_once = [migrations::run(conn().await), migrations::run(conn().await)];
        let ran = futures::future::join_all(at_once.map(tokio::spawn)).await;
        let ran: usize = ran.into_iter().map(|done| done.unwrap().unwrap().len()).sum();
        assert_eq!((ran, db.count(tables).await), (all, present));
    }
    db.finish().await;
}
