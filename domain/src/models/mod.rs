//! Model versions: which one suggests, how good it is, what its labels mean.

mod labels;
mod training;

use diesel::prelude::*;
use diesel_async::{AsyncConnection, RunQueryDsl};
use std::collections::BTreeMap;

use crate::actor::Scope;
use crate::db::schema::model_versions;
use crate::db::{one_of, violated_key};
use crate::error::{ConflictCode, Error, Result};
use crate::events::{self, EventKind, EventPayload, NewEvent};
use crate::ids::ModelVersionId;
use crate::suggestions::{Label, LabelKind};
use crate::{Actor, Conn, Timestamp};

pub use training::{LabelledTicket, labelled_tickets, meanings_of};

/// An artefact's label names and what each stood for when the model was trained, so that a category
/// renamed later is still the same category.
pub type LabelMeanings = BTreeMap<String, Label>;

#[derive(Debug, Clone, PartialEq)]
pub struct ModelVersion {
    pub id: ModelVersionId,
    pub kind: LabelKind,
    /// 1, 2, 3 … within the kind.
    pub number: u32,
    /// SHA-256 of the artefact, which is its file's name in the model store.
    pub artifact_hash: Vec<u8>,
    pub artifact_bytes: u32,
    /// Below this probability the model abstains.
    pub threshold: f64,
    pub labels: LabelMeanings,
    /// Figures of the training run, as JSON.
    pub metrics: serde_json::Value,
    /// The version that suggests now; one of each kind.
    pub active: bool,
    pub created_at: Timestamp,
}

/// A trained model whose artefact is already in the model store.
#[derive(Debug, Clone)]
pub struct ModelDraft {
    pub kind: LabelKind,
    pub artifact_hash: Vec<u8>,
    pub artifact_bytes: u32,
    pub threshold: f64,
    pub labels: LabelMeanings,
    pub metrics: serde_json::Value,
}

#[derive(HasQuery, Insertable)]
#[diesel(table_name = model_versions)]
struct Row {
    id: ModelVersionId,
    kind: LabelKind,
    number: u32,
    artifact_hash: Vec<u8>,
    artifact_bytes: u32,
    threshold: f64,
    labels: String,
    metrics: String,
    active: bool,
    created_at: Timestamp,
}

impl Row {
    fn into_version(self) -> Result<ModelVersion> {
        Ok(ModelVersion {
            id: self.id,
            kind: self.kind,
            number: self.number,
            artifact_hash: self.artifact_hash,
            artifact_bytes: self.artifact_bytes,
            threshold: self.threshold,
            labels: serde_json::from_str(&self.labels).map_err(Error::internal)?,
            metrics: serde_json::from_str(&self.metrics).map_err(Error::internal)?,
            active: self.active,
            created_at: self.created_at,
        })
    }
}

/// Registers a trained model as the next version of its kind and makes it the active one.
///
/// # Errors
/// [`Error::Forbidden`] for everyone but admins; [`Error::Unavailable`].
pub async fn activate(conn: &mut Conn, actor: &Actor, draft: ModelDraft) -> Result<ModelVersion> {
    actor.require_admin(Scope::Admin)?;
    match activate_next(conn, actor, draft.clone()).await {
        // A kind without versions has no row to wait for: who comes second tries again.
        Err(Error::Conflict(_)) => activate_next(conn, actor, draft).await,
        other => other,
    }
}

async fn activate_next(conn: &mut Conn, actor: &Actor, draft: ModelDraft) -> Result<ModelVersion> {
    let now = Timestamp::now();
    conn.transaction(async |conn| {
        let of_kind = model_versions::table.filter(model_versions::kind.eq(draft.kind));
        let earlier: Vec<u32> = of_kind
            .select(model_versions::number)
            .order(model_versions::number.desc())
            .for_update()
            .load(conn)
            .await?;
        diesel::update(of_kind).set(model_versions::active.eq(false)).execute(conn).await?;
        let row = Row {
            id: ModelVersionId::new(),
            kind: draft.kind,
            number: earlier[..].first().map_or(1, |last| last + 1),
            artifact_hash: draft.artifact_hash,
            artifact_bytes: draft.artifact_bytes,
            threshold: draft.threshold,
            labels: serde_json::to_string(&draft.labels).map_err(Error::internal)?,
            metrics: draft.metrics.to_string(),
            active: true,
            created_at: now,
        };
        let inserted = diesel::insert_into(model_versions::table).values(&row).execute(conn).await;
        inserted.map_err(|error| match violated_key(&error) {
            Some("model_versions_number") => Error::conflict(
                ConflictCode::AlreadyExists,
                "kind",
                "another version was registered at the same moment",
            ),
            _ => error.into(),
        })?;
        let note = Some(format!("{} model, version {}", row.kind, row.number));
        let payload = EventPayload { note, ..Default::default() };
        let event = NewEvent::new(EventKind::ModelActivated, actor, row.id, now, payload);
        events::append(conn, &[event]).await?;
        row.into_version()
    })
    .await
}

/// The active version of each kind; empty while nothing was trained.
///
/// # Errors
/// [`Error::Unavailable`] when the database is away.
pub async fn active(conn: &mut Conn) -> Result<Vec<ModelVersion>> {
    let rows: Vec<Row> = Row::query()
        .filter(model_versions::active.eq(true))
        .order(model_versions::kind.asc())
        .load(conn)
        .await?;
    rows.into_iter().map(Row::into_version).collect()
}

/// All versions, newest first. Staff only.
///
/// # Errors
/// [`Error::Forbidden`] for customers.
pub async fn list(conn: &mut Conn, actor: &Actor) -> Result<Vec<ModelVersion>> {
    actor.require_staff(Scope::TicketsRead)?;
    let rows: Vec<Row> = Row::query().order(model_versions::id.desc()).load(conn).await?;
    rows.into_iter().map(Row::into_version).collect()
}

/// Several versions at once, in no order.
///
/// # Errors
/// [`Error::Unavailable`] when the database is away.
pub async fn find_many(conn: &mut Conn, ids: &[ModelVersionId]) -> Result<Vec<ModelVersion>> {
    let rows: Vec<Row> = Row::query().filter(one_of(model_versions::id, ids)).load(conn).await?;
    rows.into_iter().map(Row::into_version).collect()
}
