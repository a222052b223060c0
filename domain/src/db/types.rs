//! How Rust values look in the database: UTC times and enums stored as text.

use chrono::{DateTime, SubsecRound, Utc};
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::mysql::{Mysql, MysqlValue};
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Datetime;
use serde::{Deserialize, Serialize};

/// A moment in UTC, to the microsecond: exactly what a `DATETIME(6)` column holds.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    AsExpression,
    FromSqlRow,
)]
#[diesel(sql_type = Datetime)]
#[serde(transparent)]
pub struct Timestamp(DateTime<Utc>);

impl Timestamp {
    pub fn now() -> Self {
        Utc::now().into()
    }

    pub fn as_utc(self) -> DateTime<Utc> {
        self.0
    }

    /// A number of seconds after 1970 began.
    pub fn from_unix_seconds(seconds: i64) -> Self {
        Self(DateTime::UNIX_EPOCH + chrono::TimeDelta::seconds(seconds))
    }

    /// Whole seconds since an earlier time; negative for a later one.
    pub fn seconds_since(self, earlier: Self) -> i64 {
        (self.0 - earlier.0).num_seconds()
    }

    /// Later by whole seconds; a negative number is earlier.
    pub fn plus_seconds(self, seconds: i64) -> Self {
        self.plus_milliseconds(seconds * 1000)
    }

    /// Later by milliseconds; a negative number is earlier.
    pub fn plus_milliseconds(self, milliseconds: i64) -> Self {
        Self(self.0 + chrono::TimeDelta::milliseconds(milliseconds))
    }
}

impl From<DateTime<Utc>> for Timestamp {
    /// Cuts what is finer than a microsecond, so that a value read back equals the one written.
    fn from(time: DateTime<Utc>) -> Self {
        Self(time.trunc_subsecs(6))
    }
}

impl std::fmt::Display for Timestamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0.to_rfc3339_opts(chrono::SecondsFormat::Secs, true))
    }
}

// diesel's MySQL backend knows only naive times; this is the one place where the zone is added.
impl FromSql<Datetime, Mysql> for Timestamp {
    fn from_sql(value: MysqlValue<'_>) -> deserialize::Result<Self> {
        let naive = <chrono::NaiveDateTime as FromSql<Datetime, Mysql>>::from_sql(value)?;
        Ok(Self(naive.and_utc()))
    }
}

impl ToSql<Datetime, Mysql> for Timestamp {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Mysql>) -> serialize::Result {
        let naive = self.0.naive_utc();
        <chrono::NaiveDateTime as ToSql<Datetime, Mysql>>::to_sql(&naive, &mut out.reborrow())
    }
}

/// Defines an enum stored in a `VARCHAR`, with one spelling for database, JSON and messages.
#[macro_export]
macro_rules! text_enum {
    ($(#[$doc:meta])* pub enum $name:ident {
        $($(#[$variant_doc:meta])* $variant:ident = $text:literal),+ $(,)?
    }) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash,
            ::serde::Serialize, ::serde::Deserialize,
            ::diesel::expression::AsExpression, ::diesel::deserialize::FromSqlRow,
        )]
        #[diesel(sql_type = ::diesel::sql_types::Text)]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $text)] $variant),+
        }

        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The spelling in the database and in the event log.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text),+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, String> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    _ => Err(format!(
                        "{text:?} is none of: {}", [$($text),+].join(", ")
                    )),
                }
            }
        }

        impl ::diesel::deserialize::FromSql<::diesel::sql_types::Text, ::diesel::mysql::Mysql> for $name {
            fn from_sql(value: ::diesel::mysql::MysqlValue<'_>) -> ::diesel::deserialize::Result<Self> {
                let text = <String as ::diesel::deserialize::FromSql<
                    ::diesel::sql_types::Text, ::diesel::mysql::Mysql,
                >>::from_sql(value)?;
                text.parse().map_err(Into::into)
            }
        }

        impl ::diesel::serialize::ToSql<::diesel::sql_types::Text, ::diesel::mysql::Mysql> for $name {
            fn to_sql<'b>(
                &'b self,
                out: &mut ::diesel::serialize::Output<'b, '_, ::diesel::mysql::Mysql>,
            ) -> ::diesel::serialize::Result {
                <str as ::diesel::serialize::ToSql<
                    ::diesel::sql_types::Text, ::diesel::mysql::Mysql,
                >>::to_sql(self.as_str(), out)
            }
        }

        #[cfg(test)]
        impl $name {
            /// Every variant survives text and JSON; called by the module's tests.
            pub(crate) fn assert_round_trips() {
                for variant in Self::ALL {
                    assert_eq!(variant.as_str().parse::<Self>().unwrap(), *variant);
                    let json = serde_json::to_string(variant).unwrap();
                    assert_eq!(json, format!("{:?}", variant.as_str()));
                    assert_eq!(serde_json::from_str::<Self>(&json).unwrap(), *variant);
                }
            }
        }
    };
}
