//! Runs an operation and the batches it asks for in one task.
//!
//! A batch must not begin before the operation has gone as far as it can without it: rows that come
//! late would cost a second statement. It need not wait longer either. In one task both are known: an
//! operation that waits, and was not woken while it was looked at, has asked for all it can.

use futures::future::BoxFuture;
use futures::stream::{FuturesUnordered, StreamExt};
use futures::task::AtomicWaker;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
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
    let (sender, asked) = unbounded_channel();
    drive(operation(Batching(sender)), asked).await
}

async fn drive<T>(
    operation: impl Future<Output = T>,
    mut asked: UnboundedReceiver<BoxFuture<'static, ()>>,
) -> T {
    let mut operation = pin!(operation);
    let mut running = FuturesUnordered::new();
    let task = Arc::new(Watched::default());
    let waker = Waker::from(task.clone());
    poll_fn(|cx| {
        task.parent.register(cx.waker());
        task.woken.store(false, Ordering::Relaxed);
        if let Poll::Ready(answer) = operation.as_mut().poll(&mut Context::from_waker(&waker)) {
            return Poll::Ready(answer);
        }
        // A stream that was polled often enough gives way to others and wakes itself: there is more.
        if !task.woken.load(Ordering::Acquire) {
            while let Poll::Ready(Some(batch)) = asked.poll_recv(cx) {
                running.push(batch);
            }
        }
        while let Poll::Ready(Some(())) = running.poll_next_unpin(cx) {}
        Poll::Pending
    })
    .await
}

/// Wakes the task and remembers that it did.
#[derive(Default)]
struct Watched {
    woken: AtomicBool,
    parent: AtomicWaker,
}

impl Wake for Watched {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, Ordering::Release);
        self.parent.wake();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;
    use futures::channel::oneshot;
    use std::sync::Mutex;

    #[tokio::test]
    async fn a_batch_begins_when_the_operation_cannot_go_on() {
        let seen: Arc<Mutex<Vec<String>>> = Arc::default();
        let note = |what: String| seen.lock().unwrap().push(what);
        let answer = together(async |batching| {
            let fields = FuturesUnordered::new();
            for n in 0..100 {
                let (tell, told) = oneshot::channel();
                let (batching, seen) = (batching.clone(), seen.clone());
                fields.push(async move {
                    // As fields that give way in the middle of a page.
                    tokio::task::yield_now().await;
                    seen.lock().unwrap().push(format!("asked {n}"));
                    if n == 0 {
                        let seen = seen.clone();
                        let batch = async move {
                            seen.lock().unwrap().push("batch".into());
                            let _ = tell.send(());
                        };
                        batching.start(batch.boxed());
                        told.await.unwrap();
                    }
                });
            }
            fields.collect::<Vec<()>>().await.len()
        })
        .await;
        note("done".into());
        assert_eq!(answer, 100);
        let seen = seen.lock().unwrap();
        assert_eq!(seen.iter().position(|what| what == "batch"), Some(100), "{seen:?}");
    }
}
