//! Trainings and their schedules through the graph.

use deskwire_domain::actor::Scope;
use deskwire_domain::ids::WorkerId;
use deskwire_domain::models::runs::{self, RunStep};
use deskwire_domain::models::{Comparison, Lineage, ModelDraft};
use serde_json::{Value, json};

use crate::support::{Client, Frame, TestApp, at, codes, paths, public};

const RUN: &str = "id kind state step done cancelRequested requestedBy { name } error tickets \
    version { number active } createdAt startedAt finishedAt \
    options { minimumPerLabel targetPrecision createdFrom createdTo promoteWhenFirst }";
const FIELDS: &str = "errors { code message path } cursor run { id state cancelRequested }";
const LIVE: &str =
    "subscription($id: ID!) { modelRunUpdates(runId: $id) { state step done version { number } } }";
const SCHEDULE: &str = "id kind everyHours minimumNewLabels enabled nextRunAt changedAt \
    changedBy { name } lastRun { state }";

async fn train(who: &Client) -> String {
    let started = who.change("trainModel", json!({ "kind": "CATEGORY" }), FIELDS).await;
    at(&started, "/data/payload/run/id").to_owned()
}

async fn read(who: &Client, id: &str) -> Value {
    let operation = format!("query($id: ID!) {{ modelRun(id: $id) {{ {RUN} }} }}");
    who.data(&operation, json!({ "id": id })).await["modelRun"].take()
}

async fn claim(app: &TestApp) -> runs::Claim {
    let mut conn = app.db.conn().await;
    runs::claim(&mut conn, WorkerId::new(), 60).await.unwrap().expect("a run waits")
}

