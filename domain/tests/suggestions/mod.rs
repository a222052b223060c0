mod auto_apply;
mod calibration;
mod decide;
mod figures;
mod ignore;
mod record;
mod revert;

use deskwire_domain::ids::{ModelVersionId, SuggestionId, TicketId, WorkerId};
use deskwire_domain::models::{self, LabelMeanings, ModelDraft};
use deskwire_domain::suggestions::{
    self, DecidingWord, Label, LabelKind, NewSuggestion, RunnerUp, Suggestion,
};
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
    models::activate_for(conn, &Actor::system(), draft, "for a test").await.unwrap().id
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
        deciding_words: vec![DecidingWord { text: "card".into(), share: 1.0, place: None }],
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

/// Lets the team's queue apply every sure suggestion of a kind.
pub async fn let_apply(w: &mut World, kind: LabelKind) {
    let (admin, queue) = (w.team.admin.clone(), w.team.queue);
    suggestions::set_auto_apply(&mut w.conn, &admin, queue, kind, Some(0.8)).await.unwrap();
}

/// A suggestion of any label, by a model version of its own.
pub async fn suggest_label(w: &mut World, ticket: TicketId, label: Label) -> Suggestion {
    let model = model(&mut w.conn, label.kind()).await;
    record_one(w, answer(ticket, model, label)).await
}

pub async fn record_one(w: &mut World, new: NewSuggestion) -> Suggestion {
    let (ticket, kind) = (new.ticket_id, new.label.kind());
    assert!(suggestions::record(&mut w.conn, WorkerId::new(), &[], vec![new]).await.unwrap());
    suggestions::recorded(&mut w.conn, kind, &[ticket]).await.unwrap()[&ticket].clone()
}

/// The suggestion as it is now.
pub async fn now(w: &mut World, id: SuggestionId) -> Suggestion {
    suggestions::find_visible(&mut w.conn, &Actor::system(), id).await.unwrap()
}
