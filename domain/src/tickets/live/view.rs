//! What one audience sees of an event.

use std::sync::Arc;

use super::words::Words;
use super::{QueueUpdateKind, states};
use crate::Actor;
use crate::error::Result;
use crate::events::{EventKind, LogEvent};
use crate::ids::{QueueId, TicketId, UserId};
use crate::notifications::NotificationRef;
use crate::tickets::{AssigneeFilter, TicketFilter, TicketSnapshot, Visibility};

/// A live queue's rights and filter, which do not change while it exists.
#[derive(Debug, Clone)]
pub struct QueueView {
    pub(super) actor: Actor,
    pub(super) visibility: Visibility,
    pub(super) filter: TicketFilter,
}

/// What an event does to a list, before its words were looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Step {
    was_in: bool,
    is_in: bool,
    may_know: bool,
}

impl QueueView {
    /// # Errors
    /// [`crate::Error::Forbidden`] when the token lacks `tickets:read`.
    pub fn new(actor: Actor, filter: TicketFilter) -> Result<Self> {
        let visibility = Visibility::of(&actor)?;
        Ok(Self { actor, visibility, filter })
    }

    pub fn filter(&self) -> &TicketFilter {
        &self.filter
    }

    /// The filter's words, which only the database can judge.
    pub(super) fn words(&self) -> Option<Words> {
        let text = self.filter.text.clone()?;
        Some(Words { text, internal: self.actor.is_staff() })
    }

    /// Everything but the words. `None`: the event does not concern the list.
    pub(super) fn judge(&self, event: &LogEvent) -> Option<Step> {
        let (before, after) = states(event)?;
        self.judge_states(event.kind, before.as_ref(), after)
    }

    fn judge_states(
        &self,
        kind: EventKind,
        before: Option<&TicketSnapshot>,
        after: &TicketSnapshot,
    ) -> Option<Step> {
        let step = Step {
            was_in: before.is_some_and(|before| self.shows(before)),
            is_in: self.shows(after),
            // What changes nothing a customer may see is no update to a customer.
            may_know: self.actor.is_staff() || !kind.is_internal(),
        };
        (step.was_in || step.is_in).then_some(step)
    }

    pub(super) fn shows(&self, ticket: &TicketSnapshot) -> bool {
        self.visibility.admits(ticket) && self.filter.admits(ticket)
    }
}

impl Step {
    pub(super) fn kind(self) -> Option<QueueUpdateKind> {
        match (self.was_in, self.is_in) {
            (false, true) => Some(QueueUpdateKind::Enter),
            (true, false) => Some(QueueUpdateKind::Leave),
            (true, true) if self.may_know => Some(QueueUpdateKind::Update),
            _ => None,
        }
    }

    /// The same where the ticket's words had to match, too.
    pub(super) fn with_words(self, matched: bool, matches: bool) -> Self {
        Self { was_in: self.was_in && matched, is_in: self.is_in && matches, ..self }
    }
}

/// A live ticket's rights.
#[derive(Debug, Clone)]
pub struct TicketView {
    pub(super) actor: Actor,
    pub(super) visibility: Visibility,
    pub(super) ticket: TicketId,
}

/// What an event is to a live ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Glance {
    Shown,
    Unshown,
    /// The ticket is invisible from here on.
    Gone,
}

impl TicketView {
    /// # Errors
    /// [`crate::Error::Forbidden`] when the token lacks `tickets:read`.
    pub fn new(actor: Actor, ticket: TicketId) -> Result<Self> {
        let visibility = Visibility::of(&actor)?;
        Ok(Self { actor, visibility, ticket })
    }

    pub(super) fn judge(&self, event: &LogEvent) -> Glance {
        event
            .payload
            .ticket
            .as_ref()
            .map_or(Glance::Unshown, |now| self.judge_state(event.kind, now))
    }

    fn judge_state(&self, kind: EventKind, now: &TicketSnapshot) -> Glance {
        if now.id != self.ticket {
            Glance::Unshown
        } else if !self.visibility.admits(now) {
            Glance::Gone
        } else if self.actor.is_staff() || !kind.is_internal() {
            Glance::Shown
        } else {
            Glance::Unshown
        }
    }
}

