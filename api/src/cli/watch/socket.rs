//! A client of the graph's socket: the `graphql-transport-ws` protocol.
//!
//! After `connection_init`, which carries the token, and the server's `connection_ack`, operations
//! are `subscribe` messages; a query is one too and is answered by one `next`. Both sides may
//! `ping`; a server that says nothing for two heartbeats is taken for gone. Protocol:
//! <https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>

use anyhow::bail;
use futures::{SinkExt, StreamExt};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::{HeaderValue, StatusCode};
use tokio_tungstenite::tungstenite::{Error as SocketError, Message, Utf8Bytes};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use url::Url;

/// Longest wait for the connection and for the answer to the token.
const CONNECT_WAIT: Duration = Duration::from_secs(10);
/// Silence after which the server is asked whether it is still there.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Why a connection is of no more use.
#[derive(Debug, PartialEq, Eq)]
pub enum Failure {
    /// Connecting again may help.
    Lost(String),
    /// The token is unknown or has ended.
    Refused(String),
    /// Trying again will not help.
    Fatal(String),
}

pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    last_id: u32,
}

/// `ws://HOST/graphql` for `http://HOST`.
///
/// # Errors
/// When the address is not one of the web.
pub fn socket_url(base: &Url) -> anyhow::Result<Url> {
    let mut url = base.clone();
    let scheme = match base.scheme() {
        "http" | "ws" => "ws",
        "https" | "wss" => "wss",
        other => bail!("--url must start with http:// or https://, got {other}://"),
    };
    url.set_scheme(scheme).expect("both are web schemes");
    url.set_path(&format!("{}/graphql", base.path().trim_end_matches('/')));
    Ok(url)
}

impl Socket {
    /// Connects and shows the token.
    ///
    /// # Errors
    /// [`Failure`] by what the caller can do.
    pub async fn connect(url: &Url, token: &SecretString) -> Result<Self, Failure> {
        let silent = |_| Failure::Lost(format!("no answer within {} s", CONNECT_WAIT.as_secs()));
        let mut request = url.as_str().into_client_request().map_err(handshake_failure)?;
        let protocol = HeaderValue::from_static("graphql-transport-ws");
        request.headers_mut().insert("Sec-WebSocket-Protocol", protocol);
        let connected = timeout(CONNECT_WAIT, connect_async(request)).await.map_err(silent)?;
        let (stream, _) = connected.map_err(handshake_failure)?;
        let mut socket = Self { stream, last_id: 0 };
        let authorization = format!("Bearer {}", token.expose_secret());
        let init = json!({
            "type": "connection_init", "payload": { "authorization": authorization },
        });
        socket.send(&init).await?;
        let answer = timeout(CONNECT_WAIT, socket.receive()).await.map_err(silent)??;
        match answer["type"].as_str() {
            Some("connection_ack") => Ok(socket),
            Some("connection_error") => Err(Failure::Refused(reason(&answer["payload"]))),
            _ => Err(Failure::Fatal(format!("the server speaks another protocol: {answer}"))),
        }
    }

    /// Asks once.
    ///
    /// # Errors
    /// [`Failure`]; also when the graph answers with errors.
    pub async fn query(&mut self, query: &str) -> Result<Value, Failure> {
        self.subscribe(query, json!({})).await?;
        let data = timeout(CONNECT_WAIT, self.next()).await;
        data.map_err(|_| Failure::Lost("the server does not answer".into()))?
    }

    /// Starts an operation, whose results [`Socket::next`] gives. Those of earlier ones are dropped.
    ///
    /// # Errors
    /// [`Failure::Lost`].
    pub async fn subscribe(&mut self, query: &str, variables: Value) -> Result<(), Failure> {
        self.last_id += 1;
        let payload = json!({ "query": query, "variables": variables });
        let id = self.last_id.to_string();
        self.send(&json!({ "id": id, "type": "subscribe", "payload": payload })).await
    }

    /// The next result's data.
    ///
    /// # Errors
    /// [`Failure`]; also when the result has errors or the server ends the operation.
    pub async fn next(&mut self) -> Result<Value, Failure> {
        let id = self.last_id.to_string();
        loop {
            let mut message = self.receive().await?;
            if message["id"] != id.as_str() {
                continue;
            }
            let payload = message["payload"].take();
            match message["type"].as_str() {
                Some("next") if payload["errors"].is_array() => {
                    return Err(graph_failure(&payload["errors"][0]));
                }
                Some("next") => return Ok(payload["data"].clone()),
                Some("error") => return Err(graph_failure(&payload[0])),
                Some("complete") => {
                    return Err(Failure::Lost("the server ended the stream".into()));
                }
                _ => {}
            }
        }
    }

