//! Live queues and live tickets: the log, seen with one actor's rights and through one filter.
//!
//! Whether a ticket enters, changes in or leaves a list is decided from the event alone: the snapshot
//! it carries is the state after, undoing its changes gives the state before. A stream that resumes
//! from an old cursor therefore replays exactly what it would have seen live.
//!
//! [`QueueStream`] and [`TicketStream`] follow the log for one subscriber, also through changes of
//! the subscriber's rights. The [`Exchange`] serves many subscribers who are up to date: it looks at
//! each event once and hands it to the seats it concerns.

mod exchange;
mod queue;
mod rights;
mod shared;
mod ticket;
mod view;
mod words;

use std::sync::Arc;
use std::time::Instant;

use super::{Ticket, TicketSnapshot};
use crate::events::{Cursor, LogEvent};
use crate::ids::TicketId;

pub(crate) use exchange::Seat;
pub use exchange::{Exchange, Progress};
pub use queue::QueueStream;
pub use shared::{SharedQueue, SharedTicket};
pub use ticket::TicketStream;
pub(crate) use view::View;
pub use view::{QueueView, TicketView};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueueUpdateKind {
    /// The ticket is in the list now and was not before.
    Enter,
    /// The ticket is still in the list.
    Update,
    /// The ticket was in the list and is not any more, or is invisible now.
    Leave,
    /// Read the list anew: nothing is known about what happened before the cursor.
    Resync,
}

/// One step of a live queue.
#[derive(Debug, Clone)]
pub struct QueueUpdate {
    pub kind: QueueUpdateKind,
    /// Where the stream stands after this step.
    pub cursor: Cursor,
    /// `None` for RESYNC.
    pub ticket_id: Option<TicketId>,
    /// The ticket right after the step; `None` for LEAVE and RESYNC.
    pub ticket: Option<Ticket>,
    /// The event behind it; `None` for LEAVE and RESYNC, and where the subscriber's rights changed.
    pub event: Option<Arc<LogEvent>>,
    /// Tickets in the list after this step; `None` unless asked for.
    pub total_count: Option<u64>,
    /// When the [`Exchange`] handed the event out; `None` where it was read for one subscriber.
    pub since: Option<Instant>,
}

impl QueueUpdate {
    fn of(kind: QueueUpdateKind, cursor: Cursor, event: &Arc<LogEvent>) -> Self {
        // A ticket that left may be invisible now; its new state is then nobody's business here.
        let is_shown = kind != QueueUpdateKind::Leave;
        let snapshot = event.payload.ticket.as_ref();
        Self {
            kind,
            cursor,
            ticket_id: snapshot.map(|snapshot| snapshot.id),
            ticket: snapshot.filter(|_| is_shown).map(|snapshot| snapshot.ticket.clone()),
            event: is_shown.then(|| event.clone()),
            total_count: None,
            since: None,
        }
    }

    fn resync(cursor: Cursor) -> Self {
        Self {
            kind: QueueUpdateKind::Resync,
            cursor,
            ticket_id: None,
            ticket: None,
            event: None,
            total_count: None,
            since: None,
        }
    }
}

/// How a step changes the number of tickets in the list.
fn change_of_count(kind: QueueUpdateKind) -> i64 {
    match kind {
        QueueUpdateKind::Enter => 1,
        QueueUpdateKind::Leave => -1,
        QueueUpdateKind::Update | QueueUpdateKind::Resync => 0,
    }
}

/// One step of a live ticket.
#[derive(Debug, Clone)]
pub struct TicketUpdate {
    pub cursor: Cursor,
    /// `None`: updates were missed for good, read the ticket anew.
    pub event: Option<Arc<LogEvent>>,
    /// As for [`QueueUpdate::since`].
    pub since: Option<Instant>,
}

/// The ticket before and after an event; `None` for events that are not about a ticket.
fn states(event: &LogEvent) -> Option<(Option<TicketSnapshot>, &TicketSnapshot)> {
    let after = event.payload.ticket.as_ref().filter(|_| event.kind.is_about_ticket())?;
    let is_new = event.kind == crate::events::EventKind::TicketCreated;
    Some(((!is_new).then(|| event.payload.changes.undo(after)), after))
}
