//! What a bench desk contains, computed from its size alone.
//!
//! Every row follows from its number, so that the program that fills the database and those that
//! send requests agree without telling each other, and two runs ask for the same.

mod draw;
mod words;

use chrono::{DateTime, Duration, TimeZone, Utc};
use deskwire_domain::Timestamp;
use deskwire_domain::ids::{
    CategoryId, MessageId, OrganisationId, QueueId, TagId, TicketId, UserId,
};
use deskwire_domain::messages::{Channel, Message, MessageKind};
use deskwire_domain::tickets::{LabelOrigin, Priority, Status, Ticket, TicketSnapshot};
use deskwire_domain::users::Role;
use uuid::Uuid;

pub use draw::Draw;

pub const USERS: u64 = 10_000;
pub const ADMINS: u64 = 10;
pub const AGENTS: u64 = 100;
pub const ORGANISATIONS: u64 = 200;
pub const QUEUES: u64 = 20;
pub const CATEGORIES: u64 = 12;
pub const TAGS: u64 = 50;
pub const MESSAGES_PER_TICKET: u64 = 3;
/// Sessions of each agent and of the first admin.
pub const SESSIONS: u64 = 4;
/// The queue that all agents are members of; also the one with the most tickets.
pub const BIG_QUEUE: u64 = 0;

/// Tickets came in evenly over two years, the last at the end of 2025.
const YEARS: i64 = 2;

/// Nouns, so that a ticket and a user of the same number draw differently.
#[derive(Clone, Copy)]
enum Noun {
    User = 1,
    Organisation,
    Queue,
    Category,
    Tag,
    Ticket,
    Message,
    TicketQueue,
}

/// A desk of a given size.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    pub tickets: u64,
}

/// A person of the desk.
pub struct Person {
    pub id: UserId,
    pub email: String,
    pub name: String,
    pub role: Role,
    pub organisation_id: Option<OrganisationId>,
}

fn begin() -> DateTime<Utc> {
    let end = Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).single().expect("a valid date");
    end - Duration::days(365 * YEARS)
}

/// When everything but tickets and messages was made.
pub fn founded() -> Timestamp {
    begin().into()
}

