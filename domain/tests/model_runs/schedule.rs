use deskwire_domain::actor::Scope;
use deskwire_domain::ids::{TicketId, WorkerId};
use deskwire_domain::models::runs::{self, RunOptions, RunState, ScheduleDraft};
use deskwire_domain::suggestions::LabelKind;
use deskwire_domain::tickets::{self, Edit, Priority};
use deskwire_domain::{Actor, Timestamp, messages};

use super::{KIND, claim, hours, let_leases_end, made, read};
use crate::support::{World, message, outcome};

const DRAFT: ScheduleDraft =
    ScheduleDraft { every_hours: 24, minimum_new_labels: 2, enabled: true };

/// A ticket that a person put in a category.
async fn label(w: &mut World, subject: &str) {
    let ticket = w.ticket(subject).await;
    let (admin, category) = (w.team.admin.clone(), w.category);
    let edit = Edit::any_version(ticket.id);
    tickets::change_category(&mut w.conn, &admin, edit, Some(category)).await.unwrap();
}

async fn due(w: &mut World, at: Timestamp) -> Vec<runs::ModelRun> {
    runs::start_due(&mut w.conn, at).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_sets_a_schedule() {
    let mut w = World::new().await;
    let admin = w.team.admin.clone();
    let before = runs::schedules(&mut w.conn, &admin).await.unwrap();
    let kinds: Vec<_> = before.iter().map(|of| (of.kind, of.enabled)).collect();
    assert_eq!(kinds, [(KIND, false), (LabelKind::Priority, false)]);

    let set = runs::set_schedule(&mut w.conn, &admin, KIND, DRAFT).await.unwrap();

    assert_eq!((set.every_hours, set.minimum_new_labels, set.enabled), (24, 2, true));
    assert_eq!((set.changed_by, set.last_run_id), (admin.user_id, None));
    assert!(set.next_run_at <= Timestamp::now(), "due at once");
    assert_eq!(runs::schedules(&mut w.conn, &admin).await.unwrap()[0], set);
    let event = format!(
        "events WHERE kind = 'model_schedule.changed' AND internal AND subject_id = UNHEX('{}') \
         AND payload LIKE '%every 24 h after 2 new labels%'",
        set.id
    );
    assert_eq!(w.db.count(&event).await, 1);
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_schedules_and_other_people_are_refused() {
    let mut w = World::new().await;
    let admin = w.team.admin.clone();
    for (every_hours, minimum_new_labels, expected) in [
        (0, 1, "invalid everyHours"),
        (8761, 1, "invalid everyHours"),
        (1, 0, "invalid minimumNewLabels"),
        (0, 1_000_001, "invalid everyHours minimumNewLabels"),
    ] {
        let draft = ScheduleDraft { every_hours, minimum_new_labels, enabled: true };
        let refused = runs::set_schedule(&mut w.conn, &admin, KIND, draft).await;
        assert_eq!(outcome(&refused), expected);
    }
    let token = Actor { scopes: Some(vec![Scope::UsersWrite]), ..admin };
    for actor in [w.team.lead.clone(), w.team.agent.clone(), w.team.customer.clone(), token] {
        let refused = runs::set_schedule(&mut w.conn, &actor, KIND, DRAFT).await;
        assert_eq!(outcome(&refused), "forbidden");
        assert_eq!(outcome(&runs::schedules(&mut w.conn, &actor).await), "forbidden");
    }
    assert_eq!(w.db.count("model_schedules WHERE enabled").await, 0);
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_due_schedule_starts_a_run_once_there_are_enough_new_labels() {
    let mut w = World::new().await;
    let admin = w.team.admin.clone();
    runs::set_schedule(&mut w.conn, &admin, KIND, DRAFT).await.unwrap();
    label(&mut w, "One").await;
    assert_eq!(due(&mut w, hours(0)).await, [], "one label is too few");
    label(&mut w, "Two").await;
    assert_eq!(due(&mut w, hours(0)).await, [], "it looks again in an hour");
    let started = due(&mut w, hours(1)).await;
    assert_eq!((started.len(), started[0].requested_by), (1, None));
    let schedule = runs::schedules(&mut w.conn, &admin).await.unwrap().remove(0);
    assert_eq!(schedule.last_run_id, Some(started[0].id));
    assert!(schedule.next_run_at > hours(24));
    assert_eq!(due(&mut w, hours(26)).await, [], "the run is still open");

    let_leases_end(&mut w).await;
    let held = claim(&mut w, WorkerId::new()).await.unwrap();
    let made = runs::Finished { labelled: 2, ..made(&held.run) };
    assert!(runs::finish(&mut w.conn, &held, made).await.unwrap());
    assert_eq!(due(&mut w, hours(50)).await, [], "nothing new since");
    label(&mut w, "Three").await;
    label(&mut w, "Four").await;
    assert_eq!(due(&mut w, hours(100)).await.len(), 1);
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_workers_start_one_run() {
    let mut w = World::new().await;
    let admin = w.team.admin.clone();
    let draft = ScheduleDraft { minimum_new_labels: 1, ..DRAFT };
    runs::set_schedule(&mut w.conn, &admin, KIND, draft).await.unwrap();
    label(&mut w, "One").await;
    let workers: Vec<_> = (0..4)
        .map(|_| {
            let desk = w.db.desk.clone();
            tokio::spawn(async move {
                runs::start_due(&mut desk.conn().await.unwrap(), hours(0)).await.unwrap().len()
            })
        })
        .collect();
    let mut started = 0;
    for worker in workers {
        started += worker.await.unwrap();
    }
    assert_eq!(
        (started, w.db.count("model_runs").await, w.db.count("jobs WHERE kind = 'train'").await),
        (1, 1, 1)
    );
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_waits_its_time_after_a_run_that_was_asked_for() {
    let mut w = World::new().await;
    let admin = w.team.admin.clone();
    let run = super::start(&mut w).await;
    runs::cancel(&mut w.conn, &admin, run.id).await.unwrap();
    let draft = ScheduleDraft { minimum_new_labels: 1, ..DRAFT };
    let set = runs::set_schedule(&mut w.conn, &admin, KIND, draft).await.unwrap();
    assert_eq!(set.next_run_at, run.created_at.plus_seconds(24 * 3600));
    label(&mut w, "One").await;
    assert_eq!(due(&mut w, hours(23)).await, []);
    let started = due(&mut w, hours(25)).await;
    assert_eq!(read(&mut w, started[0].id).await.state, RunState::Queued);
    let off = ScheduleDraft { enabled: false, ..draft };
    runs::set_schedule(&mut w.conn, &admin, KIND, off).await.unwrap();
    runs::cancel(&mut w.conn, &admin, started[0].id).await.unwrap();
    assert_eq!(due(&mut w, hours(1000)).await, [], "it is switched off");
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn corrections_count_as_new_labels() {
    let mut w = World::new().await;
    let admin = w.team.admin.clone();
    for subject in ["One", "Two"] {
        label(&mut w, subject).await;
    }
    super::start(&mut w).await;
    let held = claim(&mut w, WorkerId::new()).await.unwrap();
    let made = runs::Finished { labelled: 2, ..made(&held.run) };
    assert!(runs::finish(&mut w.conn, &held, made).await.unwrap());
    runs::set_schedule(&mut w.conn, &admin, KIND, ScheduleDraft { every_hours: 1, ..DRAFT })
        .await
        .unwrap();
    assert_eq!(due(&mut w, hours(2)).await, []);
    let category = w.category;
    w.sql(&format!(
        "INSERT INTO suggestions (id, ticket_id, kind, category_id, probability, abstained, runner_ups, \
         deciding_words, model_version_id, state, decided_at, created_at) \
         SELECT t.id, t.id, 'category', UNHEX('{category}'), 0.9, FALSE, '[]', '[]', v.id, 'overridden', \
         UTC_TIMESTAMP(6), UTC_TIMESTAMP(6) FROM tickets t JOIN model_versions v"
    ))
    .await;
    assert_eq!(due(&mut w, hours(4)).await.len(), 1);
    w.finish().await;
}

/// Labels a ticket as a person does, with one of two labels.
async fn relabel(w: &mut World, actor: &Actor, ticket: TicketId, kind: LabelKind, other: bool) {
    let edit = Edit::any_version(ticket);
    match kind {
        LabelKind::Category => {
            let category = if other { w.other_category } else { w.category };
            tickets::change_category(&mut w.conn, actor, edit, Some(category)).await.unwrap();
        }
        LabelKind::Priority => {
            let priority = if other { Priority::Low } else { Priority::High };
            tickets::change_priority(&mut w.conn, actor, edit, priority).await.unwrap();
        }
    }
}

/// No suggestion was ever made for these tickets, and none of them is new.
#[tokio::test(flavor = "multi_thread")]
async fn labels_that_people_change_by_hand_count_once_a_ticket() {
    for kind in [LabelKind::Category, LabelKind::Priority] {
        let mut w = World::new().await;
        let (admin, agent) = (w.team.admin.clone(), w.team.agent.clone());
        let mut all = Vec::new();
        for subject in ["One", "Two", "Three"] {
            let ticket = w.ticket(subject).await.id;
            relabel(&mut w, &agent, ticket, kind, false).await;
            all.push(ticket);
        }
        runs::start(&mut w.conn, &admin, kind, RunOptions::default()).await.unwrap();
        let held = claim(&mut w, WorkerId::new()).await.unwrap();
        let made = runs::Finished { labelled: 3, ..made(&held.run) };
        assert!(runs::finish(&mut w.conn, &held, made).await.unwrap());
        let draft = ScheduleDraft { every_hours: 1, ..DRAFT };
        runs::set_schedule(&mut w.conn, &admin, kind, draft).await.unwrap();

        relabel(&mut w, &agent, all[0], kind, true).await;
        relabel(&mut w, &agent, all[0], kind, false).await;
        // Other changes of a labelled ticket, and what nobody but the desk did.
        messages::reply(&mut w.conn, &agent, message(all[1], "Hi")).await.unwrap();
        relabel(&mut w, &Actor::system(), all[2], kind, true).await;
        assert_eq!(due(&mut w, hours(2)).await, [], "{kind}: one ticket is too few");

        relabel(&mut w, &agent, all[1], kind, true).await;
        let started = due(&mut w, hours(4)).await;
        assert_eq!(started.iter().map(|run| run.kind).collect::<Vec<_>>(), [kind]);
        w.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn new_tickets_and_changed_labels_add_up() {
    let mut w = World::new().await;
    let (admin, agent) = (w.team.admin.clone(), w.team.agent.clone());
    label(&mut w, "One").await;
    let known = w.ticket("Two").await.id;
    relabel(&mut w, &agent, known, KIND, false).await;
    super::start(&mut w).await;
    let held = claim(&mut w, WorkerId::new()).await.unwrap();
    let made = runs::Finished { labelled: 2, ..made(&held.run) };
    assert!(runs::finish(&mut w.conn, &held, made).await.unwrap());
    let draft = ScheduleDraft { every_hours: 1, ..DRAFT };
    runs::set_schedule(&mut w.conn, &admin, KIND, draft).await.unwrap();
    label(&mut w, "Three").await;
    assert_eq!(due(&mut w, hours(2)).await, [], "one new ticket is too few");
    relabel(&mut w, &agent, known, KIND, true).await;
    assert_eq!(due(&mut w, hours(4)).await.len(), 1);
    w.finish().await;
}
