//! `bench-fill`: an empty database becomes a desk of a given size.

mod insert;

use anyhow::{Context, Result, ensure};
use clap::Parser;
use deskwire_bench::plan::{self, Plan};
use deskwire_bench::table::say;
use deskwire_domain::db::{establish, migrations};
use deskwire_domain::tickets::counts;
use deskwire_domain::events::{EventKind, EventPayload, MessageRef};
use deskwire_domain::messages::MessageKind;
use deskwire_domain::tickets::counts;
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Opts};
use sha2::{Digest, Sha256};
use std::time::Instant;

use insert::{Insert, Value};

/// Fills an empty database with people, queues, tickets, messages and the log, the same at each run.
#[derive(Debug, Parser)]
#[command(
    name = "bench-fill",
    after_help = "Takes about a minute for 200000 tickets on a server that does not flush at each commit;
./dev bench starts such a one for it. Changes nothing in a database that has tickets.

Examples:
  bench-fill --database-url 'mysql://root@localhost/deskwire?socket=/tmp/db.sock'
  bench-fill --tickets 2000000 --database-url mysql://root@127.0.0.1:3306/big"
)]
struct Args {
    /// mysql://user:password@host:port/database; the database exists
    #[arg(long, env = "DESKWIRE_DATABASE_URL", hide_env_values = true)]
    database_url: String,

    /// Tickets, each with three messages; people and queues are the same for all sizes
    #[arg(long, default_value_t = 200_000, value_parser = clap::value_parser!(u64).range(1..))]
    tickets: u64,
}

#[tokio::main]
async fn main() -> Result<()> {
    let args = Args::parse();
    let plan = Plan { tickets: args.tickets };
    let start = Instant::now();
    migrations::run(establish(&args.database_url).await?).await.context("a migration failed")?;
    let mut conn = open(&args.database_url).await?;
    let filled: Option<u64> = conn.query_first("SELECT number FROM tickets LIMIT 1").await?;
    ensure!(filled.is_none(), "the database has tickets already");

    let indexes = FullText::drop_all(&mut conn).await?;
    people(&mut conn).await?;
    queues(&mut conn).await?;
    secrets(&mut conn).await?;
    let messages = tokio::spawn(messages(open(&args.database_url).await?, plan));
    let log = tokio::spawn(log(open(&args.database_url).await?, plan));
    tickets(&mut conn, plan).await?;
    messages.await??;
    log.await??;
    say(&format!("  rows written after {} s", start.elapsed().as_secs()));
    derived(&mut conn, indexes).await?;
    counts::rebuild(&mut establish(&args.database_url).await?).await?;
    say(&format!("  {} tickets after {} s", plan.tickets, start.elapsed().as_secs()));
    Ok(())
}

/// What the database computes from the rows: indexes that are cheaper built at once, and statistics.
async fn derived(conn: &mut Conn, indexes: Vec<FullText>) -> Result<()> {
    for index in indexes {
        index.create(conn).await?;
    }
    let analyze = "ANALYZE TABLE users, queue_members, tickets, ticket_tags, messages, events";
    conn.query_drop(analyze).await?;
    Ok(())
}

async fn open(url: &str) -> Result<Conn> {
    let mut conn = Conn::new(Opts::from_url(url)?).await?;
    // The rows are right by construction; checking each reference would double the time.
    conn.query_drop("SET SESSION foreign_key_checks = 0, unique_checks = 0").await?;
    Ok(conn)
}

async fn people(conn: &mut Conn) -> Result<()> {
    let now = Value::Time(plan::founded());
    let mut organisations = Insert::new("organisations (id, name, created_at, updated_at)");
    for number in 0..plan::ORGANISATIONS {
        let name = format!("Organisation {number}");
        let row = [Value::Id(plan::organisation_id(number).0), Value::Text(&name), now, now];
        organisations.row(conn, &row).await?;
    }
    organisations.finish(conn).await?;

    let columns = "users (id, email, name, role, organisation_id, created_at, updated_at)";
    let mut users = Insert::new(columns);
    for number in 0..plan::USERS {
        let person = plan::person(number);
        let row = [
            Value::Id(person.id.0),
            Value::Text(&person.email),
            Value::Text(&person.name),
            Value::Text(person.role.as_str()),
            person.organisation_id.map_or(Value::Null, |id| Value::Id(id.0)),
            now,
            now,
        ];
        users.row(conn, &row).await?;
    }
    users.finish(conn).await
}

