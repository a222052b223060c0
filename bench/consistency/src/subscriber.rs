//! One watcher: subscribes, stalls, goes away, comes back, and writes down all it was told.

use anyhow::{Context, bail};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use crate::desk::{Account, PASSWORD, World};
use crate::http::{Credential, Http};
use crate::ids::Id;
use crate::model::{Kind, Log, Seen};
use crate::plan::{Act, Acts, Plan, SubscriberPlan};
use crate::socket::{Failure, Socket};
use crate::trace::Trace;

/// Pause before another process is tried.
const RETRY: Duration = Duration::from_millis(250);
/// How long the socket of an ended session may stay open; faults may delay its end.
const SIGN_OUT: Duration = Duration::from_secs(40);

/// How far the run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Watchers come and go.
    Running,
    /// Writers have stopped: watchers stay connected.
    Settling,
    Ended,
}

/// What a watcher was told, in the order it was.
#[derive(Debug, Clone)]
pub enum Record {
    /// The list was read; nothing known before counts any more.
    Snapshot {
        rows: BTreeMap<Id, Seen>,
        cursor: Cursor,
    },
    Opened {
        api: usize,
        after: Cursor,
        is_foreign: bool,
    },
    Item(Item),
    Ended(String),
    /// Something that must not happen whatever the log says.
    Wrong(String),
}

#[derive(Debug, Clone)]
pub struct Item {
    /// `None` is RESYNC.
    pub kind: Option<Kind>,
    pub cursor: Cursor,
    /// The ticket, where the item names it.
    pub ticket: Option<Id>,
    pub seen: Option<Seen>,
    pub total: Option<u64>,
}

/// A cursor of the log with its position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    pub text: String,
    pub position: u64,
}

impl Cursor {
    fn parse(value: &Value) -> Option<Self> {
        let text = value.as_str()?.to_owned();
        let position = text.rsplit('-').next()?.parse().ok()?;
        Some(Self { text, position })
    }

    fn of_another_log(&self) -> String {
        let swapped = if self.text.starts_with('0') { "1" } else { "0" };
        format!("{swapped}{}", &self.text[1..])
    }
}

/// All that is known about one watcher; shared with the checks.
pub struct Subscriber {
    pub name: String,
    pub plan: SubscriberPlan,
    pub account: Account,
    records: Mutex<Vec<Record>>,
}

impl Subscriber {
    pub fn new(plan: &Plan, number: usize, world: &World) -> Arc<Self> {
        let own = plan.subscribers[number].clone();
        let account = world.people[own.person].clone();
        let name = format!("s{number}");
        Arc::new(Self { name, plan: own, account, records: Mutex::default() })
    }

    /// Whether the log alone says what this watcher must be told.
    pub fn is_foretold(&self) -> bool {
        self.account.never_changes && self.plan.filter.is_judged_by_log()
    }

    pub fn records(&self) -> MutexGuard<'_, Vec<Record>> {
        self.records.lock().expect("nobody panics with the lock")
    }

    /// Tickets in its list, as far as it was told. The log names the tickets that left.
    pub fn view(&self, log: &Log) -> BTreeMap<Id, Seen> {
        let mut view = BTreeMap::new();
        for record in self.records().iter() {
            match record {
                Record::Snapshot { rows, .. } => view.clone_from(rows),
                Record::Item(item) => {
                    let named = || log.at(item.cursor.position).map(|event| event.subject);
                    let Some(ticket) = item.ticket.or_else(named) else { continue };
                    match (item.kind, &item.seen) {
                        (Some(Kind::Enter | Kind::Update), Some(seen)) => {
                            view.insert(ticket, seen.clone());
                        }
                        (Some(Kind::Leave), _) => drop(view.remove(&ticket)),
                        _ => {}
                    }
                }
                _ => {}
            }
        }
        view
    }

    /// Position of the last item or list, and the last count it was told since the list.
    pub fn last(&self) -> (u64, Option<u64>) {
        let records = self.records();
        let position = records.iter().rev().find_map(|record| match record {
            Record::Item(item) => Some(item.cursor.position),
            Record::Snapshot { cursor, .. } => Some(cursor.position),
            _ => None,
        });
        let total = records.iter().rev().find_map(|record| match record {
            Record::Item(item) => Some(item.total),
            Record::Snapshot { .. } => Some(None),
            _ => None,
        });
        (position.unwrap_or(0), total.flatten())
    }

    pub fn items(&self) -> usize {
        self.records().iter().filter(|record| matches!(record, Record::Item(_))).count()
    }
}

impl std::fmt::Display for Subscriber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let rights = if self.account.never_changes { "" } else { " (rights change)" };
        let count = if self.plan.wants_count { ", with totalCount" } else { "" };
        write!(f, "{} as {}{rights}, {}{count}", self.name, self.account.name, self.plan.filter)
    }
}

