//! Comparing what the worker suggested on a desk with what is right.

use deskwire_domain::suggestions::{self, Label};
use deskwire_domain::{Conn, categories, models, tickets};
use std::collections::HashMap;

use crate::dataset::{Dataset, LabelKind};
use crate::evaluate::Outcome;

/// Tickets looked up at a time.
const PAGE: usize = 1000;

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
