mod live;
mod tickets;

use deskwire_domain::actor::Scope;
use deskwire_domain::models::{self, RolloutEdit};
use deskwire_domain::suggestions::LabelKind;
use serde_json::{Value, json};

use crate::models::version;
use crate::support::{Client, TestApp, at, codes, paths, public};

const LIST: &str = "query($unread: Boolean! = false) { notifications(first: 10, unreadOnly: $unread) { nodes { id \
    kind subjectId text createdAt readAt } } unreadNotificationCount }";
const FIELDS: &str = "unreadCount errors { code message path }";

/// Two candidates that the desk takes back, one after the other.
async fn told(app: &TestApp) {
    version(app).await;
    let candidate = version(app).await;
    let mut conn = app.db.conn().await;
    let edit = RolloutEdit::any_revision(LabelKind::Category);
    for why in ["one", "two"] {
        let admin = &app.team.admin;
        models::start_shadow(&mut conn, admin, edit, candidate, Some(why)).await.unwrap();
        models::report_fault(&mut conn, edit.kind, candidate, why).await.unwrap();
    }
}

async fn mark(who: &Client, input: Value) -> Value {
    who.change("markNotificationsRead", input, FIELDS).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_reads_what_the_desk_did_and_marks_it() {
    let app = TestApp::start().await;
    told(&app).await;
    let adam = app.as_(&app.team.admin).await;
    let found = adam.data(LIST, json!({})).await;
    assert_eq!(found["unreadNotificationCount"], 2);
    let newest = &found["notifications"]["nodes"][0];
    assert_eq!(newest["kind"], "MODEL_ROLLED_BACK");
    assert_eq!(newest["text"], "The category model, version 2, was taken back: two");
    assert!(at(newest, "/subjectId").starts_with("rollout_step_"));
    let some = mark(&adam, json!({ "ids": [newest["id"]] })).await;
    assert_eq!(some["data"]["payload"], json!({ "unreadCount": 1, "errors": [] }));
    let left = adam.data(LIST, json!({ "unread": true })).await;
    assert_eq!(left["notifications"]["nodes"].as_array().unwrap().len(), 1);
    let rest = mark(&adam, json!({ "all": true })).await;
    assert_eq!(rest["data"]["payload"]["unreadCount"], 0);
    assert_eq!(app.db.count("notifications WHERE read_at IS NULL").await, 0);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_marks_nothing() {
    let app = TestApp::start().await;
    told(&app).await;
    let adam = app.as_(&app.team.admin).await;
    let missing = public("notification", uuid::Uuid::now_v7().simple());
    for (input, expected) in [
        (json!({}), "INVALID ids"),
        (json!({ "ids": [], "all": true }), "INVALID ids"),
        (json!({ "ids": [] }), "INVALID ids"),
        (json!({ "ids": ["7"] }), "INVALID ids"),
        (json!({ "ids": [missing] }), "NOT_FOUND ids"),
    ] {
        let answer = mark(&adam, input.clone()).await;
        assert_eq!(paths(&answer), [expected], "{input}");
        assert_eq!(answer["data"]["payload"]["unreadCount"], 2);
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn notifications_are_a_persons_own() {
    let app = TestApp::start().await;
    told(&app).await;
    let adam = app.as_(&app.team.admin).await;
    let found = adam.data(LIST, json!({})).await;
    let his = found["notifications"]["nodes"][0]["id"].clone();
    for other in [&app.team.lead, &app.team.agent, &app.team.customer] {
        let client = app.as_(other).await;
        let empty = client.data(LIST, json!({})).await;
        assert_eq!(empty["notifications"]["nodes"], json!([]));
        assert_eq!(empty["unreadNotificationCount"], 0);
        assert_eq!(paths(&mark(&client, json!({ "ids": [his] })).await), ["NOT_FOUND ids"]);
        mark(&client, json!({ "all": true })).await;
    }
    for (who, code) in [
        (app.anybody(), "UNAUTHENTICATED"),
        (app.scoped(&app.team.admin, &[Scope::UsersRead]).await, "FORBIDDEN"),
    ] {
        assert_eq!(codes(&who.run(LIST, json!({})).await)[0], code);
        assert_eq!(codes(&mark(&who, json!({ "all": true })).await), [code]);
    }
    assert_eq!(app.db.count("notifications WHERE read_at IS NULL").await, 2);
    app.finish().await;
}
