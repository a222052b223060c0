use deskwire_domain::sessions;
use deskwire_domain::testing::TestDatabase;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::time::timeout;

use super::program::{command, run};

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_desk_is_filled_once() {
    let db = TestDatabase::create().await;
    let first = run(&db, &["demo"]).await;
    assert_eq!(first.code, Some(0), "{first:?}");
    let tickets = db.count("tickets").await;
    assert!(tickets >= 400, "{tickets}");
    let second = run(&db, &["demo"]).await;
    assert_eq!(second.out, "The desk already has users; nothing was filled in.\n");
    assert_eq!(db.count("tickets").await, tickets);

    let most = "tickets WHERE category_id IS NOT NULL";
    assert!(db.count(most).await * 10 > tickets * 8);
    let waiting = "tickets WHERE category_id IS NULL AND status = 'open'";
    assert!(db.count(waiting).await >= 24, "the model has something to suggest");
    let future = "messages WHERE created_at > UTC_TIMESTAMP(6)";
    assert_eq!(db.count(future).await, 0);
    // The log tells the same story as the tables.
    let versions = "tickets t WHERE version <> 1 + (SELECT COUNT(*) FROM events e \
                    WHERE e.subject_id = t.id AND e.kind IN ('ticket.changed', 'message.replied'))";
    assert_eq!(db.count(versions).await, 0);
    db.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_listed_can_sign_in() {
    let db = TestDatabase::create().await;
    run(&db, &["demo"]).await;
    let listed = run(&db, &["demo", "--sign-ins"]).await;
    assert!(
        listed.out.contains("  agent   ada@demo.deskwire.local   deskwire-demo\n"),
        "{listed:?}"
    );
    let mut conn = db.conn().await;
    for line in listed.out.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let session = sessions::sign_in(&mut conn, words[1], words[2].into()).await.unwrap();
        assert_eq!(session.user.role.as_str(), words[0]);
    }
    drop(conn);
    db.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_live_demo_changes_the_desk_until_it_is_stopped() {
    let db = TestDatabase::create().await;
    let mut child = command(&db, &["demo", "--live", "50"]).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    for _ in 0..30 {
        let line = timeout(Duration::from_secs(30), lines.next_line()).await.unwrap().unwrap();
        assert!(line.is_some(), "it goes on");
    }
    // Nobody reads any more: it ends by itself, without a panic.
    drop(lines);
    let output = timeout(Duration::from_secs(30), child.wait_with_output()).await.unwrap().unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && !err.contains("panic"), "{err}");
    db.finish().await;
}
