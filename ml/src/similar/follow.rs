//! The index and the desk: filled once, then kept up with the event log.

use deskwire_domain::events::{self, EventKind, Position};
use deskwire_domain::ids::TicketId;
use deskwire_domain::similar::{NEIGHBOURS_MAX, Neighbour, NewNeighbours};
use deskwire_domain::tickets::{self, Ticket};
use deskwire_domain::{Actor, Conn, Result, messages};
use std::collections::HashSet;
use std::sync::Mutex;
use tracing::info;

use super::{Age, Index, Words};
use crate::text::TicketText;

/// Tickets in the index if nothing else is said: 20 MB of one-line requests, 46 MB of
/// tickets of a hundred words.
pub const TICKETS_DEFAULT: usize = 100_000;
/// Tickets read at a time.
const PAGE: i64 = 1000;
/// Events read at a time.
const EVENTS: i64 = 1000;
const UNPOISONED: &str = "nobody panics with the lock";

/// An index that knows how far in the log it is.
#[derive(Debug)]
pub struct Follower {
    tickets_max: usize,
    index: Mutex<Index>,
    /// Everything up to here is in the index; `None` until it was filled.
    position: Option<Position>,
}

impl Follower {
    /// Of the newest `tickets_max` tickets; 0 keeps no index and finds nothing.
    pub fn new(tickets_max: usize) -> Self {
        Self { tickets_max, index: Mutex::new(Index::new(tickets_max)), position: None }
    }

    /// Brings the index up to the end of the log; the first time, fills it from the tickets.
    ///
    /// # Errors
    /// [`deskwire_domain::Error::Unavailable`] when the database is away; the next call goes on.
    pub async fn follow(&mut self, conn: &mut Conn) -> Result<()> {
        if self.tickets_max == 0 {
            return Ok(());
        }
        if let Some(position) = self.position {
            self.position = self.read_log(conn, position).await?;
        }
        if self.position.is_none() {
            self.fill(conn).await?;
        }
        Ok(())
    }

    /// The neighbours of tickets that were just read; they are put in first, so that those of one batch
    /// find each other.
    pub fn neighbours(&self, texts: &[(&Ticket, &TicketText)]) -> Vec<NewNeighbours> {
        if self.tickets_max == 0 {
            return Vec::new();
        }
        let mut index = self.index.lock().expect(UNPOISONED);
        let words: Vec<Words> = texts.iter().map(|(_, text)| Words::of(text)).collect();
        for ((ticket, _), words) in texts.iter().zip(&words) {
            if ticket.is_listed() && !index.contains(ticket.id) {
                index.insert(ticket.id, age(ticket), words);
            }
        }
        let of = |(&(ticket, _), words): (&(&Ticket, &TicketText), &Words)| NewNeighbours {
            ticket_id: ticket.id,
            neighbours: index
                .nearest(words, age(ticket), NEIGHBOURS_MAX)
                .into_iter()
                .map(|(ticket_id, score)| Neighbour { ticket_id, score: rounded(score) })
                .collect(),
        };
        texts.iter().zip(&words).map(of).collect()
    }

    /// Newest first, so that the limit leaves out the oldest.
    async fn fill(&mut self, conn: &mut Conn) -> Result<()> {
        *self.index.lock().expect(UNPOISONED) = Index::new(self.tickets_max);
        // Before the first page: what comes in meanwhile is read again from the log.
        let (_, position) = events::mark(conn).await?;
        let mut before: Option<TicketId> = None;
        let mut seen = 0;
        while seen < self.tickets_max {
            let page = tickets::newest(conn, before, PAGE).await?;
            let Some(last) = page.last() else { break };
            before = Some(last.id);
            let room = self.tickets_max - seen;
            seen += page.len().min(room);
            self.put(conn, &page[..page.len().min(room)]).await?;
            if seen % 10_000 == 0 {
                info!(tickets = seen, "reading tickets to compare with");
            }
        }
        self.position = Some(position);
        let index = self.index.lock().expect(UNPOISONED);
        info!(tickets = index.len(), bytes = index.bytes(), "tickets to compare with are read");
        Ok(())
    }

    /// The new end, or `None` where the log no longer reaches back to `position`.
    async fn read_log(&self, conn: &mut Conn, mut position: Position) -> Result<Option<Position>> {
        loop {
            let page = events::read(conn, position, EVENTS).await?;
            let (Some(first), Some(last)) = (page.first(), page.last()) else {
                return Ok(Some(position));
            };
            // Positions have no gaps: what is missing was pruned while this worker was away.
            if first.position != position + 1 {
                return Ok(None);
            }
            position = last.position;
            let changed: HashSet<TicketId> = page
                .iter()
                .filter(|event| match event.kind {
                    EventKind::TicketCreated
                    | EventKind::TicketDeleted
                    | EventKind::TicketRestored
                    | EventKind::TicketMerged => true,
                    EventKind::TicketChanged => event.payload.changes.subject.is_some(),
                    _ => false,
                })
                .map(|event| event.subject_id.into())
                .collect();
            let changed: Vec<TicketId> = changed.into_iter().collect();
            let found = tickets::find_many(conn, &Actor::system(), &changed).await?;
            {
                let mut index = self.index.lock().expect(UNPOISONED);
                changed.iter().for_each(|id| index.remove(*id));
            }
            self.put(conn, &found).await?;
        }
    }

    async fn put(&self, conn: &mut Conn, tickets: &[Ticket]) -> Result<()> {
        let ids: Vec<TicketId> = tickets.iter().map(|ticket| ticket.id).collect();
        let bodies = messages::first_of_tickets(conn, &ids).await?;
        let mut index = self.index.lock().expect(UNPOISONED);
        for ticket in tickets.iter().filter(|ticket| ticket.is_listed()) {
            let body = bodies.get(&ticket.id).map(String::as_str).unwrap_or_default();
            let words = Words::of(&TicketText::new(&ticket.subject, body));
            index.insert(ticket.id, age(ticket), &words);
        }
        Ok(())
    }
}

fn age(ticket: &Ticket) -> Age {
    Age(ticket.created_at, ticket.number)
}

/// Three places: what is behind them says nothing and takes room.
fn rounded(score: f32) -> f64 {
    (f64::from(score) * 1000.0).round() / 1000.0
}
