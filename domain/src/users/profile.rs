//! Changing what is one's own to change: name and preferences.

use diesel::prelude::*;
use diesel_async::{AsyncConnection, RunQueryDsl};

use super::preferences::{self, Preferences, Theme, check_locale, time_zone};
use super::{User, queries};
use crate::actor::Scope;
use crate::db::schema::users;
use crate::error::{FieldErrors, Result};
use crate::events::{self, EventKind, EventPayload, NewEvent};
use crate::notifications::NotificationKind;
use crate::{Actor, Conn, Timestamp};

/// Fields to change; `None` leaves a field as it is, `Some(None)` goes back to the client's own.
#[derive(Debug, Clone, Default)]
pub struct ProfileChange {
    pub name: Option<String>,
    pub locale: Option<Option<String>>,
    pub time_zone: Option<Option<String>>,
    pub theme: Option<Theme>,
    /// Everything the person does not want to be told from now on.
    pub muted: Option<Vec<NotificationKind>>,
}

/// Changes the actor's own name and preferences, whatever their role.
///
/// # Errors
/// [`crate::Error::Invalid`] listing every bad field; [`crate::Error::Forbidden`] for the desk itself and
/// without the scope `users:write`.
pub async fn update_profile(
    conn: &mut Conn,
    actor: &Actor,
    change: ProfileChange,
) -> Result<(User, Preferences)> {
    actor.require_scope(Scope::UsersWrite)?;
    let (me, now) = (actor.user()?, Timestamp::now());
    let change = check(change)?;
    conn.transaction(async |conn| {
        // Locked, so that two devices that change different fields keep both.
        let name: String =
            users::table.find(me).select(users::name).for_update().first(conn).await?;
        if let Some(new) = change.name.filter(|new| *new != name) {
            diesel::update(users::table.find(me))
                .set((users::name.eq(new), users::updated_at.eq(now)))
                .execute(conn)
                .await?;
            let payload = EventPayload { note: Some("renamed".into()), ..Default::default() };
            let event = NewEvent::new(EventKind::UserChanged, actor, me, now, payload);
            events::append(conn, &[event]).await?;
        }
        let before = preferences::find(conn, actor).await?;
        let after = Preferences {
            locale: change.locale.unwrap_or_else(|| before.locale.clone()),
            time_zone: change.time_zone.unwrap_or_else(|| before.time_zone.clone()),
            theme: change.theme.unwrap_or(before.theme),
            muted: change.muted.unwrap_or_else(|| before.muted.clone()),
        };
        if after != before {
            preferences::store(conn, me, &after).await?;
        }
        Ok((queries::find(conn, me).await?, after))
    })
    .await
}

fn check(mut change: ProfileChange) -> Result<ProfileChange> {
    let mut errors = FieldErrors::default();
    change.name = change.name.map(|name| errors.line("name", &name, 200));
    change.locale = change.locale.map(|tag| tag.map(|tag| check_locale(&mut errors, &tag)));
    if let Some(Some(zone)) = &mut change.time_zone
        && let Some(found) = errors.take(time_zone("timeZone", zone))?
    {
        found.name().clone_into(zone);
    }
    if let Some(muted) = &mut change.muted {
        muted.sort();
        muted.dedup();
    }
    errors.into_result()?;
    Ok(change)
}
