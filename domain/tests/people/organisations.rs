use deskwire_domain::actor::Scope;
use deskwire_domain::ids::OrganisationId;
use deskwire_domain::page::PageRequest;
use deskwire_domain::{Actor, organisations};

use crate::support::{World, outcome};

#[tokio::test(flavor = "multi_thread")]
async fn leads_and_admins_manage_organisations_and_staff_list_them() {
    let mut w = World::new().await;
    let mut made = 0;
    for (who, actor) in w.actors() {
        let manages = matches!(who, "lead" | "admin");
        let name = format!("Acme of {who}");
        let created = organisations::create(&mut w.conn, &actor, &name).await;
        let expected = if manages { "ok" } else { "forbidden" };
        assert_eq!(outcome(&created), expected, "{who}");
        made += usize::from(manages);
        let token = Actor { scopes: Some(vec![Scope::Admin]), ..actor.clone() };
        let created = organisations::create(&mut w.conn, &token, "Nobody").await;
        assert_eq!(outcome(&created), "forbidden", "{who}");
    }
    let admin = w.team.admin.clone();
    let id = organisations::create(&mut w.conn, &admin, " Umbrella ").await.unwrap().id;
    for (id, name, expected) in [
        (id, "Umbrella Ltd", "ok"),
        (id, "ACME of admin", "AlreadyExists"),
        (id, " ", "invalid name"),
        (OrganisationId::new(), "Other", "no organisation"),
    ] {
        let renamed = organisations::rename(&mut w.conn, &admin, id, name).await;
        assert_eq!(outcome(&renamed), expected, "{name}");
    }
    let again = organisations::create(&mut w.conn, &admin, "umbrella LTD").await;
    assert_eq!(outcome(&again), "AlreadyExists");
    let (mut names, mut page) = (Vec::new(), PageRequest::first(1));
    loop {
        let found = organisations::list(&mut w.conn, &w.team.reader, None, &page).await.unwrap();
        page.after = found.rows.last().map(|row| row.cursor());
        names.extend(found.rows.into_iter().map(|row| row.name));
        if !found.has_next {
            break;
        }
    }
    assert_eq!(names, ["Acme of admin", "Acme of lead", "Umbrella Ltd"]);
    assert_eq!(names.len(), made + 1);
    let listed = organisations::list(&mut w.conn, &w.team.customer, None, &page).await;
    assert_eq!(outcome(&listed), "forbidden");
    let page = PageRequest::first(10);
    for (text, expected) in [
        ("acme", vec!["Acme of admin", "Acme of lead"]),
        (" LEAD  ac ", vec!["Acme of lead"]),
        ("um lt", vec!["Umbrella Ltd"]),
        ("brella", vec![]),
        ("%", vec![]),
        ("_cme", vec![]),
        (" ", vec!["Acme of admin", "Acme of lead", "Umbrella Ltd"]),
    ] {
        let found = organisations::list(&mut w.conn, &w.team.reader, Some(text), &page).await;
        let found: Vec<_> = found.unwrap().rows.into_iter().map(|row| row.name).collect();
        assert_eq!(found, expected, "{text}");
    }
    for (actor, id, expected) in [
        (&w.team.reader, id, "ok"),
        (&w.team.reader, OrganisationId::new(), "no organisation"),
        (&w.team.customer, id, "forbidden"),
    ] {
        assert_eq!(outcome(&organisations::find(&mut w.conn, actor, id).await), expected);
    }
    w.finish().await;
}
