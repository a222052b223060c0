//! Who is looking at a ticket and who is writing on it.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject, Subscription};
use chrono::{DateTime, Utc};
use deskwire_domain::presence::{self, PresenceStream};
use futures::Stream;
use futures::stream::unfold;

use super::context::ContextExt;
use super::error::{ApiError, ApiResult, UserError, mendable};
use super::ids::domain;
use super::users::object::User;

/// What somebody does on a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "deskwire_domain::presence::Activity")]
pub enum PresenceActivity {
    /// Has the ticket open.
    Viewing,
    /// Has it open and is writing a message.
    Typing,
    /// Is not on the ticket any more. Clients say it; no list shows it.
    Gone,
}

/// A member of staff on a ticket at this moment, over all their clients. A hint, not a record: with
/// Redis away nobody is shown.
pub struct Presence(pub presence::Presence);

/// One user on one ticket.
#[Object]
impl Presence {
    /// Who it is.
    async fn user(&self, ctx: &Context<'_>) -> ApiResult<Option<User>> {
        User::load_optional(ctx, Some(self.0.user_id)).await
    }

    /// What they do: TYPING when any of their clients does.
    async fn activity(&self) -> PresenceActivity {
        self.0.activity.into()
    }

    /// Since when they have been on the ticket without a break, in UTC.
    async fn since(&self) -> DateTime<Utc> {
        self.0.since.as_utc()
    }

    /// Their clients on this ticket, by which a client finds itself.
    async fn client_ids(&self) -> &[String] {
        &self.0.client_ids
    }
}

/// A client saying what it does on a ticket.
#[derive(InputObject)]
struct SetPresenceInput {
    /// The ticket.
    ticket_id: ID,
    /// The client's own name for itself, one for each browser tab: 1 to 64 visible ASCII characters,
    /// unique among the user's clients.
    client_id: String,
    /// What it does.
    activity: PresenceActivity,
}

/// Outcome of saying what a client does.
#[derive(SimpleObject)]
struct SetPresencePayload {
    /// Everybody on the ticket, who came first before who came later. Empty with errors, and while
    /// Redis is away.
    presence: Vec<Presence>,
    /// What the caller can mend. Empty when the desk has understood.
    errors: Vec<UserError>,
}

#[derive(Default)]
pub struct PresenceMutation;

#[Object]
impl PresenceMutation {
    /// Says what one of the caller's clients does on a ticket. TYPING counts for 5 seconds, so send
    /// it every 2 or 3 while keys are pressed, and VIEWING when the message is sent. VIEWING counts
    /// for 15 seconds, and as long as the client has `presenceUpdates` open. GONE shows the client
    /// no more, even with `presenceUpdates` open, until it says otherwise. Staff who see the ticket.
    /// Scope `tickets:read`.
    async fn set_presence(
        &self,
        ctx: &Context<'_>,
        input: SetPresenceInput,
    ) -> ApiResult<SetPresencePayload> {
        let (desk, actor) = (ctx.desk(), ctx.actor()?);
        let outcome = match domain(&input.ticket_id, "ticketId") {
            Ok(id) => {
                let activity = input.activity.into();
                presence::announce(desk, actor, id, &input.client_id, activity).await
            }
            Err(error) => Err(error),
        };
        Ok(match mendable(outcome)? {
            Ok(all) => SetPresencePayload { presence: people(&all), errors: Vec::new() },
            Err(errors) => SetPresencePayload { presence: Vec::new(), errors },
        })
    }
}

#[derive(Default)]
pub struct PresenceSubscription;

#[Subscription]
impl PresenceSubscription {
    /// Everybody on one ticket: the whole list at once, and again after every change. While it is open
    /// its client is one of them; it goes the moment this ends or the socket closes, and within 15
    /// seconds if the desk's process is killed. Ends when the ticket becomes invisible to the caller.
    /// Staff who see the ticket. Scope `tickets:read`.
    async fn presence_updates<'ctx>(
        &self,
        ctx: &Context<'ctx>,
        #[graphql(desc = "The ticket.")] ticket_id: ID,
        #[graphql(desc = "The client's own name for itself, as in `setPresence`.")]
        client_id: String,
        #[graphql(
            default_with = "PresenceActivity::Viewing",
            desc = "What the client does at first; GONE to watch without being shown."
        )]
        activity: PresenceActivity,
    ) -> Result<impl Stream<Item = Vec<Presence>> + 'ctx, ApiError> {
        let (id, actor) = (domain(&ticket_id, "ticketId")?, ctx.actor()?.clone());
        let activity = activity.into();
        let stream = PresenceStream::open(ctx.desk(), actor, id, &client_id, activity).await?;
        Ok(unfold(stream, |mut stream| async move {
            let all = stream.next().await?;
            Some((people(&all), stream))
        }))
    }
}

pub fn people(all: &[presence::Presence]) -> Vec<Presence> {
    all.iter().cloned().map(Presence).collect()
}
