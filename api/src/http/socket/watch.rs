//! What a socket has to look after besides its client and its operations.

use deskwire_domain::events::Position;
use deskwire_domain::sessions::authenticate;
use deskwire_domain::{Error, Timestamp};
use futures::FutureExt;
use futures::future::{self, BoxFuture};
use futures::stream::{BoxStream, StreamExt, unfold};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use super::RETRY;
use crate::graphql::context::Caller;
use crate::http::App;

pub enum Watched {
    /// The client is to be pinged.
    Ping,
    Stopping,
    /// Session or token have ended by the clock.
    SessionOver,
    /// An event about the user's rights has come.
    Turned,
    /// Session or token do not stand any more, or for another role.
    RightsEnded,
}

/// The rights of a caller who has been greeted.
pub struct Rights {
    who: Arc<Caller>,
    turned: Option<watch::Receiver<Position>>,
    /// Whether they still hold.
    checking: Option<BoxFuture<'static, bool>>,
}

impl Rights {
    /// `known_at`: everything in the log up to here was known when the caller was looked up.
    pub fn new(
        app: &App,
        who: Arc<Caller>,
        turned: Option<watch::Receiver<Position>>,
        known_at: Position,
    ) -> Self {
        let mut rights = Self { who, turned, checking: None };
        if rights.turned.as_ref().is_some_and(|turned| *turned.borrow() > known_at) {
            rights.check(app);
        }
        rights
    }

    fn check(&mut self, app: &App) {
        self.checking = Some(still_holds(app.clone(), self.who.clone()).boxed());
    }

    /// Waits for a change of the user's rights (`None`), or for whether they still hold.
    async fn next(&mut self) -> Option<bool> {
        if let Some(check) = &mut self.checking {
            let holds = check.await;
            self.checking = None;
            return Some(holds);
        }
        if let Some(turned) = &mut self.turned
            && turned.changed().await.is_ok()
        {
            return None;
        }
        future::pending().await
    }
}

/// Looks after a socket from now on, and after `rights` once they are known.
pub fn watch(app: App, rights: Option<Rights>) -> BoxStream<'static, Watched> {
    let watch = Watch { next_ping: Instant::now() + app.ping, app, rights };
    unfold(watch, |mut watch| async move { Some((watch.next().await, watch)) }).boxed()
}

struct Watch {
    app: App,
    next_ping: Instant,
    rights: Option<Rights>,
}

impl Watch {
    async fn next(&mut self) -> Watched {
        loop {
            let ends_in = self.ends_in();
            if ends_in == Some(Duration::ZERO) {
                return Watched::SessionOver;
            }
            let ends_at = ends_in.map(|left| Instant::now() + left);
            let clock = sleep_until(ends_at.map_or(self.next_ping, |end| end.min(self.next_ping)));
            tokio::select! {
                () = self.app.stopping.begun() => return Watched::Stopping,
                () = clock => if Instant::now() >= self.next_ping {
                    self.next_ping = Instant::now() + self.app.ping;
                    return Watched::Ping;
                },
                holds = next(&mut self.rights) => match (holds, &mut self.rights) {
                    (Some(false), _) => return Watched::RightsEnded,
                    (None, Some(rights)) => {
                        rights.check(&self.app);
                        return Watched::Turned;
                    }
                    _ => {}
                },
            }
        }
    }

    /// Time left by the wall clock; `None` without an end.
    fn ends_in(&self) -> Option<Duration> {
        let end = self.rights.as_ref()?.who.authenticated.as_ref()?.expires_at?;
        Some((end.as_utc() - Timestamp::now().as_utc()).to_std().unwrap_or_default())
    }
}

async fn next(rights: &mut Option<Rights>) -> Option<bool> {
    match rights {
        Some(rights) => rights.next().await,
        None => future::pending().await,
    }
}

/// Whether session or token still stand for a user of the same role.
///
/// Queue rights may be others: subscriptions follow them, and operations look them up.
async fn still_holds(app: App, who: Arc<Caller>) -> bool {
    let (Some(secret), Some(known)) = (&who.secret, &who.authenticated) else { return true };
    loop {
        let found = async { authenticate(&mut *app.desk.conn().await?, secret).await }.await;
        match found {
            Ok(now) => return now.actor.role == known.actor.role,
            Err(Error::Unauthenticated) => return false,
            Err(_) => sleep(RETRY).await,
        }
    }
}
