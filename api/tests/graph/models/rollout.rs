//! Reading rollouts, their history and versions.

use deskwire_domain::Actor;
use deskwire_domain::ids::WorkerId;
use deskwire_domain::models::{self, NewValidation, RolloutEdit, ShadowScore, Verdict};
use deskwire_domain::suggestions::{self, Label, LabelKind, Recording};
use deskwire_domain::testing::{Statements, category};
use serde_json::json;

use super::version;
use crate::support::{TestApp, at, codes};

const ROLLOUT: &str = "query($at: DateTime) { modelRollout(kind: CATEGORY, at: $at) { kind stage percent enabled \
    revision stageSince championSince coolDownUntil champion { number } candidate { number } previous { number } \
    guards { alpha minimumDecided minimumSample shift labelMixSample labelMix latencyMs latencyFactor \
    coolDownMinutes } comparison { trial { version { number } accepted overridden overrideRate sample \
    abstentionRate meanProbability newWordShare labels p95Us } control { version { number } sample } \
    findings { signal message trial control measured threshold } } } }";

fn edit() -> RolloutEdit {
    RolloutEdit::any_revision(LabelKind::Category)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rollout_is_read_as_it_is_and_as_it_was() {
    let app = TestApp::start().await;
    let ada = app.as_(&app.team.agent).await;
    let empty = ada.data(ROLLOUT, json!({})).await;
    assert_eq!(empty["modelRollout"]["champion"], json!(null));
    assert_eq!(empty["modelRollout"]["comparison"], json!(null));
    version(&app).await;
    let second = version(&app).await;
    let before = chrono::Utc::now();
    let mut conn = app.db.conn().await;
    let system = Actor::system();
    models::start_canary(&mut conn, &system, edit(), Some(second), 25, None).await.unwrap();
    let now = ada.data(ROLLOUT, json!({})).await["modelRollout"].clone();
    assert_eq!(
        (&now["stage"], &now["percent"], &now["candidate"]["number"]),
        (&json!("CANARY"), &json!(25), &json!(2))
    );
    assert_eq!(now["comparison"]["trial"]["version"]["number"], 2);
    assert_eq!(now["comparison"]["trial"]["sample"], 0);
    assert_eq!(now["comparison"]["findings"], json!([]));
    assert_eq!(now["guards"]["minimumDecided"], 30);
    let then =
        ada.data(ROLLOUT, json!({ "at": before.to_rfc3339() })).await["modelRollout"].clone();
    assert_eq!((&then["stage"], &then["champion"]["number"]), (&json!("IDLE"), &json!(1)));
    assert_eq!((&then["candidate"], &then["comparison"]), (&json!(null), &json!(null)));
    let ancient = ada.data(ROLLOUT, json!({ "at": "2020-01-01T00:00:00Z" })).await;
    assert_eq!(ancient["modelRollout"], json!(null));
    let carl = app.as_(&app.team.customer).await;
    assert_eq!(codes(&carl.run(ROLLOUT, json!({})).await), ["FORBIDDEN"]);
    assert_eq!(codes(&app.anybody().run(ROLLOUT, json!({})).await), ["UNAUTHENTICATED"]);
    drop(conn);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_history_tells_who_why_and_the_state_after() {
    const HISTORY: &str = "query($after: String) { modelRollout(kind: CATEGORY) { history(first: 2, after: $after) \
        { nodes { id action reason isOverride evidence createdAt actor { name } version { number } rollout { \
        stage enabled champion { number } } } pageInfo { hasNextPage endCursor } } } }";
    let app = TestApp::start().await;
    version(&app).await;
    let mut conn = app.db.conn().await;
    models::disable(&mut conn, &app.team.admin, edit(), "nonsense").await.unwrap();
    let ada = app.as_(&app.team.agent).await;
    let page = ada.data(HISTORY, json!({})).await["modelRollout"]["history"].clone();
    let off = &page["nodes"][0];
    assert_eq!(
        (&off["action"], &off["reason"], &off["actor"]["name"]),
        (&json!("DISABLED"), &json!("nonsense"), &json!("adam"))
    );
    assert_eq!(
        off["rollout"],
        json!({ "stage": "IDLE", "enabled": false, "champion": { "number": 1 } })
    );
    assert!(at(off, "/id").starts_with("rollout_step_"));
    assert_eq!(page["nodes"][1]["reason"], "first model of its kind");
    assert_eq!(page["pageInfo"]["hasNextPage"], true);
    let after = &page["pageInfo"]["endCursor"];
    let rest =
        ada.data(HISTORY, json!({ "after": after })).await["modelRollout"]["history"].clone();
    assert_eq!(rest["nodes"][0]["action"], "REGISTERED");
    assert_eq!(
        (rest["nodes"].as_array().unwrap().len(), &rest["pageInfo"]["hasNextPage"]),
        (1, &json!(false))
    );
    drop(conn);
    app.finish().await;
}

const VERSIONS: &str = "{ modelVersions { number isChampion active stage featureVersion parameters trainingData \
    confusion createdBy { name } shadowAgreement { scored agreed disagreed } validations { sample candidateRight \
    championRight difference low high verdict createdAt candidate { number } champion { number } } } }";

#[tokio::test(flavor = "multi_thread")]
async fn a_version_tells_where_it_comes_from_and_how_it_fares() {
    let app = TestApp::start().await;
    let first = version(&app).await;
    let second = version(&app).await;
    let mut conn = app.db.conn().await;
    models::start_shadow(&mut conn, &app.team.admin, edit(), second, None).await.unwrap();
    let label = Label::Category(category(&mut conn, "Card").await);
    let score = ShadowScore {
        ticket_id: app.ticket("Card lost").await.id,
        model_version_id: second,
        label,
        probability: 0.5,
        abstained: true,
        champion_agrees: Some(false),
    };
    let recording = Recording { shadow: vec![score], ..Default::default() };
    suggestions::record_served(&mut conn, WorkerId::new(), &[], recording).await.unwrap();
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
    models::record_validation(&mut conn, &Actor::system(), validation).await.unwrap();
    let ada = app.as_(&app.team.agent).await;
    let found = ada.data(VERSIONS, json!({})).await;
    let (newer, older) = (&found["modelVersions"][0], &found["modelVersions"][1]);
    assert_eq!(
        (&newer["number"], &newer["isChampion"], &newer["stage"]),
        (&json!(2), &json!(false), &json!("SHADOW"))
    );
    assert_eq!(newer["trainingData"], json!({ "tickets": 60 }));
    assert_eq!(newer["shadowAgreement"], json!({ "scored": 1, "agreed": 0, "disagreed": 1 }));
    let validation = &newer["validations"][0];
    assert_eq!((&validation["verdict"], &validation["low"]), (&json!("BETTER"), &json!(0.02)));
    assert_eq!(validation["champion"]["number"], 1);
    assert_eq!(
        (&older["isChampion"], &older["active"], &older["stage"], &older["shadowAgreement"]),
        (&json!(true), &json!(true), &json!(null), &json!(null))
    );
    assert_eq!((&older["validations"], &older["createdBy"]), (&json!([]), &json!(null)));
    // The ticket itself knows nothing of the score.
    let tickets = ada.data("{ tickets { nodes { suggestions { label arm } } } }", json!({})).await;
    assert_eq!(tickets["tickets"]["nodes"][0]["suggestions"], json!([]));
    drop(conn);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_and_history_take_four_statements_for_any_number_of_rows() {
    let watch = Statements::watch();
    let app = TestApp::start().await;
    let ada = app.as_(&app.team.agent).await;
    let history = "{ modelRollout(kind: CATEGORY) { champion { number } history { nodes { action actor { name } \
        version { number } rollout { champion { number } candidate { number } } } } } }";
    for more in [2, 6] {
        for _ in 0..more {
            version(&app).await;
        }
        for operation in [VERSIONS, history] {
            ada.data(operation, json!({})).await;
            watch.take();
            ada.data(operation, json!({})).await;
            let is_ours =
                |sql: &&String| sql.contains("`model_") || sql.contains("`shadow_scores`");
            let count = watch.take().iter().filter(is_ours).count();
            // Versions, rollouts, validations, agreements; or the state, its versions, the history, its
            // versions, unless they come with the state's.
            assert!(count <= 4, "{count}: {operation}");
        }
    }
    app.finish().await;
}
