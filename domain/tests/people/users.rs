use deskwire_domain::actor::Scope;
use deskwire_domain::ids::{OrganisationId, UserId};
use deskwire_domain::page::PageRequest;
use deskwire_domain::testing::user;
use deskwire_domain::users::{self, Role, UserChange, UserDraft, UserFilter};
use deskwire_domain::{Actor, organisations, sessions};

use crate::support::{World, outcome};

fn draft(role: Role, email: &str) -> UserDraft {
    UserDraft {
        email: email.into(),
        name: "Nora".into(),
        role,
        organisation_id: None,
        password: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_create_and_change_whom() {
    let mut w = World::new().await;
    let agent = w.team.reader.user().unwrap();
    let customer = w.team.other_customer.user().unwrap();
    let mut n = 0;
    for (who, actor) in w.actors() {
        let (customers, staff) = match who {
            "admin" => ("ok", "ok"),
            "owner" | "stranger" => ("forbidden", "forbidden"),
            _ => ("ok", "forbidden"),
        };
        for (role, expected) in [(Role::Customer, customers), (Role::Agent, staff)] {
            n += 1;
            let new = draft(role, &format!("n{n}@example.org"));
            let created = users::create(&mut w.conn, &actor, new).await;
            assert_eq!(outcome(&created), expected, "{who} creates a {role}");
        }
        for (id, expected) in [(customer, customers), (agent, staff)] {
            let change = UserChange { name: Some("New name".into()), ..UserChange::default() };
            let updated = users::update(&mut w.conn, &actor, id, change).await;
            assert_eq!(outcome(&updated), expected, "{who} changes {id}");
        }
        let token = Actor { scopes: Some(vec![Scope::TicketsWrite]), ..actor.clone() };
        let created = users::create(&mut w.conn, &token, draft(Role::Customer, "x@y.z")).await;
        assert_eq!(outcome(&created), "forbidden", "{who} without users:write");
        let updated = users::update(&mut w.conn, &token, customer, UserChange::default()).await;
        assert_eq!(outcome(&updated), "forbidden", "{who} without users:write");
        let page = PageRequest::first(1);
        let listed = users::list(&mut w.conn, &token, &UserFilter::default(), &page).await;
        assert_eq!(outcome(&listed), "forbidden", "{who} without users:read");
        let seen = users::find_visible(&mut w.conn, &actor, customer).await;
        let expected = if who == "owner" { "no user" } else { "ok" };
        assert_eq!(outcome(&seen), expected, "{who} sees another customer");
    }
    // An agent cannot make somebody an agent by changing a customer.
    let change = UserChange { role: Some(Role::Agent), ..UserChange::default() };
    let raised = users::update(&mut w.conn, &w.team.agent, customer, change).await;
    assert_eq!(outcome(&raised), "forbidden");
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_fields_are_reported_together_and_addresses_are_unique() {
    let mut w = World::new().await;
    let admin = w.team.admin.clone();
    let bad = UserDraft {
        name: " ".into(),
        password: Some("short".into()),
        ..draft(Role::Agent, "no address")
    };
    let created = users::create(&mut w.conn, &admin, bad).await;
    assert_eq!(outcome(&created), "invalid email name password");
    let nowhere = UserDraft {
        organisation_id: Some(OrganisationId::new()),
        ..draft(Role::Customer, "a@b.c")
    };
    let created = users::create(&mut w.conn, &admin, nowhere).await;
    assert_eq!(outcome(&created), "invalid organisationId");
    let taken = users::create(&mut w.conn, &admin, draft(Role::Agent, "CARL@example.org")).await;
    assert_eq!(outcome(&taken), "AlreadyExists");
    let nobody = users::update(&mut w.conn, &admin, UserId::new(), UserChange::default()).await;
    assert_eq!(outcome(&nobody), "no user");
    let bad = UserChange {
        name: Some(String::new()),
        password: Some("short".into()),
        ..UserChange::default()
    };
    let id = w.team.customer.user().unwrap();
    let updated = users::update(&mut w.conn, &admin, id, bad).await;
    assert_eq!(outcome(&updated), "invalid name password");
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_admin_stays_also_when_two_admins_are_taken_at_once() {
    let mut w = World::new().await;
    let adam = w.team.admin.user().unwrap();
    let demotion = || UserChange { role: Some(Role::Lead), ..UserChange::default() };
    let away = || UserChange { active: Some(false), ..UserChange::default() };
    for change in [demotion(), away()] {
        let refused = users::update(&mut w.conn, &Actor::system(), adam, change).await;
        assert_eq!(outcome(&refused), "invalid id");
    }
    for round in 0..5 {
        let eva = user(&mut w.conn, Role::Admin, &format!("eva{round}")).await.id;
        let both = [(adam, demotion()), (eva, away())].map(|(id, change)| {
            let desk = w.db.desk.clone();
            tokio::spawn(async move {
                let mut conn = desk.conn().await.unwrap();
                users::update(&mut conn, &Actor::system(), id, change).await.is_ok()
            })
        });
        let both = futures::future::join_all(both).await;
        assert_eq!(both.iter().filter(|ok| *ok.as_ref().unwrap()).count(), 1, "round {round}");
        let back = UserChange { role: Some(Role::Admin), ..UserChange::default() };
        users::update(&mut w.conn, &Actor::system(), adam, back).await.unwrap();
        let off = UserChange { active: Some(false), ..UserChange::default() };
        users::update(&mut w.conn, &Actor::system(), eva, off).await.unwrap();
    }
    // A desk that has no admin yet can still manage its people.
    w.sql("UPDATE users SET role = 'lead' WHERE role = 'admin'").await;
    let change = UserChange { name: Some("New name".into()), ..UserChange::default() };
    let id = w.team.customer.user().unwrap();
    assert!(users::update(&mut w.conn, &Actor::system(), id, change).await.is_ok());
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deactivation_and_new_passwords_end_sessions() {
    let mut w = World::new().await;
    let admin = w.team.admin.clone();
    let password = || "correct horse battery".into();
    let nora = UserDraft { password: Some(password()), ..draft(Role::Agent, "nora@example.org") };
    let nora = users::create(&mut w.conn, &admin, nora).await.unwrap();
    let new_password = UserChange { password: Some(password()), ..UserChange::default() };
    let promotion = UserChange { role: Some(Role::Lead), ..UserChange::default() };
    let away = UserChange { active: Some(false), ..UserChange::default() };
    let rename = UserChange { name: Some("Nora N.".into()), ..UserChange::default() };
    for (change, ends) in [(rename, false), (new_password, true), (promotion, true), (away, true)] {
        let session = sessions::sign_in(&mut w.conn, &nora.email, password()).await.unwrap();
        users::update(&mut w.conn, &admin, nora.id, change).await.unwrap();
        let found = sessions::authenticate(&mut w.conn, &session.secret).await;
        assert_eq!(found.is_err(), ends);
    }
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_listed_by_name_in_pages_and_found_by_a_beginning() {
    let mut w = World::new().await;
    let admin = w.team.admin.clone();
    let organisation = organisations::create(&mut w.conn, &admin, "Acme").await.unwrap().id;
    for (n, name) in ["Ärger", "arger", "100%", "1000", "same", "same"].iter().enumerate() {
        let new = UserDraft {
            name: (*name).into(),
            organisation_id: Some(organisation),
            ..draft(Role::Customer, &format!("p{n}@example.org"))
        };
        users::create(&mut w.conn, &admin, new).await.unwrap();
    }
    let acme = UserFilter { organisation_id: Some(organisation), ..UserFilter::default() };
    for (filter, expected) in [
        (acme.clone(), 6),
        (UserFilter { starts_with: Some("100%".into()), ..acme.clone() }, 1),
        (UserFilter { starts_with: Some("p".into()), ..acme.clone() }, 6),
        (UserFilter { starts_with: Some("_".into()), ..acme.clone() }, 0),
        (UserFilter { roles: vec![Role::Admin], ..UserFilter::default() }, 1),
        (UserFilter { active: Some(false), ..acme }, 0),
    ] {
        let (mut ids, mut page) = (Vec::new(), PageRequest::first(1));
        loop {
            let found = users::list(&mut w.conn, &admin, &filter, &page).await.unwrap();
            page.after = found.rows.last().map(|row| row.cursor());
            ids.extend(found.rows.into_iter().map(|row| row.id));
            if !found.has_next {
                break;
            }
        }
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), expected, "{filter:?}");
    }
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_follows_the_log_never_sees_a_user_older_than_it() {
    let mut w = World::new().await;
    let admin = w.team.admin.clone();
    let ids = [w.team.reader.user().unwrap(), w.team.customer.user().unwrap()];
    let exchange = w.db.desk.exchange().await.unwrap().clone();
    for round in 0..5 {
        for id in ids {
            let change =
                UserChange { name: Some(format!("Name {round}")), ..UserChange::default() };
            users::update(&mut w.conn, &admin, id, change).await.unwrap();
        }
        let end = w.db.desk.settle().await.unwrap().position;
        let mut turned = exchange.rights_of(ids[1]);
        turned.wait_for(|position| *position >= end).await.unwrap();
        for _ in 0..2 {
            let mut found = w.db.desk.users_by_the_log(&ids).await.unwrap();
            found.sort_by_key(|user| ids.iter().position(|id| *id == user.id));
            let present = users::find_many(&mut w.conn, &ids).await.unwrap();
            assert!(present.iter().all(|user| found.contains(user)), "{found:?}");
            assert_eq!(found.len(), 2);
        }
    }
    let unknown = UserId::new();
    assert_eq!(w.db.desk.users_by_the_log(&[unknown]).await.unwrap(), []);
    w.finish().await;
}
