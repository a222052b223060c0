//! Taking a version back without asking anybody.
//!
//! Every worker looks every few seconds. Looking writes nothing; acting locks the rollout and goes on
//! only if its revision is still the one that was looked at, so of several processes that see the same
//! evidence one acts, and none acts on a state that an admin has changed meanwhile.

use diesel_async::AsyncConnection;
use serde_json::json;
use tracing::warn;

use super::guards::{Finding, Signal};
use super::history::{self, NewStep};
use super::needs::Needs;
use super::roll_back::restore_previous;
use super::rollout::{lock, rollouts};
use super::transition::drop_candidate;
use super::{ArmComparison, Rollout, RolloutAction, Stage, compare, find_many};
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::ids::ModelVersionId;
use crate::metrics::committed;
use crate::notifications::NotificationKind;
use crate::suggestions::LabelKind;
use crate::{Actor, Conn, Timestamp};

/// Holds every trial's arms against each other and takes back what the guards speak against: a candidate
/// leaves its trial, a new champion gives way to the previous one (and a candidate in shadow goes too: its
/// rival is gone). No trial begins for [`super::guards::Guards::cool_down_minutes`] afterwards. Returns the
/// rollouts it changed.
///
/// # Errors
/// [`Error::Unavailable`] when the database is away; the next look does the work.
pub async fn watch(conn: &mut Conn, now: Timestamp) -> Result<Vec<Rollout>> {
    look(conn, now, true).await
}

/// As [`watch`], for a worker that runs no ONNX networks: it never puts one back as champion.
///
/// # Errors
/// As [`watch`].
pub async fn watch_without_onnx(conn: &mut Conn, now: Timestamp) -> Result<Vec<Rollout>> {
    look(conn, now, false).await
}

async fn look(conn: &mut Conn, now: Timestamp, runs_onnx: bool) -> Result<Vec<Rollout>> {
    let mut changed = Vec::new();
    for rollout in rollouts(conn).await?.into_iter().filter(|rollout| rollout.enabled) {
        let Some(comparison) = compare(conn, &rollout, now).await? else { continue };
        if comparison.findings.is_empty() {
            continue;
        }
        let accused = match rollout.stage {
            Stage::Canary => Accused::Candidate,
            Stage::Idle | Stage::Shadow => {
                let is_onnx = Needs::of(conn, comparison.control_id).await?.is_onnx();
                if is_onnx && !runs_onnx {
                    continue;
                }
                Accused::Champion
            }
        };
        let charge = Charge {
            accused,
            reason: sentence(&comparison.findings),
            evidence: evidence(&comparison),
        };
        let is_same = |present: &Rollout| present.revision == rollout.revision;
        changed.extend(take_back(conn, rollout.kind, charge, is_same).await?);
    }
    Ok(changed)
}

/// A candidate cannot be used: its artefact does not load, or it fails on a ticket. It is taken back if it
/// still is the candidate; returns the rollout then.
///
/// # Errors
/// [`Error::Unavailable`] when the database is away; report it again.
pub async fn report_fault(
    conn: &mut Conn,
    kind: LabelKind,
    version: ModelVersionId,
    fault: &str,
) -> Result<Option<Rollout>> {
    let finding = Finding {
        signal: Signal::Faults,
        message: fault.to_owned(),
        trial: None,
        control: None,
        measured: None,
        threshold: None,
    };
    let is_candidate = |present: &Rollout| present.candidate_id == Some(version);
    let charge = Charge {
        accused: Accused::Candidate,
        reason: sentence(std::slice::from_ref(&finding)),
        evidence: json!({ "findings": [finding] }),
    };
    take_back(conn, kind, charge, is_candidate).await
}

/// What is held against a version.
struct Charge {
    accused: Accused,
    reason: String,
    evidence: serde_json::Value,
}

enum Accused {
    Candidate,
    Champion,
}

async fn take_back(
    conn: &mut Conn,
    kind: LabelKind,
    charge: Charge,
    still_holds: impl Fn(&Rollout) -> bool + Send + Sync,
) -> Result<Option<Rollout>> {
    committed(conn.transaction(async |conn| {
        let mut after = lock(conn, kind).await?;
        if !still_holds(&after) {
            return Ok(None);
        }
        let (now, desk) = (Timestamp::now(), Actor::system());
        let version_id = match charge.accused {
            Accused::Candidate => after.candidate_id,
            Accused::Champion => restore_previous(conn, &desk, &mut after, now).await?,
        };
        drop_candidate(&mut after, now);
        let pause_s = i64::from(after.guards.cool_down_minutes) * 60;
        after.cool_down_until = Some(now.plus_seconds(pause_s));
        warn!(%kind, reason = charge.reason, "a model version was taken back");
        let text = told(conn, kind, version_id, &charge.reason).await?;
        let step = NewStep {
            version_id,
            reason: Some(charge.reason),
            is_override: false,
            evidence: Some(charge.evidence),
            news: Some((NotificationKind::ModelRolledBack, text)),
        };
        let action = RolloutAction::RolledBackAutomatically;
        Ok(Some(history::take(conn, &desk, action, after, now, step).await?.0))
    }))
    .await
}

/// What admins are told.
async fn told(
    conn: &mut Conn,
    kind: LabelKind,
    version: Option<ModelVersionId>,
    reason: &str,
) -> Result<String> {
    let ids: Vec<ModelVersionId> = version.into_iter().collect();
    let number = find_many(conn, &ids).await?.pop().map_or(0, |version| version.number);
    Ok(format!("The {kind} model, version {number}, was taken back: {reason}"))
}

fn evidence(comparison: &ArmComparison) -> serde_json::Value {
    json!({
        "findings": comparison.findings,
        "trial": comparison.trial,
        "control": comparison.control,
    })
}

fn sentence(findings: &[Finding]) -> String {
    let all: Vec<&str> = findings.iter().map(|finding| finding.message.as_str()).collect();
    all.join("; ").chars().take(super::transition::REASON_CHARS).collect()
}
