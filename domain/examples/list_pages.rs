//! How long pages of tickets take on a small and on a large desk, side by side.
//!
//! ```sh
//! cargo run --release -p deskwire-domain --example list_pages -- mysql://root@localhost/?socket=… 20000 2000000
//! ```
//!
//! Each size gets a database `deskwire_lists_<size>` on that server, filled the first time: 50 queues,
//! 100 agents, 10,000 customers, 20 categories and 50 tags, all unevenly loved; one ticket in twenty is
//! open or pending, all of those among the latest tenth. Then each list is read 21 times on each desk in
//! turn, and the medians are printed with their ratio and the rows the server looked at. With
//! `--writes`, creating and working on tickets is timed instead.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use deskwire_domain::db::{establish, migrations};
use deskwire_domain::ids::{CategoryId, QueueId, TagId, TicketId, UserId};
use deskwire_domain::messages::{self, Channel, MessageDraft};
use deskwire_domain::page::PageRequest;
use deskwire_domain::queues::QueueRight;
use deskwire_domain::tickets::{
    self, AssigneeFilter, Edit, Listing, Priority, Range, RequesterDraft, Status, TicketDraft,
    TicketFilter, TicketOrder,
};
use deskwire_domain::users::Role;
use deskwire_domain::{Actor, Conn, Timestamp};
use diesel::sql_types::Text;
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use uuid::Uuid;

const RUNS: usize = 21;
const CHUNK: u64 = 20_000;
const DAYS: u64 = 730;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

#[tokio::main]
async fn main() -> Outcome<()> {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    let writes = args.iter().position(|arg| arg == "--writes").map(|at| args.remove(at)).is_some();
    let Some((server, sizes)) = args.split_first().filter(|(_, sizes)| !sizes.is_empty()) else {
        return Err("usage: list_pages [--writes] SERVER_URL TICKETS…".into());
    };
    let mut desks = Vec::new();
    for size in sizes {
        desks.push(open(server, size.parse()?).await?);
    }
    if writes {
        for (desk, size) in desks.iter_mut().zip(sizes) {
            time_writes(desk, size).await?;
        }
        return Ok(());
    }
    println!(
        "{:<44}{}   ratio   reads",
        "list, order, page",
        sizes.iter().fold(String::new(), |all, size| format!("{all}{size:>12}"))
    );
    for (name, actor, filter) in lists() {
        for order in [
            TicketOrder::Newest,
            TicketOrder::Oldest,
            TicketOrder::RecentlyUpdated,
            TicketOrder::PriorityThenAge,
        ] {
            let listing = Listing { filter: filter.clone(), order };
            for page in ["first", "fifth"] {
                let timed = time(&mut desks, &actor, &listing, page).await?;
                let columns = timed.iter().fold(String::new(), |all, (took, _)| {
                    format!("{all}{:>9.2} ms", took.as_secs_f64() * 1e3)
                });
                let ratio = timed[timed.len() - 1].0.as_secs_f64() / timed[0].0.as_secs_f64();
                let label = format!("{name}, {order:?}, {page}");
                println!("{label:<44}{columns} {ratio:>7.2} {:>7}", timed[timed.len() - 1].1);
            }
        }
    }
    Ok(())
}

/// The median of each desk, and the rows read for the page.
async fn time(
    desks: &mut [Conn],
    actor: &Actor,
    listing: &Listing,
    page: &str,
) -> Outcome<Vec<(Duration, i64)>> {
    let mut pages = Vec::new();
    for conn in desks.iter_mut() {
        let mut request = PageRequest::first(25);
        if page == "fifth" {
            let start = PageRequest::first(100);
            let rows = tickets::list(conn, actor, listing, &start).await?.rows;
            request.after = rows.last().map(|ticket| listing.order.cursor(ticket));
        }
        pages.push(request);
    }
    let mut times = vec![Vec::new(); desks.len()];
    for _ in 0..RUNS {
        for (n, conn) in desks.iter_mut().enumerate() {
            let start = Instant::now();
            tickets::list(conn, actor, listing, &pages[n]).await?;
            times[n].push(start.elapsed());
        }
    }
    let mut results = Vec::new();
    for (n, conn) in desks.iter_mut().enumerate() {
        times[n].sort();
        let before = reads(conn).await?;
        let looking = reads(conn).await? - before;
        let before = reads(conn).await?;
        tickets::list(conn, actor, listing, &pages[n]).await?;
        results.push((times[n][RUNS / 2], reads(conn).await? - before - looking));
    }
    Ok(results)
}

