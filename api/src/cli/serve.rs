//! `deskwire serve`: the API process.

use anyhow::Context;
use deskwire_domain::Desk;
use tokio::net::TcpListener;
use tokio::signal;
use tracing::info;

use crate::config::{DeskArgs, ServeArgs};
use crate::http::build_app;

pub async fn run(desk: &DeskArgs, args: ServeArgs) -> anyhow::Result<()> {
    let listener = TcpListener::bind(args.listen).await.with_context(|| {
        format!("cannot listen on {}; choose another with --listen or DESKWIRE_LISTEN", args.listen)
    })?;
    let address = listener.local_addr()?;
    let app = build_app(Desk::start(&desk.desk_config())?, &args);
    info!(%address, "serving; GraphiQL is at /graphiql");
    axum::serve(listener, app).with_graceful_shutdown(stop_signal()).await?;
    Ok(())
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
