//! Filters and orders as clients write them.

use async_graphql::{Enum, ID, InputObject};
use chrono::{DateTime, Utc};
use deskwire_domain::Actor;
use deskwire_domain::error::{Error, Result};
use deskwire_domain::saved_views::ViewFilter;
use deskwire_domain::tickets::{self, AssigneeFilter, Range};

use super::object::{TicketPriority, TicketStatus};
use crate::graphql::ids::{domain, domain_all};

/// Which tickets to show. All given conditions must hold; a missing one, like an empty list, does
/// not restrict.
#[derive(Debug, Clone, Default, InputObject)]
pub struct TicketFilterInput {
    /// In one of these queues. Staff only.
    #[graphql(default)]
    pub queue_ids: Vec<ID>,
    /// With one of these statuses.
    #[graphql(default)]
    pub statuses: Vec<TicketStatus>,
    /// With one of these priorities.
    #[graphql(default)]
    pub priorities: Vec<TicketPriority>,
    /// With one of these categories.
    #[graphql(default)]
    pub category_ids: Vec<ID>,
    /// Assigned to this user. Not together with `unassigned`.
    pub assignee_id: Option<ID>,
    /// True: assigned to nobody.
    pub unassigned: Option<bool>,
    /// True: assigned to the caller. Not together with `assigneeId` and `unassigned`. In a saved view: to
    /// whoever looks.
    pub assigned_to_me: Option<bool>,
    /// Requested by this user.
    pub requester_id: Option<ID>,
    /// With at least one of these tags. Staff only.
    #[graphql(default)]
    pub tag_ids: Vec<ID>,
    /// Words in the subject or in a message the caller may read, by the full-text index: whole words
    /// of three letters and more, any of them.
    pub text: Option<String>,
    /// Created at or after this time.
    pub created_from: Option<DateTime<Utc>>,
    /// Created before this time.
    pub created_until: Option<DateTime<Utc>>,
    /// Last updated at or after this time.
    pub updated_from: Option<DateTime<Utc>>,
    /// Last updated before this time.
    pub updated_until: Option<DateTime<Utc>>,
}

impl TicketFilterInput {
    /// # Errors
    /// [`Error::Invalid`] for malformed ids and contradicting conditions; [`Error::Forbidden`] for
    /// customers who ask by queue or tag, which they do not see.
    pub fn check(self, actor: &Actor) -> Result<tickets::TicketFilter> {
        self.keep(actor)?.of(actor)
    }

    /// The filter as a saved view keeps it, in which `assignedToMe` means whoever looks.
    ///
    /// # Errors
    /// As [`TicketFilterInput::check`].
    pub fn keep(self, actor: &Actor) -> Result<ViewFilter> {
        let is_internal = !self.queue_ids.is_empty() || !self.tag_ids.is_empty();
        if is_internal && !actor.is_staff() {
            return Err(Error::Forbidden("only agents can filter by queue and tag".into()));
        }
        let assignee = match (&self.assignee_id, self.unassigned) {
            (Some(_), Some(true)) => {
                let why = "cannot be asked together with assigneeId";
                return Err(Error::invalid("filter.unassigned", why));
            }
            (Some(id), _) => Some(AssigneeFilter::User(domain(id, "filter.assigneeId")?)),
            (None, Some(true)) => Some(AssigneeFilter::Unassigned),
            (None, _) => None,
        };
        let assigned_to_me = self.assigned_to_me == Some(true);
        if assigned_to_me && assignee.is_some() {
            let why = "cannot be asked together with assigneeId and unassigned";
            return Err(Error::invalid("filter.assignedToMe", why));
        }
        let requester = self.requester_id.as_ref();
        let tickets = tickets::TicketFilter {
            queues: domain_all(&self.queue_ids, "filter.queueIds")?,
            statuses: self.statuses.into_iter().map(Into::into).collect(),
            priorities: self.priorities.into_iter().map(Into::into).collect(),
            categories: domain_all(&self.category_ids, "filter.categoryIds")?,
            assignee,
            requester: requester.map(|id| domain(id, "filter.requesterId")).transpose()?,
            tags: domain_all(&self.tag_ids, "filter.tagIds")?,
            text: self.text.map(|words| words.trim().to_owned()).filter(|words| !words.is_empty()),
            created: range(self.created_from, self.created_until),
            updated: range(self.updated_from, self.updated_until),
        };
        Ok(ViewFilter { tickets, assigned_to_me })
    }
}

fn range(from: Option<DateTime<Utc>>, until: Option<DateTime<Utc>>) -> Range {
    Range { from: from.map(Into::into), until: until.map(Into::into) }
}

/// Order of a ticket list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "deskwire_domain::tickets::TicketOrder")]
pub enum TicketOrder {
    /// Latest created first.
    Newest,
    /// Earliest created first.
    Oldest,
    /// Latest changed first.
    RecentlyUpdated,
    /// Most urgent first; within a priority the longest waiting first.
    PriorityThenAge,
}
