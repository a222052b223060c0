//! Speaks for a client as long as its stream is open.

use std::sync::Arc;
use tokio::sync::{Notify, oneshot};
use tokio::time::{MissedTickBehavior, interval_at};

use super::Activity;
use super::store::{Client, Deed, Store};

/// Renews a client until it is dropped, and then removes it.
///
/// One task does both, one after the other, so that no renewal under way outlives the removal.
pub(super) struct Lease {
    renew: Arc<Notify>,
    /// Never sent on: that it is gone ends the task.
    _held: oneshot::Sender<()>,
}

impl Lease {
    /// Puts the client on the ticket; it is there when this returns, unless Redis is away.
    pub async fn open(store: &Store, client: Client, activity: Activity) -> Self {
        let (held, mut dropped) = oneshot::channel();
        let lease = Self { renew: Arc::default(), _held: held };
        let (store, renew) = (store.clone(), lease.renew.clone());
        // The task before the entry: a stream given up while it opens leaves nothing behind.
        let (opened, is_open) = oneshot::channel();
        tokio::spawn(async move {
            store.change(&client, Deed::Open(activity)).await;
            let _ = opened.send(());
            let every = store.times().renewal;
            let mut clock = interval_at(tokio::time::Instant::now() + every, every);
            clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                tokio::select! {
                    _ = &mut dropped => break,
                    _ = clock.tick() => {}
                    () = renew.notified() => {}
                }
                store.change(&client, Deed::Renew).await;
            }
            store.change(&client, Deed::Close).await;
        });
        let _ = is_open.await;
        lease
    }

    /// Renews at once: Redis seems to have forgotten the client.
    pub fn renew(&self) {
        self.renew.notify_one();
    }
}
