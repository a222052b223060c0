//! The writer: one transaction a batch, again and again until the database has it.

use anyhow::Context;
use deskwire_domain::ids::{QueueId, TicketId};
use deskwire_domain::tickets::{ImportOutcome, Status, ids_by_external, import};
use deskwire_domain::{Actor, Desk, Error};
use diesel_async::AsyncConnection;
use std::time::Duration;
use tokio::time::sleep;

use super::batch::{Batch, Rejected};
use super::check::{CheckedLine, Requester};
use super::names::Names;
use super::progress::Progress;
use super::{Labels, TicketsArgs};
use crate::cli::open::explain;

/// First pause before a batch is tried again; it doubles up to [`PAUSE_MAX`].
const PAUSE: Duration = Duration::from_millis(250);
const PAUSE_MAX: Duration = Duration::from_secs(5);

pub struct Writer {
    desk: Desk,
    source: String,
    queue: QueueId,
    status: Status,
    suggest: bool,
    nobody: Requester,
    names: Names,
    progress: Progress,
}

impl Writer {
    pub fn new(desk: Desk, args: &TicketsArgs, queue: QueueId, progress: Progress) -> Self {
        let source = args.source.clone();
        Self {
            nobody: Requester {
                email: format!("import+{source}@localhost"),
                name: Some(format!("Imported from {source}")),
            },
            desk,
            source,
            queue,
            status: args.status,
            suggest: args.labels == Labels::Ignore,
            names: Names::default(),
            progress,
        }
    }

    /// Stores the batch's lines; those that only the database could refuse become rejected ones.
    ///
    /// Waits while the database is away. A batch whose commit was not acknowledged may have been
    /// stored: the second try finds it by its ids and creates nothing twice.
    ///
    /// # Errors
    /// What neither waiting nor leaving out a line can mend.
    pub async fn write(&mut self, batch: &mut Batch) -> anyhow::Result<ImportOutcome> {
        let lines = std::mem::take(&mut batch.lines);
        let outcome = match self.store(&lines, &mut batch.rejected).await {
            Err(Error::Internal(_)) if lines.len() > 1 => {
                self.store_one_by_one(&lines, &mut batch.rejected).await
            }
            other => other,
        };
        batch.rejected.sort_by_key(|rejected| rejected.number);
        let outcome = outcome.map_err(explain).context("the import stopped")?;
        if outcome.created > 0 {
            self.settle().await;
        }
        Ok(outcome)
    }

    /// Waits until every ticket has its place in the log.
    ///
    /// # Errors
    /// None at present; the log is numbered by the next process when this one cannot.
    pub async fn finish(self) -> anyhow::Result<()> {
        self.settle().await;
        Ok(())
    }

    /// One bad line fails its whole batch; alone it fails alone.
    async fn store_one_by_one(
        &mut self,
        lines: &[CheckedLine],
        rejected: &mut Vec<Rejected>,
    ) -> Result<ImportOutcome, Error> {
        let mut total = ImportOutcome::default();
        let mut failed = Vec::new();
        let mut last_error = None;
        for line in lines {
            match self.store(std::slice::from_ref(line), rejected).await {
                Ok(one) => {
                    total.created += one.created;
                    total.skipped += one.skipped;
                }
                Err(Error::Internal(source)) => {
                    failed.push(Rejected {
                        number: line.number,
                        original: line.original.clone(),
                        reason: Some(format!("the database refuses it: {source}")),
                    });
                    last_error = Some(Error::Internal(source));
                }
                Err(other) => return Err(other),
            }
        }
        match last_error {
            // When every line fails it is not the lines.
            Some(error) if failed.len() == lines.len() => Err(error),
            _ => {
                rejected.extend(failed);
                Ok(total)
            }
        }
    }

    async fn store(
        &mut self,
        lines: &[CheckedLine],
        rejected: &mut Vec<Rejected>,
    ) -> Result<ImportOutcome, Error> {
        // Ids made by one process ascend: tickets with later ones are this batch's own.
        let mark = TicketId::new();
        let mut pause = PAUSE;
        loop {
            match self.try_store(lines, mark, pause > PAUSE).await {
                Ok((outcome, refused, found)) => {
                    if pause > PAUSE {
                        self.progress.say("The import goes on.");
                    }
                    self.names.remember(found);
                    rejected.extend(refused);
                    return Ok(outcome);
                }
                Err(Error::Unavailable(why)) => {
                    if pause == PAUSE {
                        self.progress.say(&format!("The database is away, waiting for it: {why}"));
                    }
                    sleep(pause).await;
                    pause = (pause * 2).min(PAUSE_MAX);
                }
                Err(other) => return Err(other),
            }
        }
    }

    async fn try_store(
        &self,
        lines: &[CheckedLine],
        mark: TicketId,
        is_repeated: bool,
    ) -> Result<(ImportOutcome, Vec<Rejected>, Names), Error> {
        let mut conn = self.desk.conn().await?;
        let mut lookup = self.names.lookup(&self.nobody);
        let (source, actor) = (&self.source, Actor::system());
        let (outcome, refused) = conn
            .transaction(async |conn| {
                let (rows, refused) = lookup.resolve(conn, lines, self.status).await?;
                let mut own = 0;
                if is_repeated {
                    let ids: Vec<String> = rows.iter().map(|row| row.external_id.clone()).collect();
                    let known = ids_by_external(conn, source, &ids).await?;
                    own = known.into_values().filter(|id| *id > mark).count();
                }
                let mut outcome =
                    import(conn, &actor, source, self.queue, self.suggest, &rows).await?;
                outcome.created += own;
                outcome.skipped -= own;
                Ok::<_, Error>((outcome, refused))
            })
            .await?;
        Ok((outcome, refused, lookup.into_found()))
    }

    /// Numbers and announces what was written. The tickets are stored either way, and whoever
    /// settles next numbers them too, so a database that goes away just now is no reason to stop.
    async fn settle(&self) {
        let _ = self.desk.settle().await;
    }
}
