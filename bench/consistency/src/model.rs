//! The log as the checker reads it, and what a subscriber should have been told of it.
//!
//! The state before an event is the one the ticket's previous event left behind, not what the
//! event itself claims to have changed; a wrong claim is found by `check/log.rs`.

use anyhow::Context;
use chrono::{DateTime, NaiveDateTime, Utc};
use mysql_async::Conn;
use mysql_async::prelude::Queryable;
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use crate::desk::World;
use crate::filter::Filter;
use crate::ids::Id;
use crate::plan::Role;

/// Everything filters and rights look at.
#[derive(Debug, Clone, PartialEq)]
pub struct TicketState {
    pub id: Id,
    pub number: u64,
    pub subject: String,
    pub status: String,
    pub priority: String,
    pub category: Option<Id>,
    pub queue: Id,
    pub requester: Id,
    pub assignee: Option<Id>,
    pub version: u32,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub tags: BTreeSet<Id>,
    /// Nobody sees it.
    pub is_deleted: bool,
    /// It is in no list.
    pub merged_into: Option<Id>,
}

impl TicketState {
    /// From the snapshot an event carries.
    fn of_event(ticket: &Value) -> Option<Self> {
        let text = |field: &str| ticket[field].as_str().map(str::to_owned);
        let id = |field: &str| ticket[field].as_str().and_then(Id::parse);
        Some(Self {
            id: id("id")?,
            number: ticket["number"].as_u64()?,
            subject: text("subject")?,
            status: text("status")?,
            priority: text("priority")?,
            category: id("category_id"),
            queue: id("queue_id")?,
            requester: id("requester_id")?,
            assignee: id("assignee_id"),
            version: ticket["version"].as_u64()?.try_into().ok()?,
            created_at: event_time(&ticket["created_at"])?,
            updated_at: event_time(&ticket["updated_at"])?,
            tags: ids(&ticket["tag_ids"])?,
            is_deleted: !ticket["deleted_at"].is_null(),
            merged_into: id("merged_into_id"),
        })
    }

    /// Sets one field to a value from an event's changes; `None` if there is no such field or the
    /// value is not one of it.
    pub fn put(&mut self, field: &str, value: &Value) -> Option<()> {
        let text = || value.as_str().map(str::to_owned);
        let id = || value.as_str().and_then(Id::parse);
        match field {
            "subject" => self.subject = text()?,
            "status" => self.status = text()?,
            "priority" => self.priority = text()?,
            "category_id" => self.category = id(),
            "queue_id" => self.queue = id()?,
            "requester_id" => self.requester = id()?,
            "assignee_id" => self.assignee = id(),
            "version" => self.version = value.as_u64()?.try_into().ok()?,
            "updated_at" => self.updated_at = event_time(value)?,
            "tag_ids" => self.tags = ids(value)?,
            "deleted_at" => self.is_deleted = !value.is_null(),
            "merged_into_id" => self.merged_into = id(),
            _ => return None,
        }
        Some(())
    }
}

fn event_time(value: &Value) -> Option<DateTime<Utc>> {
    let parsed = DateTime::parse_from_rfc3339(value.as_str()?).ok()?;
    Some(parsed.with_timezone(&Utc))
}

fn ids(value: &Value) -> Option<BTreeSet<Id>> {
    value.as_array()?.iter().map(|id| id.as_str().and_then(Id::parse)).collect()
}

impl std::fmt::Display for TicketState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let short = |id: Option<Id>| id.map_or("nobody".to_owned(), Id::short);
        let (number, version, status, priority) =
            (self.number, self.version, &self.status, &self.priority);
        write!(f, "#{number} v{version} {status} {priority}, queue {}", self.queue.short())?;
        write!(f, ", assignee {}", short(self.assignee))?;
        if let Some(category) = self.category {
            write!(f, ", category {}", category.short())?;
        }
        if !self.tags.is_empty() {
            let tags: Vec<String> = self.tags.iter().map(|tag| tag.short()).collect();
            write!(f, ", tags {}", tags.join("+"))?;
        }
        if let Some(target) = self.merged_into {
            write!(f, ", merged into {}", target.short())?;
        }
        if self.is_deleted {
            write!(f, ", deleted")?;
        }
        write!(f, ", updated {}", self.updated_at.format("%H:%M:%S%.6f"))
    }
}

