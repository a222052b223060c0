use deskwire_domain::testing::{TestDatabase, team, ticket};
use diesel_async::SimpleAsyncConnection;

use crate::program::run;

#[tokio::test(flavor = "multi_thread")]
async fn wrong_counts_are_printed_and_mended() {
    let db = TestDatabase::create().await;
    let mut conn = db.conn().await;
    let team = team(&mut conn).await;
    ticket(&mut conn, team.queue, team.customer.user().unwrap(), "Help").await;
    db.desk.settle().await.unwrap();

    let ok = run(&db, &["counts", "check"]).await;
    assert_eq!((ok.code, ok.out.as_str()), (Some(0), "The counts agree with the tickets.\n"));

    conn.batch_execute("UPDATE ticket_counts SET tickets = 5").await.unwrap();
    let wrong = run(&db, &["counts", "check"]).await;
    assert_eq!(wrong.code, Some(1));
    assert_eq!(wrong.out, "Support, open, normal, unassigned: counted 5, found 1\n");
    assert!(wrong.err.contains("deskwire counts rebuild"), "{wrong:?}");

    let unasked = run(&db, &["counts", "rebuild"]).await;
    assert_eq!(unasked.code, Some(1));
    assert!(unasked.err.contains("--yes"), "{unasked:?}");
    assert_eq!(run(&db, &["counts", "check"]).await.code, Some(1));

    let done = run(&db, &["counts", "rebuild", "--yes"]).await;
    assert_eq!((done.code, done.out.as_str()), (Some(0), "Counted 1 tickets.\n"));
    assert_eq!(run(&db, &["counts", "check"]).await.code, Some(0));
    drop(conn);
    db.finish().await;
}
