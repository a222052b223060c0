//! Everything published on a Redis channel, written as it is to every socket.

use anyhow::Result;
use axum::extract::State;
use axum::extract::ws::{Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use futures::StreamExt;
use redis::AsyncCommands;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use std::time::Duration;
use tokio::sync::{broadcast, mpsc};

use crate::App;

/// Messages a slow socket may be behind; it then loses some, which the benchmark counts.
const BEHIND: usize = 4096;
/// Clients send nothing but pongs.
const READ_BUFFER_BYTES: usize = 512;

/// Pause before Redis is asked again.
const RETRY: Duration = Duration::from_millis(100);

#[derive(Clone)]
pub struct Broadcast {
    outbox: mpsc::UnboundedSender<String>,
    live: broadcast::Sender<Utf8Bytes>,
}

impl Broadcast {
    pub fn start(redis_url: &str, channel: &str) -> Result<Self> {
        let client = redis::Client::open(redis_url)?;
        let (outbox, inbox) = mpsc::unbounded_channel();
        let (live, _) = broadcast::channel(BEHIND);
        tokio::spawn(send(client.clone(), channel.to_owned(), inbox));
        tokio::spawn(receive(client, channel.to_owned(), live.clone()));
        Ok(Self { outbox, live })
    }

    /// The answer to the writer does not wait for Redis.
    pub fn publish(&self, message: String) {
        // The sending task ends only with the program.
        let _ = self.outbox.send(message);
    }
}

/// Tries again what Redis did not take: nothing is lost on this way.
async fn send(client: redis::Client, channel: String, mut inbox: mpsc::UnboundedReceiver<String>) {
    // On a busy machine an answer may take longer than the library would wait.
    let config = ConnectionManagerConfig::new().set_response_timeout(None);
    let mut connection = None;
    while let Some(message) = inbox.recv().await {
        loop {
            if connection.is_none() {
                let opened = ConnectionManager::new_with_config(client.clone(), config.clone());
                connection = opened.await.ok();
            }
            if let Some(open) = &mut connection
                && open.publish::<_, _, ()>(&channel, &message).await.is_ok()
            {
                break;
            }
            tokio::time::sleep(RETRY).await;
        }
    }
}

async fn receive(client: redis::Client, channel: String, live: broadcast::Sender<Utf8Bytes>) {
    loop {
        if let Ok(mut pubsub) = client.get_async_pubsub().await
            && pubsub.subscribe(&channel).await.is_ok()
        {
            let mut messages = pubsub.on_message();
            while let Some(message) = messages.next().await {
                if let Ok(text) = message.get_payload::<String>() {
                    // Nobody listening is no error.
                    let _ = live.send(text.into());
                }
            }
        }
        tokio::time::sleep(RETRY).await;
    }
}

pub async fn connect(State(app): State<App>, upgrade: WebSocketUpgrade) -> Response {
    let live = app.broadcast.live.subscribe();
    upgrade
        .protocols(["graphql-transport-ws"])
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(0)
        .on_upgrade(move |socket| serve(socket, live))
}

async fn serve(mut socket: WebSocket, mut live: broadcast::Receiver<Utf8Bytes>) {
    loop {
        tokio::select! {
            message = live.recv() => match message {
                Ok(text) => {
                    if socket.send(Message::Text(text)).await.is_err() {
                        return;
                    }
                }
                Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => return,
            },
            received = socket.recv() => if !matches!(received, Some(Ok(_))) {
                return;
            },
        }
    }
}