/// Ends a run with a version, as a worker does.
async fn finish(app: &TestApp, claim: &runs::Claim) {
    let draft = ModelDraft {
        kind: claim.run.kind,
        artifact_hash: vec![7; 32],
        artifact_bytes: 9,
        threshold: 0.5,
        labels: Default::default(),
        metrics: json!({}),
        lineage: Lineage::default(),
    };
    let comparison = Comparison {
        champion_id: None,
        sample: 0,
        candidate_right: 0,
        champion_right: 0,
        difference: 0.0,
        low: -1.0,
        high: 1.0,
        note: None,
    };
    let made = runs::Finished { draft, comparison, tickets: 40, labelled: 60 };
    assert!(runs::finish(&mut *app.db.conn().await, claim, made).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_starts_a_training_and_reads_it_until_its_version() {
    let app = TestApp::start().await;
    let adam = app.as_(&app.team.admin).await;
    let input = json!({
        "kind": "CATEGORY", "minimumPerLabel": 3, "targetPrecision": 0.8,
        "createdFrom": "2026-01-01T00:00:00Z", "createdTo": "2026-02-01T00:00:00Z",
        "promoteWhenFirst": false,
    });
    let started = adam.change("trainModel", input, FIELDS).await;
    assert_eq!(paths(&started), [""; 0]);
    assert!(started["data"]["payload"]["cursor"].is_string());
    let id = at(&started, "/data/payload/run/id");

    let run = read(&adam, id).await;
    assert_eq!((&run["kind"], &run["state"]), (&json!("CATEGORY"), &json!("QUEUED")));
    assert_eq!(run["requestedBy"]["name"], "adam");
    assert_eq!(
        run["options"],
        json!({
            "minimumPerLabel": 3, "targetPrecision": 0.8, "promoteWhenFirst": false,
            "createdFrom": "2026-01-01T00:00:00+00:00", "createdTo": "2026-02-01T00:00:00+00:00",
        })
    );
    for field in ["step", "error", "tickets", "version", "startedAt", "finishedAt"] {
        assert!(run[field].is_null(), "{field}: {run}");
    }
    let job = "jobs WHERE kind = 'train' AND state = 'ready'";
    assert_eq!((app.db.count("model_runs").await, app.db.count(job).await), (1, 1));

    let claim = claim(&app).await;
    finish(&app, &claim).await;
    let run = read(&adam, id).await;
    assert_eq!((&run["state"], &run["done"]), (&json!("SUCCEEDED"), &json!(1.0)));
    assert_eq!((&run["tickets"], &run["version"]["number"]), (&json!(40), &json!(1)));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_given_has_a_default() {
    let app = TestApp::start().await;
    let adam = app.as_(&app.team.admin).await;
    let id = train(&adam).await;
    assert_eq!(
        read(&adam, &id).await["options"],
        json!({
            "minimumPerLabel": 5, "targetPrecision": 0.9, "promoteWhenFirst": true,
            "createdFrom": null, "createdTo": null,
        })
    );
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_bad_field_is_named_and_a_second_run_is_refused_by_name() {
    let app = TestApp::start().await;
    let adam = app.as_(&app.team.admin).await;
    let bad = json!({
        "kind": "CATEGORY", "minimumPerLabel": 1, "targetPrecision": 1.5,
        "createdFrom": "2026-02-01T00:00:00Z", "createdTo": "2026-01-01T00:00:00Z",
    });
    let refused = adam.change("trainModel", bad, FIELDS).await;
    assert_eq!(
        paths(&refused),
        ["INVALID minimumPerLabel", "INVALID targetPrecision", "INVALID createdTo"]
    );
    assert_eq!(app.db.count("model_runs").await, 0);

    let id = train(&adam).await;
    let refused = adam.change("trainModel", json!({ "kind": "CATEGORY" }), FIELDS).await;
    assert_eq!(paths(&refused), ["ALREADY_RUNNING kind"]);
    let message = at(&refused, "/data/payload/errors/0/message");
    assert!(message.contains(&id), "{message}");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_cancels_a_run() {
    let app = TestApp::start().await;
    let adam = app.as_(&app.team.admin).await;
    let id = train(&adam).await;
    let input = json!({ "id": id });
    let cancelled = adam.change("cancelModelRun", input.clone(), FIELDS).await;
    assert_eq!(cancelled["data"]["payload"]["run"]["state"], "CANCELLED");
    assert_eq!(app.db.count("jobs WHERE kind = 'train'").await, 0);
    let again = adam.change("cancelModelRun", input, FIELDS).await;
    assert_eq!(paths(&again), ["ILLEGAL_TRANSITION id"]);

    let id = train(&adam).await;
    claim(&app).await;
    let asked = adam.change("cancelModelRun", json!({ "id": id }), FIELDS).await;
    let run = &asked["data"]["payload"]["run"];
    assert_eq!((&run["state"], &run["cancelRequested"]), (&json!("RUNNING"), &json!(true)));

    let missing = public("run", uuid::Uuid::now_v7().simple());
    for (id, expected) in [(missing.as_str(), "NOT_FOUND id"), ("model_1", "INVALID id")] {
        let refused = adam.change("cancelModelRun", json!({ "id": id }), FIELDS).await;
        assert_eq!(paths(&refused), [expected]);
    }
    assert!(read(&adam, &missing).await.is_null());
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_are_listed_newest_first_in_pages() {
    let app = TestApp::start().await;
    let adam = app.as_(&app.team.admin).await;
    let mut started = Vec::new();
    for _ in 0..2 {
        started.push(train(&adam).await);
        let input = json!({ "id": started.last() });
        adam.change("cancelModelRun", input, FIELDS).await;
    }
    adam.change("trainModel", json!({ "kind": "PRIORITY" }), FIELDS).await;
    let list = "query($after: String) { modelRuns(kind: CATEGORY, first: 1, after: $after) { \
        nodes { id requestedBy { name } } pageInfo { endCursor hasNextPage } } }";
    let first = adam.data(list, json!({})).await;
    assert_eq!(first["modelRuns"]["nodes"][0]["id"], json!(started[1]));
    let after = &first["modelRuns"]["pageInfo"]["endCursor"];
    let second = adam.data(list, json!({ "after": after })).await;
    assert_eq!(second["modelRuns"]["nodes"][0]["id"], json!(started[0]));
    assert_eq!(second["modelRuns"]["pageInfo"]["hasNextPage"], false);
    let refused = adam.run("{ modelRuns(first: 101) { nodes { id } } }", json!({})).await;
    assert_eq!(codes(&refused), ["BAD_USER_INPUT"]);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_follows_a_run_until_it_has_ended() {
    let app = TestApp::start().await;
    let adam = app.as_(&app.team.admin).await;
    let id = train(&adam).await;
    let mut socket = app.socket(&app.team.admin).await;
    socket.subscribe("live", LIVE, json!({ "id": id })).await;
    assert_eq!(socket.item().await["state"], "QUEUED");

    let mut held = claim(&app).await;
    app.db.desk.settle().await.unwrap();
    assert_eq!(socket.item().await["state"], "RUNNING");
    let mut conn = app.db.conn().await;
    runs::report(&mut conn, &mut held, Some((RunStep::Fitting, 0.75)), 60).await.unwrap();
    app.db.desk.settle().await.unwrap();
    let told = socket.item().await;
    assert_eq!((&told["step"], &told["done"]), (&json!("FITTING"), &json!(0.75)));
    finish(&app, &held).await;
    app.db.desk.settle().await.unwrap();
    let told = socket.item().await;
    assert_eq!((&told["state"], &told["version"]["number"]), (&json!("SUCCEEDED"), &json!(1)));
    assert_eq!(socket.next().await, Frame::Json(json!({ "id": "live", "type": "complete" })));
    drop(conn);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_sets_when_a_kind_is_trained_by_itself() {
    let app = TestApp::start().await;
    let adam = app.as_(&app.team.admin).await;
    let fields = format!("errors {{ code message path }} cursor schedule {{ {SCHEDULE} }}");
    let set = |hours: u32, labels: u32| {
        let input = json!({
            "kind": "PRIORITY", "everyHours": hours, "minimumNewLabels": labels, "enabled": true,
        });
        adam.change("setModelSchedule", input, &fields)
    };
    let refused = set(0, 1_000_001).await;
    assert_eq!(paths(&refused), ["INVALID everyHours", "INVALID minimumNewLabels"]);
    assert_eq!(app.db.count("model_schedules WHERE enabled").await, 0);
    let done = set(24, 50).await;
    assert_eq!(paths(&done), [""; 0]);
    let schedules = adam.data(&format!("{{ modelSchedules {{ {SCHEDULE} }} }}"), json!({})).await;
    let all = schedules["modelSchedules"].as_array().unwrap();
    assert_eq!((all.len(), &all[0]["enabled"]), (2, &json!(false)));
    assert_eq!(all[1], done["data"]["payload"]["schedule"]);
    assert_eq!((&all[1]["everyHours"], &all[1]["minimumNewLabels"]), (&json!(24), &json!(50)));
    assert_eq!((&all[1]["changedBy"]["name"], &all[1]["lastRun"]), (&json!("adam"), &Value::Null));
    let row = "model_schedules WHERE kind = 'priority' AND every_hours = 24 AND enabled";
    assert_eq!(app.db.count(row).await, 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_but_admins_has_to_do_with_trainings() {
    let app = TestApp::start().await;
    let adam = app.as_(&app.team.admin).await;
    let id = train(&adam).await;
    let scopes: Vec<Scope> = Scope::ALL.iter().copied().filter(|s| *s != Scope::Admin).collect();
    let schedule =
        json!({ "kind": "CATEGORY", "everyHours": 1, "minimumNewLabels": 1, "enabled": true });
    for (who, wanted) in [
        (app.anybody(), "UNAUTHENTICATED"),
        (app.as_(&app.team.customer).await, "FORBIDDEN"),
        (app.as_(&app.team.agent).await, "FORBIDDEN"),
        (app.as_(&app.team.lead).await, "FORBIDDEN"),
        (app.scoped(&app.team.admin, &scopes).await, "FORBIDDEN"),
    ] {
        for query in [
            "query($id: ID!) { modelRun(id: $id) { id } }",
            "query($id: ID!) { modelRuns { nodes { id } } node(id: $id) { id } }",
            "{ modelSchedules { id } }",
        ] {
            assert!(codes(&who.run(query, json!({ "id": id })).await).contains(&wanted), "{query}");
        }
        for (name, input) in [
            ("trainModel", json!({ "kind": "PRIORITY" })),
            ("cancelModelRun", json!({ "id": id })),
            ("setModelSchedule", schedule.clone()),
        ] {
            let refused = who.change(name, input, "errors { code }").await;
            assert_eq!(codes(&refused), [wanted], "{name}");
        }
    }
    let mut socket = app.socket(&app.team.agent).await;
    socket.subscribe("live", LIVE, json!({ "id": id })).await;
    assert_eq!(codes(&socket.payload().await), ["FORBIDDEN"]);
    let mut socket = app.socket(&app.team.admin).await;
    let missing = public("run", uuid::Uuid::now_v7().simple());
    socket.subscribe("live", LIVE, json!({ "id": missing })).await;
    assert_eq!(codes(&socket.payload().await), ["NOT_FOUND"]);
    assert_eq!(
        (app.db.count("model_runs").await, app.db.count("model_schedules WHERE enabled").await),
        (1, 0)
    );
    app.finish().await;
}
