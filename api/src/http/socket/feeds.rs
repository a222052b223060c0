//! Subscriptions that many subscribers share.
//!
//! Subscribers who ask the same with equal rights get the same items. A feed runs their operation
//! once; its newest items stay in a ring, each with its position in the log, already as JSON. A
//! subscriber reads the ring from their own position, and the log where the ring does not reach.

use async_graphql::Response;
use deskwire_domain::Actor;
use deskwire_domain::events::Position;
use deskwire_domain::ids::QueueId;
use deskwire_domain::metrics::{Stage, observe_stage};
use futures::StreamExt;
use std::collections::{HashMap, VecDeque};
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};
use tokio::sync::watch;

use super::bell::{Bell, Listener};
use super::message::Out;
use super::operation::Operation;
use crate::graphql::context::Caller;
use crate::graphql::live::Run;
use crate::http::App;
use crate::http::batching::Batches;
use crate::http::graph::attach;

/// Items kept for subscribers who are briefly slow or come back.
const ITEMS_MAX: usize = 512;
/// Most bytes of such items.
const BYTES_MAX: usize = 1 << 20;
/// How long a feed without subscribers waits for the next one.
const LINGER: Duration = Duration::from_secs(10);
const UNPOISONED: &str = "nobody panics with the lock";

/// What subscribers must have in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    /// The rights; of staff without the name.
    pub audience: Actor,
    pub wish: Arc<Wish>,
}

/// An operation, and what makes it equal to another.
#[derive(Debug)]
pub struct Wish {
    pub operation: Operation,
    /// The variables but for `after`, in an order of their own.
    pub variables: String,
    /// Rights on other queues make no difference; `None` when those on any may.
    pub queues: Option<Vec<QueueId>>,
    /// Follows from the operation: it gives each person something else.
    pub is_personal: bool,
}

impl Wish {
    fn parts(&self) -> (&str, Option<&str>, &str) {
        let Operation { query, operation_name, .. } = &self.operation;
        (query, operation_name.as_deref(), &self.variables)
    }
}

impl PartialEq for Wish {
    fn eq(&self, other: &Self) -> bool {
        self.parts() == other.parts()
    }
}

impl Eq for Wish {}

impl Hash for Wish {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.parts().hash(state);
    }
}

/// The feeds of one process.
#[derive(Clone, Default)]
pub struct Feeds(Arc<Mutex<HashMap<Key, Arc<Feed>>>>);

pub struct Feed {
    wish: Arc<Wish>,
    ring: Mutex<Ring>,
    run: Arc<Run>,
    moved: Arc<Bell>,
    subscribers: watch::Sender<usize>,
}

#[derive(Default)]
struct Ring {
    items: VecDeque<Item>,
    bytes: usize,
    /// Items up to here are not in the ring any more.
    gone: Position,
    end: Option<End>,
}

#[derive(Debug, Clone)]
pub struct Item {
    pub position: Position,
    pub out: Out,
    /// When it was ready to be sent.
    pub made_at: Instant,
}

#[derive(Clone)]
enum End {
    /// It was over before it began.
    Refused(Refusal),
    /// Everything up to here is in the ring.
    Over(Position),
}

/// Why an operation could not begin.
#[derive(Debug, Clone)]
pub struct Refusal {
    pub out: Out,
    /// Trying again soon may help.
    pub is_temporary: bool,
}

impl Refusal {
    pub fn of(answer: &Response) -> Self {
        let is_temporary = answer.errors.iter().any(|error| {
            let code = error.extensions.as_ref().and_then(|all| all.get("code"));
            code == Some(&async_graphql::Value::from("SERVICE_UNAVAILABLE"))
        });
        Self { out: Out::of(answer), is_temporary }
    }
}

/// What a feed has for a subscriber.
pub enum Read {
    /// The next item.
    Item(Item),
    /// Nothing up to this position.
    Nothing(Position),
    /// The feed has not begun, or only behind the wanted position.
    NotYet,
    /// The ring does not reach back to the wanted position.
    TooOld,
    Refused(Refusal),
    /// The feed has ended; everything up to here was read.
    Over(Position),
}

/// A subscriber's share of a feed.
pub struct Share {
    feed: Arc<Feed>,
    pub moved: Listener,
}

