//! What different filters cost: the same changes with no subscriber, with filters that cannot match,
//! that differ, and that are equal.

use anyhow::{Result, ensure};
use deskwire_bench::plan::{self, Draw, Plan};
use deskwire_bench::table::{Table, say};
use deskwire_domain::ids::UserId;
use deskwire_domain::tickets::{Priority, Status, TicketSnapshot};
use serde_json::{Value, json};
use std::time::Duration;

use crate::options::Args;
use crate::speak::Side;
use crate::swarm::Swarm;

/// Tickets that are changed, of all queues.
const TICKETS: usize = 2000;

/// One subscriber's filter, in a form that can be compared with a ticket.
#[derive(Debug, Clone, PartialEq)]
struct Filter {
    agent: u64,
    queue: u64,
    status: Option<Status>,
    priority: Option<Priority>,
    assignee: Assignee,
    tag: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Assignee {
    Any,
    Nobody,
    Agent(u64),
}

/// What the subscribers of one run ask for.
#[derive(Clone, Copy)]
enum Kind {
    None,
    Impossible,
    Different,
    Equal,
}

struct Row {
    kind: Kind,
    deliveries: u64,
    expected: u64,
    wrong: u64,
    changes: u64,
    cpu: Duration,
}

pub fn run(args: &Args, subscribers: usize) -> Result<()> {
    let mut rows = Vec::new();
    for round in 0..args.rounds {
        for kind in [Kind::None, Kind::Impossible, Kind::Different, Kind::Equal] {
            say(&format!("Filters, round {}: {}", round + 1, kind.name()));
            rows.push(measure(args, kind, subscribers)?);
        }
    }
    print(&rows, subscribers);
    Ok(())
}

fn measure(args: &Args, kind: Kind, subscribers: usize) -> Result<Row> {
    let plan = Plan { tickets: args.desk.tickets };
    let rate = args.rate.unwrap_or(100);
    let changes = u64::from(rate * args.seconds);
    let tickets = plan.waiting_tickets(TICKETS, |_| true);
    let filters = kind.filters(subscribers);
    let side = Side::Desk;
    let server = side.start(args)?;
    let mut swarm = Swarm::new(server.address)?;
    let greetings = filters
        .iter()
        .enumerate()
        .map(|(n, filter)| side.greeting(n, filter.agent, &filter.json()));
    let storm = swarm.connect(server.address, side, greetings.collect())?;
    ensure!(storm.failed == 0, "{} sockets failed: {:?}", storm.failed, swarm.complaint);

    let ticket_of = |number: u64| &tickets[number as usize % tickets.len()];
    let mut draw = Draw::of(70, 0);
    let mut change = |number: u64, mark: u64| {
        let ticket = &ticket_of(number).ticket;
        let team = plan::members(queue_of(ticket_of(number)));
        side.change(ticket.id, team[draw.below(team.len() as u64) as usize], mark)
    };
    // The server's first changes are dearer than later ones.
    swarm.write(rate, u64::from(rate), |_| 0, &mut change)?;
    server.wait_until_idle(|time| swarm.pass(time))?;

    let matches =
        |number: u64| filters.iter().filter(|f| f.admits(ticket_of(number))).count() as u64;
    let before = server.usage()?;
    let phase = swarm.write(rate, changes, matches, &mut change)?;
    let after = server.usage()?;
    let refused = &phase.writing.complaint;
    ensure!(refused.is_none(), "changes were refused: {refused:?}");
    Ok(Row {
        kind,
        deliveries: phase.heard.arrivals.len() as u64,
        expected: phase.expected,
        wrong: phase.heard.twice + phase.heard.out_of_order,
        changes,
        cpu: after.cpu - before.cpu,
    })
}

fn print(rows: &[Row], subscribers: usize) {
    let mut table = Table::new(&[
        "filters",
        "subscribers",
        "changes",
        "deliveries/change",
        "missing",
        "wrong",
        "CPU µs/change",
        "above none",
        "above none/delivery",
    ]);
    let micros = |row: &Row| 1e6 * row.cpu.as_secs_f64() / row.changes as f64;
    let alone = rows.iter().filter(|row| matches!(row.kind, Kind::None)).map(micros);
    let alone = alone.sum::<f64>()
        / rows.iter().filter(|row| matches!(row.kind, Kind::None)).count() as f64;
    for row in rows {
        let per_change = row.deliveries as f64 / row.changes as f64;
        let above = micros(row) - alone;
        let is_alone = matches!(row.kind, Kind::None);
        table.row(vec![
            row.kind.name().into(),
            if is_alone { 0 } else { subscribers }.to_string(),
            row.changes.to_string(),
            format!("{per_change:.1}"),
            row.expected.saturating_sub(row.deliveries).to_string(),
            (row.wrong + row.deliveries.saturating_sub(row.expected)).to_string(),
            format!("{:.0}", micros(row)),
            if is_alone { String::new() } else { format!("{above:.0}") },
            if per_change > 0.0 { format!("{:.1}", above / per_change) } else { String::new() },
        ]);
    }
    table.print();
    say(
        "Wanted: filters that cannot match cost about nothing, and filters that differ little more than what they deliver.",
    );
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::None => "no subscriber",
            Self::Impossible => "cannot match",
            Self::Different => "all different",
            Self::Equal => "all equal",
        }
    }

    fn filters(self, subscribers: usize) -> Vec<Filter> {
        let equal = |n: usize| Filter {
            agent: n as u64 % plan::AGENTS,
            queue: plan::BIG_QUEUE,
            status: Some(Status::Open),
            priority: None,
            assignee: Assignee::Any,
            tag: None,
        };
        match self {
            Self::None => Vec::new(),
            Self::Equal => (0..subscribers).map(equal).collect(),
            // Only open and pending tickets are changed.
            Self::Impossible => different(subscribers)
                .into_iter()
                .map(|filter| Filter { status: Some(Status::Closed), ..filter })
                .collect(),
            Self::Different => different(subscribers),
        }
    }
}

