//! A client of `graphql-transport-ws`; every wait ends at a deadline.

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::Message;
use tokio_tungstenite::tungstenite::{Error, http};

/// Longest wait for anything the desk should send; a step of a training takes seconds.
const DEADLINE: Duration = Duration::from_secs(30);

pub struct Socket(WebSocketStream<TcpStream>);

/// What the desk sent.
#[derive(Debug, PartialEq)]
pub enum Frame {
    Json(Value),
    Close(u16),
}

impl Socket {
    /// Shakes hands; the HTTP status when the desk refuses.
    pub async fn open(address: SocketAddr, headers: &[(&str, &str)]) -> Result<Self, u16> {
        let mut request = format!("ws://{address}/graphql").into_client_request().expect("a URL");
        for (name, value) in headers {
            let name: http::HeaderName = name.parse().expect("a header");
            request.headers_mut().insert(name, value.parse().expect("a value"));
        }
        let stream = TcpStream::connect(address).await.expect("the desk listens");
        match tokio_tungstenite::client_async(request, stream).await {
            Ok((socket, _)) => Ok(Self(socket)),
            Err(Error::Http(answer)) => Err(answer.status().as_u16()),
            Err(error) => panic!("no answer to the handshake: {error}"),
        }
    }

    /// Opened with the right sub-protocol and nothing else.
    pub async fn bare(address: SocketAddr) -> Self {
        let headers = [("sec-websocket-protocol", "graphql-transport-ws")];
        Self::open(address, &headers).await.expect("the protocol is spoken")
    }

    /// A program's socket, acknowledged.
    pub async fn of_token(address: SocketAddr, secret: &str) -> Self {
        let mut socket = Self::bare(address).await;
        let payload = json!({ "authorization": format!("Bearer {secret}") });
        socket.send(json!({ "type": "connection_init", "payload": payload })).await;
        assert_eq!(socket.next().await, Frame::Json(json!({ "type": "connection_ack" })));
        socket
    }

    /// A browser's socket, acknowledged.
    pub async fn of_session(address: SocketAddr, secret: &str) -> Self {
        let cookie = format!("deskwire_session={secret}");
        let headers =
            [("cookie", cookie.as_str()), ("sec-websocket-protocol", "graphql-transport-ws")];
        let mut socket = Self::open(address, &headers).await.expect("the session holds");
        socket.send(json!({ "type": "connection_init" })).await;
        assert_eq!(socket.next().await, Frame::Json(json!({ "type": "connection_ack" })));
        socket
    }

    pub async fn send(&mut self, message: Value) {
        self.send_text(&message.to_string()).await;
    }

    pub async fn send_text(&mut self, text: &str) {
        self.0.send(Message::text(text)).await.expect("the desk reads");
    }

    pub async fn subscribe(&mut self, id: &str, operation: &str, variables: Value) {
        let payload = json!({ "query": operation, "variables": variables });
        self.send(json!({ "id": id, "type": "subscribe", "payload": payload })).await;
    }

    /// The next frame that is not a ping.
    pub async fn next(&mut self) -> Frame {
        let wait = async {
            loop {
                match self.0.next().await {
                    Some(Ok(Message::Text(text))) => {
                        return Frame::Json(serde_json::from_str(&text).expect("JSON"));
                    }
                    Some(Ok(Message::Close(frame))) => {
                        return Frame::Close(frame.map_or(1005, |frame| frame.code.into()));
                    }
                    Some(Ok(_)) => {}
                    other => panic!("the socket broke: {other:?}"),
                }
            }
        };
        timeout(DEADLINE, wait).await.expect("the desk sends something in time")
    }

    /// The next result; that of an operation which was not run has only its errors.
    pub async fn payload(&mut self) -> Value {
        match self.next().await {
            Frame::Json(mut message) if message["type"] == "next" => message["payload"].take(),
            Frame::Json(mut message) if message["type"] == "error" => {
                json!({ "errors": message["payload"].take() })
            }
            other => panic!("expected an item, got {other:?}"),
        }
    }

    /// The next item of the subscription's only field.
    pub async fn item(&mut self) -> Value {
        let payload = self.payload().await;
        assert!(payload["errors"].is_null(), "{payload}");
        let data = payload["data"].as_object().expect("data");
        data.values().next().expect("one field").clone()
    }
}
