use deskwire_domain::actor::Scope;
use deskwire_domain::ids::{TokenId, UserId};
use deskwire_domain::tokens::{self, TOKEN_PREFIX, TokenDraft};
use deskwire_domain::users::{self, UserChange};
use deskwire_domain::{Actor, Timestamp, sessions};
use secrecy::ExposeSecret;

use crate::support::{World, outcome};

fn draft(user_id: UserId, scopes: &[Scope]) -> TokenDraft {
    TokenDraft { user_id, name: "Robot".into(), scopes: scopes.to_vec(), expires_at: None }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_acts_for_its_user_within_its_scopes_until_it_ends() {
    let mut w = World::new().await;
    let agent = w.team.agent.clone();
    let id = agent.user().unwrap();
    let scopes = [Scope::TicketsRead, Scope::UsersRead];
    let (token, secret) = tokens::create(&mut w.conn, &agent, draft(id, &scopes)).await.unwrap();
    let found = sessions::authenticate(&mut w.conn, &secret).await.unwrap();
    assert_eq!(found.actor, Actor { scopes: Some(scopes.to_vec()), ..agent.clone() });
    assert_eq!(found.expires_at, None);
    let plain = secret.expose_secret().strip_prefix(TOKEN_PREFIX).unwrap();
    let rows = format!("api_tokens WHERE INSTR(CONCAT(token_hash, name, scopes), '{plain}') > 0");
    assert_eq!(w.db.count(&rows).await, 0);
    assert_eq!(
        tokens::list(&mut w.conn, &agent, id).await.unwrap()[..],
        *std::slice::from_ref(&token)
    );

    let revoked = tokens::revoke(&mut w.conn, &agent, token.id).await.unwrap();
    assert!(revoked.revoked_at.is_some());
    assert_eq!(tokens::revoke(&mut w.conn, &agent, token.id).await.unwrap(), revoked);
    let refused = sessions::authenticate(&mut w.conn, &secret).await;
    assert_eq!(outcome(&refused), "Unauthenticated");

    let expires_at = Some(Timestamp::now().plus_seconds(60));
    let ending = TokenDraft { expires_at, ..draft(id, &scopes) };
    let (_, secret) = tokens::create(&mut w.conn, &agent, ending).await.unwrap();
    assert!(sessions::authenticate(&mut w.conn, &secret).await.is_ok());
    w.sql("UPDATE api_tokens SET expires_at = '2026-01-01' WHERE expires_at IS NOT NULL").await;
    let refused = sessions::authenticate(&mut w.conn, &secret).await;
    assert_eq!(outcome(&refused), "Unauthenticated");

    let (_, secret) = tokens::create(&mut w.conn, &agent, draft(id, &scopes)).await.unwrap();
    let away = UserChange { active: Some(false), ..UserChange::default() };
    users::update(&mut w.conn, &w.team.admin, id, away).await.unwrap();
    let refused = sessions::authenticate(&mut w.conn, &secret).await;
    assert_eq!(outcome(&refused), "Unauthenticated");
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_manage_tokens() {
    let mut w = World::new().await;
    let owner = w.team.agent.user().unwrap();
    let scopes = [Scope::TicketsRead];
    let with = |scopes: &[Scope]| Some(scopes.to_vec());
    let agent = w.team.agent.clone();
    for (actor, expected) in [
        (agent.clone(), "ok"),
        (w.team.admin.clone(), "ok"),
        (w.team.lead.clone(), "forbidden"),
        (w.team.customer.clone(), "forbidden"),
        // A leaked token must not mint its own successor.
        (Actor { scopes: with(&[Scope::TicketsRead]), ..agent.clone() }, "forbidden"),
        (Actor { scopes: with(&[Scope::Admin]), ..agent.clone() }, "forbidden"),
        (Actor { scopes: with(&[Scope::Admin, Scope::TicketsRead]), ..agent.clone() }, "ok"),
    ] {
        let (token, _) = tokens::create(&mut w.conn, &agent, draft(owner, &scopes)).await.unwrap();
        let created = tokens::create(&mut w.conn, &actor, draft(owner, &scopes)).await;
        assert_eq!(outcome(&created), expected, "{actor:?}");
        if actor.scopes != with(&[Scope::Admin]) {
            let listed = tokens::list(&mut w.conn, &actor, owner).await;
            assert_eq!(outcome(&listed), expected, "{actor:?}");
            let revoked = tokens::revoke(&mut w.conn, &actor, token.id).await;
            let expected = if expected == "ok" { "ok" } else { "no token" };
            assert_eq!(outcome(&revoked), expected, "{actor:?}");
        }
    }
    let missing = tokens::revoke(&mut w.conn, &agent, TokenId::new()).await;
    assert_eq!(outcome(&missing), "no token");
    let bad = TokenDraft {
        name: String::new(),
        expires_at: Some(Timestamp::now()),
        ..draft(UserId::new(), &[])
    };
    let created = tokens::create(&mut w.conn, &w.team.admin, bad).await;
    assert_eq!(outcome(&created), "invalid expiresAt name scopes userId");
    w.finish().await;
}
