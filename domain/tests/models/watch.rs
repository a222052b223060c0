use deskwire_domain::Timestamp;
use deskwire_domain::events;
use deskwire_domain::ids::{ModelVersionId, TicketId};
use deskwire_domain::models::{self, Arm, RolloutAction, RolloutStep, Stage};
use deskwire_domain::page::PageRequest;
use deskwire_domain::testing::Statements;

use super::{KIND, bring, edit, state, suggest, version, world};
use crate::support::{World, active, outcome};

/// Suggestions of a version, so many of them accepted and so many overridden by people.
async fn decided(
    w: &mut World,
    version: ModelVersionId,
    arm: Arm,
    [accepted, overridden]: [u32; 2],
) {
    let (ticket, id) = suggest(w, version, arm).await;
    let copy = |state: &str| {
        let new = TicketId::new();
        format!(
            "INSERT INTO tickets (id, subject, status, priority, priority_origin, queue_id, requester_id, \
             version, source, created_at, updated_at) \
             SELECT UNHEX('{new}'), subject, status, priority, priority_origin, queue_id, requester_id, version, \
             source, created_at, updated_at FROM tickets WHERE id = UNHEX('{ticket}'); \
             INSERT INTO suggestions (id, ticket_id, kind, category_id, probability, abstained, runner_ups, \
             deciding_words, model_version_id, state, created_at, arm, took_us) \
             SELECT UNHEX('{new}'), UNHEX('{new}'), kind, category_id, probability, abstained, runner_ups, \
             deciding_words, model_version_id, '{state}', created_at, arm, took_us \
             FROM suggestions WHERE id = UNHEX('{id}');"
        )
    };
    let mut statements: String = (0..accepted).map(|_| copy("accepted")).collect();
    statements.extend((0..overridden).map(|_| copy("overridden")));
    w.sql(&statements).await;
}

async fn last_step(w: &mut World) -> RolloutStep {
    let request = PageRequest::first(1);
    let admin = w.team.admin.clone();
    models::history(&mut w.conn, &admin, KIND, &request).await.unwrap().rows.remove(0)
}

