use deskwire_domain::models::{self, RolloutEdit};
use deskwire_domain::suggestions::LabelKind;
use serde_json::json;

use super::version;
use crate::support::{TestApp, codes};

const LIVE: &str = "subscription { modelRolloutUpdates(kind: CATEGORY) { stage percent revision champion { number } \
    candidate { number } } }";

#[tokio::test(flavor = "multi_thread")]
async fn staff_see_the_state_at_once_and_every_step_from_another_process() {
    let app = TestApp::start().await;
    version(&app).await;
    let second = version(&app).await;
    app.db.desk.settle().await.unwrap();
    let mut rita = app.socket(&app.team.reader).await;
    rita.subscribe("rollout", LIVE, json!({})).await;
    let first = rita.item().await;
    assert_eq!((&first["stage"], &first["champion"]["number"]), (&json!("IDLE"), &json!(1)));
    let adam = app.as_(&app.team.admin).await.at(app.another_process().await);
    let id = crate::support::public("model", second);
    let input = json!({ "kind": "CATEGORY", "versionId": id, "percent": 5 });
    adam.change("startCanary", input, "errors { code }").await;
    let canary = rita.item().await;
    assert_eq!((&canary["stage"], &canary["percent"]), (&json!("CANARY"), &json!(5)));
    // The desk itself, without anybody's request.
    let edit = RolloutEdit::any_revision(LabelKind::Category);
    models::report_fault(&mut *app.db.conn().await, edit.kind, second, "broken").await.unwrap();
    app.db.desk.settle().await.unwrap();
    let back = rita.item().await;
    assert_eq!((&back["stage"], &back["candidate"]), (&json!("IDLE"), &json!(null)));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn customers_get_no_stream() {
    let app = TestApp::start().await;
    let mut carl = app.socket(&app.team.customer).await;
    carl.subscribe("rollout", LIVE, json!({})).await;
    assert_eq!(codes(&carl.payload().await), ["FORBIDDEN"]);
    app.finish().await;
}
