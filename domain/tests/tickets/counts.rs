//! The counts are exact: whatever verbs do, whoever numbers, whatever dies in between.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use deskwire_domain::db::establish;
use deskwire_domain::error::FieldErrors;
use deskwire_domain::events::number_waiting;
use deskwire_domain::ids::{QueueId, TicketId, UserId};
use deskwire_domain::messages::{self, Body, Channel};
use deskwire_domain::tickets::counts::{check, count_of_queues, rebuild};
use deskwire_domain::tickets::{
    self, AssigneeFilter, Edit, ImportRow, MergeDraft, PastStep, PastTicket, Priority,
    RequesterDraft, Status, TicketDraft, TicketFilter,
};
use deskwire_domain::{Actor, Conn, Desk, Error, Timestamp};
use diesel_async::{AsyncConnection, SimpleAsyncConnection, TransactionManager};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};

use crate::support::{Verb, World, message, outcome};

const UP: &str = include_str!("../../../migrations/2026-11-22-000004_ticket_counts/up.sql");
const DOWN: &str = include_str!("../../../migrations/2026-11-22-000004_ticket_counts/down.sql");

/// Something that may move a ticket from one group to another; numbers choose ticket and target.
#[derive(Debug, Clone)]
enum Act {
    Create { assigned: bool, priority: Option<Priority> },
    Status(usize, Status),
    Priority(usize, Priority),
    Assign(usize, bool),
    Move(usize, bool),
    Reply(usize, Option<Status>),
    Note(usize, Option<Status>),
    Claim(usize),
    Tag(usize),
    Delete(usize),
    Restore(usize),
    Merge(usize, usize),
}

fn acts() -> impl Strategy<Value = Act> {
    let ticket = 0..6_usize;
    let status = || select(Status::ALL);
    prop_oneof![
        3 => (any::<bool>(), option::of(select(Priority::ALL)))
            .prop_map(|(assigned, priority)| Act::Create { assigned, priority }),
        3 => (ticket.clone(), status()).prop_map(|(t, status)| Act::Status(t, status)),
        2 => (ticket.clone(), select(Priority::ALL)).prop_map(|(t, to)| Act::Priority(t, to)),
        2 => (ticket.clone(), any::<bool>()).prop_map(|(t, to)| Act::Assign(t, to)),
        2 => (ticket.clone(), any::<bool>()).prop_map(|(t, to)| Act::Move(t, to)),
        2 => (ticket.clone(), option::of(status())).prop_map(|(t, to)| Act::Reply(t, to)),
        2 => (ticket.clone(), option::of(status())).prop_map(|(t, to)| Act::Note(t, to)),
        1 => ticket.clone().prop_map(Act::Claim),
        1 => ticket.clone().prop_map(Act::Tag),
        1 => ticket.clone().prop_map(Act::Delete),
        1 => ticket.clone().prop_map(Act::Restore),
        1 => (ticket.clone(), ticket).prop_map(|(source, target)| Act::Merge(source, target)),
    ]
}

/// What acts are done on and with.
#[derive(Clone)]
struct Stage {
    admin: Actor,
    queues: [QueueId; 2],
    requester: UserId,
}

impl Stage {
    fn of(w: &World) -> Self {
        Self {
            admin: w.team.admin.clone(),
            queues: [w.team.queue, w.team.other_queue],
            requester: w.team.customer.user().unwrap(),
        }
    }

