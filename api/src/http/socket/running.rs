//! The operations one socket runs.
//!
//! All are polled by the socket's task, each only when it was woken itself: a socket with many quiet
//! subscriptions costs what the one costs that has something to send.

use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use futures::task::AtomicWaker;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker, ready};
use std::time::Instant;

use super::message::{self, Out};
use crate::metrics::{Open, open_subscription};

/// What an operation sends, until it is over.
pub type Outs = BoxStream<'static, Outgoing>;

pub struct Outgoing {
    pub out: Out,
    /// Since when a live item waits to be sent.
    pub since: Option<Instant>,
}

impl From<Out> for Outgoing {
    fn from(out: Out) -> Self {
        Self { out, since: None }
    }
}

/// A message for the client.
pub struct Outbound {
    pub text: String,
    pub since: Option<Instant>,
}

#[derive(Default)]
pub struct Running {
    task: Arc<AtomicWaker>,
    operations: Vec<Operation>,
    /// Who is asked first, so that none keeps the others waiting.
    first: usize,
}

struct Operation {
    id: Arc<str>,
    state: State,
    gate: Gate,
    _open: Open,
}

enum State {
    /// Apart, because what it takes to begin is large and then gone.
    Beginning(BoxFuture<'static, Outs>),
    Going(Outs),
}

impl Running {
    pub fn len(&self) -> usize {
        self.operations.len()
    }

    pub fn contains(&self, id: &str) -> bool {
        self.operations.iter().any(|operation| &*operation.id == id)
    }

    pub fn start(&mut self, id: String, begin: BoxFuture<'static, Outs>) {
        self.operations.push(Operation {
            id: id.into(),
            state: State::Beginning(begin),
            gate: self.gate(),
            _open: open_subscription(),
        });
    }

    /// Ends an operation; nothing more is sent of it.
    pub fn stop(&mut self, id: &str) {
        self.operations.retain(|operation| &*operation.id != id);
    }

    /// Has every operation look whether there is something to do.
    pub fn wake_all(&self) {
        self.operations.iter().for_each(|operation| operation.gate.woken.set());
    }

    /// For something else that the same task polls; open at first.
    pub fn gate(&self) -> Gate {
        let woken = Woken { is_woken: AtomicBool::new(true), task: self.task.clone() };
        let woken = Arc::new(woken);
        Gate { waker: woken.clone().into(), woken }
    }

    /// Has whatever a gate belongs to wake this task. Called before gates are tried.
    pub fn register(&self, cx: &Context<'_>) {
        self.task.register(cx.waker());
    }

    /// The next message of any operation; register before.
    pub fn poll_next(&mut self) -> Poll<Outbound> {
        for turn in 0..self.operations.len() {
            let at = (self.first + turn) % self.operations.len();
            let Operation { id, state, gate, .. } = &mut self.operations[at];
            let Poll::Ready(outgoing) = gate.poll(|cx| state.poll_next(cx)) else { continue };
            gate.woken.set();
            let (text, is_over) = match &outgoing {
                Some(Outgoing { out: Out::Next(payload), .. }) => {
                    (message::next(id, payload), false)
                }
                Some(Outgoing { out: Out::Error(errors), .. }) => {
                    (message::error(id, errors), true)
                }
                None => (message::complete(id), true),
            };
            if is_over {
                self.operations.swap_remove(at);
            }
            self.first = at + usize::from(!is_over);
            return Poll::Ready(Outbound { text, since: outgoing.and_then(|sent| sent.since) });
        }
        Poll::Pending
    }
}

impl State {
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Outgoing>> {
        loop {
            match self {
                Self::Beginning(begin) => *self = Self::Going(ready!(begin.as_mut().poll(cx))),
                Self::Going(outs) => return outs.poll_next_unpin(cx),
            }
        }
    }
}

/// Lets a part of a task be polled only when that part was woken.
pub struct Gate {
    woken: Arc<Woken>,
    waker: Waker,
}

impl Gate {
    pub fn poll<T>(&self, part: impl FnOnce(&mut Context<'_>) -> Poll<T>) -> Poll<T> {
        match self.woken.is_woken.swap(false, Ordering::AcqRel) {
            true => part(&mut Context::from_waker(&self.waker)),
            false => Poll::Pending,
        }
    }

    /// Has it polled again although nothing woke it.
    pub fn open(&self) {
        self.woken.set();
    }
}

struct Woken {
    is_woken: AtomicBool,
    task: Arc<AtomicWaker>,
}

impl Woken {
    fn set(&self) {
        self.is_woken.store(true, Ordering::Release);
    }
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.set();
        self.task.wake();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::{FutureExt, future, stream};
    use std::future::poll_fn;
    use std::sync::atomic::AtomicUsize;

    impl Running {
        async fn next(&mut self) -> Outbound {
            poll_fn(|cx| {
                self.register(cx);
                self.poll_next()
            })
            .await
        }
    }

    fn outs(texts: &[&str]) -> BoxFuture<'static, Outs> {
        let outs: Vec<Outgoing> =
            texts.iter().map(|text| Out::Next((*text).into()).into()).collect();
        future::ready(stream::iter(outs).boxed()).boxed()
    }

    #[tokio::test]
    async fn operations_take_turns_and_say_when_they_are_over() {
        let mut running = Running::default();
        running.start("a".into(), outs(&["1", "2"]));
        running.start("b".into(), outs(&["3"]));
        let mut texts = Vec::new();
        while running.len() > 0 {
            texts.push(running.next().await.text);
        }
        let next = |id: &str, payload: &str| message::next(id, payload);
        assert_eq!(texts[..2], [next("a", "1"), next("b", "3")]);
        assert!(texts.contains(&next("a", "2")));
        assert!(texts.contains(&message::complete("a")) && texts.contains(&message::complete("b")));
        assert_eq!(texts.len(), 5);
    }

    #[tokio::test]
    async fn only_what_was_woken_is_polled() {
        let mut running = Running::default();
        let polled = Arc::new(AtomicUsize::new(0));
        let counts = polled.clone();
        let quiet = stream::poll_fn(move |_| {
            counts.fetch_add(1, Ordering::Relaxed);
            Poll::Pending
        });
        running.start("quiet".into(), future::ready(quiet.boxed()).boxed());
        running.start("busy".into(), outs(&["1", "2", "3"]));
        for _ in 0..4 {
            running.next().await;
        }
        assert_eq!(polled.load(Ordering::Relaxed), 1);
        running.wake_all();
        assert!(running.next().now_or_never().is_none());
        assert_eq!(polled.load(Ordering::Relaxed), 2);
        running.stop("quiet");
        assert_eq!(running.len(), 0);
    }
}
