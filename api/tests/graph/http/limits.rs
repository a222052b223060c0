use deskwire_api::config::Limits;
use serde_json::json;

use crate::support::{TestApp, codes};

#[tokio::test(flavor = "multi_thread")]
async fn deep_and_dear_operations_are_refused_before_they_run() {
    let app = TestApp::start().await;
    let ada = app.as_(&app.team.agent).await;
    let deep = format!(
        "{{ ticket(number: 1) {{ {}id{} }} }}",
        "messages(first: 1) { nodes { ticket { ".repeat(6),
        " } } }".repeat(6)
    );
    let dear = "{ tickets(first: 100) { nodes { messages(first: 100) { nodes { id body } } } } }";
    let aliases: String = (0..6000).map(|n| format!("a{n}: viewer {{ expiresAt }} ")).collect();
    let aliased = format!("{{ {aliases} }}");
    let nested = format!("{{ {}{} }}", "a { ".repeat(5000), "} ".repeat(5000));
    let directives = format!("{{ viewer {} {{ expiresAt }} }}", "@skip(if: false) ".repeat(9));
    let endless = "{ ...A } fragment A on Query { ...A }";
    for (operation, code) in [
        (deep.as_str(), "DEPTH_LIMIT_EXCEEDED"),
        (dear, "COMPLEXITY_LIMIT_EXCEEDED"),
        (&aliased, "COMPLEXITY_LIMIT_EXCEEDED"),
        (&nested, "GRAPHQL_PARSE_FAILED"),
        (&directives, "GRAPHQL_PARSE_FAILED"),
        (endless, "GRAPHQL_PARSE_FAILED"),
    ] {
        let answer = ada.run(operation, json!({})).await;
        let start: String = operation.chars().take(60).collect();
        assert!(answer["data"].is_null(), "{start}");
        assert!(codes(&answer).contains(&code), "{start}: {:?}", answer["errors"][0]);
        assert!(!codes(&answer).contains(&"NO CODE"));
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_success_tells_its_cost() {
    let app = TestApp::start().await;
    let ada = app.as_(&app.team.agent).await;
    let cost = async |operation: &str| {
        let answer = ada.run(operation, json!({})).await;
        let cost = &answer["extensions"]["cost"];
        (cost["complexity"].as_u64().expect("a number"), cost["depth"].as_u64().expect("a number"))
    };
    let (one, depth) = cost("{ tickets(first: 1) { nodes { id subject } } }").await;
    assert_eq!(depth, 3);
    let (many, _) = cost("{ tickets(first: 100) { nodes { id subject } } }").await;
    assert_eq!(many - 1, 100 * (one - 1), "each row costs the same");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_are_settings() {
    let limits =
        Limits { max_depth: 2, max_complexity: 40, max_body_bytes: 200, ..Limits::default() };
    let app = TestApp::with_limits(limits).await;
    let ada = app.as_(&app.team.agent).await;
    for (operation, wanted) in [
        ("{ viewer { expiresAt } }", vec![]),
        ("{ viewer { user { id } } }", vec!["DEPTH_LIMIT_EXCEEDED"]),
        ("{ tickets(first: 50) { totalCount } }", vec!["COMPLEXITY_LIMIT_EXCEEDED"]),
    ] {
        assert_eq!(codes(&ada.run(operation, json!({})).await), wanted, "{operation}");
    }
    let reply = ada
        .send(&json!({ "query": format!("{{ viewer {{ expiresAt }} }} #{}", "x".repeat(200)) }))
        .await;
    assert_eq!(reply.status, 413);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_that_takes_too_long_is_given_up() {
    let app = TestApp::with_limits(Limits { timeout_ms: 300, ..Limits::default() }).await;
    let id = crate::support::public("ticket", app.ticket("Old").await.id);
    let ada = app.as_(&app.team.agent).await;
    let mut holder = app.db.conn().await;
    use diesel_async::SimpleAsyncConnection;
    holder.batch_execute("START TRANSACTION; SELECT id FROM tickets FOR UPDATE").await.unwrap();
    let operation = "mutation($id: ID!) { claimTicket(input: { id: $id }) { cursor } }";
    let reply = ada.send(&json!({ "query": operation, "variables": { "id": id } })).await;
    assert_eq!((reply.status, codes(&reply.json())), (504, vec!["TIMEOUT"]));
    holder.batch_execute("ROLLBACK").await.unwrap();
    drop(holder);
    app.finish().await;
}
