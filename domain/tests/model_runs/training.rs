use deskwire_domain::categories::{self, CategoryChange};
use deskwire_domain::models::{TrainingQuery, training_data};
use deskwire_domain::suggestions::LabelKind;
use deskwire_domain::tickets::{self, Edit, Priority};
use deskwire_domain::{Actor, Timestamp};

use super::{KIND, hours};
use crate::support::{World, outcome};

fn query(kind: LabelKind, minimum_per_label: u32) -> TrainingQuery {
    TrainingQuery { kind, created_from: None, created_to: None, minimum_per_label }
}

/// Three tickets in one category, one in another, one without.
async fn labelled(w: &mut World) {
    let admin = w.team.admin.clone();
    let (many, few) = (w.category, w.other_category);
    for (subject, category) in
        [("A", Some(many)), ("B", Some(many)), ("C", Some(many)), ("D", Some(few)), ("E", None)]
    {
        let ticket = w.ticket(subject).await;
        let edit = Edit::any_version(ticket.id);
        if category.is_some() {
            tickets::change_category(&mut w.conn, &admin, edit, category).await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn labels_with_too_few_tickets_are_left_out_and_named() {
    let mut w = World::new().await;
    labelled(&mut w).await;
    let data = training_data(&mut w.conn, &Actor::system(), &query(KIND, 2)).await.unwrap();
    let mut subjects: Vec<_> = data.tickets.iter().map(|t| t.subject.as_str()).collect();
    subjects.sort();
    assert_eq!(subjects, ["A", "B", "C"]);
    assert_eq!(data.per_label, [("Billing".to_owned(), 3)].into());
    assert_eq!(data.too_few, [("Shipping".to_owned(), 1)].into());
    assert_eq!(data.labelled, 4);
    assert_eq!(w.learnt(&Actor::system(), KIND).await.unwrap().len(), 4);
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn retired_categories_are_not_learned() {
    let mut w = World::new().await;
    labelled(&mut w).await;
    let (admin, category) = (w.team.admin.clone(), w.category);
    let retire = CategoryChange { active: Some(false), ..CategoryChange::default() };
    categories::update(&mut w.conn, &admin, category, retire).await.unwrap();
    let data = training_data(&mut w.conn, &Actor::system(), &query(KIND, 1)).await.unwrap();
    assert_eq!(data.retired, [("Billing".to_owned(), 3)].into());
    assert_eq!(data.tickets.len(), 1);
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_tickets_of_the_chosen_time_are_read() {
    let mut w = World::new().await;
    labelled(&mut w).await;
    w.sql("UPDATE tickets SET created_at = '2026-01-01' WHERE subject IN ('A', 'D')").await;
    let at = |text: &str| -> Option<Timestamp> {
        Some(text.parse::<chrono::DateTime<chrono::Utc>>().unwrap().into())
    };
    for (created_from, created_to, expected) in [
        (None, None, 4),
        (at("2026-01-01T00:00:00Z"), None, 4),
        (at("2026-01-01T00:00:01Z"), None, 2),
        (None, at("2026-01-01T00:00:00Z"), 0),
        (None, at("2026-01-01T00:00:01Z"), 2),
        (at("2026-01-02T00:00:00Z"), Some(hours(1)), 2),
    ] {
        let query = TrainingQuery { created_from, created_to, ..query(KIND, 1) };
        let data = training_data(&mut w.conn, &Actor::system(), &query).await.unwrap();
        assert_eq!(data.tickets.len(), expected, "{query:?}");
        assert_eq!(data.labelled, 4);
    }
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn priorities_count_only_where_a_person_decided() {
    let mut w = World::new().await;
    labelled(&mut w).await;
    let (admin, ticket) = (w.team.admin.clone(), w.ticket("F").await);
    let edit = Edit::any_version(ticket.id);
    tickets::change_priority(&mut w.conn, &admin, edit, Priority::High).await.unwrap();
    let kind = LabelKind::Priority;
    let data = training_data(&mut w.conn, &Actor::system(), &query(kind, 1)).await.unwrap();
    assert_eq!(data.per_label, [("high".to_owned(), 1)].into());
    let agent = w.team.agent.clone();
    let refused = training_data(&mut w.conn, &agent, &query(kind, 1)).await;
    assert_eq!(outcome(&refused), "forbidden");
    w.finish().await;
}
