//! A watcher's end of the graph's socket: the `graphql-transport-ws` protocol.

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Error as SocketError, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::http::Credential;

/// Longest wait for the handshake and for `connection_ack`.
const CONNECT: Duration = Duration::from_secs(8);
/// Receive buffer of a slow watcher, so that what it does not read stays with the server.
const SMALL_BUFFER_BYTES: u32 = 4096;

/// Why a connection is of no more use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The connection broke, or never came about.
    Lost(String),
    /// The server closed the socket with this code and reason.
    Closed(u16, String),
    /// The operation was answered by this error.
    Refused { code: String, message: String },
    /// The server ended the stream.
    Complete,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Lost(why) => write!(f, "lost: {why}"),
            Self::Closed(code, reason) => write!(f, "closed with {code} {reason:?}"),
            Self::Refused { code, message } => write!(f, "refused with {code}: {message}"),
            Self::Complete => write!(f, "completed"),
        }
    }
}

impl Failure {
    fn lost(why: impl std::fmt::Display) -> Self {
        Self::Lost(why.to_string())
    }
}

pub struct Socket(WebSocketStream<TcpStream>);

impl Socket {
    /// Connects, says who it is and starts one subscription.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn subscribe(
        address: SocketAddr,
        who: &Credential,
        is_slow: bool,
        operation: &Value,
    ) -> Result<Self, Failure> {
        let connect = async {
            let stream = tcp(address, is_slow).await.map_err(Failure::lost)?;
            let mut socket = Self(upgrade(address, who, stream).await?);
            let payload = match who {
                Credential::Token(_) => json!({ "authorization": who.header().1 }),
                // Known from the handshake.
                Credential::Session(_) => json!({}),
            };
            socket.send(&json!({ "type": "connection_init", "payload": payload })).await?;
            let answer = socket.receive().await?;
            if answer["type"] != "connection_ack" {
                return Err(Failure::lost(format!("{answer} instead of connection_ack")));
            }
            socket.send(&json!({ "id": "1", "type": "subscribe", "payload": operation })).await?;
            Ok(socket)
        };
        timeout(CONNECT, connect).await.unwrap_or_else(|_| Err(Failure::lost("no answer")))
    }

    /// The next item's data. May be dropped while it waits: nothing is lost.
    ///
    /// # Errors
    /// [`Failure`]; an item with errors is one, because what it was about is then unknown.
    pub async fn next(&mut self) -> Result<Value, Failure> {
        loop {
            let mut message = self.receive().await?;
            let mut payload = message["payload"].take();
            match message["type"].as_str() {
                Some("next") if payload["errors"].is_array() => {
                    return Err(refused(&payload["errors"][0]));
                }
                Some("next") => return Ok(payload["data"].take()),
                Some("error") => return Err(refused(&payload[0])),
                Some("complete") => return Err(Failure::Complete),
                _ => {}
            }
        }
    }

    /// Ends the connection as the protocol says.
    pub async fn close(mut self) {
        let _ = timeout(Duration::from_millis(500), self.0.close(None)).await;
    }

    async fn send(&mut self, message: &Value) -> Result<(), Failure> {
        self.0.send(Message::text(message.to_string())).await.map_err(Failure::lost)
    }

    async fn receive(&mut self) -> Result<Value, Failure> {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Text(text))) => {
                    return serde_json::from_str(&text).map_err(Failure::lost);
                }
                Some(Ok(Message::Close(Some(frame)))) => {
                    return Err(Failure::Closed(frame.code.into(), frame.reason.to_string()));
                }
                Some(Ok(Message::Close(None))) | None => {
                    return Err(Failure::lost("end of stream"));
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(Failure::lost(error)),
            }
        }
    }
}

async fn tcp(address: SocketAddr, is_slow: bool) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    if is_slow {
        socket.set_recv_buffer_size(SMALL_BUFFER_BYTES)?;
    }
    socket.connect(address).await
}

async fn upgrade(
    address: SocketAddr,
    who: &Credential,
    stream: TcpStream,
) -> Result<WebSocketStream<TcpStream>, Failure> {
    let url = format!("ws://{address}/graphql");
    let mut request = url.into_client_request().map_err(Failure::lost)?;
    let headers = request.headers_mut();
    headers.insert("Sec-WebSocket-Protocol", HeaderValue::from_static("graphql-transport-ws"));
    if let Credential::Session(_) = who {
        let (_, cookie) = who.header();
        headers.insert("Cookie", HeaderValue::from_str(&cookie).map_err(Failure::lost)?);
    }
    match client_async(request, stream).await {
        Ok((socket, _)) => Ok(socket),
        Err(SocketError::Http(answer)) if answer.status() == 401 => {
            Err(Failure::Closed(4401, "the handshake was answered by 401".into()))
        }
        Err(error) => Err(Failure::lost(error)),
    }
}

fn refused(error: &Value) -> Failure {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Failure::Refused { code: text(&error["extensions"]["code"]), message: text(&error["message"]) }
}
