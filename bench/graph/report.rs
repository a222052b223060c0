//! What was measured, and how it stands to what is wanted.

use deskwire_bench::http::Round;
use deskwire_bench::statements;
use deskwire_bench::table::{Table, say};
use deskwire_bench::times::Times;
use std::time::Duration;

use crate::requests::{Count, Scenario, Side};

/// Resident memory wanted of an API process without subscribers.
const RSS_MIB: f64 = 40.0;
/// Connections for which the slowest requests are compared.
const MANY: usize = 32;

/// All rounds of one side at one number of connections.
pub struct Measured {
    pub scenario: Scenario,
    pub side: Side,
    pub connections: usize,
    pub rounds: Vec<Round>,
    /// All answers, those of the warm-up included.
    pub answers: u64,
    /// What the database was asked for them.
    pub statements: statements::Count,
}

impl Measured {
    pub fn new(scenario: Scenario, side: Side, connections: usize) -> Self {
        let (rounds, answers, statements) = Default::default();
        Self { scenario, side, connections, rounds, answers, statements }
    }

    /// SQL statements for one answer: executed, and prepared anew.
    fn statements_per_answer(&self) -> (f64, f64) {
        let per = |count: u64| count as f64 / self.answers.max(1) as f64;
        (per(self.statements.executed), per(self.statements.prepared))
    }

    fn requests(&self) -> f64 {
        self.rounds.iter().map(|round| round.times.len() as f64).sum()
    }

    fn wrong(&self) -> u64 {
        self.rounds.iter().map(|round| round.wrong).sum()
    }

    fn seconds(&self, part: impl Fn(&Round) -> Duration) -> f64 {
        self.rounds.iter().map(|round| part(round).as_secs_f64()).sum()
    }

    fn per_second(&self) -> f64 {
        self.requests() / self.seconds(|round| round.wall)
    }

    fn micros_per_request(&self, part: impl Fn(&Round) -> Duration) -> f64 {
        1e6 * self.seconds(part) / self.requests().max(1.0)
    }

    fn percentiles(&self) -> [f64; 2] {
        let mut all = Times::default();
        self.rounds.iter().for_each(|round| all.extend(&round.times));
        all.percentiles([0.5, 0.99])
    }

    /// Slowest and fastest round, in requests per second.
    fn spread(&self) -> (f64, f64) {
        let rates =
            self.rounds.iter().map(|round| round.times.len() as f64 / round.wall.as_secs_f64());
        rates.fold((f64::INFINITY, 0.0), |(low, high), rate| (low.min(rate), high.max(rate)))
    }
}

/// Everything measured, a line for each side.
pub fn rows(all: &[Measured]) {
    let mut table = Table::new(&[
        "request, side",
        "conns",
        "req/s",
        "rounds",
        "wrong",
        "p50 ms",
        "p99 ms",
        "server µs/req",
        "database µs/req",
        "SQL/req",
        "prepared",
        "load %",
    ]);
    for measured in all {
        let [p50, p99] = measured.percentiles();
        let (low, high) = measured.spread();
        let (executed, prepared) = measured.statements_per_answer();
        let own = measured.seconds(|round| round.own_cpu) / measured.seconds(|round| round.wall);
        table.row(vec![
            format!("{} {}", measured.scenario, measured.side),
            measured.connections.to_string(),
            format!("{:.0}", measured.per_second()),
            format!("{low:.0}–{high:.0}"),
            measured.wrong().to_string(),
            format!("{p50:.2}"),
            format!("{p99:.2}"),
            format!("{:.0}", measured.micros_per_request(|round| round.server_cpu)),
            format!("{:.0}", measured.micros_per_request(|round| round.database_cpu)),
            format!("{executed:.1}"),
            format!("{prepared:.1}"),
            format!("{:.0}", 100.0 * own),
        ]);
    }
    table.print();
    for measured in all {
        let complaint = measured.rounds.iter().find_map(|round| round.complaint.as_ref());
        if let Some(complaint) = complaint {
            say(&format!("{} {} answered wrongly: {complaint}", measured.scenario, measured.side));
        }
    }
}

/// What the desk is compared in.
#[derive(Clone, Copy)]
enum Quantity {
    Throughput,
    ServerCpu,
    Slowest,
}

