//! What is said to the desk, and to the broadcaster.

use anyhow::Result;
use deskwire_bench::http;
use deskwire_bench::options::Desk;
use deskwire_bench::plan;
use deskwire_bench::server::Server;
use deskwire_domain::ids::TicketId;
use serde_json::{Value, json};

use crate::frame;
use crate::marks;
use crate::options::Args;

const SUBSCRIPTION: &str = "subscription Live($filter: TicketFilterInput) { \
    queueUpdates(filter: $filter) { kind cursor \
    ticket { id number subject status priority requester { name } assignee { name } } \
    event { kind } } }";
const CHANGE: &str = "mutation Change($input: UpdateTicketInput!) { updateTicket(input: $input) { \
    errors { code message } cursor } }";
/// Agents whose sessions the subscribers share.
const PEOPLE: u64 = 50;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Desk,
    /// The limit program: passes on what is published, to every socket.
    Broadcaster,
}

/// What a subscriber says, as frames; the broadcaster needs nothing said.
pub struct Greeting {
    pub init: Vec<u8>,
    pub subscribe: Vec<u8>,
}

impl Side {
    pub fn start(self, args: &Args) -> Result<Server> {
        self.start_with(args, &[])
    }

    /// With more arguments for the desk.
    pub fn start_with(self, args: &Args, more: &[&str]) -> Result<Server> {
        let Desk { database_url, .. } = &args.desk;
        match self {
            Self::Desk => args.programs.start_deskwire("deskwire", database_url, more),
            Self::Broadcaster => args.programs.start_limit("broadcaster", database_url, &[]),
        }
    }

    pub fn path(self) -> &'static str {
        match self {
            Self::Desk => "/graphql",
            Self::Broadcaster => "/ws",
        }
    }

    /// The greeting of a subscriber with an agent's session and a filter.
    pub fn greeting(self, subscriber: usize, agent: u64, filter: &Value) -> Option<Greeting> {
        let session = plan::agent_session(agent, subscriber as u64 % plan::SESSIONS);
        let init = json!({
            "type": "connection_init", "payload": { "authorization": format!("Bearer {session}") },
        });
        let operation = json!({ "query": SUBSCRIPTION, "variables": { "filter": filter } });
        let subscribe = json!({ "type": "subscribe", "id": "1", "payload": operation });
        (self == Self::Desk).then(|| Greeting {
            init: frame::write(frame::TEXT, init.to_string().as_bytes()),
            subscribe: frame::write(frame::TEXT, subscribe.to_string().as_bytes()),
        })
    }

    /// A request that gives a ticket the subject of a mark.
    pub fn change(self, ticket: TicketId, agent: u64, mark: u64) -> Vec<u8> {
        let session = plan::agent_session(agent, mark % plan::SESSIONS);
        let subject = marks::subject(mark);
        let mut request = Vec::new();
        match self {
            Self::Desk => {
                let input = json!({ "id": format!("ticket_{ticket}"), "subject": subject });
                let body = json!({ "query": CHANGE, "variables": { "input": input } });
                http::post(&mut request, "/graphql", &session, &body.to_string());
            }
            Self::Broadcaster => {
                let path = format!("/tickets/ticket_{ticket}/subject");
                let body = json!({ "subject": subject }).to_string();
                http::post(&mut request, &path, &session, &body);
            }
        }
        request
    }
}

/// Agent of a subscriber who shares the big queue with everybody.
pub fn agent_of(subscriber: usize) -> u64 {
    subscriber as u64 % PEOPLE
}

/// Everything in the big queue.
pub fn whole_queue() -> Value {
    json!({ "queueIds": [format!("queue_{}", plan::queue_id(plan::BIG_QUEUE))] })
}
