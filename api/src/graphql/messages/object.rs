//! The message.

use async_graphql::{Context, Enum, ID, Object, ScalarType, Value};
use chrono::{DateTime, Utc};
use deskwire_domain::ids::MessageId;
use deskwire_domain::messages;
use futures::future::try_join_all;

use crate::graphql::canned_replies::CannedReply;
use crate::graphql::context::ContextExt;
use crate::graphql::error::ApiResult;
use crate::graphql::ids::public;
use crate::graphql::loaders::{MadeFrom, MentionsIn};
use crate::graphql::plain::{Plain, PlainFields};
use crate::graphql::tickets::object::Ticket;
use crate::graphql::tickets::query::null_if_missing;
use crate::graphql::users::object::User;

/// Who may read a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "deskwire_domain::messages::MessageKind")]
pub enum MessageKind {
    /// Public: the requester reads it.
    Reply,
    /// Internal: only staff ever read it.
    Note,
}

/// How a message came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "deskwire_domain::messages::Channel")]
pub enum Channel {
    /// Written in the console or portal.
    Web,
    /// Sent by a program with an API token.
    Api,
    /// Received as e-mail.
    Email,
    /// Brought in from another system.
    Import,
}

/// Order of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(name = "MessageOrder", remote = "deskwire_domain::messages::MessageOrder")]
pub enum MessageOrderInput {
    /// First written first.
    Oldest,
    /// Last written first.
    Newest,
}

/// [`messages::Message`] as clients see it.
pub struct Message(pub messages::Message);

impl Message {
    /// The message behind an id, if the caller may read it; null otherwise.
    pub async fn load(ctx: &Context<'_>, id: MessageId) -> ApiResult<Option<Self>> {
        let found = messages::find(&mut *ctx.conn().await?, ctx.actor()?, id).await;
        null_if_missing(found.map(Self))
    }
}

impl PlainFields for Message {
    fn plain(&self, field: &str) -> Option<Value> {
        Some(match field {
            "id" => public(self.0.id).to_value(),
            "kind" => MessageKind::from(self.0.kind).into(),
            "channel" => Channel::from(self.0.channel).into(),
            "body" => self.0.body_text.clone().into(),
            "bodyHtml" => self.0.body_html.clone().into(),
            "createdAt" => self.0.created_at.as_utc().to_value(),
            _ => return None,
        })
    }
}

/// What somebody wrote on a ticket.
#[Object]
impl Message {
    /// Global id.
    pub async fn id(&self) -> ID {
        public(self.0.id)
    }

    /// The ticket it stands on.
    async fn ticket(&self, ctx: &Context<'_>) -> ApiResult<Option<Ticket>> {
        Ticket::load(ctx, self.0.ticket_id).await
    }

    /// Who wrote it.
    async fn author(&self, ctx: &Context<'_>) -> ApiResult<Option<Plain<User>>> {
        Ok(User::load_optional(ctx, Some(self.0.author_id)).await?.map(Plain))
    }

    /// Who may read it.
    async fn kind(&self) -> MessageKind {
        self.0.kind.into()
    }

    /// How it came in.
    async fn channel(&self) -> Channel {
        self.0.channel.into()
    }

    /// Plain text with `\n` line ends.
    async fn body(&self) -> &str {
        &self.0.body_text
    }

    /// Sanitised HTML. Null when the message is plain text.
    async fn body_html(&self) -> Option<&str> {
        self.0.body_html.as_deref()
    }

    /// The canned reply it was made from. Null for others, and for customers.
    async fn canned_reply(&self, ctx: &Context<'_>) -> ApiResult<Option<CannedReply>> {
        if self.0.kind != messages::MessageKind::Reply || !ctx.is_staff() {
            return Ok(None);
        }
        Ok(ctx.batches()?.load_one(MadeFrom(self.0.id)).await?.map(CannedReply))
    }

    /// Whom it calls to the ticket (`mentionIds`), by name. Empty for customers.
    #[graphql(complexity = "5 + child_complexity")]
    async fn mentions(&self, ctx: &Context<'_>) -> ApiResult<Vec<Plain<User>>> {
        if !ctx.is_staff() {
            return Ok(Vec::new());
        }
        let ids = ctx.batches()?.load_one(MentionsIn(self.0.id)).await?.unwrap_or_default();
        let people = ids.into_iter().map(|id| User::load_optional(ctx, Some(id)));
        let mut people: Vec<User> = try_join_all(people).await?.into_iter().flatten().collect();
        people.sort_by(|one, other| (&one.0.name, one.0.id).cmp(&(&other.0.name, other.0.id)));
        Ok(people.into_iter().map(Plain).collect())
    }

    /// When it was written, in UTC.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at.as_utc()
    }
}
