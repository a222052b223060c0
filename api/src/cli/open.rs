//! Opening the desk for a verb, and saying what is wrong with it in words.

use anyhow::{Context, anyhow, bail};
use deskwire_domain::db::{establish, migrations};
use deskwire_domain::{Desk, Error};
use std::time::Duration;
use tokio::time::timeout;

use crate::config::DeskArgs;

/// Longest wait for the first connection.
const WAIT: Duration = Duration::from_secs(10);

/// A desk whose database answers and has today's schema.
///
/// # Errors
/// A sentence saying which of the two is missing and what to do.
pub async fn open(args: &DeskArgs) -> anyhow::Result<Desk> {
    let desk = Desk::start(&args.desk_config()).map_err(explain)?;
    let conn = timeout(WAIT, establish(&args.database_url)).await;
    let conn = conn
        .map_err(|_| anyhow!("no answer within {} s", WAIT.as_secs()))
        .and_then(|answer| answer.map_err(Into::into))
        .context("cannot reach the database; is DESKWIRE_DATABASE_URL right?")?;
    let pending = migrations::pending(conn).await.context("cannot read the schema's state")?;
    if !pending.is_empty() {
        bail!("the schema is not up to date; run `deskwire migrate`");
    }
    Ok(desk)
}

/// A domain error in the command line's words.
pub fn explain(error: Error) -> anyhow::Error {
    match error {
        Error::Invalid(fields) => {
            let is_queue = fields.iter().any(|field| field.path.starts_with("queue"));
            let all = fields.into_iter().map(|field| format!("{}: {}", field.path, field.message));
            let hint = if is_queue { " (`deskwire queue create` makes one)" } else { "" };
            anyhow!("{}{hint}", all.collect::<Vec<_>>().join("; "))
        }
        Error::Unavailable(source) => {
            anyhow!("the database went away ({source}); try again when it is back")
        }
        other => other.into(),
    }
}
