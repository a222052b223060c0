//! `bench-lists`: how the time of a page grows with the desk.

use anyhow::{Context, Result, ensure};
use clap::Parser;
use deskwire_bench::http::{self, Connection};
use deskwire_bench::options::Programs;
use deskwire_bench::plan::{self, Draw, Plan};
use deskwire_bench::server::Server;
use deskwire_bench::table::{Table, say};
use deskwire_bench::times::Times;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// The largest ratio of the two sizes' times that is wanted.
const WANTED: f64 = 1.5;
/// Pages of each list that are not counted.
const WARM_UP: u64 = 5;
/// Fewest and most pages of each list.
const FEWEST: usize = 5;

const PAGE: &str = "query Page($filter: TicketFilterInput, $order: TicketOrder!) { \
    tickets(first: 25, filter: $filter, order: $order) { nodes { \
    id number subject status priority createdAt updatedAt \
    requester { id name } assignee { id name } tags { name } } } }";
const PAGE_AND_COUNT: &str = "query Page($filter: TicketFilterInput, $order: TicketOrder!) { \
    tickets(first: 25, filter: $filter, order: $order) { totalCount nodes { \
    id number subject status priority createdAt updatedAt \
    requester { id name } assignee { id name } tags { name } } } }";

/// Measures each order and filter of ticket lists on a small and a large desk, in turns.
#[derive(Debug, Parser)]
#[command(
    name = "bench-lists",
    after_help = "./dev bench lists starts two databases, fills 20000 and 2000000 tickets, which takes long the
first time, and calls this.

Examples:
  ./dev bench lists
  ./dev bench lists --tickets 200000 --pages 20"
)]
struct Args {
    #[command(flatten)]
    programs: Programs,

    /// Tickets of the small desk
    #[arg(long, default_value_t = 20_000)]
    small: u64,

    /// Its database
    #[arg(long)]
    small_url: String,

    /// Tickets of the large desk
    #[arg(long, default_value_t = 2_000_000)]
    large: u64,

    /// Its database
    #[arg(long)]
    large_url: String,

    /// Most pages of each list, in turns
    #[arg(long, default_value_t = 40)]
    pages: usize,

    /// Seconds after which a list has had enough pages, at least five
    #[arg(long, default_value_t = 4.0)]
    seconds: f64,
}

#[derive(Debug, Clone, Copy)]
enum Order {
    Newest,
    Oldest,
    RecentlyUpdated,
    PriorityThenAge,
}

#[derive(Debug, Clone, Copy)]
enum Filter {
    OpenInQueue,
    AllMine,
    Unassigned,
    AssignedToMe,
    Requester,
}

impl Order {
    const ALL: [Self; 4] =
        [Self::Newest, Self::Oldest, Self::RecentlyUpdated, Self::PriorityThenAge];

    fn graph(self) -> &'static str {
        match self {
            Self::Newest => "NEWEST",
            Self::Oldest => "OLDEST",
            Self::RecentlyUpdated => "RECENTLY_UPDATED",
            Self::PriorityThenAge => "PRIORITY_THEN_AGE",
        }
    }
}

impl Filter {
    const ALL: [Self; 5] =
        [Self::OpenInQueue, Self::AllMine, Self::Unassigned, Self::AssignedToMe, Self::Requester];

    fn name(self) -> &'static str {
        match self {
            Self::OpenInQueue => "open in a queue",
            Self::AllMine => "all my queues",
            Self::Unassigned => "unassigned",
            Self::AssignedToMe => "assigned to me",
            Self::Requester => "of a requester",
        }
    }

    fn graph(self, agent: u64, draw: &mut Draw) -> Value {
        match self {
            Self::OpenInQueue => {
                let queues = plan::queues_of(agent);
                let queue = plan::queue_id(queues[draw.below(queues.len() as u64) as usize]);
                json!({ "queueIds": [format!("queue_{queue}")], "statuses": ["OPEN"] })
            }
            Self::AllMine => json!({}),
            Self::Unassigned => json!({ "unassigned": true }),
            Self::AssignedToMe => {
                json!({ "assigneeId": format!("user_{}", plan::user_id(plan::agent(agent))) })
            }
            Self::Requester => {
                let customers = plan::USERS - plan::agent(plan::AGENTS);
                let customer = plan::agent(plan::AGENTS) + draw.below(customers);
                json!({ "requesterId": format!("user_{}", plan::user_id(customer)) })
            }
        }
    }
}

/// One desk, and its connection.
struct Desk {
    connection: Connection,
    _server: Server,
}