impl Feeds {
    /// The feed for `key`, which begins now if there is none.
    pub fn join(&self, app: &App, key: Key, caller: &Caller) -> Share {
        let mut feeds = self.lock();
        let feed = feeds.entry(key).or_insert_with_key(|key| {
            let (moved, subscribers) = (Arc::<Bell>::default(), watch::Sender::new(0));
            let begins = moved.clone();
            let run = Run::shared(move || begins.ring());
            let (ring, wish) = (Mutex::default(), key.wish.clone());
            let feed = Arc::new(Feed { wish, ring, run, moved, subscribers });
            let runner = Runner { feeds: self.clone(), key: key.clone(), feed: feed.clone() };
            tokio::spawn(runner.run(app.clone(), audience(caller, key)));
            feed
        });
        feed.subscribers.send_modify(|count| *count += 1);
        Share { moved: feed.moved.listen(), feed: feed.clone() }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Arc<Feed>>> {
        self.0.lock().expect(UNPOISONED)
    }
}

/// The caller as everybody in the audience.
fn audience(caller: &Caller, key: &Key) -> Caller {
    let authenticated = caller.authenticated.clone().map(|mut known| {
        known.actor = key.audience.clone();
        known.expires_at = None;
        known
    });
    Caller { authenticated, secret: None, address: String::new(), ..caller.clone() }
}

struct Runner {
    feeds: Feeds,
    key: Key,
    feed: Arc<Feed>,
}

impl Runner {
    async fn run(self, app: App, caller: Caller) {
        let batches = Batches::new();
        let request = attach(self.feed.wish.operation.request(), &app, caller, batches.starter());
        let mut answers = app.schema.execute_stream(request.data(self.feed.run.clone()));
        let abandoned = self.abandoned();
        tokio::pin!(abandoned);
        let end = loop {
            let next = batches.drive(answers.next());
            tokio::select! {
                answer = next => match answer {
                    Some(answer) if self.feed.run.began().is_none() => {
                        break End::Refused(Refusal::of(&answer));
                    }
                    Some(answer) => self.feed.push(&answer),
                    None => break self.over(),
                },
                () = &mut abandoned => break self.over(),
            }
        };
        self.feeds.lock().retain(|_, feed| !Arc::ptr_eq(feed, &self.feed));
        self.feed.ring.lock().expect(UNPOISONED).end = Some(end);
        self.feed.moved.ring();
    }

    fn over(&self) -> End {
        End::Over(self.feed.run.began().map_or(0, |(_, progress)| progress.position()))
    }

    /// Nobody has subscribed for a while, and from now on nobody can.
    async fn abandoned(&self) {
        let mut subscribers = self.feed.subscribers.subscribe();
        loop {
            let _ = subscribers.wait_for(|count| *count == 0).await;
            let came_back = subscribers.wait_for(|count| *count > 0);
            if tokio::time::timeout(LINGER, came_back).await.is_ok() {
                continue;
            }
            let mut feeds = self.feeds.lock();
            if *self.feed.subscribers.borrow() == 0 {
                feeds.remove(&self.key);
                return;
            }
        }
    }
}

impl Feed {
    fn push(&self, answer: &Response) {
        let ((position, since), out) = (self.run.at(), Out::of(answer));
        let made_at = Instant::now();
        if let Some(since) = since {
            observe_stage(Stage::Evaluate, made_at - since);
        }
        let mut ring = self.ring.lock().expect(UNPOISONED);
        ring.bytes += out.len();
        ring.items.push_back(Item { position, out, made_at });
        while ring.items.len() > ITEMS_MAX || ring.bytes > BYTES_MAX {
            let Some(oldest) = ring.items.pop_front() else { break };
            ring.bytes -= oldest.out.len();
            ring.gone = oldest.position;
        }
        drop(ring);
        self.moved.ring();
    }
}

impl Share {
    /// What everybody who shares the feed asks for.
    pub fn wish(&self) -> &Arc<Wish> {
        &self.feed.wish
    }

    /// What there is behind `after`.
    pub fn read(&self, after: Position) -> Read {
        let began = self.feed.run.began();
        // Before the ring is looked at: what it then does not hold behind `after` does not exist.
        let known = began.map(|(_, progress)| progress.position());
        let ring = self.feed.ring.lock().expect(UNPOISONED);
        match (&ring.end, began) {
            (Some(End::Refused(why)), _) => Read::Refused(why.clone()),
            (_, None) => Read::NotYet,
            (_, Some((began, _))) if after < ring.gone.max(*began) => Read::TooOld,
            _ => {
                let next = ring.items.partition_point(|item| item.position <= after);
                match (ring.items.get(next), &ring.end) {
                    (Some(item), _) => Read::Item(item.clone()),
                    (None, Some(End::Over(last))) => Read::Over(after.max(*last)),
                    (None, _) => Read::Nothing(known.unwrap_or(after).max(after)),
                }
            }
        }
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.feed.subscribers.send_modify(|count| *count -= 1);
    }
}
