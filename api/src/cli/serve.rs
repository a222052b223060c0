//! `deskwire serve`: the API process.

use anyhow::Context;
use axum::serve::ListenerExt;
use deskwire_domain::Desk;
use std::io;
use std::net::SocketAddr;
use tokio::net::{TcpListener, TcpSocket};
use tokio::signal;
use tracing::info;

use crate::config::{DeskArgs, ServeArgs};
use crate::http::build_app;

/// Connections that may wait to be taken: after a restart all clients come back at once. The system may
/// allow fewer (`net.core.somaxconn`).
const BACKLOG: u32 = 4096;

pub async fn run(desk: &DeskArgs, args: ServeArgs) -> anyhow::Result<()> {
    let listener = listen(args.listen).with_context(|| {
        format!("cannot listen on {}; choose another with --listen or DESKWIRE_LISTEN", args.listen)
    })?;
    let address = listener.local_addr()?;
    let app = build_app(Desk::start(&desk.desk_config())?, &args);
    info!(%address, "serving; GraphiQL is at /graphiql");
    let listener = listener.tap_io(|stream| {
        // A live update is one small write after another: each must leave without waiting for the
        // client to confirm the one before. A connection that is gone already shows when it is used.
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, app).with_graceful_shutdown(stop_signal()).await?;
    Ok(())
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
