//! From labelled tickets to a version that may be registered: the one way, whoever asks for it.

use std::ops::ControlFlow;
use std::sync::Arc;

use deskwire_domain::ids::ModelRunId;
use deskwire_domain::models::runs::RunStep;
use deskwire_domain::models::{self, Comparison, ModelDraft, ModelVersion};
use deskwire_domain::{Desk, Error, suggestions};
use tracing::warn;

use super::{Material, compare, draft};
use crate::dataset::Dataset;
use crate::store::ModelStore;
use crate::train::{TrainConfig, TrainError, TrainStep, Trained, train_watched};

/// A version that may be registered; its artefact is in the model store.
#[derive(Debug, Clone)]
pub struct Made {
    pub draft: ModelDraft,
    /// Of it and the champion, as far as there was one.
    pub comparison: Comparison,
    pub trained: Arc<Trained>,
}

/// Why no version was made.
#[derive(Debug, thiserror::Error)]
pub enum Ended {
    /// Another try would end alike; says what to do.
    #[error("{0}")]
    Refused(String),
    /// Another try may succeed.
    #[error("{0}")]
    Again(String),
    /// It was told to.
    #[error("the training was cancelled")]
    Stopped,
}

impl From<Error> for Ended {
    fn from(error: Error) -> Self {
        warn!(error = %error.chain(), "a training was interrupted");
        Self::Again(error.to_string())
    }
}

/// Is told of every step and how much of the whole is done, and ends the training with
/// [`ControlFlow::Break`].
pub type Watch = Arc<dyn Fn(RunStep, f64) -> ControlFlow<()> + Send + Sync>;

/// Learns from the tickets, keeps the artefact, and asks the champion about the tickets that were held back.
/// Writes nothing to the database.
///
/// # Errors
/// [`Ended`].
pub async fn make(
    desk: &Desk,
    store: &ModelStore,
    material: Material,
    config: TrainConfig,
    run_id: Option<ModelRunId>,
    watch: Watch,
) -> Result<Made, Ended> {
    let trained = learn(material.tickets.clone(), config.clone(), watch.clone()).await?;
    keep(desk, store, material, config, trained, run_id, watch).await
}

/// As [`make`], of what was learned already.
///
/// # Errors
/// [`Ended`].
pub async fn keep(
    desk: &Desk,
    store: &ModelStore,
    material: Material,
    config: TrainConfig,
    trained: Arc<Trained>,
    run_id: Option<ModelRunId>,
    watch: Watch,
) -> Result<Made, Ended> {
    let reach = |step, done| match watch(step, done) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(Ended::Stopped),
    };
    let kind: suggestions::LabelKind = config.label_kind.into();
    let tickets = material.tickets;
    reach(RunStep::Storing, 0.85)?;
    let labels = models::meanings_of(&mut *desk.conn().await?, kind, trained.model.labels()).await;
    let labels = labels.map_err(|error| match error {
        Error::Invalid(_) if run_id.is_none() => {
            let why = "the labels do not fit this desk; create the categories first";
            Ended::Refused(format!("{why} ({error})"))
        }
        // Of the desk's own labels one was renamed a moment ago.
        error => error.into(),
    })?;
    let bytes = store.save(&trained.model).await.map_err(|e| Ended::Again(e.to_string()))?;
    reach(RunStep::Comparing, 0.9)?;
    let champion = champion(desk, kind).await?;
    let comparison = compare::with_champion(store, champion, &tickets, &trained, &labels).await?;
    reach(RunStep::Comparing, 1.0)?;
    let draft = draft::draft(&config, &trained, labels, bytes, material.snapshot, run_id);
    Ok(Made { draft, comparison, trained })
}

/// The version that suggests, or would if suggestions of the kind were not switched off.
async fn champion(
    desk: &Desk,
    kind: suggestions::LabelKind,
) -> Result<Option<ModelVersion>, Ended> {
    let mut conn = desk.conn().await?;
    let Some(id) = models::rollout(&mut conn, kind).await?.champion_id else {
        return Ok(None);
    };
    Ok(models::find_many(&mut conn, &[id]).await?.pop())
}

async fn learn(
    tickets: Arc<Dataset>,
    config: TrainConfig,
    watch: Watch,
) -> Result<Arc<Trained>, Ended> {
    let watched =
        move || train_watched(&tickets, &config, &|at| watch(step(at.step), 0.1 + 0.7 * at.done));
    match tokio::task::spawn_blocking(watched).await {
        Ok(Ok(trained)) => Ok(Arc::new(trained)),
        Ok(Err(TrainError::Cancelled)) => Err(Ended::Stopped),
        Ok(Err(error)) => Err(Ended::Refused(error.to_string())),
        Err(error) => {
            warn!(%error, "the training broke off");
            Err(Ended::Again("the training broke off by a fault; the log says more".into()))
        }
    }
}

fn step(step: TrainStep) -> RunStep {
    match step {
        TrainStep::Reading => RunStep::Reading,
        TrainStep::Choosing => RunStep::Choosing,
        TrainStep::Fitting => RunStep::Fitting,
    }
}
