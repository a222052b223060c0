//! Subscriptions (and any other operation) over `graphql-transport-ws`
//! (<https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>).
//!
//! The caller is known from the session cookie of the handshake, or from `authorization` in the
//! payload of `connection_init`, which may also give an `origin` (see `Event.origin`). Each operation finds out anew what they may do. When the session or
//! token ends, or the user's role changes, the socket is closed with code 4403. Pings (of the
//! WebSocket protocol, which every client answers by itself) find clients that are gone.
//!
//! One task serves a socket. What it holds while nothing happens is small, because subscriptions
//! that follow from the log are shared (`feeds`), what a client is slow to read stays there or in
//! the log, and what seldom runs is boxed. Each part of the task is polled when it was woken itself
//! (`running`, `watch`).

mod bell;
mod feeds;
mod message;
mod operation;
mod reach;
mod running;
mod subscriber;
mod watch;

use async_graphql::{Response as Answer, ServerError};
use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use deskwire_domain::Error;
use deskwire_domain::actor::Origin;
use deskwire_domain::events::Position;
use deskwire_domain::metrics::{Stage, observe_stage};
use futures::stream::{BoxStream, StreamExt, once, unfold};
use futures::{FutureExt, SinkExt, future, poll};
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::watch::Receiver;
use tokio::time::{Instant, timeout};

pub use feeds::Feeds;
use feeds::Wish;
use message::{ACK, FromClient, Out};
use operation::{Operation, Plan, top_level};
use running::{Gate, Outbound, Outs, Running};
use subscriber::Subscriber;
use watch::{Rights, Watched, watch};

use super::App;
use super::batching::Batches;
use super::credentials::{bearer, caller, is_same_origin, refreshed};
use super::graph::attach;
use super::incoming::Incoming;
use crate::graphql::context::Caller;
use crate::graphql::error::ApiError;
use crate::metrics::open_socket;

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
    upgrade.on_upgrade(move |socket| Session::new(app, who, known_at, socket).serve())
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

/// How a session ends.
enum End {
    Close(Close),
    /// The client is gone.
    Gone,
}

impl From<Close> for End {
    fn from(close: Close) -> Self {
        Self::Close(close)
    }
}

/// A message for the client that answers at once.
type Text = String;

struct Session {
    app: App,
    socket: WebSocket,
    /// From the handshake; from `connection_init` once that was answered.
    who: Arc<Caller>,
    is_known: bool,
    running: Running,
    /// What else may happen, which is rare.
    watched: BoxStream<'static, Watched>,
    watch_gate: Gate,
    /// Who is looked at first, the client or what it is sent: neither may keep the other waiting.
    is_clients_turn: bool,
    heard_at: Instant,
    /// Everything in the log up to here was known when the caller was looked up.
    known_at: Position,
    /// Position of the last event about the user's rights.
    turned: Option<Receiver<Position>>,
}

/// What a session has to look after.
enum Happened {
    Watched(Watched),
    Heard(Message),
    Sends(Outbound),
    /// The client is gone.
    Gone,
}

impl Session {
    fn new(app: App, who: Caller, known_at: Position, socket: WebSocket) -> Box<Self> {
        let running = Running::default();
        Box::new(Self {
            socket,
            who: Arc::new(who),
            is_known: false,
            watched: watch(app.clone(), None),
            watch_gate: running.gate(),
            running,
            is_clients_turn: false,
            heard_at: Instant::now(),
            known_at,
            turned: None,
            app,
        })
    }

