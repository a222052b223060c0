mod decide;
mod record;

use deskwire_domain::ids::{ModelVersionId, SuggestionId, TicketId, WorkerId};
use deskwire_domain::models::{self, LabelMeanings, ModelDraft};
use deskwire_domain::suggestions::{self, DecidingWord, Label, LabelKind, NewSuggestion, RunnerUp};
use deskwire_domain::tickets::Priority;
use deskwire_domain::{Actor, Conn};

use crate::support::World;

pub async fn model(conn: &mut Conn, kind: LabelKind) -> ModelVersionId {
    let draft = ModelDraft {
        kind,
        artifact_hash: vec![7; 32],
        artifact_bytes: 1,
        threshold: 0.5,
        labels: LabelMeanings::new(),
        metrics: serde_json::json!({}),
        lineage: Default::default(),
    };
    models::activate(conn, &Actor::system(), draft).await.unwrap().id
}

pub fn answer(
    ticket_id: TicketId,
    model_version_id: ModelVersionId,
    label: Label,
) -> NewSuggestion {
    NewSuggestion {
        ticket_id,
        model_version_id,
        label,
        probability: 0.875,
        abstained: false,
        runner_ups: vec![RunnerUp { label: Label::Priority(Priority::Low), probability: 0.125 }],
        deciding_words: vec![DecidingWord { text: "card".into(), share: 1.0 }],
        served: Default::default(),
    }
}

/// A suggestion of the world's first category, by a model version of its own.
pub async fn suggest(w: &mut World, ticket: TicketId) -> SuggestionId {
    let model = model(&mut w.conn, LabelKind::Category).await;
    let new = vec![answer(ticket, model, Label::Category(w.category))];
    assert!(suggestions::record(&mut w.conn, WorkerId::new(), &[], new).await.unwrap());
    let kind = LabelKind::Category;
    suggestions::recorded(&mut w.conn, kind, &[ticket]).await.unwrap()[&ticket].id
}
