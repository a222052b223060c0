use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use deskwire_domain::db::establish;
use deskwire_domain::events::{
    EventKind, EventPayload, LogEvent, NewEvent, append, number_waiting, read,
};
use deskwire_domain::ids::{SubjectId, TicketId};
use deskwire_domain::testing::TestDatabase;
use deskwire_domain::tickets::{self, Edit, Listing, TicketSnapshot};
use deskwire_domain::{Actor, Conn, Error, Timestamp};
use diesel_async::{AsyncConnection, SimpleAsyncConnection};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::support::{Verb, World};

/// What one of three connections does next.
#[derive(Debug, Clone, Copy)]
enum Step {
    Begin(usize),
    Append(usize, u8),
    Commit(usize),
    Rollback(usize),
    Number(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        2 => (0..3_usize).prop_map(Step::Begin),
        5 => (0..3_usize, 1..4_u8).prop_map(|(conn, events)| Step::Append(conn, events)),
        2 => (0..3_usize).prop_map(Step::Commit),
        1 => (0..3_usize).prop_map(Step::Rollback),
        2 => (0..3_usize).prop_map(Step::Number),
    ];
    proptest::collection::vec(step, 1..40)
}

/// One writer: `None` outside a transaction, else the events it has written but not committed.
struct Writer {
    conn: Conn,
    open: Option<usize>,
}

#[test]
fn any_interleaving_of_transactions_is_numbered_once_and_for_good() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (db, writers) = runtime.block_on(async {
        let db = TestDatabase::create().await;
        let mut writers = Vec::new();
        for _ in 0..3 {
            let conn = establish(&db.config.database_url).await.unwrap();
            writers.push(Writer { conn, open: None });
        }
        (db, writers)
    });
    let state = std::cell::RefCell::new((writers, 0_usize, Vec::<LogEvent>::new()));
    let config = Config { cases: 24, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&steps(), |steps| {
        let (writers, committed, known) = &mut *state.borrow_mut();
        runtime.block_on(async {
            for step in steps {
                play(step, writers, committed, known).await?;
            }
            for conn in 0..3 {
                play(Step::Rollback(conn), writers, committed, known).await?;
            }
            play(Step::Number(0), writers, committed, known).await
        })
    });
    outcome.unwrap();
    runtime.block_on(db.finish());
}

async fn play(
    step: Step,
    writers: &mut [Writer],
    committed: &mut usize,
    known: &mut Vec<LogEvent>,
) -> Result<(), TestCaseError> {
    match step {
        Step::Begin(n) if writers[n].open.is_none() => {
            writers[n].conn.batch_execute("BEGIN").await.unwrap();
            writers[n].open = Some(0);
        }
        Step::Append(n, count) => {
            let events = vec![event(); usize::from(count)];
            append(&mut writers[n].conn, &events).await.unwrap();
            match &mut writers[n].open {
                Some(pending) => *pending += usize::from(count),
                None => *committed += usize::from(count),
            }
        }
        Step::Commit(n) => {
            writers[n].conn.batch_execute("COMMIT").await.unwrap();
            *committed += writers[n].open.take().unwrap_or(0);
        }
        Step::Rollback(n) => {
            writers[n].conn.batch_execute("ROLLBACK").await.unwrap();
            writers[n].open = None;
        }
        Step::Number(n) if writers[n].open.is_none() => {
            let end = number_waiting(&mut writers[n].conn).await.unwrap();
            prop_assert_eq!(end, *committed as u64);
            let log = read(&mut writers[n].conn, 0, i64::MAX).await.unwrap();
            prop_assert!(log.iter().map(|event| event.position).eq(1..=end));
            prop_assert_eq!(&log[..known.len()], &known[..]);
            *known = log;
        }
        Step::Begin(_) | Step::Number(_) => {}
    }
    Ok(())
}

fn event() -> NewEvent {
    NewEvent {
        kind: EventKind::QueueChanged,
        subject_id: SubjectId::from(TicketId::new()),
        actor_id: None,
        origin: None,
        occurred_at: Timestamp::now(),
        payload: EventPayload::default(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_verbs_are_logged_in_commit_order_without_gap() {
    let mut w = World::new().await;
    let mut shared = Vec::new();
    for _ in 0..3 {
        shared.push(w.ticket("Shared").await.id);
    }
    let to = w.targets();
    let done = Arc::new(AtomicBool::new(false));
    let numbering = (0..3).map(|_| {
        let (desk, done) = (w.db.desk.clone(), done.clone());
        tokio::spawn(async move {
            let mut conn = desk.conn().await.unwrap();
            while !done.load(Ordering::Relaxed) {
                number_waiting(&mut conn).await.unwrap();
            }
        })
    });
    let numbering: Vec<_> = numbering.collect();
    let writing = (0..8_usize).map(|task| {
        let (desk, admin, shared) = (w.db.desk.clone(), w.team.admin.clone(), shared.clone());
        tokio::spawn(async move {
            for round in 0..12 {
                let dice = task * 7 + round * 5;
                let edit = Edit::any_version(shared[dice % 3]);
                let verb = Verb::ALL[dice % Verb::ALL.len()];
                let fate = dice % 4;
                let mut conn = desk.conn().await.unwrap();
                let outcome = conn
                    .transaction(async |conn| {
                        verb.run(conn, &admin, edit, to).await?;
                        if fate == 0 {
                            return Err(Error::Unauthenticated);
                        }
                        if fate == 1 {
                            conn.batch_execute("DO SLEEP(0.02)").await?;
                        }
                        Ok(())
                    })
                    .await;
                match outcome {
                    Ok(()) | Err(Error::Unauthenticated | Error::Unavailable(_)) => {}
                    Err(other) => panic!("{verb:?}: {other:?}"),
                }
            }
        })
    });
    for task in writing.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    done.store(true, Ordering::Relaxed);
    for task in numbering {
        task.await.unwrap();
    }
    let end = w.db.desk.settle().await.unwrap().position;
    let log = read(&mut w.conn, 0, i64::MAX).await.unwrap();
    assert!(log.iter().map(|event| event.position).eq(1..=end));
    assert!(end > 40, "too little happened: {end}");

    // Each event of a ticket begins where the one before it ended.
    let mut states: BTreeMap<TicketId, TicketSnapshot> = BTreeMap::new();
    for event in &log {
        let Some(after) = &event.payload.ticket else { continue };
        if let Some(before) = states.insert(after.id, after.clone()) {
            let mut undone = event.payload.changes.undo(after);
            undone.priority_origin = before.priority_origin;
            assert_eq!(undone, before, "{event:?}");
        }
    }
    let page = deskwire_domain::page::PageRequest::first(10);
    let rows = tickets::list(&mut w.conn, &Actor::system(), &Listing::default(), &page).await;
    for ticket in rows.unwrap().rows {
        assert_eq!(states[&ticket.id].ticket, ticket);
    }
    w.finish().await;
}
