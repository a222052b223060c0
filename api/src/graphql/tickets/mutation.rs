//! Creating and changing tickets.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject};
use deskwire_domain::error::{Error, Result};
use deskwire_domain::ids::TicketId;
use deskwire_domain::messages::Channel;
use deskwire_domain::read_marks;
use deskwire_domain::tickets::{
    self, Edit, MergeDraft, RequesterDraft, TicketDraft, TicketUpdateDraft,
};

use super::object::{Ticket, TicketPriority, TicketStatus};
use super::payload::{TicketPayload, present};
use crate::graphql::context::{ContextExt, Transport};
use crate::graphql::error::{ApiResult, UserError, mendable};
use crate::graphql::ids::{domain, domain_all, try_domain};
use crate::graphql::plain::Plain;
use crate::graphql::scalars::Cursor;

/// A new ticket with its first message.
#[derive(InputObject)]
struct CreateTicketInput {
    /// One line, 1 to 255 characters.
    subject: String,
    /// The first message as plain text, at most 256 KiB.
    body: String,
    /// The first message as HTML; sanitised before it is stored.
    body_html: Option<String>,
    /// Who needs help; the caller if neither this nor `requesterEmail` is given. Staff only.
    requester_id: Option<ID>,
    /// Who needs help, by address; created as a customer if unknown. Staff only.
    requester_email: Option<String>,
    /// Name of a requester who has to be created.
    requester_name: Option<String>,
    /// The desk's default queue if not given. Staff only.
    queue_id: Option<ID>,
    /// NORMAL, undecided, if not given. Staff only.
    priority: Option<TicketPriority>,
    /// Left to people and suggestions if not given. Staff only.
    category_id: Option<ID>,
    /// Staff only.
    assignee_id: Option<ID>,
    /// Tag names; unknown ones become new tags. Staff only.
    #[graphql(default)]
    tags: Vec<String>,
    /// The caller's own id of the ticket; a second ticket with it is refused, also after the first
    /// was deleted. Staff only.
    external_id: Option<String>,
    /// 1 to 100 characters. A repeated request with the same key creates nothing and returns the
    /// first one's ticket; NOT_FOUND if that was deleted since.
    idempotency_key: Option<String>,
}

impl CreateTicketInput {
    fn draft(self, channel: Channel) -> Result<TicketDraft> {
        let requester = match (self.requester_id, self.requester_email) {
            (Some(_), Some(_)) => {
                return Err(Error::invalid(
                    "requesterEmail",
                    "give requesterId or requesterEmail, not both",
                ));
            }
            (Some(id), None) => RequesterDraft::User(domain(&id, "requesterId")?),
            (None, Some(email)) => RequesterDraft::Email { email, name: self.requester_name },
            (None, None) => RequesterDraft::Myself,
        };
        Ok(TicketDraft {
            subject: self.subject,
            body: self.body,
            body_html: self.body_html,
            channel,
            requester,
            queue_id: self.queue_id.map(|id| domain(&id, "queueId")).transpose()?,
            priority: self.priority.map(Into::into),
            category_id: self.category_id.map(|id| domain(&id, "categoryId")).transpose()?,
            assignee_id: self.assignee_id.map(|id| domain(&id, "assigneeId")).transpose()?,
            tags: self.tags,
            external_id: self.external_id,
            idempotency_key: self.idempotency_key,
        })
    }
}

/// Which ticket to change.
trait Target {
    fn ticket(&self) -> (&ID, Option<u32>);

    fn edit(&self) -> Result<Edit> {
        let (id, expected_version) = self.ticket();
        Ok(Edit { ticket_id: domain(id, "id")?, expected_version })
    }

    /// The ticket to show beside errors.
    fn target(&self) -> Option<TicketId> {
        try_domain(self.ticket().0)
    }
}

