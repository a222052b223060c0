//! Ticket filters of watchers, with the checker's own three readings of one: the input of the
//! graph, a decision about a ticket in memory, and a condition in SQL. Nothing here is shared with
//! the desk, so that a mistake there does not repeat itself here.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::desk::World;
use crate::dice::Dice;
use crate::model::TicketState;
use crate::plan::{People, Role};

pub const STATUSES: &[&str] = &["open", "pending", "solved", "closed"];
pub const PRIORITIES: &[&str] = &["low", "normal", "high", "urgent"];
pub const QUEUES: &[&str] = &["Support", "Billing", "Technical", "Legal", "Spam"];
pub const CATEGORIES: &[&str] = &["login", "invoice", "defect", "praise"];
/// Words that stand in no other word, for filters by text.
pub const WORDS: &[&str] = &["zebra", "quokka", "walrus"];
pub const TAGS: &[&str] = &["vip", "printer", "refund", "beta", "slow", "german"];

/// Queues, categories, tags and people by their place in the plan; times in seconds after the
/// run began.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    pub queues: Vec<usize>,
    pub statuses: Vec<&'static str>,
    pub priorities: Vec<&'static str>,
    pub categories: Vec<usize>,
    pub assignee: Option<usize>,
    pub unassigned: bool,
    pub requester: Option<usize>,
    pub tags: Vec<usize>,
    /// One of [`WORDS`].
    pub text: Option<&'static str>,
    pub created_from_s: Option<u64>,
    pub created_until_s: Option<u64>,
    pub updated_from_s: Option<u64>,
    pub updated_until_s: Option<u64>,
}

impl Filter {
    /// A filter for `viewer`; customers cannot ask by queue and tag. Times lie within `seconds`.
    pub fn random(dice: &mut Dice, people: &People, viewer: usize, seconds: u64) -> Self {
        let mut filter = Self::default();
        let is_staff = people.all[viewer].role != Role::Customer;
        for _ in 0..[0, 1, 1, 2, 2, 3, 4][dice.below(7)] {
            match dice.below(12) {
                0 | 1 if is_staff => filter.queues = dice.some_of(&numbers(QUEUES), 3),
                0..=2 => filter.statuses = dice.some_of(STATUSES, 3),
                3 => filter.priorities = dice.some_of(PRIORITIES, 2),
                4 => filter.categories = dice.some_of(&numbers(CATEGORIES), 2),
                5 if dice.percent(50) => {
                    (filter.assignee, filter.unassigned) = (None, true);
                }
                5 | 6 => {
                    let mine = is_staff && dice.percent(40);
                    let agent = if mine { viewer } else { *dice.one_of(&people.staff) };
                    (filter.assignee, filter.unassigned) = (Some(agent), false);
                }
                7 if is_staff => filter.requester = Some(*dice.one_of(&people.customers)),
                8 if is_staff => filter.tags = dice.some_of(&numbers(TAGS), 3),
                9 => {
                    let from = dice.between(0, seconds / 2);
                    filter.created_from_s = Some(from).filter(|_| dice.percent(60));
                    let until = dice.between(seconds / 2, seconds);
                    filter.created_until_s = Some(until).filter(|_| dice.percent(60));
                }
                10 => {
                    let from = dice.between(0, seconds / 2);
                    filter.updated_from_s = Some(from).filter(|_| dice.percent(50));
                    let until = dice.between(seconds / 4, seconds);
                    filter.updated_until_s = Some(until).filter(|_| dice.percent(70));
                }
                11 => filter.text = Some(*dice.one_of(WORDS)),
                _ => {}
            }
        }
        filter
    }

    /// Whether the log alone says which tickets are admitted: it does not hold messages.
    pub fn is_judged_by_log(&self) -> bool {
        self.text.is_none()
    }

    /// As the graph's `TicketFilterInput`.
    pub fn input(&self, world: &World) -> Value {
        let mut input = serde_json::Map::new();
        let mut set = |name: &str, value: Value| {
            let is_given = match &value {
                Value::Null | Value::Bool(false) => false,
                Value::Array(list) => !list.is_empty(),
                _ => true,
            };
            if is_given {
                input.insert(name.to_owned(), value);
            }
        };
        let upper =
            |list: &[&str]| json!(list.iter().map(|s| s.to_uppercase()).collect::<Vec<_>>());
        let user = |at: Option<usize>| at.map(|at| world.people[at].id.public("user"));
        set("queueIds", public(&self.queues, "queue", |at| world.queues[at]));
        set("statuses", upper(&self.statuses));
        set("priorities", upper(&self.priorities));
        set("categoryIds", public(&self.categories, "category", |at| world.categories[at]));
        set("assigneeId", json!(user(self.assignee)));
        set("unassigned", json!(self.unassigned));
        set("requesterId", json!(user(self.requester)));
        set("tagIds", public(&self.tags, "tag", |at| world.tags[at]));
        set("text", json!(self.text));
        for (name, offset) in self.times() {
            let time = offset.map(|seconds| moment(world, seconds).to_rfc3339());
            set(name, json!(time));
        }
        Value::Object(input)
    }

