//! Presence on one ticket, live, for one client.

use std::sync::Arc;
use tokio::sync::watch;
use tokio::time::sleep;

use super::announce::require_visible;
use super::lease::Lease;
use super::store::Client;
use super::watch::View;
use super::{Activity, ClientId, Presence};
use crate::actor::Scope;
use crate::error::{Error, Result};
use crate::events::CLOCK;
use crate::ids::TicketId;
use crate::{Actor, Desk, sessions};

/// Everybody on one ticket, at first and after every change; while it is open its client is one of
/// them.
pub struct PresenceStream {
    desk: Desk,
    actor: Actor,
    ticket: TicketId,
    client_id: String,
    view: watch::Receiver<View>,
    /// `None` for a client that only watches.
    lease: Option<Lease>,
    /// What was sent last; `None` at first.
    sent: Option<Arc<Vec<Presence>>>,
    doubts: u64,
}

impl PresenceStream {
    /// Follows a ticket. The client counts as doing `activity`, which is `Gone` for one that only
    /// watches; it may do otherwise later by [`super::announce`].
    ///
    /// # Errors
    /// As [`super::announce`].
    pub async fn open(
        desk: &Desk,
        actor: Actor,
        ticket: TicketId,
        client_id: &str,
        activity: Activity,
    ) -> Result<Self> {
        actor.require_staff(Scope::TicketsRead)?;
        let id = ClientId::check(client_id)?;
        let user = actor.user()?;
        // Watched before it is looked up: rights that change in between are noticed.
        let mut view = desk.presence.watch(ticket, user).await?;
        let doubts = view.borrow_and_update().doubts;
        require_visible(desk, &actor, ticket).await?;
        let lease = if activity == Activity::Gone {
            None
        } else {
            let holder = uuid::Uuid::now_v7().simple().to_string();
            let client = Client { ticket, user, id, holder };
            Some(Lease::open(desk.presence.store(), client, activity).await)
        };
        desk.presence.look(ticket).await;
        Ok(Self {
            desk: desk.clone(),
            actor,
            ticket,
            client_id: client_id.to_owned(),
            view,
            lease,
            sent: None,
            doubts,
        })
    }

    /// Everybody on the ticket, at once the first time and then when it has changed. `None` when the
    /// stream has ended, because the process stops or the actor may not see the ticket any more.
    pub async fn next(&mut self) -> Option<Arc<Vec<Presence>>> {
        loop {
            let view = self.view.borrow_and_update().clone();
            if view.doubts != self.doubts {
                self.doubts = view.doubts;
                self.look_again().await?;
                continue;
            }
            if self.sent.as_ref() != Some(&view.people) {
                self.renew_if_forgotten(&view.people);
                self.sent = Some(view.people.clone());
                return Some(view.people);
            }
            self.view.changed().await.ok()?;
        }
    }

    /// A Redis that was restarted remembers nobody.
    fn renew_if_forgotten(&self, people: &[Presence]) {
        let is_mine = |person: &Presence| {
            Some(person.user_id) == self.actor.user_id
                && person.client_ids.contains(&self.client_id)
        };
        if let Some(lease) = self.lease.as_ref().filter(|_| !people.iter().any(is_mine)) {
            lease.renew();
        }
    }

    /// `None` when the actor is gone, has another role or may not see the ticket any more. Waits for
    /// a database that is away.
    async fn look_again(&mut self) -> Option<()> {
        loop {
            match self.may_see().await {
                Ok(true) => return Some(()),
                Err(Error::Unavailable(_)) => sleep(CLOCK).await,
                Ok(false) | Err(_) => return None,
            }
        }
    }

    async fn may_see(&self) -> Result<bool> {
        let user = self.actor.user()?;
        let scopes = self.actor.scopes.clone();
        let actor = sessions::actor_of_user(&mut *self.desk.conn().await?, user, scopes).await?;
        require_visible(&self.desk, &actor, self.ticket).await?;
        Ok(actor.role == self.actor.role)
    }
}
