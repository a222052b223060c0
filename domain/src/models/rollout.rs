//! Which version of a kind serves, which one is on trial, and on how many tickets.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use sha2::{Digest, Sha256};

use super::guards::Guards;
use crate::actor::Scope;
use crate::db::schema::model_rollouts;
use crate::error::{Error, Result};
use crate::ids::{ModelVersionId, TicketId};
use crate::suggestions::LabelKind;
use crate::{Actor, Conn, Timestamp};

crate::text_enum! {
    /// What the candidate of a kind does.
    pub enum Stage {
        /// There is no candidate.
        Idle = "idle",
        /// It scores every ticket and is shown to nobody.
        Shadow = "shadow",
        /// It serves a share of the tickets.
        Canary = "canary",
    }
}

crate::text_enum! {
    /// Who answers for a ticket.
    #[derive(Default)]
    pub enum Arm {
        #[default]
        Champion = "champion",
        Canary = "canary",
    }
}

/// The rollout of one label kind.
#[derive(Debug, Clone, PartialEq)]
pub struct Rollout {
    pub kind: LabelKind,
    /// The version that suggests; `None` until there was a first one.
    pub champion_id: Option<ModelVersionId>,
    /// The version on trial; `None` in [`Stage::Idle`].
    pub candidate_id: Option<ModelVersionId>,
    /// The champion before the present one, to which an idle rollout rolls back.
    pub previous_id: Option<ModelVersionId>,
    pub stage: Stage,
    /// Share of the tickets that the candidate serves, 1 to 99 in [`Stage::Canary`], else 0.
    pub percent: u16,
    /// False: no suggestions of this kind at all.
    pub enabled: bool,
    /// Rises with every transition.
    pub revision: u32,
    pub stage_since: Timestamp,
    pub champion_since: Option<Timestamp>,
    /// No trial begins before this time without an override: the desk has just taken a version back.
    pub cool_down_until: Option<Timestamp>,
    pub guards: Guards,
}

/// Parts of ten thousand: percents keep two digits to spare.
const BUCKETS: u64 = 10_000;

/// Who answers for a ticket, the same at every call: by a hash of candidate and ticket, so that each
/// candidate gets another sample, and who is in stays in when the percentage rises.
pub fn arm_of(rollout: &Rollout, ticket: TicketId) -> Arm {
    let Some(candidate) = rollout.candidate_id.filter(|_| rollout.stage == Stage::Canary) else {
        return Arm::Champion;
    };
    let mut hash = Sha256::new();
    hash.update(candidate.0.as_bytes());
    hash.update(ticket.0.as_bytes());
    let bytes = hash.finalize();
    let number = bytes.iter().take(8).fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    let per_percent = BUCKETS / 100;
    if number % BUCKETS < u64::from(rollout.percent) * per_percent {
        Arm::Canary
    } else {
        Arm::Champion
    }
}

#[derive(HasQuery, AsChangeset)]
#[diesel(table_name = model_rollouts)]
#[diesel(primary_key(kind))]
#[diesel(treat_none_as_null = true)]
pub(super) struct Row {
    kind: LabelKind,
    champion_id: Option<ModelVersionId>,
    candidate_id: Option<ModelVersionId>,
    previous_id: Option<ModelVersionId>,
    stage: Stage,
    percent: u16,
    enabled: bool,
    revision: u32,
    stage_since: Timestamp,
    champion_since: Option<Timestamp>,
    cool_down_until: Option<Timestamp>,
    guards: String,
}

impl Row {
    fn into_rollout(self) -> Result<Rollout> {
        Ok(Rollout {
            kind: self.kind,
            champion_id: self.champion_id,
            candidate_id: self.candidate_id,
            previous_id: self.previous_id,
            stage: self.stage,
            percent: self.percent,
            enabled: self.enabled,
            revision: self.revision,
            stage_since: self.stage_since,
            champion_since: self.champion_since,
            cool_down_until: self.cool_down_until,
            guards: Guards::from_json(&self.guards)?,
        })
    }

    fn of(rollout: &Rollout) -> Self {
        Self {
            kind: rollout.kind,
            champion_id: rollout.champion_id,
            candidate_id: rollout.candidate_id,
            previous_id: rollout.previous_id,
            stage: rollout.stage,
            percent: rollout.percent,
            enabled: rollout.enabled,
            revision: rollout.revision,
            stage_since: rollout.stage_since,
            champion_since: rollout.champion_since,
            cool_down_until: rollout.cool_down_until,
            guards: rollout.guards.to_json(),
        }
    }
}

