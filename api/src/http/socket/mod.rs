//! Subscriptions (and any other operation) over `graphql-transport-ws`
//! (<https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>).
//!
//! The caller is known from the session cookie of the handshake, or from `authorization` in the
//! payload of `connection_init`, which may also give an `origin` (see `Event.origin`). Each operation finds out anew what they may do. When the session or
//! token ends, or the user's role changes, the socket is closed with code 4403. Pings (of the
//! WebSocket protocol, which every client answers by itself) find clients that are gone.
//!
//! One task serves a socket. What it holds while nothing happens is small, because subscriptions
//! that follow from the log are shared (`feeds`); what a client is slow to read stays there or in
//! the log.

mod feeds;
mod message;
mod operation;
mod subscriber;

use async_graphql::{Response as Answer, ServerError};
use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use deskwire_domain::actor::Origin;
use deskwire_domain::events::Position;
use deskwire_domain::sessions::authenticate;
use deskwire_domain::{Error, Timestamp};
use futures::future::BoxFuture;
use futures::stream::{BoxStream, SelectAll, StreamExt, once, unfold};
use futures::{FutureExt, SinkExt, future};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{oneshot, watch};
use tokio::time::{Instant, sleep, sleep_until, timeout};

pub use feeds::Feeds;
use message::{ACK, FromClient, Out};
use operation::{Operation, Plan, top_level};
use subscriber::Subscriber;

use super::App;
use super::batching::Batches;
use super::credentials::{bearer, caller, is_same_origin, refreshed};
use super::graph::attach;
use super::incoming::Incoming;
use crate::graphql::context::Caller;
use crate::graphql::error::ApiError;
use crate::metrics::{Open, open_socket, open_subscription};

/// The only sub-protocol spoken here.
const PROTOCOL: &str = "graphql-transport-ws";
/// Longest wait for a client to take what is sent to it.
const SEND: Duration = Duration::from_secs(20);
/// Pause before the database is asked again.
const RETRY: Duration = Duration::from_secs(1);
/// With a heartbeat younger than this, changes of rights are known as soon as they are announced.
const FLOWING: Duration = Duration::from_secs(3);
/// What a socket reads into while nothing comes; larger messages get more for as long as they need.
const READ_BUFFER: usize = 1024;
/// Messages written at once when many are ready.
const BURST: usize = 64;
/// Most operations one socket runs at a time.
const OPERATIONS_MAX: usize = 200;
/// Longest reason of a close (RFC 6455 §5.5); clients take a longer one for a broken frame.
const REASON_MAX_BYTES: usize = 123;

