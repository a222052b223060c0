//! Identifiers: UUIDv7 (RFC 9562 §5.7) made here, never by the database, stored as `BINARY(16)`.
//!
//! One newtype a noun, so a `UserId` cannot be passed where a `TicketId` is meant.

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::mysql::Mysql;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Binary;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Timestamp;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash,
            Serialize, Deserialize, AsExpression, FromSqlRow,
        )]
        #[diesel(sql_type = Binary)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        #[allow(clippy::new_without_default, reason = "a default id would be a new one each time")]
        impl $name {
            /// A fresh id; later ones sort after earlier ones made by this process.
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }

            /// The least id that could be made at this time, to the millisecond: ids of a table from it on
            /// are those made since, as far as the clocks of the programs agree.
            pub fn first_of(time: Timestamp) -> Self {
                Self(first_of(time))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}", self.0.simple())
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }

        impl FromSql<Binary, Mysql> for $name {
            fn from_sql(value: diesel::mysql::MysqlValue<'_>) -> deserialize::Result<Self> {
                let bytes = <Vec<u8> as FromSql<Binary, Mysql>>::from_sql(value)?;
                Ok(Self(Uuid::from_slice(&bytes)?))
            }
        }

        impl ToSql<Binary, Mysql> for $name {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Mysql>) -> serialize::Result {
                <[u8] as ToSql<Binary, Mysql>>::to_sql(self.0.as_bytes(), &mut out.reborrow())
            }
        }
    )+};
}

ids! {
    TicketId,
    MessageId,
    UserId,
    OrganisationId,
    QueueId,
    CategoryId,
    TagId,
    SuggestionId,
    ModelVersionId,
    /// One training run.
    ModelRunId,
    /// One step in the history of a rollout.
    RolloutStepId,
    /// One comparison of a candidate with the champion.
    ValidationId,
    NotificationId,
    DraftId,
    SavedViewId,
    CannedReplyId,
    CategoryProposalId,
    /// When one kind of model is trained by the clock.
    ModelScheduleId,
    JobId,
    SessionId,
    TokenId,
    /// Names one event log; a cursor from another database's log is recognised by it.
    LogId,
    /// One running worker, as the holder of job leases.
    WorkerId,
    /// Whatever an event or a job is about; its kind says which noun.
    SubjectId,
}

/// The least UUIDv7 of a time's millisecond.
fn first_of(time: Timestamp) -> Uuid {
    let milliseconds = time.as_utc().timestamp_millis().max(0).unsigned_abs();
    // The time's 48 bits come first (RFC 9562 §5.7); here everything behind them is 0.
    Uuid::from_u128(u128::from(milliseconds) << 80)
}

macro_rules! subjects {
    ($($name:ident),+) => {$(
        impl From<$name> for SubjectId {
            fn from(id: $name) -> Self {
                Self(id.0)
            }
        }
        impl From<SubjectId> for $name {
            fn from(id: SubjectId) -> Self {
                Self(id.0)
            }
        }
    )+};
}

subjects!(
    TicketId,
    UserId,
    OrganisationId,
    QueueId,
    CategoryId,
    TagId,
    ModelVersionId,
    ModelRunId,
    ModelScheduleId,
    RolloutStepId,
    TokenId,
    CannedReplyId,
    CategoryProposalId
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_id_of_a_time_lies_between_earlier_and_later_ones() {
        let id_at = |at: Timestamp| {
            let at = at.as_utc();
            let (seconds, nanos) = (at.timestamp() as u64, at.timestamp_subsec_nanos());
            TicketId(Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, seconds, nanos)))
        };
        let now = Timestamp::now();
        assert!(id_at(now.plus_milliseconds(-1)) < TicketId::first_of(now));
        assert!(TicketId::first_of(now) <= id_at(now));
    }
}
