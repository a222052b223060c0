use deskwire_domain::messages::{self, MessageDraft};
use deskwire_domain::suggestions::{self, Label, LabelKind, NewSuggestion, SuggestionState};
use deskwire_domain::tickets::{self, Edit, Priority, Status};

use super::{answer, let_apply, model, now, record_one, suggest_label};
use crate::support::{World, message, outcome};

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_that_ends_leaves_open_suggestions_ignored() {
    let mut w = World::new().await;
    let (agent, customer) = (w.team.agent.clone(), w.team.customer.clone());
    let label = Label::Category(w.category);
    for (how, by) in [
        ("solved", &agent),
        ("closed", &agent),
        ("solved by the requester", &customer),
        ("solved by a reply", &agent),
        ("closed by a note", &agent),
    ] {
        let ticket = w.ticket(how).await;
        let made = suggest_label(&mut w, ticket.id, label).await;
        let edit = Edit::any_version(ticket.id);
        let status = if how.starts_with("closed") { Status::Closed } else { Status::Solved };
        let draft = MessageDraft { status: Some(status), ..message(ticket.id, "Done") };
        let after = match how {
            "solved by a reply" => messages::reply(&mut w.conn, by, draft).await.unwrap().0,
            "closed by a note" => messages::note(&mut w.conn, by, draft).await.unwrap().0,
            _ => tickets::change_status(&mut w.conn, by, edit, status).await.unwrap(),
        };
        let ignored = now(&mut w, made.id).await;
        assert_eq!((ignored.state, ignored.decided_by), (SuggestionState::Ignored, by.user_id));
        assert_eq!(ignored.decided_at, Some(after.updated_at), "{how}");
        let log = w.events_of(ticket.id).await;
        let last = log.last().unwrap();
        let about = last.payload.suggestion.as_ref().unwrap();
        assert_eq!((about.state, last.actor_id), (SuggestionState::Ignored, by.user_id), "{how}");
        assert_eq!(last.payload.ticket.as_ref().unwrap().ticket, after, "{how}");
        assert!(last.kind.is_internal() && last.payload.changes.is_empty());
    }
    // What the release before reads.
    let before = "suggestions WHERE state = 'superseded' AND decided_at IS NOT NULL";
    assert_eq!(w.db.count(before).await, 5);
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_open_advice_is_ignored() {
    let mut w = World::new().await;
    let agent = w.team.agent.clone();
    let label = Label::Category(w.category);
    let ticket = w.ticket("Card lost").await;
    let version = model(&mut w.conn, LabelKind::Category).await;
    let unsure = NewSuggestion { abstained: true, ..answer(ticket.id, version, label) };
    let unsure = record_one(&mut w, unsure).await;
    let_apply(&mut w, LabelKind::Priority).await;
    let applied = suggest_label(&mut w, ticket.id, Label::Priority(Priority::High)).await;
    let other = w.ticket("Another").await;
    let open = suggest_label(&mut w, other.id, label).await;
    let dismissed = w.ticket("Dismissed").await;
    let dismissed = suggest_label(&mut w, dismissed.id, label).await;
    suggestions::dismiss(&mut w.conn, &agent, dismissed.id).await.unwrap();
    for ticket in [ticket.id, dismissed.ticket_id] {
        for status in [Status::Pending, Status::Solved, Status::Closed] {
            let edit = Edit::any_version(ticket);
            tickets::change_status(&mut w.conn, &agent, edit, status).await.unwrap();
        }
    }
    for (made, state) in [
        (&unsure, SuggestionState::Open),
        (&applied, SuggestionState::Applied),
        (&open, SuggestionState::Open),
        (&dismissed, SuggestionState::Dismissed),
    ] {
        assert_eq!(now(&mut w, made.id).await.state, state);
    }
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ignored_one_stays_so_until_somebody_chooses_by_hand() {
    let mut w = World::new().await;
    let (agent, lead) = (w.team.agent.clone(), w.team.lead.clone());
    let label = Label::Category(w.category);
    for (chosen, state) in
        [(w.category, SuggestionState::Accepted), (w.other_category, SuggestionState::Overridden)]
    {
        let ticket = w.ticket("Card lost").await;
        let made = suggest_label(&mut w, ticket.id, label).await;
        let edit = Edit::any_version(ticket.id);
        for status in [Status::Solved, Status::Open] {
            tickets::change_status(&mut w.conn, &agent, edit, status).await.unwrap();
            assert_eq!(now(&mut w, made.id).await.state, SuggestionState::Ignored);
        }
        for refused in [
            suggestions::accept(&mut w.conn, &agent, made.id).await,
            suggestions::dismiss(&mut w.conn, &agent, made.id).await,
        ] {
            assert_eq!(outcome(&refused), "AlreadyDecided");
        }
        tickets::change_category(&mut w.conn, &lead, edit, Some(chosen)).await.unwrap();
        let decided = now(&mut w, made.id).await;
        assert_eq!((decided.state, decided.decided_by), (state, lead.user_id));
    }
    w.finish().await;
}