#[derive(Debug, Clone)]
pub struct Event {
    pub position: Option<u64>,
    pub kind: String,
    pub subject: Id,
    pub actor: Option<Id>,
    /// What the event says has changed.
    pub changes: Value,
    /// The message it is about.
    pub message: Option<Id>,
    /// The ticket before and after; `None` where there is none.
    pub before: Option<Rc<TicketState>>,
    pub after: Option<Rc<TicketState>>,
}

impl Event {
    /// Kinds that never reach customers.
    fn is_internal(&self) -> bool {
        !matches!(
            self.kind.as_str(),
            "ticket.created"
                | "ticket.changed"
                | "ticket.deleted"
                | "ticket.restored"
                | "ticket.merged"
                | "message.replied"
        )
    }
}

impl std::fmt::Display for Event {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let position = self.position.map_or("(none)".to_owned(), |p| p.to_string());
        write!(f, "{position:>7} {}", self.kind)?;
        match &self.after {
            Some(after) => write!(f, " {after}")?,
            None => write!(f, " of {}", self.subject)?,
        }
        let Value::Object(changes) = &self.changes else { return Ok(()) };
        for (field, change) in changes {
            if !matches!(field.as_str(), "version" | "updated_at" | "solved_at") {
                write!(f, "; {field} {} → {}", plain(&change["from"]), plain(&change["to"]))?;
            }
        }
        Ok(())
    }
}

/// A changed value, with ids in short.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => Id::parse(text).map_or_else(|| text.clone(), Id::short),
        Value::Array(list) => format!("[{}]", list.iter().map(plain).collect::<Vec<_>>().join(" ")),
        other => other.to_string(),
    }
}

/// The whole log, in order; what has no position comes last.
pub struct Log {
    pub events: Vec<Event>,
    /// What `event_sequence` says.
    pub end: u64,
}

type EventRow = (Option<u64>, String, String, Option<String>, String);

impl Log {
    /// # Errors
    /// When the database does not answer, or an event cannot be read.
    pub async fn read(conn: &mut Conn) -> anyhow::Result<Self> {
        let rows: Vec<EventRow> = conn
            .query(
                "SELECT position, kind, HEX(subject_id), HEX(actor_id), payload FROM events \
                 ORDER BY position IS NULL, position, seq",
            )
            .await?;
        let end = conn.query_first("SELECT position FROM event_sequence").await?;
        let mut last: HashMap<Id, Rc<TicketState>> = HashMap::new();
        let mut events = Vec::with_capacity(rows.len());
        for (position, kind, subject, actor, payload) in rows {
            let mut payload: Value = serde_json::from_str(&payload)?;
            let subject = Id::parse(&subject).context("a subject's id")?;
            let after = match &payload["ticket"] {
                Value::Null => None,
                ticket => Some(Rc::new(TicketState::of_event(ticket).with_context(|| {
                    format!("the ticket of event {position:?} cannot be read: {ticket}")
                })?)),
            };
            let before = last.remove(&subject);
            if let Some(after) = &after {
                last.insert(subject, after.clone());
            }
            let actor = actor.as_deref().and_then(Id::parse);
            let message = payload["message"]["id"].as_str().and_then(Id::parse);
            let changes = payload["changes"].take();
            events.push(Event { position, kind, subject, actor, changes, message, before, after });
        }
        Ok(Self { events, end: end.context("the row of event_sequence")? })
    }

    /// The events at and around a position, one a line.
    pub fn around(&self, position: u64) -> String {
        let at = self.events.partition_point(|e| e.position.is_some_and(|p| p < position));
        let range = at.saturating_sub(3)..(at + 3).min(self.events.len());
        let lines = self.events[range].iter().map(|event| format!("    {event}"));
        lines.collect::<Vec<_>>().join("\n")
    }

    pub fn at(&self, position: u64) -> Option<&Event> {
        let place = usize::try_from(position.checked_sub(1)?).ok()?;
        self.events.get(place).filter(|event| event.position == Some(position))
    }
}

/// The tickets somebody may see, by the rules of the README.
#[derive(Debug, Clone, PartialEq)]
pub struct Rights {
    pub role: Role,
    pub is_active: bool,
    pub user: Id,
    /// Queue and right, in the database's words.
    pub queues: HashMap<Id, String>,
}

