//! A client saying what it does on a ticket.

use super::store::{Client, Deed};
use super::{Activity, ClientId, Presence};
use crate::actor::Scope;
use crate::error::{Error, Result};
use crate::ids::TicketId;
use crate::{Actor, Desk, tickets};

/// Records what one of the actor's clients does and returns everybody on the ticket.
///
/// Counts for [`super::PresenceTimes::viewing`] and has to be repeated, unless the client holds a
/// [`super::PresenceStream`]. `Gone` hides a client that does. With Redis away the list is empty.
///
/// # Errors
/// [`Error::Invalid`] for `clientId`; [`Error::Forbidden`] for customers; [`Error::NotFound`];
/// [`Error::Unavailable`] when the database is away.
pub async fn announce(
    desk: &Desk,
    actor: &Actor,
    ticket: TicketId,
    client_id: &str,
    activity: Activity,
) -> Result<Vec<Presence>> {
    actor.require_staff(Scope::TicketsRead)?;
    let id = ClientId::check(client_id)?;
    let user = actor.user()?;
    require_visible(desk, actor, ticket).await?;
    let client = Client { ticket, user, id, holder: "-".into() };
    Ok(desk.presence.change(&client, Deed::Say(activity)).await)
}

/// # Errors
/// [`Error::NotFound`] for `ticketId`, for missing and invisible tickets alike.
pub(super) async fn require_visible(desk: &Desk, actor: &Actor, ticket: TicketId) -> Result<()> {
    match tickets::find_visible(&mut *desk.conn().await?, actor, ticket).await {
        Err(Error::NotFound { noun, .. }) => Err(Error::not_found(noun, "ticketId")),
        other => other.map(drop),
    }
}
