mod apply;
mod figures;

use deskwire_domain::suggestions::Label;
use deskwire_domain::tickets::Priority;
use serde_json::{Value, json};

use crate::support::{TestApp, at, codes, paths, public, suggestion};

const FIELDS: &str = "errors { code message path } cursor ticket { priority priorityOrigin } \
    suggestion { id state decidedBy { name } decidedAt }";

async fn suggested(app: &TestApp) -> (String, Value) {
    let ticket = app.ticket("Card lost").await;
    suggestion(&mut *app.db.conn().await, ticket.id, Label::Priority(Priority::High)).await;
    let operation = "query($id: ID!) { node(id: $id) { ... on Ticket { priority suggestions { id kind \
        label priority category { id } probability abstained runnerUps { label probability } \
        decidingWords { text share part messageId start end } \
        appliedAt appliedFrom modelVersion { number } state decidedBy { id } decidedAt \
        createdAt ticket { number } } } } }";
    let ada = app.as_(&app.team.agent).await;
    let found = ada.data(operation, json!({ "id": public("ticket", ticket.id) })).await;
    let suggestion = found["node"]["suggestions"][0].clone();
    (at(&suggestion, "/id").to_owned(), suggestion)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suggestion_shows_its_reasons() {
    let app = TestApp::start().await;
    let (_, shown) = suggested(&app).await;
    let ada = app.as_(&app.team.agent).await;
    let messages = "{ ticket(number: 1) { messages { nodes { id } } } }";
    let said = ada.data(messages, json!({})).await;
    let word = json!({
        "text": "secretword", "share": 1.0, "part": "MESSAGE", "start": 3, "end": 13,
        "messageId": at(&said, "/ticket/messages/nodes/0/id"),
    });
    for (field, value) in [
        ("kind", json!("PRIORITY")),
        ("label", json!("high")),
        ("priority", json!("HIGH")),
        ("category", Value::Null),
        ("probability", json!(0.75)),
        ("abstained", json!(false)),
        ("runnerUps", json!([{ "label": "low", "probability": 0.2 }])),
        ("decidingWords", json!([word])),
        ("appliedAt", Value::Null),
        ("appliedFrom", Value::Null),
        ("modelVersion", json!({ "number": 1 })),
        ("state", json!("OPEN")),
        ("decidedBy", Value::Null),
        ("ticket", json!({ "number": 1 })),
    ] {
        assert_eq!(shown[field], value, "{field}");
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_is_made_once() {
    for (name, state, priority) in [
        ("acceptSuggestion", "ACCEPTED", json!({ "priority": "HIGH", "priorityOrigin": "PERSON" })),
        (
            "dismissSuggestion",
            "DISMISSED",
            json!({ "priority": "NORMAL", "priorityOrigin": "DEFAULT" }),
        ),
    ] {
        let app = TestApp::start().await;
        let (id, _) = suggested(&app).await;
        let ada = app.as_(&app.team.agent).await;
        let answer = ada.change(name, json!({ "id": id }), FIELDS).await;
        let payload = &answer["data"]["payload"];
        assert_eq!((&payload["ticket"], &payload["errors"]), (&priority, &json!([])), "{answer}");
        assert_eq!(payload["suggestion"]["state"], state);
        assert_eq!(payload["suggestion"]["decidedBy"]["name"], "ada");
        assert!(payload["cursor"].is_string());
        let again = ada.change(name, json!({ "id": id }), FIELDS).await;
        assert_eq!(paths(&again), ["ALREADY_DECIDED id"]);
        assert_eq!(again["data"]["payload"]["suggestion"]["state"], state);
        app.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_staff_who_may_reply_decide() {
    let app = TestApp::start().await;
    let (id, _) = suggested(&app).await;
    let team = &app.team;
    for name in ["acceptSuggestion", "dismissSuggestion"] {
        let input = json!({ "id": id });
        assert_eq!(
            codes(&app.anybody().change(name, input.clone(), FIELDS).await),
            ["UNAUTHENTICATED"]
        );
        let rita = app.as_(&team.reader).await;
        assert_eq!(codes(&rita.change(name, input.clone(), FIELDS).await), ["FORBIDDEN"]);
        for invisible_to in [&team.customer, &team.other_customer, &team.outsider] {
            let client = app.as_(invisible_to).await;
            let answer = client.change(name, input.clone(), FIELDS).await;
            assert_eq!(paths(&answer), ["NOT_FOUND id"], "{name}");
            assert!(answer["data"]["payload"]["suggestion"].is_null());
        }
        let ada = app.as_(&team.agent).await;
        assert_eq!(paths(&ada.change(name, json!({ "id": "1" }), FIELDS).await), ["INVALID id"]);
    }
    assert_eq!(app.db.count("suggestions WHERE state = 'open'").await, 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn model_versions_are_listed_for_staff() {
    let app = TestApp::start().await;
    suggested(&app).await;
    let operation = "{ modelVersions { id kind number active threshold labels artifactHash \
        artifactBytes metrics createdAt } }";
    let found = app.as_(&app.team.agent).await.data(operation, json!({})).await;
    let model = &found["modelVersions"][0];
    assert_eq!(
        (&model["labels"], &model["metrics"]),
        (&json!(["secretlabel"]), &json!({ "accuracy": 0.9 }))
    );
    assert_eq!(at(model, "/artifactHash"), "07".repeat(32));
    let carl = app.as_(&app.team.customer).await;
    assert_eq!(codes(&carl.run(operation, json!({})).await), ["FORBIDDEN"]);
    app.finish().await;
}
