//! Deciding about suggestions.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use deskwire_domain::error::Result;
use deskwire_domain::{suggestions, tickets};

use super::object::Suggestion;
use crate::graphql::context::ContextExt;
use crate::graphql::error::{ApiResult, UserError, mendable};
use crate::graphql::ids::{domain, try_domain};
use crate::graphql::scalars::Cursor;
use crate::graphql::tickets::object::Ticket;

/// The suggestion to decide about.
#[derive(InputObject)]
struct DecideSuggestionInput {
    /// The suggestion.
    id: ID,
}

/// Outcome of deciding about a suggestion.
#[derive(SimpleObject)]
struct SuggestionPayload {
    /// The suggestion after the decision; with errors, as it is now.
    suggestion: Option<Suggestion>,
    /// The ticket after the decision. Null with errors.
    ticket: Option<Ticket>,
    /// What the caller can mend. Empty when the decision was recorded.
    errors: Vec<UserError>,
    /// Where the change stands in the event log. Null with errors.
    cursor: Option<Cursor>,
}

#[derive(Default)]
pub struct SuggestionMutation;

#[Object]
impl SuggestionMutation {
    /// Puts the suggested label on the ticket, as the caller's own decision; an APPLIED one stays there
    /// and is theirs from then on. Staff with the right to reply. Scope `tickets:write`.
    async fn accept_suggestion(
        &self,
        ctx: &Context<'_>,
        input: DecideSuggestionInput,
    ) -> ApiResult<SuggestionPayload> {
        let actor = ctx.actor()?;
        let outcome = match domain(&input.id, "id") {
            Ok(id) => suggestions::accept(&mut *ctx.conn().await?, actor, id).await,
            Err(error) => Err(error),
        };
        payload(ctx, &input.id, outcome).await
    }

    /// Puts an OPEN suggestion away without choosing a label; for an APPLIED one there is
    /// `revertSuggestion`. Staff with the right to reply. Scope `tickets:write`.
    async fn dismiss_suggestion(
        &self,
        ctx: &Context<'_>,
        input: DecideSuggestionInput,
    ) -> ApiResult<SuggestionPayload> {
        let actor = ctx.actor()?;
        let outcome = match domain(&input.id, "id") {
            Ok(id) => suggestions::dismiss(&mut *ctx.conn().await?, actor, id).await,
            Err(error) => Err(error),
        };
        payload(ctx, &input.id, outcome).await
    }

    /// Takes the label of an APPLIED suggestion off its ticket, which is then as it was before; the
    /// suggestion is DISMISSED. Answers ALREADY_DECIDED when somebody has accepted it or chosen another
    /// label meanwhile, with who and when. Staff with the right to reply. Scope `tickets:write`.
    async fn revert_suggestion(
        &self,
        ctx: &Context<'_>,
        input: DecideSuggestionInput,
    ) -> ApiResult<SuggestionPayload> {
        let actor = ctx.actor()?;
        let outcome = match domain(&input.id, "id") {
            Ok(id) => suggestions::revert(&mut *ctx.conn().await?, actor, id).await,
            Err(error) => Err(error),
        };
        payload(ctx, &input.id, outcome).await
    }
}

async fn payload(
    ctx: &Context<'_>,
    id: &ID,
    outcome: Result<(tickets::Ticket, suggestions::Suggestion)>,
) -> ApiResult<SuggestionPayload> {
    Ok(match mendable(outcome)? {
        Ok((ticket, suggestion)) => SuggestionPayload {
            suggestion: Some(Suggestion(suggestion)),
            ticket: Some(Ticket(ticket)),
            errors: Vec::new(),
            cursor: ctx.settle().await,
        },
        Err(errors) => {
            let suggestion = match try_domain(id) {
                Some(id) => Suggestion::load(ctx, id).await?,
                None => None,
            };
            SuggestionPayload { suggestion, ticket: None, errors, cursor: None }
        }
    })
}