    /// Refused acts are fine; what matters is that the counts follow those that were not.
    async fn play(&self, conn: &mut Conn, known: &[TicketId], act: &Act) -> Option<TicketId> {
        let me = self.admin.user().unwrap();
        let edit = |n: usize| Edit::any_version(known[n % known.len()]);
        let outcome = match *act {
            Act::Create { assigned, priority } => {
                let draft = TicketDraft {
                    priority,
                    assignee_id: assigned.then_some(me),
                    queue_id: Some(self.queues[0]),
                    requester: RequesterDraft::User(self.requester),
                    ..TicketDraft::new("Subject", "Body")
                };
                let made = tickets::create(conn, &self.admin, draft).await.unwrap();
                return Some(made.id);
            }
            _ if known.is_empty() => return None,
            Act::Status(n, to) => tickets::change_status(conn, &self.admin, edit(n), to).await,
            Act::Priority(n, to) => tickets::change_priority(conn, &self.admin, edit(n), to).await,
            Act::Assign(n, to) => {
                tickets::assign(conn, &self.admin, edit(n), to.then_some(me)).await
            }
            Act::Move(n, to) => {
                let queue = self.queues[usize::from(to)];
                tickets::move_to_queue(conn, &self.admin, edit(n), queue).await
            }
            Act::Reply(n, status) => {
                let draft = messages::MessageDraft { status, ..message(edit(n).ticket_id, "R") };
                messages::reply(conn, &self.admin, draft).await.map(|(ticket, _)| ticket)
            }
            Act::Note(n, status) => {
                let draft = messages::MessageDraft { status, ..message(edit(n).ticket_id, "N") };
                messages::note(conn, &self.admin, draft).await.map(|(ticket, _)| ticket)
            }
            Act::Claim(n) => tickets::claim(conn, &self.admin, edit(n).ticket_id).await,
            Act::Tag(n) => {
                tickets::set_tags(conn, &self.admin, edit(n), &["red".into()], &[]).await
            }
            Act::Delete(n) => tickets::delete(conn, &self.admin, edit(n), "spam").await,
            Act::Restore(n) => tickets::restore(conn, &self.admin, edit(n).ticket_id).await,
            Act::Merge(source, target) => {
                let draft = MergeDraft {
                    source_ids: vec![edit(source).ticket_id],
                    target: edit(target),
                    note: None,
                    channel: Channel::Web,
                };
                tickets::merge(conn, &self.admin, draft).await
            }
        };
        match outcome {
            Ok(_) | Err(Error::Conflict(_) | Error::NotFound { .. } | Error::Invalid(_)) => None,
            Err(other) => panic!("{act:?}: {other:?}"),
        }
    }
}

#[test]
fn any_sequence_of_verbs_is_counted_exactly() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut w = runtime.block_on(World::new());
    let stage = Stage::of(&w);
    let (db, conn) = (&w.db, std::cell::RefCell::new((&mut w.conn, Vec::new())));
    let config = Config { cases: 16, failure_persistence: None, ..Config::default() };
    let sequence = proptest::collection::vec(acts(), 1..25);
    let done = TestRunner::new(config).run(&sequence, |sequence| {
        let (conn, known) = &mut *conn.borrow_mut();
        runtime.block_on(async {
            for act in &sequence {
                known.extend(stage.play(conn, known, act).await);
            }
            // Before and after the events have their positions: each is exact for its own moment.
            prop_assert_eq!(check(conn).await.unwrap(), []);
            db.desk.settle().await.unwrap();
            prop_assert_eq!(check(conn).await.unwrap(), []);
            for status in Status::ALL {
                let filter = TicketFilter { statuses: vec![*status], ..TicketFilter::default() };
                let counted = tickets::count(conn, &stage.admin, &filter).await.unwrap();
                let rows = db
                    .count(&format!(
                        "tickets WHERE status = '{status}' AND deleted_at IS NULL AND \
                         merged_into_id IS NULL"
                    ))
                    .await;
                prop_assert_eq!(counted, rows.unsigned_abs(), "{}", status);
            }
            Ok(())
        })
    });
    done.unwrap();
    runtime.block_on(w.finish());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_processes_writing_at_once_keep_the_counts_exact_at_every_moment() {
    let mut w = World::new().await;
    let stage = Stage::of(&w);
    let mut shared = Vec::new();
    for _ in 0..4 {
        shared.push(w.ticket("Shared").await.id);
    }
    let other = Desk::start(&w.db.config).unwrap();
    let done = Arc::new(AtomicBool::new(false));
    let checking = {
        let (desk, done) = (other.clone(), done.clone());
        tokio::spawn(async move {
            let mut conn = desk.conn().await.unwrap();
            let mut times = 0;
            while !done.load(Ordering::Relaxed) || times == 0 {
                assert_eq!(check(&mut conn).await.unwrap(), []);
                times += 1;
            }
        })
    };
    let sequences = {
        let mut runner = TestRunner::deterministic();
        let sequence = proptest::collection::vec(acts(), 30);
        let mut new = || sequence.new_tree(&mut runner).unwrap().current();
        [new(), new(), new(), new(), new(), new()]
    };
    let writing = sequences.into_iter().enumerate().map(|(n, acts)| {
        let desk = [&w.db.desk, &other][n % 2].clone();
        let (stage, mut known) = (stage.clone(), shared.clone());
        tokio::spawn(async move {
            for (step, act) in acts.iter().enumerate() {
                let mut conn = desk.conn().await.unwrap();
                let made = conn
                    .transaction(async |conn| {
                        let made = stage.play(conn, &known, act).await;
                        // Every fifth is taken back.
                        if step % 5 == 4 { Err(Error::Unauthenticated) } else { Ok(made) }
                    })
                    .await;
                drop(conn);
                desk.settle().await.unwrap();
                match made {
                    Ok(made) => known.extend(made),
                    Err(Error::Unauthenticated) => {}
                    Err(other) => panic!("{act:?}: {other:?}"),
                }
            }
        })
    });
    for task in writing.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    done.store(true, Ordering::Relaxed);
    checking.await.unwrap();
    let all = tickets::count(&mut w.conn, &stage.admin, &TicketFilter::default()).await.unwrap();
    assert_eq!(all, w.db.count("tickets WHERE list_status <> ''").await.unsigned_abs());
    assert!(all > 20, "too little happened: {all}");
    w.finish().await;
}

