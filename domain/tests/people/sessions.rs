use deskwire_domain::sessions::{self, SESSION_PREFIX};
use deskwire_domain::users::{self, Role, UserChange, UserDraft};
use deskwire_domain::{Timestamp, housekeeping};
use secrecy::{ExposeSecret, SecretString};

use crate::support::{World, outcome};

const PASSWORD: &str = "correct horse battery";

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_starts_a_session_and_signing_out_ends_it() {
    let mut w = World::new().await;
    let id = w.team.agent.user().unwrap();
    let change = UserChange { password: Some(PASSWORD.into()), ..UserChange::default() };
    users::update(&mut w.conn, &w.team.admin, id, change).await.unwrap();
    let email = " ADA@example.org ";
    let session = sessions::sign_in(&mut w.conn, email, PASSWORD.into()).await.unwrap();
    assert_eq!(session.user.id, id);
    let found = sessions::authenticate(&mut w.conn, &session.secret).await.unwrap();
    assert_eq!((&found.actor, found.expires_at), (&w.team.agent, Some(session.expires_at)));

    // The database knows neither the secret nor the password.
    let secret = session.secret.expose_secret().to_owned();
    let body = secret.strip_prefix(SESSION_PREFIX).unwrap();
    for (column, table) in [("token_hash", "sessions"), ("password_hash", "users")] {
        for plain in [&*secret, body, PASSWORD] {
            let rows = format!("{table} WHERE INSTR({column}, '{plain}') > 0");
            assert_eq!(w.db.count(&rows).await, 0, "{column}");
        }
    }
    sessions::sign_out(&mut w.conn, &session.secret).await.unwrap();
    sessions::sign_out(&mut w.conn, &session.secret).await.unwrap();
    assert!(sessions::authenticate(&mut w.conn, &session.secret).await.is_err());

    let old = sessions::sign_in(&mut w.conn, email, PASSWORD.into()).await.unwrap();
    w.sql("UPDATE sessions SET expires_at = '2026-01-01'").await;
    assert!(sessions::authenticate(&mut w.conn, &old.secret).await.is_err());
    sessions::sign_in(&mut w.conn, email, PASSWORD.into()).await.unwrap();
    let swept = housekeeping::sweep(&mut w.conn, Timestamp::now()).await.unwrap();
    assert_eq!(swept.sessions, 1);
    assert_eq!(w.db.count("sessions").await, 1);
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_answers_alike() {
    let mut w = World::new().await;
    for name in ["known", "inactive"] {
        let draft = UserDraft {
            email: format!("{name}@example.org"),
            name: name.into(),
            role: Role::Customer,
            organisation_id: None,
            password: Some(PASSWORD.into()),
        };
        let user = users::create(&mut w.conn, &w.team.admin, draft).await.unwrap();
        let change = UserChange { active: Some(name == "known"), ..UserChange::default() };
        users::update(&mut w.conn, &w.team.admin, user.id, change).await.unwrap();
    }
    for (email, password) in [
        ("unknown@example.org", PASSWORD),
        ("known@example.org", "wrong horse battery"),
        ("known@example.org", ""),
        ("inactive@example.org", PASSWORD),
        ("carl@example.org", PASSWORD),
        ("carl@example.org", "nobody has this password"),
    ] {
        let refused = sessions::sign_in(&mut w.conn, email, password.into()).await;
        assert_eq!(outcome(&refused), "Unauthenticated", "{email}");
    }
    for secret in ["", "dws_", "dws_unknown", "dwt_unknown"] {
        let found = sessions::authenticate(&mut w.conn, &SecretString::from(secret)).await;
        assert_eq!(outcome(&found), "Unauthenticated", "{secret:?}");
    }
    assert_eq!(w.db.count("sessions").await, 0);
    w.finish().await;
}