fn main() -> Result<()> {
    let args = Args::parse();
    let mut small = Desk::open(&args.programs, "small", &args.small_url)?;
    let mut large = Desk::open(&args.programs, "large", &args.large_url)?;
    small.expect(Plan { tickets: args.small })?;
    large.expect(Plan { tickets: args.large })?;
    for (operation, what) in [(PAGE, "the page"), (PAGE_AND_COUNT, "the page with totalCount")] {
        say(&format!("\nFirst 25 tickets: {what}"));
        let mut table = Table::new(&[
            "filter, order",
            "small p50 ms",
            "p95",
            "large p50 ms",
            "p95",
            "ratio",
            "wanted",
            "",
        ]);
        for filter in Filter::ALL {
            for order in Order::ALL {
                let [few, many] =
                    measure(&args, [&mut small, &mut large], operation, filter, order)?;
                table.row(row(filter, order, &few, &many));
            }
        }
        table.print();
    }
    Ok(())
}

fn row(filter: Filter, order: Order, few: &Times, many: &Times) -> Vec<String> {
    let [few_p50, few_p95] = few.percentiles([0.5, 0.95]);
    let [many_p50, many_p95] = many.percentiles([0.5, 0.95]);
    let ratio = many_p50 / few_p50;
    vec![
        format!("{}, {}", filter.name(), order.graph()),
        format!("{few_p50:.2}"),
        format!("{few_p95:.2}"),
        format!("{many_p50:.2}"),
        format!("{many_p95:.2}"),
        format!("{ratio:.2}"),
        format!("≤ {WANTED:.2}"),
        (if ratio <= WANTED { "met" } else { "NOT MET" }).into(),
    ]
}

/// The same pages from both desks, in turns.
fn measure(
    args: &Args,
    mut desks: [&mut Desk; 2],
    operation: &str,
    filter: Filter,
    order: Order,
) -> Result<[Times; 2]> {
    let mut all = [Times::default(), Times::default()];
    for (desk, times) in desks.iter_mut().zip(&mut all) {
        let mut draw = Draw::of(80, 1);
        for _ in 0..WARM_UP {
            desk.page(operation, filter, order, &mut draw)?;
        }
        *times = Times::default();
    }
    let mut draws = [Draw::of(80, 2), Draw::of(80, 2)];
    let until = Instant::now() + Duration::from_secs_f64(args.seconds);
    for page in 0..args.pages {
        if page >= FEWEST && Instant::now() > until {
            break;
        }
        for ((desk, times), draw) in desks.iter_mut().zip(&mut all).zip(&mut draws) {
            times.add(desk.page(operation, filter, order, draw)?);
        }
    }
    Ok(all)
}

impl Desk {
    fn open(programs: &Programs, name: &'static str, url: &str) -> Result<Self> {
        // A count that scans may take longer than an answer should.
        // By default a page that takes 10 s is given up; here it is wanted to know how long it takes.
        let server = programs.start_deskwire(name, url, &["--timeout-ms", "55000"])?;
        Ok(Self { connection: Connection::open(server.address)?, _server: server })
    }

    /// The last ticket of the plan must be there, and none after it.
    fn expect(&mut self, plan: Plan) -> Result<()> {
        let query = "query($last: Int!, $more: Int!) { \
                     last: ticket(number: $last) { id } more: ticket(number: $more) { id } }";
        let variables = json!({ "last": plan.tickets, "more": plan.tickets + 1 });
        let body = json!({ "query": query, "variables": variables }).to_string();
        let mut request = Vec::new();
        http::post(&mut request, "/graphql", &plan::admin_session(), &body);
        let answer: Value = serde_json::from_slice(self.connection.call(&request)?)?;
        let is_it = answer["data"]["last"]["id"].is_string() && answer["data"]["more"].is_null();
        ensure!(is_it, "this is no desk of {} tickets: {answer}", plan.tickets);
        Ok(())
    }

    fn page(
        &mut self,
        operation: &str,
        filter: Filter,
        order: Order,
        draw: &mut Draw,
    ) -> Result<Duration> {
        let agent = draw.below(plan::AGENTS);
        let secret = plan::agent_session(agent, draw.below(plan::SESSIONS));
        let variables = json!({ "filter": filter.graph(agent, draw), "order": order.graph() });
        let body = json!({ "query": operation, "variables": variables }).to_string();
        let mut request = Vec::new();
        http::post(&mut request, "/graphql", &secret, &body);
        let begin = Instant::now();
        let answer = self.connection.call(&request)?;
        let time = begin.elapsed();
        let answer: Value = serde_json::from_slice(answer)?;
        let rows = answer["data"]["tickets"]["nodes"].as_array();
        rows.with_context(|| format!("{} {}: {answer}", filter.name(), order.graph()))?;
        Ok(time)
    }
}
