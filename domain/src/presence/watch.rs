//! One process's eyes on presence: one Redis subscription for all tickets that are watched here.

use futures::StreamExt;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, sleep, sleep_until};
use tracing::{debug, info};

use super::list::{Entry, next_change, present};
use super::store::{Client, Deed, Store};
use super::{Presence, PresenceTimes};
use crate::error::{Error, Result};
use crate::events::{CLOCK, Follower, Hub, LogEvent, Start};
use crate::ids::{TicketId, UserId};

/// Later than the moment somebody's time is over, so that Redis agrees.
const SLACK: Duration = Duration::from_millis(5);

/// Presence as one process sees it; cheap to clone.
#[derive(Clone)]
pub struct PresenceHub {
    store: Store,
    requests: mpsc::UnboundedSender<Request>,
}

/// What watchers of one ticket see.
#[derive(Debug, Clone, Default)]
pub(super) struct View {
    pub people: Arc<Vec<Presence>>,
    /// Grows when the watchers' right to see the ticket may have changed.
    pub doubts: u64,
}

enum Request {
    Watch(TicketId, UserId, oneshot::Sender<Result<watch::Receiver<View>>>),
    Look(TicketId, oneshot::Sender<()>),
}

enum Signal {
    /// The subscription is (again) there; what was published before is unknown.
    Listening,
    Changed(TicketId),
}

impl PresenceHub {
    /// Starts the task. It listens to Redis, and to `log` for changed rights, while anything is
    /// watched.
    ///
    /// # Errors
    /// [`Error::Internal`] when the Redis client cannot be set up.
    pub fn start(
        client: redis::Client,
        channel: &str,
        log: Hub,
        times: PresenceTimes,
    ) -> Result<Self> {
        let store = Store::new(client.clone(), channel, times)?;
        let (requests, inbox) = mpsc::unbounded_channel();
        let watcher = Watcher {
            client,
            log,
            store: store.clone(),
            watched: HashMap::new(),
            unread: HashSet::new(),
            rights: None,
            signals: None,
        };
        tokio::spawn(watcher.run(inbox));
        Ok(Self { store, requests })
    }

    /// Everybody on these tickets, read from Redis in one round trip. Nobody when Redis is away.
    pub async fn of_tickets(&self, tickets: &[TicketId]) -> HashMap<TicketId, Vec<Presence>> {
        let found = self.store.read(tickets).await.unwrap_or_default();
        let now = Instant::now();
        found.into_iter().map(|(ticket, entries)| (ticket, present(&entries, now))).collect()
    }

    pub(super) fn store(&self) -> &Store {
        &self.store
    }

    pub(super) async fn change(&self, client: &Client, deed: Deed) -> Vec<Presence> {
        let entries = self.store.change(client, deed).await.unwrap_or_default();
        present(&entries, Instant::now())
    }

    /// Follows a ticket for a user; the receiver holds what was just read.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the database is away, since changes of rights come from there.
    pub(super) async fn watch(
        &self,
        ticket: TicketId,
        user: UserId,
    ) -> Result<watch::Receiver<View>> {
        let (reply, answer) = oneshot::channel();
        let _ = self.requests.send(Request::Watch(ticket, user, reply));
        answer.await.map_err(|_| Error::Unavailable("presence has stopped".into()))?
    }

    /// Waits until watchers of the ticket see at least what is in Redis now.
    pub(super) async fn look(&self, ticket: TicketId) {
        let (reply, answer) = oneshot::channel();
        let _ = self.requests.send(Request::Look(ticket, reply));
        let _ = answer.await;
    }
}

struct Watched {
    view: watch::Sender<View>,
    /// Everybody who has watched it since somebody does.
    users: HashSet<UserId>,
    entries: Vec<Entry>,
    /// When by our clock the list changes by itself.
    due: Option<Instant>,
}

impl Watched {
    fn show(&mut self, entries: Vec<Entry>) {
        let now = Instant::now();
        self.due = next_change(&entries, now).map(|end| end + SLACK);
        let people = present(&entries, now);
        self.entries = entries;
        self.view.send_if_modified(|view| {
            let is_news = *view.people != people;
            if is_news {
                view.people = Arc::new(people);
            }
            is_news
        });
    }
}

/// The task: the only one that changes what watchers see, so they never see the older state later.
struct Watcher {
    client: redis::Client,
    log: Hub,
    store: Store,
    watched: HashMap<TicketId, Watched>,
    /// Watched tickets that Redis has to be asked about.
    unread: HashSet<TicketId>,
    /// There while anything is watched.
    rights: Option<Follower>,
    signals: Option<mpsc::UnboundedReceiver<Signal>>,
}

impl Watcher {
    async fn run(mut self, mut inbox: mpsc::UnboundedReceiver<Request>) {
        let mut waiting = Vec::new();
        loop {
            let due = self.due();
            tokio::select! {
                request = inbox.recv() => match request {
                    Some(request) => self.take(request, &mut waiting).await,
                    None => return,
                },
                signal = next_signal(&mut self.signals) => self.hear(signal),
                event = next_event(&mut self.rights) => self.heed(event).await,
                () = until(due) => self.expire(),
            }
            // What else has arrived meanwhile is answered by the same reading.
            while let Ok(request) = inbox.try_recv() {
                self.take(request, &mut waiting).await;
            }
            while let Some(Ok(signal)) = self.signals.as_mut().map(|signals| signals.try_recv()) {
                self.hear(Some(signal));
            }
            self.read().await;
            for reply in waiting.drain(..) {
                let _ = reply.send(());
            }
            self.forget();
        }
    }

