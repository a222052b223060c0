//! `deskwire serve` as a process of its own.

use deskwire_domain::testing::TestDatabase;
use std::net::SocketAddr;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// A served desk; killed when it is dropped.
pub struct Program {
    child: Child,
    pub address: SocketAddr,
    pub metrics: SocketAddr,
}

impl Program {
    pub async fn serve(db: &TestDatabase) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_deskwire"))
            .args(["serve", "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0"])
            .args(["--stop-timeout-ms", "60000"])
            .env("DESKWIRE_DATABASE_URL", &db.config.database_url)
            .env("DESKWIRE_REDIS_URL", &db.config.redis_url)
            .env("DESKWIRE_CHANNEL", &db.config.channel)
            .env("RUST_LOG", "deskwire_api=info")
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the program starts");
        let mut lines = BufReader::new(child.stderr.take().expect("piped")).lines();
        let mut address_after = async |text: &str| loop {
            let line = timeout(Duration::from_secs(20), lines.next_line()).await;
            let line = line.expect("it begins to serve").expect("text").expect("it goes on");
            if line.contains(text) {
                let (_, address) = line.rsplit_once("address=").expect("an address");
                break address.trim().parse().expect("an address");
            }
        };
        let metrics = address_after("metrics are at").await;
        let address = address_after("serving;").await;
        // Whoever writes to a closed pipe is ended.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Self { child, address, metrics }
    }

    /// Asks it to end, as `kill` does.
    pub async fn terminate(&self) {
        let id = self.child.id().expect("it runs").to_string();
        Command::new("kill").args(["-TERM", &id]).status().await.expect("it is asked");
    }

    pub async fn ended(mut self) -> ExitStatus {
        let end = timeout(Duration::from_secs(30), self.child.wait()).await;
        end.expect("it ends").expect("it can be waited for")
    }
}
