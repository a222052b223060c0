//! Relations in batches: all of one kind that a page asks for are read by one statement.

use async_graphql::dataloader::Loader;
use deskwire_domain::canned_replies::{self, CannedReply};
use deskwire_domain::categories::{self, Category};
use deskwire_domain::drafts::{self, Draft};
use deskwire_domain::ids::{
    CannedReplyId, CategoryId, MessageId, ModelVersionId, NotificationId, OrganisationId, QueueId,
    SuggestionId, TagId, TicketId, UserId,
};
use deskwire_domain::messages::{self, Message};
use deskwire_domain::models::{self, Agreement, ModelVersion, Rollout, Validation};
use deskwire_domain::notifications::{self, Notification};
use deskwire_domain::organisations::{self, Organisation};
use deskwire_domain::presence::Presence;
use deskwire_domain::queues::{self, Membership, Queue};
use deskwire_domain::read_marks;
use deskwire_domain::saved_views::{self, Unknown};
use deskwire_domain::similar::{self, Similar};
use deskwire_domain::suggestions::{self, AutoApply, LabelKind, Suggestion};
use deskwire_domain::tags::{self, Tag};
use deskwire_domain::tickets::counts::{self, QueueCount};
use deskwire_domain::tickets::{self, Ticket, TicketFilter};
use deskwire_domain::users::{self, User};
use deskwire_domain::{Actor, Desk};
use std::collections::HashMap;
use std::sync::Arc;

use super::error::ApiError;

/// The batches of one request or socket. Keys of equal type share a batch, so requester and assignee
/// are one query.
pub struct Batches {
    pub desk: Desk,
    pub actor: Actor,
}

/// Key: a ticket's tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TagsOf(pub TicketId);
/// Key: a ticket's suggestions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SuggestionsOf(pub TicketId);
/// Key: the tickets that were merged into one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MergedInto(pub TicketId);
/// Key: who is on a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PresenceOn(pub TicketId);
/// Key: the caller's own drafts on a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DraftsOn(pub TicketId);
/// Key: whether a ticket has news for the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Unread(pub TicketId);
/// Key: a queue's members.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MembersOf(pub QueueId);
/// Key: what a queue applies without asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AutoApplyOf(pub QueueId);
/// Key: every category, retired ones too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EveryCategory;
/// Key: how many tickets a queue has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CountsOf(pub QueueId);
/// Key: how many tickets that the caller may see have a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TaggedWith(pub TagId);
/// Key: how many tickets that the caller may see a filter admits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CountOf(pub TicketFilter);
/// Key: what a filter names that the caller does not see.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct UnknownIn(pub TicketFilter);
/// Key: who may be given tickets of a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AssigneesOf(pub QueueId);
/// Key: the queues a user is a member of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MembershipsOf(pub UserId);
/// Key: a label kind's rollout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RolloutOf(pub LabelKind);
/// Key: a model version's validations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ValidationsOf(pub ModelVersionId);
/// Key: how often a model version agreed with the champion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AgreementOf(pub ModelVersionId);

/// Key: the tickets that are like one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SimilarTo(pub TicketId);
/// Key: the text of the first public message of a ticket that the caller may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FirstMessageOf(pub TicketId);
/// Key: the canned replies sent on a ticket that the caller may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct UsesOn(pub TicketId);
/// Key: the canned replies the caller may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct UsableReplies;
/// Key: the canned reply a message was made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MadeFrom(pub MessageId);
/// Key: whom a message calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MentionsIn(pub MessageId);
/// Key: how a ticket was solved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SolutionOf(pub TicketId);

macro_rules! by_id {
    ($($id:ty => $value:ty, $find:path);+ $(;)?) => {$(
        impl Loader<$id> for Batches {
            type Value = $value;
            type Error = ApiError;

            async fn load(&self, ids: &[$id]) -> Result<HashMap<$id, $value>, ApiError> {
                let mut conn = self.desk.conn().await?;
                let found = $find(&mut conn, ids).await?;
                Ok(found.into_iter().map(|row| (row.id, row)).collect())
            }
        }
    )+};
}