    async fn take(&mut self, request: Request, waiting: &mut Vec<oneshot::Sender<()>>) {
        match request {
            Request::Watch(ticket, user, reply) => {
                let _ = reply.send(self.watch(ticket, user).await);
            }
            Request::Look(ticket, reply) => {
                if self.watched.contains_key(&ticket) {
                    self.unread.insert(ticket);
                }
                waiting.push(reply);
            }
        }
    }

    async fn watch(&mut self, ticket: TicketId, user: UserId) -> Result<watch::Receiver<View>> {
        self.follow_rights().await?;
        if self.signals.is_none() {
            let (sender, signals) = mpsc::unbounded_channel();
            tokio::spawn(listen(self.client.clone(), self.store.channel(), sender));
            self.signals = Some(signals);
        }
        let watched = self.watched.entry(ticket).or_insert_with(|| Watched {
            view: watch::Sender::default(),
            users: HashSet::new(),
            entries: Vec::new(),
            due: None,
        });
        watched.users.insert(user);
        self.unread.insert(ticket);
        Ok(watched.view.subscribe())
    }

    async fn follow_rights(&mut self) -> Result<()> {
        if self.rights.is_none() {
            let (Start::Resumed(follower) | Start::Resync(follower)) =
                self.log.follow(None).await?;
            self.rights = Some(follower);
        }
        Ok(())
    }

    fn hear(&mut self, signal: Option<Signal>) {
        match signal {
            Some(Signal::Changed(ticket)) if self.watched.contains_key(&ticket) => {
                self.unread.insert(ticket);
            }
            Some(Signal::Changed(_)) => {}
            Some(Signal::Listening) => {
                self.store.is_back();
                self.unread.extend(self.watched.keys());
            }
            None => self.signals = None,
        }
    }

    /// Whether an event leaves a watcher's right to see a ticket in doubt; they look it up.
    async fn heed(&mut self, event: Option<Arc<LogEvent>>) {
        let doubt = |watched: &Watched| watched.view.send_modify(|view| view.doubts += 1);
        let Some(event) = event else {
            // Part of the log was pruned unread: follow anew first, then doubt everything.
            self.rights = None;
            while self.follow_rights().await.is_err() {
                sleep(CLOCK).await;
            }
            return self.watched.values().for_each(doubt);
        };
        if event.kind.changes_rights() {
            let user = UserId::from(event.subject_id);
            self.watched.values().filter(|watched| watched.users.contains(&user)).for_each(doubt);
        } else if event.kind.is_about_ticket() {
            self.watched.get(&TicketId::from(event.subject_id)).into_iter().for_each(doubt);
        }
    }

    fn due(&self) -> Option<Instant> {
        let ends = self.watched.values().filter_map(|watched| watched.due);
        // What could not be read is tried again.
        let retry = (!self.unread.is_empty()).then(|| Instant::now() + CLOCK);
        ends.chain(retry).min()
    }

    fn expire(&mut self) {
        let now = Instant::now();
        let over = self.watched.iter().filter(|(_, w)| w.due.is_some_and(|due| due <= now));
        self.unread.extend(over.map(|(ticket, _)| *ticket));
    }

    async fn read(&mut self) {
        if self.unread.is_empty() {
            return;
        }
        let tickets: Vec<TicketId> = self.unread.iter().copied().collect();
        if let Some(found) = self.store.read(&tickets).await {
            self.unread.clear();
            for (ticket, entries) in found {
                if let Some(watched) = self.watched.get_mut(&ticket) {
                    watched.show(entries);
                }
            }
            return;
        }
        // Redis is away: those it told of last stay until their time is over.
        for watched in self.watched.values_mut() {
            let entries = std::mem::take(&mut watched.entries);
            watched.show(entries);
        }
    }

    /// Drops what nobody watches any more.
    fn forget(&mut self) {
        self.watched.retain(|_, watched| watched.view.receiver_count() > 0);
        if self.watched.is_empty() {
            (self.rights, self.signals) = (None, None);
        }
        self.unread.retain(|ticket| self.watched.contains_key(ticket));
    }
}

async fn next_signal(signals: &mut Option<mpsc::UnboundedReceiver<Signal>>) -> Option<Signal> {
    match signals {
        Some(signals) => signals.recv().await,
        None => std::future::pending().await,
    }
}

async fn next_event(rights: &mut Option<Follower>) -> Option<Arc<LogEvent>> {
    match rights {
        Some(rights) => rights.next().await,
        None => std::future::pending().await,
    }
}

async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

/// Passes on what is published until nobody takes it; connects again by itself.
async fn listen(client: redis::Client, channel: String, sender: mpsc::UnboundedSender<Signal>) {
    tokio::select! {
        () = sender.closed() => {}
        () = async {
            loop {
                if let Err(error) = pass_on(&client, &channel, &sender).await {
                    debug!(%error, "presence is not listened to");
                }
                sleep(CLOCK).await;
            }
        } => {}
    }
}

async fn pass_on(
    client: &redis::Client,
    channel: &str,
    sender: &mpsc::UnboundedSender<Signal>,
) -> redis::RedisResult<()> {
    let mut pubsub = client.get_async_pubsub().await?;
    pubsub.subscribe(channel).await?;
    info!("listening to presence");
    let _ = sender.send(Signal::Listening);
    let mut messages = pubsub.on_message();
    while let Some(message) = messages.next().await {
        let text: String = message.get_payload()?;
        if let Ok(ticket) = text.parse() {
            let _ = sender.send(Signal::Changed(ticket));
        }
    }
    Ok(())
}