    async fn serve(mut self: Box<Self>) {
        let _open = (open_socket(), self.app.stopping.socket());
        loop {
            let outcome = match poll_fn(|cx| self.poll_next(cx)).await {
                Happened::Sends(first) => match self.send_burst(first).await {
                    true => Ok(()),
                    false => return,
                },
                // Boxed, as all that is rare: a quiet socket keeps no room for it.
                Happened::Watched(what) => Box::pin(self.heed(what)).await,
                Happened::Heard(message) => Box::pin(self.answer(message)).await,
                Happened::Gone => return,
            };
            match outcome {
                Ok(()) => {}
                Err(End::Gone) => return,
                Err(End::Close(close)) => return Box::pin(end(&mut self.socket, close)).await,
            }
        }
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Happened> {
        self.running.register(cx);
        if let Poll::Ready(Some(what)) = self.watch_gate.poll(|cx| self.watched.poll_next_unpin(cx))
        {
            self.watch_gate.open();
            return Poll::Ready(Happened::Watched(what));
        }
        self.is_clients_turn = !self.is_clients_turn;
        for is_clients_turn in [self.is_clients_turn, !self.is_clients_turn] {
            if !is_clients_turn {
                if let Poll::Ready(first) = self.running.poll_next() {
                    return Poll::Ready(Happened::Sends(first));
                }
            } else if let Poll::Ready(message) = self.socket.poll_next_unpin(cx) {
                return Poll::Ready(match message {
                    Some(Ok(message)) => Happened::Heard(message),
                    Some(Err(_)) | None => Happened::Gone,
                });
            }
        }
        Poll::Pending
    }

    async fn heed(&mut self, what: Watched) -> Result<(), End> {
        match what {
            Watched::Ping => {
                self.check_client()?;
                self.send(Message::Ping(Default::default())).await
            }
            Watched::Stopping => {
                let reason = "The process stops; connect again, with the last cursor.";
                Err(Close::new(1001, reason).into())
            }
            Watched::SessionOver => Err(Close::forbidden("The session has ended.").into()),
            // Each has to see for itself, before anything later is sent.
            Watched::Turned => {
                self.running.wake_all();
                Ok(())
            }
            Watched::RightsEnded => {
                Err(Close::forbidden("The session's rights have ended.").into())
            }
        }
    }

    async fn answer(&mut self, message: Message) -> Result<(), End> {
        self.heard_at = Instant::now();
        match self.receive(message).await? {
            Some(answer) => self.send(Message::Text(answer.into())).await,
            None => Ok(()),
        }
    }

    async fn send(&mut self, message: Message) -> Result<(), End> {
        if send(&mut self.socket, message).await { Ok(()) } else { Err(End::Gone) }
    }

    /// Sends a message and what else is ready, in as few writes as it takes. False: the client is
    /// gone.
    async fn send_burst(&mut self, first: Outbound) -> bool {
        let Self { socket, running, .. } = self;
        let since = first.since;
        let mut burst = pin!(async {
            let (mut next, mut sent) = (Some(first.text), 0);
            while let Some(text) = next.take() {
                if socket.feed(Message::Text(text.into())).await.is_err() {
                    return false;
                }
                sent += 1;
                if sent < BURST
                    && let Poll::Ready(ready) = running.poll_next()
                {
                    next = Some(ready.text);
                }
            }
            socket.flush().await.is_ok()
        });
        // Most writes are done at once and need no clock.
        let is_sent = match poll!(burst.as_mut()) {
            Poll::Ready(is_sent) => is_sent,
            // Who reads nothing for so long answers no ping either.
            Poll::Pending => Box::pin(timeout(SEND, burst)).await.unwrap_or(false),
        };
        if let Some(since) = since.filter(|_| is_sent) {
            observe_stage(Stage::Send, since.elapsed());
        }
        is_sent
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
                self.running.stop(&id);
                Ok(None)
            }
        }
    }

    /// Finds out who the socket belongs to; the payload's token counts more than the handshake's
    /// cookie.
    async fn init(&mut self, payload: &serde_json::Value) -> Result<Text, Close> {
        let not_ready = |_| Close::new(1013, "The desk cannot reach its database; try again soon.");
        let exchange = self.app.desk.exchange().await.map_err(not_ready)?;
        let mut who = Caller::clone(&self.who);
        if let Some(name) = payload.get("origin").filter(|name| !name.is_null()) {
            let origin = Origin::parse(name.as_str().unwrap_or_default().as_bytes());
            who.origin = Some(origin.map_err(|error| Close::new(4400, error.to_string()))?);
        }
        let named = payload.get("authorization").or_else(|| payload.get("Authorization"));
        if let Some(text) = named.and_then(|value| value.as_str()) {
            self.known_at = exchange.position();
            who = bearer(&self.app.desk, text, who).await.map_err(|error| match error {
                Error::Unauthenticated => Close::forbidden("Forbidden"),
                other => not_ready(other),
            })?;
        }
        self.who = Arc::new(who);
        let user = self.who.authenticated.as_ref().and_then(|known| known.actor.user_id);
        self.turned = user.map(|user| exchange.rights_of(user));
        let (who, turned) = (self.who.clone(), self.turned.clone());
        let rights = Rights::new(&self.app, who, turned, self.known_at);
        self.watched = watch(self.app.clone(), Some(rights));
        self.watch_gate.open();
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
        if self.running.contains(&id) {
            return Err(Close::new(4409, format!("Subscriber for {id} already exists")));
        }
        if self.running.len() >= OPERATIONS_MAX {
            let why = format!("At most {OPERATIONS_MAX} operations may run on one socket");
            return Err(Close::new(4429, why));
        }
        let begin = begin(self.app.clone(), self.who.clone(), self.is_fresh(), message);
        self.running.start(id, begin.boxed());
        Ok(())
    }
}

