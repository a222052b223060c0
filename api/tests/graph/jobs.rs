use serde_json::json;

use crate::support::{TestApp, at, codes, paths, public};

const FIELDS: &str =
    "errors { code message path } cursor job { id kind attempts lastError runAt createdAt }";
const GONE: &str = "errors { code message path } cursor discardedId";
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
        assert_eq!(codes(&who.change("discardJob", json!({ "id": id }), GONE).await), [wanted]);
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_sees_what_a_parked_job_is_about_and_discards_it() {
    let app = TestApp::start().await;
    let adam = app.as_(&app.team.admin).await;
    let mut ids = Vec::new();
    for subject in ["Kept", "Deleted", "Of another release"] {
        ids.push(public("ticket", app.ticket(subject).await.id));
    }
    let delete = json!({ "id": ids[1], "reason": "spam" });
    adam.change("deleteTicket", delete, "errors { code }").await;
    adam.change("trainModel", json!({ "kind": "CATEGORY" }), "errors { code }").await;
    app.sql("UPDATE jobs SET state = 'parked', attempts = 6, last_error = 'no model'").await;
    let third = ids[2].trim_start_matches("ticket_");
    app.sql(&format!("UPDATE jobs SET kind = 'brew' WHERE subject_id = UNHEX('{third}')")).await;
    let list = "{ parkedJobs(first: 10) { nodes { id kind subjectId ticket { subject } } } }";
    let parked = async || {
        let found = adam.data(list, json!({})).await["parkedJobs"]["nodes"].take();
        found.as_array().unwrap().clone()
    };
    let of = |jobs: &[serde_json::Value], kind: &str| -> Vec<serde_json::Value> {
        jobs.iter().filter(|job| job["kind"] == kind).cloned().collect()
    };
    let all = parked().await;
    let suggest = of(&all, "suggest");
    assert_eq!(suggest[0]["subjectId"], ids[0]);
    assert_eq!(suggest[0]["ticket"], json!({ "subject": "Kept" }));
    for job in &suggest[1..] {
        assert_eq!((&job["subjectId"], job["ticket"].is_null()), (&json!(ids[1]), true));
    }
    let (train, brew) = (&of(&all, "train")[0], &of(&all, "brew")[0]);
    assert!(at(train, "/subjectId").starts_with("run_") && train["ticket"].is_null(), "{train}");
    assert!(brew["subjectId"].is_null() && brew["ticket"].is_null(), "{brew}");

    for job in [&suggest[0], train, brew] {
        let id = at(job, "/id");
        let gone = adam.change("discardJob", json!({ "id": id }), GONE).await;
        let payload = &gone["data"]["payload"];
        assert_eq!((&payload["discardedId"], &payload["errors"]), (&json!(id), &json!([])));
        assert!(payload["cursor"].is_string(), "{gone}");
        let again = adam.change("discardJob", json!({ "id": id }), GONE).await;
        assert_eq!(paths(&again), ["NOT_FOUND id"]);
    }
    assert_eq!(paths(&adam.change("discardJob", json!({ "id": "x" }), GONE).await), ["INVALID id"]);
    assert_eq!(parked().await.len(), all.len() - 3);
    let runs = adam.data("{ modelRuns { nodes { state error } } }", json!({})).await;
    let failed = json!([{ "state": "FAILED", "error": "its job was discarded" }]);
    assert_eq!(runs["modelRuns"]["nodes"], failed);
    app.finish().await;
}
