use deskwire_domain::sessions;
use deskwire_domain::testing::{TestDatabase, team};

use super::program::{run, run_with};

#[tokio::test(flavor = "multi_thread")]
async fn a_created_user_signs_in_and_has_their_queues() {
    let db = TestDatabase::create().await;
    let team = team(&mut *db.conn().await).await;

    let args = ["user", "create", "--email", "bo@example.org", "--name", "Bo", "--role", "agent"];
    let rights = ["--queue", "Support=reply", "--queue", "legal=read", "--password-stdin"];
    let created = run_with(&db, &[&args[..], &rights].concat(), b"long enough\n").await;
    assert_eq!(created.code, Some(0), "{created:?}");
    assert_eq!(created.out, "Created agent Bo <bo@example.org>.\n");

    let mut conn = db.conn().await;
    let session = sessions::sign_in(&mut conn, "bo@example.org", "long enough".into()).await;
    let actor = sessions::actor_of_user(&mut conn, session.unwrap().user.id, None).await.unwrap();
    assert_eq!(actor.queue_rights.len(), 2);
    assert!(actor.queue_rights.contains_key(&team.other_queue));
    assert!(run(&db, &["user", "list"]).await.out.contains("bo@example.org"));
    drop(conn);
    db.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_queue_is_the_default() {
    let db = TestDatabase::create().await;
    assert!(run(&db, &["queue", "list"]).await.err.contains("deskwire queue create"));
    for name in ["Support", "Billing"] {
        let created = run(&db, &["queue", "create", name]).await;
        assert_eq!(created.code, Some(0), "{created:?}");
    }
    assert_eq!(run(&db, &["queue", "list"]).await.out, "Billing\nSupport  (default)\n");
    let again = run(&db, &["queue", "create", "support"]).await;
    assert_eq!(again.code, Some(1));
    assert!(again.err.contains("there is already a queue named"), "{again:?}");
    db.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_that_cannot_be_created_leaves_no_trace() {
    let db = TestDatabase::create().await;
    team(&mut *db.conn().await).await;
    let before = db.count("users").await;
    let user = |more: &[&'static str]| -> Vec<&'static str> {
        let args = ["user", "create", "--email", "bo@example.org", "--name", "Bo", "--role"];
        [&args[..], more].concat()
    };
    for (args, stdin, code, says) in [
        (user(&["agent", "--queue", "Nope", "--no-password"]), "", 1, "there are: Legal, Support"),
        (user(&["agent", "--password-stdin"]), "short\n", 1, "at least 10 characters"),
        (user(&["agent"]), "", 1, "--password-stdin"),
        (user(&["boss", "--no-password"]), "", 2, "customer, agent, lead, admin"),
        (user(&["agent", "--queue", "Support=own"]), "", 2, "read, reply, manage"),
    ] {
        let refused = run_with(&db, &args, stdin.as_bytes()).await;
        assert_eq!(refused.code, Some(code), "{refused:?}");
        assert!(refused.err.contains(says), "{refused:?}");
    }
    assert_eq!(db.count("users").await, before);
    db.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_created_token_is_all_of_standard_output() {
    let db = TestDatabase::create().await;
    team(&mut *db.conn().await).await;
    let args = ["token", "create", "--email", "adam@example.org", "--name", "ci"];
    let more = ["--scope", "tickets:read", "--scope", "users:read", "--expires-days", "3"];
    let created = run(&db, &[&args[..], &more].concat()).await;
    assert_eq!(created.code, Some(0), "{created:?}");
    let secret = created.out.trim_end();
    assert!(secret.starts_with("dwt_") && !secret.contains('\n'), "{created:?}");
    assert!(!created.err.contains(secret));

    let mut conn = db.conn().await;
    let known = sessions::authenticate(&mut conn, &secret.to_owned().into()).await.unwrap();
    assert_eq!(known.actor.scopes.map(|scopes| scopes.len()), Some(2));
    drop(conn);

    let unknown =
        run(&db, &["token", "create", "--email", "x@y", "--name", "n", "--scope", "admin"]);
    let unknown = unknown.await;
    assert_eq!((unknown.code, &unknown.out[..]), (Some(1), ""));
    assert!(unknown.err.contains("deskwire user list"), "{unknown:?}");
    db.finish().await;
}