/// Opens a socket for the graph.
pub async fn connect(
    State(app): State<App>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    let Ok(exchange) = app.desk.exchange().await else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let known_at = exchange.position();
    let who = match caller(&app.desk, &headers).await {
        Ok(who) => who,
        Err(Error::Unauthenticated) => return StatusCode::UNAUTHORIZED.into_response(),
        Err(Error::Invalid(_)) => return StatusCode::BAD_REQUEST.into_response(),
        Err(_) => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
    };
    if who.secret.is_some() && !is_same_origin(&headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let upgrade = upgrade
        .protocols([PROTOCOL])
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(4 * 1024)
        .max_message_size(app.max_body_bytes)
        .max_frame_size(app.max_body_bytes);
    if upgrade.selected_protocol().is_none() {
        let message = format!("Ask for the sub-protocol {PROTOCOL} (Sec-WebSocket-Protocol).\n");
        return (StatusCode::BAD_REQUEST, message).into_response();
    }
    upgrade.on_upgrade(move |socket| Session::new(app, who, known_at).serve(socket))
}

/// Why a socket is closed: the protocol's codes, and RFC 6455 §7.4.1.
#[derive(Debug, Clone)]
struct Close(u16, String);

impl Close {
    fn new(code: u16, reason: impl Into<String>) -> Self {
        let mut reason: String = reason.into();
        reason.truncate(reason.floor_char_boundary(REASON_MAX_BYTES));
        Self(code, reason)
    }

    fn forbidden(reason: &str) -> Self {
        Self::new(4403, reason)
    }
}

/// A message for the client, of one operation or of the session.
type Text = String;
/// What an operation sends, until it is over.
type Outgoing = BoxStream<'static, (Arc<str>, Event)>;

enum Event {
    Text(Text),
    Over,
}

struct Session {
    app: App,
    /// From the handshake; from `connection_init` once that was answered.
    who: Caller,
    is_known: bool,
    outgoing: SelectAll<Outgoing>,
    /// Ends an operation when it is dropped.
    running: HashMap<Arc<str>, (oneshot::Sender<()>, Open)>,
    heard_at: Instant,
    /// Everything in the log up to here was known when the caller was looked up.
    known_at: Position,
    /// Position of the last event about the user's rights.
    turned: Option<watch::Receiver<Position>>,
    /// Whether the rights still hold.
    checking: Option<BoxFuture<'static, bool>>,
}

impl Session {
    fn new(app: App, who: Caller, known_at: Position) -> Self {
        Self {
            app,
            who,
            known_at,
            is_known: false,
            outgoing: SelectAll::new(),
            running: HashMap::new(),
            heard_at: Instant::now(),
            turned: None,
            checking: None,
        }
    }

    async fn serve(mut self, mut socket: WebSocket) {
        let stopping = self.app.stopping.clone();
        let _open = (open_socket(), stopping.socket());
        let stops = stopping.begun();
        tokio::pin!(stops);
        let mut next_ping = Instant::now() + self.app.ping;
        loop {
            let ends_at = self.ends_at();
            let sent = tokio::select! {
                message = socket.recv() => match message {
                    Some(Ok(message)) => {
                        self.heard_at = Instant::now();
                        match self.receive(message).await {
                            Ok(Some(answer)) => send(&mut socket, Message::Text(answer.into())).await,
                            Ok(None) => true,
                            Err(close) => return end(socket, close).await,
                        }
                    }
                    Some(Err(_)) | None => return,
                },
                Some((id, event)) = self.outgoing.next(), if !self.outgoing.is_empty() => {
                    self.send_burst(&mut socket, id, event).await
                }
                () = sleep_until(next_ping) => {
                    next_ping = Instant::now() + self.app.ping;
                    match self.check_client() {
                        Ok(()) => send(&mut socket, Message::Ping(Default::default())).await,
                        Err(close) => return end(socket, close).await,
                    }
                }
                () = &mut stops => {
                    let reason = "The process stops; connect again, with the last cursor.";
                    return end(socket, Close::new(1001, reason)).await;
                }
                () = until(ends_at) => {
                    return end(socket, Close::forbidden("The session has ended.")).await;
                }
                holds = next_check(&mut self.turned, &mut self.checking) => match holds {
                    Some(true) => true,
                    Some(false) => {
                        let close = Close::forbidden("The session's rights have ended.");
                        return end(socket, close).await;
                    }
                    None => {
                        self.checking = Some(still_holds(self.app.clone(), self.who.clone()).boxed());
                        true
                    }
                },
            };
            if !sent {
                return;
            }
        }
    }

    /// Sends a message and what else is ready, in as few writes as it takes. False: the client is
    /// gone.
    async fn send_burst(&mut self, socket: &mut WebSocket, id: Arc<str>, event: Event) -> bool {
        let mut event = Some((id, event));
        let burst = async {
            for _ in 0..BURST {
                match event.take() {
                    Some((_, Event::Text(text))) => {
                        if socket.feed(Message::Text(text.into())).await.is_err() {
                            return false;
                        }
                    }
                    Some((id, Event::Over)) => {
                        self.running.remove(&id);
                    }
                    None => break,
                }
                event = self.outgoing.next().now_or_never().flatten();
            }
            if let Some((_, Event::Text(text))) = event.take()
                && socket.feed(Message::Text(text.into())).await.is_err()
            {
                return false;
            }
            socket.flush().await.is_ok()
        };
        // Who reads nothing for so long answers no ping either.
        timeout(SEND, burst).await.unwrap_or(false)
    }

    fn ends_at(&self) -> Option<Timestamp> {
        self.who.authenticated.as_ref().filter(|_| self.is_known)?.expires_at
    }

    fn check_client(&self) -> Result<(), Close> {
        if !self.is_known {
            Err(Close::new(4408, "Connection initialisation timeout"))
        } else if self.heard_at.elapsed() > 2 * self.app.ping {
            Err(Close::new(1001, "No answer to pings"))
        } else {
            Ok(())
        }
    }

    /// Handles what the client sent; gives the answer, if it has one at once.
    async fn receive(&mut self, message: Message) -> Result<Option<Text>, Close> {
        let bytes = match &message {
            Message::Text(text) => text.as_bytes(),
            Message::Binary(bytes) => bytes,
            // Pings are answered by the library, and a close as well.
            _ => return Ok(None),
        };
        let message: FromClient = serde_json::from_slice(bytes)
            .map_err(|error| Close::new(4400, format!("Not a message of {PROTOCOL}: {error}")))?;
        match message {
            FromClient::ConnectionInit { .. } if self.is_known => {
                Err(Close::new(4429, "Too many initialisation requests"))
            }
            FromClient::ConnectionInit { payload } => self.init(&payload).await.map(Some),
            FromClient::Ping { payload } => Ok(Some(message::pong(payload.as_ref()))),
            FromClient::Pong {} => Ok(None),
            FromClient::Subscribe { .. } if !self.is_known => Err(Close::new(4401, "Unauthorized")),
            FromClient::Subscribe { id, payload } => self.subscribe(id, payload).map(|()| None),
            FromClient::Complete { id } => {
                self.running.remove(&*id);
                Ok(None)
            }
        }
    }

    /// Finds out who the socket belongs to; the payload's token counts more than the handshake's
    /// cookie.
    async fn init(&mut self, payload: &serde_json::Value) -> Result<Text, Close> {
        let not_ready = |_| Close::new(1013, "The desk cannot reach its database; try again soon.");
        let exchange = self.app.desk.exchange().await.map_err(not_ready)?;
        if let Some(name) = payload.get("origin").filter(|name| !name.is_null()) {
            let origin = Origin::parse(name.as_str().unwrap_or_default().as_bytes());
            self.who.origin = Some(origin.map_err(|error| Close::new(4400, error.to_string()))?);
        }
        let named = payload.get("authorization").or_else(|| payload.get("Authorization"));
        if let Some(text) = named.and_then(|value| value.as_str()) {
            self.known_at = exchange.position();
            let who = bearer(&self.app.desk, text, self.who.clone()).await;
            self.who = who.map_err(|error| match error {
                Error::Unauthenticated => Close::forbidden("Forbidden"),
                other => not_ready(other),
            })?;
        }
        if let Some(user) = self.who.authenticated.as_ref().and_then(|known| known.actor.user_id) {
            let turned = exchange.rights_of(user);
            if *turned.borrow() > self.known_at {
                self.checking = Some(still_holds(self.app.clone(), self.who.clone()).boxed());
            }
            self.turned = Some(turned);
        }
        self.is_known = true;
        Ok(ACK.to_owned())
    }

    /// Nothing has happened to the user's rights since they were looked up, and the log that would
    /// tell of it flows.
    fn is_fresh(&self) -> bool {
        let is_same = self.turned.as_ref().is_none_or(|turned| *turned.borrow() <= self.known_at);
        let beat = self.app.desk.hub.heartbeat();
        is_same && beat.is_some_and(|beat| beat.age() < FLOWING)
    }

    fn subscribe(&mut self, id: String, message: Incoming) -> Result<(), Close> {
        let id: Arc<str> = id.into();
        if self.running.contains_key(&id) {
            return Err(Close::new(4409, format!("Subscriber for {id} already exists")));
        }
        if self.running.len() >= OPERATIONS_MAX {
            let why = format!("At most {OPERATIONS_MAX} operations may run on one socket");
            return Err(Close::new(4429, why));
        }
        let (cancel, cancelled) = oneshot::channel::<()>();
        let is_fresh = self.is_fresh();
        let events = run(self.app.clone(), self.who.clone(), is_fresh, id.clone(), message);
        let over = once(future::ready((id.clone(), Event::Over)));
        let events = events.chain(over).take_until(cancelled.map(|_| ()));
        self.running.insert(id, (cancel, open_subscription()));
        self.outgoing.push(events.boxed());
        Ok(())
    }
}

/// Runs one operation; what it sends ends with `complete`, or with an error.
fn run(app: App, who: Caller, is_fresh: bool, id: Arc<str>, message: Incoming) -> Outgoing {
    let begin = async move {
        let who = if is_fresh { Ok(who) } else { refreshed(&app.desk, &who).await };
        match who {
            Ok(who) => match Operation::of(message, &app.schema) {
                Ok(operation) => answer(app, who, operation).await,
                Err(errors) => not_begun(errors),
            },
            Err(error) => refuse(error),
        }
    };
    unfold((Some(begin.flatten_stream().boxed()), id), |(outs, id)| async move {
        let mut outs = outs?;
        let (text, rest) = match outs.next().await {
            Some(Out::Next(payload)) => (message::next(&id, &payload), Some(outs)),
            Some(Out::Error(errors)) => (message::error(&id, &errors), None),
            None => (message::complete(&id), None),
        };
        Some(((id.clone(), Event::Text(text)), (rest, id)))
    })
    .boxed()
}

async fn answer(app: App, who: Caller, operation: Operation) -> BoxStream<'static, Out> {
    match operation.plan() {
        Plan::SeveralRoots => {
            let message = "A subscription has one field, without @skip and @include.";
            refuse_with(ApiError::bad_request(message))
        }
        Plan::FromTheLog { after, variables } if who.authenticated.is_some() => {
            let feeds = app.feeds.clone();
            match Subscriber::new(app, feeds, who, operation, variables, after).await {
                Ok(subscriber) => unfold(subscriber, |mut subscriber| async move {
                    Some((subscriber.next().await?, subscriber))
                })
                .boxed(),
                Err(error) => refuse(error),
            }
        }
        Plan::FromTheLog { .. } | Plan::Plain => {
            let batches = Batches::new();
            let request = attach(operation.request(), &app, who, batches.starter());
            let answers = app.schema.execute_stream(request);
            unfold((answers, batches), |(mut answers, batches)| async move {
                let answer = batches.drive(answers.next()).await?;
                Some((Out::of(&answer), (answers, batches)))
            })
            .boxed()
        }
    }
}

