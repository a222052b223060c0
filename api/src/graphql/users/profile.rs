//! What is one's own to change: name, preferences, password.

use async_graphql::{Context, Enum, InputObject, MaybeUndefined, Object, SimpleObject};
use deskwire_domain::error::Error;
use deskwire_domain::sessions::{self, PasswordChange};
use deskwire_domain::users::preferences;
use deskwire_domain::users::{self, ProfileChange};

use super::object::User;
use crate::graphql::context::ContextExt;
use crate::graphql::error::{ApiResult, UserError, mendable};
use crate::graphql::notifications::NotificationKind;
use crate::graphql::scalars::Cursor;

/// How the console looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "deskwire_domain::users::Theme")]
pub enum Theme {
    /// As the person's device has it.
    System,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

/// How the caller wants the desk.
#[derive(SimpleObject)]
pub struct Preferences {
    /// Language tag (BCP 47), such as `de-AT`. Null: the client's own.
    locale: Option<String>,
    /// IANA time zone, such as `Europe/Vienna`. Null: the client's own.
    time_zone: Option<String>,
    /// How the console looks.
    theme: Theme,
    /// Kinds of notifications that the caller does not want and is not sent.
    muted_notifications: Vec<NotificationKind>,
}

impl From<users::Preferences> for Preferences {
    fn from(found: users::Preferences) -> Self {
        Self {
            locale: found.locale,
            time_zone: found.time_zone,
            theme: found.theme.into(),
            muted_notifications: found.muted.into_iter().map(Into::into).collect(),
        }
    }
}

impl Preferences {
    pub async fn load(ctx: &Context<'_>) -> ApiResult<Self> {
        Ok(preferences::find(&mut *ctx.conn().await?, ctx.actor()?).await?.into())
    }
}

/// What to change of oneself; what is not given stays.
#[derive(InputObject)]
struct UpdateProfileInput {
    /// Display name, 1 to 200 characters.
    name: Option<String>,
    /// Language tag, such as `en` or `de-AT`; null: the client's own.
    locale: MaybeUndefined<String>,
    /// IANA time zone; null: the client's own.
    time_zone: MaybeUndefined<String>,
    /// How the console looks.
    theme: Option<Theme>,
    /// All kinds of notifications that are not wanted from now on.
    muted_notifications: Option<Vec<NotificationKind>>,
}

/// Outcome of changing one's profile.
#[derive(SimpleObject)]
struct ProfilePayload {
    /// The caller after the change. Null with errors.
    user: Option<User>,
    /// Their preferences after the change. Null with errors.
    preferences: Option<Preferences>,
    /// What the caller can mend. Empty when the change was made.
    errors: Vec<UserError>,
    /// Where the change stands in the event log; preferences are not in it. Null with errors.
    cursor: Option<Cursor>,
}

/// The present password and the next one.
#[derive(InputObject)]
struct ChangePasswordInput {
    /// The password until now.
    #[graphql(secret)]
    current: String,
    /// At least 10 characters.
    #[graphql(secret)]
    new: String,
}

/// Outcome of changing one's password.
#[derive(SimpleObject)]
struct ChangePasswordPayload {
    /// The caller. Null with errors.
    user: Option<User>,
    /// What the caller can mend. Empty when the password was changed.
    errors: Vec<UserError>,
}

#[derive(Default)]
pub struct ProfileMutation;

#[Object]
impl ProfileMutation {
    /// Changes the caller's own name and preferences, whatever their role. Scope `users:write`.
    async fn update_profile(
        &self,
        ctx: &Context<'_>,
        input: UpdateProfileInput,
    ) -> ApiResult<ProfilePayload> {
        let change = ProfileChange {
            name: input.name,
            locale: given(input.locale),
            time_zone: given(input.time_zone),
            theme: input.theme.map(Into::into),
            muted: input.muted_notifications.map(|all| all.into_iter().map(Into::into).collect()),
        };
        let outcome = users::update_profile(&mut *ctx.conn().await?, ctx.actor()?, change).await;
        Ok(match mendable(outcome)? {
            Ok((user, preferences)) => ProfilePayload {
                user: Some(User(user)),
                preferences: Some(preferences.into()),
                errors: Vec::new(),
                cursor: ctx.settle().await,
            },
            Err(errors) => ProfilePayload { user: None, preferences: None, errors, cursor: None },
        })
    }

    /// Changes the caller's own password and ends all their other sessions; API tokens stay. A wrong
    /// `current` and a user without a password answer alike; attempts count as those to sign in do. Only
    /// with a session: tokens are FORBIDDEN.
    async fn change_password(
        &self,
        ctx: &Context<'_>,
        input: ChangePasswordInput,
    ) -> ApiResult<ChangePasswordPayload> {
        let (caller, actor) = (ctx.caller()?, ctx.actor()?);
        let secret = caller.secret.as_ref().ok_or(Error::Unauthenticated)?;
        let change = PasswordChange {
            session: secret,
            current: input.current.into(),
            new: input.new.into(),
            attempts: &ctx.desk().sign_in_attempts,
            place: &caller.address,
        };
        let outcome = sessions::change_password(&mut *ctx.conn().await?, actor, change).await;
        Ok(match mendable(outcome)? {
            Ok(()) => {
                // Announces the end of the other sessions, so that their sockets close.
                ctx.settle().await;
                let user = User::load_optional(ctx, actor.user_id).await?;
                ChangePasswordPayload { user, errors: Vec::new() }
            }
            Err(errors) => ChangePasswordPayload { user: None, errors },
        })
    }
}

fn given(value: MaybeUndefined<String>) -> Option<Option<String>> {
    match value {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(None),
        MaybeUndefined::Value(text) => Some(Some(text)),
    }
}
