//! One writer: does its steps one after another and writes down what became of each.

use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;
use tokio::time::{Instant, sleep};

use crate::desk::World;
use crate::http::{Answer, Credential, Http};
use crate::ids::Id;
use crate::plan::Steps;
use crate::tickets::{Known, Tickets};
use crate::trace::Trace;
use crate::verbs::{Case, Takes, Verb};

/// How long an unanswered request with a key is repeated; longer than all faults together may last.
const KEEP_TRYING: Duration = Duration::from_secs(60);
const RETRY: Duration = Duration::from_millis(200);

/// What became of one try.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// Done, says the answer.
    Acknowledged {
        /// Ticket and version, where the mutation returns one.
        ticket: Option<(Id, u32)>,
        queue: Option<Id>,
        message: Option<Id>,
        /// Position of the payload's cursor.
        position: Option<u64>,
    },
    /// Not done, says the answer.
    Refused { why: String },
    /// There was no answer, or one that says neither.
    Unknown { why: String },
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Acknowledged { ticket, message, position, .. } => {
                let ticket = ticket.map_or(String::new(), |(id, v)| format!(" ticket {id} v{v}"));
                let message = message.map_or(String::new(), |id| format!(" message {id}"));
                let position = position.map_or("no cursor".to_owned(), |p| p.to_string());
                write!(f, "acknowledged{ticket}{message} at {position}")
            }
            Self::Refused { why } => write!(f, "refused: {why}"),
            Self::Unknown { why } => write!(f, "unknown: {why}"),
        }
    }
}

/// Everything known about one step that was taken.
#[derive(Debug, Clone)]
pub struct Write {
    /// Writer and step, which is also the idempotency key: `w3-17`.
    pub key: String,
    pub verb: &'static Verb,
    pub actor: Id,
    pub input: Value,
    /// The outcome of each request sent, in order; two may have been under way at once.
    pub outcomes: Vec<Outcome>,
    pub must_be_refused: bool,
}

impl Write {
    /// The text that no other message contains.
    pub fn marker(&self) -> Option<String> {
        matches!(self.verb.takes, Takes::Draft | Takes::Message).then(|| marker(&self.key))
    }

    pub fn acknowledged(&self) -> impl Iterator<Item = &Outcome> {
        self.outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Acknowledged { .. }))
    }

    pub fn is_unknown(&self) -> bool {
        self.outcomes.iter().any(|outcome| matches!(outcome, Outcome::Unknown { .. }))
    }
}

fn marker(key: &str) -> String {
    format!("[{key}]")
}

/// What all writers have done.
#[derive(Clone, Default)]
pub struct Writes(Arc<Mutex<Vec<Write>>>);

impl Writes {
    fn add(&self, write: Write) {
        self.0.lock().expect("nobody panics with the lock").push(write);
    }

    pub fn all(&self) -> Vec<Write> {
        self.0.lock().expect("nobody panics with the lock").clone()
    }

    /// Writes, and how many of them were acknowledged and refused.
    pub fn counts(&self) -> (usize, usize, usize) {
        let all = self.0.lock().expect("nobody panics with the lock");
        let acknowledged = all.iter().filter(|write| write.acknowledged().next().is_some()).count();
        let refused = all
            .iter()
            .filter(|write| matches!(write.outcomes.last(), Some(Outcome::Refused { .. })))
            .count();
        (all.len(), acknowledged, refused)
    }
}

pub struct Writer {
    pub number: usize,
    pub world: Arc<World>,
    pub tickets: Tickets,
    pub writes: Writes,
    pub trace: Trace,
}

impl Writer {
    /// Takes steps until `end`.
    pub async fn run(self, steps: Steps, end: Instant) {
        let name = format!("w{}", self.number);
        let mut connections: Vec<Http> =
            self.world.apis.iter().map(|&api| Http::new(api)).collect();
        for (number, step) in steps.enumerate() {
            sleep(Duration::from_millis(step.pause_ms)).await;
            if Instant::now() >= end {
                return;
            }
            let actor = &self.world.people[step.actor];
            // Three in four choices fall on tickets that were theirs when the run began.
            let is_any = step.choices[5] % 4 == 0;
            let is_preferred = |ticket: &Known| {
                let is_in = |queue: Id| actor.queues.contains(&queue);
                is_any || ticket.requester == actor.id || ticket.queue.is_some_and(is_in)
            };
            let choice = step.choices[5] / 4;
            let ticket = match step.verb.takes {
                Takes::Nothing | Takes::Draft => None,
                Takes::Deleted => self.tickets.pick(choice, |ticket| ticket.is_deleted),
                _ => self.tickets.pick(choice, |t| is_preferred(t) && !t.is_deleted),
            };
            let is_duplicate = |other: &Known| {
                ticket.is_some_and(|t| t.requester == other.requester && t.id != other.id)
            };
            let other = self.tickets.pick(step.choices[0], is_duplicate);
            let key = format!("{name}-{number}");
            let case = Case {
                world: &self.world,
                step: &step,
                actor,
                ticket,
                other,
                marker: marker(&key),
                key: key.clone(),
            };
            let input = case.build();
            let mut write = Write {
                must_be_refused: case.must_be_refused(&input),
                key,
                verb: step.verb,
                actor: actor.id,
                input,
                outcomes: Vec::new(),
            };
            let what = format!("{} {} {}", write.key, step.verb.name, write.input);
            self.trace.line(&name, format!("{} {what:.300}", actor.name));
            // Some requests are sent twice, a few of them at the same time.
            let repeats = step.choices[4] % 12;
            self.send(&mut write, &actor.token, &mut connections, repeats).await;
            self.remember(&write, actor.id);
            self.writes.add(write);
        }
    }

