use serde_json::{Value, json};

use crate::support::{Client, Reply, Socket, TestApp, codes};

const SIGN_IN: &str = "mutation($input: SignInInput!) { signIn(input: $input) { expiresAt \
    user { name email } } }";
const PASSWORD: &str = "a long password";

async fn sign_in(client: &Client, email: &str, password: &str) -> Reply {
    let variables = json!({ "input": { "email": email, "password": password } });
    client.send(&json!({ "query": SIGN_IN, "variables": variables })).await
}

/// The session's secret from the answer's cookie.
fn secret(reply: &Reply) -> String {
    let cookie = reply.header("set-cookie").expect("a cookie");
    let value = cookie.strip_prefix("deskwire_session=").and_then(|rest| rest.split(';').next());
    value.expect("the session's cookie").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_sets_a_cookie_that_scripts_and_other_sites_cannot_use() {
    let app = TestApp::start().await;
    app.set_password(&app.team.agent, PASSWORD).await;
    let reply = sign_in(&app.anybody(), "ADA@example.org", PASSWORD).await;
    let cookie = reply.header("set-cookie").unwrap();
    for attribute in ["; HttpOnly", "; SameSite=Lax", "; Path=/", "; Max-Age=1209600"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    assert_eq!(reply.json()["data"]["signIn"]["user"]["name"], "ada");
    assert!(!reply.body.contains(&secret(&reply)) && !reply.body.contains(PASSWORD));

    let ada = app.anybody().with_cookie(&secret(&reply));
    let viewer = ada.data("{ viewer { scopes expiresAt user { email } } }", json!({})).await;
    assert_eq!(viewer["viewer"]["user"]["email"], "ada@example.org");
    assert_eq!(viewer["viewer"]["scopes"], Value::Null);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_ends_the_session() {
    let app = TestApp::start().await;
    let ada = app.session(&app.team.agent, 60).await;
    let reply = ada.send(&json!({ "query": "mutation { signOut { signedOut } }" })).await;
    assert_eq!(reply.json()["data"]["signOut"]["signedOut"], true);
    assert!(reply.header("set-cookie").unwrap().contains("deskwire_session=; "));
    assert!(reply.header("set-cookie").unwrap().contains("Max-Age=0"));
    assert!(ada.data("{ viewer { expiresAt } }", json!({})).await["viewer"].is_null());
    assert_eq!(app.db.count("sessions").await, 0);
    let again = ada.data("mutation { signOut { signedOut } }", json!({})).await;
    assert_eq!(again["signOut"]["signedOut"], false);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_wrong_and_inactive_answer_alike() {
    let app = TestApp::start().await;
    for who in [&app.team.agent, &app.team.reader] {
        app.set_password(who, PASSWORD).await;
    }
    app.sql("UPDATE users SET active = FALSE WHERE name = 'rita'").await;
    let mut answers = Vec::new();
    for (email, password) in [
        ("nobody@example.org", PASSWORD),
        ("ada@example.org", "another password"),
        ("rita@example.org", PASSWORD),
        ("carl@example.org", PASSWORD),
        ("ada@example.org", ""),
    ] {
        let reply = sign_in(&app.anybody(), email, password).await;
        assert_eq!((reply.status, reply.header("set-cookie")), (200, None), "{email}");
        assert_eq!(codes(&reply.json()), ["UNAUTHENTICATED"]);
        answers.push(reply.body);
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    assert_eq!(app.db.count("sessions").await, 0);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_eleventh_attempt_for_an_address_waits() {
    let app = TestApp::start().await;
    for _ in 0..10 {
        let reply = sign_in(&app.anybody(), "Nobody@example.org", "x").await;
        assert_eq!(codes(&reply.json()), ["UNAUTHENTICATED"]);
    }
    let answer = sign_in(&app.anybody(), "nobody@example.org ", "x").await.json();
    assert_eq!(codes(&answer), ["RATE_LIMITED"]);
    assert!(answer["errors"][0]["extensions"]["retryAfterSeconds"].as_u64().unwrap() <= 300);
    let other = sign_in(&app.anybody(), "other@example.org", "x").await;
    assert_eq!(codes(&other.json()), ["UNAUTHENTICATED"], "only that address waits");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_has_ended_is_nobody() {
    let app = TestApp::start().await;
    let ada = app.session(&app.team.agent, 0).await;
    assert!(ada.data("{ viewer { expiresAt } }", json!({})).await["viewer"].is_null());
    assert_eq!(codes(&ada.run("{ tickets { totalCount } }", json!({})).await), ["UNAUTHENTICATED"]);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cookie_counts_on_this_site_only() {
    let app = TestApp::start().await;
    let secret = app.session_secret(&app.team.agent, 60).await;
    let ada = app.anybody().with_cookie(&secret);
    let own = format!("http://{}", app.address);
    let request = json!({ "query": "{ viewer { expiresAt } }" });
    for (origin, status) in [("https://evil.example", 403), ("null", 403), (own.as_str(), 200)] {
        let reply = ada.clone().with("origin", origin).send(&request).await;
        assert_eq!(reply.status, status, "{origin}");
        let json = reply.json();
        assert_eq!(codes(&json).is_empty(), status == 200, "{origin}");
        assert!(!codes(&json).contains(&"NO CODE"));
    }
    let cookie = format!("deskwire_session={secret}");
    for (origin, refused) in [("https://evil.example", Some(403)), (own.as_str(), None)] {
        let headers = [
            ("cookie", cookie.as_str()),
            ("origin", origin),
            ("sec-websocket-protocol", "graphql-transport-ws"),
        ];
        assert_eq!(Socket::open(app.address, &headers).await.err(), refused, "{origin}");
    }
    let token = app.as_(&app.team.agent).await.with("origin", "https://partner.example");
    assert_eq!(token.send(&request).await.status, 200, "tokens are sent on purpose");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_or_role_and_deactivation_end_sessions() {
    let app = TestApp::start().await;
    let adam = app.as_(&app.team.admin).await;
    let id = crate::support::public("user", app.team.agent.user().unwrap());
    for (field, value) in
        [("password", json!(PASSWORD)), ("role", json!("LEAD")), ("active", json!(false))]
    {
        let ada = app.session(&app.team.agent, 60).await;
        assert!(!ada.data("{ viewer { expiresAt } }", json!({})).await["viewer"].is_null());
        let mut input = json!({ "id": id });
        input[field] = value;
        adam.change("updateUser", input, "errors { code }").await;
        let viewer = ada.data("{ viewer { expiresAt } }", json!({})).await;
        assert!(viewer["viewer"].is_null(), "{field}");
    }
    app.finish().await;
}
