//! The three requests, as the desk and as the limit program take them.

use anyhow::{Context, Result, ensure};
use deskwire_bench::http;
use deskwire_bench::plan::{self, Draw, Plan};

use memchr::memmem;
use serde_json::{Value, json};
use std::fmt::{self, Display};
use std::str::FromStr;

/// A ticket by id with its people and last ten messages.
const Q1: &str = "query Ticket($id: ID!) { node(id: $id) { ... on Ticket { \
    id number subject status priority createdAt updatedAt \
    requester { id name } assignee { id name } \
    messages(first: 10, order: NEWEST) { nodes { id kind body createdAt author { id name } } } } } }";
/// A queue's page of open tickets.
const Q2: &str = "query Page($queue: ID!) { tickets(first: 25, \
    filter: { queueIds: [$queue], statuses: [OPEN] }) { totalCount nodes { \
    id number subject status priority createdAt updatedAt \
    requester { id name } assignee { id name } tags { name } } } }";
/// A new ticket.
const M1: &str = "mutation Create($input: CreateTicketInput!) { createTicket(input: $input) { \
    ticket { id number subject status } errors { code message path } cursor } }";

/// Each answer's beginning is looked at, and one of so many is read whole.
const READ_WHOLE: u32 = 101;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scenario {
    Q1,
    Q2,
    M1,
}

impl Scenario {
    pub const ALL: [Self; 3] = [Self::Q1, Self::Q2, Self::M1];

    pub fn sides(self) -> Vec<Side> {
        let counts: &[Count] = match self {
            Self::Q2 => &[Count::Scan, Count::Counters],
            _ => &[Count::None],
        };
        let limit =
            |remembers| counts.iter().map(move |count| Side::Limit { remembers, count: *count });
        [Side::Desk].into_iter().chain(limit(false)).chain(limit(true)).collect()
    }
}

impl Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Q1 => "q1",
            Self::Q2 => "q2",
            Self::M1 => "m1",
        })
    }
}

impl FromStr for Scenario {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|scenario| scenario.to_string() == text);
        found.ok_or_else(|| format!("{text:?} is none of q1, q2, m1"))
    }
}

/// How the limit program counts a queue's tickets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// The request has no count.
    None,
    Scan,
    Counters,
}

/// Who answers, and in which variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Desk,
    Limit {
        /// Sessions are kept for a second.
        remembers: bool,
        count: Count,
    },
}

impl Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Limit { remembers, count } = self else { return f.write_str("deskwire") };
        f.write_str("limit")?;
        f.write_str(match count {
            Count::None => "",
            Count::Scan => " COUNT(*)",
            Count::Counters => " counters",
        })?;
        f.write_str(if *remembers { ", sessions kept" } else { "" })
    }
}

/// Writes one request after the other, each for another agent, session and record.
pub struct Generator {
    plan: Plan,
    scenario: Scenario,
    side: Side,
    draw: Draw,
    /// The operation as it stands in the JSON body.
    operation: String,
}

impl Generator {
    pub fn new(plan: Plan, scenario: Scenario, side: Side, seed: u64) -> Self {
        let operation = match scenario {
            Scenario::Q1 => Q1,
            Scenario::Q2 => Q2,
            Scenario::M1 => M1,
        };
        Self {
            plan,
            scenario,
            side,
            draw: Draw::of(50, seed),
            operation: json!(operation).to_string(),
        }
    }

