//! All subscribers on one queue: what an item costs, how long it takes, what a quiet socket holds.

use anyhow::Result;
use deskwire_bench::plan::{self, Draw, Plan};
use deskwire_bench::server::Server;
use deskwire_bench::table::{Table, say};
use deskwire_bench::times::Times;
use deskwire_domain::tickets::TicketSnapshot;
use std::time::Duration;

use crate::options::Args;
use crate::speak::{Side, agent_of, whole_queue};
use crate::swarm::{Phase, Swarm};

/// Tickets that are changed, one after the other.
const TICKETS: usize = 500;
/// Seconds of changes without a subscriber, to know what the changes themselves cost.
const ALONE_S: u32 = 5;

/// What one side showed with one number of subscribers.
pub struct Measured {
    pub side: Side,
    pub subscribers: usize,
    pub storm: Duration,
    /// Sockets that did not connect, or had ended before the first change.
    pub failed: usize,
    pub idle_kib: f64,
    pub deliveries: u64,
    pub lost: u64,
    /// Changes that the server did not make.
    pub refused: u64,
    pub wrong: u64,
    /// Server CPU of the whole phase.
    pub cpu: Duration,
    /// Part of it that the changes would have cost without subscribers.
    pub cpu_of_changes: Duration,
    /// From the writer's call to each arrival.
    pub from_call: Times,
    /// From the writer's answer to each arrival; zero when the item was first.
    pub from_answer: Times,
    /// From the writer's call to its answer.
    pub calls: Times,
    pub late: u64,
    pub complaint: Option<String>,
}

pub fn run(args: &Args) -> Result<()> {
    let mut all = Vec::new();
    for subscribers in &args.subscribers {
        for round in 0..args.rounds {
            for side in [Side::Desk, Side::Broadcaster] {
                say(&format!("{subscribers} subscribers, round {}: {}", round + 1, name(side)));
                let server = side.start(args)?;
                all.push(measure(args, &server, side, *subscribers, args.rate.unwrap_or(20))?);
            }
        }
    }
    rows(&all);
    ratios(&all);
    Ok(())
}

/// Connects, rests, changes tickets and counts.
pub fn measure(
    args: &Args,
    server: &Server,
    side: Side,
    subscribers: usize,
    rate: u32,
) -> Result<Measured> {
    let plan = Plan { tickets: args.desk.tickets };
    let tickets = plan.waiting_tickets(TICKETS, |queue| queue == plan::BIG_QUEUE);
    let mut swarm = Swarm::new(server.address)?;
    let mut draw = Draw::of(60, subscribers as u64);
    let mut change = |number: u64, mark: u64| {
        let ticket: &TicketSnapshot = &tickets[number as usize % tickets.len()];
        side.change(ticket.ticket.id, draw.below(plan::AGENTS), mark)
    };

    let before_changes = server.usage()?;
    let alone = u64::from(rate * ALONE_S);
    swarm.write(rate, alone, |_| 0, &mut change)?;
    server.wait_until_idle(|time| swarm.pass(time))?;
    let quiet = server.usage()?;
    let cpu_of_change = (quiet.cpu - before_changes.cpu) / alone as u32;

    let filter = whole_queue();
    let greetings =
        (0..subscribers).map(|n| side.greeting(n, agent_of(n), &filter)).collect::<Vec<_>>();
    let storm = swarm.connect(server.address, side, greetings)?;
    server.wait_until_idle(|time| swarm.pass(time))?;
    let full = server.usage()?;

    let changes = u64::from(rate * args.seconds);
    let live = swarm.live() as u64;
    let phase = swarm.write(rate, changes, |_| live, &mut change)?;
    let after = server.usage()?;

    let growth = full.rss_bytes.saturating_sub(quiet.rss_bytes) as f64 / 1024.0;
    let deliveries = phase.heard.arrivals.len() as u64;
    let (from_call, from_answer, calls) = times(&phase);
    Ok(Measured {
        side,
        subscribers,
        storm: storm.time,
        failed: subscribers - live as usize,
        idle_kib: growth / live.max(1) as f64,
        deliveries,
        lost: phase.expected.saturating_sub(deliveries),
        refused: phase.writing.refused.len() as u64,
        wrong: phase.heard.twice + phase.heard.out_of_order,
        cpu: after.cpu - full.cpu,
        cpu_of_changes: cpu_of_change * changes as u32,
        from_call,
        from_answer,
        calls,
        late: phase.writing.late,
        complaint: swarm.complaint.or(phase.writing.complaint),
    })
}

