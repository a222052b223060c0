//! What reports say, held against what was done at known times.

use chrono::{DateTime, Utc};
use deskwire_domain::actor::Scope;
use deskwire_domain::ids::TicketId;
use deskwire_domain::messages::{self, Body, Channel, MessageDraft, MessageKind};
use deskwire_domain::queues::{self, QueueRight};
use deskwire_domain::reports::{Durations, Figures, Interval, Report, ReportScope, ticket_report};
use deskwire_domain::tickets::{self, Edit, MergeDraft, PastStep, PastTicket, Status};
use deskwire_domain::{Actor, Timestamp, sessions};

use crate::support::{World, message, outcome};

fn at(text: &str) -> Timestamp {
    DateTime::parse_from_rfc3339(text).unwrap().with_timezone(&Utc).into()
}

fn scope(from: &str, to: &str, interval: Interval) -> ReportScope {
    let zone = "UTC".parse().unwrap();
    ReportScope { from: at(from), to: at(to), interval, time_zone: zone, queues: Vec::new() }
}

async fn report(w: &mut World, actor: &Actor, scope: &ReportScope) -> Report {
    ticket_report(&mut w.conn, actor, scope).await.unwrap()
}

/// Steps as minutes after creation: a reply of the agent, a status.
fn past(w: &World, created_at: &str, steps: &[(i64, bool, Option<Status>)]) -> PastTicket {
    let body = || Body { text: "text".into(), html: None };
    let created_at = at(created_at);
    let step = |(minutes, replies, status): &(i64, bool, Option<Status>)| PastStep {
        at: created_at.plus_seconds(minutes * 60),
        by: w.team.agent.user().unwrap(),
        message: replies.then(|| (MessageKind::Reply, body())),
        status: *status,
        assignee_id: None,
        category_id: None,
        priority: None,
        tags: Vec::new(),
    };
    PastTicket {
        subject: "Past".into(),
        body: body(),
        channel: Channel::Web,
        queue_id: w.team.queue,
        requester_id: w.team.customer.user().unwrap(),
        created_at,
        steps: steps.iter().map(step).collect(),
    }
}

