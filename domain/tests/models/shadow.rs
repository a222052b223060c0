use deskwire_domain::ids::{TicketId, WorkerId};
use deskwire_domain::models::{self, Agreement, Arm, ShadowScore, Stage};
use deskwire_domain::suggestions::{self, Label, Recorded, Recording};
use deskwire_domain::tickets::{self, Edit};

use super::{KIND, bring, edit, state, suggestion, world};

fn score(
    ticket_id: TicketId,
    version: deskwire_domain::ids::ModelVersionId,
    label: Label,
    champion_agrees: Option<bool>,
) -> ShadowScore {
    ShadowScore {
        ticket_id,
        model_version_id: version,
        label,
        probability: 0.6,
        abstained: false,
        champion_agrees,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn scores_are_counted_and_shown_to_nobody() {
    let (mut w, champion, waiting) = world().await;
    bring(&mut w, Stage::Shadow, waiting).await.unwrap();
    let label = Label::Category(w.category);
    let mut shadow = Vec::new();
    for (n, agrees) in [Some(true), Some(true), Some(false), None].into_iter().enumerate() {
        let ticket = w.ticket(&format!("Number {n}")).await.id;
        shadow.push(score(ticket, waiting, label, agrees));
    }
    let deleted = w.ticket("Deleted").await.id;
    let admin = w.team.admin.clone();
    tickets::delete(&mut w.conn, &admin, Edit::any_version(deleted), "spam").await.unwrap();
    shadow.push(score(deleted, waiting, label, Some(true)));
    let first = shadow[0].ticket_id;
    let recording = Recording {
        suggestions: vec![suggestion(first, champion, label, Arm::Champion)],
        shadow,
        revisions: vec![(KIND, state(&mut w).await.revision)],
    };
    // Done twice, written once.
    for _ in 0..2 {
        let recording = recording.clone();
        let done = suggestions::record_served(&mut w.conn, WorkerId::new(), &[], recording).await;
        assert_eq!(done.unwrap(), Recorded::Yes);
    }
    let found = models::agreement(&mut w.conn, &[waiting, champion]).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[&waiting], Agreement { scored: 4, agreed: 2, disagreed: 1 });
    assert_eq!(w.db.count("suggestions").await, 1);
    let events = w.events_of(first).await;
    assert_eq!(events.iter().filter(|event| event.payload.suggestion.is_some()).count(), 1);
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_by_a_rollout_that_changed_is_not_written() {
    let (mut w, champion, waiting) = world().await;
    let seen = state(&mut w).await.revision;
    let ticket = w.ticket("Card lost").await.id;
    let label = Label::Category(w.category);
    let recording = Recording {
        suggestions: vec![suggestion(ticket, champion, label, Arm::Champion)],
        shadow: vec![score(ticket, waiting, label, Some(true))],
        revisions: vec![(KIND, seen)],
    };
    let admin = w.team.admin.clone();
    models::disable(&mut w.conn, &admin, edit(), "nonsense").await.unwrap();
    let done = suggestions::record_served(&mut w.conn, WorkerId::new(), &[], recording).await;
    assert_eq!(done.unwrap(), Recorded::RolloutChanged);
    assert_eq!(w.db.count("suggestions").await + w.db.count("shadow_scores").await, 0);
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suggestion_remembers_how_it_was_served() {
    let (mut w, _, waiting) = world().await;
    bring(&mut w, Stage::Canary, waiting).await.unwrap();
    let (ticket, id) = super::suggest(&mut w, waiting, Arm::Canary).await;
    let admin = w.team.admin.clone();
    let found = suggestions::find_visible(&mut w.conn, &admin, id).await.unwrap();
    assert_eq!((found.ticket_id, found.served.arm), (ticket, Arm::Canary));
    assert_eq!((found.served.took_us, found.served.new_word_share), (Some(700), None));
    w.finish().await;
}
