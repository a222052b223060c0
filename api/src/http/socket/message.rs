//! The messages of `graphql-transport-ws`.

use async_graphql::{Response, Value as GraphValue};
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;

use crate::http::incoming::Incoming;

/// What clients send.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FromClient {
    ConnectionInit {
        #[serde(default)]
        payload: Value,
    },
    Ping {
        #[serde(default)]
        payload: Option<Value>,
    },
    Pong {},
    Subscribe {
        id: String,
        payload: Incoming,
    },
    Complete {
        id: String,
    },
}

/// What an operation sends, as JSON.
#[derive(Debug, Clone)]
pub enum Out {
    /// The payload of a `next` message.
    Next(Arc<str>),
    /// The payload of an `error` message; the operation is over.
    Error(Arc<str>),
}

impl Out {
    /// An operation that was not run, because it cannot be read, is not valid or is not allowed, is
    /// answered with an error; whatever comes of running it is a result.
    pub fn of(answer: &Response) -> Self {
        let was_run = answer.errors.iter().all(|error| !error.path.is_empty());
        if was_run || answer.data != GraphValue::Null {
            Self::Next(json(answer))
        } else {
            Self::Error(json(&answer.errors))
        }
    }

    /// Bytes of JSON.
    pub fn len(&self) -> usize {
        let (Self::Next(text) | Self::Error(text)) = self;
        text.len()
    }
}

fn json(value: &impl serde::Serialize) -> Arc<str> {
    serde_json::to_string(value).expect("a response is JSON").into()
}

/// `payload` is JSON already.
pub fn next(id: &str, payload: &str) -> String {
    with_payload("next", id, payload)
}

/// `errors` is a JSON list already.
pub fn error(id: &str, errors: &str) -> String {
    with_payload("error", id, errors)
}

pub fn complete(id: &str) -> String {
    format!(r#"{{"id":{},"type":"complete"}}"#, quoted(id))
}

pub fn pong(payload: Option<&Value>) -> String {
    match payload {
        Some(payload) => format!(r#"{{"type":"pong","payload":{payload}}}"#),
        None => r#"{"type":"pong"}"#.to_owned(),
    }
}

pub const ACK: &str = r#"{"type":"connection_ack"}"#;

fn with_payload(kind: &str, id: &str, payload: &str) -> String {
    let id = quoted(id);
    let mut text = String::with_capacity(id.len() + kind.len() + payload.len() + 32);
    text.extend([r#"{"id":"#, &id, r#","type":""#, kind, r#"","payload":"#, payload, "}"]);
    text
}

fn quoted(id: &str) -> String {
    serde_json::to_string(id).expect("a string is JSON")
}
