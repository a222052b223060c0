//! Settings of the `deskwire` program; every one is a flag and an environment variable.

use clap::Args;
use deskwire_domain::DeskConfig;
use std::net::SocketAddr;

use crate::graphql::operations::TrustedDocuments;

/// Where database and Redis are.
#[derive(Debug, Clone, Args)]
pub struct DeskArgs {
    /// mysql://user:password@host:port/database, or with a Unix socket
    /// mysql://user@localhost/database?socket=/path/to.sock
    #[arg(long, env = "DESKWIRE_DATABASE_URL", hide_env_values = true, global = true)]
    #[arg(default_value = "mysql://root@127.0.0.1:3306/deskwire")]
    pub database_url: String,

    /// redis://host:port or redis+unix:///path/to.sock
    #[arg(long, env = "DESKWIRE_REDIS_URL", hide_env_values = true, global = true)]
    #[arg(default_value = "redis://127.0.0.1:6379")]
    pub redis_url: String,

    /// Redis channel of announcements; desks that share a Redis server need different ones
    #[arg(long, env = "DESKWIRE_CHANNEL", global = true, default_value = "deskwire")]
    pub channel: String,

    /// Most database connections this process opens
    #[arg(long, env = "DESKWIRE_DATABASE_CONNECTIONS", global = true, default_value_t = 16)]
    pub database_connections: usize,
}

impl DeskArgs {
    pub fn desk_config(&self) -> DeskConfig {
        DeskConfig {
            database_url: self.database_url.clone(),
            redis_url: self.redis_url.clone(),
            max_connections: self.database_connections,
            channel: self.channel.clone(),
            statement_limit: None,
        }
    }
}

/// How the API answers.
#[derive(Debug, Clone, Args)]
pub struct ServeArgs {
    /// Address and port to listen on
    #[arg(long, env = "DESKWIRE_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,

    /// Mark cookies `Secure`; switch on behind HTTPS
    #[arg(long, env = "DESKWIRE_SECURE_COOKIES", default_value_t = false)]
    pub secure_cookies: bool,

    #[command(flatten)]
    pub limits: Limits,

    #[command(flatten)]
    pub documents: DocumentArgs,
}

/// Documents that clients name instead of sending them.
#[derive(Debug, Clone, Default, Args)]
pub struct DocumentArgs {
    /// JSON file of ids and documents, as graphql-codegen's persistedDocuments writes it; requests name
    /// one as documentId
    #[arg(long, env = "DESKWIRE_TRUSTED_DOCUMENTS", value_name = "FILE")]
    #[arg(value_parser = TrustedDocuments::load)]
    pub trusted_documents: Option<TrustedDocuments>,

    /// Refuse every other document, introspection and GraphiQL's included
    #[arg(long, env = "DESKWIRE_ONLY_TRUSTED", default_value_t = false)]
    #[arg(requires = "trusted_documents")]
    pub only_trusted: bool,
}

/// What one request may cost.
#[derive(Debug, Clone, Args)]
pub struct Limits {
    /// Deepest nesting of fields in one operation
    #[arg(long, env = "DESKWIRE_MAX_DEPTH", default_value_t = 15)]
    pub max_depth: usize,

    /// Highest cost of one operation: about one per field, times the rows of each list
    #[arg(long, env = "DESKWIRE_MAX_COMPLEXITY", default_value_t = 10_000)]
    pub max_complexity: usize,

    /// Largest request body in bytes
    #[arg(long, env = "DESKWIRE_MAX_BODY_BYTES", default_value_t = 1024 * 1024)]
    pub max_body_bytes: usize,

    /// Longest time for one operation, in milliseconds; subscriptions are not limited
    #[arg(long, env = "DESKWIRE_TIMEOUT_MS", default_value_t = 10_000)]
    pub timeout_ms: u64,

    /// Seconds between the pings of an open socket; one that answers two of them with nothing is
    /// closed, and so is one that does not say who it is in this time
    #[arg(long, env = "DESKWIRE_PING_SECONDS", default_value_t = 10)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=300))]
    pub ping_seconds: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_depth: 15,
            max_complexity: 10_000,
            max_body_bytes: 1024 * 1024,
            timeout_ms: 10_000,
            ping_seconds: 10,
        }
    }
}
