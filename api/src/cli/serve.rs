//! `deskwire serve`: the API process.

use anyhow::Context;
use axum::serve::ListenerExt;
use clap::Args;
use deskwire_domain::{Desk, DeskConfig};
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::{TcpListener, TcpSocket};
use tokio::signal;
use tokio::time::sleep;
use tracing::{info, warn};

use crate::config::{DeskArgs, ServeArgs};
use crate::http::{Stopping, build_app_until, build_metrics};

/// Connections that may wait to be taken: after a restart all clients come back at once. The system may
/// allow fewer (`net.core.somaxconn`).
const BACKLOG: u32 = 4096;

#[derive(Debug, Args)]
pub struct ServeCommand {
    #[command(flatten)]
    serve: ServeArgs,

    /// Address and port for GET /metrics (Prometheus), such as 127.0.0.1:9464; without it there are
    /// no metrics. Never the public address: what is told there needs no sign-in
    #[arg(long, env = "DESKWIRE_METRICS_LISTEN")]
    metrics_listen: Option<SocketAddr>,

    /// Longest time for requests under way and open sockets to end when the program is stopped
    /// (SIGTERM or Ctrl-C), in milliseconds
    #[arg(long, env = "DESKWIRE_STOP_TIMEOUT_MS", default_value_t = 8_000)]
    stop_timeout_ms: u64,
}

pub async fn run(desk: &DeskArgs, command: ServeCommand) -> anyhow::Result<()> {
    let args = command.serve;
    let listener = bind(args.listen, "--listen or DESKWIRE_LISTEN")?;
    // Nobody waits longer for an answer: what runs on was given up.
    let limit = Duration::from_millis(args.limits.timeout_ms) * 2;
    let desk = Desk::start(&DeskConfig { statement_limit: Some(limit), ..desk.desk_config() })?;
    if let Some(address) = command.metrics_listen {
        let listener = bind(address, "--metrics-listen or DESKWIRE_METRICS_LISTEN")?;
        info!(address = %listener.local_addr()?, "metrics are at /metrics");
        let app = build_metrics(desk.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
    }
    let address = listener.local_addr()?;
    let stopping = Stopping::default();
    let app = build_app_until(desk, &args, stopping.clone());
    info!(%address, "serving; GraphiQL is at /graphiql");
    let listener = listener.tap_io(|stream| {
        // A live update is one small write after another: each must leave without waiting for the
        // client to confirm the one before. A connection that is gone already shows when it is used.
        let _ = stream.set_nodelay(true);
    });
    tokio::spawn({
        let stopping = stopping.clone();
        async move {
            stop_signal().await;
            stopping.begin();
        }
    });
    // The server waits for requests; sockets have left it when they were opened.
    let all_ended = async {
        let stops = stopping.clone();
        axum::serve(listener, app)
            .with_graceful_shutdown(async move { stops.begun().await })
            .await?;
        stopping.sockets_closed().await;
        Ok(())
    };
    let too_late = async {
        stopping.begun().await;
        sleep(Duration::from_millis(command.stop_timeout_ms)).await;
    };
    tokio::select! {
        ended = all_ended => ended,
        () = too_late => {
            warn!("stopped before everything under way had ended");
            Ok(())
        }
    }
}

fn bind(address: SocketAddr, settings: &str) -> anyhow::Result<TcpListener> {
    listen(address)
        .with_context(|| format!("cannot listen on {address}; choose another with {settings}"))
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // As tokio's own `bind` does, so that a restart finds its port free.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

pub(super) async fn stop_signal() {
    let interrupt = async { signal::ctrl_c().await.expect("signals can be awaited") };
    let terminate = async {
        signal::unix::signal(signal::unix::SignalKind::terminate())
            .expect("signals can be awaited")
            .recv()
            .await;
    };
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
    info!("stopping");
}