/// UUIDv7 of a row: its time, then bits that follow from its number.
fn id(noun: Noun, number: u64, at: DateTime<Utc>) -> Uuid {
    let mut draw = Draw::of(noun as u64 + 100, number);
    let mut random = [0; 10];
    random[..8].copy_from_slice(&draw.next().to_be_bytes());
    random[8..].copy_from_slice(&draw.next().to_be_bytes()[..2]);
    let millis = at.timestamp_millis().unsigned_abs();
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

pub fn user_id(number: u64) -> UserId {
    UserId(id(Noun::User, number, begin()))
}

pub fn organisation_id(number: u64) -> OrganisationId {
    OrganisationId(id(Noun::Organisation, number, begin()))
}

pub fn queue_id(number: u64) -> QueueId {
    QueueId(id(Noun::Queue, number, begin()))
}

pub fn category_id(number: u64) -> CategoryId {
    CategoryId(id(Noun::Category, number, begin()))
}

pub fn tag_id(number: u64) -> TagId {
    TagId(id(Noun::Tag, number, begin()))
}

/// User number of an agent: admins come first, then agents, then customers.
pub fn agent(number: u64) -> u64 {
    ADMINS + number
}

/// A person, by user number.
pub fn person(number: u64) -> Person {
    let mut draw = Draw::of(Noun::User as u64, number);
    let role = match number {
        0..ADMINS => Role::Admin,
        _ if number < agent(AGENTS) => Role::Agent,
        _ => Role::Customer,
    };
    let organisation = draw.below(ORGANISATIONS);
    Person {
        id: user_id(number),
        email: format!("user{number}@bench.example"),
        name: words::name(&mut draw),
        role,
        organisation_id: (role == Role::Customer).then(|| organisation_id(organisation)),
    }
}

/// Whether an agent may reply in a queue: all in [`BIG_QUEUE`], and each in five others.
pub fn is_member(agent: u64, queue: u64) -> bool {
    queue == BIG_QUEUE || [0, 4, 8, 12, 16].contains(&((queue - 1 + 19 * 6 - agent) % 19))
}

/// Agents of a queue.
pub fn members(queue: u64) -> Vec<u64> {
    (0..AGENTS).filter(|agent| is_member(*agent, queue)).collect()
}

/// Queues of an agent.
pub fn queues_of(agent: u64) -> Vec<u64> {
    (0..QUEUES).filter(|queue| is_member(agent, *queue)).collect()
}

/// Secret of one of an agent's [`SESSIONS`].
pub fn agent_session(agent: u64, session: u64) -> String {
    format!("dws_bench-agent-{agent}-{session}")
}

/// Secret of the first admin's session.
pub fn admin_session() -> String {
    "dws_bench-admin".to_owned()
}

/// Secret of an agent's API token, which may read and write tickets.
pub fn agent_token(agent: u64) -> String {
    format!("dwt_bench-agent-{agent}")
}

impl Plan {
    /// When a ticket came in; later numbers are strictly later.
    fn created_at(self, ticket: u64) -> DateTime<Utc> {
        let step = Duration::days(365 * YEARS).num_microseconds().expect("a few years fit")
            / self.tickets.max(1) as i64;
        let within = Draw::of(Noun::Ticket as u64 + 200, ticket).below(step.unsigned_abs());
        begin() + Duration::microseconds(step * ticket as i64 + within as i64)
    }

    pub fn ticket_id(self, ticket: u64) -> TicketId {
        TicketId(id(Noun::Ticket, ticket, self.created_at(ticket)))
    }

    /// Queue of a ticket: the n-th has 1/n of the first one's, which has a quarter of all.
    pub fn queue_of(self, ticket: u64) -> u64 {
        let all: f64 = (1..=QUEUES).map(|rank| 1.0 / rank as f64).sum();
        let mut left = Draw::of(Noun::TicketQueue as u64, ticket).part() * all;
        for queue in 0..QUEUES {
            left -= 1.0 / (queue + 1) as f64;
            if left < 0.0 {
                return queue;
            }
        }
        QUEUES - 1
    }

    /// A ticket by its number from 0, as it is now: a tenth of all open, most of them recent.
    pub fn ticket(self, ticket: u64) -> TicketSnapshot {
        let mut draw = Draw::of(Noun::Ticket as u64, ticket);
        let created = self.created_at(ticket);
        let age = (ticket as f64 / self.tickets.max(1) as f64).powf(6.5);
        // The mean of x^6.5 is 2/15: 2 % + 60 % · 2/15 are open, 1 % + 30 % · 2/15 pending.
        let (open, pending) = (0.02 + 0.6 * age, 0.01 + 0.3 * age);
        let status = match draw.part() {
            part if part < open => Status::Open,
            part if part < open + pending => Status::Pending,
            part if part < open + pending + (1.0 - open - pending) * 0.3 => Status::Solved,
            _ => Status::Closed,
        };
        let priority = match draw.below(100) {
            0..5 => Priority::Urgent,
            5..20 => Priority::High,
            20..80 => Priority::Normal,
            _ => Priority::Low,
        };
        let by_person = priority != Priority::Normal || draw.chance(0.5);
        let is_done = matches!(status, Status::Solved | Status::Closed);
        let has_category = draw.chance(if is_done { 0.7 } else { 0.3 });
        let category = draw.below(CATEGORIES);
        let queue = self.queue_of(ticket);
        let team = members(queue);
        let assignee = team[draw.below(team.len() as u64) as usize];
        let is_assigned = draw.chance(match status {
            Status::Open => 0.5,
            Status::Pending => 0.9,
            _ => 0.98,
        });
        // Some customers write much more often than others.
        let customers = USERS - agent(AGENTS);
        let requester = agent(AGENTS) + (draw.part().powi(2) * customers as f64) as u64;
        let hours = 1 + draw.below(120) as i64;
        let updated = created + Duration::hours(hours) + Duration::microseconds(hours * 7919);
        let source = ["web", "email", "api"][draw.below(3) as usize].to_owned();
        let first_tag = draw.below(TAGS);
        let tags = draw.below(4);
        let mut tag_ids: Vec<TagId> =
            (0..tags).map(|tag| tag_id((first_tag + 7 * tag) % TAGS)).collect();
        tag_ids.sort();
        TicketSnapshot {
            ticket: Ticket {
                id: self.ticket_id(ticket),
                number: ticket + 1,
                subject: words::subject(&mut draw),
                status,
                priority,
                priority_origin: if by_person { LabelOrigin::Person } else { LabelOrigin::Default },
                applied_category_id: None,
                applied_priority: None,
                category_id: has_category.then(|| category_id(category)),
                queue_id: queue_id(queue),
                requester_id: user_id(requester),
                assignee_id: is_assigned.then(|| user_id(agent(assignee))),
                version: 3,
                source,
                external_id: None,
                created_at: created.into(),
                updated_at: updated.into(),
                solved_at: is_done.then(|| updated.into()),
                merged_into_id: None,
                deleted_at: None,
            },
            tag_ids,
        }
    }

    /// The messages of a ticket, oldest first: the request, an agent's answer, and one more.
    pub fn messages(self, ticket: u64, snapshot: &TicketSnapshot) -> Vec<Message> {
        let mut draw = Draw::of(Noun::Message as u64, ticket);
        let about = &snapshot.ticket;
        let team = members(self.queue_of(ticket));
        let anybody = user_id(agent(team[draw.below(team.len() as u64) as usize]));
        let helper = about.assignee_id.unwrap_or(anybody);
        let (first, last) = (about.created_at.as_utc(), about.updated_at.as_utc());
        let third = draw.below(10);
        (0..MESSAGES_PER_TICKET)
            .map(|number| {
                let at = first + (last - first) * number as i32 / (MESSAGES_PER_TICKET - 1) as i32;
                let (author_id, kind) = match number {
                    0 => (about.requester_id, MessageKind::Reply),
                    1 => (helper, MessageKind::Reply),
                    _ if third < 2 => (helper, MessageKind::Note),
                    _ if third < 6 => (helper, MessageKind::Reply),
                    _ => (about.requester_id, MessageKind::Reply),
                };
                Message {
                    id: MessageId(id(Noun::Message, ticket * MESSAGES_PER_TICKET + number, at)),
                    ticket_id: about.id,
                    author_id,
                    kind,
                    channel: Channel::Web,
                    body_text: words::body(&mut draw),
                    body_html: None,
                    created_at: at.into(),
                }
            })
            .collect()
    }

    /// A ticket that the agent may see.
    pub fn visible_ticket(self, agent: u64, draw: &mut Draw) -> u64 {
        loop {
            let ticket = draw.below(self.tickets);
            if is_member(agent, self.queue_of(ticket)) {
                return ticket;
            }
        }
    }

    /// Newest open or pending tickets that `wanted` admits by queue number, at most `limit`.
    pub fn waiting_tickets(
        self,
        limit: usize,
        wanted: impl Fn(u64) -> bool,
    ) -> Vec<TicketSnapshot> {
        let waits = |snapshot: &TicketSnapshot| {
            matches!(snapshot.ticket.status, Status::Open | Status::Pending)
        };
        (0..self.tickets)
            .rev()
            .filter(|ticket| wanted(self.queue_of(*ticket)))
            .map(|ticket| self.ticket(ticket))
            .filter(waits)
            .take(limit)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenth_is_open_and_half_of_it_assigned() {
        let plan = Plan { tickets: 20_000 };
        let (mut open, mut pending, mut assigned) = (0.0, 0.0, 0.0);
        let mut before = None;
        for number in 0..plan.tickets {
            let ticket = plan.ticket(number).ticket;
            assert!(before < Some(ticket.id), "ids ascend");
            before = Some(ticket.id);
            open += f64::from(u8::from(ticket.status == Status::Open));
            pending += f64::from(u8::from(ticket.status == Status::Pending));
            let counts = ticket.status == Status::Open && ticket.assignee_id.is_some();
            assigned += f64::from(u8::from(counts));
        }
        let all = plan.tickets as f64;
        assert!((0.09..0.11).contains(&(open / all)), "{open} open");
        assert!((0.04..0.06).contains(&(pending / all)), "{pending} pending");
        assert!((0.45..0.55).contains(&(assigned / open)), "{assigned} of {open} assigned");
    }

    #[test]
    fn each_agent_has_six_queues_and_each_queue_a_team() {
        assert!((0..AGENTS).all(|agent| queues_of(agent).len() == 6));
        assert_eq!(members(BIG_QUEUE).len() as u64, AGENTS);
        assert!((1..QUEUES).all(|queue| (20..32).contains(&members(queue).len())));
    }

    #[test]
    fn the_same_number_is_the_same_ticket() {
        let plan = Plan { tickets: 1000 };
        let ticket = plan.ticket(700);
        assert_eq!(ticket, plan.ticket(700));
        assert_eq!(plan.messages(700, &ticket), plan.messages(700, &ticket));
    }
}
