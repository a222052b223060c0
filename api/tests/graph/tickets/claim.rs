use serde_json::json;

use crate::support::{TestApp, paths, public};

const FIELDS: &str = "errors { code message path changedBy { name } changedAt } cursor \
    ticket { assignee { name } version }";

#[tokio::test(flavor = "multi_thread")]
async fn the_second_agent_learns_who_was_first() {
    let app = TestApp::start().await;
    let ticket = app.ticket("Card lost").await;
    let input = json!({ "id": public("ticket", ticket.id) });
    let claim = async |who| app.as_(who).await.change("claimTicket", input.clone(), FIELDS).await;

    let first = claim(&app.team.agent).await;
    assert_eq!(
        first["data"]["payload"]["ticket"],
        json!({ "assignee": { "name": "ada" }, "version": 2 })
    );
    assert!(first["data"]["payload"]["cursor"].is_string());
    let second = claim(&app.team.lead).await;
    assert_eq!(paths(&second), ["ALREADY_CLAIMED id"]);
    let payload = &second["data"]["payload"];
    assert_eq!(payload["errors"][0]["changedBy"]["name"], "ada");
    assert!(payload["errors"][0]["changedAt"].is_string());
    assert_eq!(payload["ticket"]["assignee"]["name"], "ada");
    let again = claim(&app.team.agent).await;
    assert_eq!(
        again["data"]["payload"]["ticket"]["version"], 2,
        "claiming one's own changes nothing"
    );
    app.finish().await;
}
