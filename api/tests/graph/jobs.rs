use serde_json::json;

use crate::support::{TestApp, at, codes, paths, public};

const FIELDS: &str =
    "errors { code message path } cursor job { id kind attempts lastError runAt createdAt }";
const LIST: &str = "query($after: String) { parkedJobs(first: 1, after: $after) { nodes { id kind \
    attempts lastError } pageInfo { endCursor hasNextPage } } }";

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_sees_parked_jobs_and_replays_them() {
    let app = TestApp::start().await;
    let adam = app.as_(&app.team.admin).await;
    for subject in ["One", "Two"] {
        app.ticket(subject).await;
    }
    app.sql("UPDATE jobs SET state = 'parked', attempts = 6, last_error = 'no model'").await;
    // What a release after this one would have written; the list is read newest last.
    app.sql(
        "UPDATE jobs SET kind = 'brew' WHERE id = (SELECT MAX(id) FROM (SELECT id FROM jobs) j)",
    )
    .await;
    let first = adam.data(LIST, json!({})).await;
    let job = &first["parkedJobs"]["nodes"][0];
    assert_eq!((&job["kind"], &job["lastError"]), (&json!("suggest"), &json!("no model")));
    let after = &first["parkedJobs"]["pageInfo"]["endCursor"];
    let second = adam.data(LIST, json!({ "after": after })).await;
    assert_eq!(second["parkedJobs"]["pageInfo"]["hasNextPage"], false);
    assert_eq!(second["parkedJobs"]["nodes"][0]["kind"], "brew");
    let id = at(job, "/id");
    let replayed = adam.change("replayJob", json!({ "id": id }), FIELDS).await;
    assert_eq!(replayed["data"]["payload"]["job"]["attempts"], 0, "{replayed}");
    assert_eq!(app.db.count("jobs WHERE state = 'ready' AND attempts = 0").await, 1);
    assert_eq!(
        paths(&adam.change("replayJob", json!({ "id": id }), FIELDS).await),
        ["NOT_FOUND id"]
    );
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_sees_or_replays_jobs() {
    let app = TestApp::start().await;
    let adam = app.as_(&app.team.admin).await;
    assert_eq!(
        paths(&adam.change("replayJob", json!({ "id": "x" }), FIELDS).await),
        ["INVALID id"]
    );
    let id = public("job", uuid::Uuid::now_v7().simple());
    for (who, wanted) in [
        (app.anybody(), "UNAUTHENTICATED"),
        (app.as_(&app.team.customer).await, "FORBIDDEN"),
        (app.as_(&app.team.agent).await, "FORBIDDEN"),
        (app.as_(&app.team.lead).await, "FORBIDDEN"),
    ] {
        assert_eq!(codes(&who.run(LIST, json!({})).await), [wanted]);
        assert_eq!(codes(&who.change("replayJob", json!({ "id": id }), FIELDS).await), [wanted]);
    }
    app.finish().await;
}
