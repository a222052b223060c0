//! Every mutation of a rollout: success, each bad field, wrong roles, missing records, what was written.

use deskwire_domain::Actor;
use deskwire_domain::actor::Scope;
use deskwire_domain::ids::ModelVersionId;
use deskwire_domain::models::{self, NewValidation, Verdict};
use serde_json::{Value, json};

use super::version;
use crate::support::{TestApp, codes, paths, public};

const FIELDS: &str = "errors { code message path changedAt changedBy { name } } cursor rollout { stage percent \
    enabled revision champion { number } candidate { number } previous { number } guards { alpha shift } \
    history(first: 1) { nodes { action reason isOverride actor { name } version { number } } } }";

/// The mutations with an input that each takes.
fn all(version: ModelVersionId) -> [(&'static str, Value); 7] {
    let id = public("model", version);
    [
        ("startShadow", json!({ "kind": "CATEGORY", "versionId": id })),
        ("startCanary", json!({ "kind": "CATEGORY", "versionId": id, "percent": 10 })),
        (
            "promoteModel",
            json!({ "kind": "CATEGORY", "versionId": id, "overrideReason": "new labels" }),
        ),
        ("rollBackModel", json!({ "kind": "CATEGORY", "reason": "worse" })),
        ("disableModel", json!({ "kind": "CATEGORY", "reason": "nonsense" })),
        ("enableModel", json!({ "kind": "CATEGORY", "reason": "mended" })),
        ("setModelGuards", json!({ "kind": "CATEGORY", "alpha": 0.01 })),
    ]
}

fn with(input: &Value, field: &str, value: Value) -> Value {
    let mut input = input.clone();
    input[field] = value;
    input
}

#[tokio::test(flavor = "multi_thread")]
async fn each_step_shows_the_rollout_after_it() {
    let app = TestApp::start().await;
    version(&app).await;
    let second = version(&app).await;
    let adam = app.as_(&app.team.admin).await;
    let [shadow, canary, promote, back, off, on, guards] = all(second);
    for ((name, input), expected, action, reason) in [
        (&shadow, json!(["SHADOW", 0, true, 1, 2, null]), "SHADOW_STARTED", Value::Null),
        (&canary, json!(["CANARY", 10, true, 1, 2, null]), "CANARY_STARTED", Value::Null),
        (&off, json!(["CANARY", 10, false, 1, 2, null]), "DISABLED", json!("nonsense")),
        (&on, json!(["CANARY", 10, true, 1, 2, null]), "ENABLED", json!("mended")),
        (&promote, json!(["IDLE", 0, true, 2, null, 1]), "PROMOTED", json!("new labels")),
        (&back, json!(["IDLE", 0, true, 1, null, null]), "ROLLED_BACK", json!("worse")),
        (&guards, json!(["IDLE", 0, true, 1, null, null]), "GUARDS_CHANGED", Value::Null),
    ] {
        let answer = adam.change(name, input.clone(), FIELDS).await;
        let payload = &answer["data"]["payload"];
        assert_eq!(payload["errors"], json!([]), "{name}: {answer}");
        assert!(payload["cursor"].is_string());
        let rollout = &payload["rollout"];
        let number = |role: &str| rollout[role]["number"].clone();
        let now = json!([
            rollout["stage"],
            rollout["percent"],
            rollout["enabled"],
            number("champion"),
            number("candidate"),
            number("previous"),
        ]);
        assert_eq!(now, expected, "{name}");
        let step = &rollout["history"]["nodes"][0];
        assert_eq!((&step["action"], &step["reason"]), (&json!(action), &reason), "{name}");
        assert_eq!(step["actor"]["name"], "adam");
        assert_eq!(step["isOverride"], json!(*name == "promoteModel"));
        assert_eq!(rollout["guards"]["shift"], 0.15);
    }
    let rows = "model_rollout_steps WHERE actor_id IS NOT NULL";
    assert_eq!(app.db.count(rows).await, 7);
    assert_eq!(app.db.count("events WHERE kind = 'model.rollout_changed'").await, 10);
    assert_eq!(app.db.count("model_rollouts WHERE guards LIKE '%\"alpha\":0.01%'").await, 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_fields_are_named_and_nothing_changes() {
    let app = TestApp::start().await;
    let first = version(&app).await;
    let second = version(&app).await;
    let adam = app.as_(&app.team.admin).await;
    let [shadow, canary, promote, back, off, on, guards] = all(second);
    let missing = json!(public("model", ModelVersionId::new()));
    let champion = json!(public("model", first));
    let long = json!("x".repeat(1001));
    for ((name, input), field, value, expected) in [
        (&shadow, "versionId", json!("7"), "INVALID versionId"),
        (&shadow, "versionId", missing.clone(), "NOT_FOUND versionId"),
        (&shadow, "versionId", champion.clone(), "ILLEGAL_STAGE versionId"),
        (&shadow, "kind", json!("PRIORITY"), "INVALID versionId"),
        (&shadow, "overrideReason", json!(""), "INVALID overrideReason"),
        (&shadow, "expectedRevision", json!(7), "CONFLICT expectedRevision"),
        (&canary, "versionId", json!("7"), "INVALID versionId"),
        (&canary, "versionId", Value::Null, "INVALID versionId"),
        (&canary, "versionId", missing.clone(), "NOT_FOUND versionId"),
        (&canary, "versionId", champion.clone(), "ILLEGAL_STAGE versionId"),
        (&canary, "percent", json!(0), "INVALID percent"),
        (&canary, "percent", json!(100), "INVALID percent"),
        (&canary, "percent", json!(-1), "INVALID percent"),
        (&canary, "percent", json!(70000), "INVALID percent"),
        (&canary, "overrideReason", long.clone(), "INVALID overrideReason"),
        (&canary, "expectedRevision", json!(7), "CONFLICT expectedRevision"),
        (&promote, "versionId", json!("7"), "INVALID versionId"),
        (&promote, "versionId", Value::Null, "INVALID versionId"),
        (&promote, "versionId", missing.clone(), "NOT_FOUND versionId"),
        (&promote, "versionId", champion.clone(), "ILLEGAL_STAGE versionId"),
        (&promote, "overrideReason", json!(" "), "INVALID overrideReason"),
        (&promote, "overrideReason", Value::Null, "NEEDS_OVERRIDE overrideReason"),
        (&promote, "expectedRevision", json!(7), "CONFLICT expectedRevision"),
        (&back, "reason", json!(""), "INVALID reason"),
        (&back, "reason", long.clone(), "INVALID reason"),
        (&back, "reason", json!("why"), "ILLEGAL_STAGE kind"),
        (&back, "expectedRevision", json!(7), "CONFLICT expectedRevision"),
        (&off, "reason", json!(""), "INVALID reason"),
        (&off, "expectedRevision", json!(7), "CONFLICT expectedRevision"),
        (&on, "reason", json!(""), "INVALID reason"),
        (&on, "reason", json!("why"), "ILLEGAL_STAGE kind"),
        (&on, "expectedRevision", json!(7), "CONFLICT expectedRevision"),
        (&guards, "alpha", json!(0.9), "INVALID alpha"),
        (&guards, "minimumDecided", json!(1), "INVALID minimumDecided"),
        (&guards, "minimumSample", json!(1), "INVALID minimumSample"),
        (&guards, "shift", json!(0), "INVALID shift"),
        (&guards, "labelMixSample", json!(1), "INVALID labelMixSample"),
        (&guards, "labelMix", json!(1.5), "INVALID labelMix"),
        (&guards, "latencyMs", json!(0), "INVALID latencyMs"),
        (&guards, "latencyFactor", json!(0.5), "INVALID latencyFactor"),
        (&guards, "coolDownMinutes", json!(20000), "INVALID coolDownMinutes"),
        (&guards, "expectedRevision", json!(7), "CONFLICT expectedRevision"),
    ] {
        let answer = adam.change(name, with(input, field, value), FIELDS).await;
        assert_eq!(paths(&answer), [expected], "{name} {field}");
        let payload = &answer["data"]["payload"];
        assert!(payload["cursor"].is_null());
        assert_eq!(payload["rollout"]["stage"], "IDLE", "the present state is told");
    }
    assert_eq!(app.db.count("model_rollout_steps").await, 3);
    assert_eq!(app.db.count("model_rollouts WHERE revision > 1").await, 0);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_admins_with_the_scope_change_rollouts() {
    let app = TestApp::start().await;
    version(&app).await;
    let second = version(&app).await;
    let team = &app.team;
    let others = [Scope::TicketsRead, Scope::TicketsWrite, Scope::UsersRead, Scope::UsersWrite];
    for (name, input) in all(second) {
        for (who, code) in [
            (app.anybody(), "UNAUTHENTICATED"),
            (app.as_(&team.customer).await, "FORBIDDEN"),
            (app.as_(&team.agent).await, "FORBIDDEN"),
            (app.as_(&team.lead).await, "FORBIDDEN"),
            (app.scoped(&team.admin, &others).await, "FORBIDDEN"),
        ] {
            let answer = who.change(name, input.clone(), FIELDS).await;
            assert_eq!(codes(&answer), [code], "{name}: {answer}");
        }
    }
    assert_eq!(app.db.count("model_rollout_steps").await, 3);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_validated_version_needs_no_override_and_a_stale_view_names_who_was_quicker() {
    let app = TestApp::start().await;
    let first = version(&app).await;
    let second = version(&app).await;
    let validation = NewValidation {
        note: None,
        candidate_id: second,
        champion_id: Some(first),
        sample: 100,
        candidate_right: 90,
        champion_right: 80,
        difference: 0.1,
        low: 0.02,
        high: 0.18,
        verdict: Verdict::Better,
    };
    let system = Actor::system();
    models::record_validation(&mut *app.db.conn().await, &system, validation).await.unwrap();
    let adam = app.as_(&app.team.admin).await;
    let input =
        json!({ "kind": "CATEGORY", "versionId": public("model", second), "expectedRevision": 1 });
    let answer = adam.change("promoteModel", input.clone(), FIELDS).await;
    assert_eq!(answer["data"]["payload"]["rollout"]["champion"]["number"], 2, "{answer}");
    let stale = adam.change("promoteModel", input, FIELDS).await;
    assert_eq!(paths(&stale), ["CONFLICT expectedRevision"]);
    let error = &stale["data"]["payload"]["errors"][0];
    assert_eq!(error["changedBy"]["name"], "adam");
    assert!(error["changedAt"].is_string());
    assert_eq!(stale["data"]["payload"]["rollout"]["revision"], 2);
    app.finish().await;
}
