//! Wakes everybody who waits for the same thing.
//!
//! A listener leaves its waker once and stays; what comes often costs no registration each time, as a
//! `watch` channel's `changed` does. Who is woken looks for itself whether there is anything.

use std::future::poll_fn;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

#[derive(Default)]
pub struct Bell {
    rung: AtomicU64,
    listeners: Mutex<Listeners>,
}

#[derive(Default)]
struct Listeners {
    wakers: Vec<Option<Waker>>,
    /// Places in `wakers` that nobody has.
    free: Vec<usize>,
}

impl Bell {
    pub fn ring(&self) {
        self.rung.fetch_add(1, Ordering::Release);
        self.listeners().wakers.iter().flatten().for_each(Waker::wake_by_ref);
    }

    /// Hears what is rung from now on.
    pub fn listen(self: &Arc<Self>) -> Listener {
        let mut listeners = self.listeners();
        let place = listeners.free.pop().unwrap_or_else(|| {
            listeners.wakers.push(None);
            listeners.wakers.len() - 1
        });
        let heard = self.rung.load(Ordering::Acquire);
        Listener { bell: self.clone(), place, heard, waker: None }
    }

    fn listeners(&self) -> MutexGuard<'_, Listeners> {
        self.listeners.lock().expect("nobody panics with the lock")
    }
}

/// Hears a bell until it is dropped.
pub struct Listener {
    bell: Arc<Bell>,
    place: usize,
    heard: u64,
    /// What the bell has of this listener.
    waker: Option<Waker>,
}

impl Listener {
    /// Waits until the bell has been rung since it was heard last.
    pub async fn rung(&mut self) {
        poll_fn(|cx| self.poll_rung(cx)).await;
    }

    pub fn poll_rung(&mut self, cx: &Context<'_>) -> Poll<()> {
        if !self.waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
            let waker = cx.waker().clone();
            self.bell.listeners().wakers[self.place] = Some(waker.clone());
            self.waker = Some(waker);
        }
        // After the waker is there: what is rung from here on wakes.
        let rung = self.bell.rung.load(Ordering::Acquire);
        let is_new = std::mem::replace(&mut self.heard, rung) != rung;
        if is_new { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let mut listeners = self.bell.listeners();
        let waker = listeners.wakers[self.place].take();
        listeners.free.push(self.place);
        drop(listeners);
        // The last owner of a waker may drop a whole task, with other listeners in it.
        drop(waker);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    #[test]
    fn everybody_hears_each_ring_and_several_unheard_ones_as_one() {
        let bell = Arc::new(Bell::default());
        bell.ring();
        let (mut first, mut second) = (bell.listen(), bell.listen());
        assert!(first.rung().now_or_never().is_none(), "it rang before");
        bell.ring();
        bell.ring();
        for listener in [&mut first, &mut second] {
            assert!(listener.rung().now_or_never().is_some());
            assert!(listener.rung().now_or_never().is_none());
        }
    }

    #[tokio::test]
    async fn who_waits_is_woken_and_places_are_used_again() {
        let bell = Arc::new(Bell::default());
        let mut listener = bell.listen();
        let waits = tokio::spawn(async move {
            listener.rung().await;
            listener.rung().await;
        });
        while !waits.is_finished() {
            bell.ring();
            tokio::task::yield_now().await;
        }
        waits.await.unwrap();
        drop((bell.listen(), bell.listen()));
        let listeners = bell.listeners();
        assert_eq!((listeners.wakers.len(), listeners.free.len()), (2, 2));
        assert!(listeners.wakers.iter().all(Option::is_none));
    }
}
