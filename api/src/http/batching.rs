//! Runs an operation and the batches it asks for in one task.
//!
//! A batch waits a moment for further keys. On another thread it might begin while the operation is
//! still going through its rows, and the late ones would cost a second statement. In the same task it
//! begins after the operation has gone as far as it can without it.

use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Where an operation leaves the batches it asks for.
#[derive(Clone)]
pub struct Batching(UnboundedSender<BoxFuture<'static, ()>>);

impl Batching {
    pub fn start(&self, batch: BoxFuture<'static, ()>) {
        // The operation is gone: nobody waits for its rows.
        let _ = self.0.send(batch);
    }
}

/// Runs `operation` to its end, and beside it what it starts.
pub async fn together<T>(operation: impl AsyncFnOnce(Batching) -> T) -> T {
    let (sender, started) = unbounded_channel();
    drive(operation(Batching(sender)), started).await
}

async fn drive<T>(
    operation: impl Future<Output = T>,
    mut started: UnboundedReceiver<BoxFuture<'static, ()>>,
) -> T {
    let mut running = FuturesUnordered::new();
    tokio::pin!(operation);
    loop {
        tokio::select! {
            biased;
            answer = &mut operation => return answer,
            Some(batch) = started.recv() => running.push(batch),
            Some(()) = running.next(), if !running.is_empty() => {}
        }
    }
}
