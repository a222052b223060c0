//! The ticket and its enums.

use async_graphql::connection::EmptyFields;
use async_graphql::{Context, Enum, ID, Object, ScalarType, Value};
use chrono::{DateTime, Utc};
use deskwire_domain::error::Error;
use deskwire_domain::ids::TicketId;
use deskwire_domain::messages::{self, MessageOrder};
use deskwire_domain::suggestions::LabelKind;
use deskwire_domain::{events, tickets};

use crate::graphql::canned_replies::SuggestedReply;
use crate::graphql::categories::Category;
use crate::graphql::connection::{Rows, connection, list_cost, page_request};
use crate::graphql::context::ContextExt;
use crate::graphql::drafts::{Draft, DraftKind};
use crate::graphql::error::ApiResult;
use crate::graphql::events::Event;
use crate::graphql::ids::public;
use crate::graphql::loaders::{DraftsOn, MergedInto, PresenceOn, SuggestionsOf, TagsOf, Unread};
use crate::graphql::messages::object::{Message, MessageOrderInput};
use crate::graphql::plain::{Plain, PlainFields};
use crate::graphql::presence::{Presence, people};
use crate::graphql::queues::Queue;
use crate::graphql::suggestions::object::Suggestion;
use crate::graphql::tags::Tag;
use crate::graphql::tickets::similar::{
    self, SIMILAR_MAX, SimilarTicket, SuggestedAssignee, SuggestedQueue,
};
use crate::graphql::users::object::User;

/// Where a ticket stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "deskwire_domain::tickets::Status")]
pub enum TicketStatus {
    /// Waits for an agent.
    Open,
    /// Waits for the requester.
    Pending,
    /// Answered; a reply of the requester opens it again.
    Solved,
    /// Done for good; takes no more replies.
    Closed,
}

/// How urgent a ticket is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "deskwire_domain::tickets::Priority")]
pub enum TicketPriority {
    /// Can wait.
    Low,
    /// The default.
    Normal,
    /// Before normal ones.
    High,
    /// At once.
    Urgent,
}

/// Where a label came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "deskwire_domain::tickets::LabelOrigin")]
pub enum LabelOrigin {
    /// Nobody decided yet.
    Default,
    /// Set, accepted or corrected by a person.
    Person,
    /// Put there by the desk itself, from a suggestion, because the queue lets it (`Queue.autoApply`).
    /// Nobody has confirmed it yet.
    Model,
}

/// [`tickets::Ticket`] as clients see it.
pub struct Ticket(pub tickets::Ticket);

impl Ticket {
    /// The ticket behind an id, if the caller may see it; null otherwise.
    pub async fn load(ctx: &Context<'_>, id: TicketId) -> ApiResult<Option<Self>> {
        Ok(ctx.batches()?.load_one(id).await?.map(Self))
    }
}

impl PlainFields for Ticket {
    fn plain(&self, field: &str) -> Option<Value> {
        Some(match field {
            "id" => public(self.0.id).to_value(),
            "number" => self.0.number.into(),
            "subject" => self.0.subject.clone().into(),
            "status" => TicketStatus::from(self.0.status).into(),
            "priority" => TicketPriority::from(self.0.priority).into(),
            "version" => self.0.version.into(),
            "createdAt" => self.0.created_at.as_utc().to_value(),
            "updatedAt" => self.0.updated_at.as_utc().to_value(),
            _ => return None,
        })
    }
}

/// A request for help, with its conversation.
#[Object]
impl Ticket {
    /// Global id, for `node(id)` and as input of mutations.
    pub async fn id(&self) -> ID {
        public(self.0.id)
    }

    /// What people call the ticket: unique, ascending in order of creation, with gaps.
    async fn number(&self) -> u64 {
        self.0.number
    }

    /// One line, at most 255 characters.
    async fn subject(&self) -> &str {
        &self.0.subject
    }

    /// Where the ticket stands.
    async fn status(&self) -> TicketStatus {
        self.0.status.into()
    }

    /// How urgent it is; NORMAL until somebody decides.
    async fn priority(&self) -> TicketPriority {
        self.0.priority.into()
    }

    /// Who decided the priority. Null for customers.
    async fn priority_origin(&self, ctx: &Context<'_>) -> Option<LabelOrigin> {
        ctx.is_staff().then(|| self.0.origin(LabelKind::Priority).into())
    }

    /// What the ticket is about. Null until a person decides, or the desk where the queue lets it.
    async fn category(&self, ctx: &Context<'_>) -> ApiResult<Option<Category>> {
        let Some(id) = self.0.category_id else { return Ok(None) };
        Ok(ctx.batches()?.load_one(id).await?.map(Category))
    }

    /// Who decided the category; DEFAULT while there is none. Null for customers.
    async fn category_origin(&self, ctx: &Context<'_>) -> Option<LabelOrigin> {
        ctx.is_staff().then(|| self.0.origin(LabelKind::Category).into())
    }

