//! Subscriptions (and any other operation) over `graphql-transport-ws`
//! (https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md).
//!
//! The caller is known from the session cookie of the handshake, or from `authorization` in the
//! payload of `connection_init`. When the session or token ends, the socket is closed with code
//! 4403, which the library under us does not do by itself.

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
use tokio::time::{Instant, sleep_until};

use super::App;
use super::credentials::{bearer, caller, is_same_origin};
use crate::graphql::context::Caller;
use crate::graphql::error::ApiError;
use crate::graphql::loaders::Batches;

/// The only sub-protocol spoken here.
const PROTOCOL: &str = "graphql-transport-ws";
/// Close code for a session or token that does not hold or has ended.
const FORBIDDEN: u16 = 4403;
/// A client has this long to send `connection_init`, and to answer pings.
const KEEPALIVE: Duration = Duration::from_secs(30);

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
    let incoming = from_client
        .take_while(|message| future::ready(!matches!(message, Err(_) | Ok(Message::Close(_)))))
        .filter_map(|message| {
            future::ready(match message {
                Ok(Message::Text(text)) => Some(text.as_bytes().to_vec()),
                Ok(Message::Binary(bytes)) => Some(bytes.to_vec()),
                _ => None,
            })
        });
    let ends_at: Arc<Mutex<Option<Timestamp>>> = Arc::default();
    let on_init = {
        let (app, ends_at) = (app.clone(), ends_at.clone());
        move |payload| init(app, handshake, payload, ends_at)
    };
    let mut outgoing = WebSocket::new(app.schema.clone(), incoming, WebSocketProtocols::GraphQLWS)
        .on_connection_init(on_init)
        .on_ping(default_on_ping as DefaultOnPingType)
        .keepalive_timeout(KEEPALIVE);
    loop {
        let end = *ends_at.lock().expect("nobody panics with the lock");
        tokio::select! {
            message = outgoing.next() => {
                let message = match message {
                    Some(WsMessage::Text(text)) => Message::Text(text.into()),
                    Some(WsMessage::Close(code, reason)) => close(code, reason),
                    None => return,
                };
                let is_last = matches!(message, Message::Close(_));
                if to_client.send(message).await.is_err() || is_last {
                    return;
                }
            }
            () = until(end) => {
                let _ = to_client.send(close(FORBIDDEN, "The session has ended.".into())).await;
                return;
            }
        }
    }
}

/// Finds out who the socket belongs to; the payload's token counts more than the handshake's cookie.
async fn init(
    app: App,
    handshake: Caller,
    payload: serde_json::Value,
    ends_at: Arc<Mutex<Option<Timestamp>>>,
) -> async_graphql::Result<Data> {
    let named = payload.get("authorization").or_else(|| payload.get("Authorization"));
    let who = match named.and_then(|value| value.as_str()) {
        Some(text) => bearer(&app.desk, text, handshake.address.clone()).await,
        None => Ok(handshake),
    };
    let who = who.map_err(|error| GraphError::from(ApiError::from(error)))?;
    let mut data = Data::default();
    if let Some(known) = &who.authenticated {
        *ends_at.lock().expect("nobody panics with the lock") = known.expires_at;
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

fn close(code: u16, reason: String) -> Message {
    Message::Close(Some(CloseFrame { code, reason: reason.into() }))
}
