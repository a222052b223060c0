//! `deskwire serve`: the API process.

use anyhow::Context;
use clap::Args;
use deskwire_domain::Desk;
use std::net::SocketAddr;
use tokio::net::TcpListener;
use tokio::signal;
use tracing::info;

use crate::config::{DeskArgs, ServeArgs};
use crate::http::{build_app, build_metrics};

#[derive(Debug, Args)]
pub struct ServeCommand {
    #[command(flatten)]
    serve: ServeArgs,

    /// Address and port for GET /metrics (Prometheus), such as 127.0.0.1:9464; without it there are
    /// no metrics. Never the public address: what is told there needs no sign-in
    #[arg(long, env = "DESKWIRE_METRICS_LISTEN")]
    metrics_listen: Option<SocketAddr>,
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
    let app = build_app(desk, &args);
    info!(%address, "serving; GraphiQL is at /graphiql");
    axum::serve(listener, app).with_graceful_shutdown(stop_signal()).await?;
    Ok(())
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
