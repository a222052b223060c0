//! `bench-limit`: the fastest that the same requests can be answered with the same parts, in plain
//! sight: axum, hand-written SQL over `mysql_async`, no graph, no layers, and nothing else.
//!
//! It checks what the desk checks (session, queue rights, input) and answers with the same fields,
//! in the same JSON. `bench-graph` compares the answers before it measures.

mod answer;
mod broadcast;
mod create;
mod page;
mod session;
mod ticket;
mod update;

use anyhow::Result;
use axum::Router;
use axum::routing::{get, post};
use clap::Parser;
use mysql_async::prelude::Queryable;
use mysql_async::{Opts, OptsBuilder, Pool, PoolConstraints, PoolOpts};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::{TcpListener, TcpSocket};

use broadcast::Broadcast;
use session::Sessions;

/// Connections that may wait to be accepted; the system cuts it to `net.core.somaxconn`. Whoever finds
/// the line full tries again a second later, then after two, four …
const BACKLOG: u32 = 65_535;

/// Answers the requests that the benchmarks send, with nothing in between.
#[derive(Debug, Parser)]
#[command(
    name = "bench-limit",
    after_help = "  GET  /tickets/ID                       Q1: ticket, people, last ten messages
  GET  /queues/ID/tickets?count=scan     Q2: 25 open tickets and COUNT(*)
  GET  /queues/ID/tickets?count=counters Q2 with the count from a table filled at start
  POST /tickets                          M1: ticket, message, event; published after commit
  POST /tickets/ID/subject               a change of an open ticket, published after commit
  GET  /ws                               every published change, to every socket

Examples:
  bench-limit --listen 127.0.0.1:9000 --database-url 'mysql://root@localhost/deskwire?socket=/tmp/db.sock' \\
    --redis-url redis+unix:///tmp/redis.sock
  bench-limit --cache-sessions --listen 127.0.0.1:9001 …"
)]
struct Args {
    /// Address and port to listen on
    #[arg(long, default_value = "127.0.0.1:9000")]
    listen: SocketAddr,

    /// A database that bench-fill has filled
    #[arg(long, env = "DESKWIRE_DATABASE_URL", hide_env_values = true)]
    database_url: String,

    /// redis://host:port or redis+unix:///path/to.sock
    #[arg(long, env = "DESKWIRE_REDIS_URL", hide_env_values = true)]
    redis_url: String,

    /// Redis channel of its changes
    #[arg(long, default_value = "limit")]
    channel: String,

    /// Most database connections
    #[arg(long, default_value_t = 16)]
    connections: usize,

    /// Remember each session for a second instead of asking the database at every request
    #[arg(long)]
    cache_sessions: bool,
}

/// What handlers share.
#[derive(Clone)]
struct App {
    pool: Pool,
    sessions: Sessions,
    broadcast: Broadcast,
}

#[tokio::main]
async fn main() -> Result<()> {
    let args = Args::parse();
    let pool = pool(&args)?;
    own_tables(&pool).await?;
    let app = App {
        sessions: Sessions::new(args.cache_sessions.then_some(Duration::from_secs(1))),
        broadcast: Broadcast::start(&args.redis_url, &args.channel)?,
        pool,
    };
    let router = Router::new()
        .route("/livez", get(async || "alive\n"))
        .route("/tickets", post(create::create))
        .route("/tickets/{id}", get(ticket::ticket))
        .route("/tickets/{id}/subject", post(update::change_subject))
        .route("/queues/{id}/tickets", get(page::page))
        .route("/ws", get(broadcast::connect))
        .with_state(app);
    axum::serve(listen(args.listen)?, router).await?;
    Ok(())
}

fn listen(address: SocketAddr) -> Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket.listen(BACKLOG)?)
}

fn pool(args: &Args) -> Result<Pool> {
    let constraints = PoolConstraints::new(args.connections, args.connections)
        .ok_or_else(|| anyhow::anyhow!("--connections must be at least 1"))?;
    // A reset would forget the prepared statements; nothing here leaves state in a connection.
    let pool = PoolOpts::new().with_constraints(constraints).with_reset_connection(false);
    let opts = OptsBuilder::from_opts(Opts::from_url(&args.database_url)?)
        .pool_opts(pool)
        .setup(vec!["SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"]);
    Ok(Pool::new(opts))
}

/// Its events stand beside the desk's, which would number them; the counters are made anew.
async fn own_tables(pool: &Pool) -> Result<()> {
    let mut conn = pool.get_conn().await?;
    conn.query_drop("CREATE TABLE IF NOT EXISTS limit_events LIKE events").await?;
    conn.query_drop(
        "CREATE TABLE IF NOT EXISTS limit_counts (
           queue_id BINARY(16) NOT NULL, status VARCHAR(16) NOT NULL, tickets BIGINT NOT NULL,
           PRIMARY KEY (queue_id, status))",
    )
    .await?;
    conn.query_drop(
        "REPLACE INTO limit_counts
         SELECT queue_id, list_status, COUNT(*) FROM tickets WHERE list_status IS NOT NULL GROUP BY 1, 2",
    )
    .await?;
    Ok(())
}
