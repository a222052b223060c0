mod guards;
mod history;
mod live;
mod promote;
mod register;
mod roll_back;
mod shadow;
mod switch;
mod trials;
mod validation;
mod watch;

use deskwire_domain::ids::{ModelVersionId, SuggestionId, TicketId, WorkerId};
use deskwire_domain::models::{
    self, Arm, ModelDraft, NewValidation, Rollout, RolloutEdit, Stage, Verdict,
};
use deskwire_domain::suggestions::{self, Label, LabelKind, NewSuggestion, Recording, Served};
use deskwire_domain::{Actor, Conn, Result};

use crate::support::World;

pub const KIND: LabelKind = LabelKind::Category;

pub fn edit() -> RolloutEdit {
    RolloutEdit::any_revision(KIND)
}

pub fn draft(kind: LabelKind) -> ModelDraft {
    ModelDraft {
        kind,
        artifact_hash: vec![1; 32],
        artifact_bytes: 10,
        threshold: 0.5,
        labels: models::LabelMeanings::new(),
        metrics: serde_json::Value::Null,
        lineage: Default::default(),
    }
}

/// A registered version; the first of all is the champion.
pub async fn version(conn: &mut Conn) -> ModelVersionId {
    models::introduce(conn, &Actor::system(), draft(KIND)).await.unwrap().id
}

/// A world with a champion and a version that waits.
pub async fn world() -> (World, ModelVersionId, ModelVersionId) {
    let mut w = World::new().await;
    let champion = version(&mut w.conn).await;
    let waiting = version(&mut w.conn).await;
    (w, champion, waiting)
}

pub async fn state(w: &mut World) -> Rollout {
    models::rollout(&mut w.conn, KIND).await.unwrap()
}

pub fn validation(
    candidate_id: ModelVersionId,
    champion_id: Option<ModelVersionId>,
    verdict: Verdict,
) -> NewValidation {
    NewValidation {
        candidate_id,
        champion_id,
        sample: 200,
        candidate_right: 180,
        champion_right: 170,
        difference: 0.05,
        low: 0.01,
        high: 0.09,
        verdict,
        note: None,
    }
}

/// Brings the rollout into a stage, with `waiting` as the candidate.
pub async fn bring(w: &mut World, stage: Stage, waiting: ModelVersionId) -> Result<Rollout> {
    let admin = w.team.admin.clone();
    match stage {
        Stage::Idle => Ok(state(w).await),
        Stage::Shadow => models::start_shadow(&mut w.conn, &admin, edit(), waiting, None).await,
        Stage::Canary => {
            models::start_canary(&mut w.conn, &admin, edit(), Some(waiting), 10, None).await
        }
    }
}

pub fn suggestion(
    ticket_id: TicketId,
    model_version_id: ModelVersionId,
    label: Label,
    arm: Arm,
) -> NewSuggestion {
    NewSuggestion {
        ticket_id,
        model_version_id,
        label,
        probability: 0.9,
        abstained: false,
        runner_ups: Vec::new(),
        deciding_words: Vec::new(),
        served: Served { arm, took_us: Some(700), ..Default::default() },
    }
}

/// Lets a version suggest the world's first category for a fresh ticket.
pub async fn suggest(w: &mut World, version: ModelVersionId, arm: Arm) -> (TicketId, SuggestionId) {
    let ticket = w.ticket("Card lost").await.id;
    let new = suggestion(ticket, version, Label::Category(w.category), arm);
    let recording = Recording { suggestions: vec![new], ..Default::default() };
    suggestions::record_served(&mut w.conn, WorkerId::new(), &[], recording).await.unwrap();
    let found = suggestions::recorded(&mut w.conn, KIND, &[ticket]).await.unwrap();
    (ticket, found[&ticket].id)
}