/// What a seat of the [`super::Exchange`] is for.
#[derive(Debug, Clone)]
pub enum View {
    Queue(Arc<QueueView>),
    Ticket(Arc<TicketView>),
    /// What this person is told.
    Person(UserId),
}

/// Where the exchange looks for the views an event may concern: each view stands under the narrowest
/// of its conditions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Ticket(TicketId),
    Requester(UserId),
    Assignee(UserId),
    Queue(QueueId),
    Person(UserId),
    Anything,
}

/// An event that may concern somebody, taken apart once for all views.
pub(super) struct Facts<'e> {
    kind: EventKind,
    /// Before and after an event about a ticket.
    ticket: Option<(Option<TicketSnapshot>, &'e TicketSnapshot)>,
    notified: &'e [NotificationRef],
}

/// What an event is to a view it concerns.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Concern {
    Queue(Step),
    Ticket(Glance),
    Person,
}

impl<'e> Facts<'e> {
    /// `None` for events that are neither about a ticket nor told to anybody.
    pub(super) fn of(event: &'e LogEvent) -> Option<Self> {
        let (ticket, notified) = (states(event), &event.payload.notified[..]);
        let concerns = ticket.is_some() || !notified.is_empty();
        concerns.then_some(Self { kind: event.kind, ticket, notified })
    }

    /// The keys under which views wait that the event may concern, each once.
    pub(super) fn keys(&self) -> Vec<Key> {
        let mut keys: Vec<Key> =
            self.notified.iter().map(|told| Key::Person(told.user_id)).collect();
        let Some((before, after)) = &self.ticket else { return keys };
        keys.extend([Key::Ticket(after.id), Key::Anything]);
        for state in before.iter().chain([*after]) {
            let assignee = state.assignee_id.map(Key::Assignee);
            let others = [Key::Queue(state.queue_id), Key::Requester(state.requester_id)];
            for key in others.into_iter().chain(assignee) {
                if !keys.contains(&key) {
                    keys.push(key);
                }
            }
        }
        keys
    }
}

impl View {
    pub(super) fn concern(&self, facts: &Facts<'_>) -> Option<Concern> {
        match (self, &facts.ticket) {
            (Self::Person(user), _) => {
                facts.notified.iter().any(|told| told.user_id == *user).then_some(Concern::Person)
            }
            (Self::Queue(view), Some((before, after))) => {
                view.judge_states(facts.kind, before.as_ref(), after).map(Concern::Queue)
            }
            (Self::Ticket(view), Some((_, after))) => match view.judge_state(facts.kind, after) {
                Glance::Unshown => None,
                glance => Some(Concern::Ticket(glance)),
            },
            (_, None) => None,
        }
    }

    /// A view under several keys is found by each of them.
    pub(super) fn keys(&self) -> Vec<Key> {
        let view = match self {
            Self::Ticket(view) => return vec![Key::Ticket(view.ticket)],
            Self::Person(user) => return vec![Key::Person(*user)],
            Self::Queue(view) => view,
        };
        let filter = &view.filter;
        if let Visibility::OwnRequests(user) = view.visibility {
            return vec![Key::Requester(user)];
        }
        if let Some(user) = filter.requester {
            return vec![Key::Requester(user)];
        }
        if let Some(AssigneeFilter::User(user)) = filter.assignee {
            return vec![Key::Assignee(user)];
        }
        match (&view.visibility, &filter.queues[..]) {
            (Visibility::Nothing, _) => Vec::new(),
            (Visibility::Queues(visible), []) => visible.iter().copied().map(Key::Queue).collect(),
            (_, []) => vec![Key::Anything],
            (_, queues) => queues.iter().copied().map(Key::Queue).collect(),
        }
    }
}

/// The user whose rights may differ after the event.
pub(super) fn whose_rights(event: &LogEvent) -> Option<UserId> {
    EventKind::changes_rights(event.kind).then(|| UserId::from(event.subject_id))
}