fn times(phase: &Phase) -> (Times, Times, Times) {
    let (mut from_call, mut from_answer, mut calls) = <(Times, Times, Times)>::default();
    for (number, micros) in &phase.heard.arrivals {
        let arrived = phase.begin + Duration::from_micros(u64::from(*micros));
        from_call.add(arrived.saturating_duration_since(phase.writing.sent[*number as usize]));
        if let Some(answered) = phase.writing.answered[*number as usize] {
            from_answer.add(arrived.saturating_duration_since(answered));
        }
    }
    for (sent, answered) in phase.writing.sent.iter().zip(&phase.writing.answered) {
        if let Some(answered) = answered {
            calls.add(*answered - *sent);
        }
    }
    (from_call, from_answer, calls)
}

pub fn name(side: Side) -> &'static str {
    match side {
        Side::Desk => "deskwire",
        Side::Broadcaster => "broadcaster",
    }
}

impl Measured {
    fn micros_per_delivery(&self) -> f64 {
        let net = self.cpu.saturating_sub(self.cpu_of_changes);
        1e6 * net.as_secs_f64() / self.deliveries.max(1) as f64
    }

    fn micros_with_changes(&self) -> f64 {
        1e6 * self.cpu.as_secs_f64() / self.deliveries.max(1) as f64
    }
}

fn rows(all: &[Measured]) {
    let mut table = Table::new(&[
        "subscribers, side",
        "storm s",
        "failed",
        "KiB/idle",
        "deliveries",
        "lost",
        "wrong",
        "refused",
        "late",
        "µs/delivery",
        "with changes",
        "p50 ms",
        "p99 ms",
    ]);
    for measured in all {
        let [p50, p99] = measured.from_call.percentiles([0.5, 0.99]);
        table.row(vec![
            format!("{} {}", measured.subscribers, name(measured.side)),
            format!("{:.2}", measured.storm.as_secs_f64()),
            measured.failed.to_string(),
            format!("{:.1}", measured.idle_kib),
            measured.deliveries.to_string(),
            measured.lost.to_string(),
            measured.wrong.to_string(),
            measured.refused.to_string(),
            measured.late.to_string(),
            format!("{:.1}", measured.micros_per_delivery()),
            format!("{:.1}", measured.micros_with_changes()),
            format!("{p50:.1}"),
            format!("{p99:.1}"),
        ]);
    }
    table.print();
    for measured in all {
        if let Some(complaint) = &measured.complaint {
            let who = name(measured.side);
            say(&format!("First failure at {} {who}: {complaint}", measured.subscribers));
        }
    }
}

fn ratios(all: &[Measured]) {
    let mut table = Table::new(&["deskwire, wanted", "subscribers", "wanted", "measured", ""]);
    let mut sizes: Vec<usize> = all.iter().map(|measured| measured.subscribers).collect();
    sizes.dedup();
    for size in sizes {
        let of = |side| all.iter().filter(move |m| m.side == side && m.subscribers == size);
        let mean = |side, value: &dyn Fn(&Measured) -> f64| {
            of(side).map(value).sum::<f64>() / of(side).count().max(1) as f64
        };
        let both = |value: &dyn Fn(&Measured) -> f64| {
            mean(Side::Desk, value) / mean(Side::Broadcaster, value)
        };
        let sum = |value: &dyn Fn(&Measured) -> u64| of(Side::Desk).map(value).sum::<u64>();
        let mut row = |what: &str, wanted: &str, measured: String, is_met: Option<bool>| {
            let verdict = is_met.map_or("", |is_met| if is_met { "met" } else { "NOT MET" });
            table.row(vec![what.into(), size.to_string(), wanted.into(), measured, verdict.into()]);
        };
        let cpu = both(&Measured::micros_per_delivery);
        row("CPU/delivery : broadcaster's", "≤ 1.60", format!("{cpu:.2}"), Some(cpu <= 1.6));
        let p99 = both(&|m| m.from_call.percentiles([0.99])[0]);
        let is_met = (size == 1000).then_some(p99 <= 2.0);
        row("p99 : broadcaster's", "≤ 2.00 at 1000", format!("{p99:.2}"), is_met);
        let lost = sum(&|m| m.lost + m.wrong);
        row("lost, twice or out of order", "0", lost.to_string(), Some(lost == 0));
        let refused = sum(&|m| m.refused);
        row("refused changes", "0", refused.to_string(), Some(refused == 0));
        let kib = mean(Side::Desk, &|m| m.idle_kib);
        row("KiB resident per idle subscriber", "≤ 12", format!("{kib:.1}"), Some(kib <= 12.0));
        let failed = sum(&|m| m.failed as u64);
        row("failed sockets", "0", failed.to_string(), Some(failed == 0));
    }
    table.print();
    say(
        "CPU per delivery is without what the changes cost by themselves; times are from the writer's call.",
    );
}
