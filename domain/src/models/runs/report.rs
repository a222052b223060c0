//! How far a run is, and whether it may go on.

use diesel::prelude::*;
use diesel_async::{AsyncConnection, RunQueryDsl};

use super::{Claim, Held, RunState, RunStep, append_event, unless_lost};
use crate::db::schema::model_runs;
use crate::error::Result;
use crate::{Actor, Conn, Timestamp, jobs};

/// What the worker is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    GoOn,
    /// An admin cancelled the run: end it with [`super::cancelled`].
    Cancel,
    /// The lease ran out and another worker has the run: write nothing.
    Leave,
}

/// Holds the run for another `lease_s` seconds and tells how far it is, if that is news.
///
/// Each piece of news is an event: tell about one a second, and each new step.
///
/// # Errors
/// [`crate::Error::Unavailable`] when the database is away; the run may go on as long as its lease.
pub async fn report(
    conn: &mut Conn,
    claim: &mut Claim,
    news: Option<(RunStep, f64)>,
    lease_s: i64,
) -> Result<Order> {
    let own = model_runs::table
        .filter(model_runs::id.eq(claim.run.id))
        .filter(model_runs::state.eq(RunState::Running));
    if let Some((step, done)) = news {
        (claim.run.step, claim.run.done) = (Some(step), done.clamp(0.0, 1.0));
    }
    let claim = &*claim;
    let outcome = conn
        .transaction(async |conn| {
            if let Some((step, _)) = news {
                let now = Timestamp::now();
                let columns =
                    (model_runs::step.eq(step.as_str()), model_runs::done.eq(claim.run.done));
                diesel::update(own).set(columns).execute(conn).await?;
                append_event(conn, &Actor::system(), &claim.run, now).await?;
            }
            if !jobs::renew(conn, claim.worker, claim.job, lease_s).await? {
                return Err(Held::Lost);
            }
            Ok(own.select(model_runs::cancel_requested).first(conn).await.optional()?)
        })
        .await;
    Ok(match unless_lost(outcome)?.flatten() {
        Some(false) => Order::GoOn,
        Some(true) => Order::Cancel,
        None => Order::Leave,
    })
}
