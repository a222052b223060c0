use deskwire_domain::error::Error;
use deskwire_domain::events::EventKind;
use deskwire_domain::ids::SuggestionId;
use deskwire_domain::suggestions::{self, Label, LabelKind, SuggestionState};
use deskwire_domain::tickets::{self, Edit, LabelOrigin, Priority};

use super::{let_apply, now, suggest_label};
use crate::support::{World, outcome};

#[tokio::test(flavor = "multi_thread")]
async fn who_may_revert() {
    let mut w = World::new().await;
    let_apply(&mut w, LabelKind::Category).await;
    let label = Label::Category(w.category);
    for (who, actor) in w.actors() {
        let expected = match who {
            "agent" | "lead" | "admin" => "ok",
            "reader" => "forbidden",
            _ => "no suggestion",
        };
        let ticket = w.ticket("Card lost").await;
        let made = suggest_label(&mut w, ticket.id, label).await;
        let reverted = suggestions::revert(&mut w.conn, &actor, made.id).await;
        assert_eq!(outcome(&reverted), expected, "{who}");
        let missing = suggestions::revert(&mut w.conn, &actor, SuggestionId::new()).await;
        assert_eq!(outcome(&missing), "no suggestion", "{who}");
        let state = if expected == "ok" { SuggestionState::Dismissed } else { made.state };
        assert_eq!(now(&mut w, made.id).await.state, state, "{who}");
    }
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reverting_puts_the_field_back_and_dismisses() {
    let mut w = World::new().await;
    let agent = w.team.agent.clone();
    for (kind, label) in [
        (LabelKind::Category, Label::Category(w.category)),
        (LabelKind::Priority, Label::Priority(Priority::Urgent)),
    ] {
        let_apply(&mut w, kind).await;
        let ticket = w.ticket("Card lost").await;
        let made = suggest_label(&mut w, ticket.id, label).await;
        let (after, decided) = suggestions::revert(&mut w.conn, &agent, made.id).await.unwrap();
        assert_eq!((after.category_id, after.priority), (None, Priority::Normal));
        assert_eq!((after.origin(kind), after.version), (LabelOrigin::Default, 3));
        assert_eq!(tickets::find_visible(&mut w.conn, &agent, ticket.id).await.unwrap(), after);
        assert_eq!(
            (decided.state, decided.decided_by),
            (SuggestionState::Dismissed, agent.user_id)
        );
        assert_eq!(decided.applied_at, made.applied_at);
        assert_eq!(now(&mut w, made.id).await, decided);
        let log = w.events_of(ticket.id).await;
        let kinds: Vec<EventKind> = log[2..].iter().map(|event| event.kind).collect();
        assert_eq!(kinds, [EventKind::TicketChanged, EventKind::SuggestionDecided]);
        assert!(log[2..].iter().all(|event| event.actor_id == agent.user_id));
        for again in [
            suggestions::revert(&mut w.conn, &agent, made.id).await,
            suggestions::accept(&mut w.conn, &agent, made.id).await,
            suggestions::dismiss(&mut w.conn, &agent, made.id).await,
        ] {
            assert_eq!(outcome(&again), "AlreadyDecided");
        }
    }
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_made_their_own_is_not_reverted() {
    let mut w = World::new().await;
    let (agent, lead) = (w.team.agent.clone(), w.team.lead.clone());
    let (kind, label) = (LabelKind::Category, Label::Category(w.category));
    let open = w.ticket("Only suggested").await;
    let open = suggest_label(&mut w, open.id, label).await;
    let refused = suggestions::revert(&mut w.conn, &agent, open.id).await;
    assert_eq!(outcome(&refused), "invalid id");
    let_apply(&mut w, kind).await;
    for (how, state, category) in [
        ("accepted", SuggestionState::Accepted, Some(w.category)),
        ("the same by hand", SuggestionState::Accepted, Some(w.category)),
        ("another", SuggestionState::Overridden, Some(w.other_category)),
        ("taken off", SuggestionState::Dismissed, None),
    ] {
        let ticket = w.ticket(how).await;
        let made = suggest_label(&mut w, ticket.id, label).await;
        let refused = suggestions::dismiss(&mut w.conn, &lead, made.id).await;
        assert_eq!(outcome(&refused), "AlreadyDecided");
        let edit = Edit::any_version(ticket.id);
        let after = match how {
            "accepted" => suggestions::accept(&mut w.conn, &lead, made.id).await.unwrap().0,
            _ => tickets::change_category(&mut w.conn, &lead, edit, category).await.unwrap(),
        };
        let origin = if category.is_some() { LabelOrigin::Person } else { LabelOrigin::Default };
        assert_eq!((after.category_id, after.origin(kind)), (category, origin), "{how}");
        assert_eq!(after.version, 3, "{how}");
        let decided = now(&mut w, made.id).await;
        assert_eq!((decided.state, decided.decided_by), (state, lead.user_id), "{how}");
        let refused = suggestions::revert(&mut w.conn, &agent, made.id).await;
        let Err(Error::Conflict(conflict)) = refused else { panic!("{how}: {refused:?}") };
        assert_eq!((conflict.changed_by, conflict.changed_at), (lead.user_id, decided.decided_at));
        let unchanged = tickets::find_visible(&mut w.conn, &agent, ticket.id).await.unwrap();
        assert_eq!(unchanged, after, "{how}");
    }
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_people_who_decide_at_once_one_is_told_of_the_other() {
    let mut w = World::new().await;
    let_apply(&mut w, LabelKind::Category).await;
    let label = Label::Category(w.category);
    for _ in 0..5 {
        let ticket = w.ticket("Card lost").await;
        let id = suggest_label(&mut w, ticket.id, label).await.id;
        let [desk, other] = [w.db.desk.clone(), w.db.desk.clone()];
        let (agent, lead) = (w.team.agent.clone(), w.team.lead.clone());
        let accepting = tokio::spawn(async move {
            suggestions::accept(&mut desk.conn().await.unwrap(), &agent, id).await
        });
        let reverting = tokio::spawn(async move {
            suggestions::revert(&mut other.conn().await.unwrap(), &lead, id).await
        });
        let (accepted, reverted) = (accepting.await.unwrap(), reverting.await.unwrap());
        let after = tickets::find_visible(&mut w.conn, &w.team.admin, ticket.id).await.unwrap();
        let (lost, state, category) = match accepted {
            Ok(_) => (reverted.map(drop), SuggestionState::Accepted, Some(w.category)),
            Err(_) => (accepted.map(drop), SuggestionState::Dismissed, None),
        };
        assert_eq!(outcome(&lost), "AlreadyDecided");
        assert_eq!((now(&mut w, id).await.state, after.category_id), (state, category));
    }
    w.finish().await;
}
