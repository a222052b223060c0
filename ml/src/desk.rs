//! Training on the desk's own tickets, and comparing what was suggested with what is right.

use anyhow::Context;
use deskwire_domain::models::{self, LabelledTicket, Lineage, ModelDraft, ModelVersion};
use deskwire_domain::suggestions::{self, Label};
use deskwire_domain::{Actor, Conn, categories, tickets};
use serde_json::json;
use std::collections::{BTreeMap, HashMap};

use crate::dataset::{Dataset, Example, LabelKind};
use crate::evaluate::Outcome;
use crate::features::FEATURE_VERSION;
use crate::store::ModelStore;
use crate::text::TicketText;
use crate::train::Trained;

/// Tickets looked up at a time.
const PAGE: usize = 1000;

impl From<LabelKind> for suggestions::LabelKind {
    fn from(kind: LabelKind) -> Self {
        match kind {
            LabelKind::Category => Self::Category,
            LabelKind::Priority => Self::Priority,
        }
    }
}

/// Every ticket a person labelled on this desk.
///
/// # Errors
/// The database is away.
pub async fn labelled(conn: &mut Conn, kind: LabelKind) -> anyhow::Result<Dataset> {
    let found = models::labelled_tickets(conn, &Actor::system(), kind.into()).await?;
    Ok(Dataset::new(found.into_iter().map(Example::from).collect()))
}

impl From<LabelledTicket> for Example {
    fn from(ticket: LabelledTicket) -> Self {
        Self {
            id: ticket.id,
            text: TicketText::new(&ticket.subject, &ticket.body),
            label: Some(ticket.label),
            created_at: Some(ticket.created_at.as_utc()),
        }
    }
}

/// Keeps a trained model and registers it as the next version; the first of its kind becomes the champion,
/// any other waits to be rolled out.
///
/// # Errors
/// A label is no category here; the store cannot be written; the database is away.
pub async fn publish(
    conn: &mut Conn,
    store: &ModelStore,
    trained: &Trained,
) -> anyhow::Result<ModelVersion> {
    let draft = keep(conn, store, trained).await?;
    Ok(models::introduce(conn, &Actor::system(), draft).await?)
}

/// As [`publish`], and makes it the champion at once; the rollout's history keeps the reason.
///
/// # Errors
/// As [`publish`]; a candidate is on trial.
pub async fn publish_as_champion(
    conn: &mut Conn,
    store: &ModelStore,
    trained: &Trained,
    reason: &str,
) -> anyhow::Result<ModelVersion> {
    let draft = keep(conn, store, trained).await?;
    Ok(models::activate_for(conn, &Actor::system(), draft, reason).await?)
}

async fn keep(
    conn: &mut Conn,
    store: &ModelStore,
    trained: &Trained,
) -> anyhow::Result<ModelDraft> {
    let (model, report) = (&trained.model, &trained.report);
    let kind = model.header().label_kind.into();
    let labels = models::meanings_of(conn, kind, model.labels())
        .await
        .context("the model's labels do not fit this desk; create the categories first")?;
    let size = store.save(model).await?;
    Ok(ModelDraft {
        kind,
        artifact_hash: unhex(model.hash()),
        artifact_bytes: u32::try_from(size).context("the artefact is too large")?,
        threshold: model.header().threshold,
        labels,
        metrics: json!({
            "tickets": report.tickets,
            "heldBackTickets": report.held_back_tickets,
            "heldBack": report.held_back,
        }),
        lineage: lineage(trained),
    })
}

/// What the model itself tells of its training.
pub(crate) fn lineage(trained: &Trained) -> Lineage {
    let (header, report) = (trained.model.header(), &trained.report);
    let per_label: BTreeMap<&String, &usize> =
        header.labels.iter().zip(&header.tickets_per_label).collect();
    let mut confusion: BTreeMap<&str, BTreeMap<&str, u32>> = BTreeMap::new();
    for (_, outcome) in &report.held_back_outcomes {
        let suggested = outcome.ranked.first().map_or("", String::as_str);
        *confusion.entry(&outcome.truth).or_default().entry(suggested).or_default() += 1;
    }
    Lineage {
        run_id: None,
        feature_version: FEATURE_VERSION,
        parameters: Some(json!({ "classifier": header.classifier, "features": header.features })),
        training_data: Some(json!({
            "tickets": report.tickets,
            "perLabel": per_label,
            "to": header.newest_ticket_at,
            "heldBack": report.held_back_tickets,
        })),
        confusion: Some(json!(confusion)),
    }
}

/// What the worker suggested for tickets whose labels are known, as outcomes to be measured.
///
/// Tickets are found by `source` and external id. Also returns how many have no suggestion.
///
/// # Errors
/// The database is away.
pub async fn recorded(
    conn: &mut Conn,
    source: &str,
    tests: &Dataset,
    kind: LabelKind,
) -> anyhow::Result<(Vec<Outcome>, usize)> {
    let names: HashMap<_, _> =
        categories::list(conn, true).await?.into_iter().map(|c| (c.id, c.name)).collect();
    let text = |label: Label| match label {
        Label::Category(id) => names.get(&id).cloned().unwrap_or_default(),
        Label::Priority(priority) => priority.to_string(),
    };
    let mut known: HashMap<_, Vec<String>> = HashMap::new();
    let (mut outcomes, mut missing) = (Vec::new(), 0);
    for page in tests.examples().chunks(PAGE) {
        let external: Vec<String> = page.iter().map(|example| example.id.clone()).collect();
        let ids = tickets::ids_by_external(conn, source, &external).await?;
        let wanted: Vec<_> = ids.values().copied().collect();
        let said = suggestions::recorded(conn, kind.into(), &wanted).await?;
        learn_labels(conn, &said, &mut known).await?;
        for example in page {
            let Some(truth) = example.label.clone() else { continue };
            let Some(found) = ids.get(&example.id).and_then(|id| said.get(id)) else {
                missing += 1;
                continue;
            };
            let others = found.runner_ups.iter().map(|runner_up| runner_up.label);
            outcomes.push(Outcome {
                is_known: known[&found.model_version_id].contains(&truth),
                ranked: std::iter::once(found.label).chain(others).map(text).collect(),
                probability: found.probability,
                abstained: found.abstained,
                truth,
            });
        }
    }
    Ok((outcomes, missing))
}

async fn learn_labels(
    conn: &mut Conn,
    said: &HashMap<deskwire_domain::ids::TicketId, suggestions::Suggestion>,
    known: &mut HashMap<deskwire_domain::ids::ModelVersionId, Vec<String>>,
) -> anyhow::Result<()> {
    let mut new: Vec<_> = said.values().map(|suggestion| suggestion.model_version_id).collect();
    new.retain(|id| !known.contains_key(id));
    new.sort();
    new.dedup();
    for version in models::find_many(conn, &new).await? {
        known.insert(version.id, version.labels.into_keys().collect());
    }
    Ok(())
}

pub(crate) fn unhex(hex: &str) -> Vec<u8> {
    let digits = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16);
    (0..hex.len()).step_by(2).map(|at| digits(at).expect("hashes are hex")).collect()
}
