//! One subscriber of a subscription that follows from the log.
//!
//! A subscriber who is up to date shares a feed with everybody of equal rights and equal wishes. One
//! who comes from an older cursor, has been slow, or whose rights have just changed runs the
//! operation alone, from their own position, until the feed reaches back to where they are.

use async_graphql::Response;
use deskwire_domain::actor::Scope;
use deskwire_domain::events::{Cursor, Position};
use deskwire_domain::tickets::Exchange;
use deskwire_domain::{Actor, Error};
use futures::StreamExt;
use futures::stream::BoxStream;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::sleep;

use super::feeds::{Key, Read, Refusal, Share, Wish};
use super::message::Out;
use super::running::Outgoing;
use crate::graphql::context::Caller;
use crate::graphql::live::Run;
use crate::http::App;
use crate::http::batching::Batches;
use crate::http::credentials::refreshed;
use crate::http::graph::attach;

/// Pause before the database is asked again.
const RETRY: Duration = Duration::from_secs(1);

pub struct Subscriber {
    app: App,
    exchange: Exchange,
    caller: Arc<Caller>,
    wish: Arc<Wish>,
    /// Everything up to here that concerns the subscriber was sent.
    position: Position,
    /// Another log's cursor, until the subscriber was told that it is none of this one's.
    foreign: Option<Cursor>,
    /// Position of the last event about the subscriber's rights.
    turned: watch::Receiver<Position>,
    share: Share,
    alone: Option<Box<Alone>>,
    /// The operation was found right.
    has_begun: bool,
    is_over: bool,
}

/// The operation, run for this subscriber alone.
struct Alone {
    answers: BoxStream<'static, Response>,
    batches: Batches,
    run: Arc<Run>,
    /// The subscriber stands where this run does.
    has_passed: bool,
}

impl Subscriber {
    /// Begins behind `after`, or now.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`]; [`Error::Unavailable`].
    pub async fn new(
        app: App,
        caller: Arc<Caller>,
        wish: Wish,
        after: Option<Cursor>,
    ) -> Result<Self, Error> {
        let actor = &caller.authenticated.as_ref().ok_or(Error::Unauthenticated)?.actor;
        let exchange = app.desk.exchange().await?.clone();
        let turned = exchange.rights_of(actor.user()?);
        let share = app.feeds.join(&app, key(actor, Arc::new(wish)), &caller);
        // What this process has answered for is past, also where the exchange has yet to see it.
        let now = exchange.position().max(app.desk.announcer.end());
        let mut subscriber = Self {
            app,
            position: now,
            foreign: None,
            exchange,
            caller,
            // The one that all share: equal ones are kept once.
            wish: share.wish().clone(),
            turned,
            share,
            alone: None,
            has_begun: false,
            is_over: false,
        };
        match after {
            None => {}
            Some(cursor)
                if subscriber.exchange.knows(cursor) && cursor.position <= subscriber.position =>
            {
                subscriber.position = cursor.position;
            }
            // Of another log, or of a part this process has not come to yet: the log itself knows.
            Some(cursor) => {
                match subscriber.exchange.knows(cursor) {
                    true => subscriber.position = cursor.position,
                    false => subscriber.foreign = Some(cursor),
                }
                subscriber.go_alone(cursor).await?;
            }
        }
        Ok(subscriber)
    }

    /// The next thing to send; `None` when the subscription has ended.
    ///
    /// Waits for the feed alone: whoever polls it has to do so also when the user's rights change.
    pub async fn next(&mut self) -> Option<Outgoing> {
        while !self.is_over {
            // Boxed, as all that is rare: a quiet subscriber keeps no room for it.
            if self.alone.is_some() {
                if let Some(out) = Box::pin(self.next_alone()).await {
                    return Some(out.into());
                }
                continue;
            }
            if self.has_turned() {
                Box::pin(self.restart_alone()).await;
                continue;
            }
            match self.share.read(self.position) {
                Read::Item(item) => {
                    self.has_begun = true;
                    self.position = item.position;
                    return Some(Outgoing { out: item.out, since: Some(item.made_at) });
                }
                // Rights that changed before `position` were announced before it was reached.
                Read::Nothing(position) if !self.has_turned() => {
                    self.has_begun = true;
                    self.position = position;
                    self.wait().await;
                }
                Read::Over(position) if !self.has_turned() => {
                    self.position = position;
                    Box::pin(self.restart_alone()).await;
                }
                Read::Nothing(_) | Read::Over(_) => {}
                Read::NotYet => self.wait().await,
                Read::TooOld => Box::pin(self.restart_alone()).await,
                Read::Refused(why) => return Box::pin(self.refused(why)).await.map(Outgoing::from),
            }
        }
        None
    }

