//! `deskwire-ml worker` killed with SIGKILL in the middle of its work, in every stage of a rollout.
//!
//! Each time 250 tickets wait, which are three batches. The first one is recorded, the second one stands in its
//! transaction, held there by a row that the test keeps, and the third one is not claimed yet when the
//! program is killed. Another program then finds what was left behind.

use std::collections::HashMap;
use std::ops::Range;

use deskwire_domain::Actor;
use deskwire_domain::ids::{ModelVersionId, TicketId};
use deskwire_domain::models::{self, Arm, Rollout, RolloutEdit, Stage, arm_of};
use deskwire_domain::suggestions::LabelKind;
use diesel::prelude::*;
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};

use super::support::Desk;

const TICKETS: usize = 250;
/// Of one batch, as the worker claims them.
const BATCH: usize = 100;
/// The ticket of the second batch that holds it up.
const BLOCKED: usize = 149;

/// What is done to the rollout of categories.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Shadow,
    Canary,
    Promote,
    RollBack,
    Disable,
}
use Step::{Canary, Disable, Promote, RollBack, Shadow};

/// When steps are taken.
#[derive(Debug, Default)]
struct Course {
    /// Before the worker starts; it then answers for one ticket.
    at_first: &'static [Step],
    /// While the worker waits for tickets.
    before: &'static [Step],
    /// While the second batch stands in its transaction, answered by the state before.
    amid: Option<Step>,
}

async fn take(desk: &Desk, step: Step, waiting: ModelVersionId) {
    let (mut conn, actor) = (desk.conn().await, Actor::system());
    let edit = RolloutEdit::any_revision(LabelKind::Category);
    let why = Some("a test");
    let taken = match step {
        Shadow => models::start_shadow(&mut conn, &actor, edit, waiting, None).await,
        Canary => models::start_canary(&mut conn, &actor, edit, Some(waiting), 40, None).await,
        Promote => models::promote(&mut conn, &actor, edit, Some(waiting), why).await,
        RollBack => models::roll_back(&mut conn, &actor, edit, "a test").await,
        Disable => models::disable(&mut conn, &actor, edit, "a test").await,
    };
    taken.unwrap();
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = diesel::sql_types::Binary)]
    id: Vec<u8>,
}