macro_rules! ticket_inputs {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)+ })+) => {$(
        $(#[$doc])*
        #[derive(InputObject)]
        struct $name {
            /// The ticket.
            id: ID,
            /// The version the caller has in mind; a ticket that has moved on answers CONFLICT. Null
            /// changes whatever version is there.
            expected_version: Option<u32>,
            $($(#[$field_doc])* $field: $type,)+
        }

        impl Target for $name {
            fn ticket(&self) -> (&ID, Option<u32>) {
                (&self.id, self.expected_version)
            }
        }
    )+};
}

ticket_inputs! {
    /// Text fields to change.
    UpdateTicketInput {
        /// One line, 1 to 255 characters; unchanged if not given.
        subject: Option<String>,
    }
    /// A move to another status.
    ChangeTicketStatusInput {
        /// The wanted status. CLOSED cannot be left.
        status: TicketStatus,
    }
    /// A change of the assignee.
    AssignTicketInput {
        /// An active member of the ticket's queue; null takes the assignee off.
        assignee_id: Option<ID>,
    }
    /// A move to another queue.
    MoveTicketInput {
        /// The target queue; the caller need not be a member.
        queue_id: ID,
    }
    /// A person's decision about the priority.
    ChangeTicketPriorityInput {
        /// The wanted priority.
        priority: TicketPriority,
    }
    /// A person's decision about the category.
    ChangeTicketCategoryInput {
        /// An active category; null takes it off.
        category_id: MaybeUndefined<ID>,
    }
    /// A ticket to delete.
    DeleteTicketInput {
        /// Why, in one line of 1 to 500 characters; staff read it in the ticket's history.
        reason: String,
    }
    /// Tags to add and to remove, by name.
    TagTicketInput {
        /// Unknown names become new tags.
        #[graphql(default)]
        add: Vec<String>,
        /// Removing wins over adding.
        #[graphql(default)]
        remove: Vec<String>,
    }
}

/// The deleted ticket to bring back.
#[derive(InputObject)]
struct RestoreTicketInput {
    /// The ticket.
    id: ID,
}

/// Duplicates to put together.
#[derive(InputObject)]
struct MergeTicketsInput {
    /// The duplicates, 1 to 20, requested by the target's requester.
    source_ids: Vec<ID>,
    /// The ticket that stays. Not CLOSED.
    target_id: ID,
    /// The version of the target the caller has in mind; a ticket that has moved on answers CONFLICT.
    /// Null merges into whatever version is there.
    expected_version: Option<u32>,
    /// An internal note to leave on the target.
    note: Option<String>,
}

impl MergeTicketsInput {
    fn draft(self, channel: Channel) -> Result<MergeDraft> {
        let target_id = domain(&self.target_id, "targetId")?;
        Ok(MergeDraft {
            source_ids: domain_all(&self.source_ids, "sourceIds")?,
            target: Edit { ticket_id: target_id, expected_version: self.expected_version },
            note: self.note,
            channel,
        })
    }
}

/// The ticket to take.
#[derive(InputObject)]
struct ClaimTicketInput {
    /// The ticket.
    id: ID,
}

/// The ticket that was seen.
#[derive(InputObject)]
struct MarkTicketSeenInput {
    /// The ticket.
    id: ID,
    /// How far it was seen, such as the cursor of the last update that was shown. Everything until now if
    /// not given.
    up_to: Option<Cursor>,
}

/// Outcome of marking a ticket as seen.
#[derive(SimpleObject)]
struct MarkTicketSeenPayload {
    /// The ticket; null when there is none the caller may see.
    ticket: Option<Plain<Ticket>>,
    /// What the caller can mend. Empty when the mark was made.
    errors: Vec<UserError>,
}

#[derive(Default)]
pub struct TicketMutation;

#[Object]
impl TicketMutation {
    /// Creates a ticket with its first message. Customers for themselves; staff with the right to
    /// reply in the queue. Scope `tickets:write`.
    async fn create_ticket(
        &self,
        ctx: &Context<'_>,
        input: CreateTicketInput,
    ) -> ApiResult<TicketPayload> {
        let actor = ctx.actor()?;
        let channel = channel(ctx)?;
        let outcome = match input.draft(channel) {
            Ok(draft) => tickets::create(&mut *ctx.conn().await?, actor, draft).await,
            Err(error) => Err(error),
        };
        TicketPayload::of(ctx, None, outcome).await
    }

    /// Changes the subject. Staff with the right to reply. Scope `tickets:write`.
    async fn update_ticket(
        &self,
        ctx: &Context<'_>,
        input: UpdateTicketInput,
    ) -> ApiResult<TicketPayload> {
        let actor = ctx.actor()?;
        let outcome: Result<_> = async {
            let draft = TicketUpdateDraft { subject: input.subject.clone() };
            tickets::update(&mut *ctx.desk().conn().await?, actor, input.edit()?, draft).await
        }
        .await;
        TicketPayload::of(ctx, input.target(), outcome).await
    }

    /// Moves a ticket between open, pending, solved and closed. Staff with the right to reply;
    /// customers solve and reopen their own tickets. Scope `tickets:write`.
    async fn change_ticket_status(
        &self,
        ctx: &Context<'_>,
        input: ChangeTicketStatusInput,
    ) -> ApiResult<TicketPayload> {
        let actor = ctx.actor()?;
        let outcome: Result<_> = async {
            tickets::change_status(
                &mut *ctx.desk().conn().await?,
                actor,
                input.edit()?,
                input.status.into(),
            )
            .await
        }
        .await;
        TicketPayload::of(ctx, input.target(), outcome).await
    }

    /// Gives a ticket to an agent, or to nobody. Staff with the right to reply. Scope
    /// `tickets:write`.
    async fn assign_ticket(
        &self,
        ctx: &Context<'_>,
        input: AssignTicketInput,
    ) -> ApiResult<TicketPayload> {
        let actor = ctx.actor()?;
        let outcome: Result<_> = async {
            let assignee = input.assignee_id.as_ref().map(|id| domain(id, "assigneeId"));
            tickets::assign(
                &mut *ctx.desk().conn().await?,
                actor,
                input.edit()?,
                assignee.transpose()?,
            )
            .await
        }
        .await;
        TicketPayload::of(ctx, input.target(), outcome).await
    }

    /// Takes an unassigned ticket; the second agent gets ALREADY_CLAIMED. Staff with the right to
    /// reply. Scope `tickets:write`.
    async fn claim_ticket(
        &self,
        ctx: &Context<'_>,
        input: ClaimTicketInput,
    ) -> ApiResult<TicketPayload> {
        let actor = ctx.actor()?;
        let outcome = match domain(&input.id, "id") {
            Ok(id) => tickets::claim(&mut *ctx.conn().await?, actor, id).await,
            Err(error) => Err(error),
        };
        TicketPayload::of(ctx, try_domain(&input.id), outcome).await
    }

    /// Hands a ticket to another queue; an assignee who is no member there is taken off. Staff with
    /// the right to reply. Scope `tickets:write`.
    async fn move_ticket(
        &self,
        ctx: &Context<'_>,
        input: MoveTicketInput,
    ) -> ApiResult<TicketPayload> {
        let actor = ctx.actor()?;
        let outcome: Result<_> = async {
            let queue = domain(&input.queue_id, "queueId")?;
            tickets::move_to_queue(&mut *ctx.desk().conn().await?, actor, input.edit()?, queue)
                .await
        }
        .await;
        TicketPayload::of(ctx, input.target(), outcome).await
    }

    /// Sets the priority; decides an open suggestion. Staff with the right to reply. Scope
    /// `tickets:write`.
    async fn change_ticket_priority(
        &self,
        ctx: &Context<'_>,
        input: ChangeTicketPriorityInput,
    ) -> ApiResult<TicketPayload> {
        let actor = ctx.actor()?;
        let outcome: Result<_> = async {
            tickets::change_priority(
                &mut *ctx.desk().conn().await?,
                actor,
                input.edit()?,
                input.priority.into(),
            )
            .await
        }
        .await;
        TicketPayload::of(ctx, input.target(), outcome).await
    }

    /// Sets or removes the category; decides an open suggestion. Staff with the right to reply.
    /// Scope `tickets:write`.
    async fn change_ticket_category(
        &self,
        ctx: &Context<'_>,
        input: ChangeTicketCategoryInput,
    ) -> ApiResult<TicketPayload> {
        let actor = ctx.actor()?;
        let outcome: Result<_> = async {
            let category = match &input.category_id {
                MaybeUndefined::Value(id) => Some(domain(id, "categoryId")?),
                MaybeUndefined::Null => None,
                MaybeUndefined::Undefined => {
                    return Err(Error::invalid(
                        "categoryId",
                        "give a category, or null to remove it",
                    ));
                }
            };
            tickets::change_category(&mut *ctx.desk().conn().await?, actor, input.edit()?, category)
                .await
        }
        .await;
        TicketPayload::of(ctx, input.target(), outcome).await
    }

    /// Adds and removes tags. Staff with the right to reply. Scope `tickets:write`.
    async fn tag_ticket(
        &self,
        ctx: &Context<'_>,
        input: TagTicketInput,
    ) -> ApiResult<TicketPayload> {
        let actor = ctx.actor()?;
        let outcome: Result<_> = async {
            tickets::set_tags(
                &mut *ctx.desk().conn().await?,
                actor,
                input.edit()?,
                &input.add,
                &input.remove,
            )
            .await
        }
        .await;
        TicketPayload::of(ctx, input.target(), outcome).await
    }

    /// Merges duplicates: their messages move to the target, in order of time; they themselves are
    /// CLOSED for good, leave every list, and say `mergedInto`. The target keeps its fields. Cannot be
    /// undone. Refused for tickets of different requesters, who would read each other's messages.
    /// Answers with the target. Staff with the right to reply in every queue concerned. Scope
    /// `tickets:write`.
    async fn merge_tickets(
        &self,
        ctx: &Context<'_>,
        input: MergeTicketsInput,
    ) -> ApiResult<TicketPayload> {
        let (actor, channel) = (ctx.actor()?, channel(ctx)?);
        let target = try_domain(&input.target_id);
        let outcome = match input.draft(channel) {
            Ok(draft) => tickets::merge(&mut *ctx.conn().await?, actor, draft).await,
            Err(error) => Err(error),
        };
        TicketPayload::of(ctx, target, outcome).await
    }

    /// Deletes a ticket with its conversation: from then on it answers to everybody as if it did not
    /// exist. Its number and its external id stay taken, and an admin can bring it back. Staff with
    /// the right to manage the queue. Scope `tickets:write`.
    async fn delete_ticket(
        &self,
        ctx: &Context<'_>,
        input: DeleteTicketInput,
    ) -> ApiResult<TicketPayload> {
        let actor = ctx.actor()?;
        let outcome: Result<_> = async {
            let mut conn = ctx.desk().conn().await?;
            tickets::delete(&mut conn, actor, input.edit()?, &input.reason).await
        }
        .await;
        TicketPayload::of(ctx, input.target(), outcome).await
    }

    /// Brings a deleted ticket back where it was; there is no time limit. Admins only. Scope
    /// `tickets:write`.
    async fn restore_ticket(
        &self,
        ctx: &Context<'_>,
        input: RestoreTicketInput,
    ) -> ApiResult<TicketPayload> {
        let actor = ctx.actor()?;
        let outcome = match domain(&input.id, "id") {
            Ok(id) => tickets::restore(&mut *ctx.conn().await?, actor, id).await,
            Err(error) => Err(error),
        };
        TicketPayload::of(ctx, try_domain(&input.id), outcome).await
    }

    /// Notes that the caller has seen a ticket, for `Ticket.unread`; a mark never goes back. Nobody else
    /// learns of it, and it is not in the event log. Whoever sees the ticket. Scope `tickets:read`.
    async fn mark_ticket_seen(
        &self,
        ctx: &Context<'_>,
        input: MarkTicketSeenInput,
    ) -> ApiResult<MarkTicketSeenPayload> {
        let actor = ctx.actor()?;
        let up_to = input.up_to.map(|cursor| cursor.0);
        let outcome = match domain(&input.id, "id") {
            Ok(id) => read_marks::mark(&mut *ctx.conn().await?, actor, id, up_to).await,
            Err(error) => Err(error),
        };
        Ok(match mendable(outcome)? {
            Ok(ticket) => {
                MarkTicketSeenPayload { ticket: Some(Plain(Ticket(ticket))), errors: Vec::new() }
            }
            Err(errors) => {
                let ticket = present(ctx, try_domain(&input.id)).await?;
                MarkTicketSeenPayload { ticket, errors }
            }
        })
    }
}

/// A session is somebody at the console or portal, a token is a program.
pub fn channel(ctx: &Context<'_>) -> ApiResult<Channel> {
    Ok(match ctx.caller()?.transport {
        Transport::Cookie => Channel::Web,
        Transport::Bearer => Channel::Api,
    })
}
