//! Beginning trials, and every step that a stage does not allow.

use deskwire_domain::actor::Scope;
use deskwire_domain::ids::ModelVersionId;
use deskwire_domain::models::{self, Rollout, RolloutAction, RolloutEdit, Stage};
use deskwire_domain::page::PageRequest;
use deskwire_domain::suggestions::LabelKind;
use deskwire_domain::{Actor, Conn, Result};

use super::{KIND, bring, draft, edit, state, version, world};
use crate::support::outcome;

/// Every step an admin may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Shadow,
    Canary(u16),
    Promote,
    RollBack,
    Disable,
    Enable,
    Guards,
}

impl Step {
    const ALL: [Self; 7] = [
        Self::Shadow,
        Self::Canary(20),
        Self::Promote,
        Self::RollBack,
        Self::Disable,
        Self::Enable,
        Self::Guards,
    ];

    async fn take(
        self,
        conn: &mut Conn,
        actor: &Actor,
        edit: RolloutEdit,
        version: Option<ModelVersionId>,
    ) -> Result<Rollout> {
        let why = Some("because");
        match self {
            Self::Shadow => models::start_shadow(conn, actor, edit, version.unwrap(), None).await,
            Self::Canary(percent) => {
                models::start_canary(conn, actor, edit, version, percent, None).await
            }
            Self::Promote => models::promote(conn, actor, edit, version, why).await,
            Self::RollBack => models::roll_back(conn, actor, edit, "because").await,
            Self::Disable => models::disable(conn, actor, edit, "because").await,
            Self::Enable => models::enable(conn, actor, edit, "because").await,
            Self::Guards => models::set_guards(conn, actor, edit, Default::default()).await,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_stage_allows_its_steps_and_no_other() {
    let ok = "ok";
    let no = "IllegalStage";
    for (stage, enabled, expected) in [
        (Stage::Idle, true, [ok, ok, ok, no, ok, no, ok]),
        (Stage::Shadow, true, [no, ok, ok, ok, ok, no, ok]),
        (Stage::Canary, true, [no, ok, ok, ok, ok, no, ok]),
        (Stage::Idle, false, [no, no, ok, no, no, ok, ok]),
        (Stage::Canary, false, [no, no, ok, ok, no, ok, ok]),
    ] {
        let (mut w, _, waiting) = world().await;
        let admin = w.team.admin.clone();
        for (step, expected) in Step::ALL.into_iter().zip(expected) {
            bring(&mut w, stage, waiting).await.unwrap();
            if !enabled {
                models::disable(&mut w.conn, &admin, edit(), "broken").await.unwrap();
            }
            let before = state(&mut w).await;
            let result = step.take(&mut w.conn, &admin, edit(), Some(waiting)).await;
            assert_eq!(outcome(&result), expected, "{stage} {enabled} {step:?}");
            let after = state(&mut w).await;
            let rise = u32::from(expected == ok);
            assert_eq!(after.revision, before.revision + rise, "{stage} {enabled} {step:?}");
            if expected == no {
                assert_eq!(after, before);
            }
            // Back to a champion, an idle rollout and a version that waits.
            w.sql(
                "UPDATE model_rollouts SET stage = 'idle', candidate_id = NULL, percent = 0, \
                 previous_id = NULL, enabled = TRUE, cool_down_until = NULL, champion_id = \
                 (SELECT id FROM model_versions WHERE kind = 'category' AND number = 1) \
                 WHERE kind = 'category'",
            )
            .await;
        }
        w.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_goes_from_shadow_through_canary_and_each_share_is_a_trial() {
    let (mut w, champion, waiting) = world().await;
    let admin = w.team.admin.clone();
    let shadow = bring(&mut w, Stage::Shadow, waiting).await.unwrap();
    assert_eq!(
        (shadow.stage, shadow.candidate_id, shadow.champion_id, shadow.percent),
        (Stage::Shadow, Some(waiting), Some(champion), 0)
    );
    let canary = models::start_canary(&mut w.conn, &admin, edit(), None, 5, None).await.unwrap();
    assert_eq!((canary.stage, canary.percent), (Stage::Canary, 5));
    assert!(canary.stage_since > shadow.stage_since);
    let wider = models::start_canary(&mut w.conn, &admin, edit(), None, 50, None).await.unwrap();
    assert_eq!(wider.percent, 50);
    assert!(wider.stage_since > canary.stage_since);
    assert_eq!(state(&mut w).await, wider);

    let request = PageRequest::first(10);
    let log = models::history(&mut w.conn, &admin, KIND, &request).await.unwrap();
    let steps: Vec<_> = log.rows.iter().map(|step| (step.action, step.after.revision)).collect();
    assert_eq!(
        steps,
        [
            (RolloutAction::CanaryStarted, 4),
            (RolloutAction::CanaryStarted, 3),
            (RolloutAction::ShadowStarted, 2),
            (RolloutAction::Registered, 1),
            (RolloutAction::Promoted, 1),
            (RolloutAction::Registered, 0),
        ]
    );
    assert_eq!(log.rows[0].after, wider);
    assert_eq!((log.rows[0].version_id, log.rows[0].actor_id), (Some(waiting), admin.user_id));
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_tried_must_be_a_version_of_the_kind_and_not_the_champion() {
    let (mut w, champion, waiting) = world().await;
    let admin = w.team.admin.clone();
    let other = models::introduce(&mut w.conn, &admin, draft(LabelKind::Priority)).await.unwrap();
    let conn = &mut w.conn;
    for step in [Step::Shadow, Step::Canary(10), Step::Promote] {
        for (version, expected) in [
            (champion, "IllegalStage"),
            (other.id, "invalid versionId"),
            (ModelVersionId::new(), "no model version"),
        ] {
            let result = step.take(conn, &admin, edit(), Some(version)).await;
            assert_eq!(outcome(&result), expected, "{step:?}");
        }
    }
    for step in [Step::Canary(10), Step::Promote] {
        let result = step.take(conn, &admin, edit(), None).await;
        assert_eq!(outcome(&result), "invalid versionId", "{step:?} of nothing");
    }
    for percent in [0, 100] {
        let result = Step::Canary(percent).take(conn, &admin, edit(), Some(waiting)).await;
        assert_eq!(outcome(&result), "invalid percent");
        let both = models::start_canary(conn, &admin, edit(), Some(waiting), percent, Some(" "));
        assert_eq!(outcome(&both.await), "invalid overrideReason percent");
    }
    // Only one candidate at a time.
    let third = version(conn).await;
    Step::Canary(10).take(conn, &admin, edit(), Some(waiting)).await.unwrap();
    for step in [Step::Canary(20), Step::Promote] {
        let result = step.take(conn, &admin, edit(), Some(third)).await;
        assert_eq!(outcome(&result), "IllegalStage", "{step:?} of another");
    }
    let same = Step::Canary(10).take(conn, &admin, edit(), None).await;
    assert_eq!(outcome(&same), "IllegalStage");
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_canary_needs_a_champion() {
    let mut w = crate::support::World::new().await;
    let admin = w.team.admin.clone();
    let only = models::register(&mut w.conn, &admin, draft(KIND)).await.unwrap();
    let conn = &mut w.conn;
    let canary = models::start_canary(conn, &admin, edit(), Some(only.id), 10, None).await;
    assert_eq!(outcome(&canary), "IllegalStage");
    let first = models::promote(conn, &admin, edit(), Some(only.id), None).await.unwrap();
    assert_eq!((first.champion_id, first.previous_id), (Some(only.id), None));
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_admins_with_the_scope_take_steps() {
    let (mut w, _, waiting) = world().await;
    let limited = Actor { scopes: Some(vec![Scope::TicketsWrite]), ..w.team.admin.clone() };
    let mut actors: Vec<_> = w.actors().into_iter().filter(|(who, _)| *who != "admin").collect();
    actors.push(("admin without the scope", limited));
    let before = state(&mut w).await;
    for (who, actor) in actors {
        for step in Step::ALL {
            let refused = step.take(&mut w.conn, &actor, edit(), Some(waiting)).await;
            assert_eq!(outcome(&refused), "forbidden", "{who} {step:?}");
        }
    }
    assert_eq!(state(&mut w).await, before);
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reasons_have_one_to_a_thousand_characters() {
    let (mut w, _, waiting) = world().await;
    let (admin, conn) = (w.team.admin.clone(), &mut w.conn);
    let long = "x".repeat(1001);
    for text in ["", "  ", long.as_str()] {
        let why = Some(text);
        for (step, outcome, path) in [
            (
                "shadow",
                outcome(&models::start_shadow(conn, &admin, edit(), waiting, why).await),
                "overrideReason",
            ),
            (
                "canary",
                outcome(&models::start_canary(conn, &admin, edit(), None, 5, why).await),
                "overrideReason",
            ),
            (
                "promote",
                outcome(&models::promote(conn, &admin, edit(), None, why).await),
                "overrideReason",
            ),
            ("roll back", outcome(&models::roll_back(conn, &admin, edit(), text).await), "reason"),
            ("disable", outcome(&models::disable(conn, &admin, edit(), text).await), "reason"),
            ("enable", outcome(&models::enable(conn, &admin, edit(), text).await), "reason"),
        ] {
            assert_eq!(outcome, format!("invalid {path}"), "{step}");
        }
    }
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_revision_is_a_conflict_that_names_who_was_quicker() {
    let (mut w, _, waiting) = world().await;
    let admin = w.team.admin.clone();
    let seen = state(&mut w).await.revision;
    let stale = RolloutEdit { expected_revision: Some(seen), ..edit() };
    models::start_shadow(&mut w.conn, &admin, stale, waiting, None).await.unwrap();
    for step in Step::ALL {
        let result = step.take(&mut w.conn, &admin, stale, Some(waiting)).await;
        assert_eq!(outcome(&result), "StaleVersion", "{step:?}");
        let Err(deskwire_domain::Error::Conflict(conflict)) = result else { panic!("a conflict") };
        assert_eq!((conflict.path, conflict.changed_by), ("expectedRevision", admin.user_id));
        assert!(conflict.changed_at.is_some());
    }
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_admins_at_once_one_has_their_way() {
    let (mut w, champion, waiting) = world().await;
    let third = version(&mut w.conn).await;
    let revision = state(&mut w).await.revision;
    let edit = RolloutEdit { kind: KIND, expected_revision: Some(revision) };
    let (mut one, mut other) = (w.db.conn().await, w.db.conn().await);
    let admin = w.team.admin.clone();
    let (a, b) = tokio::join!(
        models::start_shadow(&mut one, &admin, edit, waiting, None),
        models::start_canary(&mut other, &admin, edit, Some(third), 10, None),
    );
    let mut outcomes = [outcome(&a), outcome(&b)];
    outcomes.sort();
    assert_eq!(outcomes, ["StaleVersion", "ok"]);
    let now = state(&mut w).await;
    assert_eq!((now.revision, now.champion_id), (revision + 1, Some(champion)));
    assert_eq!(now, a.or(b).unwrap());
    let steps = "model_rollout_steps WHERE action IN ('shadow_started', 'canary_started')";
    assert_eq!(w.db.count(steps).await, 1);
    drop((one, other));
    w.finish().await;
}