/// Runs a watcher until the run has ended.
pub async fn run(
    about: Arc<Subscriber>,
    acts: Acts,
    world: Arc<World>,
    phase: watch::Receiver<Phase>,
    trace: Trace,
) {
    let credential = about.account.token.clone();
    let api = about.name.len() % world.apis.len();
    let mut watcher =
        Watcher { about, acts, world, phase, trace, credential, api, after: None, foreign: false };
    watcher.run().await;
}

struct Watcher {
    about: Arc<Subscriber>,
    acts: Acts,
    world: Arc<World>,
    phase: watch::Receiver<Phase>,
    trace: Trace,
    credential: Credential,
    /// The process it talks to.
    api: usize,
    /// Where to resume; `None` until the list was read.
    after: Option<Cursor>,
    /// Resume from another log next.
    foreign: bool,
}

impl Watcher {
    async fn run(&mut self) {
        while self.phase() != Phase::Ended {
            if let Err(error) = self.visit().await {
                self.note(Record::Ended(format!("{error:#}")));
                self.api = (self.api + 1) % self.world.apis.len();
                sleep(RETRY).await;
            }
        }
    }

    fn phase(&self) -> Phase {
        *self.phase.borrow()
    }

    fn note(&self, record: Record) {
        match &record {
            Record::Snapshot { rows, cursor } => {
                self.say(format!("read {} rows, cursor {}", rows.len(), cursor.position));
            }
            Record::Opened { api, after, is_foreign } => {
                let foreign = if *is_foreign { " of another log" } else { "" };
                self.say(format!("opened on api-{api} after {}{foreign}", after.position));
            }
            Record::Item(item) => {
                let kind = item.kind.map_or("RESYNC".to_owned(), |kind| format!("{kind:?}"));
                let ticket = item.ticket.map_or("-".to_owned(), |id| id.to_string());
                let seen = item.seen.as_ref().map_or("".to_owned(), |seen| seen.to_string());
                let position = item.cursor.position;
                self.say(format!("{position} {kind} {ticket} {seen} total {:?}", item.total));
            }
            Record::Ended(why) => self.say(format!("ended: {why}")),
            Record::Wrong(what) => self.say(format!("WRONG: {what}")),
        }
        self.about.records().push(record);
    }

    fn say(&self, what: impl std::fmt::Display) {
        self.trace.line(&self.about.name, what);
    }

    /// From connecting to going away.
    async fn visit(&mut self) -> anyhow::Result<()> {
        if self.about.plan.signs_in && matches!(self.credential, Credential::Token(_)) {
            self.sign_in().await?;
        }
        let after = match self.after.clone() {
            Some(after) => after,
            None => self.read_list().await?,
        };
        let is_foreign = std::mem::take(&mut self.foreign);
        let wanted = if is_foreign { after.of_another_log() } else { after.text.clone() };
        let operation = self.operation(&wanted);
        let address = self.world.apis[self.api];
        let is_slow = self.about.plan.is_slow;
        let opened = Socket::subscribe(address, &self.credential, is_slow, &operation).await;
        let mut socket = match opened {
            Ok(socket) => socket,
            Err(failure) => return self.failed(failure),
        };
        self.note(Record::Opened { api: self.api, after, is_foreign });
        loop {
            let act = match self.phase() {
                Phase::Running => self.acts.next().expect("acts never end"),
                Phase::Settling => Act::Read { ms: 1000 },
                Phase::Ended => return Ok(()),
            };
            let went = match act {
                Act::Read { ms } => {
                    let end = Instant::now() + Duration::from_millis(ms);
                    match self.read(&mut socket, end).await {
                        Ok(()) => continue,
                        Err(failure) => return self.failed(failure),
                    }
                }
                Act::Stall { ms } => {
                    self.say(format!("stalls for {ms} ms"));
                    self.wait(ms).await;
                    continue;
                }
                Act::Leave { ms, says_so } => {
                    self.say(format!("leaves for {ms} ms"));
                    if says_so {
                        socket.close().await;
                    } else {
                        drop(socket);
                    }
                    ms
                }
                Act::GoBack { items } => {
                    self.after = Some(self.earlier(items));
                    0
                }
                Act::ReadAnew { ms } => {
                    self.after = None;
                    ms
                }
                Act::ForeignCursor => {
                    self.foreign = true;
                    0
                }
                Act::SignOut if matches!(self.credential, Credential::Session(_)) => {
                    return self.sign_out(socket).await;
                }
                Act::SignOut => 0,
            };
            self.note(Record::Ended("went away".into()));
            self.wait(went).await;
            self.api = (self.api + 1) % self.world.apis.len();
            return Ok(());
        }
    }