/// The new tickets in the order in which workers claim them.
async fn in_order(desk: &Desk) -> Vec<TicketId> {
    let sql = "SELECT subject_id AS id FROM jobs WHERE kind = 'suggest' ORDER BY id";
    let rows: Vec<Id> = diesel::sql_query(sql).load(&mut *desk.conn().await).await.unwrap();
    rows.iter().map(|row| hex(&row.id).parse().unwrap()).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[derive(QueryableByName)]
struct Made {
    #[diesel(sql_type = diesel::sql_types::Binary)]
    ticket: Vec<u8>,
    #[diesel(sql_type = diesel::sql_types::Text)]
    what: String,
}

/// What was written about each ticket, as `kind version arm` and `shadow version`, sorted.
async fn written(desk: &Desk) -> HashMap<TicketId, Vec<String>> {
    let sql = "SELECT ticket_id AS ticket, CONCAT(kind, ' ', LOWER(HEX(model_version_id)), ' ', arm) AS what \
               FROM suggestions \
               UNION ALL SELECT ticket_id, CONCAT('shadow ', LOWER(HEX(model_version_id))) FROM shadow_scores \
               UNION ALL SELECT subject_id, 'event' FROM events WHERE kind = 'suggestion.recorded' \
               UNION ALL SELECT ticket_id, 'neighbours' FROM ticket_neighbours";
    let rows: Vec<Made> = diesel::sql_query(sql).load(&mut *desk.conn().await).await.unwrap();
    let mut all: HashMap<TicketId, Vec<String>> = HashMap::new();
    for row in rows {
        all.entry(hex(&row.ticket).parse().unwrap()).or_default().push(row.what);
    }
    all.values_mut().for_each(|found| found.sort());
    all
}

/// What is to be written about a ticket that was answered in this state.
fn expected(rollout: &Rollout, priority: ModelVersionId, ticket: TicketId) -> Vec<String> {
    let plain = |id: ModelVersionId| id.0.simple().to_string();
    let mut all = vec!["neighbours".to_owned(), "event".to_owned()];
    all.push(format!("priority {} champion", plain(priority)));
    if rollout.enabled {
        let arm = arm_of(rollout, ticket);
        let version = match arm {
            Arm::Canary => rollout.candidate_id,
            Arm::Champion => rollout.champion_id,
        };
        all.push(format!("category {} {arm}", plain(version.unwrap())));
        all.push("event".to_owned());
    }
    if let (Stage::Shadow, Some(candidate)) = (rollout.stage, rollout.candidate_id) {
        all.push(format!("shadow {}", plain(candidate)));
    }
    all.sort();
    all
}

async fn state(desk: &Desk) -> Rollout {
    models::rollout(&mut *desk.conn().await, LabelKind::Category).await.unwrap()
}

/// Until the first batch is recorded and the second one is at the row that the test keeps.
async fn blocked(desk: &Desk) {
    let recorded = "suggestions s JOIN tickets t ON t.id = s.ticket_id WHERE t.source = 'new'";
    let is_mariadb = desk.db.count("DUAL WHERE VERSION() LIKE '%MariaDB%'").await == 1;
    let name = &desk.db.config.channel;
    // Not INNODB_TRX: that is remembered for as long as it is asked for again and again. MySQL cannot show
    // statements with bytes in them, and MariaDB no locks without being started for it.
    let writing = if is_mariadb {
        format!(
            "information_schema.processlist WHERE db = '{name}' AND info LIKE 'REPLACE INTO `ticket_neighbours`%'"
        )
    } else {
        format!(
            "performance_schema.data_locks WHERE object_schema = '{name}' \
             AND object_name = 'ticket_neighbours' AND lock_status = 'WAITING'"
        )
    };
    while desk.db.count(recorded).await < BATCH as i64 || desk.db.count(&writing).await == 0 {
        tokio::task::yield_now().await;
    }
}

async fn work_once(desk: &Desk) {
    let worker = desk.program("worker").args(["--once", "--no-training"]).output().await.unwrap();
    assert!(worker.status.success(), "{worker:?}");
}

async fn killed(course: Course) {
    let desk = Desk::create().await;
    let (champion, waiting) = (desk.register().await, desk.register_other().await.id);
    let priority = desk.register_priority().await.id;
    assert!(champion.active);
    for step in course.at_first {
        take(&desk, *step, waiting).await;
    }
    let mut worker = desk.program("worker").arg("--no-training").spawn().unwrap();
    desk.ask_again("My card was stolen").await;
    while desk.db.count("suggestions WHERE kind = 'priority'").await == 0 {
        tokio::task::yield_now().await;
    }
    for step in course.before {
        take(&desk, *step, waiting).await;
    }
    let before = state(&desk).await;

    let texts: Vec<String> =
        (0..TICKETS).map(|n| format!("My card number {n} was stolen")).collect();
    desk.ask_held(&texts.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let tickets = in_order(&desk).await;
    assert_eq!(tickets.len(), TICKETS);
    // Without the check for its parent, the row holds up nothing but the row that the worker is to write last.
    let mut block = desk.conn().await;
    let row = format!(
        "SET foreign_key_checks = 0; START TRANSACTION; \
         INSERT INTO ticket_neighbours VALUES (UNHEX('{}'), '[]', '2026-01-01')",
        tickets[BLOCKED]
    );
    block.batch_execute(&row).await.unwrap();
    desk.let_go().await;
    blocked(&desk).await;
    let seen = written(&desk).await;
    for (at, ticket) in tickets.iter().enumerate() {
        let wanted = (at < BATCH).then(|| expected(&before, priority, *ticket));
        assert_eq!(seen.get(ticket), wanted.as_ref(), "{course:?}, ticket {at}");
    }
    // A step that touches a version waits for those who write down what it said: it is taken meanwhile.
    let amid = async {
        if let Some(step) = course.amid {
            take(&desk, step, waiting).await;
        }
    };
    let kill = async {
        worker.kill().await.unwrap();
        block.batch_execute("ROLLBACK; SET foreign_key_checks = 1").await.unwrap();
    };
    tokio::join!(amid, kill);
    drop(block);
    let after = state(&desk).await;
    // However long this machine takes, the lease goes on for as long as it is looked at.
    desk.sql("UPDATE jobs SET run_at = '2100-01-01' WHERE claimed_by IS NOT NULL").await;
    let leased = "jobs WHERE attempts = 1 AND claimed_by IS NOT NULL";
    assert_eq!(desk.db.count(leased).await, BATCH as i64, "the second batch is still its own");

    work_once(&desk).await;
    assert_eq!(desk.db.count(leased).await, BATCH as i64, "the lease holds");
    assert_eq!(desk.db.count("jobs").await, BATCH as i64, "the third batch was done");
    desk.let_go().await;
    work_once(&desk).await;

    assert_eq!(desk.db.count("jobs").await, 0);
    let found = written(&desk).await;
    assert_eq!(found.len(), TICKETS + 1);
    let states: [(&Rollout, Range<usize>); 2] = [(&before, 0..BATCH), (&after, BATCH..TICKETS)];
    for (state, range) in states {
        for ticket in &tickets[range] {
            assert_eq!(found[ticket], expected(state, priority, *ticket), "{course:?}");
        }
    }
    desk.finish().await;
}

macro_rules! killed {
    ($($name:ident: $course:expr;)*) => {
        $(#[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            killed($course).await;
        })*
    };
}

killed! {
    with_a_champion_alone: Course::default();
    in_shadow: Course { at_first: &[Shadow], ..Course::default() };
    in_canary: Course { at_first: &[Canary], ..Course::default() };
    right_after_a_promotion: Course { at_first: &[Canary], before: &[Promote], ..Course::default() };
    while_its_candidate_is_promoted: Course {
        at_first: &[Canary], amid: Some(Promote), ..Course::default()
    };
    while_a_shadow_is_promoted: Course {
        at_first: &[Shadow], amid: Some(Promote), ..Course::default()
    };
    after_a_candidate_was_taken_back: Course {
        at_first: &[Canary], before: &[RollBack], ..Course::default()
    };
    while_its_candidate_is_taken_back: Course {
        at_first: &[Canary], amid: Some(RollBack), ..Course::default()
    };
    after_the_champion_before_came_back: Course {
        at_first: &[Canary, Promote], before: &[RollBack], ..Course::default()
    };
    with_the_kind_switched_off: Course { before: &[Disable], ..Course::default() };
    while_the_kind_is_switched_off: Course { amid: Some(Disable), ..Course::default() };
}
