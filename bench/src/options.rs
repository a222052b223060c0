//! Options that all measuring programs take; `./dev bench` fills them in.

use anyhow::{Context, Result};
use clap::Args;
use std::path::PathBuf;

use crate::server::Server;

/// Where the programs and their servers are.
#[derive(Debug, Clone, Args)]
pub struct Programs {
    /// redis://host:port or redis+unix:///path/to.sock
    #[arg(long, env = "DESKWIRE_REDIS_URL", hide_env_values = true)]
    pub redis_url: String,

    /// The deskwire program
    #[arg(long, default_value = "target/dist/deskwire")]
    pub deskwire: PathBuf,

    /// The limit program
    #[arg(long, default_value = "target/dist/bench-limit")]
    pub limit: PathBuf,

    /// Folder for the servers' messages
    #[arg(long, default_value = ".")]
    pub logs: PathBuf,
}

/// A desk that bench-fill has filled.
#[derive(Debug, Clone, Args)]
pub struct Desk {
    /// mysql://user:password@host:port/database
    #[arg(long, env = "DESKWIRE_DATABASE_URL", hide_env_values = true)]
    pub database_url: String,

    /// Tickets it was filled with
    #[arg(long, default_value_t = 200_000)]
    pub tickets: u64,
}

impl Programs {
    /// Starts the desk's API as `deskwire serve` with default settings but for `more`.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub fn start_deskwire(
        &self,
        name: &'static str,
        database_url: &str,
        more: &[&str],
    ) -> Result<Server> {
        let args = ["serve", "--database-url", database_url, "--redis-url", &self.redis_url];
        let channel = ["--channel", name];
        Server::start(name, &self.deskwire, &[&args[..], &channel, more].concat(), &self.logs)
            .context("the desk does not start")
    }

    /// Starts the limit program, with `more` arguments.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub fn start_limit(
        &self,
        name: &'static str,
        database_url: &str,
        more: &[&str],
    ) -> Result<Server> {
        let args = ["--database-url", database_url, "--redis-url", &self.redis_url];
        let channel = ["--channel", name];
        Server::start(name, &self.limit, &[&args[..], &channel, more].concat(), &self.logs)
            .context("the limit program does not start")
    }
}
