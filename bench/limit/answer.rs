//! Values as the graph writes them.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use mysql_async::{Row, Value};
use serde::{Serialize, Serializer};
use std::fmt::Write;

/// What is answered instead of a result.
pub struct Refusal(StatusCode, String);

impl Refusal {
    pub fn new(status: StatusCode, message: &str) -> Self {
        Self(status, message.to_owned())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.0, self.1).into_response()
    }
}

impl From<mysql_async::Error> for Refusal {
    fn from(error: mysql_async::Error) -> Self {
        Self(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
    }
}

pub type Answer<T> = Result<T, Refusal>;

/// `{"data": …}`
#[derive(Serialize)]
pub struct Data<T> {
    pub data: T,
}

/// A person as all answers show them.
#[derive(Serialize)]
pub struct User {
    pub id: String,
    pub name: String,
}

/// A public id: `ticket_` and 32 hex digits.
pub fn public(noun: &str, id: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(noun.len() + 33);
    text.push_str(noun);
    text.push('_');
    for byte in id {
        text.push(DIGITS[usize::from(byte >> 4)].into());
        text.push(DIGITS[usize::from(byte & 15)].into());
    }
    text
}

/// The bytes of a public id.
pub fn private(noun: &str, id: &str) -> Answer<Vec<u8>> {
    let uuid = id.strip_prefix(noun).and_then(|rest| rest.strip_prefix('_'));
    let uuid = uuid.and_then(|digits| uuid::Uuid::try_parse(digits).ok());
    uuid.map(|uuid| uuid.as_bytes().to_vec())
        .ok_or_else(|| Refusal::new(StatusCode::BAD_REQUEST, "malformed id"))
}

/// A column; the statement says which types there are.
pub fn column<T: mysql_async::prelude::FromValue>(row: &mut Row, index: usize) -> T {
    row.take(index).expect("the statement has this column, of this type")
}

/// Two columns, id and name; `None` when they are NULL.
pub fn user(row: &mut Row, index: usize) -> Option<User> {
    let id: Option<Vec<u8>> = column(row, index);
    Some(User { id: public("user", &id?), name: column(row, index + 1) })
}

/// Enums are upper case in the graph and lower case in the database.
pub fn upper(row: &mut Row, index: usize) -> String {
    let mut text: String = column(row, index);
    text.make_ascii_uppercase();
    text
}

/// A `DATETIME(6)` in the notation of RFC 3339.
pub struct Time(Value);

impl Time {
    pub fn of(row: &mut Row, index: usize) -> Self {
        Self(column(row, index))
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Value::Date(year, month, day, hour, minute, second, micros) = self.0 else {
            return Err(serde::ser::Error::custom("not a DATETIME"));
        };
        let mut text = String::with_capacity(32);
        let seconds = format_args!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
        let written = match micros {
            0 => write!(text, "{seconds}+00:00"),
            _ if micros.is_multiple_of(1000) => {
                write!(text, "{seconds}.{:03}+00:00", micros / 1000)
            }
            _ => write!(text, "{seconds}.{micros:06}+00:00"),
        };
        written.expect("strings take everything");
        serializer.serialize_str(&text)
    }
}