/// No two alike, drawn like agents set them: a queue always, the other conditions now and then.
fn different(subscribers: usize) -> Vec<Filter> {
    let mut draw = Draw::of(71, 0);
    let mut all: Vec<Filter> = Vec::new();
    while all.len() < subscribers {
        let agent = draw.below(plan::AGENTS);
        let queues = plan::queues_of(agent);
        let assignee = match draw.below(3) {
            0 => Assignee::Any,
            1 => Assignee::Nobody,
            _ => Assignee::Agent(agent),
        };
        let filter = Filter {
            agent,
            queue: queues[draw.below(queues.len() as u64) as usize],
            status: [None, Some(Status::Open), Some(Status::Pending)][draw.below(3) as usize],
            priority: draw.chance(0.5).then(|| Priority::ALL[draw.below(4) as usize]),
            assignee,
            tag: draw.chance(0.3).then(|| draw.below(plan::TAGS)),
        };
        if !all.iter().any(|other| other.json() == filter.json()) {
            all.push(filter);
        }
    }
    all
}

impl Filter {
    fn json(&self) -> Value {
        let mut filter = json!({ "queueIds": [format!("queue_{}", plan::queue_id(self.queue))] });
        if let Some(status) = self.status {
            filter["statuses"] = json!([status.as_str().to_uppercase()]);
        }
        if let Some(priority) = self.priority {
            filter["priorities"] = json!([priority.as_str().to_uppercase()]);
        }
        match self.assignee {
            Assignee::Any => {}
            Assignee::Nobody => filter["unassigned"] = json!(true),
            Assignee::Agent(agent) => {
                filter["assigneeId"] = json!(format!("user_{}", user_of(agent)));
            }
        }
        if let Some(tag) = self.tag {
            filter["tagIds"] = json!([format!("tag_{}", plan::tag_id(tag))]);
        }
        filter
    }

    fn admits(&self, snapshot: &TicketSnapshot) -> bool {
        let ticket = &snapshot.ticket;
        ticket.queue_id == plan::queue_id(self.queue)
            && self.status.is_none_or(|status| ticket.status == status)
            && self.priority.is_none_or(|priority| ticket.priority == priority)
            && self.tag.is_none_or(|tag| snapshot.tag_ids.contains(&plan::tag_id(tag)))
            && match self.assignee {
                Assignee::Any => true,
                Assignee::Nobody => ticket.assignee_id.is_none(),
                Assignee::Agent(agent) => ticket.assignee_id == Some(user_of(agent)),
            }
    }
}

fn user_of(agent: u64) -> UserId {
    plan::user_id(plan::agent(agent))
}

fn queue_of(snapshot: &TicketSnapshot) -> u64 {
    let is_it = |queue: &u64| plan::queue_id(*queue) == snapshot.ticket.queue_id;
    (0..plan::QUEUES).find(is_it).expect("every ticket is in a queue of the plan")
}
