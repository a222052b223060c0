use deskwire_domain::actor::Scope;
use serde_json::{Value, json};

use crate::support::{Client, Frame, Socket, TestApp, codes, paths};

const FIELDS: &str = "user { name email } preferences { locale timeZone theme mutedNotifications } \
    cursor errors { code message path }";
const VIEWER: &str =
    "{ viewer { user { name } preferences { locale timeZone theme mutedNotifications } } }";
const PASSWORD: &str = "a long password";
const CHANGED: &str = "user { name } errors { code message path }";

#[tokio::test(flavor = "multi_thread")]
async fn everybody_changes_their_own_name_and_preferences_field_by_field() {
    let app = TestApp::start().await;
    for who in [&app.team.agent, &app.team.customer, &app.team.admin] {
        let client = app.as_(who).await;
        let before = client.data(VIEWER, json!({})).await["viewer"]["preferences"].clone();
        let default = json!({ "locale": null, "timeZone": null, "theme": "SYSTEM", "mutedNotifications": [] });
        assert_eq!(before, default);
        let mut expected = default;
        for (field, value, shown) in [
            ("locale", json!(" de-AT "), json!("de-AT")),
            ("timeZone", json!("Europe/Vienna"), json!("Europe/Vienna")),
            ("theme", json!("DARK"), json!("DARK")),
            (
                "mutedNotifications",
                json!(["TICKET_REPLIED", "TICKET_REPLIED"]),
                json!(["TICKET_REPLIED"]),
            ),
            ("locale", Value::Null, Value::Null),
            ("mutedNotifications", json!([]), json!([])),
        ] {
            let answer = client.change("updateProfile", json!({ field: value }), FIELDS).await;
            expected[field] = shown;
            assert_eq!(answer["data"]["payload"]["preferences"], expected, "{answer}");
        }
        let named = client.change("updateProfile", json!({ "name": " Nova " }), FIELDS).await;
        assert_eq!(named["data"]["payload"]["user"]["name"], "Nova");
        let viewer = client.data(VIEWER, json!({})).await;
        assert_eq!(
            viewer["viewer"],
            json!({ "user": { "name": "Nova" }, "preferences": expected })
        );
    }
    assert_eq!(app.db.count("users WHERE name = 'Nova'").await, 3);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_fields_are_named_together_and_change_nothing() {
    let app = TestApp::start().await;
    let ada = app.as_(&app.team.agent).await;
    for (field, value) in [
        ("name", json!(" ")),
        ("name", json!("x".repeat(201))),
        ("locale", json!("german")),
        ("locale", json!("de_DE")),
        ("timeZone", json!("Berlin")),
        ("timeZone", json!("")),
    ] {
        let bad = field != "locale" || value != json!("german");
        let answer = ada.change("updateProfile", json!({ field: value }), FIELDS).await;
        let expected = if bad { vec![format!("INVALID {field}")] } else { vec![] };
        assert_eq!(paths(&answer), expected, "{field} {value}");
        assert_eq!(answer["data"]["payload"]["user"].is_null(), bad);
    }
    let all = json!({ "name": "", "locale": "-", "timeZone": "x", "theme": "LIGHT" });
    let answer = ada.change("updateProfile", all, FIELDS).await;
    assert_eq!(paths(&answer), ["INVALID name", "INVALID locale", "INVALID timeZone"]);
    let viewer = ada.data(VIEWER, json!({})).await;
    assert_eq!(viewer["viewer"]["preferences"]["theme"], "SYSTEM");
    let limited = app.scoped(&app.team.agent, &[Scope::UsersRead, Scope::TicketsWrite]).await;
    for (who, code) in [(app.anybody(), "UNAUTHENTICATED"), (limited, "FORBIDDEN")] {
        let answer = who.change("updateProfile", json!({ "theme": "DARK" }), FIELDS).await;
        assert_eq!(codes(&answer), [code]);
    }
    app.finish().await;
}

async fn sign_in(app: &TestApp, password: &str) -> bool {
    let input = json!({ "email": "ada@example.org", "password": password });
    let answer = app.anybody().change("signIn", input, "expiresAt").await;
    codes(&answer).is_empty()
}

fn change(current: &str, new: &str) -> Value {
    json!({ "current": current, "new": new })
}

async fn is_somebody(client: &Client) -> bool {
    !client.data("{ viewer { expiresAt } }", json!({})).await["viewer"].is_null()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_ends_the_other_sessions_and_no_token() {
    let app = TestApp::start().await;
    app.set_password(&app.team.agent, PASSWORD).await;
    let (here, there) =
        (app.session(&app.team.agent, 600).await, app.session(&app.team.agent, 600).await);
    let other = app.session(&app.team.lead, 600).await;
    let token = app.as_(&app.team.agent).await;
    let secret = app.session_secret(&app.team.agent, 600).await;
    let mut socket = Socket::of_session(app.address, &secret).await;
    let answer = here.change("changePassword", change(PASSWORD, "another long one"), CHANGED).await;
    assert_eq!(answer["data"]["payload"], json!({ "user": { "name": "ada" }, "errors": [] }));
    for (client, expected) in [(&here, true), (&there, false), (&other, true), (&token, true)] {
        assert_eq!(is_somebody(client).await, expected);
    }
    assert_eq!(socket.next().await, Frame::Close(4403));
    assert!(!sign_in(&app, PASSWORD).await && sign_in(&app, "another long one").await);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_or_missing_password_answers_alike_and_changes_nothing() {
    let app = TestApp::start().await;
    app.set_password(&app.team.agent, PASSWORD).await;
    let ada = app.session(&app.team.agent, 600).await;
    let lea = app.session(&app.team.lead, 600).await;
    let mut answers = Vec::new();
    for client in [&ada, &lea] {
        let wrong = change("not the password", "another long one");
        let answer = client.change("changePassword", wrong, CHANGED).await;
        assert_eq!(paths(&answer), ["INVALID current"]);
        answers.push(answer);
    }
    assert_eq!(answers[0], answers[1], "one with a password, one without");
    for (input, expected) in [
        (change(PASSWORD, "short"), vec!["INVALID new"]),
        (change(PASSWORD, &"x".repeat(1025)), vec!["INVALID new"]),
        (change("wrong", ""), vec!["INVALID new", "INVALID current"]),
    ] {
        assert_eq!(paths(&ada.change("changePassword", input, CHANGED).await), expected);
    }
    let token = app.as_(&app.team.agent).await;
    for (who, code) in [(&app.anybody(), "UNAUTHENTICATED"), (&token, "FORBIDDEN")] {
        let answer = who.change("changePassword", change(PASSWORD, "another long one"), CHANGED);
        assert_eq!(codes(&answer.await), [code]);
    }
    assert!(sign_in(&app, PASSWORD).await);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_the_present_password_is_slowed_down_as_signing_in_is() {
    let app = TestApp::start().await;
    app.set_password(&app.team.agent, PASSWORD).await;
    let ada = app.session(&app.team.agent, 600).await;
    // A token cannot use up its owner's attempts.
    let token = app.as_(&app.team.agent).await;
    for _ in 0..3 {
        token.change("changePassword", change("guess", "another long one"), CHANGED).await;
    }
    for _ in 0..9 {
        let answer = ada.change("changePassword", change("guess", "another long one"), CHANGED);
        assert_eq!(paths(&answer.await), ["INVALID current"]);
    }
    assert!(sign_in(&app, PASSWORD).await, "the tenth attempt");
    let answer = ada.change("changePassword", change(PASSWORD, "another long one"), CHANGED).await;
    assert_eq!(codes(&answer), ["RATE_LIMITED"]);
    app.finish().await;
}