by_id! {
    OrganisationId => Organisation, organisations::find_many;
    QueueId => Queue, queues::find_many;
    CategoryId => Category, categories::find_many;
    TagId => Tag, tags::find_many;
    ModelVersionId => ModelVersion, models::find_many;
}

impl Loader<UserId> for Batches {
    type Value = User;
    type Error = ApiError;

    async fn load(&self, ids: &[UserId]) -> Result<HashMap<UserId, User>, ApiError> {
        Ok(self.desk.users(ids).await?.into_iter().map(|user| (user.id, user)).collect())
    }
}

impl Loader<TicketId> for Batches {
    type Value = Ticket;
    type Error = ApiError;

    async fn load(&self, ids: &[TicketId]) -> Result<HashMap<TicketId, Ticket>, ApiError> {
        let mut conn = self.desk.conn().await?;
        let found = tickets::find_many(&mut conn, &self.actor, ids).await?;
        Ok(found.into_iter().map(|ticket| (ticket.id, ticket)).collect())
    }
}

impl Loader<SuggestionId> for Batches {
    type Value = Suggestion;
    type Error = ApiError;

    async fn load(
        &self,
        ids: &[SuggestionId],
    ) -> Result<HashMap<SuggestionId, Suggestion>, ApiError> {
        let mut conn = self.desk.conn().await?;
        let found = suggestions::find_many(&mut conn, &self.actor, ids).await?;
        Ok(found.into_iter().map(|suggestion| (suggestion.id, suggestion)).collect())
    }
}

impl Loader<TagsOf> for Batches {
    type Value = Vec<Tag>;
    type Error = ApiError;

    async fn load(&self, keys: &[TagsOf]) -> Result<HashMap<TagsOf, Vec<Tag>>, ApiError> {
        let ids: Vec<TicketId> = keys.iter().map(|key| key.0).collect();
        let found = tags::of_tickets(&mut *self.desk.conn().await?, &ids).await?;
        Ok(found.into_iter().map(|(id, tags)| (TagsOf(id), tags)).collect())
    }
}

impl Loader<SuggestionsOf> for Batches {
    type Value = Vec<Suggestion>;
    type Error = ApiError;

    async fn load(
        &self,
        keys: &[SuggestionsOf],
    ) -> Result<HashMap<SuggestionsOf, Vec<Suggestion>>, ApiError> {
        let ids: Vec<TicketId> = keys.iter().map(|key| key.0).collect();
        let mut conn = self.desk.conn().await?;
        let found = suggestions::of_tickets(&mut conn, &self.actor, &ids).await?;
        Ok(found.into_iter().map(|(id, all)| (SuggestionsOf(id), all)).collect())
    }
}

impl Loader<SimilarTo> for Batches {
    type Value = Arc<Vec<Similar>>;
    type Error = ApiError;

    async fn load(
        &self,
        keys: &[SimilarTo],
    ) -> Result<HashMap<SimilarTo, Arc<Vec<Similar>>>, ApiError> {
        let ids: Vec<TicketId> = keys.iter().map(|key| key.0).collect();
        let mut conn = self.desk.conn().await?;
        let found = similar::of_tickets(&mut conn, &self.actor, &ids).await?;
        Ok(found.into_iter().map(|(id, all)| (SimilarTo(id), Arc::new(all))).collect())
    }
}

impl Loader<SolutionOf> for Batches {
    type Value = Message;
    type Error = ApiError;

    async fn load(&self, keys: &[SolutionOf]) -> Result<HashMap<SolutionOf, Message>, ApiError> {
        let ids: Vec<TicketId> = keys.iter().map(|key| key.0).collect();
        let mut conn = self.desk.conn().await?;
        let found = similar::solutions(&mut conn, &self.actor, &ids).await?;
        Ok(found.into_iter().map(|(id, message)| (SolutionOf(id), message)).collect())
    }
}

impl Loader<FirstMessageOf> for Batches {
    type Value = String;
    type Error = ApiError;