    /// Where the ticket waits. Null for customers.
    async fn queue(&self, ctx: &Context<'_>) -> ApiResult<Option<Queue>> {
        if !ctx.is_staff() {
            return Ok(None);
        }
        Ok(ctx.batches()?.load_one(self.0.queue_id).await?.map(Queue))
    }

    /// Who asked for help.
    async fn requester(&self, ctx: &Context<'_>) -> ApiResult<Option<Plain<User>>> {
        Ok(User::load_optional(ctx, Some(self.0.requester_id)).await?.map(Plain))
    }

    /// The agent who works on it. Null while nobody does.
    async fn assignee(&self, ctx: &Context<'_>) -> ApiResult<Option<Plain<User>>> {
        Ok(User::load_optional(ctx, self.0.assignee_id).await?.map(Plain))
    }

    /// Tags by name. Empty for customers.
    #[graphql(complexity = "5 + child_complexity")]
    async fn tags(&self, ctx: &Context<'_>) -> ApiResult<Vec<Plain<Tag>>> {
        if !ctx.is_staff() {
            return Ok(Vec::new());
        }
        let tags = ctx.batches()?.load_one(TagsOf(self.0.id)).await?.unwrap_or_default();
        Ok(tags.into_iter().map(|tag| Plain(Tag(tag))).collect())
    }

    /// The conversation. Customers get public replies only, staff also internal notes.
    #[graphql(complexity = "list_cost(first, child_complexity)")]
    async fn messages(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows wanted, 1 to 100; 25 if not given.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the row before the first wanted one.")] after: Option<String>,
        #[graphql(desc = "Oldest first if not given.")] order: Option<MessageOrderInput>,
    ) -> ApiResult<Rows<Plain<Message>>> {
        let request = page_request(first, after)?;
        let order = order.map_or(MessageOrder::default(), Into::into);
        let mut conn = ctx.conn().await?;
        let page = messages::list(&mut conn, ctx.actor()?, self.0.id, order, &request).await?;
        let row = |message: messages::Message| (message.cursor(), Plain(Message(message)));
        Ok(connection(&request, page, EmptyFields, row))
    }

    /// What models suggested, newest first, decided and superseded ones included. Empty for
    /// customers.
    #[graphql(complexity = "5 + child_complexity")]
    async fn suggestions(&self, ctx: &Context<'_>) -> ApiResult<Vec<Suggestion>> {
        let found = ctx.batches()?.load_one(SuggestionsOf(self.0.id)).await?;
        Ok(found.unwrap_or_default().into_iter().map(Suggestion).collect())
    }

