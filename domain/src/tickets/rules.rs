//! Pure decisions about tickets.

use super::{Priority, Status, TicketSnapshot};
use crate::Timestamp;
use crate::error::{ConflictCode, Error, Result};
use crate::users::Role;

/// Whether `role` may move a ticket from one status to another.
///
/// Staff: anything but out of `closed`. Customers: say that it is solved, or open it again.
pub(super) fn may_move(role: Role, from: Status, to: Status) -> bool {
    use Status::{Closed, Open, Pending, Solved};
    match (role, from, to) {
        (_, Closed, _) => false,
        (Role::Customer, Open | Pending, Solved) | (Role::Customer, Pending | Solved, Open) => true,
        (Role::Customer, _, _) => false,
        _ => true,
    }
}

/// Sets the status and the time that goes with it; the same status again changes nothing.
pub(crate) fn move_to(
    ticket: &mut TicketSnapshot,
    role: Role,
    to: Status,
    now: Timestamp,
) -> Result<()> {
    let from = ticket.status;
    if from == to {
        return Ok(());
    }
    if !may_move(role, from, to) {
        let why = if from == Status::Closed {
            "a closed ticket stays closed; create a new one".to_owned()
        } else {
            format!("a {role} cannot move a ticket from {from} to {to}")
        };
        return Err(Error::conflict(ConflictCode::IllegalTransition, "status", why));
    }
    ticket.status = to;
    ticket.solved_at = match to {
        Status::Open | Status::Pending => None,
        Status::Solved => Some(now),
        Status::Closed => ticket.solved_at.or(Some(now)),
    };
    Ok(())
}

/// The desk's priority for another system's word, such as Jira's `blocker`; `None` if unknown.
pub fn priority_named(word: &str) -> Option<Priority> {
    match word.trim().to_lowercase().as_str() {
        "low" | "trivial" | "minor" | "lowest" => Some(Priority::Low),
        "normal" | "medium" | "major" => Some(Priority::Normal),
        "high" | "critical" | "escalated" => Some(Priority::High),
        "urgent" | "blocker" | "highest" => Some(Priority::Urgent),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Role::{Admin, Agent, Customer};
    use Status::{Closed, Open, Pending, Solved};

    #[test]
    fn status_moves_follow_the_table() {
        for (role, from, allowed) in [
            (Agent, Open, &[Open, Pending, Solved, Closed][..]),
            (Agent, Pending, &[Open, Pending, Solved, Closed]),
            (Agent, Solved, &[Open, Pending, Solved, Closed]),
            (Agent, Closed, &[]),
            (Admin, Closed, &[]),
            (Customer, Open, &[Solved]),
            (Customer, Pending, &[Open, Solved]),
            (Customer, Solved, &[Open]),
            (Customer, Closed, &[]),
        ] {
            for to in [Open, Pending, Solved, Closed] {
                assert_eq!(may_move(role, from, to), allowed.contains(&to), "{role} {from}→{to}");
            }
        }
    }

    #[test]
    fn other_systems_words_are_understood() {
        for (word, priority) in [
            ("Blocker", Some(Priority::Urgent)),
            (" escalated ", Some(Priority::High)),
            ("major", Some(Priority::Normal)),
            ("trivial", Some(Priority::Low)),
            ("soon", None),
        ] {
            assert_eq!(priority_named(word), priority, "{word}");
        }
    }
}
