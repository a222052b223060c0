use deskwire_domain::events::EventKind;
use deskwire_domain::ids::ModelVersionId;
use deskwire_domain::models::{self, RolloutAction, Stage, Verdict};
use deskwire_domain::page::PageRequest;
use deskwire_domain::{Actor, Conn};

use super::{KIND, bring, edit, state, validation, version, world};
use crate::support::{active, outcome};

async fn validate(
    conn: &mut Conn,
    candidate: ModelVersionId,
    champion: Option<ModelVersionId>,
    verdict: Verdict,
) {
    let new = validation(candidate, champion, verdict);
    models::record_validation(conn, &Actor::system(), new).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_latest_validation_against_the_present_champion_decides() {
    for (verdicts, expected) in [
        (&[][..], "NeedsOverride"),
        (&[Verdict::Better], "ok"),
        (&[Verdict::NotWorse], "ok"),
        (&[Verdict::Worse], "NeedsOverride"),
        (&[Verdict::TooFew], "NeedsOverride"),
        (&[Verdict::Better, Verdict::Worse], "NeedsOverride"),
        (&[Verdict::Worse, Verdict::Better], "ok"),
    ] {
        let (mut w, champion, waiting) = world().await;
        let admin = w.team.admin.clone();
        for verdict in verdicts {
            validate(&mut w.conn, waiting, Some(champion), *verdict).await;
        }
        let before = state(&mut w).await;
        let result = models::promote(&mut w.conn, &admin, edit(), Some(waiting), None).await;
        assert_eq!(outcome(&result), expected, "{verdicts:?}");
        let after = state(&mut w).await;
        if expected == "ok" {
            assert_eq!(
                (after.champion_id, after.previous_id, after.stage, after.candidate_id),
                (Some(waiting), Some(champion), Stage::Idle, None)
            );
        } else {
            assert_eq!(after, before);
        }
        w.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_validation_against_another_champion_does_not_count() {
    let (mut w, champion, waiting) = world().await;
    let admin = w.team.admin.clone();
    let third = version(&mut w.conn).await;
    validate(&mut w.conn, third, Some(champion), Verdict::Better).await;
    validate(&mut w.conn, waiting, Some(champion), Verdict::Better).await;
    models::promote(&mut w.conn, &admin, edit(), Some(waiting), None).await.unwrap();
    let result = models::promote(&mut w.conn, &admin, edit(), Some(third), None).await;
    assert_eq!(outcome(&result), "NeedsOverride");
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_override_and_the_evidence_are_in_the_history() {
    let (mut w, champion, waiting) = world().await;
    let admin = w.team.admin.clone();
    validate(&mut w.conn, waiting, Some(champion), Verdict::Worse).await;
    bring(&mut w, Stage::Canary, waiting).await.unwrap();
    let why = Some("it knows the new categories");
    let promoted = models::promote(&mut w.conn, &admin, edit(), None, why).await.unwrap();
    assert_eq!((promoted.champion_id, promoted.percent), (Some(waiting), 0));
    let request = PageRequest::first(1);
    let log = models::history(&mut w.conn, &admin, KIND, &request).await.unwrap();
    let step = &log.rows[0];
    assert_eq!((step.action, step.is_override), (RolloutAction::Promoted, true));
    assert_eq!((step.reason.as_deref(), step.version_id), (why, Some(waiting)));
    assert_eq!(step.evidence.as_ref().unwrap()["validation"]["verdict"], "worse");

    // Given though nothing spoke against it, a reason is kept and overrides nothing.
    validate(&mut w.conn, champion, Some(waiting), Verdict::Better).await;
    models::promote(&mut w.conn, &admin, edit(), Some(champion), Some("back")).await.unwrap();
    let log = models::history(&mut w.conn, &admin, KIND, &request).await.unwrap();
    assert_eq!((log.rows[0].is_override, log.rows[0].reason.as_deref()), (false, Some("back")));
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_champion_is_what_earlier_programs_call_active_and_the_log_tells() {
    let (mut w, _, waiting) = world().await;
    let admin = w.team.admin.clone();
    models::promote(&mut w.conn, &admin, edit(), Some(waiting), Some("now")).await.unwrap();
    let active = active(&mut w.conn).await;
    assert_eq!(active.iter().map(|version| version.id).collect::<Vec<_>>(), [waiting]);
    w.db.desk.settle().await.unwrap();
    let log = deskwire_domain::events::history(&mut w.conn, waiting, true, 0, 10).await.unwrap();
    let kinds: Vec<EventKind> = log.iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [EventKind::ModelRegistered, EventKind::ModelActivated]);
    assert_eq!(log[1].actor_id, admin.user_id);
    assert_eq!(log[1].payload.note.as_deref(), Some("category model, version 2"));
    w.finish().await;
}