/// Begins one operation; what it sends ends with an error, or else is followed by `complete`.
async fn begin(app: App, who: Arc<Caller>, is_fresh: bool, message: Incoming) -> Outs {
    let who = match is_fresh {
        true => Ok(who),
        false => refreshed(&app.desk, &who).await.map(Arc::new),
    };
    match who {
        Ok(who) => match Operation::of(message, &app.schema) {
            Ok(operation) => answer(app, who, operation).await,
            Err(errors) => not_begun(errors),
        },
        Err(error) => refuse(error),
    }
}

async fn answer(app: App, who: Arc<Caller>, operation: Operation) -> Outs {
    match operation.plan() {
        Plan::SeveralRoots => {
            let message = "A subscription has one field, without @skip and @include.";
            refuse_with(ApiError::bad_request(message))
        }
        Plan::FromTheLog { after, variables, queues, is_personal }
            if who.authenticated.is_some() =>
        {
            let wish = Wish { operation, variables, queues, is_personal };
            match Subscriber::new(app, who, wish, after).await {
                Ok(subscriber) => unfold(Box::new(subscriber), |mut subscriber| async move {
                    Some((subscriber.next().await?, subscriber))
                })
                .boxed(),
                Err(error) => refuse(error),
            }
        }
        Plan::FromTheLog { .. } | Plan::Plain => {
            let batches = Batches::new();
            let who = Arc::unwrap_or_clone(who);
            let request = attach(operation.request(), &app, who, batches.starter());
            let answers = app.schema.execute_stream(request);
            unfold((answers, batches), |(mut answers, batches)| async move {
                let answer = batches.drive(answers.next()).await?;
                Some((Out::of(&answer).into(), (answers, batches)))
            })
            .boxed()
        }
    }
}

fn refuse(error: Error) -> Outs {
    refuse_with(error.into())
}

fn refuse_with(error: ApiError) -> Outs {
    not_begun(vec![top_level(error)])
}

fn not_begun(errors: Vec<ServerError>) -> Outs {
    once(future::ready(Out::of(&Answer::from_errors(errors)).into())).boxed()
}

async fn send(socket: &mut WebSocket, message: Message) -> bool {
    timeout(SEND, socket.send(message)).await.is_ok_and(|sent| sent.is_ok())
}

/// Closes the socket and gives the client a moment to read why.
async fn end(socket: &mut WebSocket, Close(code, reason): Close) {
    let close = Message::Close(Some(CloseFrame { code, reason: reason.into() }));
    if send(socket, close).await {
        let read_out = async { while let Some(Ok(_)) = socket.recv().await {} };
        let _ = timeout(RETRY, read_out).await;
    }
}