/// Tickets were written by hand.
async fn finish(mut w: World) {
    deskwire_domain::tickets::counts::rebuild(&mut w.conn).await.unwrap();
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_candidate_that_people_override_is_taken_back_with_the_evidence() {
    let (mut w, champion, waiting) = world().await;
    let admin = w.team.admin.clone();
    let canary = bring(&mut w, Stage::Canary, waiting).await.unwrap();
    decided(&mut w, champion, Arm::Champion, [90, 10]).await;
    decided(&mut w, waiting, Arm::Canary, [14, 15]).await;
    let now = Timestamp::now();
    assert_eq!(models::watch(&mut w.conn, now).await.unwrap(), [], "29 decisions are too few");
    let one_more =
        "UPDATE suggestions SET state = 'overridden' WHERE arm = 'canary' AND state = 'open'";
    w.sql(one_more).await;
    let seen = models::compare(&mut w.conn, &canary, now).await.unwrap().unwrap();
    assert_eq!((seen.trial_id, seen.control_id), (waiting, champion));
    assert_eq!((seen.trial.accepted, seen.trial.overridden, seen.trial.sample), (14, 16, 30));
    assert_eq!((seen.control.decided(), seen.control.sample), (100, 101));
    assert_eq!(seen.control.p95_us, Some(700));
    assert!((seen.control.mean_probability.unwrap() - 0.9).abs() < 1e-9);
    assert_eq!(seen.findings.len(), 1);

    let changed = models::watch(&mut w.conn, Timestamp::now()).await.unwrap();
    let [after] = &changed[..] else { panic!("one rollout: {changed:?}") };
    assert_eq!(
        (after.stage, after.candidate_id, after.champion_id),
        (Stage::Idle, None, Some(champion))
    );
    assert!(after.cool_down_until.unwrap() > Timestamp::now().plus_seconds(3500));
    let step = last_step(&mut w).await;
    assert_eq!((step.action, step.actor_id), (RolloutAction::RolledBackAutomatically, None));
    assert_eq!(step.version_id, Some(waiting));
    let why = "people replaced 16 of 30 suggestions, against 10 of 100";
    assert_eq!(step.reason.as_deref(), Some(why));
    let evidence = step.evidence.unwrap();
    assert_eq!(evidence["findings"][0]["signal"], "overrides");
    assert_eq!(
        (&evidence["trial"]["overridden"], &evidence["control"]["accepted"]),
        (&16.into(), &90.into())
    );
    let label = w.category.to_string();
    assert_eq!(evidence["trial"]["labels"], serde_json::json!({ label: 30 }));

    // Cooling down: another trial needs a reason.
    let third = version(&mut w.conn).await;
    let early = models::start_shadow(&mut w.conn, &admin, edit(), third, None).await;
    assert_eq!(outcome(&early), "NeedsOverride");
    let canary = models::start_canary(&mut w.conn, &admin, edit(), Some(third), 5, None).await;
    assert_eq!(outcome(&canary), "NeedsOverride");
    models::start_shadow(&mut w.conn, &admin, edit(), third, Some("another one")).await.unwrap();
    let step = last_step(&mut w).await;
    assert_eq!((step.is_override, step.reason.as_deref()), (true, Some("another one")));
    finish(w).await;
}

/// Right ones stay applied and nobody decides about them; the wrong ones are corrected.
#[tokio::test(flavor = "multi_thread")]
async fn labels_that_the_desk_applied_say_nothing_about_their_model() {
    let (mut w, champion, waiting) = world().await;
    bring(&mut w, Stage::Canary, waiting).await.unwrap();
    decided(&mut w, champion, Arm::Champion, [90, 10]).await;
    decided(&mut w, waiting, Arm::Canary, [0, 35]).await;
    w.sql("UPDATE suggestions SET applied_at = created_at WHERE arm = 'canary'").await;
    assert_eq!(models::watch(&mut w.conn, Timestamp::now()).await.unwrap(), []);
    w.sql("UPDATE suggestions SET applied_at = NULL").await;
    assert_eq!(models::watch(&mut w.conn, Timestamp::now()).await.unwrap().len(), 1);
    finish(w).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_processes_that_see_the_same_one_acts() {
    let (mut w, champion, waiting) = world().await;
    bring(&mut w, Stage::Canary, waiting).await.unwrap();
    decided(&mut w, champion, Arm::Champion, [90, 10]).await;
    decided(&mut w, waiting, Arm::Canary, [10, 30]).await;
    let revision = state(&mut w).await.revision;
    let (mut one, mut other) = (w.db.conn().await, w.db.conn().await);
    let now = Timestamp::now();
    let (a, b) = tokio::join!(models::watch(&mut one, now), models::watch(&mut other, now));
    assert_eq!(a.unwrap().len() + b.unwrap().len(), 1);
    assert_eq!(state(&mut w).await.revision, revision + 1);
    let steps = "model_rollout_steps WHERE action = 'rolled_back_automatically'";
    assert_eq!(w.db.count(steps).await, 1);
    assert_eq!(models::watch(&mut one, now).await.unwrap(), []);
    let step = last_step(&mut w).await;
    w.db.desk.settle().await.unwrap();
    let log = events::history(&mut w.conn, step.id, true, 0, 10).await.unwrap();
    assert_eq!(log.len(), 1);
    drop((one, other));
    finish(w).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_champion_gives_way_to_the_previous_one() {
    let (mut w, champion, waiting) = world().await;
    let admin = w.team.admin.clone();
    decided(&mut w, champion, Arm::Champion, [90, 10]).await;
    models::promote(&mut w.conn, &admin, edit(), Some(waiting), Some("now")).await.unwrap();
    decided(&mut w, waiting, Arm::Champion, [10, 30]).await;
    let third = version(&mut w.conn).await;
    bring(&mut w, Stage::Shadow, third).await.unwrap();
    let off = models::disable(&mut w.conn, &admin, edit(), "pause").await.unwrap();
    assert_eq!(models::watch(&mut w.conn, Timestamp::now()).await.unwrap(), [], "nothing serves");
    assert!(!off.enabled);
    models::enable(&mut w.conn, &admin, edit(), "go").await.unwrap();
    let late = Timestamp::now().plus_seconds(8 * 24 * 3600);
    assert_eq!(models::watch(&mut w.conn, late).await.unwrap(), [], "it has proved itself");

    let changed = models::watch(&mut w.conn, Timestamp::now()).await.unwrap();
    let [after] = &changed[..] else { panic!("one rollout: {changed:?}") };
    assert_eq!(
        (after.champion_id, after.previous_id, after.candidate_id, after.stage),
        (Some(champion), None, None, Stage::Idle)
    );
    assert_eq!(active(&mut w.conn).await[0].id, champion);
    assert_eq!(last_step(&mut w).await.version_id, Some(waiting));
    assert_eq!(models::watch(&mut w.conn, Timestamp::now()).await.unwrap(), []);
    finish(w).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_runs_no_networks_never_falls_back_to_one() {
    let (mut w, network, waiting) = world().await;
    let admin = w.team.admin.clone();
    let id = network;
    w.sql(&format!(
        "UPDATE model_versions SET maker_runs_onnx = TRUE, needs_onnx = id = UNHEX('{id}')"
    ))
    .await;
    decided(&mut w, network, Arm::Champion, [90, 10]).await;
    models::promote(&mut w.conn, &admin, edit(), Some(waiting), Some("now")).await.unwrap();
    decided(&mut w, waiting, Arm::Champion, [10, 30]).await;
    let before = state(&mut w).await;

    let now = Timestamp::now();
    assert_eq!(models::watch_without_onnx(&mut w.conn, now).await.unwrap(), []);
    assert_eq!(state(&mut w).await, before);
    let changed = models::watch(&mut w.conn, now).await.unwrap();
    assert_eq!(changed[0].champion_id, Some(network), "one that runs them does");
    finish(w).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_takes_the_candidate_back_once_and_nobody_else() {
    let (mut w, champion, waiting) = world().await;
    for stage in [Stage::Shadow, Stage::Canary] {
        bring(&mut w, stage, waiting).await.unwrap();
        let conn = &mut w.conn;
        let other = models::report_fault(conn, KIND, champion, "cannot be read").await.unwrap();
        assert_eq!(other, None);
        let after = models::report_fault(conn, KIND, waiting, "cannot be read").await.unwrap();
        assert_eq!(after.unwrap().stage, Stage::Idle);
        let again = models::report_fault(conn, KIND, waiting, "cannot be read").await.unwrap();
        assert_eq!(again, None);
        let step = last_step(&mut w).await;
        assert_eq!(step.action, RolloutAction::RolledBackAutomatically);
        assert_eq!(step.reason.as_deref(), Some("cannot be read"));
        assert_eq!(step.evidence.unwrap()["findings"][0]["signal"], "faults");
        w.sql("UPDATE model_rollouts SET cool_down_until = NULL").await;
    }
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_reads_rollouts_and_two_statements_an_arm() {
    let watch = Statements::watch();
    let (mut w, champion, waiting) = world().await;
    let mut looks = Vec::new();
    for decisions in [[3, 1], [40, 20]] {
        w.sql("DELETE FROM suggestions; DELETE FROM jobs").await;
        if looks.is_empty() {
            bring(&mut w, Stage::Canary, waiting).await.unwrap();
        }
        let version = if looks.is_empty() { champion } else { waiting };
        decided(&mut w, version, Arm::Champion, decisions).await;
        // The heartbeat and the log's reader send theirs beside it.
        watch.take();
        models::watch(&mut w.conn, Timestamp::now()).await.unwrap();
        let is_ours =
            |sql: &&String| sql.contains("`suggestions`") || sql.contains("`model_rollouts`");
        looks.push(watch.take().iter().filter(is_ours).count());
    }
    assert_eq!(looks, [5, 5]);
    finish(w).await;
}
