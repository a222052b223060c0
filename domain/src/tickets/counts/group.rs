//! Which tickets are counted together, and what an event moves between the groups.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use crate::events::{EventKind, EventPayload};
use crate::ids::QueueId;
use crate::tickets::{Priority, Status, TicketSnapshot};

/// Tickets that are counted together. Ordered, so that rows are always written in one order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Group {
    pub queue_id: QueueId,
    pub status: Status,
    pub priority: Priority,
    pub is_assigned: bool,
}

/// The group a ticket counts in; `None` when lists do not show it to anybody.
pub fn count_group(ticket: &TicketSnapshot) -> Option<Group> {
    ticket.is_listed().then(|| Group {
        queue_id: ticket.queue_id,
        status: ticket.status,
        priority: ticket.priority,
        is_assigned: ticket.assignee_id.is_some(),
    })
}

/// As the columns `count_from` and `count_to` of `events` hold it: queue, status, priority, 0 or 1.
impl Display for Group {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { queue_id, status, priority, is_assigned } = self;
        write!(f, "{} {status} {priority} {}", queue_id.0.simple(), u8::from(*is_assigned))
    }
}

impl FromStr for Group {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let [queue, status, priority, assigned] =
            text.split(' ').collect::<Vec<_>>().try_into().map_err(|_| malformed(text))?;
        Ok(Self {
            queue_id: QueueId(queue.parse().map_err(|_| malformed(text))?),
            status: status.parse()?,
            priority: priority.parse()?,
            is_assigned: match assigned {
                "0" => false,
                "1" => true,
                _ => return Err(malformed(text)),
            },
        })
    }
}

fn malformed(text: &str) -> String {
    format!("{text:?} is not a group of tickets")
}

/// What one event does to the counts; both `None` when it moves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Movement {
    pub from: Option<Group>,
    pub to: Option<Group>,
}

impl Movement {
    pub fn of(kind: EventKind, payload: &EventPayload) -> Self {
        let Some(after) = &payload.ticket else { return Self::default() };
        let is_new = kind == EventKind::TicketCreated;
        if payload.changes.is_empty() && !is_new {
            return Self::default();
        }
        let from = if is_new { None } else { count_group(&payload.changes.undo(after)) };
        let to = count_group(after);
        if from == to { Self::default() } else { Self { from, to } }
    }

    /// The values of `count_from` and `count_to`.
    pub(crate) fn columns(self) -> (String, String) {
        let text = |group: Option<Group>| group.map(|g| g.to_string()).unwrap_or_default();
        (text(self.from), text(self.to))
    }

    /// # Errors
    /// A sentence naming the column's text that is no group.
    pub(crate) fn from_columns(from: &str, to: &str) -> Result<Self, String> {
        let group = |text: &str| (!text.is_empty()).then(|| text.parse()).transpose();
        Ok(Self { from: group(from)?, to: group(to)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn movements_read_back_from_their_columns() {
        let group = |status, is_assigned| {
            Some(Group {
                queue_id: QueueId::new(),
                status,
                priority: Priority::Urgent,
                is_assigned,
            })
        };
        for movement in [
            Movement::default(),
            Movement { from: None, to: group(Status::Open, false) },
            Movement { from: group(Status::Closed, true), to: None },
            Movement { from: group(Status::Open, false), to: group(Status::Pending, true) },
        ] {
            let (from, to) = movement.columns();
            assert!(from.len() <= 64 && to.len() <= 64, "wider than the columns: {from:?} {to:?}");
            assert_eq!(Movement::from_columns(&from, &to), Ok(movement));
        }
    }

    #[test]
    fn anything_else_is_refused() {
        let queue = QueueId::new().0.simple();
        for text in [
            "x".into(),
            format!("{queue} open high"),
            format!("{queue} open high 2"),
            format!("{queue} opened high 1"),
            format!("{queue} open high 1 1"),
            "open high 1 0".into(),
        ] {
            assert!(text.parse::<Group>().is_err(), "{text:?}");
        }
    }
}