/// The present state of a kind's rollout.
///
/// # Errors
/// [`Error::Unavailable`] when the database is away.
pub async fn rollout(conn: &mut Conn, kind: LabelKind) -> Result<Rollout> {
    let row: Option<Row> =
        Row::query().filter(model_rollouts::kind.eq(kind)).first(conn).await.optional()?;
    row.ok_or_else(missing)?.into_rollout()
}

/// As [`rollout`], for staff.
///
/// # Errors
/// [`Error::Forbidden`] for customers.
pub async fn find_rollout(conn: &mut Conn, actor: &Actor, kind: LabelKind) -> Result<Rollout> {
    actor.require_staff(Scope::TicketsRead)?;
    rollout(conn, kind).await
}

/// The present state of every kind's rollout, by kind.
///
/// # Errors
/// [`Error::Unavailable`] when the database is away.
pub async fn rollouts(conn: &mut Conn) -> Result<Vec<Rollout>> {
    let rows: Vec<Row> = Row::query().order(model_rollouts::kind.asc()).load(conn).await?;
    rows.into_iter().map(Row::into_rollout).collect()
}

/// As [`rollout`], and nobody else changes it before the transaction ends.
pub(super) async fn lock(conn: &mut Conn, kind: LabelKind) -> Result<Rollout> {
    let of_kind = Row::query().filter(model_rollouts::kind.eq(kind));
    let row: Option<Row> = of_kind.for_update().first(conn).await.optional()?;
    row.ok_or_else(missing)?.into_rollout()
}

pub(super) async fn store(conn: &mut Conn, rollout: &Rollout) -> Result<()> {
    let of_kind = model_rollouts::table.filter(model_rollouts::kind.eq(rollout.kind));
    diesel::update(of_kind).set(&Row::of(rollout)).execute(conn).await?;
    Ok(())
}

fn missing() -> Error {
    Error::internal("a label kind without a rollout; its migration did not run")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_and_arms_round_trip() {
        Stage::assert_round_trips();
        Arm::assert_round_trips();
    }

    fn canary(percent: u16) -> Rollout {
        let now = Timestamp::now();
        Rollout {
            kind: LabelKind::Category,
            champion_id: Some(ModelVersionId::new()),
            candidate_id: Some(ModelVersionId(uuid::Uuid::from_u128(7))),
            previous_id: None,
            stage: Stage::Canary,
            percent,
            enabled: true,
            revision: 1,
            stage_since: now,
            champion_since: Some(now),
            cool_down_until: None,
            guards: Guards::default(),
        }
    }

    fn ticket(n: u128) -> TicketId {
        TicketId(uuid::Uuid::from_u128(n))
    }

    fn chosen(rollout: &Rollout) -> Vec<u128> {
        (0..10_000).filter(|n| arm_of(rollout, ticket(*n)) == Arm::Canary).collect()
    }

    #[test]
    fn a_canary_gets_its_share_and_who_is_in_stays_in() {
        let mut before: Vec<u128> = Vec::new();
        for percent in [1, 5, 25, 50, 99] {
            let now = chosen(&canary(percent));
            assert!(before.iter().all(|n| now.contains(n)), "{percent} %");
            // Four standard deviations of a binomial share.
            let wanted = f64::from(percent) / 100.0;
            let spread = 4.0 * (wanted * (1.0 - wanted) / 10_000.0).sqrt();
            assert!((now.len() as f64 / 10_000.0 - wanted).abs() < spread, "{percent} %");
            before = now;
        }
    }

    #[test]
    fn another_candidate_gets_other_tickets_and_other_stages_none() {
        let (first, mut second) = (canary(50), canary(50));
        second.candidate_id = Some(ModelVersionId(uuid::Uuid::from_u128(8)));
        let known = chosen(&first);
        let both = chosen(&second).iter().filter(|n| known.contains(n)).count();
        assert!((2_000..3_000).contains(&both), "{both} of 5000 in both");
        for stage in [Stage::Idle, Stage::Shadow] {
            assert_eq!(chosen(&Rollout { stage, ..canary(50) }), Vec::<u128>::new());
        }
    }
}