async fn queues(conn: &mut Conn) -> Result<()> {
    let now = Value::Time(plan::founded());
    let mut queues = Insert::new("queues (id, name, is_default, created_at, updated_at)");
    for number in 0..plan::QUEUES {
        let name = format!("Queue {number}");
        let is_default = Value::Number(u64::from(number == plan::BIG_QUEUE));
        let id = Value::Id(plan::queue_id(number).0);
        queues.row(conn, &[id, Value::Text(&name), is_default, now, now]).await?;
    }
    queues.finish(conn).await?;

    let mut members = Insert::new("queue_members (queue_id, user_id, queue_right)");
    for queue in 0..plan::QUEUES {
        for agent in plan::members(queue) {
            let (queue, user) = (plan::queue_id(queue), plan::user_id(plan::agent(agent)));
            let row = [Value::Id(queue.0), Value::Id(user.0), Value::Text("reply")];
            members.row(conn, &row).await?;
        }
    }
    members.finish(conn).await?;

    let mut categories = Insert::new("categories (id, name, created_at, updated_at)");
    for number in 0..plan::CATEGORIES {
        let name = format!("Category {number}");
        let id = Value::Id(plan::category_id(number).0);
        categories.row(conn, &[id, Value::Text(&name), now, now]).await?;
    }
    categories.finish(conn).await?;

    let mut tags = Insert::new("tags (id, name, created_at)");
    for number in 0..plan::TAGS {
        let name = format!("tag-{number}");
        tags.row(conn, &[Value::Id(plan::tag_id(number).0), Value::Text(&name), now]).await?;
    }
    tags.finish(conn).await
}

/// Sessions and tokens whose secrets the load generators know.
async fn secrets(conn: &mut Conn) -> Result<()> {
    let now = plan::founded();
    let expires = Value::Time(now.plus_seconds(100 * 365 * 24 * 3600));
    let mut all = vec![(plan::user_id(0), plan::admin_session())];
    for agent in 0..plan::AGENTS {
        let user = plan::user_id(plan::agent(agent));
        all.extend((0..plan::SESSIONS).map(|n| (user, plan::agent_session(agent, n))));
    }
    let mut sessions = Insert::new("sessions (token_hash, id, user_id, created_at, expires_at)");
    for (user, secret) in all {
        let hash = Sha256::digest(secret.as_bytes());
        let id = Value::Bytes(&hash[..16]);
        let row = [Value::Bytes(&hash), id, Value::Id(user.0), Value::Time(now), expires];
        sessions.row(conn, &row).await?;
    }
    sessions.finish(conn).await?;

    let mut tokens = Insert::new("api_tokens (id, token_hash, user_id, name, scopes, created_at)");
    for agent in 0..plan::AGENTS {
        let hash = Sha256::digest(plan::agent_token(agent).as_bytes());
        let row = [
            Value::Bytes(&hash[..16]),
            Value::Bytes(&hash),
            Value::Id(plan::user_id(plan::agent(agent)).0),
            Value::Text("bench"),
            Value::Text("tickets:read tickets:write"),
            Value::Time(now),
        ];
        tokens.row(conn, &row).await?;
    }
    tokens.finish(conn).await
}

