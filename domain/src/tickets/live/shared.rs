//! Live queues and tickets for an audience: many subscribers with equal rights.

use std::sync::Arc;

use super::exchange::{Progress, Seat};
use super::queue::{count_at, count_now, judge_words};
use super::view::{Concern, Glance, QueueView, Step, TicketView, View};
use super::words::Words;
use super::{Exchange, QueueUpdate, TicketUpdate, change_of_count};
use crate::db::Pool;
use crate::error::Result;
use crate::events::Position;

/// A live queue from now on; its rights do not change.
pub struct SharedQueue {
    pool: Pool,
    view: Arc<QueueView>,
    words: Option<Words>,
    seat: Seat,
    total_count: Option<u64>,
}

impl SharedQueue {
    /// # Errors
    /// [`crate::Error::Unavailable`] when the database is away.
    pub async fn open(
        exchange: &Exchange,
        pool: &Pool,
        view: QueueView,
        with_count: bool,
    ) -> Result<Self> {
        let view = Arc::new(view);
        let seat = exchange.take_seat(View::Queue(view.clone()));
        let total_count = match with_count {
            true => Some(count_at(pool, &view, seat.began).await?),
            false => None,
        };
        Ok(Self { pool: pool.clone(), words: view.words(), view, seat, total_count })
    }

    /// Steps after this position come.
    pub fn began(&self) -> Position {
        self.seat.began
    }

    pub fn progress(&self) -> Progress {
        self.seat.progress.clone()
    }

    /// The next step; `None` when it fell too far behind.
    pub async fn next(&mut self) -> Option<QueueUpdate> {
        loop {
            let handed = self.seat.next().await?;
            let Concern::Queue(step) = handed.concern else { continue };
            let judged = judge_words(&self.pool, self.words.as_ref(), step, &handed.event).await;
            let Some(kind) = judged.and_then(Step::kind) else { continue };
            let change = change_of_count(kind);
            if let Some(total) = &mut self.total_count
                && change != 0
            {
                *total = total.saturating_add_signed(change);
                if self.words.is_some() {
                    *total = count_now(&self.pool, &self.view).await.unwrap_or(*total);
                }
            }
            let cursor = self.seat.progress.cursor_at(handed.event.position);
            let update = QueueUpdate::of(kind, cursor, &handed.event);
            let (total_count, since) = (self.total_count, Some(handed.at));
            return Some(QueueUpdate { total_count, since, ..update });
        }
    }
}

/// A live ticket from now on; its rights do not change.
pub struct SharedTicket {
    seat: Seat,
}

impl SharedTicket {
    /// Follows a ticket the caller has found visible with the view's rights.
    pub fn open(exchange: &Exchange, view: TicketView) -> Self {
        Self { seat: exchange.take_seat(View::Ticket(Arc::new(view))) }
    }

    /// Steps after this position come.
    pub fn began(&self) -> Position {
        self.seat.began
    }

    pub fn progress(&self) -> Progress {
        self.seat.progress.clone()
    }

    /// The next event; `None` when the ticket became invisible or the reader fell too far behind.
    pub async fn next(&mut self) -> Option<TicketUpdate> {
        let handed = self.seat.next().await?;
        match handed.concern {
            Concern::Ticket(Glance::Shown) => {
                let cursor = self.seat.progress.cursor_at(handed.event.position);
                Some(TicketUpdate { cursor, event: Some(handed.event), since: Some(handed.at) })
            }
            _ => None,
        }
    }
}
