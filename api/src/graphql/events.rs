//! Events in the graph: a ticket's history and the reason of a live update.

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use deskwire_domain::events::{EventKind as Kind, LogEvent, TicketChanges};
use deskwire_domain::ids::{CategoryId, QueueId, TagId, UserId};
use deskwire_domain::messages::MessageKind;
use futures::future::try_join_all;

use super::context::ContextExt;
use super::error::ApiResult;
use super::ids::try_domain;
use super::messages::object::Message;
use super::tickets::object::Ticket;
use super::users::object::User;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "deskwire_domain::events::EventKind")]
pub enum EventKind {
    /// A ticket was created with its first message.
    TicketCreated,
    /// Fields of a ticket changed; `changes` says which. Without an actor, the desk applied a suggestion.
    TicketChanged,
    /// A ticket was deleted; nobody sees it from then on.
    TicketDeleted,
    /// A deleted ticket was brought back.
    TicketRestored,
    /// Tickets were merged; `otherTickets` says which. Written on each of them.
    TicketMerged,
    /// A public reply was added.
    MessageReplied,
    /// An internal note was added. Staff only.
    MessageNoted,
    /// A model suggested a label. Staff only.
    SuggestionRecorded,
    /// A person decided about a suggestion, or ended its ticket without deciding. Staff only.
    SuggestionDecided,
    /// A user was created or changed.
    UserChanged,
    /// An organisation was created or changed.
    OrganisationChanged,
    /// A queue was created or changed.
    QueueChanged,
    /// A user's rights on a queue changed.
    MembershipChanged,
    /// A category was created or changed.
    CategoryChanged,
    /// A tag was renamed, merged or deleted.
    TagChanged,
    /// A canned reply was prepared, changed or retired.
    CannedReplyChanged,
    /// A possible new category was adopted or dismissed.
    CategoryProposalDecided,
    /// A model version became the one that suggests.
    ModelActivated,
    /// A model version was trained and can be rolled out.
    ModelRegistered,
    /// A model rollout took a step: `modelRollout(kind) { history }` tells it.
    ModelRolloutChanged,
    /// A training was asked for, went on or ended.
    ModelRunChanged,
    /// An admin said when a kind of model is trained by itself.
    ModelScheduleChanged,
    /// Something that a newer version of the desk wrote; only while the desk is being updated.
    Unknown,
}

/// A field's old and new value as text; ids stand for records, several with commas between them.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct FieldChange {
    /// Name of the field on `Ticket`.
    field: String,
    /// Value before. Null: there was none.
    from: Option<String>,
    /// Value after. Null: there is none now.
    to: Option<String>,
}

#[async_graphql::ComplexObject]
impl FieldChange {
    /// `from` for people: names in the place of ids, several with commas between them. Records that are gone
    /// and those the caller does not see are left out; null when nothing is left.
    async fn from_name(&self, ctx: &Context<'_>) -> ApiResult<Option<String>> {
        names(ctx, &self.field, self.from.as_deref()).await
    }

    /// `to` for people, as `fromName`.
    async fn to_name(&self, ctx: &Context<'_>) -> ApiResult<Option<String>> {
        names(ctx, &self.field, self.to.as_deref()).await
    }
}

/// A value as [`text`] writes it, with names in the place of ids.
async fn names(ctx: &Context<'_>, field: &str, value: Option<&str>) -> ApiResult<Option<String>> {
    let Some(value) = value else { return Ok(None) };
    if !["requester", "assignee", "queue", "category", "tags"].contains(&field) {
        return Ok(Some(value.to_owned()));
    }
    let found = try_join_all(value.split(", ").map(|id| name(ctx, id))).await?;
    let known: Vec<String> = found.into_iter().flatten().collect();
    Ok((!known.is_empty()).then(|| known.join(", ")))
}

async fn name(ctx: &Context<'_>, id: &str) -> ApiResult<Option<String>> {
    let (id, batches) = (ID::from(id), ctx.batches()?);
    if let Some(user) = try_domain::<UserId>(&id) {
        return Ok(User::load_optional(ctx, Some(user)).await?.map(|user| user.0.name));
    }
    if let Some(queue) = try_domain::<QueueId>(&id) {
        // The ticket came from there or went there: that does not make its name the caller's business.
        if ctx.actor()?.queue_right(queue).is_none() {
            return Ok(None);
        }
        return Ok(batches.load_one(queue).await?.map(|queue| queue.name));
    }
    if let Some(category) = try_domain::<CategoryId>(&id) {
        return Ok(batches.load_one(category).await?.map(|category| category.name));
    }
    match try_domain::<TagId>(&id) {
        Some(tag) => Ok(batches.load_one(tag).await?.map(|tag| tag.name)),
        None => Ok(None),
    }
}

/// [`LogEvent`] as clients see it.
pub struct Event(LogEvent);

impl From<LogEvent> for Event {
    fn from(event: LogEvent) -> Self {
        Self(event)
    }
}