fn durations(seconds: &[u64]) -> Durations {
    let mut sorted = seconds.to_vec();
    sorted.sort();
    let rank = |part: usize, whole: usize| {
        (sorted.len() * part).div_ceil(whole).checked_sub(1).map(|n| sorted[n])
    };
    Durations { count: sorted.len() as u64, median_s: rank(1, 2), p90_s: rank(9, 10) }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_adds_up_what_happened_when() {
    let mut w = World::new().await;
    let solved = Some(Status::Solved);
    let all = [
        past(&w, "2026-03-02T10:00:00Z", &[(30, true, None), (60, true, solved)]),
        past(&w, "2026-03-02T11:00:00Z", &[(10, true, solved), (1500, false, Some(Status::Open))]),
        // Answered, opened again and solved once more, some days later.
        past(
            &w,
            "2026-03-03T23:59:00Z",
            &[(2, true, solved), (2000, false, Some(Status::Open)), (3000, false, solved)],
        ),
        past(&w, "2026-03-04T08:00:00Z", &[]),
        // Closed at once, without an answer.
        past(&w, "2026-03-05T00:00:00Z", &[(5, false, Some(Status::Closed))]),
    ];
    tickets::import_past(&mut w.conn, &Actor::system(), &all).await.unwrap();
    w.db.desk.settle().await.unwrap();
    let lead = w.team.lead.clone();
    let week = scope("2026-03-02T00:00:00Z", "2026-03-07T00:00:00Z", Interval::Day);
    let found = report(&mut w, &lead, &week).await;
    let row = |created, reopened, responses: &[u64], resolutions: &[u64]| Figures {
        created,
        solved: resolutions.len() as u64,
        reopened,
        first_response: durations(responses),
        resolution: durations(resolutions),
    };
    let expected = [
        row(2, 0, &[1800, 600], &[3600, 600]),
        row(1, 1, &[], &[]),
        row(1, 0, &[120], &[120]),
        row(1, 1, &[], &[300]),
        row(0, 0, &[], &[180_000]),
    ];
    let figures: Vec<Figures> = found.buckets.iter().map(|(_, figures)| *figures).collect();
    assert_eq!(figures, expected);
    let total = row(5, 2, &[1800, 600, 120], &[3600, 600, 120, 300, 180_000]);
    assert_eq!(found.total, total);
    // The same by the week, and by days of another zone: nothing is lost, something moves.
    let whole =
        report(&mut w, &lead, &ReportScope { interval: Interval::Month, ..week.clone() }).await;
    assert_eq!((whole.buckets.len(), whole.total), (1, total));
    let kiritimati =
        ReportScope { time_zone: "Pacific/Kiritimati".parse().unwrap(), ..week.clone() };
    let found = report(&mut w, &lead, &kiritimati).await;
    assert_eq!(found.total, total);
    let created: Vec<u64> = found.buckets.iter().map(|(_, figures)| figures.created).collect();
    assert_eq!(created, [0, 2, 2, 1, 0, 0], "fourteen hours ahead");
    // Ends within a quarter of an hour are exact.
    let cut = scope("2026-03-02T10:00:01Z", "2026-03-02T11:00:00.000001Z", Interval::Day);
    assert_eq!(report(&mut w, &lead, &cut).await.total.created, 1);
    let cut = scope("2026-03-02T10:00:00Z", "2026-03-02T11:00:00Z", Interval::Day);
    assert_eq!(report(&mut w, &lead, &cut).await.total, row(1, 0, &[1800], &[]));
    let [backlog] = &whole.backlog[..] else { panic!("one queue: {:?}", whole.backlog) };
    assert_eq!((backlog.open, backlog.pending, backlog.unassigned), (2, 0, 2));
    w.finish().await;
}

/// The verbs of the desk reach the same milestones as imported ones.
#[tokio::test(flavor = "multi_thread")]
async fn verbs_are_counted_as_they_happen() {
    let mut w = World::new().await;
    let (agent, carl) = (w.team.agent.clone(), w.team.customer.clone());
    let now = Timestamp::now();
    let day = ReportScope {
        from: now.plus_seconds(-3600),
        to: now.plus_seconds(3600),
        ..scope("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", Interval::Month)
    };
    let id = w.ticket("Printer").await.id;
    let edit = Edit::any_version(id);
    let counts = async |w: &mut World| {
        let total = report(w, &agent, &day).await.total;
        (total.created, total.first_response.count, total.solved, total.reopened)
    };
    assert_eq!(counts(&mut w).await, (1, 0, 0, 0));
    messages::note(&mut w.conn, &agent, message(id, "a note")).await.unwrap();
    messages::reply(&mut w.conn, &carl, message(id, "hello?")).await.unwrap();
    assert_eq!(counts(&mut w).await, (1, 0, 0, 0), "neither is an answer");
    messages::reply(&mut w.conn, &agent, message(id, "hello")).await.unwrap();
    messages::reply(&mut w.conn, &agent, message(id, "again")).await.unwrap();
    assert_eq!(counts(&mut w).await, (1, 1, 0, 0), "the first one counts");
    let solving = MessageDraft { status: Some(Status::Solved), ..message(id, "done") };
    messages::reply(&mut w.conn, &agent, solving).await.unwrap();
    assert_eq!(counts(&mut w).await, (1, 1, 1, 0));
    messages::reply(&mut w.conn, &carl, message(id, "not at all")).await.unwrap();
    assert_eq!(counts(&mut w).await, (1, 1, 1, 1), "a customer's reply opens it");
    tickets::change_status(&mut w.conn, &agent, edit, Status::Solved).await.unwrap();
    tickets::change_status(&mut w.conn, &agent, edit, Status::Closed).await.unwrap();
    assert_eq!(counts(&mut w).await, (1, 1, 2, 1), "closing what is solved solves nothing");
    // A colleague who asks for help answers nobody by writing more.
    let own = deskwire_domain::testing::ticket(
        &mut w.conn,
        w.team.queue,
        agent.user().unwrap(),
        "My own",
    );
    let own = own.await.id;
    messages::reply(&mut w.conn, &agent, message(own, "more")).await.unwrap();
    assert_eq!(counts(&mut w).await, (2, 1, 2, 1));
    messages::reply(&mut w.conn, &w.team.lead.clone(), message(own, "here")).await.unwrap();
    assert_eq!(counts(&mut w).await, (2, 2, 2, 1));
    assert_eq!(w.db.count("ticket_milestones").await, 5);
    w.finish().await;
}

async fn answered(w: &mut World, subject: &str) -> TicketId {
    let id = w.ticket(subject).await.id;
    let agent = w.team.agent.clone();
    let draft = MessageDraft { status: Some(Status::Solved), ..message(id, "done") };
    messages::reply(&mut w.conn, &agent, draft).await.unwrap();
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_about_tickets_that_its_reader_sees_where_they_are_now() {
    let mut w = World::new().await;
    let admin = w.team.admin.clone();
    let now = Timestamp::now();
    let day = ReportScope {
        from: now.plus_seconds(-3600),
        to: now.plus_seconds(3600),
        ..scope("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", Interval::Month)
    };
    let (stays, moves) = (answered(&mut w, "stays").await, answered(&mut w, "moves").await);
    let (gone, twin) = (answered(&mut w, "deleted").await, answered(&mut w, "twin").await);
    let edit = Edit::any_version(moves);
    tickets::move_to_queue(&mut w.conn, &admin, edit, w.team.other_queue).await.unwrap();
    tickets::delete(&mut w.conn, &admin, Edit::any_version(gone), "spam").await.unwrap();
    let merge = MergeDraft {
        source_ids: vec![twin],
        target: Edit::any_version(stays),
        note: None,
        channel: Channel::Web,
    };
    tickets::merge(&mut w.conn, &admin, merge).await.unwrap();
    w.db.desk.settle().await.unwrap();
    let both = vec![w.team.queue, w.team.other_queue];
    for (who, actor, queues, expected) in [
        ("admin", &w.team.admin.clone(), vec![], 2),
        ("admin, one", &w.team.admin.clone(), vec![w.team.other_queue], 1),
        ("agent", &w.team.agent.clone(), vec![], 1),
        ("agent, both", &w.team.agent.clone(), both, 1),
        ("agent, hidden", &w.team.agent.clone(), vec![w.team.other_queue], 0),
        ("reader", &w.team.reader.clone(), vec![], 1),
        ("outsider", &w.team.outsider.clone(), vec![], 0),
    ] {
        let found = report(&mut w, actor, &ReportScope { queues, ..day.clone() }).await;
        let total = found.total;
        let counted = [total.created, total.solved, total.first_response.count];
        assert_eq!(counted, [expected; 3], "{who}");
        assert_eq!(found.backlog.is_empty(), expected == 0, "{who}");
    }
    tickets::restore(&mut w.conn, &admin, gone).await.unwrap();
    let found = report(&mut w, &admin, &day).await.total;
    assert_eq!([found.created, found.solved, found.first_response.count], [3; 3], "restored");
    // A right that is given shows the past of the queue, too.
    let outsider = w.team.outsider.user().unwrap();
    let right = Some(QueueRight::Read);
    queues::set_membership(&mut w.conn, &admin, w.team.other_queue, outsider, right).await.unwrap();
    let outsider = sessions::actor_of_user(&mut w.conn, outsider, None).await.unwrap();
    assert_eq!(report(&mut w, &outsider, &day).await.total.solved, 1);
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn customers_and_bad_times_get_no_report() {
    let mut w = World::new().await;
    let good = scope("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", Interval::Day);
    let token = Actor { scopes: Some(vec![Scope::UsersRead]), ..w.team.admin.clone() };
    for actor in [w.team.customer.clone(), token] {
        assert_eq!(outcome(&ticket_report(&mut w.conn, &actor, &good).await), "forbidden");
    }
    let agent = w.team.agent.clone();
    for (from, to, interval, expected) in [
        ("2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z", Interval::Day, "invalid to"),
        ("2020-01-01T00:00:00Z", "2026-01-01T00:00:00Z", Interval::Day, "invalid interval"),
        ("2020-01-01T00:00:00Z", "2026-01-01T00:00:00Z", Interval::Week, "ok"),
    ] {
        let found = ticket_report(&mut w.conn, &agent, &scope(from, to, interval)).await;
        assert_eq!(outcome(&found), expected, "{from} {to}");
    }
    w.finish().await;
}

/// What the migration reads out of messages and the log is what the verbs would have noted.
#[tokio::test(flavor = "multi_thread")]
async fn milestones_of_the_past_are_found_by_the_migration() {
    let mut w = World::new().await;
    let solved = Some(Status::Solved);
    let all = [
        past(&w, "2026-03-02T10:00:00Z", &[(30, true, None), (60, true, solved)]),
        past(
            &w,
            "2026-03-02T11:00:00Z",
            &[(10, true, solved), (15, false, Some(Status::Open)), (20, false, solved)],
        ),
    ];
    tickets::import_past(&mut w.conn, &Actor::system(), &all).await.unwrap();
    let verbs = answered(&mut w, "now").await;
    let agent = w.team.agent.clone();
    tickets::change_status(&mut w.conn, &agent, Edit::any_version(verbs), Status::Open)
        .await
        .unwrap();
    let gone = answered(&mut w, "deleted").await;
    let admin = w.team.admin.clone();
    tickets::delete(&mut w.conn, &admin, Edit::any_version(gone), "spam").await.unwrap();
    w.sql("CREATE TABLE noted AS SELECT * FROM ticket_milestones").await;
    w.sql("DROP TABLE ticket_milestones").await;
    let up = include_str!("../../../migrations/2026-11-28-000015_ticket_milestones/up.sql");
    w.sql(up).await;
    let differs = "noted n WHERE NOT EXISTS (SELECT 1 FROM ticket_milestones m WHERE \
        m.ticket_id = n.ticket_id AND m.kind = n.kind AND m.reached_at = n.reached_at AND \
        m.seconds = n.seconds AND m.queue_id <=> n.queue_id)";
    assert_eq!(w.db.count(differs).await, 0);
    let (noted, found) = (w.db.count("noted").await, w.db.count("ticket_milestones").await);
    assert_eq!((noted, found), (11, 11));
    // Where the log was pruned, the tickets still say how they ended.
    w.sql("DROP TABLE ticket_milestones").await;
    w.db.desk.settle().await.unwrap();
    let kept = w.db.count("events").await;
    w.sql("CREATE TABLE kept AS SELECT * FROM events").await;
    w.sql("DELETE FROM events").await;
    w.sql(up).await;
    let ended = w.db.count("ticket_milestones WHERE kind = 'solved'").await;
    assert_eq!(ended, w.db.count("tickets WHERE solved_at > created_at").await);
    w.sql("INSERT INTO events SELECT * FROM kept").await;
    assert_eq!(w.db.count("events").await, kept);
    w.sql("DROP TABLE noted, kept").await;
    w.finish().await;
}