    /// Solved and closed older tickets like this one that the caller may see, most alike first. Empty for
    /// customers, and until the worker has looked at the ticket.
    #[graphql(complexity = "5 + first.clamp(1, SIMILAR_MAX) as usize * child_complexity")]
    async fn similar_solved(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 5, desc = "Tickets wanted, 1 to 20.")] first: i32,
    ) -> ApiResult<Vec<SimilarTicket>> {
        similar::solved(ctx, &self.0, first).await
    }

    /// Open and pending older tickets that probably ask the same and that the caller may see, most alike
    /// first, at most ten: those with nearly the same words, and the requester's own with similar ones.
    /// Empty for customers.
    #[graphql(complexity = "5 + 10 * child_complexity")]
    async fn probable_duplicates(&self, ctx: &Context<'_>) -> ApiResult<Vec<SimilarTicket>> {
        similar::duplicates(ctx, &self.0).await
    }

    /// Who solved most of the similar tickets that the caller may see, of those who may work in this
    /// ticket's queue now. Null when fewer than two speak for anyone, and for customers.
    async fn suggested_assignee(&self, ctx: &Context<'_>) -> ApiResult<Option<SuggestedAssignee>> {
        similar::assignee(ctx, &self.0).await
    }

    /// The queue in which most of the similar tickets that the caller may see were solved. Null when
    /// fewer than two speak for any, and for customers.
    async fn suggested_queue(&self, ctx: &Context<'_>) -> ApiResult<Option<SuggestedQueue>> {
        similar::queue(ctx, &self.0).await
    }

    /// A canned reply for the ticket: the one sent on most of the similar solved tickets that the caller
    /// may see, else the one whose words are closest, filled in. Null when none fits, and for customers.
    #[graphql(complexity = "5 + child_complexity")]
    async fn suggested_reply(&self, ctx: &Context<'_>) -> ApiResult<Option<SuggestedReply>> {
        similar::reply(ctx, &self.0).await
    }

    /// What the caller is writing on the ticket and has not sent: at most one reply and one note, the reply
    /// first. Nobody else sees it.
    #[graphql(complexity = "5 + 2 * child_complexity")]
    async fn drafts(&self, ctx: &Context<'_>) -> ApiResult<Vec<Draft>> {
        let found = ctx.batches()?.load_one(DraftsOn(self.0.id)).await?;
        Ok(found.unwrap_or_default().into_iter().map(Draft).collect())
    }

    /// The caller's own draft of one kind, as in `drafts`. Null without one, and for TICKET.
    async fn draft(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it is to become: a reply or a note.")] kind: DraftKind,
    ) -> ApiResult<Option<Draft>> {
        let found = ctx.batches()?.load_one(DraftsOn(self.0.id)).await?.unwrap_or_default();
        Ok(found.into_iter().find(|draft| kind == draft.kind.into()).map(Draft))
    }

    /// Whether somebody else did something on the ticket that the caller can see, since the caller saw it
    /// last (`markTicketSeen`) or, never having seen it, since the caller's account was made. Suggestions and
    /// tags alone do not count, and for customers nothing they cannot see. All tickets of an answer cost one
    /// look together.
    async fn unread(&self, ctx: &Context<'_>) -> ApiResult<bool> {
        Ok(ctx.batches()?.load_one(Unread(self.0.id)).await?.unwrap_or(false))
    }

    /// Who has the ticket open at this moment, who came first before who came later. Empty for
    /// customers, and while Redis is away. `presenceUpdates` is the same, live.
    #[graphql(complexity = "5 + child_complexity")]
    async fn presence(&self, ctx: &Context<'_>) -> ApiResult<Vec<Presence>> {
        if !ctx.is_staff() {
            return Ok(Vec::new());
        }
        let found = ctx.batches()?.load_one(PresenceOn(self.0.id)).await?;
        Ok(people(&found.unwrap_or_default()))
    }

    /// What happened to the ticket, in order, from the event log: at most `first` events after
    /// `afterPosition`; or backwards, the latest first, those before `beforePosition`. Customers get no internal
    /// events.
    #[graphql(complexity = "list_cost(first, child_complexity)")]
    async fn history(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Events wanted, 1 to 100; 25 if not given.")] first: Option<i32>,
        #[graphql(
            desc = "Position of the event before the first wanted one; from the start if not given."
        )]
        after_position: Option<u64>,
        #[graphql(default, desc = "True: the latest first. Not together with `afterPosition`.")]
        newest_first: bool,
        #[graphql(
            desc = "Position of the event behind the first wanted one; from the end if not given. Only with \
                    `newestFirst`."
        )]
        before_position: Option<u64>,
    ) -> ApiResult<Vec<Event>> {
        let request = page_request(first, None)?;
        let mut conn = ctx.conn().await?;
        let internal = ctx.is_staff();
        let (id, limit) = (self.0.id, i64::from(request.first));
        let found = match (newest_first, after_position, before_position) {
            (true, None, before) => {
                events::history_back(&mut conn, id, internal, before, limit).await?
            }
            (true, Some(_), _) => {
                let why = "cannot be asked together with newestFirst";
                return Err(Error::invalid("afterPosition", why).into());
            }
            (false, _, Some(_)) => {
                return Err(Error::invalid("beforePosition", "is only for newestFirst").into());
            }
            (false, after, None) => {
                let after = after.unwrap_or(0);
                events::history(&mut conn, id, internal, after, limit).await?
            }
        };
        Ok(found.into_iter().map(Event::from).collect())
    }

    /// Grows with every change of the ticket and every reply. Send it back as `expectedVersion`.
    async fn version(&self) -> u32 {
        self.0.version
    }

    /// How the ticket came in: `web`, `api`, `email`, or an import's name. Null for customers.
    async fn source(&self, ctx: &Context<'_>) -> Option<&str> {
        ctx.is_staff().then_some(&self.0.source)
    }

    /// The id the ticket has in its source. Null without one, and for customers.
    async fn external_id(&self, ctx: &Context<'_>) -> Option<&str> {
        self.0.external_id.as_deref().filter(|_| ctx.is_staff())
    }

    /// When the ticket was created, in UTC.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at.as_utc()
    }

    /// When the ticket was last changed or replied to, in UTC. Internal notes and suggestions leave it
    /// alone, as they leave `version`.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at.as_utc()
    }

    /// When the ticket last became solved, in UTC. Null while it is open or pending.
    async fn solved_at(&self) -> Option<DateTime<Utc>> {
        self.0.solved_at.map(|at| at.as_utc())
    }

    /// The ticket that has this one's messages since the two were merged; this one is CLOSED then, in
    /// no list, and takes no changes. It may have been merged itself. Null unless this one was merged,
    /// and when the caller may not see the other.
    async fn merged_into(&self, ctx: &Context<'_>) -> ApiResult<Option<Ticket>> {
        match self.0.merged_into_id {
            Some(id) => Ticket::load(ctx, id).await,
            None => Ok(None),
        }
    }

    /// Tickets that were merged into this one and that the caller may see, by number.
    #[graphql(complexity = "5 + child_complexity")]
    async fn merged_from(&self, ctx: &Context<'_>) -> ApiResult<Vec<Ticket>> {
        let found = ctx.batches()?.load_one(MergedInto(self.0.id)).await?;
        Ok(found.unwrap_or_default().into_iter().map(Ticket).collect())
    }

    /// When the ticket was deleted, in UTC. Null unless it is: only `deleteTicket` and
    /// `deletedTickets` show deleted tickets, without their messages and suggestions.
    async fn deleted_at(&self) -> Option<DateTime<Utc>> {
        self.0.deleted_at.map(|at| at.as_utc())
    }
}