    async fn load(
        &self,
        keys: &[FirstMessageOf],
    ) -> Result<HashMap<FirstMessageOf, String>, ApiError> {
        let ids: Vec<TicketId> = keys.iter().map(|key| key.0).collect();
        let mut conn = self.desk.conn().await?;
        // A ticket in an old event may be out of sight by now.
        let visible = tickets::find_many(&mut conn, &self.actor, &ids).await?;
        let visible: Vec<TicketId> = visible.iter().map(|ticket| ticket.id).collect();
        let found = messages::first_of_tickets(&mut conn, &visible).await?;
        Ok(found.into_iter().map(|(id, text)| (FirstMessageOf(id), text)).collect())
    }
}

impl Loader<UsesOn> for Batches {
    type Value = Vec<CannedReplyId>;
    type Error = ApiError;

    async fn load(&self, keys: &[UsesOn]) -> Result<HashMap<UsesOn, Vec<CannedReplyId>>, ApiError> {
        let ids: Vec<TicketId> = keys.iter().map(|key| key.0).collect();
        let found = canned_replies::uses_of(&mut *self.desk.conn().await?, &ids).await?;
        Ok(found.into_iter().map(|(id, all)| (UsesOn(id), all)).collect())
    }
}

impl Loader<UsableReplies> for Batches {
    type Value = Arc<Vec<CannedReply>>;
    type Error = ApiError;

    async fn load(
        &self,
        _: &[UsableReplies],
    ) -> Result<HashMap<UsableReplies, Arc<Vec<CannedReply>>>, ApiError> {
        let mut conn = self.desk.conn().await?;
        let all = canned_replies::usable(&mut conn, &self.actor).await?;
        Ok([(UsableReplies, Arc::new(all))].into())
    }
}

impl Loader<MadeFrom> for Batches {
    type Value = CannedReply;
    type Error = ApiError;

    async fn load(&self, keys: &[MadeFrom]) -> Result<HashMap<MadeFrom, CannedReply>, ApiError> {
        let ids: Vec<MessageId> = keys.iter().map(|key| key.0).collect();
        let mut conn = self.desk.conn().await?;
        let found = canned_replies::of_messages(&mut conn, &self.actor, &ids).await?;
        Ok(found.into_iter().map(|(id, reply)| (MadeFrom(id), reply)).collect())
    }
}

impl Loader<MentionsIn> for Batches {
    type Value = Vec<UserId>;
    type Error = ApiError;

    async fn load(
        &self,
        keys: &[MentionsIn],
    ) -> Result<HashMap<MentionsIn, Vec<UserId>>, ApiError> {
        let ids: Vec<MessageId> = keys.iter().map(|key| key.0).collect();
        let found = messages::mentioned_in(&mut *self.desk.conn().await?, &ids).await?;
        Ok(found.into_iter().map(|(id, people)| (MentionsIn(id), people)).collect())
    }
}

impl Loader<NotificationId> for Batches {
    type Value = Notification;
    type Error = ApiError;

    async fn load(
        &self,
        ids: &[NotificationId],
    ) -> Result<HashMap<NotificationId, Notification>, ApiError> {
        let mut conn = self.desk.conn().await?;
        let found = notifications::find_many(&mut conn, &self.actor, ids).await?;
        Ok(found.into_iter().map(|row| (row.id, row)).collect())
    }
}

impl Loader<MergedInto> for Batches {
    type Value = Vec<Ticket>;
    type Error = ApiError;

    async fn load(
        &self,
        keys: &[MergedInto],
    ) -> Result<HashMap<MergedInto, Vec<Ticket>>, ApiError> {
        let ids: Vec<TicketId> = keys.iter().map(|key| key.0).collect();
        let mut conn = self.desk.conn().await?;
        let found = tickets::merged_into(&mut conn, &self.actor, &ids).await?;
        Ok(found.into_iter().map(|(id, all)| (MergedInto(id), all)).collect())
    }
}

impl Loader<PresenceOn> for Batches {
    type Value = Vec<Presence>;
    type Error = ApiError;

    async fn load(
        &self,
        keys: &[PresenceOn],
    ) -> Result<HashMap<PresenceOn, Vec<Presence>>, ApiError> {
        let ids: Vec<TicketId> = keys.iter().map(|key| key.0).collect();
        let found = self.desk.presence.of_tickets(&ids).await;
        Ok(found.into_iter().map(|(id, people)| (PresenceOn(id), people)).collect())
    }
}