    fn times(&self) -> [(&'static str, Option<u64>); 4] {
        [
            ("createdFrom", self.created_from_s),
            ("createdUntil", self.created_until_s),
            ("updatedFrom", self.updated_from_s),
            ("updatedUntil", self.updated_until_s),
        ]
    }

    /// Text is not looked at.
    pub fn admits(&self, ticket: &TicketState, world: &World) -> bool {
        let holds = |list: &[&'static str], word: &str| list.is_empty() || list.contains(&word);
        let after = |time, from: Option<u64>| from.is_none_or(|s| time >= moment(world, s));
        let before = |time, until: Option<u64>| until.is_none_or(|s| time < moment(world, s));
        let is_tagged = || self.tags.iter().any(|&at| ticket.tags.contains(&world.tags[at]));
        ticket.merged_into.is_none()
            && (self.queues.is_empty()
                || self.queues.iter().any(|&q| world.queues[q] == ticket.queue))
            && holds(&self.statuses, &ticket.status)
            && holds(&self.priorities, &ticket.priority)
            && (self.categories.is_empty()
                || self.categories.iter().any(|&at| ticket.category == Some(world.categories[at])))
            && self.assignee.is_none_or(|at| ticket.assignee == Some(world.people[at].id))
            && (!self.unassigned || ticket.assignee.is_none())
            && self.requester.is_none_or(|at| ticket.requester == world.people[at].id)
            && (self.tags.is_empty() || is_tagged())
            && after(ticket.created_at, self.created_from_s)
            && before(ticket.created_at, self.created_until_s)
            && after(ticket.updated_at, self.updated_from_s)
            && before(ticket.updated_at, self.updated_until_s)
    }

    /// As a condition on `tickets t`; customers do not read notes.
    pub fn sql(&self, world: &World, reads_notes: bool) -> String {
        let mut all = vec!["t.merged_into_id IS NULL".to_owned()];
        let words = |list: &[&str]| list.join("','");
        let ids = |list: &[usize], id: &dyn Fn(usize) -> crate::ids::Id| {
            list.iter().map(|&at| id(at).sql()).collect::<Vec<_>>().join(",")
        };
        if !self.queues.is_empty() {
            all.push(format!("t.queue_id IN ({})", ids(&self.queues, &|at| world.queues[at])));
        }
        if !self.statuses.is_empty() {
            all.push(format!("t.status IN ('{}')", words(&self.statuses)));
        }
        if !self.priorities.is_empty() {
            all.push(format!("t.priority IN ('{}')", words(&self.priorities)));
        }
        if !self.categories.is_empty() {
            let list = ids(&self.categories, &|at| world.categories[at]);
            all.push(format!("t.category_id IN ({list})"));
        }
        if let Some(at) = self.assignee {
            all.push(format!("t.assignee_id = {}", world.people[at].id.sql()));
        }
        if self.unassigned {
            all.push("t.assignee_id IS NULL".to_owned());
        }
        if let Some(at) = self.requester {
            all.push(format!("t.requester_id = {}", world.people[at].id.sql()));
        }
        if !self.tags.is_empty() {
            all.push(format!(
                "EXISTS (SELECT 1 FROM ticket_tags g WHERE g.ticket_id = t.id AND g.tag_id IN ({}))",
                ids(&self.tags, &|at| world.tags[at])
            ));
        }
        if let Some(word) = self.text {
            let kinds = if reads_notes { "TRUE" } else { "m.kind = 'reply'" };
            all.push(format!(
                "(t.subject LIKE '%{word}%' OR EXISTS (SELECT 1 FROM messages m \
                 WHERE m.ticket_id = t.id AND {kinds} AND m.body_text LIKE '%{word}%'))"
            ));
        }
        let columns =
            [("created_at", ">="), ("created_at", "<"), ("updated_at", ">="), ("updated_at", "<")];
        for ((column, sign), (_, offset)) in columns.into_iter().zip(self.times()) {
            if let Some(seconds) = offset {
                let time = moment(world, seconds).format("%Y-%m-%d %H:%M:%S%.6f");
                all.push(format!("t.{column} {sign} '{time}'"));
            }
        }
        all.join(" AND ")
    }
}

impl std::fmt::Display for Filter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = |list: &[usize], of: &[&str]| {
            list.iter().map(|&at| of[at]).collect::<Vec<_>>().join("|")
        };
        let mut parts = Vec::new();
        let mut add = |name: &str, value: String| {
            if !value.is_empty() {
                parts.push(format!("{name}={value}"));
            }
        };
        add("queue", names(&self.queues, QUEUES));
        add("status", self.statuses.join("|"));
        add("priority", self.priorities.join("|"));
        add("category", names(&self.categories, CATEGORIES));
        add("assignee", self.assignee.map_or(String::new(), |at| format!("person {at}")));
        add("unassigned", if self.unassigned { "yes".into() } else { String::new() });
        add("requester", self.requester.map_or(String::new(), |at| format!("person {at}")));
        add("tag", names(&self.tags, TAGS));
        add("text", self.text.unwrap_or_default().to_owned());
        for (name, offset) in self.times() {
            add(name, offset.map_or(String::new(), |s| format!("start+{s}s")));
        }
        f.write_str(&if parts.is_empty() { "everything".to_owned() } else { parts.join(" ") })
    }
}

fn numbers<T>(list: &[T]) -> Vec<usize> {
    (0..list.len()).collect()
}

fn public(list: &[usize], noun: &str, id: impl Fn(usize) -> crate::ids::Id) -> Value {
    json!(list.iter().map(|&at| id(at).public(noun)).collect::<Vec<_>>())
}

fn moment(world: &World, seconds: u64) -> DateTime<Utc> {
    world.started_at + TimeDelta::seconds(seconds as i64)
}
