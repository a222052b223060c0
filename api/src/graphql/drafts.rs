//! Drafts in the graph: what the caller is writing and has not sent.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use deskwire_domain::drafts::{self, DraftPlace, DraftText};
use deskwire_domain::error::Result;
use deskwire_domain::ids::TicketId;

use super::context::ContextExt;
use super::error::{ApiResult, UserError, mendable};
use super::ids::{domain, public};
use super::plain::Plain;
use super::tickets::object::Ticket;
use super::tickets::payload::present;

/// What a draft is to become.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "deskwire_domain::drafts::DraftKind")]
pub enum DraftKind {
    /// A public reply on a ticket.
    Reply,
    /// An internal note on a ticket. Staff only.
    Note,
    /// A new ticket.
    Ticket,
}

/// [`drafts::Draft`] as its author sees it.
pub struct Draft(pub drafts::Draft);

/// Something the caller is writing and has not sent; nobody else sees it. Sending it removes it: `addReply`
/// and `addNote` the draft of that kind on the ticket, `createTicket` with a session that of a new ticket.
#[Object]
impl Draft {
    /// Global id; stays while the caller writes in the same place, also after sending.
    async fn id(&self) -> ID {
        public(self.0.id)
    }

    /// What it is to become.
    async fn kind(&self) -> DraftKind {
        self.0.kind.into()
    }

    /// The ticket it is for. Null for the draft of a new one, and when the caller may not see the ticket
    /// any more.
    async fn ticket(&self, ctx: &Context<'_>) -> ApiResult<Option<Plain<Ticket>>> {
        match self.0.ticket_id() {
            Some(id) => Ok(Ticket::load(ctx, id).await?.map(Plain)),
            None => Ok(None),
        }
    }

    /// Subject of a new ticket. Empty for replies and notes.
    async fn subject(&self) -> &str {
        &self.0.subject
    }

    /// The text as it was typed.
    async fn body(&self) -> &str {
        &self.0.body
    }

    /// Grows with every change. Send it back as `expectedVersion`.
    async fn version(&self) -> u32 {
        self.0.version
    }

    /// When it was begun, in UTC.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at.as_utc()
    }

    /// When it was last changed, in UTC.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at.as_utc()
    }
}

/// What has been written so far.
#[derive(InputObject)]
struct SaveDraftInput {
    /// The ticket; not for kind TICKET.
    ticket_id: Option<ID>,
    /// What it is to become.
    kind: DraftKind,
    /// Subject of a new ticket, one line of at most 255 characters; only for kind TICKET.
    #[graphql(default)]
    subject: String,
    /// Plain text of at most 256 KiB; not empty, unless there is a subject.
    body: String,
    /// The version the caller's device has, 0 when it has no draft there; another one answers CONFLICT.
    /// Null replaces whatever is there.
    expected_version: Option<u32>,
}

/// The draft to let go of.
#[derive(InputObject)]
struct DiscardDraftInput {
    /// The ticket; not for kind TICKET.
    ticket_id: Option<ID>,
    /// What it was to become.
    kind: DraftKind,
    /// The version the caller's device has; another one answers CONFLICT. Null discards whatever is there.
    expected_version: Option<u32>,
}

/// Outcome of keeping or discarding a draft.
#[derive(SimpleObject)]
struct DraftPayload {
    /// The draft after the change; with errors, as it is now. Null when there is none.
    draft: Option<Draft>,
    /// The ticket it is for. Null for the draft of a new one, and where the caller may not see it.
    ticket: Option<Plain<Ticket>>,
    /// What the caller can mend. Empty when the change was made.
    errors: Vec<UserError>,
}

impl DraftPayload {
    async fn of(
        ctx: &Context<'_>,
        place: Option<DraftPlace>,
        outcome: Result<Option<drafts::Draft>>,
    ) -> ApiResult<Self> {
        let (draft, errors) = match mendable(outcome)? {
            Ok(draft) => (draft, Vec::new()),
            Err(errors) => (now(ctx, place).await?, errors),
        };
        let ticket = match place {
            Some(DraftPlace::On(id, _)) => present(ctx, Some(id)).await?,
            _ => None,
        };
        Ok(Self { draft: draft.map(Draft), ticket, errors })
    }
}

/// The draft there is, to show beside errors; of a ticket out of sight nothing is told.
async fn now(ctx: &Context<'_>, place: Option<DraftPlace>) -> ApiResult<Option<drafts::Draft>> {
    let actor = ctx.actor()?;
    let Some(place) = place else { return Ok(None) };
    let is_seen = match place {
        DraftPlace::NewTicket => {
            actor.require_scope(deskwire_domain::actor::Scope::TicketsRead).is_ok()
        }
        DraftPlace::On(id, _) => present(ctx, Some(id)).await?.is_some(),
    };
    if !is_seen {
        return Ok(None);
    }
    Ok(drafts::find(&mut *ctx.conn().await?, actor, place).await?)
}

fn place(kind: DraftKind, ticket: Option<&ID>) -> Result<DraftPlace> {
    let ticket: Option<TicketId> = ticket.map(|id| domain(id, "ticketId")).transpose()?;
    DraftPlace::new(kind.into(), ticket)
}

#[derive(Default)]
pub struct DraftMutation;

#[Object]
impl DraftMutation {
    /// Keeps what the caller is writing, one draft of each kind on each ticket and one of a new ticket. Two
    /// devices do not overwrite each other: a stale `expectedVersion` is CONFLICT, with the draft that is
    /// there. Whoever sees the ticket; notes staff only. Not in the event log. Scope `tickets:write`.
    async fn save_draft(
        &self,
        ctx: &Context<'_>,
        input: SaveDraftInput,
    ) -> ApiResult<DraftPayload> {
        let actor = ctx.actor()?;
        let place = place(input.kind, input.ticket_id.as_ref());
        let known = place.as_ref().ok().copied();
        let SaveDraftInput { subject, body, expected_version, .. } = input;
        let outcome = match place {
            Ok(place) => {
                let text = DraftText { place, subject, body, expected_version };
                drafts::save(&mut *ctx.conn().await?, actor, text).await.map(Some)
            }
            Err(error) => Err(error),
        };
        DraftPayload::of(ctx, known, outcome).await
    }

    /// Removes one of the caller's drafts; without one nothing happens. Scope `tickets:write`.
    async fn discard_draft(
        &self,
        ctx: &Context<'_>,
        input: DiscardDraftInput,
    ) -> ApiResult<DraftPayload> {
        let actor = ctx.actor()?;
        let place = place(input.kind, input.ticket_id.as_ref());
        let known = place.as_ref().ok().copied();
        let outcome = match place {
            Ok(place) => {
                let mut conn = ctx.conn().await?;
                drafts::discard(&mut conn, actor, place, input.expected_version).await
            }
            Err(error) => Err(error),
        };
        DraftPayload::of(ctx, known, outcome.map(|()| None)).await
    }
}
