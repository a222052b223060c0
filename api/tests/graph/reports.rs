use deskwire_domain::actor::Scope;
use deskwire_domain::testing::Statements;
use serde_json::{Value, json};

use crate::support::{TestApp, codes, public};

const REPORT: &str = "query($from: DateTime!, $to: DateTime!, $interval: ReportInterval!, $zone: String, \
    $queues: [ID!]! = []) { ticketReport(from: $from, to: $to, interval: $interval, timeZone: $zone, \
    queueIds: $queues) { timeZone total { ...F } buckets { from to figures { ...F } } \
    backlog { queue { name } open pending unassigned } } } \
    fragment F on TicketFigures { created solved reopened firstResponse { count medianSeconds p90Seconds } \
    resolution { count medianSeconds p90Seconds } }";

fn times(from: &str, to: &str) -> Value {
    json!({ "from": from, "to": to, "interval": "DAY" })
}

/// The day before and the day after now.
fn around() -> Value {
    let now = chrono::Utc::now();
    let day = chrono::TimeDelta::days(1);
    times(&(now - day).to_rfc3339(), &(now + day).to_rfc3339())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_tells_figures_by_bucket_in_total_and_what_waits() {
    let app = TestApp::start().await;
    let ada = app.as_(&app.team.agent).await;
    let ids = [app.ticket("One").await.id, app.ticket("Two").await.id];
    let solve = json!({ "ticketId": public("ticket", ids[0]), "body": "done", "status": "SOLVED" });
    ada.change("addReply", solve, "errors { code }").await;
    app.db.desk.settle().await.unwrap();
    let found = ada.data(REPORT, around()).await["ticketReport"].take();
    let total = &found["total"];
    assert_eq!((&total["created"], &total["solved"]), (&json!(2), &json!(1)));
    assert_eq!(total["firstResponse"]["count"], 1);
    assert!(total["resolution"]["medianSeconds"].as_u64().unwrap() < 60, "{total}");
    let buckets = found["buckets"].as_array().unwrap();
    assert_eq!(buckets.len(), 3, "cut at both ends");
    let sum: u64 = buckets.iter().map(|b| b["figures"]["created"].as_u64().unwrap()).sum();
    assert_eq!(sum, 2);
    let empty = json!({ "count": 0, "medianSeconds": null, "p90Seconds": null });
    assert_eq!(buckets[0]["figures"]["resolution"], empty);
    let waits =
        json!([{ "queue": { "name": "Support" }, "open": 1, "pending": 0, "unassigned": 1 }]);
    assert_eq!(found["backlog"], waits);

    // The zone of the preferences, unless another is named.
    assert_eq!(found["timeZone"], "UTC");
    ada.change("updateProfile", json!({ "timeZone": "Asia/Tokyo" }), "errors { code }").await;
    let mut named = around();
    let found = ada.data(REPORT, named.clone()).await;
    assert_eq!(found["ticketReport"]["timeZone"], "Asia/Tokyo");
    named["zone"] = json!("Europe/Berlin");
    assert_eq!(ada.data(REPORT, named).await["ticketReport"]["timeZone"], "Europe/Berlin");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_arguments_and_wrong_people_get_no_report() {
    let app = TestApp::start().await;
    let ada = app.as_(&app.team.agent).await;
    let good = times("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z");
    let with = |field: &str, value: Value| {
        let mut input = good.clone();
        input[field] = value;
        input
    };
    for (input, path) in [
        (with("to", json!("2026-01-01T00:00:00Z")), "to"),
        (with("from", json!("2020-01-01T00:00:00Z")), "interval"),
        (with("zone", json!("Berlin")), "timeZone"),
        (with("queues", json!(["7"])), "queueIds"),
    ] {
        let answer = ada.run(REPORT, input).await;
        assert_eq!(codes(&answer), ["BAD_USER_INPUT"]);
        assert_eq!(answer["errors"][0]["extensions"]["path"], path);
    }
    let limited = app.scoped(&app.team.agent, &[Scope::UsersRead]).await;
    let carl = app.as_(&app.team.customer).await;
    for (who, code) in
        [(app.anybody(), "UNAUTHENTICATED"), (limited, "FORBIDDEN"), (carl, "FORBIDDEN")]
    {
        assert_eq!(codes(&who.run(REPORT, good.clone()).await), [code]);
    }
    let outsider = app.as_(&app.team.outsider).await;
    let found = outsider.data(REPORT, good).await["ticketReport"].take();
    assert_eq!((&found["total"]["created"], &found["backlog"]), (&json!(0), &json!([])));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_takes_as_many_statements_for_one_queue_as_for_nine() {
    let watch = Statements::watch();
    let app = TestApp::start().await;
    let adam = app.as_(&app.team.admin).await;
    let mut counts = Vec::new();
    for more in [0, 7] {
        for n in 0..more {
            deskwire_domain::testing::queue(&mut *app.db.conn().await, &format!("Queue {n}")).await;
        }
        app.ticket("One").await;
        adam.data(REPORT, around()).await;
        watch.take();
        adam.data(REPORT, around()).await;
        let sent = watch.take();
        let of = ["`queues`", "`tickets`", "`ticket_milestones`", "`ticket_counts`"];
        let own =
            sent.iter().filter(|sql| !sql.contains("`events`") && !sql.contains("event_sequence"));
        counts.push(own.filter(|sql| of.iter().any(|part| sql.contains(part))).count());
    }
    // The queues, created tickets, milestones, counts, and the queues of the backlog.
    assert_eq!(counts, [5, 5]);
    app.finish().await;
}
