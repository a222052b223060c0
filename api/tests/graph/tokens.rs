use deskwire_domain::actor::Scope;
use serde_json::{Value, json};

use crate::support::{Client, Socket, TestApp, at, codes, paths, public};

const FIELDS: &str = "errors { code message path } secret \
    token { id name scopes createdAt expiresAt revokedAt }";

fn input(scopes: &[&str]) -> Value {
    json!({ "name": "robot", "scopes": scopes })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_works_until_it_is_revoked() {
    let app = TestApp::start().await;
    let ada = app.session(&app.team.agent, 60).await;
    let made = ada.change("createToken", input(&["TICKETS_READ", "ADMIN"]), FIELDS).await;
    let secret = at(&made, "/data/payload/secret");
    assert!(secret.starts_with("dwt_"));
    let robot = Client::new(app.address).with_bearer(secret);
    let viewer = "{ viewer { scopes expiresAt user { name } tokens { name revokedAt } } }";
    let found = robot.data(viewer, json!({})).await;
    assert_eq!(found["viewer"]["scopes"], json!(["tickets:read", "admin"]));
    assert_eq!(found["viewer"]["tokens"], json!([{ "name": "robot", "revokedAt": null }]));
    let id = at(&made, "/data/payload/token/id");
    let revoked = ada.change("revokeToken", json!({ "id": id }), FIELDS).await;
    assert!(revoked["data"]["payload"]["secret"].is_null());
    assert!(revoked["data"]["payload"]["token"]["revokedAt"].is_string());
    let refused = robot.send(&json!({ "query": viewer })).await;
    assert_eq!((refused.status, codes(&refused.json())), (401, vec!["UNAUTHENTICATED"]));
    assert!(!refused.body.contains(secret));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_does_not_hold_is_401_and_never_anonymous() {
    let app = TestApp::start().await;
    let expired = app.token(&app.team.agent, Scope::ALL).await;
    app.sql("UPDATE api_tokens SET expires_at = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND").await;
    for value in
        [format!("Bearer {expired}"), "Bearer dwt_x".into(), "Bearer".into(), "Basic eDp4".into()]
    {
        let client = app.anybody().with("authorization", &value);
        let reply = client.send(&json!({ "query": "{ __typename }" })).await;
        assert_eq!((reply.status, codes(&reply.json())), (401, vec!["UNAUTHENTICATED"]), "{value}");
        let headers =
            [("authorization", value.as_str()), ("sec-websocket-protocol", "graphql-transport-ws")];
        assert_eq!(Socket::open(app.address, &headers).await.err(), Some(401), "{value}");
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_invalid_field_of_a_token_is_named() {
    let app = TestApp::start().await;
    let adam = app.as_(&app.team.admin).await;
    let before = app.db.count("api_tokens").await;
    let unknown = public("user", uuid::Uuid::now_v7().simple());
    for (field, value) in [
        ("name", json!("")),
        ("name", json!("x".repeat(121))),
        ("scopes", json!([])),
        ("expiresAt", json!("2000-01-01T00:00:00Z")),
        ("userId", json!("x")),
        ("userId", json!(unknown)),
    ] {
        let mut input = input(&["TICKETS_READ"]);
        input[field] = value;
        let answer = adam.change("createToken", input, FIELDS).await;
        assert_eq!(paths(&answer), [format!("INVALID {field}")], "{answer}");
    }
    assert_eq!(
        paths(&adam.change("revokeToken", json!({ "id": "x" }), FIELDS).await),
        ["INVALID id"]
    );
    assert_eq!(app.db.count("api_tokens").await, before);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_made_for_oneself_and_within_ones_own_scopes() {
    let app = TestApp::start().await;
    let robot = app.scoped(&app.team.agent, &[Scope::TicketsRead]).await;
    let wider = robot.change("createToken", input(&["TICKETS_WRITE"]), FIELDS).await;
    assert_eq!(codes(&wider), ["FORBIDDEN"]);
    let mut for_adam = input(&["ADMIN"]);
    for_adam["userId"] = json!(public("user", app.team.admin.user().unwrap()));
    let ada = app.as_(&app.team.agent).await;
    assert_eq!(codes(&ada.change("createToken", for_adam, FIELDS).await), ["FORBIDDEN"]);
    let anybody = app.anybody().change("createToken", input(&["ADMIN"]), FIELDS).await;
    assert_eq!(codes(&anybody), ["UNAUTHENTICATED"]);

    let adam = app.as_(&app.team.admin).await;
    let mut for_ada = input(&["TICKETS_READ"]);
    for_ada["userId"] = json!(public("user", app.team.agent.user().unwrap()));
    let made = adam.change("createToken", for_ada, FIELDS).await;
    let id = json!({ "id": at(&made, "/data/payload/token/id") });
    let carl = app.as_(&app.team.customer).await;
    assert_eq!(paths(&carl.change("revokeToken", id.clone(), FIELDS).await), ["NOT_FOUND id"]);
    let anybody = app.anybody().change("revokeToken", id.clone(), FIELDS).await;
    assert_eq!(codes(&anybody), ["UNAUTHENTICATED"]);
    assert_eq!(paths(&ada.change("revokeToken", id, FIELDS).await), [""; 0]);
    app.finish().await;
}

/// Operations and the one scope each needs.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_does_only_what_its_scopes_say() {
    let app = TestApp::start().await;
    let id = public("ticket", app.ticket("Old").await.id);
    let queue = public("queue", app.team.queue);
    for (scope, operation) in [
        (Scope::TicketsRead, "{ tickets { totalCount } }".to_owned()),
        (Scope::TicketsRead, "{ ticket(number: 1) { id } }".to_owned()),
        (Scope::TicketsRead, "{ searchTickets(query: \"old\") { nodes { id } } }".to_owned()),
        (Scope::TicketsRead, "{ queues { id } }".to_owned()),
        (Scope::TicketsRead, "{ tags { id } }".to_owned()),
        (Scope::TicketsRead, "{ modelVersions { id } }".to_owned()),
        (Scope::TicketsRead, format!("{{ node(id: \"{id}\") {{ id }} }}")),
        (Scope::TicketsRead, format!("{{ queue(id: \"{queue}\") {{ id }} }}")),
        (
            Scope::TicketsWrite,
            format!(
                "mutation {{ claimTicket(input: {{ id: \"{id}\" }}) {{ errors {{ code }} }} }}"
            ),
        ),
        (
            Scope::TicketsWrite,
            format!(
                "mutation {{ addNote(input: {{ ticketId: \"{id}\", body: \"b\" }}) {{ errors {{ code }} }} }}"
            ),
        ),
        (Scope::UsersRead, "{ users { nodes { email } } }".to_owned()),
        (Scope::UsersRead, "{ organisations { nodes { id } } }".to_owned()),
        (
            Scope::UsersWrite,
            "mutation { createOrganisation(input: { name: \"A\" }) { errors { code } } }"
                .to_owned(),
        ),
        (Scope::Admin, "{ parkedJobs { nodes { id } } }".to_owned()),
        (
            Scope::Admin,
            "mutation { createCategory(input: { name: \"A\" }) { errors { code } } }".to_owned(),
        ),
    ] {
        let others: Vec<Scope> =
            Scope::ALL.iter().copied().filter(|other| *other != scope).collect();
        let without = app.scoped(&app.team.admin, &others).await.run(&operation, json!({})).await;
        assert_eq!(codes(&without), ["FORBIDDEN"], "{operation}");
        app.scoped(&app.team.admin, &[scope]).await.data(&operation, json!({})).await;
    }
    let writer = app.scoped(&app.team.admin, &[Scope::TicketsWrite]).await;
    let stale = json!({ "id": id, "expectedVersion": 9, "subject": "x" });
    let answer =
        writer.change("updateTicket", stale, "errors { code message path } ticket { id }").await;
    assert_eq!(paths(&answer), ["CONFLICT expectedVersion"], "errors need no right to read");
    assert!(answer["data"]["payload"]["ticket"].is_null());

    let writer = app.token(&app.team.admin, &[Scope::TicketsWrite]).await;
    let mut socket = Socket::of_token(app.address, &writer).await;
    socket.subscribe("1", "subscription { queueUpdates { kind } }", json!({})).await;
    assert_eq!(codes(&socket.payload().await), ["FORBIDDEN"]);
    let people = app.scoped(&app.team.agent, &[Scope::TicketsRead]).await;
    let seen = people.data("{ ticket(number: 1) { requester { name email } } }", json!({})).await;
    assert_eq!(seen["ticket"]["requester"], json!({ "name": "carl", "email": null }));
    app.finish().await;
}
