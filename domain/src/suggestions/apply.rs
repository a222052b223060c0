//! Putting a label on a ticket without asking, where the queue's rule says so.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use std::collections::{HashMap, HashSet};

use super::{AutoApply, Label, LabelKind, NewSuggestion, Row, SuggestionState, rules};
use crate::db::one_of;
use crate::db::schema::{categories, suggestions};
use crate::error::Result;
use crate::events::{EventKind, EventPayload, NewEvent, SuggestionRef, TicketChanges};
use crate::ids::{CategoryId, ModelVersionId, QueueId, TicketId};
use crate::tickets::{Priority, TicketSnapshot};
use crate::{Actor, Conn, Timestamp};

/// What was suggested for some tickets before.
pub(super) struct Earlier(Vec<Before>);

#[derive(HasQuery)]
#[diesel(table_name = suggestions)]
struct Before {
    ticket_id: TicketId,
    kind: LabelKind,
    model_version_id: ModelVersionId,
    state: SuggestionState,
    was_priority: Option<Priority>,
}

impl Earlier {
    pub async fn load(conn: &mut Conn, tickets: &[TicketId]) -> Result<Self> {
        let query = Before::query().filter(one_of(suggestions::ticket_id, tickets));
        Ok(Self(query.load(conn).await?))
    }

    /// Ticket, kind and version of each.
    pub fn keys(&self) -> impl Iterator<Item = (TicketId, LabelKind, ModelVersionId)> {
        self.0.iter().map(|before| (before.ticket_id, before.kind, before.model_version_id))
    }

    fn of(&self, ticket: TicketId, kind: LabelKind) -> impl Iterator<Item = &Before> {
        self.0.iter().filter(move |before| before.ticket_id == ticket && before.kind == kind)
    }
}

/// The queues' rules, read once for a batch.
pub(super) struct Rules {
    thresholds: HashMap<(QueueId, LabelKind), f64>,
    /// Those that may be chosen.
    categories: HashSet<CategoryId>,
}

impl Rules {
    pub async fn load(conn: &mut Conn) -> Result<Self> {
        // All of them: a desk has few, and the statement stays prepared.
        let rules: Vec<AutoApply> = AutoApply::query().load(conn).await?;
        let thresholds: HashMap<_, _> =
            rules.iter().map(|rule| ((rule.queue_id, rule.kind), rule.threshold)).collect();
        let mut known = HashSet::new();
        if rules.iter().any(|rule| rule.kind == LabelKind::Category) {
            let active = categories::table.filter(categories::active.eq(true));
            let ids: Vec<CategoryId> = active.select(categories::id).load(conn).await?;
            known.extend(ids);
        }
        Ok(Self { thresholds, categories: known })
    }

    pub fn admit(&self, ticket: &TicketSnapshot, new: &NewSuggestion, earlier: &Earlier) -> bool {
        let kind = new.label.kind();
        let threshold = self.thresholds.get(&(ticket.queue_id, kind)).copied();
        let is_known = match new.label {
            Label::Category(id) => self.categories.contains(&id),
            Label::Priority(_) => true,
        };
        let decided = earlier.of(ticket.id, kind).any(|before| rules::is_decided(before.state));
        is_known && rules::applies(threshold, new, ticket, decided)
    }
}

/// Puts a suggestion's label on the ticket; the event tells of both. `None` when the ticket has the
/// label already, applied before for an older version.
pub(super) fn put_on(
    ticket: &mut TicketSnapshot,
    label: Label,
    row: &mut Row,
    earlier: &Earlier,
    now: Timestamp,
) -> Option<NewEvent> {
    let before = ticket.clone();
    // What the desk itself had put there is not what reverting brings back.
    let mut applied = earlier.of(ticket.id, row.kind);
    let applied = applied.find(|before| before.state == SuggestionState::Applied);
    if row.kind == LabelKind::Priority {
        row.was_priority = applied.map_or(Some(before.priority), |before| before.was_priority);
    }
    row.set_state(SuggestionState::Applied);
    row.applied_at = Some(now);
    ticket.apply(label);
    if *ticket == before {
        return None;
    }
    ticket.version += 1;
    ticket.updated_at = now;
    let state = SuggestionState::Applied;
    let payload = EventPayload {
        changes: TicketChanges::between(&before, ticket),
        ticket: Some(ticket.clone()),
        suggestion: Some(SuggestionRef { id: row.id, kind: row.kind, state }),
        ..Default::default()
    };
    // A change of the ticket, which is the requester's business; the suggestion in it is not.
    Some(NewEvent::new(EventKind::TicketChanged, &Actor::system(), ticket.id, now, payload))
}
