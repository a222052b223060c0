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
use tokio::sync::Mutex;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

type Batch = BoxFuture<'static, ()>;

/// The batches of one operation.
pub struct Batches {
    sender: UnboundedSender<Batch>,
    work: Mutex<Work>,
}

struct Work {
    asked: UnboundedReceiver<Batch>,
    running: FuturesUnordered<Batch>,
}

impl Batches {
    pub fn new() -> Self {
        let (sender, asked) = unbounded_channel();
        Self { sender, work: Mutex::new(Work { asked, running: FuturesUnordered::new() }) }
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
        let Work { asked, running } = &mut *work;
        let mut operation = pin!(operation);
        let task = Arc::new(Watched::default());
        let waker = Waker::from(task.clone());
        poll_fn(|cx| {
            task.parent.register(cx.waker());
            task.is_woken.store(false, Ordering::Relaxed);
            if let Poll::Ready(answer) = operation.as_mut().poll(&mut Context::from_waker(&waker)) {
                return Poll::Ready(answer);
            }
            // A stream that was polled often enough gives way and wakes itself: it has more to ask.
            if !task.is_woken.load(Ordering::Acquire) {
                while let Poll::Ready(Some(batch)) = asked.poll_recv(cx) {
                    running.push(batch);
                }
            }
            while let Poll::Ready(Some(())) = running.poll_next_unpin(cx) {}
            Poll::Pending
        })
        .await
    }
}

/// Wakes the task and remembers that it did.
#[derive(Default)]
struct Watched {
    is_woken: AtomicBool,
    parent: AtomicWaker,
}

impl Wake for Watched {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.is_woken.store(true, Ordering::Release);
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
        let note = |what: &str| seen.lock().unwrap().push(what.to_owned());
        let batches = Batches::new();
        let start = batches.starter();
        let fields = FuturesUnordered::new();
        for n in 0..100 {
            let (start, note, seen) = (&start, &note, seen.clone());
            fields.push(async move {
                // As fields that give way in the middle of a page.
                tokio::task::yield_now().await;
                note("asked");
                if n == 0 {
                    let (tell, told) = oneshot::channel();
                    let batch = async move {
                        seen.lock().unwrap().push("read".to_owned());
                        let _ = tell.send(());
                    };
                    start(batch.boxed());
                    told.await.unwrap();
                }
            });
        }
        assert_eq!(batches.drive(fields.count()).await, 100);
        let seen = seen.lock().unwrap();
        assert_eq!(seen.iter().position(|what| what == "read"), Some(100), "{seen:?}");
    }
}