    async fn send(
        &self,
        write: &mut Write,
        who: &Credential,
        connections: &mut [Http],
        repeats: u64,
    ) {
        let operation = operation(write);
        let count = connections.len();
        let started = Instant::now();
        let mut place = repeats as usize % count;
        if write.verb.is_keyed && repeats == 0 {
            let mut other = Http::new(connections[(place + 1) % count].address);
            let (first, second) = tokio::join!(
                connections[place].post(Some(who), &operation),
                other.post(Some(who), &operation)
            );
            self.note(write, first);
            self.note(write, second);
        }
        let mut again = write.verb.is_keyed && repeats == 1;
        loop {
            let is_settled =
                write.outcomes.last().is_some_and(|o| !matches!(o, Outcome::Unknown { .. }));
            let has_given_up = !write.verb.is_keyed || started.elapsed() > KEEP_TRYING;
            if !again && (is_settled || (has_given_up && !write.outcomes.is_empty())) {
                return;
            }
            if is_settled {
                again = false;
            } else if !write.outcomes.is_empty() {
                place = (place + 1) % count;
                sleep(RETRY).await;
            }
            let answer = connections[place].post(Some(who), &operation).await;
            self.note(write, answer);
        }
    }

    fn note(&self, write: &mut Write, answer: anyhow::Result<Answer>) {
        let outcome = outcome(write.verb, answer);
        self.trace.line(&format!("w{}", self.number), format!("{} {outcome}", write.key));
        write.outcomes.push(outcome);
    }

    fn remember(&self, write: &Write, actor: Id) {
        for outcome in write.acknowledged() {
            let Outcome::Acknowledged { ticket: Some((id, version)), queue, .. } = outcome else {
                continue;
            };
            let named = write.input["requesterId"].as_str().and_then(Id::parse);
            let requester = named.or_else(|| self.tickets.requester(*id)).unwrap_or(actor);
            let (id, queue, version) = (*id, *queue, *version);
            let is_closed = write.input["status"] == "CLOSED";
            let is_deleted = write.verb.name == "deleteTicket";
            let news = Known { version, is_closed, is_deleted, ..Known::new(id, requester, queue) };
            self.tickets.heard(news);
            let sources = write.input["sourceIds"].as_array().into_iter().flatten();
            for id in sources.filter_map(|id| id.as_str().and_then(Id::parse)) {
                self.tickets.is_merged(id);
            }
        }
    }
}

fn operation(write: &Write) -> Value {
    let Verb { name, input_type, selection, .. } = write.verb;
    let query = format!(
        "mutation($input: {input_type}!) {{ {name}(input: $input) {{ {selection} \
         errors {{ code message path }} cursor }} }}"
    );
    json!({ "query": query, "variables": { "input": write.input } })
}

fn outcome(verb: &Verb, answer: anyhow::Result<Answer>) -> Outcome {
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => return Outcome::Unknown { why: format!("{error:#}") },
    };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    if let Some(error) = answer.body["errors"].get(0) {
        let code = text(&error["extensions"]["code"]);
        let is_done_perhaps =
            matches!(code.as_str(), "SERVICE_UNAVAILABLE" | "TIMEOUT" | "INTERNAL" | "");
        return match is_done_perhaps {
            true => Outcome::Unknown { why: format!("{} {error}", answer.status) },
            false => Outcome::Refused { why: format!("{code}: {}", text(&error["message"])) },
        };
    }
    let payload = &answer.body["data"][verb.name];
    let id = |value: &Value| value.as_str().and_then(Id::parse);
    match payload["errors"].as_array().map(Vec::as_slice) {
        None => Outcome::Unknown { why: format!("{} {}", answer.status, answer.body) },
        Some([]) => Outcome::Acknowledged {
            ticket: id(&payload["ticket"]["id"])
                .zip(payload["ticket"]["version"].as_u64())
                .map(|(id, version)| (id, u32::try_from(version).unwrap_or(u32::MAX))),
            queue: id(&payload["ticket"]["queue"]["id"]),
            message: id(&payload["message"]["id"]),
            position: payload["cursor"].as_str().and_then(|c| c.rsplit('-').next()?.parse().ok()),
        },
        Some([error, ..]) => {
            let why = format!("{}: {}", text(&error["code"]), text(&error["message"]));
            Outcome::Refused { why }
        }
    }
}