impl Loader<DraftsOn> for Batches {
    type Value = Vec<Draft>;
    type Error = ApiError;

    async fn load(&self, keys: &[DraftsOn]) -> Result<HashMap<DraftsOn, Vec<Draft>>, ApiError> {
        let ids: Vec<TicketId> = keys.iter().map(|key| key.0).collect();
        let found = drafts::of_tickets(&mut *self.desk.conn().await?, &self.actor, &ids).await?;
        Ok(found.into_iter().map(|(id, all)| (DraftsOn(id), all)).collect())
    }
}

impl Loader<Unread> for Batches {
    type Value = bool;
    type Error = ApiError;

    async fn load(&self, keys: &[Unread]) -> Result<HashMap<Unread, bool>, ApiError> {
        let ids: Vec<TicketId> = keys.iter().map(|key| key.0).collect();
        let mut conn = self.desk.conn().await?;
        let found = read_marks::unread(&mut conn, &self.actor, &ids).await?;
        Ok(found.into_iter().map(|id| (Unread(id), true)).collect())
    }
}

impl Loader<MembersOf> for Batches {
    type Value = Vec<Membership>;
    type Error = ApiError;

    async fn load(
        &self,
        keys: &[MembersOf],
    ) -> Result<HashMap<MembersOf, Vec<Membership>>, ApiError> {
        let ids: Vec<QueueId> = keys.iter().map(|key| key.0).collect();
        let mut by_queue: HashMap<MembersOf, Vec<Membership>> = HashMap::new();
        for member in queues::members_of(&mut *self.desk.conn().await?, &ids).await? {
            by_queue.entry(MembersOf(member.queue_id)).or_default().push(member);
        }
        Ok(by_queue)
    }
}

impl Loader<AutoApplyOf> for Batches {
    type Value = Vec<AutoApply>;
    type Error = ApiError;

    async fn load(
        &self,
        keys: &[AutoApplyOf],
    ) -> Result<HashMap<AutoApplyOf, Vec<AutoApply>>, ApiError> {
        let ids: Vec<QueueId> = keys.iter().map(|key| key.0).collect();
        let mut by_queue: HashMap<AutoApplyOf, Vec<AutoApply>> = HashMap::new();
        for rule in suggestions::auto_apply_of(&mut *self.desk.conn().await?, &ids).await? {
            by_queue.entry(AutoApplyOf(rule.queue_id)).or_default().push(rule);
        }
        Ok(by_queue)
    }
}

impl Loader<EveryCategory> for Batches {
    type Value = Arc<Vec<Category>>;
    type Error = ApiError;

    async fn load(
        &self,
        _: &[EveryCategory],
    ) -> Result<HashMap<EveryCategory, Arc<Vec<Category>>>, ApiError> {
        let all = categories::list(&mut *self.desk.conn().await?, true).await?;
        Ok(HashMap::from([(EveryCategory, Arc::new(all))]))
    }
}

impl Loader<CountsOf> for Batches {
    type Value = Vec<QueueCount>;
    type Error = ApiError;

    async fn load(
        &self,
        keys: &[CountsOf],
    ) -> Result<HashMap<CountsOf, Vec<QueueCount>>, ApiError> {
        let ids: Vec<QueueId> = keys.iter().map(|key| key.0).collect();
        let mut conn = self.desk.conn().await?;
        let mut by_queue: HashMap<CountsOf, Vec<QueueCount>> = HashMap::new();
        for part in counts::count_of_queues(&mut conn, &self.actor, &ids).await? {
            by_queue.entry(CountsOf(part.queue_id)).or_default().push(part);
        }
        Ok(by_queue)
    }
}

impl Loader<TaggedWith> for Batches {
    type Value = u64;
    type Error = ApiError;

