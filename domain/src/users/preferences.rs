//! How a person wants the desk: language, time zone, look, and what they want to be told.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use std::collections::HashSet;

use crate::db::one_of;
use crate::db::schema::user_preferences;
use crate::error::{Error, FieldErrors, Result};
use crate::ids::UserId;
use crate::notifications::NotificationKind;
use crate::{Actor, Conn};

crate::text_enum! {
    /// How the console looks.
    pub enum Theme {
        /// As the person's device has it.
        System = "system",
        Light = "light",
        Dark = "dark",
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preferences {
    /// A language tag (BCP 47), such as `de-AT`; `None`: the client's own.
    pub locale: Option<String>,
    /// An IANA time zone, such as `Europe/Vienna`; `None`: the client's own.
    pub time_zone: Option<String>,
    pub theme: Theme,
    /// What the person does not want to be told; ascending.
    pub muted: Vec<NotificationKind>,
}

impl Default for Preferences {
    fn default() -> Self {
        Self { locale: None, time_zone: None, theme: Theme::System, muted: Vec::new() }
    }
}

#[derive(HasQuery, Insertable)]
#[diesel(table_name = user_preferences)]
#[diesel(treat_none_as_default_value = false)]
struct Row {
    user_id: UserId,
    locale: Option<String>,
    time_zone: Option<String>,
    theme: Theme,
    muted: String,
}

impl From<Row> for Preferences {
    fn from(row: Row) -> Self {
        let muted = kinds(&row.muted);
        Self { locale: row.locale, time_zone: row.time_zone, theme: row.theme, muted }
    }
}

/// What a newer program wrote and this one does not know is passed over.
fn kinds(text: &str) -> Vec<NotificationKind> {
    text.split(' ').filter_map(|word| word.parse().ok()).collect()
}

/// The actor's own preferences.
///
/// # Errors
/// [`Error::Forbidden`] for the desk itself.
pub async fn find(conn: &mut Conn, actor: &Actor) -> Result<Preferences> {
    let user = actor.user()?;
    let row: Option<Row> =
        Row::query().filter(user_preferences::user_id.eq(user)).first(conn).await.optional()?;
    Ok(row.map(Preferences::from).unwrap_or_default())
}

pub(super) async fn store(
    conn: &mut Conn,
    user_id: UserId,
    preferences: &Preferences,
) -> Result<()> {
    let Preferences { locale, time_zone, theme, muted } = preferences.clone();
    let muted = muted.into_iter().map(NotificationKind::as_str).collect::<Vec<_>>().join(" ");
    let row = Row { user_id, locale, time_zone, theme, muted };
    diesel::replace_into(user_preferences::table).values(&row).execute(conn).await?;
    Ok(())
}

/// Those of several people who want to be told of a kind, in their order.
///
/// # Errors
/// [`Error::Unavailable`] when the database is away.
pub(crate) async fn without_muted(
    conn: &mut Conn,
    whom: &[UserId],
    kind: NotificationKind,
) -> Result<Vec<UserId>> {
    if whom.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<(UserId, String)> = user_preferences::table
        .filter(one_of(user_preferences::user_id, whom))
        .select((user_preferences::user_id, user_preferences::muted))
        .load(conn)
        .await?;
    let deaf: HashSet<UserId> = rows
        .into_iter()
        .filter(|(_, muted)| kinds(muted).contains(&kind))
        .map(|(user, _)| user)
        .collect();
    Ok(whom.iter().copied().filter(|user| !deaf.contains(user)).collect())
}

/// A language tag, as far as its form tells.
pub(super) fn check_locale(errors: &mut FieldErrors, tag: &str) -> String {
    let tag = tag.trim();
    let mut parts = tag.split('-');
    let is_language = parts.next().is_some_and(|first| {
        (2..=8).contains(&first.len()) && first.bytes().all(|byte| byte.is_ascii_alphabetic())
    });
    let is_tag = |part: &str| {
        (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    if !is_language || !parts.all(is_tag) || tag.len() > 35 {
        errors.add("locale", format!("{tag:?} is not a language tag such as en or de-AT"));
    }
    tag.to_owned()
}

/// A time zone of the IANA database.
///
/// # Errors
/// [`Error::Invalid`] for `path` when there is none of that name.
pub fn time_zone(path: &'static str, name: &str) -> Result<chrono_tz::Tz> {
    let name = name.trim();
    name.parse().map_err(|_| {
        Error::invalid(path, format!("{name:?} is not an IANA time zone such as Europe/Berlin"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn themes_round_trip() {
        Theme::assert_round_trips();
    }

    #[test]
    fn language_tags_and_time_zones_are_told_from_other_text() {
        for (tag, ok) in [
            ("en", true),
            (" de-AT ", true),
            ("zh-Hant-TW", true),
            ("", false),
            ("e", false),
            ("de_AT", false),
            ("de-", false),
            ("12", false),
            ("en-aaaaaaaa-aaaaaaaa-aaaaaaaa-aaaaaaaa", false),
        ] {
            let mut errors = FieldErrors::default();
            check_locale(&mut errors, tag);
            assert_eq!(errors.into_result().is_ok(), ok, "{tag:?}");
        }
        for (name, ok) in [
            ("Europe/Berlin", true),
            ("UTC", true),
            ("America/Argentina/Buenos_Aires", true),
            ("Berlin", false),
            ("+02:00", false),
            ("", false),
        ] {
            assert_eq!(time_zone("timeZone", name).is_ok(), ok, "{name:?}");
        }
    }
}
