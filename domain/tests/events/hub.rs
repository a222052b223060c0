use std::sync::Arc;
use std::time::Duration;

use deskwire_domain::events::{
    Cursor, EventKind, EventPayload, Follower, LogEvent, NewEvent, Start, append,
};
use deskwire_domain::ids::{LogId, TicketId};
use deskwire_domain::testing::TestDatabase;
use deskwire_domain::{Actor, Conn, Desk, DeskConfig, Timestamp};
use tokio::time::timeout;

use crate::support::at;

async fn write(conn: &mut Conn, count: usize) {
    let event = NewEvent::new(
        EventKind::QueueChanged,
        &Actor::system(),
        TicketId::new(),
        Timestamp::now(),
        EventPayload::default(),
    );
    append(conn, &vec![event; count]).await.unwrap();
}

async fn follow(desk: &Desk, after: Option<Cursor>) -> Follower {
    match desk.hub.follow(after).await.unwrap() {
        Start::Resumed(follower) => follower,
        Start::Resync(_) => panic!("the cursor is of this log"),
    }
}

async fn next(follower: &mut Follower) -> Arc<LogEvent> {
    let next = timeout(Duration::from_secs(10), follower.next()).await;
    next.expect("an event should come").expect("the hub lives")
}

async fn positions(follower: &mut Follower, count: u64) -> Vec<u64> {
    let mut all = Vec::new();
    for _ in 0..count {
        all.push(next(follower).await.position);
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_continues_from_a_past_cursor_into_the_live_log() {
    let db = TestDatabase::create().await;
    let mut conn = db.conn().await;
    write(&mut conn, 700).await;
    let cursor = db.desk.settle().await.unwrap();
    let mut live = follow(&db.desk, Some(cursor)).await;
    let past = at(cursor, 100);
    let mut resumed = follow(&db.desk, Some(past)).await;
    let mut from_now = follow(&db.desk, None).await;
    assert_eq!(from_now.cursor(), cursor);
    for _ in 0..5 {
        write(&mut conn, 2).await;
        db.desk.settle().await.unwrap();
    }
    assert!(positions(&mut resumed, 610).await.into_iter().eq(101..=710));
    assert!(positions(&mut live, 10).await.into_iter().eq(701..=710));
    assert!(positions(&mut from_now, 10).await.into_iter().eq(701..=710));
    assert_eq!(live.cursor(), at(cursor, 710));
    drop(conn);
    db.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_that_lags_behind_the_buffer_misses_nothing() {
    let db = TestDatabase::create().await;
    let mut conn = db.conn().await;
    let mut slow = follow(&db.desk, None).await;
    let mut quick = follow(&db.desk, None).await;
    // More than the hub keeps and more than the sequencer numbers at a time.
    write(&mut conn, 2500).await;
    db.desk.settle().await.unwrap();
    assert!(positions(&mut quick, 2500).await.into_iter().eq(1..=2500));
    write(&mut conn, 1).await;
    db.desk.settle().await.unwrap();
    assert!(positions(&mut slow, 2501).await.into_iter().eq(1..=2501));
    drop(conn);
    db.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn foreign_cursors_and_cursors_beyond_the_end_ask_to_read_anew() {
    let db = TestDatabase::create().await;
    let mut conn = db.conn().await;
    write(&mut conn, 3).await;
    let end = db.desk.settle().await.unwrap();
    let foreign = Cursor::new(LogId::new(), 1);
    let beyond = at(end, end.position + 100);
    for cursor in [foreign, beyond] {
        let Start::Resync(mut follower) = db.desk.hub.follow(Some(cursor)).await.unwrap() else {
            panic!("{cursor} should ask for a resync")
        };
        assert_eq!(follower.cursor().position, db.desk.settle().await.unwrap().position);
        write(&mut conn, 1).await;
        let settled = db.desk.settle().await.unwrap();
        assert_eq!(next(&mut follower).await.position, settled.position);
    }
    drop(conn);
    db.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_processes_changes_arrive_with_redis_and_without() {
    let db = TestDatabase::create().await;
    let mut conn = db.conn().await;
    for redis_url in [&*db.config.redis_url, "redis://127.0.0.1:1"] {
        let config = DeskConfig { redis_url: redis_url.into(), ..db.config.clone() };
        let others = [Desk::start(&config).unwrap(), Desk::start(&config).unwrap()];
        let mut followers = Vec::new();
        for desk in &others {
            followers.push(follow(desk, None).await);
        }
        for desk in &others {
            write(&mut conn, 2).await;
            let end = desk.settle().await.unwrap().position;
            for follower in &mut followers {
                assert_eq!(positions(follower, 2).await, [end - 1, end], "{redis_url}");
            }
        }
    }
    drop(conn);
    db.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_a_process_that_died_are_numbered_by_the_clock() {
    let db = TestDatabase::create().await;
    let mut conn = db.conn().await;
    let mut follower = follow(&db.desk, None).await;
    write(&mut conn, 1).await;
    assert_eq!(next(&mut follower).await.position, 1);
    drop(conn);
    db.finish().await;
}

/// The hub looks where the log ends when it starts; what is numbered between a follower's look and
/// the hub's must not wait for the next event.
#[tokio::test(flavor = "multi_thread")]
async fn a_follower_of_a_hub_that_just_started_gets_the_first_event() {
    let db = TestDatabase::create().await;
    let mut conn = db.conn().await;
    for _ in 0..8 {
        let desk = Desk::start(&DeskConfig { max_connections: 1, ..db.config.clone() }).unwrap();
        let mut follower = follow(&desk, None).await;
        write(&mut conn, 1).await;
        let end = db.desk.settle().await.unwrap().position;
        assert_eq!(next(&mut follower).await.position, end);
    }
    drop(conn);
    db.finish().await;
}