fn refuse(error: Error) -> BoxStream<'static, Out> {
    refuse_with(error.into())
}

fn refuse_with(error: ApiError) -> BoxStream<'static, Out> {
    not_begun(vec![top_level(error)])
}

fn not_begun(errors: Vec<ServerError>) -> BoxStream<'static, Out> {
    once(future::ready(Out::of(&Answer::from_errors(errors)))).boxed()
}

/// Waits for a change of the user's rights (`None`), or for whether they still hold.
async fn next_check(
    turned: &mut Option<watch::Receiver<Position>>,
    checking: &mut Option<BoxFuture<'static, bool>>,
) -> Option<bool> {
    if let Some(check) = checking {
        let holds = check.await;
        *checking = None;
        return Some(holds);
    }
    if let Some(turned) = turned
        && turned.changed().await.is_ok()
    {
        return None;
    }
    future::pending().await
}

/// Whether session or token still stand for a user of the same role.
///
/// Queue rights may be others: subscriptions follow them, and operations look them up.
async fn still_holds(app: App, who: Caller) -> bool {
    let (Some(secret), Some(known)) = (&who.secret, &who.authenticated) else { return true };
    loop {
        let found = async { authenticate(&mut *app.desk.conn().await?, secret).await }.await;
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

async fn send(socket: &mut WebSocket, message: Message) -> bool {
    timeout(SEND, socket.send(message)).await.is_ok_and(|sent| sent.is_ok())
}

/// Closes the socket and gives the client a moment to read why.
async fn end(mut socket: WebSocket, Close(code, reason): Close) {
    let close = Message::Close(Some(CloseFrame { code, reason: reason.into() }));
    if send(&mut socket, close).await {
        let read_out = async { while let Some(Ok(_)) = socket.recv().await {} };
        let _ = timeout(RETRY, read_out).await;
    }
}
