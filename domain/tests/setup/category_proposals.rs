use deskwire_domain::Actor;
use deskwire_domain::actor::Scope;
use deskwire_domain::category_proposals::{self as proposals, NewProposal, ProposalState};
use deskwire_domain::ids::{CategoryProposalId, TicketId};
use deskwire_domain::tickets::{self, Edit};

use crate::support::{World, outcome};

fn group(tickets: &[TicketId]) -> NewProposal {
    NewProposal { cohesion: 0.5, words: vec!["vpn".into()], ticket_ids: tickets.to_vec() }
}

async fn tickets(w: &mut World, count: usize) -> Vec<TicketId> {
    let mut ids = Vec::new();
    for n in 0..count {
        ids.push(w.ticket(&format!("VPN {n}")).await.id);
    }
    ids
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_look_replaces_open_proposals_and_keeps_decided_ones_away() {
    let mut w = World::new().await;
    let admin = w.team.admin.clone();
    let ids: Vec<TicketId> = (0..12).map(|_| TicketId::new()).collect();
    let first = proposals::replace(
        &mut w.conn,
        vec![group(&ids[..4]), group(&ids[4..7]), group(&ids[7..])],
    )
    .await
    .unwrap();
    assert_eq!(first.iter().map(|known| known.size).collect::<Vec<_>>(), [5, 4, 3]);
    proposals::dismiss(&mut w.conn, &admin, first[1].id).await.unwrap();

    let with_one_more: Vec<TicketId> = [&ids[..4], &ids[11..]].concat();
    let second = proposals::replace(&mut w.conn, vec![group(&with_one_more), group(&ids[7..11])]);
    let second = second.await.unwrap();
    assert_eq!(second.len(), 1, "the dismissed one with a ticket more stays away");
    assert_eq!((second[0].id, second[0].created_at), (first[0].id, first[0].created_at));
    assert_eq!(w.db.count("category_proposals WHERE state = 'open'").await, 1);
    let dismissed = proposals::list(&mut w.conn, &admin, ProposalState::Dismissed).await.unwrap();
    assert_eq!(dismissed.len(), 1);
    assert_eq!(dismissed[0].decided_by, admin.user_id);
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn adopting_makes_the_category_and_labels_only_what_nobody_labelled() {
    let mut w = World::new().await;
    let admin = w.team.admin.clone();
    let ids = tickets(&mut w, 4).await;
    let edit = Edit::any_version;
    let other = Some(w.category);
    tickets::change_category(&mut w.conn, &admin, edit(ids[0]), other).await.unwrap();
    tickets::delete(&mut w.conn, &admin, edit(ids[1]), "spam").await.unwrap();
    let open = proposals::replace(&mut w.conn, vec![group(&ids)]).await.unwrap().remove(0);

    for (name, wanted) in [("", "invalid name"), ("billing", "AlreadyExists")] {
        let made = proposals::adopt(&mut w.conn, &admin, open.id, name, true).await;
        assert_eq!(outcome(&made), wanted);
    }
    assert_eq!(w.db.count("category_proposals WHERE state = 'open'").await, 1);
    let made = proposals::adopt(&mut w.conn, &admin, open.id, "VPN", true).await.unwrap();

    assert_eq!((made.labelled, &*made.category.description), (2, "About: vpn"));
    assert_eq!(made.proposal.category_id, Some(made.category.id));
    let labelled = "tickets t JOIN categories c ON c.id = t.category_id WHERE c.name = ";
    assert_eq!(w.db.count(&format!("{labelled}'VPN' AND deleted_at IS NULL")).await, 2);
    assert_eq!(w.db.count(&format!("{labelled}'Billing'")).await, 1);
    for again in [
        outcome(&proposals::adopt(&mut w.conn, &admin, open.id, "Other", false).await),
        outcome(&proposals::dismiss(&mut w.conn, &admin, open.id).await),
    ] {
        assert_eq!(again, "AlreadyDecided");
    }
    w.db.desk.settle().await.unwrap();
    let decided = "events WHERE kind = 'category_proposal.decided' AND internal";
    assert_eq!(w.db.count(decided).await, 1);
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_admins_see_and_decide() {
    let mut w = World::new().await;
    let open = proposals::replace(&mut w.conn, vec![group(&[TicketId::new()])]).await.unwrap();
    let token = Actor { scopes: Some(vec![Scope::Admin]), ..w.team.admin.clone() };
    let labelled = proposals::adopt(&mut w.conn, &token, open[0].id, "X", true).await;
    assert_eq!(outcome(&labelled), "forbidden", "labelling needs tickets:write");
    for (name, actor) in w.actors() {
        let wanted = if name == "admin" { "ok" } else { "forbidden" };
        let listed = proposals::list(&mut w.conn, &actor, ProposalState::Open).await;
        assert_eq!(outcome(&listed), wanted, "{name}");
        assert_eq!(outcome(&proposals::find(&mut w.conn, &actor, open[0].id).await), wanted);
        let made = proposals::adopt(&mut w.conn, &actor, open[0].id, "", false).await;
        let invalid = if name == "admin" { "invalid name" } else { "forbidden" };
        assert_eq!(outcome(&made), invalid, "{name}");
        let missing = if name == "admin" { "no category proposal" } else { "forbidden" };
        let dismissed = proposals::dismiss(&mut w.conn, &actor, CategoryProposalId::new()).await;
        assert_eq!(outcome(&dismissed), missing, "{name}");
    }
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_worker_looks_within_an_hour() {
    let mut w = World::new().await;
    assert!(proposals::claim_run(&mut w.conn, 3600).await.unwrap());
    assert!(!proposals::claim_run(&mut w.conn, 3600).await.unwrap());
    w.sql("UPDATE category_proposal_runs SET ran_at = ran_at - INTERVAL 61 MINUTE").await;
    assert!(proposals::claim_run(&mut w.conn, 3600).await.unwrap());
    w.finish().await;
}
