//! Registering what was made, and telling about it.

use deskwire_domain::models::{self, Comparison, ModelVersion, Then, Verdict};
use deskwire_domain::{Actor, Desk};
use deskwire_ml::artifact::Kind;
use deskwire_ml::onnx::{Head, Layout};
use deskwire_ml::run::Made;
use deskwire_ml::train::Trained;
use serde_json::{Value, json};

use super::{output, table};

/// Registers a version with its comparison, and prints it; with a reason it is promoted at once.
pub async fn register(
    desk: &Desk,
    made: Made,
    promote: Option<&str>,
    json: bool,
) -> anyhow::Result<()> {
    let Made { draft, comparison, trained } = made;
    let then = promote.map_or(Then::Begin, Then::Promote);
    let (mut conn, found) = (desk.conn().await?, comparison.clone());
    let version =
        models::register_compared(&mut conn, &Actor::system(), draft, found, then).await?;
    desk.settle().await?;
    let state = if version.active { "the champion from now on" } else { "registered" };
    let place = format!("{} model, version {}, {state}", version.kind, version.number);
    print(&trained, version.artifact_bytes as usize, &place, Some(&comparison), json)?;
    if !version.active {
        eprintln!("{}", what_now(&version, comparison.verdict()));
    }
    Ok(())
}

/// Prints what was learned, and where it is now.
pub fn print(
    trained: &Trained,
    size_bytes: usize,
    place: &str,
    comparison: Option<&Comparison>,
    json: bool,
) -> anyhow::Result<()> {
    if json {
        let mut result = as_json(trained, size_bytes, place);
        if let Some(comparison) = comparison {
            result["comparison"] = table::comparison_as_json(comparison);
        }
        output::result(serde_json::to_string_pretty(&result)?)?;
    } else {
        let compared = comparison.map(table::comparison).unwrap_or_default();
        output::result(as_text(trained, size_bytes, place) + &compared)?;
    }
    Ok(())
}

fn as_json(trained: &Trained, size_bytes: usize, place: &str) -> Value {
    let Trained { model, report } = trained;
    json!({
        "model": place,
        "hash": model.hash(),
        "size_bytes": size_bytes,
        "label": model.header().label_kind,
        "labels": model.labels(),
        "classifier": model.header().classifier,
        "tickets": report.tickets,
        "unlabelled": report.unlabelled,
        "threshold": model.header().threshold,
        "is_threshold_measured": model.header().is_threshold_measured,
        "held_back": report.held_back,
    })
}

fn as_text(trained: &Trained, size_bytes: usize, place: &str) -> String {
    let Trained { model, report } = trained;
    let is_brought =
        matches!(model.header().classifier, Kind::Onnx(Layout { head: Head::Logits, .. }));
    let (verb, tickets) = match is_brought {
        true => ("Calibrated", "On these tickets:"),
        false => ("Learned", "On the held-back tickets, before the last fit:"),
    };
    let unmeasured = if model.header().is_threshold_measured {
        ""
    } else {
        " (the target precision: no threshold reached it on the held-back tickets)"
    };
    format!(
        "{verb} {} labels from {} tickets ({} without a label left out).\n\
         Wrote {} ({} KB, {}).\n\
         Decides from a probability of {}{unmeasured}.\n\n\
         {tickets}\n{}",
        model.labels().len(),
        report.tickets,
        report.unlabelled,
        place,
        size_bytes.div_ceil(1024),
        model.hash(),
        table::percent(model.header().threshold),
        table::metrics(&report.held_back),
    )
}

/// How a version that waits can be tried or promoted.
fn what_now(version: &ModelVersion, verdict: Verdict) -> String {
    let gate = match verdict {
        Verdict::Better | Verdict::NotWorse => "",
        _ => " To promote it give overrideReason: it is not known to be as good as the champion.",
    };
    format!(
        "It suggests nothing yet. Try it in the graph, as an admin: startShadow, startCanary, \
         promoteModel with kind {} and versionId \"model_{}\".{gate}",
        version.kind.as_str().to_uppercase(),
        version.id
    )
}
