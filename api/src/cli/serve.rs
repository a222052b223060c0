//! `deskwire serve`: the API process.

use anyhow::Context;
use clap::Args;
use deskwire_domain::Desk;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal;
use tokio::time::sleep;
use tracing::{info, warn};

use crate::config::{DeskArgs, ServeArgs};
use crate::http::{Stopping, build_app_until, build_metrics};

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
    let listener = bind(args.listen, "--listen or DESKWIRE_LISTEN").await?;
    let desk = Desk::start(&desk.desk_config())?;
    if let Some(address) = command.metrics_listen {
        let listener = bind(address, "--metrics-listen or DESKWIRE_METRICS_LISTEN").await?;
        info!(address = %listener.local_addr()?, "metrics are at /metrics");
        let app = build_metrics(desk.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
    }
    let address = listener.local_addr()?;
    let stopping = Stopping::default();
    let app = build_app_until(desk, &args, stopping.clone());
    info!(%address, "serving; GraphiQL is at /graphiql");
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

async fn bind(address: SocketAddr, settings: &str) -> anyhow::Result<TcpListener> {
    let listener = TcpListener::bind(address).await;
    listener.with_context(|| format!("cannot listen on {address}; choose another with {settings}"))
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
