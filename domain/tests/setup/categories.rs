use deskwire_domain::Actor;
use deskwire_domain::actor::Scope;
use deskwire_domain::categories::{self, CategoryChange};
use deskwire_domain::ids::CategoryId;

use crate::support::{World, outcome};

#[tokio::test(flavor = "multi_thread")]
async fn admins_manage_categories_and_retired_ones_are_hidden() {
    let mut w = World::new().await;
    let admin = w.team.admin.clone();
    for (name, description, expected) in [
        ("Refunds", "Money back", "ok"),
        ("refunds", "", "AlreadyExists"),
        (" ", "", "invalid name"),
        (&*"x".repeat(121), &*"x".repeat(501), "invalid description name"),
    ] {
        let created = categories::create(&mut w.conn, &admin, name, description).await;
        assert_eq!(outcome(&created), expected, "{name}");
    }
    let retire = CategoryChange { active: Some(false), ..CategoryChange::default() };
    let name = Some("Refunds".to_owned());
    let rename = CategoryChange { name, ..CategoryChange::default() };
    for (id, change, expected) in [
        (w.category, retire.clone(), "ok"),
        (w.other_category, rename, "AlreadyExists"),
        (CategoryId::new(), retire.clone(), "no category"),
    ] {
        let updated = categories::update(&mut w.conn, &admin, id, change).await;
        assert_eq!(outcome(&updated), expected);
    }
    for (include_inactive, expected) in
        [(false, &["Refunds", "Shipping"][..]), (true, &["Billing", "Refunds", "Shipping"])]
    {
        let all = categories::list(&mut w.conn, include_inactive).await.unwrap();
        assert_eq!(all.iter().map(|c| &*c.name).collect::<Vec<_>>(), expected);
    }
    for (who, actor) in w.actors() {
        let scopes = (who == "admin").then(|| vec![Scope::TicketsWrite]);
        let actor = Actor { scopes, ..actor };
        let created = categories::create(&mut w.conn, &actor, "New", "").await;
        assert_eq!(outcome(&created), "forbidden", "{who}");
        let id = w.category;
        let updated = categories::update(&mut w.conn, &actor, id, retire.clone()).await;
        assert_eq!(outcome(&updated), "forbidden", "{who}");
    }
    w.finish().await;
}