async fn tickets(conn: &mut Conn, plan: Plan) -> Result<()> {
    let mut tickets = Insert::new(
        "tickets (id, number, subject, status, priority, priority_origin, category_id, queue_id, \
         requester_id, assignee_id, version, source, created_at, updated_at, solved_at)",
    );
    let mut tags = Insert::new("ticket_tags (ticket_id, tag_id)");
    for number in 0..plan.tickets {
        let snapshot = plan.ticket(number);
        let ticket = &snapshot.ticket;
        let row = [
            Value::Id(ticket.id.0),
            Value::Number(ticket.number),
            Value::Text(&ticket.subject),
            Value::Text(ticket.status.as_str()),
            Value::Text(ticket.priority.as_str()),
            Value::Text(ticket.priority_origin.as_str()),
            ticket.category_id.map_or(Value::Null, |id| Value::Id(id.0)),
            Value::Id(ticket.queue_id.0),
            Value::Id(ticket.requester_id.0),
            ticket.assignee_id.map_or(Value::Null, |id| Value::Id(id.0)),
            Value::Number(ticket.version.into()),
            Value::Text(&ticket.source),
            Value::Time(ticket.created_at),
            Value::Time(ticket.updated_at),
            ticket.solved_at.map_or(Value::Null, Value::Time),
        ];
        tickets.row(conn, &row).await?;
        for tag in &snapshot.tag_ids {
            tags.row(conn, &[Value::Id(ticket.id.0), Value::Id(tag.0)]).await?;
        }
    }
    tickets.finish(conn).await?;
    tags.finish(conn).await
}

async fn messages(mut conn: Conn, plan: Plan) -> Result<()> {
    let mut messages =
        Insert::new("messages (id, ticket_id, author_id, kind, channel, body_text, created_at)");
    for number in 0..plan.tickets {
        for message in plan.messages(number, &plan.ticket(number)) {
            let row = [
                Value::Id(message.id.0),
                Value::Id(message.ticket_id.0),
                Value::Id(message.author_id.0),
                Value::Text(message.kind.as_str()),
                Value::Text(message.channel.as_str()),
                Value::Text(&message.body_text),
                Value::Time(message.created_at),
            ];
            messages.row(&mut conn, &row).await?;
        }
    }
    messages.finish(&mut conn).await
}

/// One `ticket.created` for each ticket, with its position, as an import writes it: the ticket is in
/// it as it is now.
async fn log(mut conn: Conn, plan: Plan) -> Result<()> {
    let mut events = Insert::new(
        "events (seq, position, kind, subject_id, internal, actor_id, payload, occurred_at)",
    );
    for number in 0..plan.tickets {
        let snapshot = plan.ticket(number);
        let first = plan.messages(number, &snapshot).swap_remove(0);
        let (id, at) = (snapshot.ticket.id, snapshot.ticket.created_at);
        let author = first.author_id;
        let payload = EventPayload {
            ticket: Some(snapshot),
            message: Some(MessageRef { id: first.id, kind: MessageKind::Reply }),
            ..Default::default()
        };
        let payload = serde_json::to_string(&payload)?;
        let row = [
            Value::Number(number + 1),
            Value::Number(number + 1),
            Value::Text(EventKind::TicketCreated.as_str()),
            Value::Id(id.0),
            Value::Number(EventKind::TicketCreated.is_internal().into()),
            Value::Id(author.0),
            Value::Text(&payload),
            Value::Time(at),
        ];
        events.row(&mut conn, &row).await?;
    }
    events.finish(&mut conn).await?;
    let end = format!("UPDATE event_sequence SET position = {}", plan.tickets);
    Ok(conn.query_drop(end).await?)
}

/// A full-text index: five times cheaper to build over all rows than to keep while they come.
struct FullText {
    table: String,
    name: String,
    columns: String,
}

impl FullText {
    async fn drop_all(conn: &mut Conn) -> Result<Vec<Self>> {
        let found: Vec<(String, String, String)> = conn
            .query(
                "SELECT table_name, index_name, GROUP_CONCAT(column_name ORDER BY seq_in_index) \
                 FROM information_schema.statistics \
                 WHERE table_schema = DATABASE() AND index_type = 'FULLTEXT' \
                 GROUP BY table_name, index_name",
            )
            .await?;
        let mut all = Vec::new();
        for (table, name, columns) in found {
            conn.query_drop(format!("ALTER TABLE {table} DROP INDEX {name}")).await?;
            all.push(Self { table, name, columns });
        }
        Ok(all)
    }

    async fn create(self, conn: &mut Conn) -> Result<()> {
        let Self { table, name, columns } = self;
        Ok(conn
            .query_drop(format!("ALTER TABLE {table} ADD FULLTEXT INDEX {name} ({columns})"))
            .await?)
    }
}
