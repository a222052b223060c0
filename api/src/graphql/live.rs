//! How a live subscription is run: for one subscriber, or for an audience.

use async_graphql::Context;
use deskwire_domain::events::{Cursor, Position};
use deskwire_domain::tickets::Progress;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Instant;
use tokio::sync::watch;

use super::scalars;

const UNPOISONED: &str = "nobody panics with the lock";

/// What who runs a subscription and its resolver tell each other; put into the request's data.
pub struct Run {
    /// Present: for all subscribers with equal rights, from now on. Absent: for one of them.
    shared: Option<Shared>,
    /// Takes the place of the operation's `after`.
    pub after: Option<Cursor>,
    passed: watch::Sender<Option<watch::Receiver<Position>>>,
    at: Mutex<(Position, Option<Instant>)>,
}

/// An audience's run.
struct Shared {
    began: OnceLock<(Position, Progress)>,
    begins: Box<dyn Fn() + Send + Sync>,
}

impl Run {
    /// For an audience; `begins` is called when it begins.
    pub fn shared(begins: impl Fn() + Send + Sync + 'static) -> Arc<Self> {
        let shared = Shared { began: OnceLock::new(), begins: Box::new(begins) };
        Arc::new(Self { shared: Some(shared), ..Self::new(None) })
    }

    /// For one subscriber.
    pub fn private(after: Option<Cursor>) -> Arc<Self> {
        Arc::new(Self::new(after))
    }

    fn new(after: Option<Cursor>) -> Self {
        Self { shared: None, after, passed: watch::Sender::new(None), at: Mutex::default() }
    }

    pub fn is_shared(&self) -> bool {
        self.shared.is_some()
    }

    /// Called by the resolver of an audience's run: items after `began` come.
    pub fn begin(&self, began: Position, progress: Progress) {
        if let Some(shared) = &self.shared {
            let _ = shared.began.set((began, progress));
            (shared.begins)();
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

    /// Called by the resolver before it yields an item, with the moment this process began to look at
    /// what is behind it.
    pub fn stand_at(&self, position: Position, since: Option<Instant>) {
        *self.at.lock().expect(UNPOISONED) = (position, since);
    }

    /// Position of the item that was yielded last, and that moment.
    pub fn at(&self) -> (Position, Option<Instant>) {
        *self.at.lock().expect(UNPOISONED)
    }
}

/// How the operation is run; by itself, for the caller alone.
pub fn run(ctx: &Context<'_>, after: Option<scalars::Cursor>) -> Arc<Run> {
    let given = ctx.data_opt::<Arc<Run>>().cloned();
    given.unwrap_or_else(|| Run::private(after.map(|cursor| cursor.0)))
}
