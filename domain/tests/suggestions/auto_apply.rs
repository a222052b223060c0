use deskwire_domain::Actor;
use deskwire_domain::actor::Scope;
use deskwire_domain::categories::{self, CategoryChange};
use deskwire_domain::error::Error;
use deskwire_domain::events::EventKind;
use deskwire_domain::ids::{QueueId, WorkerId};
use deskwire_domain::suggestions::{self, AutoApply, Label, LabelKind, SuggestionState};
use deskwire_domain::tickets::{self, Edit, LabelOrigin, MergeDraft, Priority, Status};

use super::{answer, let_apply, model, now, record_one, suggest_label};
use crate::support::{World, outcome};

#[tokio::test(flavor = "multi_thread")]
async fn whoever_manages_a_queue_sets_what_it_applies() {
    let mut w = World::new().await;
    let (queue, kind) = (w.team.queue, LabelKind::Category);
    for (who, actor) in w.actors() {
        let expected = match who {
            "lead" | "admin" => "ok",
            "agent" | "reader" => "forbidden",
            _ => "no queue",
        };
        let set = suggestions::set_auto_apply(&mut w.conn, &actor, queue, kind, Some(0.9)).await;
        assert_eq!(outcome(&set), expected, "{who}");
        let narrow = Actor { scopes: Some(vec![Scope::TicketsWrite]), ..actor };
        let set = suggestions::set_auto_apply(&mut w.conn, &narrow, queue, kind, None).await;
        assert_eq!(outcome(&set), "forbidden", "{who}");
    }
    // The admin's was the same again, which is no change.
    assert_eq!(w.db.count("events WHERE payload LIKE '%from 0.9%'").await, 1);
    let admin = w.team.admin.clone();
    for bad in [0.499, 1.001, -1.0, f64::NAN, f64::INFINITY] {
        let set = suggestions::set_auto_apply(&mut w.conn, &admin, queue, kind, Some(bad)).await;
        assert_eq!(outcome(&set), "invalid threshold", "{bad}");
    }
    let missing = QueueId::new();
    let set = suggestions::set_auto_apply(&mut w.conn, &admin, missing, kind, Some(0.9)).await;
    assert_eq!(outcome(&set), "no queue");
    for threshold in [0.5, 1.0] {
        let other = LabelKind::Priority;
        let set = suggestions::set_auto_apply(&mut w.conn, &admin, queue, other, Some(threshold));
        set.await.unwrap();
    }
    let rule = |kind, threshold| AutoApply { queue_id: queue, kind, threshold };
    let both = [rule(kind, 0.9), rule(LabelKind::Priority, 1.0)];
    let queues = [queue, w.team.other_queue];
    assert_eq!(suggestions::auto_apply_of(&mut w.conn, &queues).await.unwrap(), both);
    for _ in 0..2 {
        suggestions::set_auto_apply(&mut w.conn, &admin, queue, kind, None).await.unwrap();
    }
    assert_eq!(suggestions::auto_apply_of(&mut w.conn, &queues).await.unwrap(), both[1..]);
    let told = "events WHERE kind = 'queue.changed' AND payload LIKE '%applies%' AND internal";
    assert_eq!(w.db.count(told).await, 4);
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sure_label_goes_on_the_ticket_with_one_event_that_tells_of_both() {
    let mut w = World::new().await;
    let_apply(&mut w, LabelKind::Category).await;
    let_apply(&mut w, LabelKind::Priority).await;
    let ticket = w.ticket("Card lost").await;
    let (category, high) = (Label::Category(w.category), Label::Priority(Priority::High));
    let models = [
        model(&mut w.conn, LabelKind::Category).await,
        model(&mut w.conn, LabelKind::Priority).await,
    ];
    let new = || vec![answer(ticket.id, models[0], category), answer(ticket.id, models[1], high)];
    for _ in 0..2 {
        assert!(suggestions::record(&mut w.conn, WorkerId::new(), &[], new()).await.unwrap());
    }
    let agent = w.team.agent.clone();
    let labelled = tickets::find_visible(&mut w.conn, &agent, ticket.id).await.unwrap();
    assert_eq!((labelled.category_id, labelled.priority), (Some(w.category), Priority::High));
    for kind in [LabelKind::Category, LabelKind::Priority] {
        assert_eq!(labelled.origin(kind), LabelOrigin::Model);
    }
    assert_eq!(labelled.version, ticket.version + 2);
    let made = suggestions::of_tickets(&mut w.conn, &agent, &[ticket.id]).await.unwrap();
    let [second, first] = &made[&ticket.id][..] else { panic!("two: {made:?}") };
    for (made, from) in [(first, None), (second, Some(Priority::Normal))] {
        assert_eq!(
            (made.state, made.decided_by, made.decided_at),
            (SuggestionState::Applied, None, None)
        );
        assert_eq!((made.applied_at, made.applied_from), (Some(made.created_at), from));
    }
    // What the release before reads: words it knows.
    let before = "suggestions WHERE state = 'accepted' AND decided_at IS NULL";
    assert_eq!(w.db.count(before).await, 2);
    assert_eq!(w.db.count("tickets WHERE priority_origin = 'default'").await, 1);
    let log = w.events_of(ticket.id).await;
    assert_eq!(log.len(), 3);
    for (event, made) in log[1..].iter().zip([first, second]) {
        assert_eq!((event.kind, event.actor_id), (EventKind::TicketChanged, None));
        let about = event.payload.suggestion.as_ref().unwrap();
        assert_eq!((about.id, about.state), (made.id, SuggestionState::Applied));
    }
    let changes = &log[1].payload.changes;
    assert_eq!(changes.category_id.as_ref().unwrap().to, Some(w.category));
    assert_eq!(changes.priority, None);
    assert_eq!(log[2].payload.changes.priority.as_ref().unwrap().from, Priority::Normal);
    assert_eq!(log[2].payload.ticket.as_ref().unwrap().ticket, labelled);
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_label_that_is_there_already_is_applied_all_the_same() {
    let mut w = World::new().await;
    let_apply(&mut w, LabelKind::Priority).await;
    let ticket = w.ticket("Card lost").await;
    let made = suggest_label(&mut w, ticket.id, Label::Priority(Priority::Normal)).await;
    assert_eq!(made.state, SuggestionState::Applied);
    let agent = w.team.agent.clone();
    let after = tickets::find_visible(&mut w.conn, &agent, ticket.id).await.unwrap();
    assert_eq!((after.priority, after.version), (Priority::Normal, 2));
    assert_eq!(after.origin(LabelKind::Priority), LabelOrigin::Model);
    suggestions::revert(&mut w.conn, &agent, made.id).await.unwrap();
    let after = tickets::find_visible(&mut w.conn, &agent, ticket.id).await.unwrap();
    assert_eq!(after.origin(LabelKind::Priority), LabelOrigin::Default);
    w.finish().await;
}

/// What is told apart here is told apart for every combination in `suggestions/rules.rs`.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_unsure_goes_on_a_ticket_and_nothing_over_a_persons_label() {
    let mut w = World::new().await;
    let_apply(&mut w, LabelKind::Category).await;
    let (agent, admin, kind) = (w.team.agent.clone(), w.team.admin.clone(), LabelKind::Category);
    let label = Label::Category(w.category);
    let version = model(&mut w.conn, kind).await;
    let mut left = Vec::new();

    let ticket = w.ticket("Not sure enough").await.id;
    let new = suggestions::NewSuggestion { probability: 0.79, ..answer(ticket, version, label) };
    left.push(record_one(&mut w, new).await);
    let ticket = w.ticket("Not sure").await.id;
    let new = suggestions::NewSuggestion { abstained: true, ..answer(ticket, version, label) };
    left.push(record_one(&mut w, new).await);
    let ticket = w.ticket("Solved").await.id;
    let edit = Edit::any_version(ticket);
    tickets::change_status(&mut w.conn, &agent, edit, Status::Solved).await.unwrap();
    left.push(record_one(&mut w, answer(ticket, version, label)).await);
    let ticket = w.hidden_ticket("Another queue").await.id;
    left.push(record_one(&mut w, answer(ticket, version, label)).await);
    let ticket = w.ticket("Another kind").await.id;
    left.push(suggest_label(&mut w, ticket, Label::Priority(Priority::High)).await);
    let retired = CategoryChange { active: Some(false), ..CategoryChange::default() };
    let other = Label::Category(w.other_category);
    categories::update(&mut w.conn, &admin, w.other_category, retired).await.unwrap();
    let ticket = w.ticket("Retired").await.id;
    left.push(record_one(&mut w, answer(ticket, version, other)).await);
    // What a person took off or put away is left to people, whatever a newer version says.
    let ticket = w.ticket("Reverted").await.id;
    let first = suggest_label(&mut w, ticket, label).await;
    suggestions::revert(&mut w.conn, &agent, first.id).await.unwrap();
    left.push(suggest_label(&mut w, ticket, label).await);
    let ticket = w.ticket("Accepted, then taken off").await.id;
    let first = suggest_label(&mut w, ticket, label).await;
    suggestions::accept(&mut w.conn, &agent, first.id).await.unwrap();
    let edit = Edit::any_version(ticket);
    tickets::change_category(&mut w.conn, &agent, edit, None).await.unwrap();
    left.push(suggest_label(&mut w, ticket, label).await);
    for made in left {
        assert_eq!((made.state, made.applied_at), (SuggestionState::Open, None));
        let ticket = tickets::find_visible(&mut w.conn, &admin, made.ticket_id).await.unwrap();
        let labels = (ticket.category_id, ticket.priority, ticket.origin(kind));
        assert_eq!(labels, (None, Priority::Normal, LabelOrigin::Default), "{}", ticket.subject);
    }
    // A person's label: there is no suggestion at all.
    let ticket = w.ticket("Labelled").await;
    let edit = Edit::any_version(ticket.id);
    let labelled = tickets::change_category(&mut w.conn, &agent, edit, Some(w.category)).await;
    let new = vec![answer(ticket.id, version, label)];
    assert!(suggestions::record(&mut w.conn, WorkerId::new(), &[], new).await.unwrap());
    let after = tickets::find_visible(&mut w.conn, &agent, ticket.id).await.unwrap();
    assert_eq!(after, labelled.unwrap());
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_version_replaces_what_an_older_one_applied() {
    let mut w = World::new().await;
    let (agent, kind) = (w.team.agent.clone(), LabelKind::Priority);
    let_apply(&mut w, kind).await;
    let ticket = w.ticket("Card lost").await;
    let [high, low] = [Priority::High, Priority::Low].map(Label::Priority);
    let first = suggest_label(&mut w, ticket.id, high).await;
    let same = suggest_label(&mut w, ticket.id, high).await;
    let unchanged = tickets::find_visible(&mut w.conn, &agent, ticket.id).await.unwrap();
    assert_eq!(unchanged.version, 2);
    let kinds: Vec<EventKind> = w.events_of(ticket.id).await.iter().map(|e| e.kind).collect();
    assert_eq!(kinds[1..], [EventKind::TicketChanged, EventKind::SuggestionRecorded]);
    let other = suggest_label(&mut w, ticket.id, low).await;
    // One that is not sure leaves it on the ticket.
    let version = model(&mut w.conn, kind).await;
    let unsure =
        suggestions::NewSuggestion { probability: 0.6, ..answer(ticket.id, version, high) };
    let unsure = record_one(&mut w, unsure).await;
    for (made, state) in [
        (&first, SuggestionState::Superseded),
        (&same, SuggestionState::Superseded),
        (&other, SuggestionState::Applied),
        (&unsure, SuggestionState::Open),
    ] {
        assert_eq!(now(&mut w, made.id).await.state, state);
    }
    // Back to what people had, not to what another version had applied.
    let (after, _) = suggestions::revert(&mut w.conn, &agent, other.id).await.unwrap();
    assert_eq!((after.priority, after.origin(kind)), (Priority::Normal, LabelOrigin::Default));
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_applied_label_is_no_training_data_until_a_person_confirms_it() {
    let mut w = World::new().await;
    let (agent, admin) = (w.team.agent.clone(), w.team.admin.clone());
    for (kind, label) in [
        (LabelKind::Category, Label::Category(w.category)),
        (LabelKind::Priority, Label::Priority(Priority::High)),
    ] {
        let_apply(&mut w, kind).await;
        let [accepted, corrected, by_older] = ["a", "b", "c"];
        let mut made = Vec::new();
        for subject in [accepted, corrected, by_older] {
            let ticket = w.ticket(subject).await;
            made.push(suggest_label(&mut w, ticket.id, label).await);
        }
        let learnt = w.learnt(&admin, kind).await.unwrap();
        assert_eq!(learnt, [], "{kind}");
        suggestions::accept(&mut w.conn, &agent, made[0].id).await.unwrap();
        let edit = Edit::any_version(made[1].ticket_id);
        let older = made[2].ticket_id.0.simple();
        match kind {
            LabelKind::Category => {
                let other = Some(w.other_category);
                tickets::change_category(&mut w.conn, &agent, edit, other).await.unwrap();
                // The program of the release before knows nothing of who set a label.
                let other = w.other_category.0.simple();
                w.sql(&format!(
                    "UPDATE tickets SET category_id = X'{other}' WHERE id = X'{older}'"
                ))
                .await;
            }
            LabelKind::Priority => {
                tickets::change_priority(&mut w.conn, &agent, edit, Priority::Low).await.unwrap();
                w.sql(&format!(
                    "UPDATE tickets SET priority_origin = 'person' WHERE id = X'{older}'"
                ))
                .await;
            }
        }
        let learnt = w.learnt(&admin, kind).await.unwrap();
        let subjects: Vec<&str> = learnt.iter().map(|ticket| &*ticket.subject).collect();
        assert_eq!(subjects, [accepted, corrected, by_older], "{kind}");
        for made in &made {
            let ticket = tickets::find_visible(&mut w.conn, &admin, made.ticket_id).await.unwrap();
            assert_eq!(ticket.origin(kind), LabelOrigin::Person);
        }
        // What the older program wrote is not taken off as the desk's own.
        let refused = suggestions::revert(&mut w.conn, &agent, made[2].id).await;
        let Err(Error::Conflict(conflict)) = refused else { panic!("a conflict: {refused:?}") };
        assert!(conflict.message.contains("was changed since"), "{}", conflict.message);
        assert!(conflict.changed_at.is_some());
    }
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn moving_keeps_an_applied_label_and_merging_ends_the_question() {
    let mut w = World::new().await;
    let (agent, admin) = (w.team.agent.clone(), w.team.admin.clone());
    let_apply(&mut w, LabelKind::Category).await;
    let label = Label::Category(w.category);
    let moved = w.ticket("Moved").await;
    let made = suggest_label(&mut w, moved.id, label).await;
    let (edit, to) = (Edit::any_version(moved.id), w.team.other_queue);
    tickets::move_to_queue(&mut w.conn, &agent, edit, to).await.unwrap();
    assert_eq!(now(&mut w, made.id).await.state, SuggestionState::Applied);
    // Who works there now decides.
    let refused = suggestions::revert(&mut w.conn, &agent, made.id).await;
    assert_eq!(outcome(&refused), "no suggestion");
    let (after, _) = suggestions::revert(&mut w.conn, &admin, made.id).await.unwrap();
    assert_eq!(after.category_id, None);

    let [source, target] = [w.ticket("Source").await, w.ticket("Target").await];
    let on_source = suggest_label(&mut w, source.id, label).await;
    let on_target = suggest_label(&mut w, target.id, label).await;
    let draft = MergeDraft {
        source_ids: vec![source.id],
        target: Edit::any_version(target.id),
        note: None,
        channel: deskwire_domain::messages::Channel::Web,
    };
    tickets::merge(&mut w.conn, &agent, draft).await.unwrap();
    assert_eq!(now(&mut w, on_source.id).await.state, SuggestionState::Superseded);
    for refused in [
        suggestions::revert(&mut w.conn, &agent, on_source.id).await,
        suggestions::accept(&mut w.conn, &agent, on_source.id).await,
    ] {
        assert_eq!(outcome(&refused), "Merged");
    }
    let source = tickets::find_visible(&mut w.conn, &agent, source.id).await.unwrap();
    assert_eq!(source.origin(LabelKind::Category), LabelOrigin::Model);
    let (_, accepted) = suggestions::accept(&mut w.conn, &agent, on_target.id).await.unwrap();
    assert_eq!(accepted.state, SuggestionState::Accepted);
    w.finish().await;
}
