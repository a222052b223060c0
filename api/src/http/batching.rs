//! Runs an operation and the batches it asks for in one task.
//!
//! A batch waits a moment for further keys. On another thread it might begin while the operation is
//! still going through its rows, and the late ones would cost a second statement. In the same task it
//! begins after the operation has gone as far as it can without it.

use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use tokio::sync::Mutex;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

type Batch = BoxFuture<'static, ()>;

/// The batches of one operation.
pub struct Batches {
    sender: UnboundedSender<Batch>,
    work: Mutex<Work>,
}

struct Work {
    started: UnboundedReceiver<Batch>,
    running: FuturesUnordered<Batch>,
}

impl Batches {
    pub fn new() -> Self {
        let (sender, started) = unbounded_channel();
        Self { sender, work: Mutex::new(Work { started, running: FuturesUnordered::new() }) }
    }

    /// Where the operation leaves the batches it asks for.
    pub fn starter(&self) -> impl Fn(Batch) + Send + Sync + 'static {
        let sender = self.sender.clone();
        move |batch| {
            // The operation is gone: nobody waits for its rows.
            let _ = sender.send(batch);
        }
    }

    /// Runs the operation, or the part of it that gives the next item, and beside it its batches.
    pub async fn drive<T>(&self, operation: impl Future<Output = T>) -> T {
        let mut work = self.work.lock().await;
        let Work { started, running } = &mut *work;
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
}
