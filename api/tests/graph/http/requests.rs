use serde_json::json;

use crate::support::{TestApp, codes};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_graphql_request_is_refused_with_a_code() {
    let app = TestApp::start().await;
    let ada = app.as_(&app.team.agent).await;
    let good = br#"{"query":"{ __typename }"}"#.to_vec();
    let json = "application/json";
    for (content_type, body, status) in [
        (json, good.clone(), 200),
        ("Application/JSON; charset=utf-8", good.clone(), 200),
        ("text/plain", good.clone(), 415),
        ("application/x-www-form-urlencoded", good.clone(), 415),
        ("multipart/form-data; boundary=x", good, 415),
        (json, b"".to_vec(), 400),
        (json, b"{".to_vec(), 400),
        (json, b"{\"query\":\"\xff\"}".to_vec(), 400),
        (json, br#"{"query":7}"#.to_vec(), 400),
        (json, br#"[{"query":"{ __typename }"}]"#.to_vec(), 400),
        (json, br#"["{ __typename }"]"#.to_vec(), 400),
        (json, b"null".to_vec(), 400),
        (json, vec![b' '; 1024 * 1024 + 1], 413),
    ] {
        let reply = ada.post(content_type, &body).await;
        let start = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
        assert_eq!(reply.status, status, "{content_type} {start}");
        let wanted = if status == 200 { vec![] } else { vec!["BAD_REQUEST"] };
        assert_eq!(codes(&reply.json()), wanted, "{start}");
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn operations_that_make_no_sense_carry_a_code() {
    let app = TestApp::start().await;
    let ada = app.as_(&app.team.agent).await;
    for (operation, variables, code) in [
        ("", json!({}), "GRAPHQL_PARSE_FAILED"),
        ("{", json!({}), "GRAPHQL_PARSE_FAILED"),
        ("query { \u{0} }", json!({}), "GRAPHQL_PARSE_FAILED"),
        ("{ nonsense }", json!({}), "GRAPHQL_VALIDATION_FAILED"),
        ("{ tickets { nodes } }", json!({}), "GRAPHQL_VALIDATION_FAILED"),
        ("{ tickets(order: LATER) { totalCount } }", json!({}), "GRAPHQL_VALIDATION_FAILED"),
        ("{ tickets(colour: 1) { totalCount } }", json!({}), "GRAPHQL_VALIDATION_FAILED"),
        ("{ ticket(number: \"1\") { id } }", json!({}), "GRAPHQL_VALIDATION_FAILED"),
        ("query($n: Int!) { ticket(number: $n) { id } }", json!({}), "BAD_USER_INPUT"),
        ("query($n: Int!) { ticket(number: $n) { id } }", json!({ "n": "x" }), "BAD_USER_INPUT"),
        ("query($n: Int!) { ticket(number: $n) { id } }", json!({ "n": -1 }), "BAD_USER_INPUT"),
        (
            "query($f: TicketFilterInput) { tickets(filter: $f) { totalCount } }",
            json!({ "f": { "statuses": ["LATER"] } }),
            "BAD_USER_INPUT",
        ),
        (
            "query($f: TicketFilterInput) { tickets(filter: $f) { totalCount } }",
            json!({ "f": { "createdFrom": "yesterday" } }),
            "BAD_USER_INPUT",
        ),
        ("{ tickets(first: 0) { totalCount } }", json!({}), "BAD_USER_INPUT"),
        ("{ tickets(first: 101) { totalCount } }", json!({}), "BAD_USER_INPUT"),
        ("{ tickets(first: -1) { totalCount } }", json!({}), "BAD_USER_INPUT"),
        ("{ tickets(after: \"x\") { totalCount } }", json!({}), "BAD_USER_INPUT"),
        ("{ users(after: \"bnVsbA\") { nodes { id } } }", json!({}), "BAD_USER_INPUT"),
        ("{ organisations(after: \"W10\") { nodes { id } } }", json!({}), "BAD_USER_INPUT"),
        (
            "{ searchTickets(query: \"a\", after: \"x\") { nodes { id } } }",
            json!({}),
            "BAD_USER_INPUT",
        ),
        ("{ queue(id: \"1\") { id } }", json!({}), "BAD_USER_INPUT"),
        ("subscription { queueUpdates { kind } }", json!({}), "BAD_USER_INPUT"),
    ] {
        let answer = ada.run(operation, variables.clone()).await;
        let found = codes(&answer);
        assert!(!found.is_empty() && !found.contains(&"NO CODE"), "{operation}: {answer}");
        let either = [code, "GRAPHQL_VALIDATION_FAILED"];
        let is_input = code == "BAD_USER_INPUT" && !variables.as_object().unwrap().is_empty();
        let is_right = found.iter().all(|f| if is_input { either.contains(f) } else { *f == code });
        assert!(is_right, "{operation} {variables}: {answer}");
    }
    let found = ada.data("{ node(id: \"nonsense\") { id } }", json!({})).await;
    assert!(found["node"].is_null());
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_explorer_is_served_to_browsers() {
    let app = TestApp::start().await;
    let reply = app.anybody().get("/graphiql").await;
    assert_eq!(reply.status, 200);
    assert!(reply.body.contains("Deskwire GraphiQL"));
    assert_eq!(app.anybody().get("/nowhere").await.status, 404);
    app.finish().await;
}

/// Whether it was built or not: then it is a page that says how to build it.
#[tokio::test(flavor = "multi_thread")]
async fn addresses_that_are_not_the_graphs_are_the_consoles() {
    let app = TestApp::start().await;
    let browser = app.anybody().with("accept", "text/html,*/*;q=0.8");
    for path in ["/", "/tickets/12", "/queues/queue_1?status=OPEN"] {
        let reply = browser.get(path).await;
        assert!([200, 503].contains(&reply.status), "{path}: {}", reply.status);
        assert!(reply.header("content-type").is_some_and(|kind| kind.starts_with("text/html")));
        let policy = reply.header("content-security-policy").expect("a policy");
        assert!(policy.contains("script-src 'self';"), "{policy}");
    }
    for path in ["/healthz", "/metrics", "/assets/none.js", "/graphql/none"] {
        assert_eq!(browser.get(path).await.status, 404, "{path}");
    }
    assert_eq!(browser.get("/livez").await.body, "alive\n");
    assert_eq!(app.anybody().get("/tickets/12").await.status, 404);
    app.finish().await;
}