/// A connection in a transaction that keeps every sequencer waiting until it ends; the desk's own
/// clock would else number what a test wants to see unnumbered.
async fn hold_log(w: &World) -> Conn {
    let mut conn = establish(&w.db.config.database_url).await.unwrap();
    <Conn as AsyncConnection>::TransactionManager::begin_transaction(&mut conn).await.unwrap();
    conn.batch_execute("SELECT position INTO @end FROM event_sequence FOR UPDATE").await.unwrap();
    conn
}

async fn release_log(mut conn: Conn) {
    <Conn as AsyncConnection>::TransactionManager::commit_transaction(&mut conn).await.unwrap();
}

diesel::define_sql_function! {
    /// What `KILL` calls this connection.
    fn connection_id() -> diesel::sql_types::Unsigned<diesel::sql_types::BigInt>;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sequencer_killed_half_way_leaves_exact_counts() {
    let mut w = World::new().await;
    w.ticket("Counted").await;
    w.db.desk.settle().await.unwrap();
    let mut doomed = hold_log(&w).await;
    w.ticket("Waiting").await;
    number_waiting(&mut doomed).await.unwrap();
    let id = diesel::select(connection_id());
    let id: u64 = diesel_async::RunQueryDsl::get_result(id, &mut doomed).await.unwrap();
    let all = TicketFilter::default();
    assert_eq!(tickets::count(&mut w.conn, &w.team.admin, &all).await.unwrap(), 1);
    w.sql(&format!("KILL {id}")).await;
    assert_eq!(check(&mut w.conn).await.unwrap(), []);
    w.db.desk.settle().await.unwrap();
    assert_eq!(tickets::count(&mut w.conn, &w.team.admin, &all).await.unwrap(), 2);
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_earlier_release_writes_and_numbers_is_counted() {
    let mut w = World::new().await;
    let ticket = w.ticket("New").await.id;
    w.db.desk.settle().await.unwrap();
    let admin = w.team.admin.clone();
    let edit = Edit::any_version(ticket);
    // Written by the earlier release, numbered by this one.
    let log = hold_log(&w).await;
    tickets::change_status(&mut w.conn, &admin, edit, Status::Pending).await.unwrap();
    w.ticket("Second").await;
    w.sql("UPDATE events SET count_from = NULL, count_to = NULL WHERE position IS NULL").await;
    release_log(log).await;
    w.db.desk.settle().await.unwrap();
    assert_eq!(check(&mut w.conn).await.unwrap(), []);
    // Numbered by the earlier release, counted by this one with the next change.
    let mut log = hold_log(&w).await;
    tickets::assign(&mut w.conn, &admin, edit, admin.user_id).await.unwrap();
    let third = w.ticket("Third").await.id;
    log.batch_execute(
        "UPDATE events SET position = (@end := @end + 1) WHERE position IS NULL ORDER BY seq; \
         UPDATE event_sequence SET position = @end",
    )
    .await
    .unwrap();
    release_log(log).await;
    assert_eq!(check(&mut w.conn).await.unwrap(), []);
    tickets::change_priority(&mut w.conn, &admin, Edit::any_version(third), Priority::Low)
        .await
        .unwrap();
    w.db.desk.settle().await.unwrap();
    let all = TicketFilter::default();
    assert_eq!(tickets::count(&mut w.conn, &admin, &all).await.unwrap(), 3);
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_migration_counts_what_is_there_and_what_waits() {
    let mut w = World::new().await;
    w.ticket("Numbered").await;
    w.db.desk.settle().await.unwrap();
    let waiting = w.ticket("Waiting").await.id;
    let admin = w.team.admin.clone();
    tickets::claim(&mut w.conn, &admin, waiting).await.unwrap();
    let events = w.db.count("events").await;
    w.sql(DOWN).await;
    w.sql(UP).await;
    assert_eq!(w.db.count("events WHERE position IS NOT NULL").await, events);
    let all = TicketFilter::default();
    let marked = tickets::count_at_mark(&mut w.conn, &admin, &all).await.unwrap();
    assert_eq!((marked.tickets, marked.cursor.position), (2, events.unsigned_abs()));
    assert_eq!(check(&mut w.conn).await.unwrap(), []);
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_counts_are_found_and_made_anew() {
    let mut w = World::new().await;
    w.ticket("First").await;
    w.db.desk.settle().await.unwrap();
    w.sql("UPDATE ticket_counts SET tickets = tickets + 7").await;
    w.sql("INSERT INTO ticket_counts VALUES (UNHEX(REPEAT('0', 32)), 'closed', 'low', TRUE, 2)")
        .await;
    let wrong = check(&mut w.conn).await.unwrap();
    let seen: Vec<_> = wrong.iter().map(|d| (d.group.status, d.counted, d.found)).collect();
    assert_eq!(seen, [(Status::Closed, 2, 0), (Status::Open, 8, 1)]);
    // What is committed but not numbered is counted by the sequencer, not by the rebuild; what is not
    // committed by neither.
    w.ticket("Waiting").await;
    let mut open = w.db.conn().await;
    open.batch_execute("BEGIN").await.unwrap();
    let stage = Stage::of(&w);
    let act = Act::Create { assigned: true, priority: None };
    stage.play(&mut open, &[], &act).await;
    rebuild(&mut w.conn).await.unwrap();
    assert_eq!(check(&mut w.conn).await.unwrap(), []);
    open.batch_execute("COMMIT").await.unwrap();
    assert_eq!(check(&mut w.conn).await.unwrap(), []);
    w.db.desk.settle().await.unwrap();
    let all = TicketFilter::default();
    assert_eq!(tickets::count(&mut w.conn, &stage.admin, &all).await.unwrap(), 3);
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_marked_count_leaves_out_what_has_no_position_yet() {
    let mut w = World::new().await;
    let customer = w.team.customer.clone();
    let first = w.ticket("First").await.id;
    let settled = w.db.desk.settle().await.unwrap();
    let log = hold_log(&w).await;
    w.ticket("Second").await;
    let solved = Edit::any_version(first);
    tickets::change_status(&mut w.conn, &w.team.admin, solved, Status::Solved).await.unwrap();
    let open = TicketFilter { statuses: vec![Status::Open], ..TicketFilter::default() };
    // From the counters, and by counting rows.
    for actor in [&w.team.admin.clone(), &w.team.agent.clone(), &customer] {
        let marked = tickets::count_at_mark(&mut w.conn, actor, &open).await.unwrap();
        assert_eq!((marked.tickets, marked.cursor), (1, settled), "{:?}", actor.role);
    }
    release_log(log).await;
    let settled = w.db.desk.settle().await.unwrap();
    let log = hold_log(&w).await;
    w.ticket("Third").await;
    for actor in [&w.team.admin.clone(), &customer] {
        let all = TicketFilter::default();
        let marked = tickets::count_at_mark(&mut w.conn, actor, &all).await.unwrap();
        assert_eq!((marked.tickets, marked.cursor), (2, settled), "{:?}", actor.role);
    }
    release_log(log).await;
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn imports_are_counted() {
    let mut w = World::new().await;
    let stage = Stage::of(&w);
    let body = || Body::check(&mut FieldErrors::default(), "Body", None);
    let rows: Vec<ImportRow> = (0..3)
        .map(|n| ImportRow {
            external_id: n.to_string(),
            subject: "Subject".into(),
            body: body(),
            requester_id: stage.requester,
            category_id: None,
            priority: (n == 0).then_some(Priority::High),
            status: Status::ALL[n],
            created_at: None,
        })
        .collect();
    let queue = stage.queues[1];
    tickets::import(&mut w.conn, &stage.admin, "old", queue, false, &rows).await.unwrap();
    let step = |status, assignee_id| PastStep {
        at: Timestamp::now(),
        by: stage.admin.user().unwrap(),
        message: None,
        status,
        assignee_id,
        category_id: None,
        priority: None,
        tags: Vec::new(),
    };
    let past = PastTicket {
        subject: "Subject".into(),
        body: body(),
        channel: Channel::Email,
        queue_id: stage.queues[0],
        requester_id: stage.requester,
        created_at: Timestamp::now(),
        steps: vec![step(None, stage.admin.user_id), step(Some(Status::Solved), None)],
    };
    tickets::import_past(&mut w.conn, &stage.admin, &[past]).await.unwrap();
    w.db.desk.settle().await.unwrap();
    let mut counted: Vec<_> = count_of_queues(&mut w.conn, &stage.admin, &stage.queues)
        .await
        .unwrap()
        .into_iter()
        .filter(|part| part.tickets > 0)
        .map(|part| (part.queue_id, part.status, part.is_assigned, part.tickets))
        .collect();
    counted.sort();
    let mut expected = vec![(stage.queues[0], Status::Solved, true, 1)];
    expected.extend(Status::ALL[..3].iter().map(|status| (queue, *status, false, 1)));
    expected.sort();
    assert_eq!(counted, expected);
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn counts_show_each_actor_their_own_part() {
    let mut w = World::new().await;
    w.ticket("Seen").await;
    w.hidden_ticket("Unseen").await;
    w.db.desk.settle().await.unwrap();
    let everything = TicketFilter::default();
    let unassigned =
        TicketFilter { assignee: Some(AssigneeFilter::Unassigned), ..TicketFilter::default() };
    let elsewhere = TicketFilter { queues: vec![w.team.other_queue], ..TicketFilter::default() };
    let both = [w.team.queue, w.team.other_queue];
    for (name, actor) in w.actors() {
        let (all, other, queues) = match name {
            "admin" => (2, 1, 2),
            "agent" | "reader" | "lead" => (1, 0, 1),
            "owner" => (1, 0, 0),
            _ => (0, 0, 0),
        };
        for (filter, expected) in [(&everything, all), (&unassigned, all), (&elsewhere, other)] {
            let counted = tickets::count(&mut w.conn, &actor, filter).await.unwrap();
            assert_eq!(counted, expected, "{name} {filter:?}");
        }
        let parts = count_of_queues(&mut w.conn, &actor, &both).await.unwrap();
        assert_eq!(parts.iter().map(|part| part.tickets).sum::<u64>(), queues, "{name}");
    }
    let no_scope = Actor { scopes: Some(Vec::new()), ..w.team.admin.clone() };
    for found in [
        outcome(&tickets::count(&mut w.conn, &no_scope, &everything).await),
        outcome(&tickets::count_at_mark(&mut w.conn, &no_scope, &everything).await),
        outcome(&count_of_queues(&mut w.conn, &no_scope, &both).await),
    ] {
        assert_eq!(found, "forbidden");
    }
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_verb_is_counted() {
    let mut w = World::new().await;
    let (admin, to) = (w.team.admin.clone(), w.targets());
    for verb in Verb::ALL {
        let ticket = w.ticket("Subject").await.id;
        w.db.desk.settle().await.unwrap();
        verb.run(&mut w.conn, &admin, Edit::any_version(ticket), to).await.unwrap();
        assert_eq!(check(&mut w.conn).await.unwrap(), [], "{verb:?} before its position");
        w.db.desk.settle().await.unwrap();
        assert_eq!(check(&mut w.conn).await.unwrap(), [], "{verb:?}");
    }
    w.finish().await;
}