#[derive(diesel::QueryableByName)]
struct Variable {
    #[diesel(sql_type = Text, column_name = "Value")]
    value: String,
}

async fn reads(conn: &mut Conn) -> Outcome<i64> {
    let query = diesel::sql_query("SHOW SESSION STATUS LIKE 'Handler_read%'");
    let rows: Vec<Variable> = query.load(conn).await?;
    Ok(rows.iter().filter_map(|row| row.value.parse::<i64>().ok()).sum())
}

/// The usual lists: who asks, and for what.
fn lists() -> Vec<(&'static str, Actor, TicketFilter)> {
    let admin = Actor::system();
    let agent = |queues: u64| Actor {
        user_id: Some(UserId(id(AGENT, 3))),
        role: Role::Agent,
        queue_rights: (0..queues)
            .map(|n| (QueueId(id(QUEUE, n * 4 % 50)), QueueRight::Reply))
            .collect::<BTreeMap<_, _>>(),
        ..Actor::system()
    };
    let customer =
        Actor { user_id: Some(UserId(id(CUSTOMER, 0))), role: Role::Customer, ..Actor::system() };
    let any = TicketFilter::default;
    let open = || TicketFilter { statuses: vec![Status::Open], ..any() };
    let busy = || vec![QueueId(id(QUEUE, 0))];
    let mine = Some(AssigneeFilter::User(UserId(id(AGENT, 3))));
    let nobody = Some(AssigneeFilter::Unassigned);
    let yesterday = Range { from: Some(end().plus_seconds(-86_400)), until: None };
    vec![
        ("one queue, open", agent(10), TicketFilter { queues: busy(), ..open() }),
        ("one queue, any status", agent(10), TicketFilter { queues: busy(), ..any() }),
        ("3 queues, open", agent(3), open()),
        ("10 queues, open", agent(10), open()),
        (
            "10 queues, open or pending",
            agent(10),
            TicketFilter { statuses: vec![Status::Open, Status::Pending], ..any() },
        ),
        ("25 queues, any status", agent(25), any()),
        ("unassigned in 10 queues, open", agent(10), TicketFilter { assignee: nobody, ..open() }),
        ("mine, open", agent(10), TicketFilter { assignee: mine, ..open() }),
        ("mine", agent(10), TicketFilter { assignee: mine, ..any() }),
        ("all, open", admin.clone(), open()),
        ("all", admin.clone(), any()),
        ("unassigned, open", admin.clone(), TicketFilter { assignee: nobody, ..open() }),
        ("a customer's own", customer.clone(), any()),
        ("a customer's own, open", customer, open()),
        (
            "requester",
            agent(10),
            TicketFilter { requester: Some(UserId(id(CUSTOMER, 7))), ..any() },
        ),
        ("urgent, open", agent(10), TicketFilter { priorities: vec![Priority::Urgent], ..open() }),
        ("urgent", agent(10), TicketFilter { priorities: vec![Priority::Urgent], ..any() }),
        (
            "category, open",
            agent(10),
            TicketFilter { categories: vec![CategoryId(id(CATEGORY, 5))], ..open() },
        ),
        (
            "category",
            admin.clone(),
            TicketFilter { categories: vec![CategoryId(id(CATEGORY, 5))], ..any() },
        ),
        ("common tag, open", agent(10), TicketFilter { tags: vec![TagId(id(TAG, 0))], ..open() }),
        ("common tag", admin.clone(), TicketFilter { tags: vec![TagId(id(TAG, 0))], ..any() }),
        ("updated in a day", agent(10), TicketFilter { updated: yesterday, ..any() }),
    ]
}

const CUSTOMER: u64 = 1;
const AGENT: u64 = 2;
const QUEUE: u64 = 4;
const CATEGORY: u64 = 5;
const TAG: u64 = 6;

