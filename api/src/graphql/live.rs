//! How a live subscription is run: for one subscriber, or for an audience.

use deskwire_domain::events::{Cursor, Position};
use deskwire_domain::tickets::Progress;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use tokio::sync::watch;

/// What who runs a subscription and its resolver tell each other; put into the request's data.
pub struct Run {
    /// Present: for all subscribers with equal rights, from now on. Absent: for one of them.
    shared: Option<Shared>,
    /// Takes the place of the operation's `after`.
    pub after: Option<Cursor>,
    passed: watch::Sender<Option<watch::Receiver<Position>>>,
    at: AtomicU64,
}

/// An audience's run.
struct Shared {
    began: OnceLock<(Position, Progress)>,
    moved: watch::Sender<()>,
}

impl Run {
    /// For an audience; `moved` tells when it begins.
    pub fn shared(moved: watch::Sender<()>) -> Arc<Self> {
        let shared = Shared { began: OnceLock::new(), moved };
        Arc::new(Self { shared: Some(shared), ..Self::new(None) })
    }

    /// For one subscriber.
    pub fn private(after: Option<Cursor>) -> Arc<Self> {
        Arc::new(Self::new(after))
    }

    fn new(after: Option<Cursor>) -> Self {
        Self { shared: None, after, passed: watch::Sender::new(None), at: AtomicU64::new(0) }
    }

    pub fn is_shared(&self) -> bool {
        self.shared.is_some()
    }

    /// Called by the resolver of an audience's run: items after `began` come.
    pub fn begin(&self, began: Position, progress: Progress) {
        if let Some(shared) = &self.shared {
            let _ = shared.began.set((began, progress));
            shared.moved.send_replace(());
        }
    }

    /// Where an audience's run began and how far it is; `None` until its resolver has run.
    pub fn began(&self) -> Option<&(Position, Progress)> {
        self.shared.as_ref()?.began.get()
    }

    /// Called by the resolver of one subscriber's run.
    pub fn follow(&self, passed: watch::Receiver<Position>) {
        self.passed.send_replace(Some(passed));
    }

    /// Whether the resolver of one subscriber's run has succeeded.
    pub fn follows(&self) -> bool {
        self.passed.borrow().is_some()
    }

    /// Waits until one subscriber's run has come to `wanted` and has passed everything up to there on.
    pub async fn passed(&self, wanted: Position) -> Position {
        let mut follows = self.passed.subscribe();
        let _ = follows.wait_for(Option::is_some).await;
        let passed = follows.borrow().clone();
        if let Some(mut passed) = passed
            && let Ok(position) = passed.wait_for(|position| *position >= wanted.max(1)).await
        {
            return *position;
        }
        // The stream is gone and says so itself.
        std::future::pending().await
    }

    /// Called by the resolver before it yields an item.
    pub fn stand_at(&self, position: Position) {
        self.at.store(position, Ordering::Release);
    }

    /// Position of the item that was yielded last.
    pub fn at(&self) -> Position {
        self.at.load(Ordering::Acquire)
    }
}
