//! Subscriptions (and any other operation) over `graphql-transport-ws`
//! (<https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>).
//!
//! The caller is known from the session cookie of the handshake, or from `authorization` in the
//! payload of `connection_init`, which may also give an `origin` (see `Event.origin`). Each operation
//! finds out anew what they may do. When the session or token ends, or the user's role changes, the
//! socket is closed with code 4403, which the library under us does not do by itself. Pings (of the
//! WebSocket protocol, which every client answers by itself) find clients that are gone.

use async_graphql::http::{
    DefaultOnPingType, WebSocket, WebSocketProtocols, WsMessage, default_on_ping,
};
use async_graphql::{Data, Error as GraphError, Executor, Request, Response as Answer};
use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use deskwire_domain::actor::Origin;
use deskwire_domain::events::Start;
use deskwire_domain::sessions::{Authenticated, authenticate};
use deskwire_domain::{Desk, Error, Timestamp};
use futures::stream::{BoxStream, once};
use futures::{SinkExt, StreamExt, future};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::{Instant, interval_at, sleep, sleep_until};

use super::App;
use super::credentials::{bearer, caller, is_same_origin};
use super::graph::attach;
use crate::graphql::context::Caller;
use crate::graphql::error::ApiError;

/// The only sub-protocol spoken here.
const PROTOCOL: &str = "graphql-transport-ws";
/// Close code for a session or token that does not hold or has ended.
const FORBIDDEN: u16 = 4403;
/// Close code for an operation before `connection_init`.
const UNAUTHORIZED: u16 = 4401;
/// Close code for a message that is none of the protocol's.
const BAD_MESSAGE: u16 = 4400;
/// Close code for a client that did not send `connection_init` in time.
const INIT_TIMEOUT: u16 = 4408;
/// Close code for a client that answers no more (RFC 6455 §7.4.1, "going away").
const GONE: u16 = 1001;
/// How often a ping is sent; two without any answer end the socket. Also the time for
/// `connection_init`.
const PING: Duration = Duration::from_secs(10);
/// Pause before the database is asked again.
const RETRY: Duration = Duration::from_secs(1);
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
        Err(Error::Invalid(_)) => return StatusCode::BAD_REQUEST.into_response(),
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
    let state =
        Arc::new(Mutex::new(Liveness { heard_at: Instant::now(), refused: false, known: None }));
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
    let executor = Fresh { app: app.clone(), who: Arc::default() };
    let (tell, told) = oneshot::channel();
    let on_init = {
        let (executor, state) = (executor.clone(), state.clone());
        move |payload| init(executor, handshake, payload, state, tell)
    };
    let rights_end = async {
        match told.await {
            Ok(who) => until_rights_end(&app.desk, &who).await,
            Err(_) => future::pending().await,
        }
    };
    tokio::pin!(rights_end);
    let mut outgoing = WebSocket::new(executor, incoming, WebSocketProtocols::GraphQLWS)
        .on_connection_init(on_init)
        .on_ping(default_on_ping as DefaultOnPingType);
    let mut clock = interval_at(Instant::now() + PING, PING);
    loop {
        let end = state.lock().expect(UNPOISONED).ends_at();
        let message = tokio::select! {
            message = outgoing.next() => match message {
                Some(WsMessage::Text(text)) => Message::Text(text.into()),
                Some(WsMessage::Close(code, reason)) => {
                    close(state.lock().expect(UNPOISONED).close_code(code), &reason)
                }
                None => return,
            },
            () = until(end) => close(FORBIDDEN, "The session has ended."),
            () = &mut rights_end => close(FORBIDDEN, "The session's rights have ended."),
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
    /// The credential in `connection_init` does not hold.
    refused: bool,
    /// `None` until `connection_init` was answered; then when session or token ends, if they do.
    known: Option<Option<Timestamp>>,
}

impl Liveness {
    fn ends_at(&self) -> Option<Timestamp> {
        self.known.flatten()
    }

    /// The protocol's code for what the library closes with a general one.
    fn close_code(&self, code: u16) -> u16 {
        match code {
            1002 if self.refused => FORBIDDEN,
            1002 => BAD_MESSAGE,
            1011 => UNAUTHORIZED,
            other => other,
        }
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

/// Runs the operations of one socket, each with the rights its caller has at that moment.
#[derive(Clone)]
struct Fresh {
    app: App,
    /// Who `connection_init` said it is; set before the first operation.
    who: Arc<OnceLock<Caller>>,
}

impl Executor for Fresh {
    async fn execute(&self, request: Request) -> Answer {
        self.app.schema.execute(request).await
    }

    fn execute_stream(&self, request: Request, _: Option<Arc<Data>>) -> BoxStream<'static, Answer> {
        let fresh = self.clone();
        let answers = async move {
            match fresh.caller().await {
                Ok(who) => {
                    let request = attach(request, &fresh.app, who, tokio::spawn);
                    fresh.app.schema.execute_stream(request).boxed()
                }
                Err(error) => {
                    let error = GraphError::from(ApiError::from(error));
                    let error = error.into_server_error(Default::default());
                    once(future::ready(Answer::from_errors(vec![error]))).boxed()
                }
            }
        };
        once(answers).flatten().boxed()
    }
}

impl Fresh {
    async fn caller(&self) -> Result<Caller, Error> {
        let who = self.who.get().ok_or(Error::Unauthenticated)?;
        let authenticated = match (&who.authenticated, &who.secret) {
            (Some(_), Some(secret)) => {
                Some(authenticate(&mut *self.app.desk.conn().await?, secret).await?)
            }
            _ => None,
        };
        Ok(Caller { authenticated, ..who.clone() })
    }
}

/// Finds out who the socket belongs to; the payload's token counts more than the handshake's cookie.
async fn init(
    executor: Fresh,
    handshake: Caller,
    payload: serde_json::Value,
    state: Arc<Mutex<Liveness>>,
    tell: oneshot::Sender<Caller>,
) -> async_graphql::Result<Data> {
    let handshake = match payload.get("origin").filter(|name| !name.is_null()) {
        Some(name) => {
            let origin = Origin::parse(name.as_str().unwrap_or_default().as_bytes());
            Caller { origin: Some(origin.map_err(ApiError::from)?), ..handshake }
        }
        None => handshake,
    };
    let named = payload.get("authorization").or_else(|| payload.get("Authorization"));
    let who = match named.and_then(|value| value.as_str()) {
        Some(text) => bearer(&executor.app.desk, text, handshake).await,
        None => Ok(handshake),
    };
    let who = who.map_err(|error| {
        state.lock().expect(UNPOISONED).refused = true;
        GraphError::from(ApiError::from(error))
    })?;
    let ends_at = who.authenticated.as_ref().and_then(|known| known.expires_at);
    state.lock().expect(UNPOISONED).known = Some(ends_at);
    // The socket may be gone by now, and nobody waits to be told.
    let _ = tell.send(who.clone());
    let _ = executor.who.set(who);
    Ok(Data::default())
}

/// Waits until the session or token does not hold any more, or its user has another role.
///
/// Queue rights may change meanwhile: streams follow them, and operations look them up.
async fn until_rights_end(desk: &Desk, who: &Caller) {
    let Some(known) = &who.authenticated else { return future::pending().await };
    let mut follower = loop {
        match desk.hub.follow(None).await {
            Ok(Start::Resumed(follower) | Start::Resync(follower)) => break follower,
            Err(_) => sleep(RETRY).await,
        }
    };
    // The log is followed from here on; what happened just before is found by looking first.
    while still_holds(desk, who, known).await {
        loop {
            let Some(event) = follower.next().await else { return };
            let about = Some(event.subject_id.into());
            if event.kind.changes_rights() && about == known.actor.user_id {
                break;
            }
        }
    }
}

async fn still_holds(desk: &Desk, who: &Caller, known: &Authenticated) -> bool {
    let Some(secret) = &who.secret else { return true };
    loop {
        let found = async { authenticate(&mut *desk.conn().await?, secret).await }.await;
        match found {
            Ok(now) => return now.actor.role == known.actor.role,
            Err(Error::Unauthenticated) => return false,
            Err(_) => sleep(RETRY).await,
        }
    }
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
