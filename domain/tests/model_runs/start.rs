use deskwire_domain::Actor;
use deskwire_domain::actor::Scope;
use deskwire_domain::error::{ConflictCode, Error};
use deskwire_domain::ids::ModelRunId;
use deskwire_domain::models::runs::{self, RunOptions, RunState};
use deskwire_domain::page::PageRequest;
use deskwire_domain::suggestions::LabelKind;

use super::{KIND, start};
use crate::support::{World, outcome};

#[tokio::test(flavor = "multi_thread")]
async fn a_run_waits_with_its_job_its_options_and_an_event() {
    let mut w = World::new().await;
    let admin = w.team.admin.clone();
    let options = RunOptions {
        minimum_per_label: 3,
        target_precision: 0.8,
        created_from: Some(
            "2026-01-01T00:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap().into(),
        ),
        created_to: None,
        promote_when_first: false,
    };

    let run = runs::start(&mut w.conn, &admin, KIND, options.clone()).await.unwrap();

    assert_eq!((run.state, run.requested_by, run.done), (RunState::Queued, admin.user_id, 0.0));
    assert_eq!((&run.options, run.started_at, run.version_id), (&options, None, None));
    assert_eq!(runs::find(&mut w.conn, &admin, run.id).await.unwrap(), run);
    let job = format!("jobs WHERE kind = 'train' AND subject_id = UNHEX('{}')", run.id);
    assert_eq!(w.db.count(&job).await, 1);
    let event = format!(
        "events WHERE kind = 'model_run.changed' AND internal AND subject_id = UNHEX('{}') \
         AND actor_id = UNHEX('{}')",
        run.id,
        admin.user_id.unwrap()
    );
    assert_eq!(w.db.count(&event).await, 1);
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_run_of_a_kind_is_open_at_a_time() {
    let mut w = World::new().await;
    let first = start(&mut w).await;
    let admin = w.team.admin.clone();
    let second = runs::start(&mut w.conn, &admin, KIND, RunOptions::default()).await;
    let Err(Error::Conflict(conflict)) = &second else { panic!("{second:?}") };
    assert_eq!(outcome(&second), "AlreadyRunning");
    assert_eq!(conflict.code, ConflictCode::AlreadyRunning(first.id));
    let other = runs::start(&mut w.conn, &admin, LabelKind::Priority, RunOptions::default()).await;
    assert_eq!(outcome(&other), "ok");
    assert_eq!(w.db.count("model_runs").await, 2);
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_admins_at_once_one_starts_a_run() {
    let w = World::new().await;
    let both = [0, 1].map(|_| {
        let (desk, admin) = (w.db.desk.clone(), w.team.admin.clone());
        tokio::spawn(async move {
            let mut conn = desk.conn().await.unwrap();
            outcome(&runs::start(&mut conn, &admin, KIND, RunOptions::default()).await)
        })
    });
    let mut outcomes = Vec::new();
    for one in both {
        outcomes.push(one.await.unwrap());
    }
    outcomes.sort();
    assert_eq!(outcomes, ["AlreadyRunning", "ok"]);
    assert_eq!((w.db.count("model_runs").await, w.db.count("jobs").await), (1, 1));
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_options_are_named_and_nothing_is_written() {
    let mut w = World::new().await;
    let admin = w.team.admin.clone();
    let bad = RunOptions { minimum_per_label: 1, target_precision: 0.2, ..RunOptions::default() };
    let refused = runs::start(&mut w.conn, &admin, KIND, bad).await;
    assert_eq!(outcome(&refused), "invalid minimumPerLabel targetPrecision");
    assert_eq!(w.db.count("model_runs").await, 0);
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_admins_start_see_and_cancel_runs() {
    let mut w = World::new().await;
    let run = start(&mut w).await;
    let page = PageRequest::first(10);
    let mut actors: Vec<_> = w.actors().into_iter().filter(|(who, _)| *who != "admin").collect();
    let scopes = Some(vec![Scope::TicketsRead, Scope::TicketsWrite]);
    actors.push(("token", Actor { scopes, ..w.team.admin.clone() }));
    for (who, actor) in actors {
        let started = runs::start(&mut w.conn, &actor, LabelKind::Priority, RunOptions::default());
        assert_eq!(outcome(&started.await), "forbidden", "{who}");
        let found = runs::find(&mut w.conn, &actor, run.id).await;
        assert_eq!(outcome(&found), "forbidden", "{who}");
        let listed = runs::list(&mut w.conn, &actor, None, &page).await;
        assert_eq!(outcome(&listed), "forbidden", "{who}");
        let cancelled = runs::cancel(&mut w.conn, &actor, run.id).await;
        assert_eq!(outcome(&cancelled), "forbidden", "{who}");
    }
    let admin = w.team.admin.clone();
    let missing = runs::find(&mut w.conn, &admin, ModelRunId::new()).await;
    assert_eq!(outcome(&missing), "no model run");
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_are_listed_newest_first_by_kind_and_in_pages() {
    let mut w = World::new().await;
    let admin = w.team.admin.clone();
    let mut started = Vec::new();
    for kind in [KIND, LabelKind::Priority, KIND] {
        let run = runs::start(&mut w.conn, &admin, kind, RunOptions::default()).await.unwrap();
        runs::cancel(&mut w.conn, &admin, run.id).await.unwrap();
        started.push(run.id);
    }
    let mut page = PageRequest::first(2);
    let first = runs::list(&mut w.conn, &admin, None, &page).await.unwrap();
    assert_eq!(first.rows.iter().map(|run| run.id).collect::<Vec<_>>(), [started[2], started[1]]);
    page.after = Some(first.rows[1].cursor());
    let second = runs::list(&mut w.conn, &admin, None, &page).await.unwrap();
    assert_eq!((second.rows[0].id, second.has_next), (started[0], false));
    let page = PageRequest::first(10);
    let of_kind = runs::list(&mut w.conn, &admin, Some(KIND), &page).await.unwrap();
    assert_eq!(of_kind.rows.iter().map(|run| run.id).collect::<Vec<_>>(), [started[2], started[0]]);
    w.finish().await;
}