    pub fn write(&mut self, out: &mut Vec<u8>) {
        let agent = self.draw.below(plan::AGENTS);
        let session = self.draw.below(plan::SESSIONS);
        let secret = plan::agent_session(agent, session);
        match self.scenario {
            Scenario::Q1 => {
                let ticket = self.plan.visible_ticket(agent, &mut self.draw);
                let id = self.plan.ticket_id(ticket);
                match self.side {
                    Side::Desk => self.post(out, &secret, &format!(r#"{{"id":"ticket_{id}"}}"#)),
                    Side::Limit { .. } => {
                        http::get_request(out, &format!("/tickets/ticket_{id}"), Some(&secret));
                    }
                }
            }
            Scenario::Q2 => {
                let queue = self.queue(agent);
                match self.side {
                    Side::Desk => self.post(out, &secret, &format!(r#"{{"queue":"{queue}"}}"#)),
                    Side::Limit { count, .. } => {
                        let how = if count == Count::Counters { "counters" } else { "scan" };
                        let path = format!("/queues/{queue}/tickets?count={how}");
                        http::get_request(out, &path, Some(&secret));
                    }
                }
            }
            Scenario::M1 => {
                let queue = self.queue(agent);
                let customer = plan::agent(plan::AGENTS) + self.draw.below(9000);
                let subject = format!("Printer on fire again, case {}", self.draw.below(1_000_000));
                let body = "It began this morning. The display says E-5021, the cable is in, and \
                            switching it off and on does not help. Please call me back today.";
                let requester = plan::user_id(customer);
                let input = format!(
                    r#"{{"subject":"{subject}","body":"{body}","queueId":"{queue}","requesterId":"user_{requester}"}}"#
                );
                match self.side {
                    Side::Desk => self.post(out, &secret, &format!(r#"{{"input":{input}}}"#)),
                    Side::Limit { .. } => http::post(out, "/tickets", &secret, &input),
                }
            }
        }
    }

    fn post(&self, out: &mut Vec<u8>, secret: &str, variables: &str) {
        let body = format!(r#"{{"query":{},"variables":{variables}}}"#, self.operation);
        http::post(out, "/graphql", secret, &body);
    }

    fn queue(&mut self, agent: u64) -> String {
        let queues = plan::queues_of(agent);
        let queue = queues[self.draw.below(queues.len() as u64) as usize];
        format!("queue_{}", plan::queue_id(queue))
    }
}

/// Looks at answers: the beginning of each, some from end to end.
pub struct Shape {
    scenario: Scenario,
    /// Answers so far.
    pub seen: u32,
}

impl Shape {
    pub fn new(scenario: Scenario) -> Self {
        Self { scenario, seen: 0 }
    }

    pub fn check(&mut self, body: &[u8]) -> Result<()> {
        let beginning: &[u8] = match self.scenario {
            Scenario::Q1 => br#"{"data":{"node":{"#,
            Scenario::Q2 => br#"{"data":{"tickets":{"#,
            Scenario::M1 => br#"{"data":{"createTicket":{"#,
        };
        ensure!(body.starts_with(beginning), "not what was asked for");
        let is_done =
            self.scenario != Scenario::M1 || memmem::find(body, b"\"errors\":[]").is_some();
        ensure!(is_done, "no ticket was created");
        let read_whole = self.seen.is_multiple_of(READ_WHOLE);
        self.seen += 1;
        if read_whole { self.read(&serde_json::from_slice(body)?) } else { Ok(()) }
    }

    fn read(&self, answer: &Value) -> Result<()> {
        ensure!(answer.get("errors").is_none(), "errors");
        let list = |at: &str| answer.pointer(at).and_then(Value::as_array).context("not a list");
        match self.scenario {
            Scenario::Q1 => {
                let messages = list("/data/node/messages/nodes")?;
                ensure!(messages.len() as u64 == plan::MESSAGES_PER_TICKET, "messages are missing");
                let named = messages.iter().all(|message| message["author"]["name"].is_string());
                ensure!(named, "authors are missing");
            }
            Scenario::Q2 => {
                let rows = list("/data/tickets/nodes")?;
                let total = answer["data"]["tickets"]["totalCount"].as_u64();
                ensure!(Some(rows.len() as u64) == total.map(|n| n.min(25)), "rows are missing");
                let named = rows.iter().all(|row| row["requester"]["name"].is_string());
                ensure!(named, "requesters are missing");
            }
            Scenario::M1 => {
                ensure!(list("/data/createTicket/errors")?.is_empty(), "errors");
                ensure!(answer["data"]["createTicket"]["cursor"].is_string(), "no cursor");
            }
        }
        Ok(())
    }
}