/// How a ratio should be.
enum Wanted {
    AtLeast(f64),
    AtMost(f64),
}

impl Wanted {
    fn is_met(&self, ratio: f64) -> bool {
        match self {
            Self::AtLeast(least) => ratio >= *least,
            Self::AtMost(most) => ratio <= *most,
        }
    }

    fn text(&self) -> String {
        match self {
            Self::AtLeast(least) => format!("≥ {least:.2}"),
            Self::AtMost(most) => format!("≤ {most:.2}"),
        }
    }
}

/// The ratios that matter, against the limit program as it is and with sessions kept.
pub fn ratios(all: &[Measured], rss_bytes: u64) {
    let mut table =
        Table::new(&["deskwire : limit", "conns", "wanted", "ratio", "", "sessions kept"]);
    for (scenario, count, quantity, wanted) in wanted() {
        let desks = all.iter().filter(|m| m.scenario == scenario && m.side == Side::Desk);
        for desk in desks {
            if matches!(quantity, Quantity::Slowest) && desk.connections != MANY {
                continue;
            }
            let against = |remembers| {
                let side = Side::Limit { remembers, count };
                let limit = all.iter().find(|m| {
                    m.scenario == scenario && m.side == side && m.connections == desk.connections
                })?;
                Some(ratio(desk, limit, quantity))
            };
            let (Some(plain), Some(remembering)) = (against(false), against(true)) else {
                continue;
            };
            table.row(vec![
                format!("{scenario} {}", name(quantity, count)),
                desk.connections.to_string(),
                wanted.text(),
                format!("{plain:.2}"),
                met(wanted.is_met(plain)),
                format!("{remembering:.2}"),
            ]);
        }
    }
    let mib = rss_bytes as f64 / f64::from(1 << 20);
    table.row(vec![
        "resident memory of deskwire, MiB".into(),
        String::new(),
        format!("≤ {RSS_MIB:.0}"),
        format!("{mib:.1}"),
        met(mib <= RSS_MIB),
    ]);
    let wrong: u64 = all.iter().map(Measured::wrong).sum();
    table.row(vec![
        "wrong answers".into(),
        String::new(),
        "0".into(),
        wrong.to_string(),
        met(wrong == 0),
    ]);
    table.print();
    say("Ratios are the desk's figure divided by the limit program's, from the same rounds.");
}

fn wanted() -> Vec<(Scenario, Count, Quantity, Wanted)> {
    use Quantity::{ServerCpu, Slowest, Throughput};
    use Wanted::{AtLeast, AtMost};
    vec![
        (Scenario::Q1, Count::None, Throughput, AtLeast(0.8)),
        (Scenario::Q1, Count::None, ServerCpu, AtMost(1.5)),
        (Scenario::Q1, Count::None, Slowest, AtMost(1.5)),
        (Scenario::Q2, Count::Scan, Throughput, AtLeast(2.0)),
        (Scenario::Q2, Count::Counters, Throughput, AtLeast(0.85)),
        (Scenario::Q2, Count::Counters, Slowest, AtMost(1.5)),
        (Scenario::M1, Count::None, Throughput, AtLeast(0.9)),
        (Scenario::M1, Count::None, Slowest, AtMost(1.5)),
    ]
}

fn ratio(desk: &Measured, limit: &Measured, quantity: Quantity) -> f64 {
    let of = |measured: &Measured| match quantity {
        Quantity::Throughput => measured.per_second(),
        Quantity::ServerCpu => measured.micros_per_request(|round| round.server_cpu),
        Quantity::Slowest => measured.percentiles()[1],
    };
    of(desk) / of(limit)
}

fn name(quantity: Quantity, count: Count) -> String {
    let quantity = match quantity {
        Quantity::Throughput => "requests/s",
        Quantity::ServerCpu => "server CPU/request",
        Quantity::Slowest => "p99",
    };
    let count = match count {
        Count::None => "",
        Count::Scan => ", COUNT(*)",
        Count::Counters => ", counters",
    };
    format!("{quantity}{count}")
}

fn met(is_met: bool) -> String {
    (if is_met { "met" } else { "NOT MET" }).into()
}