    async fn load(&self, keys: &[TaggedWith]) -> Result<HashMap<TaggedWith, u64>, ApiError> {
        let ids: Vec<TagId> = keys.iter().map(|key| key.0).collect();
        let mut conn = self.desk.conn().await?;
        let found = tags::count_tickets(&mut conn, &self.actor, &ids).await?;
        Ok(found.into_iter().map(|(id, tickets)| (TaggedWith(id), tickets)).collect())
    }
}

impl Loader<CountOf> for Batches {
    type Value = u64;
    type Error = ApiError;

    async fn load(&self, keys: &[CountOf]) -> Result<HashMap<CountOf, u64>, ApiError> {
        let filters: Vec<TicketFilter> = keys.iter().map(|key| key.0.clone()).collect();
        let mut conn = self.desk.conn().await?;
        let totals = counts::count_many(&mut conn, &self.actor, &filters).await?;
        Ok(keys.iter().cloned().zip(totals).collect())
    }
}

impl Loader<UnknownIn> for Batches {
    type Value = Unknown;
    type Error = ApiError;

    async fn load(&self, keys: &[UnknownIn]) -> Result<HashMap<UnknownIn, Unknown>, ApiError> {
        let filters: Vec<&TicketFilter> = keys.iter().map(|key| &key.0).collect();
        let mut conn = self.desk.conn().await?;
        let found = saved_views::unknown(&mut conn, &self.actor, &filters).await?;
        Ok(keys.iter().cloned().zip(found).collect())
    }
}

impl Loader<AssigneesOf> for Batches {
    type Value = Vec<User>;
    type Error = ApiError;

    async fn load(
        &self,
        keys: &[AssigneesOf],
    ) -> Result<HashMap<AssigneesOf, Vec<User>>, ApiError> {
        let ids: Vec<QueueId> = keys.iter().map(|key| key.0).collect();
        let found = users::assignable_in(&mut *self.desk.conn().await?, &ids).await?;
        Ok(found.into_iter().map(|(id, people)| (AssigneesOf(id), people)).collect())
    }
}

impl Loader<MembershipsOf> for Batches {
    type Value = Vec<Membership>;
    type Error = ApiError;

    async fn load(
        &self,
        keys: &[MembershipsOf],
    ) -> Result<HashMap<MembershipsOf, Vec<Membership>>, ApiError> {
        let ids: Vec<UserId> = keys.iter().map(|key| key.0).collect();
        let mut by_user: HashMap<MembershipsOf, Vec<Membership>> = HashMap::new();
        for member in queues::memberships_of(&mut *self.desk.conn().await?, &ids).await? {
            by_user.entry(MembershipsOf(member.user_id)).or_default().push(member);
        }
        Ok(by_user)
    }
}

impl Loader<RolloutOf> for Batches {
    type Value = Rollout;
    type Error = ApiError;

    async fn load(&self, _: &[RolloutOf]) -> Result<HashMap<RolloutOf, Rollout>, ApiError> {
        let all = models::rollouts(&mut *self.desk.conn().await?).await?;
        Ok(all.into_iter().map(|rollout| (RolloutOf(rollout.kind), rollout)).collect())
    }
}

impl Loader<ValidationsOf> for Batches {
    type Value = Vec<Validation>;
    type Error = ApiError;

    async fn load(
        &self,
        keys: &[ValidationsOf],
    ) -> Result<HashMap<ValidationsOf, Vec<Validation>>, ApiError> {
        let ids: Vec<ModelVersionId> = keys.iter().map(|key| key.0).collect();
        let found = models::validations_of(&mut *self.desk.conn().await?, &ids).await?;
        Ok(found.into_iter().map(|(id, all)| (ValidationsOf(id), all)).collect())
    }
}

impl Loader<AgreementOf> for Batches {
    type Value = Agreement;
    type Error = ApiError;

    async fn load(
        &self,
        keys: &[AgreementOf],
    ) -> Result<HashMap<AgreementOf, Agreement>, ApiError> {
        let ids: Vec<ModelVersionId> = keys.iter().map(|key| key.0).collect();
        let found = models::agreement(&mut *self.desk.conn().await?, &ids).await?;
        Ok(found.into_iter().map(|(id, agreement)| (AgreementOf(id), agreement)).collect())
    }
}