impl Rights {
    /// What the database says now.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn read(conn: &mut Conn, user: Id) -> anyhow::Result<Self> {
        let sql = format!("SELECT role, active FROM users WHERE id = {}", user.sql());
        let found: Option<(String, bool)> = conn.query_first(sql).await?;
        let (role, is_active) = found.context("the user")?;
        let sql = format!(
            "SELECT HEX(queue_id), queue_right FROM queue_members WHERE user_id = {}",
            user.sql()
        );
        let rows: Vec<(String, String)> = conn.query(sql).await?;
        let role = match role.as_str() {
            "admin" => Role::Admin,
            "lead" => Role::Lead,
            "agent" => Role::Agent,
            _ => Role::Customer,
        };
        let queues = rows.into_iter().filter_map(|(id, right)| Some((Id::parse(&id)?, right)));
        Ok(Self { role, is_active, user, queues: queues.collect() })
    }

    pub fn sees(&self, ticket: &TicketState) -> bool {
        self.is_active
            && !ticket.is_deleted
            && match self.role {
                Role::Admin => true,
                Role::Lead | Role::Agent => self.queues.contains_key(&ticket.queue),
                Role::Customer => ticket.requester == self.user,
            }
    }

    /// May reply, note and change tickets of the queue.
    pub fn works_in(&self, queue: Id) -> bool {
        match self.role {
            Role::Admin => true,
            Role::Lead => self.queues.contains_key(&queue),
            Role::Agent => self.queues.get(&queue).is_some_and(|right| right != "read"),
            Role::Customer => false,
        }
    }

    /// Manages the queue's members, and deletes its tickets.
    pub fn manages(&self, queue: Id) -> bool {
        match self.role {
            Role::Agent => self.queues.get(&queue).is_some_and(|right| right == "manage"),
            _ => self.works_in(queue),
        }
    }

    /// As a condition on `tickets t`.
    pub fn sql(&self) -> String {
        let queues = self.queues.keys().map(|id| id.sql()).collect::<Vec<_>>().join(",");
        let in_sight: String = match self.role {
            _ if !self.is_active => "FALSE".into(),
            Role::Admin => "TRUE".into(),
            Role::Lead | Role::Agent if queues.is_empty() => "FALSE".into(),
            Role::Lead | Role::Agent => format!("t.queue_id IN ({queues})"),
            Role::Customer => format!("t.requester_id = {}", self.user.sql()),
        };
        format!("{in_sight} AND t.deleted_at IS NULL")
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    Enter,
    Update,
    Leave,
}

/// One item a subscriber should have got.
#[derive(Debug, Clone, PartialEq)]
pub struct Expected {
    pub position: u64,
    pub kind: Kind,
    pub ticket: Id,
    /// The ticket as it should have been shown; `None` for [`Kind::Leave`].
    pub seen: Option<Seen>,
    /// Tickets in the list afterwards.
    pub total: u64,
}

/// What a watcher remembers of a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub version: u32,
    pub status: String,
    pub priority: String,
}

impl Seen {
    pub fn of(ticket: &TicketState) -> Self {
        let (status, priority) = (ticket.status.clone(), ticket.priority.clone());
        Self { version: ticket.version, status, priority }
    }

    /// From the graph's ticket.
    pub fn of_graph(ticket: &Value) -> Option<Self> {
        let word = |field: &str| ticket[field].as_str().map(str::to_lowercase);
        let version = ticket["version"].as_u64()?.try_into().ok()?;
        Some(Self { version, status: word("status")?, priority: word("priority")? })
    }
}

impl std::fmt::Display for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "v{} {} {}", self.version, self.status, self.priority)
    }
}

/// Every item of a stream from the log's beginning, for rights that never change.
pub fn expected(log: &Log, filter: &Filter, rights: &Rights, world: &World) -> Vec<Expected> {
    let shows = |ticket: &TicketState| rights.sees(ticket) && filter.admits(ticket, world);
    let mut total = 0;
    let mut items = Vec::new();
    for event in &log.events {
        let Some(position) = event.position else { break };
        let (before, after) = (event.before.as_deref(), event.after.as_deref());
        let may_know = rights.role != Role::Customer || !event.is_internal();
        let kind = match (before.is_some_and(&shows), after.is_some_and(&shows)) {
            (false, true) => Kind::Enter,
            (true, false) => Kind::Leave,
            (true, true) if may_know => Kind::Update,
            _ => continue,
        };
        match kind {
            Kind::Enter => total += 1,
            Kind::Leave => total -= 1,
            Kind::Update => {}
        }
        let seen = after.filter(|_| kind != Kind::Leave).map(Seen::of);
        items.push(Expected { position, kind, ticket: event.subject, seen, total });
    }
    items
}