    /// The next message that is not part of the heartbeat.
    async fn receive(&mut self) -> Result<Value, Failure> {
        let mut has_asked = false;
        loop {
            match timeout(HEARTBEAT, self.stream.next()).await {
                Err(_) if has_asked => return Err(Failure::Lost("the server is silent".into())),
                Err(_) => {
                    has_asked = true;
                    self.send(&json!({ "type": "ping" })).await?;
                }
                Ok(None) => return Err(Failure::Lost("the server hung up".into())),
                Ok(Some(Err(error))) => return Err(Failure::Lost(error.to_string())),
                Ok(Some(Ok(Message::Text(text)))) => {
                    has_asked = false;
                    let message: Value = serde_json::from_str(&text)
                        .map_err(|_| Failure::Fatal("the server does not send JSON".into()))?;
                    match message["type"].as_str() {
                        Some("ping") => self.send(&json!({ "type": "pong" })).await?,
                        Some("pong") => {}
                        _ => return Ok(message),
                    }
                }
                Ok(Some(Ok(Message::Close(frame)))) => {
                    let (code, why) = frame
                        .map(|frame| (u16::from(frame.code), frame.reason.to_string()))
                        .unwrap_or((1005, String::new()));
                    return Err(close_failure(code, &why));
                }
                // The library answers the socket's own pings.
                Ok(Some(Ok(_))) => has_asked = false,
            }
        }
    }

    async fn send(&mut self, message: &Value) -> Result<(), Failure> {
        let text = Utf8Bytes::from(message.to_string());
        self.stream
            .send(Message::Text(text))
            .await
            .map_err(|error| Failure::Lost(error.to_string()))
    }
}

fn handshake_failure(error: SocketError) -> Failure {
    match error {
        SocketError::Http(response) => match response.status() {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                Failure::Refused(response.status().to_string())
            }
            status if status.is_client_error() => Failure::Fatal(format!(
                "the address answers {status} instead of opening a socket; is --url right?"
            )),
            status => Failure::Lost(format!("the server answers {status}")),
        },
        SocketError::Io(error) => Failure::Lost(error.to_string()),
        other => Failure::Lost(other.to_string()),
    }
}

/// Codes of the protocol: 4401 and 4403 are about the token, 4400 to 4409 about what we sent.
fn close_failure(code: u16, why: &str) -> Failure {
    let text = if why.is_empty() { format!("closed with code {code}") } else { why.to_owned() };
    match code {
        4401 | 4403 => Failure::Refused(text),
        4400 | 4406 | 4409 => Failure::Fatal(format!("the server refuses this client: {text}")),
        _ => Failure::Lost(text),
    }
}

fn graph_failure(error: &Value) -> Failure {
    let text = reason(error);
    match error["extensions"]["code"].as_str() {
        Some("UNAUTHENTICATED") => Failure::Refused(text),
        Some("UNAVAILABLE" | "INTERNAL" | "RATE_LIMITED" | "TIMEOUT") => Failure::Lost(text),
        _ => Failure::Fatal(format!("the graph refuses the watch: {text}")),
    }
}

fn reason(error: &Value) -> String {
    error["message"].as_str().unwrap_or("no reason given").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_socket_is_beside_the_desk() {
        for (base, socket) in [
            ("http://127.0.0.1:8080", "ws://127.0.0.1:8080/graphql"),
            ("https://example.org/desk/", "wss://example.org/desk/graphql"),
        ] {
            assert_eq!(socket_url(&base.parse().unwrap()).unwrap().as_str(), socket);
        }
        assert!(socket_url(&"ftp://example.org".parse().unwrap()).is_err());
    }

    #[test]
    fn failures_say_whether_trying_again_helps() {
        assert_eq!(close_failure(4403, "Forbidden"), Failure::Refused("Forbidden".into()));
        assert!(matches!(close_failure(1001, ""), Failure::Lost(_)));
        assert!(matches!(close_failure(4406, ""), Failure::Fatal(_)));
        let error = |code: &str| json!({ "message": "m", "extensions": { "code": code } });
        assert!(matches!(graph_failure(&error("UNAUTHENTICATED")), Failure::Refused(_)));
        assert!(matches!(graph_failure(&error("UNAVAILABLE")), Failure::Lost(_)));
        assert!(matches!(graph_failure(&json!({ "message": "m" })), Failure::Fatal(_)));
    }
}
