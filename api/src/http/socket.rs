//! Subscriptions (and any other operation) over `graphql-transport-ws`
//! (https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md).
//!
//! The caller is known from the session cookie of the handshake, or from `authorization` in the
//! payload of `connection_init`. When the session or token ends, the socket is closed with code
//! 4403, which the library under us does not do by itself. Pings (of the WebSocket protocol, which
//! every client answers by itself) find clients that are gone.

use async_graphql::dataloader::DataLoader;
use async_graphql::http::{
    DefaultOnPingType, WebSocket, WebSocketProtocols, WsMessage, default_on_ping,
};
use async_graphql::{Data, Error as GraphError};
use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use deskwire_domain::{Error, Timestamp};
use futures::{SinkExt, StreamExt, future};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::{Instant, interval_at, sleep_until};

use super::App;
use super::credentials::{bearer, caller, is_same_origin};
use crate::graphql::context::Caller;
use crate::graphql::error::ApiError;
use crate::graphql::loaders::Batches;

/// The only sub-protocol spoken here.
const PROTOCOL: &str = "graphql-transport-ws";
/// Close code for a session or token that does not hold or has ended.
const FORBIDDEN: u16 = 4403;
/// Close code for a client that did not send `connection_init` in time.
const INIT_TIMEOUT: u16 = 4408;
/// Close code for a client that answers no more (RFC 6455 §7.4.1, "going away").
const GONE: u16 = 1001;
/// How often a ping is sent; two without any answer end the socket. Also the time for
/// `connection_init`.
const PING: Duration = Duration::from_secs(10);
const UNPOISONED: &str = "nobody panics with the lock";

/// Opens a socket for the graph.
pub async fn connect(
    State(app): State<App>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    let who = match caller(&app.desk, &headers).await {
        Ok(who) => who,
        Err(Error::Unauthenticated) => return StatusCode::UNAUTHORIZED.into_response(),
        Err(_) => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
    };
    if who.secret.is_some() && !is_same_origin(&headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let upgrade = upgrade.protocols([PROTOCOL]);
    if upgrade.selected_protocol().is_none() {
        let message = format!("Ask for the sub-protocol {PROTOCOL} (Sec-WebSocket-Protocol).\n");
        return (StatusCode::BAD_REQUEST, message).into_response();
    }
    upgrade.on_upgrade(move |socket| serve(app, who, socket))
}

async fn serve(app: App, handshake: Caller, socket: axum::extract::ws::WebSocket) {
    let (mut to_client, from_client) = socket.split();
    let state = Arc::new(Mutex::new(Liveness { heard_at: Instant::now(), known: None }));
    let incoming = from_client
        .inspect({
            let state = state.clone();
            // Pongs count too: they are all that a client with one quiet subscription sends.
            move |_| state.lock().expect(UNPOISONED).heard_at = Instant::now()
        })
        .take_while(|message| future::ready(!matches!(message, Err(_) | Ok(Message::Close(_)))))
        .filter_map(|message| {
            future::ready(match message {
                Ok(Message::Text(text)) => Some(text.as_bytes().to_vec()),
                Ok(Message::Binary(bytes)) => Some(bytes.to_vec()),
                _ => None,
            })
        });
    let on_init = {
        let (app, state) = (app.clone(), state.clone());
        move |payload| init(app, handshake, payload, state)
    };
    let mut outgoing = WebSocket::new(app.schema.clone(), incoming, WebSocketProtocols::GraphQLWS)
        .on_connection_init(on_init)
        .on_ping(default_on_ping as DefaultOnPingType);
    let mut clock = interval_at(Instant::now() + PING, PING);
    loop {
        let end = state.lock().expect(UNPOISONED).ends_at();
        let message = tokio::select! {
            message = outgoing.next() => match message {
                Some(WsMessage::Text(text)) => Message::Text(text.into()),
                Some(WsMessage::Close(code, reason)) => close(code, &reason),
                None => return,
            },
            () = until(end) => close(FORBIDDEN, "The session has ended."),
            _ = clock.tick() => state.lock().expect(UNPOISONED).check(),
        };
        let is_last = matches!(message, Message::Close(_));
        if to_client.send(message).await.is_err() || is_last {
            return;
        }
    }
}

/// What a socket's reader and writer share.
struct Liveness {
    heard_at: Instant,
    /// `None` until `connection_init` was answered; then when session or token ends, if they do.
    known: Option<Option<Timestamp>>,
}

impl Liveness {
    fn ends_at(&self) -> Option<Timestamp> {
        self.known.flatten()
    }

    /// A ping for a living client; a close for one that is gone or never said who it is.
    fn check(&self) -> Message {
        if self.known.is_none() {
            close(INIT_TIMEOUT, "Connection initialisation timeout")
        } else if self.heard_at.elapsed() > 2 * PING {
            close(GONE, "No answer to pings")
        } else {
            Message::Ping(Vec::new().into())
        }
    }
}

/// Finds out who the socket belongs to; the payload's token counts more than the handshake's cookie.
async fn init(
    app: App,
    handshake: Caller,
    payload: serde_json::Value,
    state: Arc<Mutex<Liveness>>,
) -> async_graphql::Result<Data> {
    let named = payload.get("authorization").or_else(|| payload.get("Authorization"));
    let who = match named.and_then(|value| value.as_str()) {
        Some(text) => bearer(&app.desk, text, handshake.address.clone()).await,
        None => Ok(handshake),
    };
    let who = who.map_err(|error| GraphError::from(ApiError::from(error)))?;
    let mut data = Data::default();
    let ends_at = who.authenticated.as_ref().and_then(|known| known.expires_at);
    state.lock().expect(UNPOISONED).known = Some(ends_at);
    if let Some(known) = &who.authenticated {
        let batches = Batches { desk: app.desk.clone(), actor: known.actor.clone() };
        data.insert(DataLoader::new(batches, tokio::spawn));
    }
    data.insert(who);
    Ok(data)
}

/// Sleeps until a moment of the wall clock; forever without one.
async fn until(end: Option<Timestamp>) {
    match end {
        Some(end) => {
            let left = (end.as_utc() - Timestamp::now().as_utc()).to_std().unwrap_or_default();
            sleep_until(Instant::now() + left).await;
        }
        None => future::pending().await,
    }
}

fn close(code: u16, reason: &str) -> Message {
    Message::Close(Some(CloseFrame { code, reason: reason.into() }))
}