/// `DATETIME(6)` as the database writes it.
pub fn sql_time(text: &str) -> Option<DateTime<Utc>> {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f").ok().map(|time| time.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn id(last: u8) -> Id {
        Id::parse(&format!("{last:032x}")).expect("an id")
    }

    /// A log of states of one ticket, each with the kind of event that made it.
    fn log(states: &[(&str, Value)]) -> Log {
        let mut ticket = json!({
            "id": id(1).to_string(), "number": 1, "subject": "Help", "status": "open",
            "priority": "normal", "queue_id": id(2).to_string(), "requester_id": id(3).to_string(),
            "version": 1, "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z",
            "tag_ids": [],
        });
        let mut before = None;
        let mut events = Vec::new();
        for (position, (kind, changes)) in (1..).zip(states) {
            for (field, value) in changes.as_object().expect("an object") {
                ticket[field] = value.clone();
            }
            let after = Some(Rc::new(TicketState::of_event(&ticket).expect("a ticket")));
            events.push(Event {
                position: Some(position),
                kind: (*kind).to_owned(),
                subject: id(1),
                actor: None,
                changes: Value::Null,
                message: None,
                before: before.clone(),
                after: after.clone(),
            });
            before = after;
        }
        Log { end: events.len() as u64, events }
    }

    fn world() -> World {
        World {
            started_at: Utc::now(),
            apis: Vec::new(),
            queues: vec![id(2), id(4)],
            categories: Vec::new(),
            tags: Vec::new(),
            people: Vec::new(),
            staff: Vec::new(),
            customers: Vec::new(),
            changing: Vec::new(),
            update_fields: Vec::new(),
        }
    }

    fn told(log: &Log, filter: &Filter, role: Role) -> Vec<(u64, Kind, u64)> {
        let queues = HashMap::from([(id(2), "reply".to_owned())]);
        let rights = Rights { role, is_active: true, user: id(3), queues };
        let items = expected(log, filter, &rights, &world());
        items.into_iter().map(|item| (item.position, item.kind, item.total)).collect()
    }

    #[test]
    fn a_ticket_enters_and_leaves_by_filter_rights_and_fate() {
        use Kind::{Enter, Leave, Update};
        let log = log(&[
            ("ticket.created", json!({})),
            ("message.noted", json!({})),
            ("ticket.changed", json!({ "status": "solved" })),
            ("ticket.changed", json!({ "status": "open" })),
            ("ticket.changed", json!({ "queue_id": id(4).to_string() })),
            ("ticket.changed", json!({ "queue_id": id(2).to_string() })),
            ("ticket.deleted", json!({ "deleted_at": "2026-01-02T00:00:00Z" })),
            ("ticket.restored", json!({ "deleted_at": null })),
            ("ticket.merged", json!({ "merged_into_id": id(9).to_string() })),
        ]);
        let open = Filter { statuses: vec!["open"], ..Filter::default() };
        let agent = [
            (1, Enter, 1),
            (2, Update, 1),
            (3, Leave, 0),
            (4, Enter, 1),
            (5, Leave, 0),
            (6, Enter, 1),
            (7, Leave, 0),
            (8, Enter, 1),
            (9, Leave, 0),
        ];
        assert_eq!(told(&log, &open, Role::Agent), agent);
        // The requester learns nothing of notes, and stays one in any queue.
        let requester = told(&log, &Filter::default(), Role::Customer);
        let kinds: Vec<(u64, Kind)> = requester.iter().map(|item| (item.0, item.1)).collect();
        let wanted = [
            (1, Enter),
            (3, Update),
            (4, Update),
            (5, Update),
            (6, Update),
            (7, Leave),
            (8, Enter),
            (9, Leave),
        ];
        assert_eq!(kinds, wanted);
    }
}
