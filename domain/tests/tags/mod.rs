use deskwire_domain::events;
use deskwire_domain::ids::TagId;
use deskwire_domain::tags::{self, Tag};
use deskwire_domain::tickets::{self, Edit};

use crate::support::World;

async fn by_name(w: &mut World, name: &str) -> Option<Tag> {
    let all = tags::list(&mut w.conn, &w.team.admin).await.unwrap();
    all.into_iter().find(|tag| tag.name == name)
}

/// More tickets than one transaction takes, while somebody goes on tagging.
#[tokio::test(flavor = "multi_thread")]
async fn many_tickets_are_retagged_beside_other_writers() {
    let mut w = World::new().await;
    let (agent, admin) = (w.team.agent.clone(), w.team.admin.clone());
    let mut ids = Vec::new();
    for n in 0..450 {
        ids.push(w.ticket(&format!("T{n}")).await.id);
    }
    tickets::set_tags(
        &mut w.conn,
        &agent,
        Edit::any_version(ids[0]),
        &["old".into(), "new".into()],
        &[],
    )
    .await
    .unwrap();
    let (old, new) = (by_name(&mut w, "old").await.unwrap(), by_name(&mut w, "new").await.unwrap());
    let bytes = old.id.0.simple().to_string();
    w.sql(&format!("INSERT IGNORE INTO ticket_tags SELECT id, UNHEX('{bytes}') FROM tickets"))
        .await;
    let mut other = w.db.conn().await;
    let writer = async {
        for id in &ids[..40] {
            let edit = Edit::any_version(*id);
            tickets::set_tags(&mut other, &agent, edit, &["third".into()], &[]).await.unwrap();
        }
    };
    let sources = [old.id];
    let merging = tags::merge(&mut w.conn, &admin, &sources, new.id);
    let (merged, ()) = futures::join!(merging, writer);
    let (_, done) = merged.unwrap();
    assert_eq!((done.tickets, done.is_done), (450, true));
    drop(other);
    assert_eq!(by_name(&mut w, "old").await, None);
    assert_eq!(w.db.count("ticket_tags").await, 450 + 40);
    // The log says of each ticket what its row says.
    w.db.desk.settle().await.unwrap();
    for id in [ids[0], ids[1], ids[449]] {
        let log = events::history(&mut w.conn, id, true, 0, 100).await.unwrap();
        let last = log.last().unwrap().payload.ticket.clone().unwrap();
        let row = tickets::find_visible(&mut w.conn, &admin, id).await.unwrap();
        assert_eq!(last.ticket, row);
        let tags: Vec<TagId> = tags::of_tickets(&mut w.conn, &[id]).await.unwrap()[&id]
            .iter()
            .map(|tag| tag.id)
            .collect();
        assert!(tags.contains(&new.id) && tags.len() == last.tag_ids.len());
    }
    w.finish().await;
}
