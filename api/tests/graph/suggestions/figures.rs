//! Whether suggestions can be trusted, in numbers.

use deskwire_domain::suggestions::Label;
use deskwire_domain::tickets::Priority;
use serde_json::{Value, json};

use crate::support::{TestApp, codes, public, suggestion};

const FIGURES: &str = "query($version: ID, $queue: ID, $from: DateTime, $to: DateTime, \
    $by: [SuggestionFigureGroup!]) { suggestionFigures(kind: PRIORITY, versionId: $version, \
    queueId: $queue, from: $from, to: $to, groupBy: $by) { version { id number } queue { name } \
    week count abstained open accepted dismissed overridden superseded applied ignored everApplied \
    acceptedApplied revertedApplied overriddenApplied judged right acceptance coverage accuracy overrideRate \
    correctionRate } }";

/// Three suggestions of versions of their own: accepted, overridden and open.
async fn three(app: &TestApp) {
    let ada = app.as_(&app.team.agent).await;
    for priority in ["HIGH", "LOW", ""] {
        let ticket = app.ticket("Card lost").await;
        suggestion(&mut *app.db.conn().await, ticket.id, Label::Priority(Priority::High)).await;
        if !priority.is_empty() {
            let input = json!({ "id": public("ticket", ticket.id), "priority": priority });
            ada.change("changeTicketPriority", input, "errors { code }").await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_show_counts_and_rates() {
    let app = TestApp::start().await;
    three(&app).await;
    let ada = app.as_(&app.team.agent).await;
    let found = ada.data(FIGURES, json!({})).await;
    let expected = json!({ "suggestionFigures": [{
        "version": null, "queue": null, "week": null, "count": 3, "abstained": 0, "open": 1,
        "accepted": 1, "dismissed": 0, "overridden": 1, "superseded": 0, "applied": 0,
        "ignored": 0, "everApplied": 0, "acceptedApplied": 0, "revertedApplied": 0, "overriddenApplied": 0,
        "correctionRate": null, "judged": 2, "right": 1, "acceptance": 0.5, "coverage": 1.0,
        "accuracy": 0.5, "overrideRate": 0.5,
    }] });
    assert_eq!(found, expected);
    app.sql("UPDATE suggestions SET created_at = '2026-11-23'").await;
    let found = ada.data(FIGURES, json!({ "by": ["VERSION", "QUEUE", "WEEK"] })).await;
    let rows = found["suggestionFigures"].as_array().unwrap();
    let numbers: Vec<&Value> = rows.iter().map(|row| &row["version"]["number"]).collect();
    assert_eq!(numbers, [1, 2, 3]);
    for row in rows {
        assert_eq!((&row["week"], &row["queue"]["name"]), (&json!("2026-W48"), &json!("Support")));
    }
    let open = &rows[2];
    for rate in ["acceptance", "accuracy", "overrideRate"] {
        assert_eq!(open[rate], Value::Null);
    }
    for (narrowed, count) in [
        (json!({ "version": open["version"]["id"] }), 1),
        (json!({ "version": public("model", uuid::Uuid::now_v7().simple()) }), 0),
        (json!({ "queue": public("queue", app.team.queue) }), 3),
        (json!({ "queue": public("queue", app.team.other_queue) }), 0),
        (json!({ "from": "2026-11-23T00:00:00Z" }), 3),
        (json!({ "to": "2026-11-23T00:00:00Z" }), 0),
    ] {
        let found = ada.data(FIGURES, narrowed.clone()).await;
        assert_eq!(found["suggestionFigures"][0]["count"], count, "{narrowed}");
    }
    for bad in [json!({ "version": "x" }), json!({ "queue": "x" }), json!({ "from": "soon" })] {
        assert_eq!(codes(&ada.run(FIGURES, bad).await), ["BAD_USER_INPUT"]);
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn calibration_is_data_for_a_plot() {
    let app = TestApp::start().await;
    three(&app).await;
    let operation = "query($bins: Int! = 4, $queue: ID) { suggestionCalibration(kind: PRIORITY, bins: \
        $bins, queueId: $queue) { count expectedCalibrationError bins { from to count \
        meanProbability right } } }";
    let ada = app.as_(&app.team.agent).await;
    let found = ada.data(operation, json!({})).await;
    let found = &found["suggestionCalibration"];
    // Two of probability 0.75, of which one was right.
    let last =
        json!({ "from": 0.75, "to": 1.0, "count": 2, "meanProbability": 0.75, "right": 0.5 });
    let empty =
        json!({ "from": 0.0, "to": 0.25, "count": 0, "meanProbability": null, "right": null });
    assert_eq!((&found["bins"][3], &found["bins"][0]), (&last, &empty));
    assert_eq!((&found["count"], &found["expectedCalibrationError"]), (&json!(2), &json!(0.25)));
    let hidden = json!({ "queue": public("queue", app.team.other_queue) });
    let found = ada.data(operation, hidden).await;
    assert_eq!(found["suggestionCalibration"]["expectedCalibrationError"], Value::Null);
    let default = "{ suggestionCalibration(kind: PRIORITY) { bins { count } } }";
    let found = ada.data(default, json!({})).await;
    assert_eq!(found["suggestionCalibration"]["bins"].as_array().unwrap().len(), 10);
    for bad in [json!({ "bins": 0 }), json!({ "bins": 101 }), json!({ "queue": "x" })] {
        assert_eq!(codes(&ada.run(operation, bad).await), ["BAD_USER_INPUT"]);
    }
    app.finish().await;
}