/// The same in Rust and in SQL, see [`sql_id`].
fn id(noun: u64, n: u64) -> Uuid {
    Uuid::from_u128((0x0190_0000_0000_7000_8000_u128 << 48) | u128::from(noun * 1_000_000 + n))
}

fn sql_id(noun: u64, n: &str) -> String {
    format!("UNHEX(CONCAT('01900000000070008000', LPAD(HEX({noun} * 1000000 + {n}), 12, '0')))")
}

fn end() -> Timestamp {
    let start: chrono::DateTime<chrono::Utc> = "2024-11-01T00:00:00Z".parse().expect("a time");
    Timestamp::from(start).plus_seconds((DAYS * 86_400) as i64)
}

/// A random number in 0..1 for each ticket and purpose.
fn dice(purpose: &str) -> String {
    format!("(CONV(LEFT(SHA2(CONCAT('{purpose}', n), 256), 8), 16, 10) / 4294967296)")
}

async fn open(server: &str, tickets: u64) -> Outcome<Conn> {
    let name = format!("deskwire_lists_{tickets}");
    let (base, query) = server.split_once('?').unwrap_or((server, ""));
    let url = format!("{}/{name}?{query}", base.trim_end_matches('/'));
    if let Ok(conn) = establish(&url).await {
        return Ok(conn);
    }
    let mut conn = establish(server).await?;
    conn.batch_execute(&format!(
        "CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci"
    ))
    .await?;
    migrations::run(establish(&url).await?).await?;
    let mut conn = establish(&url).await?;
    fill(&mut conn, tickets).await?;
    Ok(conn)
}

async fn fill(conn: &mut Conn, tickets: u64) -> Outcome<()> {
    let start = Instant::now();
    let run = async |conn: &mut Conn, sql: String| conn.batch_execute(&sql).await;
    run(
        conn,
        "CREATE TABLE digits (d INT PRIMARY KEY); INSERT INTO digits VALUES \
        (0),(1),(2),(3),(4),(5),(6),(7),(8),(9)"
            .into(),
    )
    .await?;
    let up_to = |from: u64, count: u64| {
        format!(
            "(SELECT {from} + a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d AS n FROM digits a, \
             digits b, digits c, digits e, digits f WHERE a.d + 10 * b.d + 100 * c.d + 1000 * e.d + \
             10000 * f.d < {count}) numbers"
        )
    };
    for (noun, role, count) in [(CUSTOMER, "customer", 10_000), (AGENT, "agent", 100)] {
        run(conn, format!(
            "INSERT INTO users (id, email, name, role, active, created_at, updated_at) SELECT {}, \
             CONCAT('{role}', n, '@example.org'), CONCAT('{role} ', n), '{role}', TRUE, '2024-11-01', \
             '2024-11-01' FROM {}",
            sql_id(noun, "n"), up_to(0, count)
        )).await?;
    }
    for (noun, table, columns, values, count) in [
        (
            QUEUE,
            "queues",
            "name, is_default, created_at, updated_at",
            "CONCAT('Queue ', n), n = 0, '2024-11-01', '2024-11-01'",
            50,
        ),
        (
            CATEGORY,
            "categories",
            "name, created_at, updated_at",
            "CONCAT('Category ', n), '2024-11-01', '2024-11-01'",
            20,
        ),
        (TAG, "tags", "name, created_at", "CONCAT('tag', n), '2024-11-01'", 50),
    ] {
        run(
            conn,
            format!(
                "INSERT INTO {table} (id, {columns}) SELECT {}, {values} FROM {}",
                sql_id(noun, "n"),
                up_to(0, count)
            ),
        )
        .await?;
    }
    let step = DAYS * 86_400_000_000 / tickets;
    let late = format!("n >= {}", tickets - tickets / 10);
    // The time of creation in the id, as new tickets have it.
    let ticket = format!(
        "UNHEX(CONCAT(LPAD(HEX(1730419200000 + n * {step} DIV 1000), 12, '0'), '70008000', LPAD(HEX(n), 12, '0')))"
    );
    for from in (0..tickets).step_by(CHUNK as usize) {
        let numbers = up_to(from, CHUNK.min(tickets - from));
        run(conn, format!(
            "INSERT INTO tickets (id, subject, status, priority, priority_origin, category_id, queue_id, \
             requester_id, assignee_id, version, source, created_at, updated_at) SELECT {ticket}, \
             CONCAT('Ticket ', n), \
             CASE WHEN {late} AND {s} < 0.4 THEN 'open' WHEN {late} AND {s} < 0.5 THEN 'pending' \
               WHEN {s} > 0.85 THEN 'solved' ELSE 'closed' END, \
             CASE WHEN {p} < 0.03 THEN 'urgent' WHEN {p} < 0.15 THEN 'high' WHEN {p} < 0.85 THEN 'normal' \
               ELSE 'low' END, \
             'default', IF({c} < 0.2, NULL, {category}), {queue}, {requester}, \
             IF({a} < IF({late} AND {s} < 0.5, 0.5, 0.02), NULL, {agent}), 1, 'web', \
             '2024-11-01' + INTERVAL n * {step} MICROSECOND, \
             '2024-11-01' + INTERVAL n * {step} + {u} * 2592000000000 MICROSECOND FROM {numbers}",
            s = dice("s"), p = dice("p"), c = dice("c"), a = dice("a"), u = dice("u"),
            category = sql_id(CATEGORY, &format!("FLOOR(20 * POW({}, 2))", dice("d"))),
            queue = sql_id(QUEUE, &format!("FLOOR(50 * POW({}, 3))", dice("q"))),
            requester = sql_id(CUSTOMER, &format!("FLOOR(10000 * POW({}, 3))", dice("r"))),
            agent = sql_id(AGENT, &format!("FLOOR(100 * POW({}, 2))", dice("b"))),
        )).await?;
        for (purpose, share) in [("t", 0.5), ("v", 0.2)] {
            run(conn, format!(
                "INSERT IGNORE INTO ticket_tags (ticket_id, tag_id) SELECT {ticket}, {} FROM {numbers} \
                 WHERE {} < {share}",
                sql_id(TAG, &format!("FLOOR(50 * POW({}, 2))", dice(purpose))),
                dice(&format!("h{purpose}"))
            )).await?;
        }
    }
    run(conn, "ANALYZE TABLE tickets, ticket_tags".into()).await?;
    tickets::counts::rebuild(conn).await?;
    eprintln!("filled {tickets} tickets in {:.0?}", start.elapsed());
    Ok(())
}

