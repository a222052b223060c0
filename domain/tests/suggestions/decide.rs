use deskwire_domain::categories::{self, CategoryChange};
use deskwire_domain::events::EventKind;
use deskwire_domain::ids::SuggestionId;
use deskwire_domain::suggestions::{self, LabelKind, SuggestionState};
use deskwire_domain::tickets::{self, Edit};

use super::suggest;
use crate::support::{World, outcome};

#[tokio::test(flavor = "multi_thread")]
async fn who_may_decide() {
    let mut w = World::new().await;
    for (who, actor) in w.actors() {
        let expected = match who {
            "agent" | "lead" | "admin" => "ok",
            "reader" => "forbidden",
            _ => "no suggestion",
        };
        let ticket = w.ticket("Card lost").await;
        let first = suggest(&mut w, ticket.id).await;
        let accepted = suggestions::accept(&mut w.conn, &actor, first).await;
        assert_eq!(outcome(&accepted), expected, "{who} accepts");
        let ticket = w.ticket("Card lost").await;
        let second = suggest(&mut w, ticket.id).await;
        let dismissed = suggestions::dismiss(&mut w.conn, &actor, second).await;
        assert_eq!(outcome(&dismissed), expected, "{who} dismisses");
        let missing = suggestions::accept(&mut w.conn, &actor, SuggestionId::new()).await;
        assert_eq!(outcome(&missing), "no suggestion", "{who}");
    }
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accepting_labels_the_ticket_and_dismissing_does_not() {
    let mut w = World::new().await;
    let agent = w.team.agent.clone();
    for accepts in [true, false] {
        let ticket = w.ticket("Card lost").await;
        let id = suggest(&mut w, ticket.id).await;
        let (after, decided) = if accepts {
            suggestions::accept(&mut w.conn, &agent, id).await.unwrap()
        } else {
            suggestions::dismiss(&mut w.conn, &agent, id).await.unwrap()
        };
        let state = if accepts { SuggestionState::Accepted } else { SuggestionState::Dismissed };
        assert_eq!((decided.state, decided.decided_by), (state, agent.user_id));
        assert_eq!(suggestions::find_visible(&mut w.conn, &agent, id).await.unwrap(), decided);
        assert_eq!(after.category_id, accepts.then_some(w.category));
        assert_eq!(after.version, if accepts { 2 } else { 1 });
        let kinds: Vec<EventKind> =
            w.events_of(ticket.id).await[2..].iter().map(|event| event.kind).collect();
        let expected = [EventKind::TicketChanged, EventKind::SuggestionDecided];
        assert_eq!(kinds, expected[usize::from(!accepts)..]);
        for again in [
            suggestions::accept(&mut w.conn, &agent, id).await,
            suggestions::dismiss(&mut w.conn, &agent, id).await,
        ] {
            assert_eq!(outcome(&again), "AlreadyDecided");
        }
    }
    let ticket = w.ticket("Card lost").await;
    let id = suggest(&mut w, ticket.id).await;
    let retired = CategoryChange { active: Some(false), ..CategoryChange::default() };
    categories::update(&mut w.conn, &w.team.admin, w.category, retired).await.unwrap();
    let refused = suggestions::accept(&mut w.conn, &agent, id).await;
    assert_eq!(outcome(&refused), "invalid categoryId");
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_label_set_by_hand_decides_the_suggestion_and_becomes_training_data() {
    let mut w = World::new().await;
    let agent = w.team.agent.clone();
    let admin = w.team.admin.clone();
    for (first, chosen, state) in [
        (None, w.category, SuggestionState::Accepted),
        (None, w.other_category, SuggestionState::Overridden),
        (Some(true), w.other_category, SuggestionState::Overridden),
        (Some(false), w.category, SuggestionState::Accepted),
    ] {
        let ticket = w.ticket("Card lost").await;
        let id = suggest(&mut w, ticket.id).await;
        match first {
            Some(true) => drop(suggestions::accept(&mut w.conn, &agent, id).await.unwrap()),
            Some(false) => drop(suggestions::dismiss(&mut w.conn, &agent, id).await.unwrap()),
            None => {}
        }
        let edit = Edit::any_version(ticket.id);
        let chosen = Some(chosen);
        tickets::change_category(&mut w.conn, &admin, edit, chosen).await.unwrap();
        let settled = suggestions::find_visible(&mut w.conn, &agent, id).await.unwrap();
        assert_eq!((settled.state, settled.decided_by), (state, admin.user_id), "{first:?}");
        let log = w.events_of(ticket.id).await;
        let last = log.last().unwrap();
        assert_eq!(last.payload.suggestion.as_ref().unwrap().state, state);
        assert_eq!(last.payload.ticket.as_ref().unwrap().category_id, chosen);
    }
    let kind = LabelKind::Category;
    let data = w.learnt(&admin, kind).await.unwrap();
    let labels: Vec<&str> = data.iter().map(|row| &*row.label).collect();
    assert_eq!(labels, ["Billing", "Shipping", "Shipping", "Billing"]);
    assert!(data.iter().all(|row| row.body == "Card lost, please help."));
    let none = w.learnt(&admin, LabelKind::Priority).await.unwrap();
    assert_eq!(none, []);
    let refused = w.learnt(&agent, kind).await;
    assert_eq!(outcome(&refused), "forbidden");
    w.finish().await;
}