    fn has_turned(&self) -> bool {
        *self.turned.borrow() > self.position
    }

    async fn wait(&mut self) {
        poll_fn(|cx| match self.has_turned() {
            true => Poll::Ready(()),
            false => self.share.moved.poll_rung(cx),
        })
        .await;
    }

    /// The operation could not begin. One that had begun before goes on when the database is back, or
    /// is over without an error: what it was about has become invisible.
    async fn refused(&mut self, why: Refusal) -> Option<Out> {
        if self.has_begun && why.is_temporary {
            sleep(RETRY).await;
            self.restart_alone().await;
            return None;
        }
        self.is_over = true;
        (!self.has_begun).then_some(why.out)
    }

    async fn restart_alone(&mut self) {
        loop {
            let after = self.foreign.unwrap_or_else(|| self.exchange.cursor_at(self.position));
            match self.go_alone(after).await {
                Ok(()) => return,
                Err(Error::Unavailable(_)) => sleep(RETRY).await,
                // The socket is being closed for the same reason.
                Err(_) => return self.is_over = true,
            }
        }
    }

    /// Runs the operation from `after` with the caller's present rights.
    async fn go_alone(&mut self, after: Cursor) -> Result<(), Error> {
        self.caller = Arc::new(refreshed(&self.app.desk, &self.caller).await?);
        self.rejoin()?;
        let (batches, run) = (Batches::new(), Run::private(Some(after)));
        let request = self.wish.operation.request().data(run.clone());
        let caller = Caller::clone(&self.caller);
        let request = attach(request, &self.app, caller, batches.starter());
        let answers = self.app.schema.execute_stream(request);
        self.alone = Some(Box::new(Alone { answers, batches, run, has_passed: false }));
        Ok(())
    }

    fn rejoin(&mut self) -> Result<(), Error> {
        let known = self.caller.authenticated.as_ref().ok_or(Error::Unauthenticated)?;
        let key = key(&known.actor, self.wish.clone());
        self.share = self.app.feeds.join(&self.app, key, &self.caller);
        Ok(())
    }

    /// One step of the operation run alone; `None` when there is something else to do.
    async fn next_alone(&mut self) -> Option<Out> {
        let alone = self.alone.as_mut()?;
        let wanted = self.position + u64::from(alone.has_passed);
        let answer = tokio::select! {
            biased;
            answer = alone.batches.drive(alone.answers.next()) => answer,
            position = alone.run.passed(wanted) => {
                (self.has_begun, alone.has_passed) = (true, true);
                self.position = position;
                self.join_feed();
                return None;
            }
            () = self.share.moved.rung() => {
                self.join_feed();
                return None;
            }
            _ = self.turned.changed() => {
                if self.has_turned() {
                    self.restart_alone().await;
                }
                return None;
            }
        };
        let Some(answer) = answer else {
            self.is_over = true;
            return None;
        };
        if !alone.run.follows() {
            return self.refused(Refusal::of(&answer)).await;
        }
        (self.has_begun, alone.has_passed) = (true, true);
        self.foreign = None;
        (self.position, _) = alone.run.at();
        Some(Out::of(&answer))
    }

    /// Leaves the own run if the feed reaches back to the position and the rights are the feed's.
    fn join_feed(&mut self) {
        let stands = self.alone.as_ref().is_some_and(|alone| alone.has_passed);
        match self.share.read(self.position) {
            _ if self.has_turned() || !stands => {}
            Read::Item(_) | Read::Nothing(_) => self.alone = None,
            Read::Over(_) | Read::Refused(_) => self.is_over = self.rejoin().is_err(),
            Read::NotYet | Read::TooOld => {}
        }
    }
}

/// What the subscriber has in common with others. Staff with equal rights see the same, as far as the
/// rights matter, unless the wish is for something of their own.
fn key(actor: &Actor, wish: Arc<Wish>) -> Key {
    let mut audience = Actor { origin: None, ..actor.clone() };
    let is_like_others = actor.is_staff() && actor.require_scope(Scope::UsersRead).is_ok();
    if is_like_others && !wish.is_personal {
        audience.user_id = None;
        if let Some(queues) = &wish.queues {
            audience.queue_rights.retain(|queue, _| queues.contains(queue));
        }
    }
    Key { audience, wish }
}