/// Opens and works on tickets one after the other, as one agent would.
async fn time_writes(conn: &mut Conn, size: &str) -> Outcome<()> {
    let agent = Actor { user_id: Some(UserId(id(AGENT, 3))), role: Role::Admin, ..Actor::system() };
    let mut made: Vec<TicketId> = Vec::new();
    let (mut creating, mut working) = (Vec::new(), Vec::new());
    for n in 0..2000_u64 {
        let draft = TicketDraft {
            queue_id: Some(QueueId(id(QUEUE, n % 50))),
            requester: RequesterDraft::User(UserId(id(CUSTOMER, n % 10_000))),
            ..TicketDraft::new(format!("Written {n}"), "A body of a few words")
        };
        let start = Instant::now();
        made.push(tickets::create(conn, &agent, draft).await?.id);
        creating.push(start.elapsed());
    }
    for ticket_id in made {
        let edit = Edit::any_version(ticket_id);
        let reply = MessageDraft {
            ticket_id,
            body: "An answer of a few words".into(),
            body_html: None,
            channel: Channel::Web,
            status: Some(Status::Pending),
            idempotency_key: None,
            canned_reply_id: None,
            mentions: Vec::new(),
        };
        let start = Instant::now();
        tickets::claim(conn, &agent, ticket_id).await?;
        messages::reply(conn, &agent, reply).await?;
        tickets::change_status(conn, &agent, edit, Status::Solved).await?;
        working.push(start.elapsed());
    }
    for (what, mut times) in [("create", creating), ("claim + reply + solve", working)] {
        times.sort();
        let total: Duration = times.iter().sum();
        println!(
            "{size:>8} tickets, {what}: median {:.2} ms, {:.0}/s",
            times[times.len() / 2].as_secs_f64() * 1e3,
            times.len() as f64 / total.as_secs_f64()
        );
    }
    Ok(())
}