    async fn wait(&mut self, ms: u64) {
        let settling = self.phase.wait_for(|phase| *phase > Phase::Running);
        tokio::select! {
            () = sleep(Duration::from_millis(ms)) => {}
            _ = settling => {}
        }
    }

    async fn read(&mut self, socket: &mut Socket, end: Instant) -> Result<(), Failure> {
        let before = self.phase();
        loop {
            let data = tokio::select! {
                data = socket.next() => data?,
                () = sleep_until(end) => return Ok(()),
                _ = self.phase.wait_for(|phase| *phase != before) => return Ok(()),
            };
            self.take(data).await?;
        }
    }

    async fn take(&mut self, mut data: Value) -> Result<(), Failure> {
        let update = data["queueUpdates"].take();
        let Some(item) = item(&update) else {
            self.note(Record::Wrong(format!("an item that cannot be read: {update}")));
            return Err(Failure::Lost("an item that cannot be read".into()));
        };
        let is_resync = item.kind.is_none();
        let cursor = item.cursor.clone();
        self.note(Record::Item(item));
        if is_resync {
            // The rows as they are now; the stream goes on from its own, earlier cursor.
            let read = self.read_list().await;
            self.after = Some(cursor);
            if let Err(error) = read {
                self.after = None;
                return Err(Failure::Lost(format!("{error:#}")));
            }
        } else {
            self.after = Some(cursor);
        }
        Ok(())
    }

    /// Tidies up after a socket that ended, so that the next visit can succeed.
    fn failed(&mut self, failure: Failure) -> anyhow::Result<()> {
        let has_ended = match &failure {
            Failure::Closed(code, _) => matches!(code, 4401 | 4403),
            Failure::Refused { code, .. } => {
                matches!(code.as_str(), "FORBIDDEN" | "UNAUTHENTICATED" | "BAD_USER_INPUT")
            }
            Failure::Complete => true,
            Failure::Lost(_) => false,
        };
        let is_known = match &failure {
            Failure::Refused { code, .. } => {
                has_ended || matches!(code.as_str(), "SERVICE_UNAVAILABLE" | "TIMEOUT")
            }
            _ => true,
        };
        if !is_known {
            self.note(Record::Wrong(failure.to_string()));
        }
        if has_ended {
            if self.about.account.never_changes && matches!(self.credential, Credential::Token(_)) {
                let what = format!("{failure}, although the token holds and no right has changed");
                self.note(Record::Wrong(what));
            }
            if matches!(failure, Failure::Refused { .. }) {
                // The filter is not for the role the user has now: another list, once it is again.
                self.after = None;
            }
            // A session may have ended; the token tells what the user still may.
            self.credential = self.about.account.token.clone();
        }
        bail!("{failure}")
    }

    fn earlier(&self, items: usize) -> Cursor {
        let records = self.about.records();
        let since_list = records.iter().rev().map_while(|record| match record {
            Record::Item(Item { kind: None, .. }) | Record::Snapshot { .. } => None,
            Record::Item(item) => Some(Some(item.cursor.clone())),
            _ => Some(None),
        });
        let cursor = since_list.flatten().take(items + 1).last();
        cursor.or_else(|| self.after.clone()).expect("a stream was open")
    }

    async fn sign_in(&mut self) -> anyhow::Result<()> {
        let input = json!({ "email": self.about.account.email, "password": PASSWORD });
        let query = "mutation($input: SignInInput!) { signIn(input: $input) { expiresAt } }";
        let operation = json!({ "query": query, "variables": { "input": input } });
        let answer = Http::new(self.world.apis[self.api]).post(None, &operation).await?;
        match answer.session {
            Some(secret) => {
                self.say("signed in");
                self.credential = Credential::Session(secret);
            }
            // Attempts are limited, and inactive users are refused: the token has to do.
            None if answer.body["errors"][0]["extensions"]["code"] == "SERVICE_UNAVAILABLE" => {
                bail!("signing in: {}", answer.body)
            }
            None => self.say(format!("cannot sign in: {}", answer.body)),
        }
        Ok(())
    }

    /// Ends the session and waits for the server to close the socket.
    async fn sign_out(&mut self, mut socket: Socket) -> anyhow::Result<()> {
        let operation = json!({ "query": "mutation { signOut { signedOut: __typename } }" });
        let until = Instant::now() + SIGN_OUT;
        self.say("signs out");
        loop {
            let mut http = Http::new(self.world.apis[self.api]);
            match http.post(Some(&self.credential), &operation).await {
                Ok(answer) if answer.body["data"]["signOut"].is_object() => break,
                _ if Instant::now() > until => bail!("signing out was not answered"),
                _ => {
                    self.api = (self.api + 1) % self.world.apis.len();
                    sleep(RETRY).await;
                }
            }
        }
        let ended = loop {
            let data = tokio::select! {
                data = socket.next() => data,
                () = sleep_until(until) => {
                    let what = "the socket stayed open after its session was signed out";
                    self.note(Record::Wrong(what.into()));
                    break Failure::Lost(what.into());
                }
            };
            match data {
                Ok(data) => {
                    if let Err(failure) = self.take(data).await {
                        break failure;
                    }
                }
                Err(failure) => break failure,
            }
        };
        self.credential = self.about.account.token.clone();
        self.note(Record::Ended(format!("signed out; {ended}")));
        Ok(())
    }

