//! What goes over the wire besides the graph: methods, media types, statuses.

use serde_json::{Value, json};

use crate::support::{Client, Reply, TestApp, codes};

const GRAPHQL: &str = "application/graphql-response+json";
const JSON: &str = "application/json";

/// A path with these parameters.
fn path(parameters: &[(&str, &str)]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(parameters);
    format!("/graphql?{}", query.finish())
}

fn kind(reply: &Reply) -> &str {
    reply.header("content-type").expect("a content type")
}

async fn accepting(client: &Client, accept: &str, operation: &str) -> (u16, Value) {
    let reply = client.clone().with("accept", accept).send(&json!({ "query": operation })).await;
    assert_eq!(kind(&reply), format!("{accept}; charset=utf-8"), "{operation}");
    (reply.status, reply.json())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_says_whether_an_operation_was_begun_to_those_who_ask_for_it() {
    let app = TestApp::start().await;
    let ada = app.as_(&app.team.agent).await;
    let id = "query($id: ID!) { node(id: $id) { id } }";
    for (operation, status, has_data) in [
        ("{ viewer { user { name } } }", 200, true),
        // Ran, and failed.
        ("{ tickets(first: 0) { totalCount } }", 200, true),
        ("{", 400, false),
        ("{ nonsense }", 400, false),
        (id, 400, false),
        ("query A { __typename } query B { __typename }", 400, false),
    ] {
        let (found, answer) = accepting(&ada, GRAPHQL, operation).await;
        assert_eq!((found, answer.get("data").is_some()), (status, has_data), "{answer}");
        let (found, answer) = accepting(&ada, JSON, operation).await;
        assert_eq!((found, answer.get("data").is_some()), (200, has_data), "{answer}");
    }
    let reply = ada.clone().with("accept", "text/html").send(&json!({ "query": "{" })).await;
    assert_eq!((reply.status, codes(&reply.json())), (406, vec!["BAD_REQUEST"]));
    let nobody = app.anybody().with_bearer("dwt_x").with("accept", GRAPHQL);
    let reply = nobody.send(&json!({ "query": "{ __typename }" })).await;
    assert_eq!((reply.status, codes(&reply.json())), (401, vec!["UNAUTHENTICATED"]));
    assert_eq!(kind(&reply), format!("{GRAPHQL}; charset=utf-8"));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn null_and_unknown_parameters_are_as_if_left_out() {
    let app = TestApp::start().await;
    let nobody = app.anybody();
    for (more, status) in [
        (json!({ "variables": null, "operationName": null, "extensions": null }), 200),
        (json!({ "variables": {}, "extensions": { "some": 1 }, "colour": "red" }), 200),
        (json!({ "variables": [1] }), 400),
        (json!({ "extensions": "x" }), 400),
        (json!({ "operationName": 1 }), 400),
        (json!({ "documentId": 1 }), 400),
        (json!({ "query": null }), 400),
    ] {
        let mut request = json!({ "query": "{ __typename }" });
        request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let reply = nobody.send(&request).await;
        assert_eq!(reply.status, status, "{request} {}", reply.body);
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_get_reads_and_changes_nothing() {
    let app = TestApp::start().await;
    let ada = app.as_(&app.team.agent).await;
    let id = crate::support::public("ticket", app.ticket("Old").await.id);
    let node = "query Named($id: ID!) { node(id: $id) { ... on Ticket { subject } } }";
    let variables = json!({ "id": id }).to_string();
    let parameters = [("query", node), ("variables", &variables), ("operationName", "Named")];
    let reply = ada.get(&path(&parameters)).await;
    assert_eq!(reply.json()["data"]["node"]["subject"], "Old");
    assert_eq!(reply.header("cache-control"), Some("no-store"));

    let claim = format!("mutation {{ claimTicket(input: {{ id: \"{id}\" }}) {{ cursor }} }}");
    for operation in [claim.as_str(), "subscription { queueUpdates { kind } }"] {
        let reply = ada.get(&path(&[("query", operation)])).await;
        assert_eq!((reply.status, reply.header("allow")), (405, Some("POST")), "{operation}");
        assert_eq!(codes(&reply.json()), ["BAD_REQUEST"]);
    }
    assert_eq!(app.db.count("tickets WHERE assignee_id IS NOT NULL").await, 0);

    for parameters in
        [vec![], vec![("query", node), ("variables", "[1]")], vec![("variables", "{")]]
    {
        let reply = ada.get(&path(&parameters)).await;
        assert_eq!(
            (reply.status, codes(&reply.json())),
            (400, vec!["BAD_REQUEST"]),
            "{parameters:?}"
        );
    }
    let browser = app.anybody().with("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
    let reply = browser.get("/graphql").await;
    assert_eq!((reply.status, reply.header("location")), (307, Some("/graphiql")));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cookie_reads_for_its_own_site_alone() {
    let app = TestApp::start().await;
    let browser = app.session(&app.team.agent, 60).await;
    let viewer = path(&[("query", "{ viewer { user { name } } }")]);
    let own = format!("http://{}", app.address);
    for (name, value, status) in [
        ("origin", own.as_str(), 200),
        ("sec-fetch-site", "same-origin", 200),
        ("sec-fetch-site", "none", 200),
        ("origin", "https://evil.example", 403),
        ("sec-fetch-site", "cross-site", 403),
        ("sec-fetch-site", "same-site", 403),
    ] {
        let reply = browser.clone().with(name, value).get(&viewer).await;
        assert_eq!(reply.status, status, "{name}: {value}");
    }
    app.finish().await;
}
