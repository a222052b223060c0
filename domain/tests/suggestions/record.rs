use deskwire_domain::events::EventKind;
use deskwire_domain::ids::{JobId, TicketId, WorkerId};
use deskwire_domain::jobs::{self, JobKind};
use deskwire_domain::messages::{self, MessageOrder};
use deskwire_domain::page::PageRequest;
use deskwire_domain::suggestions::{
    self, DecidingWord, Label, LabelKind, NewSuggestion, Part, Place, SuggestionState,
};
use deskwire_domain::tickets::{self, Edit, Priority};

use super::{answer, model, suggest};
use crate::support::{World, message};

#[tokio::test(flavor = "multi_thread")]
async fn a_job_done_twice_leaves_one_suggestion() {
    let mut w = World::new().await;
    let ticket = w.ticket("Card lost").await;
    let model = model(&mut w.conn, LabelKind::Category).await;
    let label = Label::Category(w.category);
    let [slow, quick] = [WorkerId::new(), WorkerId::new()];
    let claimed = jobs::claim(&mut w.conn, JobKind::Suggest, slow, 10, 60).await.unwrap();
    let [job] = &claimed[..] else { panic!("one job: {claimed:?}") };
    assert_eq!(TicketId::from(job.subject_id), ticket.id);
    // The slow worker's lease runs out and another takes over.
    w.sql("UPDATE jobs SET run_at = '2026-01-01'").await;
    let taken = jobs::claim(&mut w.conn, JobKind::Suggest, quick, 10, 60).await.unwrap();
    assert_eq!((taken.len(), taken[0].id), (1, job.id));

    let new = || vec![answer(ticket.id, model, label)];
    assert!(!suggestions::record(&mut w.conn, slow, &[job.id], new()).await.unwrap());
    assert_eq!(w.db.count("suggestions").await, 0);
    assert!(suggestions::record(&mut w.conn, quick, &[job.id], new()).await.unwrap());
    assert!(!suggestions::record(&mut w.conn, slow, &[job.id], new()).await.unwrap());
    // Even a job that comes again for the same ticket and model writes no second one.
    assert!(suggestions::record(&mut w.conn, slow, &[], new()).await.unwrap());
    assert!(!suggestions::record(&mut w.conn, slow, &[JobId::new()], new()).await.unwrap());

    let found = suggestions::of_tickets(&mut w.conn, &w.team.reader, &[ticket.id]).await.unwrap();
    let [suggestion] = &found[&ticket.id][..] else { panic!("one suggestion") };
    let wanted = answer(ticket.id, model, label);
    assert_eq!(
        (
            suggestion.label,
            suggestion.probability,
            &suggestion.runner_ups,
            &suggestion.deciding_words
        ),
        (label, 0.875, &wanted.runner_ups, &wanted.deciding_words)
    );
    let log = w.events_of(ticket.id).await;
    assert_eq!((log.len(), log[1].kind), (2, EventKind::SuggestionRecorded));
    assert_eq!(log[1].payload.suggestion.as_ref().unwrap().id, suggestion.id);
    let now = tickets::find_visible(&mut w.conn, &w.team.agent, ticket.id).await.unwrap();
    assert_eq!((now, w.db.count("jobs").await), (ticket, 0));
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_model_supersedes_what_is_open_and_a_person_prevents_it() {
    let mut w = World::new().await;
    let ticket = w.ticket("Card lost").await;
    let first = suggest(&mut w, ticket.id).await;
    let second = suggest(&mut w, ticket.id).await;
    let reader = w.team.reader.clone();
    for (id, state) in [(first, SuggestionState::Superseded), (second, SuggestionState::Open)] {
        let found = suggestions::find_visible(&mut w.conn, &reader, id).await.unwrap();
        assert_eq!((found.state, found.decided_by), (state, None));
    }
    // The other kind is left alone, and unknown tickets are passed over.
    let other = model(&mut w.conn, LabelKind::Priority).await;
    let high = Label::Priority(Priority::High);
    let new = vec![answer(ticket.id, other, high), answer(TicketId::new(), other, high)];
    assert!(suggestions::record(&mut w.conn, WorkerId::new(), &[], new).await.unwrap());
    assert_eq!(w.db.count("suggestions WHERE state = 'open'").await, 2);

    let labelled = w.ticket("Labelled").await;
    let (edit, agent) = (Edit::any_version(labelled.id), &w.team.agent);
    let category = Some(w.other_category);
    tickets::change_category(&mut w.conn, agent, edit, category).await.unwrap();
    tickets::change_priority(&mut w.conn, agent, edit, Priority::Low).await.unwrap();
    let category_model = model(&mut w.conn, LabelKind::Category).await;
    let new = vec![
        answer(labelled.id, category_model, Label::Category(w.category)),
        answer(labelled.id, other, high),
    ];
    assert!(suggestions::record(&mut w.conn, WorkerId::new(), &[], new).await.unwrap());
    assert_eq!(w.db.count("suggestions").await, 3);
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn words_name_the_message_they_stand_in() {
    let mut w = World::new().await;
    let ticket = w.ticket("Card lost").await;
    let agent = w.team.agent.clone();
    messages::reply(&mut w.conn, &agent, message(ticket.id, "Which card?")).await.unwrap();
    let order = MessageOrder::Oldest;
    let page = PageRequest { first: 10, after: None };
    let said = messages::list(&mut w.conn, &agent, ticket.id, order, &page).await.unwrap();
    let [first, second] = [0, 1].map(|n| said.rows[n].id);
    let model = model(&mut w.conn, LabelKind::Category).await;
    let word = |part, message_id, start| DecidingWord {
        text: "card".into(),
        share: 0.25,
        place: Some(Place { part, message_id, start, end: start + 4 }),
    };
    let words = |unnamed| {
        let subject = word(Part::Subject, None, 0);
        let message = word(Part::Message, unnamed, 3);
        let named = word(Part::Message, Some(second), 6);
        vec![subject, message, named, DecidingWord { place: None, ..word(Part::Subject, None, 0) }]
    };
    let category = Label::Category(w.category);
    let new = NewSuggestion { deciding_words: words(None), ..answer(ticket.id, model, category) };
    let made = super::record_one(&mut w, new).await;
    assert_eq!(made.deciding_words, words(Some(first)));
    w.finish().await;
}