    /// Reads the whole list, page by page, and notes it.
    async fn read_list(&mut self) -> anyhow::Result<Cursor> {
        let filter = self.about.plan.filter.input(&self.world);
        let mut http = Http::new(self.world.apis[self.api]);
        let list = read_list(&mut http, &self.credential, &filter, false).await;
        match list {
            Ok(List { rows, cursor, .. }) => {
                self.note(Record::Snapshot { rows, cursor: cursor.clone() });
                self.after = Some(cursor.clone());
                Ok(cursor)
            }
            Err(error) => {
                // The session may have ended; the next visit begins with the token.
                self.credential = self.about.account.token.clone();
                Err(error)
            }
        }
    }

    fn operation(&self, after: &str) -> Value {
        let has = |field: &str| self.world.update_fields.iter().any(|name| name == field);
        let ticket_id = if has("ticketId") { "ticketId" } else { "" };
        let total = if self.about.plan.wants_count { "totalCount" } else { "" };
        let more = match self.about.plan.is_slow {
            true => "subject messages(first: 10) { nodes { body author { name } } }",
            false => "",
        };
        let query = format!(
            "subscription($filter: TicketFilterInput, $after: Cursor) {{ \
             queueUpdates(filter: $filter, after: $after) {{ kind cursor {ticket_id} {total} \
             event {{ kind }} ticket {{ id version status priority {more} }} }} }}"
        );
        let filter = self.about.plan.filter.input(&self.world);
        json!({ "query": query, "variables": { "filter": filter, "after": after } })
    }
}

fn item(update: &Value) -> Option<Item> {
    let id = |value: &Value| value.as_str().and_then(Id::parse);
    let kind = match update["kind"].as_str()? {
        "ENTER" => Some(Kind::Enter),
        "UPDATE" => Some(Kind::Update),
        "LEAVE" => Some(Kind::Leave),
        "RESYNC" => None,
        _ => return None,
    };
    let ticket = &update["ticket"];
    let item = Item {
        kind,
        cursor: Cursor::parse(&update["cursor"])?,
        ticket: id(&ticket["id"]).or_else(|| id(&update["ticketId"])),
        seen: Seen::of_graph(ticket),
        total: update["totalCount"].as_u64(),
    };
    let shows = matches!(kind, Some(Kind::Enter | Kind::Update));
    (!shows || item.seen.is_some()).then_some(item)
}

/// A filtered list as the graph shows it.
pub struct List {
    pub rows: BTreeMap<Id, Seen>,
    /// Where the log stood when the first page was read.
    pub cursor: Cursor,
    pub total: Option<u64>,
}

/// Pages through a list.
///
/// # Errors
/// When there is no answer, or one with errors.
pub async fn read_list(
    http: &mut Http,
    who: &Credential,
    filter: &Value,
    wants_total: bool,
) -> anyhow::Result<List> {
    let total = if wants_total { "totalCount" } else { "" };
    let query = format!(
        "query($filter: TicketFilterInput, $after: String) {{ \
         tickets(filter: $filter, first: 100, after: $after) {{ {total} streamCursor \
         pageInfo {{ hasNextPage endCursor }} nodes {{ id version status priority }} }} }}"
    );
    let mut list: Option<List> = None;
    let mut after = Value::Null;
    loop {
        let variables = json!({ "filter": filter, "after": after });
        let operation = json!({ "query": query, "variables": variables });
        let mut answer = http.post(Some(who), &operation).await?;
        let mut page = answer.body["data"]["tickets"].take();
        let Some(nodes) = page["nodes"].as_array() else {
            bail!("the list was answered by {} {}", answer.status, answer.body);
        };
        let mut rows = BTreeMap::new();
        for node in nodes {
            let id = node["id"].as_str().and_then(Id::parse).context("a ticket's id")?;
            rows.insert(id, Seen::of_graph(node).context("a ticket")?);
        }
        let cursor = Cursor::parse(&page["streamCursor"]).context("streamCursor")?;
        match &mut list {
            Some(list) => list.rows.extend(rows),
            None => list = Some(List { rows, cursor, total: page["totalCount"].as_u64() }),
        }
        after = page["pageInfo"]["endCursor"].take();
        if page["pageInfo"]["hasNextPage"] != true {
            return Ok(list.expect("one page was read"));
        }
    }
}