/// One entry of the append-only log.
#[Object]
impl Event {
    /// Place in the log: 1, 2, 3 … without gaps.
    async fn position(&self) -> u64 {
        self.0.position
    }

    /// What happened.
    async fn kind(&self) -> EventKind {
        self.0.kind.into()
    }

    /// When, in UTC.
    async fn occurred_at(&self) -> DateTime<Utc> {
        self.0.occurred_at.as_utc()
    }

    /// Who did it. Null for the desk itself: imports, models, the command line.
    async fn actor(&self, ctx: &Context<'_>) -> ApiResult<Option<User>> {
        User::load_optional(ctx, self.0.actor_id).await
    }

    /// What the client that did it calls itself, so that it knows its own events in the stream and
    /// need not apply them twice: the header `x-deskwire-origin` of a POST, or `origin` in the payload
    /// of `connection_init`; 1 to 64 visible ASCII characters. Null when it gave none, and for
    /// customers where it is not their own.
    async fn origin(&self, ctx: &Context<'_>) -> ApiResult<Option<&str>> {
        // Not only for the same user: staff of equal rights share what a live queue sends.
        let is_own = self.0.actor_id.is_some() && self.0.actor_id == ctx.actor()?.user_id;
        Ok(self.0.origin.as_deref().filter(|_| is_own || ctx.is_staff()))
    }

    /// Why a ticket was deleted. Null for other events, and for customers.
    async fn reason(&self, ctx: &Context<'_>) -> Option<&str> {
        let is_told = self.0.kind == Kind::TicketDeleted && ctx.is_staff();
        self.0.payload.note.as_deref().filter(|_| is_told)
    }

    /// The other tickets of a merge that the caller may see: on a merged ticket the one it went into,
    /// on that one the ones that came. Empty for other events.
    #[graphql(complexity = "5 + child_complexity")]
    async fn other_tickets(&self, ctx: &Context<'_>) -> ApiResult<Vec<Ticket>> {
        let ids = &self.0.payload.other_tickets;
        let batches = ctx.batches()?;
        let found = try_join_all(ids.iter().map(|id| batches.load_one(*id))).await?;
        Ok(found.into_iter().flatten().map(Ticket).collect())
    }

    /// The ticket's `version` right after the event: what changed since the version a client has in mind is in
    /// the events with greater ones. Null for events that are not about a ticket.
    async fn ticket_version(&self) -> Option<u32> {
        self.0.payload.ticket.as_ref().map(|ticket| ticket.version)
    }

    /// Fields of the ticket that changed. Customers see only changes of what they can see.
    async fn changes(&self, ctx: &Context<'_>) -> Vec<FieldChange> {
        field_changes(&self.0.payload.changes, ctx.is_staff())
    }

    /// The message that was added, also the note of a merge. Null for other events.
    async fn message(&self, ctx: &Context<'_>) -> ApiResult<Option<Message>> {
        match &self.0.payload.message {
            Some(about) if about.kind == MessageKind::Reply || ctx.is_staff() => {
                Message::load(ctx, about.id).await
            }
            _ => Ok(None),
        }
    }
}

fn field_changes(changes: &TicketChanges, internal: bool) -> Vec<FieldChange> {
    /// Bookkeeping that changes along with everything else, or that the event's kind says.
    const SILENT: [&str; 5] =
        ["version", "updated_at", "solved_at", "deleted_at", "merged_into_id"];
    const INTERNAL: [&str; 2] = ["queue_id", "tag_ids"];
    let json = serde_json::to_value(changes).unwrap_or_default();
    let Some(fields) = json.as_object() else { return Vec::new() };
    fields
        .iter()
        .filter(|(name, _)| !SILENT.contains(&name.as_str()))
        .filter(|(name, _)| internal || !INTERNAL.contains(&name.as_str()))
        .map(|(name, change)| FieldChange {
            field: match name.strip_suffix("_ids") {
                Some(noun) => format!("{noun}s"),
                None => name.trim_end_matches("_id").to_owned(),
            },
            from: text(name, &change["from"]),
            to: text(name, &change["to"]),
        })
        .collect()
}

/// A value as text; ids in their public form, several with commas between them.
fn text(name: &str, value: &serde_json::Value) -> Option<String> {
    let noun = match name {
        "requester_id" | "assignee_id" => Some("user"),
        _ => name.strip_suffix("_ids").or_else(|| name.strip_suffix("_id")),
    };
    match (value, noun) {
        (serde_json::Value::Null, _) => None,
        (serde_json::Value::String(id), Some(noun)) => {
            Some(format!("{noun}_{}", id.replace('-', "")))
        }
        (serde_json::Value::String(text), None) => Some(text.clone()),
        (serde_json::Value::Array(ids), _) => {
            Some(ids.iter().filter_map(|id| text(name, id)).collect::<Vec<_>>().join(", "))
        }
        (other, _) => Some(other.to_string()),
    }
}
